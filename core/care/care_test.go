package care

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

// pile lets five people answer m1; it returns what the last of them leads to.
func pile(p *player) []chat.Effect {
	p.t.Helper()
	for _, m := range []chat.MemberID{"m2", "m3", "m4", "m5"} {
		if out := p.says(m, "m1"); len(out) != 0 {
			p.t.Fatalf("%s is one too few: %+v", m, out)
		}
	}
	return p.says("m6", "m1")
}

// isAlarm tells whether moderators were told: m9 is the only one.
func isAlarm(out []chat.Effect) bool {
	for _, w := range of[chat.Whisper](out) {
		if w.Who == who("m9") {
			return true
		}
	}
	return false
}

func TestWhenManyAreAtOne(t *testing.T) {
	type line struct{ by, to chat.MemberID }
	five := []line{{"m2", "m1"}, {"m3", "m1"}, {"m4", "m1"}, {"m5", "m1"}, {"m6", "m1"}}
	for name, tt := range map[string]struct {
		before []line
		flag   chat.MemberID
		pause  time.Duration
		alarm  bool
	}{
		"five people":                      {five[:4], "", 0, true},
		"the same one again":               {[]line{five[0], five[1], five[2], five[0]}, "", 0, false},
		"one of them too long ago":         {five[:4], "", 31 * time.Minute, false},
		"the one himself does not count":   {append([]line{{"m1", "m1"}, {"m1", ""}, {"m1", "m2"}, {"m1", ""}}, five[:4]...), "", 0, true},
		"others talk of something else":    {append([]line{{"m7", ""}, {"m7", ""}, {"m8", ""}}, five[:4]...), "", 0, false},
		"but a message of his is reported": {append([]line{{"m7", ""}, {"m7", ""}, {"m8", ""}}, five[:4]...), "m1", 0, true},
		"another's is reported":            {append([]line{{"m7", ""}, {"m7", ""}, {"m8", ""}}, five[:4]...), "m2", 0, false},
		"seven of ten":                     {append([]line{{"m7", ""}, {"m7", ""}, {"m8", ""}, {"m3", "m1"}, {"m4", "m1"}}, five[:4]...), "", 0, true},
		"reported, but four":               {five[:3], "m1", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := play(t, New())
			for _, l := range tt.before {
				if isAlarm(p.says(l.by, l.to)) {
					t.Fatal("too early")
				}
			}
			if tt.flag != "" {
				out := p.decide(chat.Event{
					Chat: kitchen(), Room: "r1", Member: "m8", Level: chat.Member, Body: chat.Asked{Command: "report"},
					ReplyTo: &chat.Message{Community: "c1", Room: "r1", Author: tt.flag},
				})
				if len(out) != 0 {
					t.Errorf("a report shows: %+v", out)
				}
			}
			p.now = p.now.Add(tt.pause)
			if got := isAlarm(p.says("m6", "m1")); got != tt.alarm {
				t.Errorf("alarm: %v, want %v", got, tt.alarm)
			}
		})
	}
}

// To report one's own message, or to mention oneself, is no way to raise an alarm about others.
func TestNobodyFlagsThemselves(t *testing.T) {
	p := play(t, New())
	p.decide(chat.Event{Member: "m1", Body: chat.Asked{Command: "report"}, ReplyTo: &chat.Message{Community: "c1", Room: "r1", Author: "m1"}})
	if n := len(p.kept().Flags); n != 0 {
		t.Errorf("%d flags", n)
	}
	p.says("m1", "", "m1", "m2", "m2")
	if got := p.kept().Talk[0].About; len(got) != 1 || got[0] != "m2" {
		t.Errorf("about %v", got)
	}
}

