package adaptertest

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// arrivingPromises are about what people do with messages and the adapter tells.
func arrivingPromises() []promise {
	return []promise{
		{name: "message arrives", keep: messageArrives},
		{name: "order of messages is kept inwards", keep: orderInwards},
		{name: "reply to a member arrives", keep: replyToMemberArrives},
		{name: "reply to a copy arrives", keep: replyToCopyArrives},
		{name: "edit arrives", keep: editArrives},
		{name: "delete arrives", keep: deleteArrives},
		{name: "reaction arrives", keep: reactionArrives},
		{name: "reaction to a copy arrives", keep: reactionToCopyArrives},
		{name: "own messages never come back", keep: ownMessagesStay},
	}
}

func messageArrives(s *stage) {
	g := s.gather()
	e, p := s.hearPosted(s.saying(g.ana, g.chat, "bread at six"))
	if p.Text.Plain != "bread at six" || len(p.Text.Spans) > 0 || len(p.Parts) > 0 {
		s.t.Errorf("text is %+v with %d parts", p.Text, len(p.Parts))
	}
	if p.Reply != nil || p.Forward != "" || p.Album != "" {
		s.t.Errorf("it is more than a message: %+v", p)
	}
	want := chat.Identity{Platform: s.w.Platform(), ID: g.ana}
	if e.By.Identity != want || e.By.Name != g.anaName || e.By.Bot || e.By.Anonymous {
		s.t.Errorf("author is %+v, want %v called %q", e.By, want, g.anaName)
	}
	if e.Private {
		s.t.Error("a group is told as private")
	}
	if ago := time.Since(e.At); ago > 10*time.Minute || ago < -10*time.Minute {
		s.t.Errorf("time is %v, %s ago", e.At, ago)
	}
}

func orderInwards(s *stage) {
	g := s.gather()
	var want []chat.Ref
	for i := range 50 {
		want = append(want, s.saying([]string{g.ana, g.ben}[i%2], g.chat, fmt.Sprintf("number %d", i)))
	}
	s.hear("the last of 50 messages", isPosted(want[49]))
	var got []chat.Ref
	events, _ := s.heard.heard()
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && slices.Contains(want, p.Ref) {
			got = append(got, p.Ref)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("50 messages arrived as %v, want %v", got, want)
	}
}

func replyToMemberArrives(s *stage) {
	g := s.gather()
	first := s.saying(g.ana, g.chat, "bread at six?")
	_, p := s.hearPosted(s.say(g.ben, g.chat, world.Say{Text: chat.Plain("at seven"), ReplyTo: first.ID}))
	if p.Reply == nil || p.Reply.Ref != first {
		s.t.Errorf("it answers %+v, want %v", p.Reply, first)
	}
	if p.Text.Plain != "at seven" {
		s.t.Errorf("text is %q: the answered message does not belong to it", p.Text.Plain)
	}
}

func replyToCopyArrives(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread from afar")
	_, p := s.hearPosted(s.say(g.ben, g.chat, world.Say{Text: chat.Plain("lovely"), ReplyTo: refs[0].ID}))
	if p.Reply == nil || p.Reply.Ref != refs[0] {
		s.t.Errorf("it answers %+v, want %v", p.Reply, refs[0])
	}
}

func editArrives(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at sx")
	s.hearPosted(ref)
	names := []chat.Ref{ref}
	for _, text := range []string{"bread at six", "bread at seven"} {
		if err := s.w.Edit(g.ana, g.chat.ID, ref.ID, chat.Plain(text)); err != nil {
			s.t.Fatalf("edit: %v", err)
		}
		e := s.hear("edited to "+text, func(e chat.Event) bool {
			b, ok := e.Body.(chat.Edited)
			return ok && b.Text.Plain == text
		})
		b := e.Body.(chat.Edited)
		if !slices.Contains(names, b.Ref) {
			s.t.Errorf("edited is %v, want one of %v", b.Ref, names)
		}
		if e.By.Identity.ID != g.ana {
			s.t.Errorf("edited by %v, want %s", e.By.Identity, g.ana)
		}
		if !b.Revision.IsZero() {
			names = append(names, b.Revision)
		}
	}
}

