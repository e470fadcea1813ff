package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// showingPromises are about what the adapter does and people see.
func showingPromises() []promise {
	return []promise{
		{name: "send is shown", keep: sendIsShown, proves: []chat.Kind{"text", "name"}},
		{name: "order of sends is kept outwards", keep: orderOutwards},
		{name: "sends to many chats at once are shown", keep: manyChats},
		{name: "answer to a member is shown", keep: answerToMember, proves: []chat.Kind{"reply"}},
		{name: "answer to a copy is shown", keep: answerToCopy},
		{name: "answer to a message that is gone is shown", keep: answerToNothing},
		{name: "forward names its source", keep: forwardIsShown, proves: []chat.Kind{"forward"}},
		{name: "edit is shown", keep: editIsShown, proves: []chat.Kind{"edit"}},
		{name: "edit without a change is no failure", keep: editOfNothing},
		{name: "delete is shown", keep: deleteIsShown, proves: []chat.Kind{"delete"}},
		{name: "reaction is shown and taken back", keep: reactionIsShown, proves: []chat.Kind{"reaction"}},
		{name: "reaction stays while others give it", keep: reactionStays},
		{name: "same effect twice is shown once", keep: twiceIsOnce},
	}
}

// mustNotBeBug fails for an error that the pump would take for a bug.
func (s *stage) mustNotBeBug(err error) {
	s.t.Helper()
	var retry *adapters.RetryError
	var refused *adapters.RefusedError
	if err != nil && !errors.As(err, &retry) && !errors.As(err, &refused) {
		s.t.Errorf("error is neither retry nor refused: %v", err)
	}
}

// mustBeRefused fails unless the error is a refusal for one of the reasons.
func (s *stage) mustBeRefused(err error, reasons ...chat.Reason) {
	s.t.Helper()
	var refused *adapters.RefusedError
	if !errors.As(err, &refused) {
		s.t.Errorf("error is %v, want refused", err)
		return
	}
	if !slices.Contains(reasons, refused.Why) {
		s.t.Errorf("refused for %q, want one of %q", refused.Why, reasons)
	}
}

func sendIsShown(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread from afar")
	m := s.seeText(g.chat, "bread from afar")
	if !slices.ContainsFunc(refs, func(r chat.Ref) bool { return r.ID == m.ID && r.Chat == g.chat }) {
		s.t.Errorf("receipt names %v, people see %s", refs, m.ID)
	}
	name := s.guest().Name
	if m.Name != name && s.features.Shows["name"].How == chat.Native {
		s.t.Errorf("name above the message is %q, want %q", m.Name, name)
	}
	if !strings.Contains(m.Name+m.Text.Plain, name) {
		s.t.Errorf("nobody can see that %q wrote it: %q by %q", name, m.Text.Plain, m.Name)
	}
	s.do(chat.Send{To: g.chat, Text: chat.Plain("bread from the house")})
	if m := s.seeText(g.chat, "bread from the house"); m.Text.Plain != "bread from the house" {
		s.t.Errorf("the house says %q", m.Text.Plain)
	}
}

func orderOutwards(s *stage) {
	g := s.gather()
	var want []string
	for i := range 50 {
		refs := s.send(g.chat, fmt.Sprintf("number %d.", i))
		want = append(want, refs[0].ID)
	}
	var got []string
	s.see(g.chat, "50 messages", func(all []world.Shown) bool {
		got = nil
		for _, m := range all {
			if m.FromBot && slices.Contains(want, m.ID) {
				got = append(got, m.ID)
			}
		}
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		s.t.Errorf("people see %v, sent were %v", got, want)
	}
}

func manyChats(s *stage) {
	tables := []table{s.gather(), s.group("second"), s.group("third"), s.group("fourth")}
	var wg sync.WaitGroup
	errs := make([]error, len(tables))
	for i, g := range tables {
		wg.Go(func() {
			for n := range 5 {
				_, err := s.try(s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain(fmt.Sprintf("dish %d-%d.", i, n))}))
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		s.t.Fatalf("do in many chats at once: %v", err)
	}
	for i, g := range tables {
		for n := range 5 {
			s.seeText(g.chat, fmt.Sprintf("dish %d-%d.", i, n))
		}
	}
}

// answer sends an answer and checks that people see what it answers.
func (s *stage) answer(g table, to chat.Ref, quote string) {
	s.t.Helper()
	s.do(chat.Send{
		To: g.chat, As: s.guest(), Text: chat.Plain("at seven"),
		Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{to}}, Name: "Ana", Quote: quote},
	})
	m := s.seeText(g.chat, "at seven")
	if m.ReplyTo == to.ID {
		return
	}
	if s.features.Shows["reply"].How == chat.Native || !strings.Contains(m.Text.Plain, quote) {
		s.t.Errorf("it answers %q and says %q, want an answer to %q", m.ReplyTo, m.Text.Plain, to.ID)
	}
}

func answerToMember(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six?")
	s.hearPosted(ref)
	s.answer(g, ref, "bread at six?")
}

func answerToCopy(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread at six?")
	s.answer(g, refs[0], "bread at six?")
}

func answerToNothing(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread at six?")
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}})
	s.do(chat.Send{
		To: g.chat, As: s.guest(), Text: chat.Plain("at seven"),
		Answer: &chat.Answer{Target: chat.Target{Refs: refs}, Name: "Ana", Quote: "bread at six?"},
	})
	s.seeText(g.chat, "at seven")
	s.do(chat.Send{
		To: g.chat, As: s.guest(), Text: chat.Plain("at eight"), Answer: &chat.Answer{Name: "Ana", Quote: "bread at six?"},
	})
	if m := s.seeText(g.chat, "at eight"); !strings.Contains(m.Text.Plain, "bread at six?") {
		s.t.Errorf("what is answered is not to be seen in %q", m.Text.Plain)
	}
}

