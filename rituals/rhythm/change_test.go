package rhythm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestHostileWords(t *testing.T) {
	for typed, want := range map[string]string{
		"add \u202eevil\x07 name every monday 9:00: hi\u202e\x00 you":       "evil name, every week on Mon",
		"add " + strings.Repeat("x", 31) + " every monday 9:00: hi":         "at most 30 characters",
		"add x every monday 9:00: " + strings.Repeat("x", 10_000):           "at most 1000 characters",
		"add 7 every monday 9:00: hi":                                       "Like this",
		"add !!! every monday 9:00: hi":                                     "Like this",
		"add every monday 9:00: hi":                                         "Like this",
		"add x FREQ=SECONDLY 9:00: hi":                                      "would never come",
		"add x FREQ=WEEKLY;UNTIL=20200101 9:00: hi":                         "would never come",
		"add x FREQ=DAILY;" + strings.Repeat("COUNT=1;", 100) + " 9:00: hi": "do not understand",
		"add x every " + strings.Repeat("y", 5000):                          "do not understand",
		"text nothing: hi":                                                  "Nothing comes again here yet. An organiser",
		"fly x":                                                             "Like this",
	} {
		h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
		got := h.ask("m1", "ritual "+typed)
		if !strings.Contains(got, want) || len(got) > 1500 || strings.ContainsAny(got, "\u202e\x07\x00") {
			t.Errorf("%.60q: %q", typed, got)
		}
		if s := h.kept(); len(s.Rituals) != 0 {
			t.Errorf("%.60q: planned without a yes", typed)
		}
	}
}

// Who names a ritual that is not there is shown those that are; where there is none, only that.
func TestWhichRitual(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	if got := h.ask("m1", "ritual text nothing: hi"); strings.Contains(got, "Which one?") {
		t.Errorf("with none: %q", got)
	}
	h.ask("m1", "rituals init")
	if got := h.ask("m1", "ritual text nothing: hi"); !strings.Contains(got, "Which one? These are here: 1 Goals, 2 ") {
		t.Errorf("with some: %q", got)
	}
}

func TestDraftsAreForADay(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	for n := range maxDrafts + 5 {
		h.ask("m1", fmt.Sprintf("ritual add r%d daily 9:00: x", n))
	}
	s := h.kept()
	if len(s.Drafts) != maxDrafts {
		t.Fatalf("%d drafts", len(s.Drafts))
	}
	last := s.Drafts[maxDrafts-1].N
	h.now = h.now.Add(draftFor + time.Minute)
	if got := h.ask("m1", fmt.Sprint("ritualset yes ", last)); !strings.Contains(got, "settled already") {
		t.Errorf("an old yes: %s", got)
	}
	h.ask("m1", "rituals")
	if s := h.kept(); len(s.Drafts) != 0 {
		t.Errorf("%d old drafts", len(s.Drafts))
	}
	h.ask("m1", "ritual add one daily 9:00: x")
	h.ask("m1", "ritual add one daily 9:00: y")
	s = h.kept()
	first, second := s.Drafts[0].N, s.Drafts[1].N
	h.ask("m1", fmt.Sprint("ritualset yes ", first))
	if got := h.ask("m1", fmt.Sprint("ritualset yes ", second)); !strings.Contains(got, "called one already") {
		t.Errorf("the same name twice: %s", got)
	}
	if got := h.ask("m1", fmt.Sprint("ritualset yes ", first)); !strings.Contains(got, "settled already") {
		t.Errorf("a second press: %s", got)
	}
	if s := h.kept(); len(s.Rituals) != 1 {
		t.Errorf("rituals: %+v", s.Rituals)
	}
}

func TestOldButtons(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	for _, line := range []string{
		"ritualset", "ritualset yes", "ritualset yes 99999999999999999999", "ritualset keep x", "ritualset fly goals", "ritualset back goals",
		"ritualset retire goals extra", "ritualhost yes goals", "ritualhost", "ritualhost no x",
	} {
		h.ask("m1", line)
		if s := h.kept(); len(s.Rituals)+len(s.Retired)+len(s.Drafts) != 0 {
			t.Errorf("%q: %+v", line, s)
		}
	}
	h.ask("m1", "rituals init")
	if got := h.ask("m1", "ritual host goals me"); !strings.Contains(got, "You are the host") {
		t.Error(got)
	}
	if got := h.ask("m7", "ritualhost yes goals"); !strings.Contains(got, "settled") || h.kept().Rituals[0].Host != "m1" {
		t.Errorf("a stranger to the question: %s", got)
	}
	h.tell(chat.Event{Body: chat.Forgotten{Who: "m1"}})
	if h.kept().Rituals[0].Host != "" {
		t.Error("who is erased is still a host")
	}
}

