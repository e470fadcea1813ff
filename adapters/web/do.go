package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxTalkBytes is the most bytes of a conversation in which the house still speaks: room for a few of the largest
// messages the bus takes.
const maxTalkBytes = 8 << 20

// Do writes what the house says into the conversation. An Invite to "web:COMMUNITY" is done by its receipt's Link, the
// same for everybody.
func (t *Talk) Do(_ context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	s, err := t.shelf()
	if err != nil {
		return adapters.Receipt{}, adapters.Retry(0, err)
	}
	switch e := d.Effect.(type) {
	case chat.Invite:
		return t.invite(s, e)
	case chat.Send:
		return t.say(s, d, record{Text: withParts(e.Text, e.Parts), Choices: e.Choices, Name: nameOn(e.As)}, e.To)
	case chat.Whisper:
		if e.Who != chat.Identity(e.To) {
			return adapters.Receipt{}, adapters.Refused(chat.NotFound, errors.New("whisper to somebody who is not in this conversation"))
		}
		return t.say(s, d, record{Text: e.Text, Choices: e.Choices}, e.To)
	case chat.Edit:
		return t.amend(s, e.To, e.Target, func(r *record) (bool, error) {
			if r.Kind != answered || r.Gone {
				return false, adapters.Refused(chat.Forbidden, errors.New("edit what the house has not written, or not any more"))
			}
			if slices.Contains(r.Effects, d.ID) {
				return false, nil
			}
			r.Text, r.Choices = withParts(e.Text, e.Parts), e.Choices
			r.Revision++
			r.Effects = append(r.Effects, d.ID)
			return true, nil
		})
	case chat.Delete:
		return t.amend(s, e.To, e.Target, func(r *record) (bool, error) {
			if r.Gone {
				return false, nil
			}
			r.Gone, r.Text, r.Choices, r.Name, r.Once = true, chat.Text{}, nil, "", ""
			return true, nil
		})
	}
	return adapters.Receipt{}, adapters.Refused(chat.Unsupported, fmt.Errorf("the talk cannot do a %T", d.Effect))
}

func nameOn(p *chat.Person) string {
	if p == nil {
		return ""
	}
	return p.Name
}

// withParts tells parts in lines; what comes through the pump has none left.
func withParts(t chat.Text, parts []chat.Part) chat.Text {
	for _, p := range parts {
		if !t.IsEmpty() {
			t = t.Append(chat.Plain("\n"))
		}
		t = t.Append(chat.Plain(p.Describe()))
	}
	return t
}

// link returns the address at which people begin a conversation with a community.
func (t *Talk) link(s *shelf, in chat.CommunityID) string {
	return t.config.Address + "/talk/" + s.key.gate(in)
}

func (t *Talk) invite(s *shelf, e chat.Invite) (adapters.Receipt, error) {
	if !isCommunity(e.To.ID) {
		return adapters.Receipt{}, adapters.Refused(chat.Invalid, errors.New("invite into what is no community's talk"))
	}
	return adapters.Receipt{Link: t.link(s, chat.CommunityID(e.To.ID))}, nil
}

// say writes a message of the house's, once for each effect.
func (t *Talk) say(s *shelf, d chat.Dispatch, r record, to chat.Chat) (adapters.Receipt, error) {
	c := s.in(to)
	if c == nil {
		return adapters.Receipt{}, adapters.Refused(chat.NotFound, errors.New("there is no such conversation (any more)"))
	}
	r.Kind, r.At, r.Effects = answered, t.clock().UTC(), []chat.EffectID{d.ID}
	n, err := c.answers(r)
	if err != nil {
		return adapters.Receipt{}, asAnswer(err)
	}
	return adapters.Receipt{Refs: []chat.Ref{c.ref(n)}}, nil
}

// amend changes or removes one message.
func (t *Talk) amend(s *shelf, to chat.Chat, target chat.Target, change func(*record) (bool, error)) (adapters.Receipt, error) {
	c := s.in(to)
	if c == nil || len(target.Refs) == 0 {
		return adapters.Receipt{}, adapters.Refused(chat.NotFound, errors.New("there is no such conversation or message (any more)"))
	}
	for _, ref := range target.Refs {
		n, err := strconv.Atoi(ref.ID)
		if err != nil || ref.Chat != to {
			return adapters.Receipt{}, adapters.Refused(chat.NotFound, errors.New("the message is in no conversation, or in another"))
		}
		if err := c.amend(n, change); err != nil {
			return adapters.Receipt{}, asAnswer(err)
		}
	}
	return adapters.Receipt{}, nil
}

// asAnswer makes an error of a file what the pump expects: a full disk or a wrong right is mended some day.
func asAnswer(err error) error {
	var refused *adapters.RefusedError
	switch {
	case errors.As(err, &refused):
		return err
	case errors.Is(err, errGone):
		return adapters.Refused(chat.NotFound, err)
	}
	return adapters.Retry(0, err)
}

// answers adds a message of the house's, if its effect has not made one already, and returns its number.
func (c *conversation) answers(r record) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rs, err := c.read()
	if err != nil {
		return 0, err
	}
	for _, old := range rs {
		if old.Kind == answered && old.Effects[0] == r.Effects[0] {
			return old.N, nil
		}
	}
	if c.size > maxTalkBytes {
		return 0, adapters.Refused(chat.TooMany, errors.New("the conversation is too long"))
	}
	r.N = c.next
	if err := c.append(r, true); err != nil {
		return 0, err
	}
	c.next++
	c.last, c.answer = later(c.last, r.At), r.N
	return r.N, nil
}

// amend changes one entry; the old words do not stay in the file. The error wraps errGone if it is not there.
func (c *conversation) amend(n int, change func(*record) (bool, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	rs, err := c.read()
	if err != nil {
		return err
	}
	i := find(rs, n)
	if i < 0 {
		return fmt.Errorf("find message: %w", errGone)
	}
	changed, err := change(&rs[i])
	if err != nil || !changed {
		return err
	}
	return c.rewrite(rs)
}