func deleteArrives(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "oops")
	s.hearPosted(ref)
	if err := s.w.Delete(g.ana, g.chat.ID, ref.ID); err != nil {
		s.t.Fatalf("delete: %v", err)
	}
	s.hear("deleted "+ref.ID, func(e chat.Event) bool {
		b, ok := e.Body.(chat.Deleted)
		return ok && b.Ref == ref
	})
}

func reactionArrives(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.reactions(g, ref)
}

func reactionToCopyArrives(s *stage) {
	g := s.gather()
	refs := s.send(g.chat, "bread from afar")
	s.reactions(g, refs[0])
}

// reactions lets Ben react to a message and take it back.
func (s *stage) reactions(g table, to chat.Ref) {
	s.t.Helper()
	for _, on := range []bool{true, false, true} {
		if err := s.w.React(g.ben, g.chat.ID, to.ID, "👍", on); err != nil {
			s.t.Fatalf("react: %v", err)
		}
		var want []string
		if on {
			want = []string{"👍"}
		}
		ok := s.heard.until(s.patience, func(events []chat.Event) bool {
			return slices.Equal(reactionsOf(events, g.ben, to), want)
		})
		if !ok {
			s.t.Fatalf("after react(%v) the events do not add up to %q; heard:\n%s", on, want, s.transcript())
		}
	}
}

// reactionsOf adds up what a person's reactions to a message are after the events.
func reactionsOf(events []chat.Event, person string, to chat.Ref) []string {
	var now []string
	own := map[chat.Ref]string{}
	take := func(emoji string) {
		now = slices.DeleteFunc(now, func(e string) bool { return e == emoji })
	}
	for _, e := range events {
		if d, ok := e.Body.(chat.Deleted); ok && own[d.Ref] != "" {
			take(own[d.Ref])
			delete(own, d.Ref)
		}
		r, ok := e.Body.(chat.Reacted)
		if !ok || r.Ref != to || e.By.Identity.ID != person {
			continue
		}
		if r.Change == chat.ReactionsAre {
			now = nil
		}
		for _, emoji := range r.Emoji {
			take(bare(emoji))
			if r.Change != chat.ReactionRemoved {
				now = append(now, bare(emoji))
			}
			if !r.Own.IsZero() {
				own[r.Own] = bare(emoji)
			}
		}
	}
	return now
}

// ownMessagesStay makes every kind of change as the bot; that none of them is heard is checked at the end
// of every test by the refs, and here by the texts.
func ownMessagesStay(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	refs := s.send(g.chat, "from afar")
	s.do(chat.Send{To: g.chat, Text: chat.Plain("from the house")})
	s.do(chat.Edit{To: g.chat, Target: chat.Target{Refs: refs}, As: s.guest(), Text: chat.Plain("from afar, edited")})
	s.try(s.dispatch(chat.React{
		To: g.chat, Target: chat.Target{Refs: []chat.Ref{ref}}, As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍",
	}))
	s.do(chat.Delete{To: g.chat, Target: chat.Target{Refs: refs}})
	s.hearPosted(s.saying(g.ana, g.chat, "that is all"))
	events, _ := s.heard.heard()
	for _, e := range events[slices.IndexFunc(events, isPosted(ref))+1:] {
		switch e.Body.(type) {
		case chat.Posted:
			if e.By.Identity.ID == g.ana || e.By.Identity.ID == g.owner {
				continue
			}
		case chat.Arrived: // that the bot was added may be told late
			continue
		}
		s.t.Errorf("the bot's own doings came back as %T %+v", e.Body, e.Body)
	}
}