// A ritual whose room is gone pauses, the moderators are told once, and it breaks its promise.
func TestARoomThatIsGone(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.c.Rooms[0].Chats = nil
	h.until(at(t, "2026-03-05T12:00:00Z"))
	told := 0
	for _, x := range h.take() {
		if send, ok := x.(chat.Send); ok && send.To.ID == "mods" && strings.Contains(send.Text.Plain, "is not there any more") {
			told++
		}
	}
	if told != 1 || !h.kept().Rituals[0].Paused || !h.due.IsZero() {
		t.Errorf("told %d times, %+v", told, h.kept().Rituals[0])
	}
	h.c.Rooms[0].Chats = chats()
	h.ask("m1", "ritual resume tea")
	h.until(at(t, "2026-03-06T12:00:00Z"))
	if tags, _ := openings(h.take()); len(tags) != 1 {
		t.Errorf("after it is back: %v", tags)
	}
}

// What no chat has shown has broken its promise, and is not weighed.
func TestWhatWasShownNowhere(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	s := h.kept()
	s.Open = append(s.Open, Occurrence{Ritual: "tea", N: 50, At: h.now.Add(-time.Hour), Until: h.now, Room: "r1"})
	s, out := s.closeDue(h.c, h.now)
	if len(out) != 2 || out[0].(chat.Record).Line != "tea broken" || len(s.Open) != 0 || s.Rituals[0].Low != 0 {
		t.Errorf("%+v, %+v", s, out)
	}
}

// A rule that is over leaves the ritual in the list, and the timer alone.
func TestARuleThatIsOver(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea FREQ=DAILY;COUNT=2 9:00: tea?")
	h.until(at(t, "2026-03-20T12:00:00Z"))
	if tags, _ := openings(h.take()); len(tags) != 2 {
		t.Errorf("opened %v", tags)
	}
	if got := h.ask("m2", "rituals"); !strings.Contains(got, "It does not come again.") || !h.due.IsZero() {
		t.Errorf("%s, %v", got, h.due)
	}
}

// What is planned in the moderators' room is told nowhere else.
func TestRoomsThatNotEverybodyMayRead(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("retro every tue 19:00 in Mods: what?")
	if got := h.ask("m2", "rituals"); strings.Contains(got, "retro") {
		t.Errorf("a member hears of it: %s", got)
	}
	if got := h.ask("m1", "rituals"); strings.Contains(got, "retro") {
		t.Errorf("everybody in the kitchen hears of it: %s", got)
	}
	if got := h.ask("m1", "ritual pause x"); strings.Contains(got, "retro") {
		t.Errorf("everybody in the kitchen hears of it: %s", got)
	}
	if got := h.c.Settings["schedule"]; got != "" {
		t.Errorf("other rules hear of it: %s", got)
	}
	h.until(at(t, "2026-03-04T12:00:00Z"))
	told := false
	for _, x := range h.take() {
		if send, ok := x.(chat.Send); ok && strings.HasPrefix(send.Tag, openingTag) {
			told = told || send.To.ID == "mods"
			if send.To.ID != "mods" {
				t.Errorf("it opens in %v", send.To)
			}
		}
	}
	if !told {
		t.Error("it does not open at all")
	}
}

// A host who has a break is not named.
func TestAHostWhoIsAway(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.ask("m1", "ritual host tea me")
	h.until(at(t, "2026-03-02T12:00:00Z"))
	_, texts := openings(h.take())
	h.c.Members.All()[0].Settings = map[string]string{"paused": "on"}
	h.until(at(t, "2026-03-03T12:00:00Z"))
	_, later := openings(h.take())
	if len(texts) != 1 || !strings.Contains(texts[0], "Your host is M1.") || len(later) != 1 || strings.Contains(later[0], "host") {
		t.Errorf("%q, then %q", texts, later)
	}
}