// Nobody's words are in the state, and the card does not say who has reported.
func TestNoWordsAreKept(t *testing.T) {
	p := play(t, New())
	p.decide(chat.Event{
		Chat: kitchen(), Room: "r1", Member: "m8", Body: chat.Asked{Command: "report", Text: chat.Plain("secret")},
		ReplyTo: &chat.Message{Community: "c1", Room: "r1", Author: "m1"},
	})
	out := pile(p)
	if strings.Contains(string(p.state), "secret") || strings.Contains(string(p.state), "m8") {
		t.Errorf("kept: %s", p.state)
	}
	for _, w := range of[chat.Whisper](out) {
		if strings.Contains(w.Text.Plain, "report") && w.Who == who("m9") {
			t.Errorf("the card says %q", w.Text.Plain)
		}
	}
}

// The state stays small whatever happens, and the alarm comes at most once an hour for one person.
func TestTheWatchIsBounded(t *testing.T) {
	p := play(t, New())
	r := rand.New(rand.NewPCG(1, 2))
	alarms := 0
	for range 3000 {
		p.now = p.now.Add(time.Second)
		by := chat.MemberID("m" + strconv.Itoa(2+r.IntN(6)))
		if isAlarm(p.says(by, "m1", "m8", "m7")) {
			alarms++
		}
	}
	s := p.kept()
	if alarms != 1 || len(s.Talk) > maxTalk || len(p.state) > 32_000 {
		t.Errorf("%d alarms in 50 minutes, %d lines, %d bytes", alarms, len(s.Talk), len(p.state))
	}
	p.now = p.now.Add(time.Hour)
	p.says("m1", "")
	if n := len(p.kept().Talk); n != 1 {
		t.Errorf("after an hour %d lines", n)
	}
}

func TestCoolDown(t *testing.T) {
	p := play(t, New())
	pile(p)
	if out := p.asks("m9", "cooldown in r1 7"); len(of[chat.Set](out)) != 0 {
		t.Errorf("a card that is not there: %+v", out)
	}
	begun := p.asks("m9", "cooldown in r1 1")
	if s := of[chat.Set](begun); len(s) != 1 || s[0].Room != "r1" || s[0].Value != "2026-03-02T12:30:00Z" {
		t.Fatalf("begun: %+v", begun)
	}
	if out := p.asks("m9", "cooldown in r1 1"); len(of[chat.Set](out)) != 0 {
		t.Errorf("begun twice: %+v", out)
	}
	check := func(by chat.MemberID, want bool) {
		t.Helper()
		if got := passes(p.says(by, "")); got != want {
			t.Errorf("%s passes after %s: %v, want %v", by, p.now.Sub(noon()), got, want)
		}
	}
	for range 3 {
		check("m1", true) // whom it protects
		check("m9", true) // who looks after it
		check("m7", false)
		check("m2", false)
	}
	p.now = p.now.Add(10 * time.Minute)
	check("m2", true)
	check("m2", false)
	check("m7", false)
	// m1 turns out to be m8, too: the account that is kept is protected as well.
	members := p.c.Members.(coretest.Folk)
	members[7].Identities, members[0].Identities = append(members[7].Identities, members[0].Identities...), nil
	check("m8", true)
	p.now = noon().Add(30 * time.Minute)
	check("m7", true)
	out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1/r1"}})
	if s := of[chat.Set](out); len(s) != 1 || s[0].Value != "" || len(of[chat.Send](out)) != 1 {
		t.Errorf("ended: %+v", out)
	}
	if out := p.decide(chat.Event{Body: chat.Due{Rule: title, Key: "c1/r1"}}); len(of[chat.Send](out)) != 0 {
		t.Errorf("ended twice: %+v", out)
	}
}

// An album is one message; whoever goes on writing gets back ten messages, and no more.
func TestWhatIsHeldInACoolDown(t *testing.T) {
	p := play(t, New())
	pile(p)
	p.asks("m9", "cooldown in r1 1")
	p.now = p.now.Add(11 * time.Minute)
	picture := func(album string) bool {
		e := chat.Event{
			Chat: kitchen(), Room: "r1", Member: "m2", Level: chat.Member, By: chat.Person{Identity: who("m2")}, Message: &chat.Message{},
			Body: chat.Posted{Album: album, Parts: []chat.Part{{Kind: chat.Photo}}},
		}
		return passes(p.decide(e))
	}
	first, again := picture("a"), picture("a")
	if !first || !again || picture("b") {
		t.Error("an album is not one message")
	}
	returned := 0
	for range 2 * maxReturned {
		out := p.says("m7", "")
		if passes(out) {
			t.Fatal("it passes")
		}
		if len(of[chat.Emit](out)) != len(of[chat.Delete](out)) {
			t.Errorf("taken away without being given back: %+v", out)
		}
		returned += len(of[chat.Emit](out))
	}
	if returned != maxReturned {
		t.Errorf("%d were given back, want %d", returned, maxReturned)
	}
}

