package core

import (
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxDispatch is the most bytes of an encoded effect; the bus takes a million.
const maxDispatch = 900_000

// send numbers an outgoing effect and, if it makes a copy of a message, lets the message expect it.
func (f *fold) send(e *chat.Event, x chat.Outgoing) error {
	if x.Where().IsZero() && e.By.Identity == chat.House() {
		return nil // the answer to a command that nobody has typed anywhere
	}
	x, m, there, err := f.resolve(e, x)
	if err != nil || !there {
		return err
	}
	if x, err = f.cited(x); err != nil {
		return err
	}
	f.made++
	id := e.ID.Effect(f.made)
	row, err := f.pack(id, f.marked(id, x))
	if err != nil { // one that the bus can never take would hold up all behind it
		return f.bury("", parcel{}, err)
	}
	u, err := f.await(e, id, x, m)
	if err != nil {
		return err
	}
	return f.post(id, u, row)
}

// marked gives an Open its mark.
func (f *fold) marked(id chat.EffectID, x chat.Outgoing) chat.Outgoing {
	open, ok := x.(chat.Open)
	if !ok {
		return x
	}
	mark := f.seed(chat.EventID("open " + id))
	open.Mark = hex.EncodeToString(mark[:])
	return open
}

// pack makes the row of an effect. The error tells why the bus can never take it.
func (f *fold) pack(id chat.EffectID, x chat.Outgoing) (Row, error) {
	data, err := chat.EncodeDispatch(chat.Dispatch{ID: id, At: f.now, Effect: x})
	if err == nil && len(data) > maxDispatch {
		err = fmt.Errorf("effect %s has %d bytes, more than the bus takes", id, len(data))
	}
	if err == nil {
		_, err = chat.ParseChat(x.Where().String())
	}
	return Row{To: x.Where(), Data: data}, err
}

// post puts an effect into the outbox.
func (f *fold) post(id chat.EffectID, u underway, row Row) error {
	f.effect++
	row.N = f.effect
	f.rows = append(f.rows, row)
	f.engine.stats.effects.Add(1)
	return f.begin(id, u)
}

// resolve fills in what an effect says of a message, and finds that message, nil if it is unknown. It is false where there
// is nothing to do: a tag means no message in the chat, or an edit is to say again what is not kept any more.
func (f *fold) resolve(e *chat.Event, x chat.Outgoing) (chat.Outgoing, *chat.Message, bool, error) {
	switch y := x.(type) {
	case chat.Edit:
		return f.resolveEdit(e, y)
	case chat.Delete:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = whole(m, t, y.To)
		return y, m, there, err
	case chat.React:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = t
		return y, m, there, err
	case chat.Pin:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = t
		return y, m, there, err
	case chat.Unpin:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = t
		return y, m, there, err
	case chat.Vote:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = t
		return y, m, there, err
	case chat.EndPoll:
		t, m, there, err := f.target(e, y.Target, y.To)
		y.Target = t
		return y, m, there, err
	}
	return x, nil, true, nil
}

// whole lets who takes away an album's first message, for the rules know no more of it, take away all of it.
func whole(m *chat.Message, t chat.Target, in chat.Chat) chat.Target {
	if m == nil || len(m.More) == 0 || len(t.Refs) != 1 || t.Refs[0] != m.Original && t.Refs[0] != m.Latest() {
		return t
	}
	if all, ok := m.In(in); ok && m.Original.Chat == in {
		return all
	}
	return t
}

func (f *fold) resolveEdit(e *chat.Event, x chat.Edit) (chat.Outgoing, *chat.Message, bool, error) {
	tag := x.Target.Tag
	target, m, there, err := f.target(e, x.Target, x.To)
	if err != nil || !there {
		return x, m, there, err
	}
	x.Target = target
	switch {
	case x.Again:
		x, there, err = f.sayAgain(x, m)
	case tag != "":
		m.Choices = x.Choices // what it offers from now on
		f.graph.touch(m)
	case m != nil:
		if x, err = f.stands(x, m); err == nil {
			err = f.shows(m, x.To, x.Text)
		}
	default:
		m = e.Message
	}
	return x, m, there, err
}

// target finds the message that an effect is about.
func (f *fold) target(e *chat.Event, t chat.Target, in chat.Chat) (chat.Target, *chat.Message, bool, error) {
	if t.Tag == "" {
		m, err := f.targeted(e, t)
		return t, m, true, err
	}
	m, err := f.graph.tagged(e.Community, t.Tag)
	if err != nil {
		return t, nil, false, err
	}
	found, ok := m.In(in)
	return found, m, ok, nil
}

// targeted finds a message by its names, or by the effect that makes a copy of it.
func (f *fold) targeted(e *chat.Event, t chat.Target) (*chat.Message, error) {
	for _, m := range []*chat.Message{e.Message, e.ReplyTo} {
		if isNamed(m, t) {
			return m, nil
		}
	}
	if len(t.Refs) > 0 {
		m, _, err := f.graph.byRef(t.Refs[0])
		return m, err
	}
	if t.Effect == "" {
		return nil, nil
	}
	u, _, ok := underwayOf(f.tx.Get(bucketPending, []byte(t.Effect)))
	if !ok {
		return nil, nil
	}
	return f.about(u)
}

// isNamed tells whether a message is the one that a target names.
func isNamed(m *chat.Message, t chat.Target) bool {
	if m == nil {
		return false
	}
	if len(t.Refs) == 0 {
		return t.Effect != "" && copyOf(m, t.Effect) >= 0
	}
	r := t.Refs[0]
	if m.Original == r || slices.Contains(m.More, r) || slices.Contains(m.Revisions, r) {
		return true
	}
	return slices.ContainsFunc(m.Copies, func(c chat.Copy) bool { return slices.Contains(c.Refs, r) })
}

// await notes what the receipt of an effect will be about: m is the message that it does something to.
func (f *fold) await(e *chat.Event, id chat.EffectID, x chat.Outgoing, m *chat.Message) (u underway, err error) {
	u = underway{of: deedOf(x), to: x.Where().Platform}
	switch x := x.(type) {
	case chat.Send:
		m, err = f.expect(e, id, x)
	case chat.Whisper:
		m, err = f.expectAnswer(e, id, x)
	default:
		// Of the house's own messages with a tag the receipts tell by the tag what they are about, unless an edit answers what
		// happened to that very message.
		if m != nil && m.Tag != "" && (u.of != "edit" || e.Message == nil || e.Message.ID != m.ID) {
			m = nil
		}
	}
	if m != nil {
		u.message, _ = messageKeyOfID(m.ID)
	}
	if tag := tagOf(x); tag != "" {
		u.tag = joinKey(string(e.Community), tag)
	}
	return u, err
}

// expectAnswer notes what is said to somebody, if it can be answered or chosen from.
func (f *fold) expectAnswer(e *chat.Event, id chat.EffectID, x chat.Whisper) (*chat.Message, error) {
	if x.Tag == "" && len(x.Choices) == 0 {
		return nil, nil
	}
	m := f.own(e, x.To, x.Tag, x.Choices)
	key, _ := messageKeyOfID(m.ID)
	if err := firstError(f.graph.tag(m), f.tx.Put(bucketWhisper, key.bytes(), nil)); err != nil {
		return nil, err
	}
	f.graph.expect(id, m, x.To)
	return m, nil
}

func tagOf(x chat.Outgoing) string {
	switch x := x.(type) {
	case chat.Delete:
		return x.Tag
	case chat.Pin:
		return x.Tag
	case chat.Unpin:
		return x.Tag
	case chat.Restrict:
		return x.Tag
	case chat.Release:
		return x.Tag
	case chat.Remove:
		return x.Tag
	case chat.Ban:
		return x.Tag
	case chat.Unban:
		return x.Tag
	case chat.Admit:
		return x.Tag
	case chat.Decline:
		return x.Tag
	case chat.Invite:
		return x.Tag
	case chat.Open:
		return x.Tag
	case chat.Shut:
		return x.Tag
	case chat.Summarise:
		return x.Tag
	}
	return ""
}

// own makes a message of the house's. It belongs where its chat does, in private to the community that speaks.
func (f *fold) own(e *chat.Event, to chat.Chat, tag string, choices []chat.Choice) *chat.Message {
	at, group := f.engine.house.chats[to]
	if !group {
		at.community = e.Community
	}
	return &chat.Message{
		ID:        messageKey{Seq: f.entry.Seq, N: uint32(f.made)}.id(),
		Community: at.community, Room: at.room, At: f.now, Tag: tag, Choices: choices,
	}
}

// expect notes the copy that a Send makes. One that is no message's copy makes a message of the house, or, with a tag,
// one more copy of the message that was sent into other chats with it.
func (f *fold) expect(e *chat.Event, id chat.EffectID, s chat.Send) (*chat.Message, error) {
	m, err := f.copied(e, s)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if _, group := f.engine.house.chats[s.To]; !group && s.Tag == "" && len(s.Choices) == 0 {
			return nil, nil // an answer in private: nobody refers to it again
		}
		m = f.own(e, s.To, s.Tag, s.Choices)
		if err := firstError(f.graph.tag(m), f.inTheNameOf(e, s, m)); err != nil {
			return nil, err
		}
	} else if err := f.shows(m, s.To, s.Text); err != nil {
		return nil, err
	}
	f.graph.expect(id, m, s.To)
	return m, nil
}

