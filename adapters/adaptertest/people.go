package adaptertest

import (
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// peoplePromises are about who is there, what they may do, and talking to one of them.
func peoplePromises() []promise {
	return []promise{
		{name: "join and leave arrive", keep: joinAndLeaveArrive},
		{name: "new name arrives", keep: newNameArrives},
		{name: "being added to a group arrives", keep: arrivalArrives},
		{name: "command has the level of its sender", keep: commandLevel},
		{name: "private message arrives", keep: privateArrives},
		{name: "bot answers in private", keep: privateAnswer},
		{name: "whisper reaches the person", keep: whisperReaches},
		{name: "whisper without a private chat", keep: whisperToStranger},
		{name: "secret whisper is never said in the open", keep: secretStaysSecret},
	}
}

func joinAndLeaveArrive(s *stage) {
	g := s.gather()
	carl := s.w.NewPerson("Carl Curry")
	who := chat.Identity{Platform: s.w.Platform(), ID: carl}
	if err := s.w.Join(carl, g.chat.ID); err != nil {
		s.t.Fatalf("join: %v", err)
	}
	s.hear("joined", func(e chat.Event) bool {
		b, ok := e.Body.(chat.Joined)
		return ok && b.Who.Identity == who && e.Chat == g.chat
	})
	if err := s.w.Leave(carl, g.chat.ID); err != nil {
		s.t.Fatalf("leave: %v", err)
	}
	s.hear("left", func(e chat.Event) bool {
		b, ok := e.Body.(chat.Left)
		return ok && b.Who.Identity == who && e.Chat == g.chat
	})
}

func newNameArrives(s *stage) {
	g := s.gather()
	s.hearPosted(s.saying(g.ana, g.chat, "it is me"))
	s.w.Rename(g.ana, "Ana Anise")
	// A platform may tell a name a little later than it is given, never never.
	var last string
	for range 5 {
		e, _ := s.hearPosted(s.saying(g.ana, g.chat, "it is still me"))
		if last = e.By.Name; last == "Ana Anise" {
			return
		}
	}
	s.t.Errorf("after five messages the name is %q, want %q", last, "Ana Anise")
}

func arrivalArrives(s *stage) {
	s.gather()
	owner := s.w.NewPerson("Dora Dill")
	c := chat.Chat{Platform: s.w.Platform(), ID: s.w.NewGroup("A new table", owner)}
	s.hear("arrived", func(e chat.Event) bool {
		_, ok := e.Body.(chat.Arrived)
		return ok && e.Chat == c
	})
}

func commandLevel(s *stage) {
	g := s.gather()
	for _, by := range []struct {
		id   string
		want chat.Level
	}{{g.owner, chat.Organiser}, {g.ana, chat.Member}} {
		e, p := s.hearPosted(s.saying(by.id, g.chat, "/help me"))
		if e.By.Level != by.want || e.By.Unsure {
			s.t.Errorf("level of %s is %v (unsure %v), want %v", by.id, e.By.Level, e.By.Unsure, by.want)
		}
		if p.Text.Plain != "/help me" {
			s.t.Errorf("command is %q", p.Text.Plain)
		}
	}
}

// private opens the private conversation with Ana.
func (s *stage) private(g table) chat.Chat {
	s.t.Helper()
	c := chat.Chat{Platform: s.w.Platform(), ID: s.w.Private(g.ana)}
	e, ok := s.call(g.ana, c)
	if !ok {
		s.t.Fatal("the adapter does not hear what is said in private")
	}
	if !e.Private {
		s.t.Error("a private message is told as one in a group")
	}
	if e.By.Identity.ID != g.ana {
		s.t.Errorf("private message by %v, want %s", e.By.Identity, g.ana)
	}
	return c
}

func privateArrives(s *stage) {
	g := s.gather()
	c := s.private(g)
	e, _ := s.hearPosted(s.saying(g.ana, c, "only you and me"))
	if e.Chat != c || !e.Private {
		s.t.Errorf("it is in %v (private %v), want %v", e.Chat, e.Private, c)
	}
	e, _ = s.hearPosted(s.saying(g.ana, g.chat, "all of us"))
	if e.Private {
		s.t.Error("a group is told as private")
	}
}

func privateAnswer(s *stage) {
	g := s.gather()
	c := s.private(g)
	s.do(chat.Send{To: c, Text: chat.Plain("welcome to the table")})
	s.seeText(c, "welcome to the table")
}

func whisperReaches(s *stage) {
	g := s.gather()
	c := s.private(g)
	who := chat.Identity{Platform: s.w.Platform(), ID: g.ana}
	s.do(chat.Whisper{To: g.chat, Who: who, Text: chat.Plain("you have two posts left"), Secret: true})
	s.seeText(c, "you have two posts left")
	for _, m := range s.w.Messages(g.chat.ID) {
		if has("you have two posts left")(m) {
			s.t.Error("what can be said in private was said in the group")
		}
	}
}

func whisperToStranger(s *stage) {
	g := s.gather()
	who := chat.Identity{Platform: s.w.Platform(), ID: g.ben}
	s.do(chat.Whisper{To: g.chat, Who: who, Text: chat.Plain("one post a day")})
	seen := func(all []world.Shown) bool {
		for _, m := range all {
			if has("one post a day")(m) {
				return true
			}
		}
		return false
	}
	if seen(s.w.Messages(g.chat.ID)) || seen(s.w.Messages(s.w.Private(g.ben))) {
		return
	}
	s.see(g.chat, "the whisper, in the group or in private", func(all []world.Shown) bool {
		return seen(all) || seen(s.w.Messages(s.w.Private(g.ben)))
	})
}

func secretStaysSecret(s *stage) {
	g := s.gather()
	who := chat.Identity{Platform: s.w.Platform(), ID: g.ben}
	_, err := s.try(s.dispatch(chat.Whisper{To: g.chat, Who: who, Text: chat.Plain("your report is heard"), Secret: true}))
	s.mustNotBeBug(err)
	// What comes behind it in the same chat shows that nothing is still on its way.
	s.send(g.chat, "good evening")
	all := s.see(g.chat, "good evening", func(all []world.Shown) bool { return strings.Contains(describe(all), "good evening") })
	for _, m := range all {
		if has("your report is heard")(m) {
			s.t.Error("a secret was said in the group")
		}
	}
}