func forwardIsShown(s *stage) {
	g := s.gather()
	s.do(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("prices rise"), Forward: "The Daily Loaf"})
	if m := s.seeText(g.chat, "prices rise"); !strings.Contains(m.Text.Plain+m.Name, "The Daily Loaf") {
		s.t.Errorf("the source of a forward is not to be seen in %q", m.Text.Plain)
	}
}

func editIsShown(s *stage) {
	g := s.gather()
	target := chat.Target{Refs: s.send(g.chat, "bread at sx")}
	for _, text := range []string{"bread at six", "bread at seven"} {
		r := s.do(chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain(text)})
		m := s.seeText(g.chat, text)
		if !m.Edited {
			s.t.Error("people cannot see that it was edited")
		}
		if !strings.Contains(m.Name+m.Text.Plain, s.guest().Name) {
			s.t.Errorf("the author's name is gone from %q by %q", m.Text.Plain, m.Name)
		}
		target.Refs = appendNew(target.Refs, r.Refs...)
	}
	s.see(g.chat, "only the new text", func(all []world.Shown) bool {
		return !slices.ContainsFunc(all, has("bread at sx")) && !slices.ContainsFunc(all, has("bread at six"))
	})
}

func editOfNothing(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread at six")
	s.do(chat.Edit{To: g.chat, Target: chat.Target{Refs: refs}, As: s.guest(), Text: chat.Plain("bread at six")})
	s.seeText(g.chat, "bread at six")
}

func deleteIsShown(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "oops")
	s.seeText(g.chat, "oops")
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}})
	s.see(g.chat, "that the message is gone", func(all []world.Shown) bool { return !slices.ContainsFunc(all, has("oops")) })
	_, err := s.try(s.dispatch(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}}))
	if err != nil {
		s.mustBeRefused(err, chat.NotFound)
	}
}

func reactionIsShown(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	for _, on := range []bool{true, false} {
		react := chat.React{To: g.chat, Target: chat.Target{Refs: []chat.Ref{ref}}, As: *s.guest(), Emoji: "❤️", On: on}
		if on {
			react.Count, react.Lead = 1, "❤️"
		}
		_, err := s.try(s.dispatch(react))
		if s.features.Shows["reaction"].How == chat.Refused {
			s.mustBeRefused(err, chat.Unsupported)
			return
		}
		if err != nil {
			s.t.Fatalf("react(%v): %v", on, err)
		}
		s.see(g.chat, fmt.Sprintf("a heart (%v)", on), func(all []world.Shown) bool {
			i := slices.IndexFunc(all, func(m world.Shown) bool { return m.ID == ref.ID })
			return i >= 0 && hasHeart(all[i]) == on
		})
	}
}

// reactionStays has two guests give the same emoji and take it back one after the other.
func reactionStays(s *stage) {
	if s.features.Shows["reaction"].How == chat.Refused {
		s.t.Skip("the platform has no reactions from elsewhere, says the table")
	}
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	gita, hugo := *s.guest(), *s.guest()
	hugo.Identity.ID, hugo.Name = swapLast(hugo.Identity.ID), "Hugo Honey"
	for _, step := range []struct {
		who   chat.Person
		on    bool
		count int
		shown bool
	}{{gita, true, 1, true}, {hugo, true, 2, true}, {gita, false, 1, true}, {hugo, false, 0, false}} {
		react := chat.React{
			To: g.chat, Target: chat.Target{Refs: []chat.Ref{ref}}, As: step.who, Emoji: "❤️", On: step.on, Count: step.count,
		}
		if step.count > 0 {
			react.Lead = "❤️"
		}
		s.do(react)
		s.see(g.chat, fmt.Sprintf("a heart of %d guests (%v)", step.count, step.shown), func(all []world.Shown) bool {
			i := slices.IndexFunc(all, func(m world.Shown) bool { return m.ID == ref.ID })
			return i >= 0 && hasHeart(all[i]) == step.shown
		})
	}
}

// swapLast makes another id of the same kind.
func swapLast(id string) string {
	if strings.HasSuffix(id, "7") {
		return id[:len(id)-1] + "8"
	}
	return id[:len(id)-1] + "7"
}

func hasHeart(m world.Shown) bool {
	for emoji, by := range m.Reactions {
		if bare(emoji) == bare("❤️") && len(by) > 0 {
			return true
		}
	}
	return false
}

func twiceIsOnce(s *stage) {
	if !s.features.Idempotent {
		s.t.Skip("the platform has no idempotent sends, says the table")
	}
	g := s.gather()
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("only once")})
	first, err := s.try(d)
	if err != nil {
		s.t.Fatalf("do: %v", err)
	}
	s.restart()
	again, err := s.adapter.Do(context.Background(), d)
	if err != nil {
		s.t.Fatalf("do again after a restart: %v", err)
	}
	if !slices.Equal(first.Refs, again.Refs) {
		s.t.Errorf("refs are %v, then %v", first.Refs, again.Refs)
	}
	s.send(g.chat, "and that is all")
	s.seeText(g.chat, "and that is all")
	s.seeText(g.chat, "only once")
}

// appendNew appends the refs that are not among them yet.
func appendNew(refs []chat.Ref, more ...chat.Ref) []chat.Ref {
	out := slices.Clone(refs)
	for _, r := range more {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
