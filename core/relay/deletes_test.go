package relay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// asks lets somebody type /del as an answer to a message.
func (s *seat) asks(by chat.Identity, in chat.Chat, to *chat.Message) []chat.Effect {
	s.t.Helper()
	e := chat.Event{ID: "e9", At: s.now, Now: s.now, Chat: in, Community: "c1", Room: "r1", By: chat.Person{Identity: by}, ReplyTo: to}
	b := chat.Asked{Ref: chat.Ref{Chat: in, ID: "command"}, Command: "del", Alias: "del"}
	if to != nil {
		b.Reply = &chat.Reply{Ref: chat.Ref{Chat: in, ID: "answered"}}
	}
	if card, ok := s.c.Members.Of(by); ok {
		e.Member, e.Level = card.ID, card.Level
	}
	e.Body = b
	return s.sees(e)
}

// goes follows an emitted Deleted as the engine does.
func (s *seat) goes(by chat.Identity, in chat.Chat, m *chat.Message, effects []chat.Effect) []chat.Effect {
	s.t.Helper()
	emits := only[chat.Emit](effects)
	if len(emits) != 1 {
		s.t.Fatalf("no deletion among %+v", effects)
	}
	m.Gone = true
	if emits[0].House {
		by = chat.House()
	}
	return s.happens(by, in, m, emits[0].Body)
}

func places(effects []chat.Effect) []string {
	var out []string
	for _, d := range only[chat.Delete](effects) {
		for _, r := range d.Target.Refs {
			out = append(out, string(d.To.Platform)+" "+r.ID)
		}
	}
	return out
}