func TestWhoMayDecide(t *testing.T) {
	p := play(t, New())
	members := p.c.Members.(coretest.Folk)
	members[1].Level = chat.Moderator // m2 is one of those who answer
	pile(p)
	if out := p.asks("m2", "allfine r1 1"); len(out) != 1 || p.kept().Alerts[0].Quiet.After(noon().Add(alertAgain)) {
		t.Errorf("one who answers says that all is fine: %+v", out)
	}
	members[8].Level = chat.Member // now there is nobody else
	if p.asks("m2", "allfine r1 1"); !p.kept().Alerts[0].Quiet.After(noon().Add(alertAgain)) {
		t.Error("the only moderator may not decide")
	}
	members[0].Level, members[8].Level = chat.Moderator, chat.Moderator
	if out := p.asks("m1", "cooldown in r1 1"); len(of[chat.Set](out)) != 0 {
		t.Errorf("the one whom it is about begins it: %+v", out)
	}
	for _, line := range []string{"allfine", "allfine r1", "allfine r9 1", "allfine r1 x", "cooldown in", "cooldown in r9 1", "cooldown off r9", "checkin", "checkin quiet", "checkin x r1", "checkintake r1", "checkintake r1 x"} {
		if out := p.asks("m9", line); len(of[chat.Set](out)) != 0 || len(of[chat.Emit](out)) != 0 {
			t.Errorf("%s does something: %+v", line, out)
		}
	}
}

func TestCheckIn(t *testing.T) {
	p := play(t, New())
	pile(p)
	if out := p.asks("m2", "checkin leave r1"); len(of[chat.Emit](out)) != 0 {
		t.Errorf("somebody else leaves for m1: %+v", out)
	}
	out := p.asks("m1", "checkin leave r1")
	emits := of[chat.Emit](out)
	if len(emits) != 1 || emits[0].House {
		t.Fatalf("a day off: %+v", out)
	}
	if a := emits[0].Body.(chat.Asked); a.Command != "timeout" || strings.Join(a.Args, " ") != "me 24h" {
		t.Errorf("asked: %+v", a)
	}
	if out = p.asks("m1", "checkin talk r1"); !isAlarm(out) {
		t.Errorf("talk: %+v", out)
	}
	if out = p.asks("m1", "checkin talk r1"); isAlarm(out) {
		t.Errorf("asked twice: %+v", out)
	}
	if out = p.asks("m9", "checkintake r1 2"); len(of[chat.Whisper](out)) != 1 {
		t.Errorf("taken: %+v", out)
	}
	if out = p.asks("m9", "checkintake r1 2"); len(of[chat.Whisper](out)) != 0 {
		t.Errorf("taken twice: %+v", out)
	}
	p.now = p.now.Add(25 * time.Hour)
	if out = p.asks("m1", "checkin leave r1"); len(of[chat.Emit](out)) != 0 {
		t.Errorf("a day later: %+v", out)
	}
}

// A room that can be read only in part is watched all the same, and one that is off is not.
func TestWhatIsNotWatched(t *testing.T) {
	p := play(t, New())
	p.c.Settings["dogpile"] = "off"
	p.says("m1", "m2")
	delete(p.c.Settings, "dogpile")
	p.c.Rooms[0].Settings = map[string]string{"moderators": "on"}
	p.says("m1", "m2")
	if p.state != nil {
		t.Errorf("kept: %s", p.state)
	}
}