// inTheNameOf makes a message that the house posts for a member (from his queue, to another room) that member's: answers to it,
// reports of it and its erasure concern him.
func (f *fold) inTheNameOf(e *chat.Event, s chat.Send, m *chat.Message) error {
	c := f.engine.house.communities[m.Community]
	if s.As == nil || c == nil {
		return nil
	}
	m.By, m.Name, m.Author = s.As.Identity, s.As.Name, c.identities[s.As.Identity]
	had := content{Text: s.Text, Parts: s.Parts, Forward: s.Forward}
	if s.Answer != nil {
		answered, err := f.targeted(e, s.Answer.Target)
		if err != nil {
			return err
		}
		if answered != nil {
			m.ReplyTo = answered.ID
		}
		had.Reply = &quoted{Name: s.Answer.Name, Quote: s.Answer.Quote, Partial: s.Answer.Partial, Thread: s.Answer.Thread}
	}
	return firstError(f.remember(m, had), f.attribute(m))
}

// copied returns the message whose copy a Send is, nil if it is a new one.
func (f *fold) copied(e *chat.Event, s chat.Send) (*chat.Message, error) {
	switch {
	case s.Message != "" && e.Message != nil && e.Message.ID == s.Message:
		return e.Message, nil
	case s.Message != "":
		return f.graph.message(s.Message)
	case s.Tag == "":
		return nil, nil
	}
	m, err := f.graph.tagged(e.Community, s.Tag)
	if m == nil || err != nil {
		return nil, err
	}
	for _, c := range m.Copies {
		if c.Chat == s.To {
			return nil, nil // the newer one takes its place
		}
	}
	m.Choices = s.Choices
	return m, nil
}