func TestDel(t *testing.T) {
	ana2 := account(chat.Matrix, "ana2")
	for name, tt := range map[string]struct {
		by     chat.Identity
		on     chat.Platform
		change func(folk, *chat.Message)
		says   string // empty = he may
	}{
		"the author":             {by: account(chat.Telegram, "ana"), on: chat.Telegram},
		"by another account":     {by: ana2, on: chat.Matrix},
		"a moderator":            {by: account(chat.Matrix, "mia"), on: chat.Matrix},
		"an organiser":           {by: account(chat.Telegram, "olga"), on: chat.Telegram},
		"another member":         {by: account(chat.Signal, "ben"), on: chat.Signal, says: "That message is from Ana. It can be deleted by its author"},
		"a stranger":             {by: account(chat.Signal, "zed"), on: chat.Signal, says: "That message is from Ana. It can be deleted by its author"},
		"a moderator, organiser": {by: account(chat.Matrix, "mia"), on: chat.Matrix, says: "That message is from Ana, who is an organiser", change: func(f folk, _ *chat.Message) { f[0].Level = chat.Organiser }},
		"what the house has said": {
			by: account(chat.Matrix, "mia"), on: chat.Matrix, says: "That is a message of mine",
			change: func(_ folk, m *chat.Message) { m.By, m.Author, m.Name = chat.Identity{}, "", "" },
		},
		"what was written elsewhere": {
			by: account(chat.Matrix, "mia"), on: chat.Matrix, says: "That message was written in a chat that is no longer part",
			change: func(_ folk, m *chat.Message) { m.Original.Chat.ID = "garden" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := sit(t, New(facts()...))
			f[0].Identities = append(f[0].Identities, ana2)
			m := bread()
			if tt.change != nil {
				tt.change(f, m)
			}
			got := s.asks(tt.by, kitchen(tt.on), m)
			if diff := cmp.Diff([]string{string(tt.on) + " command"}, places(got)); diff != "" {
				t.Errorf("the command is to go (-want +got):\n%s", diff)
			}
			whispers := only[chat.Whisper](got)
			if tt.says != "" {
				if len(whispers) != 1 || !contains(whispers[0].Text.Plain, tt.says) || whispers[0].Who != tt.by || len(only[chat.Emit](got)) > 0 {
					t.Errorf("refused with %+v", got)
				}
				return
			}
			if len(whispers) > 0 {
				t.Errorf("says %+v", whispers)
			}
			all := places(s.goes(tt.by, kitchen(tt.on), m, got))
			if diff := cmp.Diff([]string{"telegram t1", "signal s1", "matrix x1"}, all); diff != "" {
				t.Errorf("deleted everywhere (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDelOfNothing(t *testing.T) {
	s, _ := sit(t, New())
	got := s.asks(account(chat.Signal, "ben"), kitchen(chat.Signal), nil)
	if w := only[chat.Whisper](got); len(w) != 1 || !contains(w[0].Text.Plain, "!del") || len(s.states) > 0 {
		t.Errorf("says %+v, keeps %v", got, s.states)
	}
}

func TestADotDeletes(t *testing.T) {
	for _, tt := range []struct {
		text    string
		deaf    bool
		deleted bool
	}{{".", true, true}, {" . ", true, true}, {"..", true, false}, {"a.", true, false}, {".", false, false}} {
		known := facts()
		known[0].Deaf = tt.deaf
		s, _ := sit(t, New(known...))
		m := bread()
		m.More = []chat.Ref{ref(chat.Telegram, "t2")}
		got := s.happens(m.By, kitchen(chat.Telegram), m, chat.Edited{Ref: m.Original, Text: chat.Plain(tt.text)})
		if !tt.deleted {
			if len(only[chat.Edit](got)) != 2 {
				t.Errorf("%q, deaf %v: %+v", tt.text, tt.deaf, got)
			}
			continue
		}
		if len(only[chat.Edit](got)) != 0 {
			t.Errorf("%q: the copies are changed: %+v", tt.text, got)
		}
		all := places(s.goes(m.By, kitchen(chat.Telegram), m, got))
		if diff := cmp.Diff([]string{"telegram t1", "telegram t2", "signal s1", "matrix x1"}, all); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// lost tells the rule that something could not be done to a message in a chat.
func (s *seat) lost(m *chat.Message, p chat.Platform, of string, why chat.Reason) []chat.Effect {
	s.t.Helper()
	return s.happens(chat.Identity{}, kitchen(p), m, chat.Failed{Effect: "e7#1", Of: of, Why: why})
}

func TestACopyThatCannotBeDeletedSaysThatItWas(t *testing.T) {
	for cause, want := range map[string]string{
		"author": "[deleted by its author]", "moderator": "[deleted by a moderator]", "time": "[this message has disappeared]",
	} {
		s, _ := sit(t, New(facts()...))
		m := bread()
		if cause == "time" {
			s.happens(m.By, kitchen(chat.Telegram), m, chat.Posted{Ref: m.Original, Text: chat.Plain("x"), Vanish: time.Hour})
			s.goes(m.By, kitchen(chat.Telegram), m, s.waits(time.Hour))
		} else {
			m.Gone = true
			by, in := m.By, chat.Telegram
			if cause == "moderator" {
				by, in = account(chat.Matrix, "mia"), chat.Matrix
			}
			s.happens(by, kitchen(in), m, chat.Deleted{Ref: ref(in, "?")})
		}
		got := s.lost(m, chat.Signal, "delete", chat.TooOld)
		edits := only[chat.Edit](got)
		if len(got) != 1 || len(edits) != 1 || edits[0].Text.Plain != want || edits[0].As.Name != "Ana" || edits[0].To != kitchen(chat.Signal) {
			t.Fatalf("%s: %+v", cause, got)
		}
		if again := s.lost(m, chat.Signal, "delete", chat.TooOld); len(again) != 0 {
			t.Errorf("%s: marked twice: %+v", cause, again)
		}
		whispers := only[chat.Whisper](s.lost(m, chat.Signal, "edit", chat.TooOld))
		who := m.By
		if cause == "moderator" {
			who = account(chat.Matrix, "mia")
		}
		if len(whispers) != 1 || whispers[0].Who != who || !contains(whispers[0].Text.Plain, "could not be deleted on Signal: that messenger does not allow it") {
			t.Errorf("%s: told %+v", cause, whispers)
		}
		if again := s.lost(m, chat.Signal, "edit", chat.TooOld); len(again) != 0 {
			t.Errorf("%s: told twice: %+v", cause, again)
		}
	}
}

func TestWhatIsGoneNeedsNoWords(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	m.Gone = true
	s.happens(m.By, kitchen(chat.Telegram), m, chat.Deleted{Ref: m.Original})
	for _, why := range []chat.Reason{chat.NotFound} {
		if got := s.lost(m, chat.Signal, "delete", why); len(got) != 0 {
			t.Errorf("%s: %+v", why, got)
		}
	}
	if got := s.lost(m, chat.Signal, "edit", chat.TooOld); len(got) != 0 {
		t.Errorf("an edit of his own that was on its way: %+v", got)
	}
	s.lost(m, chat.Matrix, "delete", chat.Expired)
	if got := s.lost(m, chat.Matrix, "edit", chat.Expired); len(got) != 0 {
		t.Errorf("what is only late is not told: %+v", got)
	}
	if got := s.lost(bread(), chat.Signal, "delete", chat.Forbidden); len(got) != 0 {
		t.Errorf("a message that is there (a command that could not be taken away): %+v", got)
	}
}

// Who has taken a copy away hears that the original stands.
func TestTheOriginalStays(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	m.Gone = true
	mia := account(chat.Matrix, "mia")
	s.happens(mia, kitchen(chat.Matrix), m, chat.Deleted{Ref: ref(chat.Matrix, "x1")})
	got := only[chat.Whisper](s.lost(m, chat.Telegram, "delete", chat.Forbidden))
	if len(got) != 1 || got[0].Who != mia || got[0].To != kitchen(chat.Matrix) ||
		!contains(got[0].Text.Plain, "The message from Ana could not be deleted on Telegram: my rights in that chat do not allow it.") {
		t.Errorf("%+v", got)
	}
}

func TestDisappearingMessages(t *testing.T) {
	posted := func(m *chat.Message, after time.Duration) chat.Posted {
		return chat.Posted{Ref: m.Original, Text: chat.Plain("x"), Vanish: after}
	}
	for _, room := range []string{"", "carry", "keep", "off"} {
		s, _ := sit(t, New(facts()...))
		s.c.Rooms[0].Settings["vanish"] = room
		m := bread()
		got := s.happens(m.By, kitchen(chat.Telegram), m, posted(m, time.Hour))
		if want := map[string]int{"off": 0}; len(only[chat.Send](got)) != 2 && room != "off" || room == "off" && len(got) != want["off"] {
			t.Errorf("%q: %+v", room, got)
		}
		if got := s.waits(59 * time.Minute); len(got) != 0 {
			t.Errorf("%q: too early: %+v", room, got)
		}
		got = s.waits(time.Minute)
		if room == "keep" || room == "off" {
			if len(got) != 0 || len(s.timers) != 0 {
				t.Errorf("%q: %+v", room, got)
			}
			continue
		}
		if diff := cmp.Diff([]string{"signal s1", "matrix x1"}, places(s.goes(m.By, kitchen(chat.Telegram), m, got))); diff != "" {
			t.Errorf("the copies go, the original does by itself (-want +got):\n%s", diff)
		}
	}
}

// A line of reactions and the end of the message share a timer; neither is lost.
func TestReactionsToADisappearingMessage(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	s.happens(m.By, kitchen(chat.Telegram), m, chat.Posted{Ref: m.Original, Text: chat.Plain("x"), Vanish: time.Hour})
	for _, who := range []string{"cleo", "mia"} {
		s.happens(account(chat.Matrix, who), kitchen(chat.Matrix), m, added(chat.Matrix, "👍"))
	}
	if diff := cmp.Diff([]string{"signal: 👍 2"}, tails(s.waits(time.Minute))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.goes(m.By, kitchen(chat.Telegram), m, s.waits(time.Hour))
	if len(s.timers) != 0 {
		t.Errorf("a timer is left: %v", s.timers)
	}
}

func TestOverBeforeItCame(t *testing.T) {
	s, _ := sit(t, New(facts()...))
	m := bread()
	e := chat.Event{
		ID: "e", At: noon.Add(-time.Hour), Now: noon, Chat: kitchen(chat.Telegram), Community: "c1", Message: m, Member: "m1",
		By: chat.Person{Identity: m.By, Name: "Ana"}, Body: chat.Posted{Ref: m.Original, Text: chat.Plain("secret"), Vanish: time.Minute},
	}
	got := only[chat.Send](s.sees(e))
	if len(got) != 2 || got[0].As != nil || contains(got[0].Text.Plain, "secret") || !contains(got[0].Text.Plain, "Ana") {
		t.Errorf("%+v", got)
	}
}

func TestARoomWithoutDisappearingMessages(t *testing.T) {
	s, _ := sit(t, NewVanishing())
	s.c.Rooms[0].Settings["vanish"] = "off"
	m := bread()
	write := func() (lines, told int) {
		got := s.happens(m.By, kitchen(chat.Telegram), m, chat.Posted{Ref: m.Original, Text: chat.Plain("secret"), Vanish: time.Hour})
		return len(only[chat.Send](got)), len(only[chat.Whisper](got))
	}
	for i, want := range [][2]int{{2, 1}, {0, 0}, {2, 0}, {2, 0}} {
		if lines, told := write(); lines != want[0] || told != want[1] {
			t.Errorf("message %d: %d lines, told %d times", i, lines, told)
		}
		if i > 0 {
			s.waits(time.Hour)
		}
	}
	s.waits(25 * time.Hour)
	if len(s.states) != 0 {
		t.Errorf("it is kept for ever: %v", s.states)
	}
	if lines, told := write(); lines != 2 || told != 1 {
		t.Errorf("the next day: %d lines, told %d times", lines, told)
	}
}

// Of a poll that tells nobody its votes a copy stands beside it, which is not the relay's.
func TestTheCopyBesideAPoll(t *testing.T) {
	for deleted, want := range map[string][]string{
		"t1": {"signal s1"}, "t9": {"telegram t1", "signal s1"}, "s1": {"telegram t1"},
	} {
		s, _ := sit(t, New())
		m := bread()
		m.Gone = true
		m.Copies[1] = chat.Copy{Chat: kitchen(chat.Telegram), Effect: "e1#2", Refs: []chat.Ref{ref(chat.Telegram, "t9")}}
		p := chat.Telegram
		if deleted == "s1" {
			p = chat.Signal
		}
		got := s.happens(account(chat.Telegram, "olga"), kitchen(p), m, chat.Deleted{Ref: ref(p, deleted)})
		if diff := cmp.Diff(want, places(got)); diff != "" {
			t.Errorf("%s is deleted (-want +got):\n%s", deleted, diff)
		}
	}
}
