package rota

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Nine on the wall stays nine when the clocks change, and a turn is asked for two days before in three zones.
func TestTurnsChangeAtNineOnTheWall(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Karachi"} {
		w := newWorld(t, zone, 3)
		for _, card := range w.folk {
			w.says(card.ID, "rota volunteer greeter")
		}
		for range 50 {
			w.waits(w.kept().Roles[roleGreeter].Next.From.Add(-40*time.Hour), 0)
			for _, card := range w.folk {
				w.presses(card.ID, 0)
			}
			w.waits(w.kept().Roles[roleGreeter].Next.From, 0)
			now := w.kept().Roles[roleGreeter].Now
			if local := now.From.In(w.c.Zone()); local.Weekday() != time.Monday || local.Format("15:04") != "09:00" || now.Who == "" {
				t.Fatalf("%s: %s has a turn from %s", zone, now.Who, local)
			}
		}
	}
}

func TestLateTimers(t *testing.T) {
	for late, told := range map[time.Duration]bool{0: true, 90 * time.Minute: true, 3 * time.Hour: false} {
		w := newWorld(t, "UTC", 2)
		w.says("m000", "rota volunteer greeter")
		w.waits(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), 0)
		if !w.presses("m000", 0) {
			t.Fatal("nobody is asked")
		}
		w.waits(time.Date(2026, 1, 12, 13, 0, 0, 0, time.UTC), late)
		if got := w.onDuty(roleGreeter); got != "m000" {
			t.Errorf("%s late: %q has the turn", late, got)
		}
		if got := w.handed > 0; got != told {
			t.Errorf("%s late: the room was told: %v", late, got)
		}
	}
}

// After a stop of months there is one turn and one question, not one for every week.
func TestALongStopEndsWithoutABurst(t *testing.T) {
	w := newWorld(t, "Europe/Oslo", 3)
	for _, card := range w.folk {
		w.says(card.ID, "rota volunteer greeter")
	}
	w.waits(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), 0)
	w.presses("m000", 0)
	w.now = time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)
	before := w.kept().Count
	w.happen(chat.Due{Rule: title, Key: "c1"}, "")
	s := w.kept()
	if s.Count-before != 1 || w.handed != 0 || s.Roles[roleGreeter].Now.Until.Before(w.now) || w.onDuty(roleGreeter) != "" {
		t.Errorf("%d questions, %d handovers, %+v", s.Count-before, w.handed, s.Roles[roleGreeter])
	}
}

// running returns a world in which the first of some volunteers is on duty.
func running(t *testing.T, n int) *world {
	t.Helper()
	w := newWorld(t, "UTC", n)
	for _, card := range w.folk {
		w.says(card.ID, "rota volunteer greeter")
	}
	w.waits(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), 0)
	w.presses("m000", 0)
	w.waits(time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC), 0)
	if got := w.onDuty(roleGreeter); got != "m000" {
		t.Fatalf("%q is on duty", got)
	}
	return w
}

func TestWhoCannotAnyMoreIsOffDuty(t *testing.T) {
	tests := map[string]func(w *world){
		"pauses": func(w *world) { w.card("m000").Settings["paused"] = "on"; w.says("m000", "pause") },
		"banned": func(w *world) { w.card("m000").Settings["sanction"] = "ban"; w.says("m001", "ban") },
		"gives":  func(w *world) { w.says("m000", "rota skip") },
		"drops":  func(w *world) { w.says("m000", "rota leave greeter") },
		"leaves": func(w *world) {
			w.card("m000").In = nil
			w.happen(chat.Left{Who: chat.Person{Identity: w.card("m000").Identities[0]}}, "m000")
		},
		"forgets": func(w *world) { w.happen(chat.Forgotten{Who: "m000"}, "m000") },
	}
	for name, change := range tests {
		w := running(t, 3)
		change(w)
		w.waits(w.now.Add(2*time.Minute), 0)
		if got := w.onDuty(roleGreeter); got != "" {
			t.Errorf("%s: %q is on duty", name, got)
		}
		if w.presses("m002", 0) || !w.presses("m001", 0) || w.onDuty(roleGreeter) != "m001" {
			t.Errorf("%s: the next one is not on duty", name)
		}
		if name == "forgets" && strings.Contains(string(w.state), "m000") {
			t.Errorf("%s: still kept in %s", name, w.state)
		}
	}
}

func TestTwoAccountsAreOneVolunteer(t *testing.T) {
	w := running(t, 3)
	owed := w.kept().Roles[roleGreeter].List
	w.happen(chat.Claimed{Kept: "m002", Gone: "m000"}, "m002")
	s := w.kept().Roles[roleGreeter]
	if len(s.List) != 2 || s.Now.Who != "m002" || w.onDuty(roleGreeter) != "m002" {
		t.Fatalf("%+v", s)
	}
	for _, v := range s.List {
		if v.Who == "m002" && v.Owed != owed[0].Owed+owed[2].Owed {
			t.Errorf("they are owed %d", v.Owed)
		}
	}
}

