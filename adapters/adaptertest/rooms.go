package adaptertest

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// roomPromises are about chats that the bot makes and closes, and about links to messages.
func roomPromises() []promise {
	return []promise{
		{name: "open makes a chat for the people", keep: openMakes, proves: []chat.Kind{"new room"}},
		{name: "open is no arrival", keep: openIsNoArrival},
		{name: "shut lets people read alone", keep: shutShuts, proves: []chat.Kind{"archive"}},
		{name: "link to a message is shown", keep: citeIsShown, proves: []chat.Kind{"cite"}},
	}
}

// opened makes a chat for Ana beside a group, or skips where the platform has none.
func (s *stage) opened(g table) chat.Chat {
	s.t.Helper()
	d := s.dispatch(chat.Open{
		Beside: g.chat, Title: "The small table", Who: []chat.Identity{{Platform: s.w.Platform(), ID: g.ana}}, Tag: "small",
		Mark: "0123456789abcdef0123456789abcdef",
	})
	r, err := s.try(d)
	if s.features.Shows["new room"].How == chat.Refused {
		s.mustBeRefused(err, chat.Unsupported)
		s.t.Skip("no chats can be made there")
	}
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	if r.Made.Platform != s.w.Platform() || r.Made.ID == "" || r.Made == g.chat {
		s.t.Fatalf("the chat made is %v", r.Made)
	}
	if again, err := s.try(d); s.features.Idempotent && (err != nil || again.Made != r.Made) {
		s.t.Errorf("the same open again made %v, %v", again.Made, err)
	}
	asked := false
	s.become("Ana finds the new chat by its title", func() bool {
		made, there := s.listed(r.Made)
		asked = slices.Contains(made.Invited, g.ana)
		return there && made.Title == "The small table" && (asked || slices.Contains(s.w.Members(r.Made.ID), g.ana))
	})
	if asked {
		if err := s.w.Join(g.ana, r.Made.ID); err != nil {
			s.t.Fatalf("Ana cannot come to the new chat that she is asked to: %v", err)
		}
	}
	return r.Made
}

// listed returns a chat as people find it among their groups.
func (s *stage) listed(c chat.Chat) (world.Group, bool) {
	all := s.w.Groups()
	if i := slices.IndexFunc(all, func(g world.Group) bool { return g.ID == c.ID }); i >= 0 {
		return all[i], true
	}
	return world.Group{}, false
}

func openMakes(s *stage) {
	g := s.gather()
	small := s.opened(g)
	s.become("Ana is in the new chat and no longer asked to it", func() bool {
		made, _ := s.listed(small)
		return slices.Contains(s.w.Members(small.ID), g.ana) && !slices.Contains(made.Invited, g.ana)
	})
	if _, ok := s.call(g.ana, small); !ok {
		s.t.Fatal("the adapter does not hear what is said in the new chat")
	}
	s.send(small, "welcome to the small table")
	s.seeText(small, "welcome to the small table")
	for _, m := range s.w.Messages(g.chat.ID) {
		if strings.Contains(m.Text.Plain, "welcome to the small table") {
			s.t.Error("what is said in the new chat stands in the old one")
		}
	}
}

// openIsNoArrival: whoever comes to a chat says hello there, and this one is for its people alone. Its receipt may come later
// than what happens in it, or behind a restart.
func openIsNoArrival(s *stage) {
	g := s.gather()
	small := s.opened(g)
	for range 2 {
		if _, ok := s.call(g.ana, small); !ok {
			s.t.Fatal("the adapter does not hear what is said in the new chat")
		}
		s.restart()
		s.listening(g)
	}
	events, _ := s.heard.heard()
	for _, e := range events {
		if _, arrived := e.Body.(chat.Arrived); arrived && e.Chat == small {
			s.t.Errorf("%s tells that the bot has come to the chat that it has made", e.ID)
		}
	}
}

func shutShuts(s *stage) {
	g := s.gather()
	small := g.chat
	if s.features.Shows["new room"].How != chat.Refused {
		small = s.opened(g)
		if _, ok := s.call(g.ana, small); !ok {
			s.t.Fatal("the adapter does not hear what is said in the new chat")
		}
	}
	shut := chat.Shut{To: small, Tag: "small"}
	if s.features.Shows["archive"].How == chat.Refused {
		_, err := s.try(s.dispatch(shut))
		s.mustBeRefused(err, chat.Unsupported)
		return
	}
	s.do(shut)
	s.do(shut) // what is so already is done
	if _, err := s.w.Say(g.ana, small.ID, world.Say{Text: chat.Plain("too late")}); err == nil {
		s.t.Error("people can write in a chat that is shut")
	}
	s.do(chat.Send{To: small, Text: chat.Plain("this table is closed")})
	s.seeText(small, "this table is closed")
}

func citeIsShown(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	s.do(chat.Send{To: g.chat, Text: chat.Plain("Decided: ").Append(chat.Styled(chat.Cite, "bread at six", ref.String()), chat.Plain(", all agree"))})
	m := s.seeText(g.chat, "Decided: bread at six")
	if !strings.HasSuffix(m.Text.Plain, ", all agree") && s.features.Shows["cite"].How == chat.Native {
		s.t.Errorf("the text around a link to a message is %q", m.Text.Plain)
	}
	words, values := under(m.Text, chat.Hyperlink)
	if s.features.Shows["cite"].How == chat.Native && (!slices.Equal(words, []string{"bread at six"}) || !strings.HasPrefix(values[0], "https://")) {
		s.t.Errorf("the link is %q to %q", words, values)
	}
	if s.features.Shows["cite"].How == chat.Refused && len(words) > 0 {
		s.t.Errorf("there are links %q to %q", words, values)
	}
}
