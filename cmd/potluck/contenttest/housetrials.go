package contenttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// houseTrials are about what only the house does. What a rule does by these means has its own tests; here they are asked
// for past the rules.
func houseTrials() map[chat.Kind]trial {
	return map[chat.Kind]trial{
		"cite":             {house: cite},
		"choices":          {house: choices},
		"private":          {house: private},
		"delete of others": {house: deleteOfOthers},
		"restrict":         {house: restrict},
		"remove":           {house: remove},
		"ban":              {house: ban},
		"knock":            {house: knock},
		"invite":           {house: invite},
		"new room":         {house: newRoom},
		"archive":          {house: archive},
	}
}

// order lets the house do something, again as long as the messenger asks for patience.
func (a *act) order(e chat.Outgoing) (adapters.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		r, err := a.Do(ctx, e)
		var later *adapters.RetryError
		if !errors.As(err, &later) || ctx.Err() != nil {
			return r, err
		}
	}
}

// refused wants the messenger to say that it has no such thing.
func refused(err error) error {
	var no *adapters.RefusedError
	if !errors.As(err, &no) || no.Why != chat.Unsupported {
		return fmt.Errorf("it is not refused as the table says: %w", err)
	}
	return nil
}

func cite(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	id, err := a.say(to, 1, world.Say{Text: chat.Plain("bread at six")})
	if err != nil {
		return err
	}
	ref := chat.Ref{Chat: a.in(to), ID: id}
	text := chat.Plain("Decided: ").Append(chat.Styled(chat.Cite, a.words, ref.String()), chat.Plain(", all agree"))
	if _, err := a.order(chat.Send{To: a.in(to), Text: text}); err != nil {
		return err
	}
	return a.until(func() error {
		m, err := a.look(to, a.words)
		if err != nil {
			return err
		}
		words, links := under(m.Text, chat.Hyperlink)
		if linked := slices.Equal(words, []string{a.words}) && strings.HasPrefix(links[0], "https://"); linked != (s.How == chat.Native) {
			return fmt.Errorf("links are %q to %q in %q", words, links, m.Text.Plain)
		}
		if !strings.Contains(m.Text.Plain, "Decided: "+a.words) {
			return fmt.Errorf("the words are %q", m.Text.Plain)
		}
		return nil
	})
}

func choices(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	offer := []chat.Choice{{Label: "The soup", Ask: "help"}, {Label: "The bread", Ask: "help"}}
	if _, err := a.order(chat.Send{To: a.in(to), Text: chat.Plain(a.words), Choices: offer}); err != nil {
		return err
	}
	return a.until(func() error {
		m, err := a.look(to, a.words)
		switch {
		case err != nil:
			return err
		case s.How == chat.Native && !slices.Equal(m.Choices, []string{"The soup", "The bread"}):
			return fmt.Errorf("buttons are %q", m.Choices)
		case s.How != chat.Native && !strings.Contains(m.Text.Plain, "1  The soup\n2  The bread"):
			return fmt.Errorf("choices are %q", m.Text.Plain)
		}
		return nil
	})
}

func private(_ *testing.T, a *act, to chat.Platform, _ chat.Support) error {
	talk := a.worlds[to].Private(a.people[to][1])
	if _, err := a.order(chat.Whisper{To: a.in(to), Who: a.who(to), Text: chat.Plain(a.words), Secret: true}); err != nil {
		return err
	}
	if m, err := a.look(to, a.words); err == nil {
		return fmt.Errorf("everybody reads %q", m.Text.Plain)
	}
	return a.until(func() error {
		for _, m := range a.worlds[to].Messages(talk) {
			if m.FromBot && strings.Contains(m.Text.Plain, a.words) {
				return nil
			}
		}
		return errors.New("nothing is said in private")
	})
}

func deleteOfOthers(_ *testing.T, a *act, to chat.Platform, _ chat.Support) error {
	id, err := a.say(to, 1, world.Say{Text: chat.Plain("spam " + a.words)})
	if err != nil {
		return err
	}
	if _, err := a.order(chat.Delete{To: a.in(to), Target: chat.Target{Refs: []chat.Ref{{Chat: a.in(to), ID: id}}}}); err != nil {
		return err
	}
	return a.until(func() error {
		if m, err := a.byID(to, id); err == nil && !m.Deleted {
			return fmt.Errorf("%q is still there", m.Text.Plain)
		}
		return nil
	})
}

