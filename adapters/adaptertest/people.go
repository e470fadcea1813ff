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
		{name: "whisper reaches the person", keep: whisperReaches, proves: []chat.Kind{"private"}},
		{name: "whisper without a chat in common", keep: whisperToThePerson},
		{name: "answer to a whisper arrives", keep: answerToWhisper},
		{name: "whisper without a private chat", keep: whisperToStranger},
		{name: "secret whisper is never said in the open", keep: secretStaysSecret, proves: []chat.Kind{"private"}},
	}
}

func joinAndLeaveArrive(s *stage) {
	g := s.gather()
	carl := s.w.NewPerson("Carl Curry")
	who := s.identity(carl)
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
	who := s.identity(g.ana)
	r := s.do(chat.Whisper{To: g.chat, Who: who, Text: chat.Plain("you have two posts left"), Secret: true})
	m := s.seeText(c, "you have two posts left")
	if want := (chat.Ref{Chat: c, ID: m.ID}); len(r.Refs) != 1 || r.Refs[0] != want {
		s.t.Errorf("the receipt of a whisper names %v, want %v", r.Refs, want)
	}
	for _, m := range s.w.Messages(g.chat.ID) {
		if has("you have two posts left")(m) {
			s.t.Error("what can be said in private was said in the group")
		}
	}
}

// whisperToThePerson names no chat but the person: so are those told something whom the house knows by nothing else.
func whisperToThePerson(s *stage) {
	g := s.gather()
	c := s.private(g)
	who := s.identity(g.ana)
	r := s.do(chat.Whisper{To: chat.Chat(who), Who: who, Text: chat.Plain("your seat is free"), Secret: true})
	m := s.seeText(c, "your seat is free")
	if want := (chat.Ref{Chat: c, ID: m.ID}); len(r.Refs) != 1 || r.Refs[0] != want {
		s.t.Errorf("the receipt of a whisper names %v, want %v", r.Refs, want)
	}
	s.do(chat.Whisper{To: chat.Chat(who), Who: who, Text: chat.Plain("it is yours until noon")})
	s.seeText(c, "it is yours until noon")
}

// answerToWhisper goes on in private, also after a restart.
func answerToWhisper(s *stage) {
	g := s.gather()
	c := s.private(g)
	r := s.do(chat.Whisper{To: g.chat, Who: s.identity(g.ana), Text: chat.Plain("what is it about?"), Secret: true})
	if len(r.Refs) != 1 {
		s.t.Fatalf("the receipt of a whisper names %v", r.Refs)
	}
	for range 2 {
		e, p := s.hearPosted(s.say(g.ana, c, world.Say{Text: chat.Plain("about the bread"), ReplyTo: r.Refs[0].ID}))
		if p.Reply == nil || p.Reply.Ref != r.Refs[0] {
			s.t.Errorf("it answers %+v, want %v", p.Reply, r.Refs[0])
		}
		if e.Chat != c || !e.Private || p.Text.Plain != "about the bread" {
			s.t.Errorf("the answer is %q in %v (private %v)", p.Text.Plain, e.Chat, e.Private)
		}
		s.restart()
		s.listening(g)
	}
	s.do(chat.Edit{To: c, Target: chat.Target{Refs: r.Refs}, Text: chat.Plain("it is about the bread")})
	s.seeText(c, "it is about the bread")
}

func whisperToStranger(s *stage) {
	g := s.gather()
	who := s.identity(g.ben)
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
	_, err := s.try(s.dispatch(chat.Whisper{To: g.chat, Who: s.identity(g.ben), Text: chat.Plain("your report is heard"), Secret: true}))
	if err != nil {
		switch s.features.Shows["private"].How {
		case chat.Native:
			s.t.Errorf("private is said to be native, and a secret is refused: %v", err)
		case chat.Refused:
			s.mustBeRefused(err, chat.Forbidden, chat.Unsupported)
		default:
			s.mustBeRefused(err, chat.Forbidden)
		}
	}
	// What comes behind it in the same chat shows that nothing is still on its way.
	s.send(g.chat, "good evening")
	all := s.see(g.chat, "good evening", func(all []world.Shown) bool { return strings.Contains(describe(all), "good evening") })
	for _, m := range all {
		if has("your report is heard")(m) {
			s.t.Error("a secret was said in the group")
		}
	}
	if err == nil {
		s.seeText(chat.Chat{Platform: s.w.Platform(), ID: s.w.Private(g.ben)}, "your report is heard")
	}
}