// What is pressed twice, by another or too late changes nothing; nor does a command without sense.
func TestHostilePresses(t *testing.T) {
	w := running(t, 3)
	w.waits(time.Date(2026, 1, 17, 12, 0, 0, 0, time.UTC), 0)
	ask := w.whisper["m001"].Choices[0].Ask
	words := strings.Fields(ask)
	press := func(who chat.MemberID, args ...string) {
		w.happen(chat.Asked{Command: words[0], Chosen: true, Args: args}, who)
	}
	before := string(w.state)
	press("m002", words[1:]...)
	press("m001", "yes", "0")
	press("m001", "yes", "-1")
	press("m001", "yes", "99999999999999999999")
	press("m001", "yes")
	press("m001")
	press("m001", "swapyes", words[2])
	for _, text := range []string{
		"rota", "rota who", "rota next", "rota volunteer", "rota volunteer " + strings.Repeat("x", 10000), "rota swap", "rota every", "rota every greeter FREQ=SECONDLY",
		"rota every greeter FREQ=DAILY;COUNT=1", "rota every moderator FREQ=MONTHLY", "rota skip moderator", "rota leave curator", "rota \u202e",
	} {
		w.says("m002", text)
	}
	if string(w.state) != before {
		t.Errorf("changed from %s to %s", before, w.state)
	}
	press("m001", words[1:]...)
	taken := string(w.state)
	press("m001", words[1:]...)
	press("m001", "no", words[2])
	if string(w.state) != taken || w.kept().Roles[roleGreeter].Next.Who != "m001" {
		t.Errorf("after a second press: %s", w.state)
	}
}

func TestOnlyModeratorsAreModeratorsOnDuty(t *testing.T) {
	w := newWorld(t, "UTC", 2)
	w.card("m001").Level = chat.Member
	w.says("m000", "rota volunteer moderator")
	w.says("m001", "rota volunteer moderator")
	if list := w.kept().Roles[roleModerator].List; len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	w.card("m000").Level = chat.Member
	w.happen(chat.Appointed{Who: "m000", From: chat.Moderator, To: chat.Member}, "m000")
	if len(w.state) > 0 {
		t.Errorf("kept: %s", w.state)
	}
}

// Five hundred members, all volunteers for all, are kept within bounds.
func TestManyVolunteers(t *testing.T) {
	w := newWorld(t, "UTC", 500)
	for _, card := range w.folk[:maxList+5] {
		w.says(card.ID, "rota volunteer greeter")
	}
	if n := len(w.kept().Roles[roleGreeter].List); n != maxList {
		t.Errorf("%d volunteers", n)
	}
	if len(w.state) > 64<<10 {
		t.Errorf("%d bytes", len(w.state))
	}
}

func TestJobsAreShort(t *testing.T) {
	for _, id := range roles() {
		text := job(id, rule.Voice{Language: "en", Prefix: "/", Zone: time.UTC}).Plain
		if n := strings.Count(text, "\n") + 1; n > 5 || strings.Contains(text, "rota.") {
			t.Errorf("%s: %d lines: %s", id, n, text)
		}
	}
}

func TestCallsInATextOfAnyKind(t *testing.T) {
	c := chat.Community{ID: "c1", Members: newWorld(t, "UTC", 1).folk}
	code := chat.Text{Plain: "🍞 @greeter", Spans: []chat.Span{{Start: 3, End: 11, Style: chat.Code}}}
	if id, ok := calledIn(c, code); ok {
		t.Errorf("code calls the %s", id)
	}
	for text, want := range map[string]string{
		"@greeter": roleGreeter, "hi (@Greeter)!": roleGreeter, "@moderator: look": roleModerator, "@note-taker, please": roleNotes,
		"greeter": "", "a@greeter": "", "@greeters": "", "@@greeter": roleGreeter, "@ greeter": "", "mail@curator.org": "",
	} {
		if id, _ := calledIn(c, chat.Plain(text)); id != want {
			t.Errorf("%q calls %q", text, id)
		}
	}
}

func FuzzCalledIn(f *testing.F) {
	f.Add("hi @greeter and @mod")
	f.Add("@\xff\u202e@greeter\n")
	c := chat.Community{ID: "c1", Members: newWorld(&testing.T{}, "UTC", 1).folk}
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := calledIn(c, chat.Plain(text))
		if known := strings.Contains(strings.Join(roles(), " "), id); ok != (id != "") || !known {
			t.Errorf("%q calls %q", text, fmt.Sprint(id))
		}
	})
}