// rights waits until the member's rights are as they should be.
func (a *act) rights(to chat.Platform, right func(world.Rights) bool) error {
	return a.until(func() error {
		if r := a.worlds[to].Rights(a.people[to][1], a.groups[to]); !right(r) {
			return fmt.Errorf("the rights are %+v", r)
		}
		return nil
	})
}

func restrict(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	_, err := a.order(chat.Restrict{To: a.in(to), Who: a.who(to), Until: time.Now().Add(time.Hour)})
	if s.How == chat.Refused {
		return refused(err)
	}
	return errors.Join(err, a.rights(to, func(r world.Rights) bool { return r.In && !r.MayWrite }))
}

func remove(_ *testing.T, a *act, to chat.Platform, _ chat.Support) error {
	_, err := a.order(chat.Remove{To: a.in(to), Who: a.who(to)})
	return errors.Join(err, a.rights(to, func(r world.Rights) bool { return !r.In && !r.Banned }))
}

func ban(_ *testing.T, a *act, to chat.Platform, _ chat.Support) error {
	_, err := a.order(chat.Ban{To: a.in(to), Who: a.who(to)})
	return errors.Join(err, a.rights(to, func(r world.Rights) bool { return !r.In && r.Banned }))
}

func knock(_ *testing.T, a *act, to chat.Platform, _ chat.Support) error {
	gus := a.stranger()
	if err := a.worlds[to].Knock(gus, a.groups[to], "may I? "+a.words); err != nil {
		return err
	}
	if _, err := a.order(chat.Admit{To: a.in(to), Who: chat.Identity{Platform: to, ID: gus}}); err != nil {
		return err
	}
	return a.until(func() error {
		if !slices.Contains(a.worlds[to].Members(a.groups[to]), gus) {
			return errors.New("who was admitted is not in")
		}
		return nil
	})
}

func invite(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	gus := a.stranger()
	a.worlds[to].Private(gus)
	r, err := a.order(chat.Invite{To: a.in(to), Who: chat.Identity{Platform: to, ID: gus}})
	switch {
	case err != nil:
		return err
	case s.How == chat.Degraded && r.Link == "":
		return errors.New("there is no link")
	case to == chat.Telegram:
		return a.hall.Telegram.JoinByLink(gus, r.Link)
	}
	_ = a.worlds[to].Join(gus, a.groups[to]) // where he is only asked to come
	return a.until(func() error {
		if !slices.Contains(a.worlds[to].Members(a.groups[to]), gus) {
			return errors.New("who was asked in is not in")
		}
		return nil
	})
}

// small makes a new chat for the member, on Telegram in a group with topics.
func (a *act) small(to chat.Platform) (chat.Chat, error) {
	here := a.in(to)
	if to == chat.Telegram {
		here.ID = a.hall.Telegram.NewForum("Forum", a.people[to][0], a.people[to][1])
	}
	r, err := a.order(chat.Open{Beside: here, Title: "The small table", Who: []chat.Identity{a.who(to)}})
	return r.Made, err
}

func newRoom(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	made, err := a.small(to)
	if s.How == chat.Refused {
		return refused(err)
	}
	if err != nil {
		return err
	}
	_ = a.worlds[to].Join(a.people[to][1], made.ID) // where he is only asked to come
	if _, err := a.order(chat.Send{To: made, Text: chat.Plain(a.words)}); err != nil {
		return err
	}
	if to == chat.Telegram { // a group without topics has none
		_, err := a.order(chat.Open{Beside: a.in(to), Title: "The small table"})
		return refused(err)
	}
	return nil
}

func archive(_ *testing.T, a *act, to chat.Platform, s chat.Support) error {
	made, err := a.small(to)
	if s.How == chat.Refused {
		_, err := a.order(chat.Shut{To: a.in(to)})
		return refused(err)
	}
	if err != nil {
		return err
	}
	_ = a.worlds[to].Join(a.people[to][1], made.ID)
	if _, err := a.order(chat.Shut{To: made}); err != nil {
		return err
	}
	if _, err := a.worlds[to].Say(a.people[to][1], made.ID, world.Say{Text: chat.Plain("too late")}); err == nil {
		return errors.New("people can write in what is shut")
	}
	return nil
}
