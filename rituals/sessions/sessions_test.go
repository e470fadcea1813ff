package sessions

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func choice(s Session, what string) string {
	return "sessionanswer " + s.ID + " " + s.Date.Name + " " + what
}

// What is due while the house is off is said when it is back, if that is soon enough, and never twice.
func TestWhatComesLate(t *testing.T) {
	plan := func() (*house, Session) {
		h := newHouse(t, "UTC")
		s := h.plan("Table | wednesday 14:00 | 3h")
		h.chooses("m7", choice(s, "going"))
		h.said = nil
		return h, s
	}
	h, _ := plan()
	h.wait(25 * time.Hour) // an hour before the day before
	h.late(2 * time.Hour)
	if got := h.texts(); counted(got, "A reminder") != 1 {
		t.Errorf("an hour late: %q", got)
	}
	h, _ = plan()
	h.wait(25 * time.Hour)
	h.late(5 * time.Hour)
	if got := h.texts(); counted(got, "A reminder") != 0 {
		t.Errorf("four hours late: %q", got)
	}
	h, _ = plan()
	h.wait(49 * time.Hour)
	h.texts()
	h.late(2 * time.Hour) // 15:00
	got := h.texts()
	if counted(got, "(late)") != 4 || counted(got, "In ") != 0 {
		t.Errorf("an hour after the start: %q", got)
	}
	h.wait(time.Hour)
	if got = h.texts(); len(got) != 0 {
		t.Errorf("said again: %q", got)
	}
	h, s := plan()
	h.wait(49 * time.Hour)
	h.texts()
	h.late(4 * time.Hour) // 17:00, it is over
	if got = h.texts(); counted(got, "begins") != 0 || counted(got, "(late)") != 0 || len(h.marks) != 1 || !strings.Contains(h.marks[0], s.ID) {
		t.Errorf("three hours after the start: %q, %q", got, h.marks)
	}
	if h.read().Sessions[0].Over.IsZero() {
		t.Error("it is not over")
	}
}

// A house that was off for a month does not tell a month's dates at once.
func TestNothingComesInABurst(t *testing.T) {
	h := newHouse(t, "UTC")
	s := h.plan("Table | every day 14:00")
	h.chooses("m7", choice(s, "going"))
	h.said = nil
	h.late(30 * 24 * time.Hour)
	got := h.texts()
	if counted(got, "Going: 0") != 3 || counted(got, "begins") != 0 || counted(got, "A reminder") != 0 {
		t.Errorf("%q", got)
	}
}

// On Signal a message can be changed a few times only, and not for long.
func TestTheNumbersChangeAsOftenAsTheyMay(t *testing.T) {
	h := newHouse(t, "UTC")
	s := h.plan("Table | 2026-03-20 14:00")
	for n := 10; n < 200; n++ {
		h.chooses(fmt.Sprint("m", n), choice(s, "going"))
		h.wait(10 * time.Minute)
	}
	texts := h.texts()
	if got := counted(texts, "signal edit"); got != 3 {
		t.Errorf("Signal was changed %d times", got)
	}
	if got := counted(texts, "telegram edit"); got < 100 {
		t.Errorf("Telegram was changed %d times", got)
	}
	h.texts()
	for n := 10; n < 200; n++ { // a rush is one change
		h.chooses(fmt.Sprint("m", n), choice(s, "maybe"))
	}
	h.wait(time.Minute)
	if got := counted(h.texts(), "telegram edit"); got > 2 {
		t.Errorf("190 answers in a moment changed it %d times", got)
	}
}

func TestAQuietWeekComesOverADate(t *testing.T) {
	h := newHouse(t, "Asia/Karachi")
	s := h.plan("Table | every thursday 23:30")
	once := h.plan("Once | friday 19:00")
	h.chooses("m7", choice(s, "going"))
	h.said = nil
	h.c.Settings["quiet"] = "2026-03-05..2026-03-06" // Thursday is the last half hour before midnight there
	h.wait(time.Hour)
	h.asks("m2", "calendar")
	got := h.texts()
	if counted(got, "m7: Table") != 1 || counted(got, "quiet week") < 4 || counted(got, "Thu 12 Mar 23:30") != 1 {
		t.Errorf("%q", got)
	}
	if counted(got, "Fri 6 Mar 19:00") != 1 {
		t.Errorf("what was planned for one day is gone: %q", got)
	}
	h.chooses("m7", choice(once, "going"))
	h.wait(11 * 24 * time.Hour)
	if got = h.texts(); counted(got, "Once* begins") != 0 || counted(got, "Once begins") != 4 {
		t.Errorf("%q", got)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	h := newHouse(t, "UTC")
	h.asks("m7", "session new Mine | friday 19:00")
	if got := h.texts(); len(h.read().Drafts) != 0 || counted(got, "moderators plan") != 1 {
		t.Errorf("%q", got)
	}
	h.asks("m2", "session new Ours | friday 19:00")
	h.chooses("m7", "sessiondraft 1 yes")
	if s := h.read(); len(s.Sessions) != 0 || len(s.Drafts) != 1 {
		t.Errorf("somebody else has said yes: %+v", s)
	}
	h.chooses("m2", "sessiondraft 1 no")
	h.chooses("m2", "sessiondraft 1 yes")
	if s := h.read(); len(s.Sessions) != 0 {
		t.Error("it was dropped")
	}
	s := h.plan("Ours | friday 19:00")
	for _, line := range []string{"session move s3 | saturday 9:00", "session cancel s3", "session places s3 1", "session end s3", "sessioncancel s3 all", "sessioncancel s3 2026-03-06T19:00"} {
		h.asks("m7", line)
		h.chooses("m7", line)
	}
	if got := h.read(); got.Sessions[0].Cancelled || got.Sessions[0].Sequence != 0 || got.Sessions[0].Places != 0 || len(got.Drafts) != 0 {
		t.Errorf("%+v", got)
	}
	h.c.Settings["sessions"] = "member"
	h.asks("m7", "session new Mine | saturday 19:00")
	if got := h.read(); len(got.Drafts) != 1 {
		t.Errorf("%q", h.texts())
	}
	h.c.Settings["sessions"] = "organiser" // who may plan has changed before he said yes
	h.chooses("m7", fmt.Sprintf("sessiondraft %d yes", h.read().Count))
	if got := h.read(); len(got.Sessions) != 1 {
		t.Errorf("%+v", got.Sessions)
	}
	// Nonsense under a button does nothing.
	for _, line := range []string{"sessionanswer", "sessionanswer s3", "sessionanswer s3 x going", "sessionanswer s9 2026-03-06T19:00 going", "sessionanswer " + s.ID + " " + s.Start + " waiting", "sessioncancel s3", "sessiondraft x yes", "sessiondraft"} {
		h.chooses("m7", line)
	}
	if got := h.read().Sessions[0].Date; got.size() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestADraftDoesNotWaitForEver(t *testing.T) {
	h := newHouse(t, "UTC")
	h.asks("m2", "session new Ours | friday 19:00")
	h.now = h.now.Add(25 * time.Hour)
	h.chooses("m2", "sessiondraft 1 yes")
	if len(h.read().Sessions) != 0 || counted(h.texts(), "not there any more") != 1 {
		t.Error("after a day it is still meant")
	}
	h.asks("m2", "session new Ours | in 10 minutes")
	h.now = h.now.Add(time.Hour)
	h.chooses("m2", "sessiondraft 2 yes")
	if len(h.read().Sessions) != 0 || counted(h.texts(), "still to come") != 1 {
		t.Error("its time is over")
	}
}

// Whoever leaves, is erased or turns out to have two accounts makes room for those who wait.
func TestPeopleWhoAreNotThereAnyMore(t *testing.T) {
	h := newHouse(t, "UTC")
	s := h.plan("Table | friday 19:00 | places 2")
	for _, who := range []string{"m7", "m8", "m9", "m10", "m11"} {
		h.chooses(who, choice(s, "going"))
	}
	h.said = nil
	h.tell(chat.Event{Body: chat.Claimed{Kept: "m8", Gone: "m7"}})
	if got := h.texts(); counted(got, "m9: A place") != 1 {
		t.Errorf("%q", got)
	}
	card := h.card("m8")
	h.tell(chat.Event{Body: chat.Left{Who: chat.Person{Identity: card.Identities[0]}}})
	if h.read().Sessions[0].Date.of("m8") != going {
		t.Error("who is in another chat still comes")
	}
	h.tell(chat.Event{Body: chat.Forgotten{Who: "m9"}})
	d := h.read().Sessions[0].Date
	if d.of("m10") != going || d.of("m11") != waiting || strings.Contains(string(h.state), `"m9"`) || strings.Contains(string(h.state), `"m7"`) {
		t.Errorf("%s", h.state)
	}
}

func TestWhatPeopleCallThings(t *testing.T) {
	h := newHouse(t, "UTC")
	long := strings.Repeat("very ", 3000) + "long"
	s := h.plan("\u202Ea\x00b\u2066 @everyone {when} *x* | friday 19:00 | " + long)
	if strings.ContainsAny(s.Title, "\x00\u202E\u2066") || len([]rune(s.Text)) > maxText {
		t.Errorf("%q, %d", s.Title, len(s.Text))
	}
	h.chooses("m7", choice(s, "going"))
	h.asks("m7", "calendar")
	for _, text := range h.texts() {
		if len([]rune(text)) > 4000 {
			t.Errorf("%d characters", len(text))
		}
	}
	for _, line := range []string{"session new", "session new |", "session new | | |", "session new x", "session new x | y", "session new x | friday 19:00 | places 9999", "session new x | friday 19:00 | 999h", "session places s2 many", "session move", "session cancel s99", "session end"} {
		before := len(h.read().Sessions) + len(h.read().Drafts)
		h.asks("m2", line)
		if s := h.read(); len(s.Sessions)+len(s.Drafts) != before || len(h.texts()) == 0 {
			t.Errorf("%q", line)
		}
	}
}

func TestThereIsRoomForSoMany(t *testing.T) {
	h := newHouse(t, "UTC")
	for n := range maxActive {
		h.plan(fmt.Sprintf("Number %d | 2026-04-20 19:00", n))
	}
	h.asks("m2", "session new One more | friday 19:00")
	if got := h.texts(); len(h.read().Drafts) != 0 || counted(got, "25 sessions") != 1 {
		t.Errorf("%q", got)
	}
	first := h.read().Sessions[0]
	for n := range maxAnswers {
		h.chooses(fmt.Sprint("m", n+1), choice(first, "going"))
	}
	h.chooses("m550", choice(first, "going"))
	h.said = nil
	if n := h.read(); n.Sessions[0].Date.size() != maxAnswers {
		t.Fatalf("%d", n.Sessions[0].Date.size())
	}
	if len(h.state) > 100_000 {
		t.Errorf("the state has %d bytes", len(h.state))
	}
}

// Whatever is done in whatever order, the timer never stands still or rings for ever, and the state stays small.
func TestWhateverHappens(t *testing.T) {
	for seed := range int64(3) {
		random := rand.New(rand.NewSource(seed))
		h := newHouse(t, []string{"Europe/Oslo", "America/New_York", "Asia/Karachi"}[seed%3])
		h.asks("m1", "calendar feed all")
		whens := []string{"friday 19:00", "every day 8:00", "every 2 weeks on tue 19:00", "in 40 minutes", "every first thursday 18:00", "tomorrow at 5pm"}
		for range 100 {
			s := h.read()
			who := fmt.Sprint("m", 1+random.Intn(12))
			id, date := "s0", "2026-03-06T19:00"
			if n := len(s.Sessions); n > 0 {
				x := s.Sessions[random.Intn(n)]
				id = x.ID
				if x.Date != nil {
					date = x.Date.Name
				}
			}
			when := whens[random.Intn(len(whens))]
			switch random.Intn(12) {
			case 0:
				h.asks("m2", "session new Title | "+when+fmt.Sprintf(" | places %d", random.Intn(4)))
				h.chooses("m2", fmt.Sprintf("sessiondraft %d yes", h.read().Count))
			case 1:
				h.asks("m2", "session move "+id+" | "+when)
				h.chooses("m2", fmt.Sprintf("sessiondraft %d yes", h.read().Count))
			case 2:
				h.chooses("m2", "sessioncancel "+id+" "+[]string{"all", date}[random.Intn(2)])
			case 3:
				h.asks("m2", fmt.Sprintf("session places %s %d", id, random.Intn(4)))
			case 4:
				h.c.Settings["quiet"] = []string{"", h.now.Format(time.DateOnly), "2026-03-20..2026-04-02"}[random.Intn(3)]
			case 5:
				h.tell(chat.Event{Body: chat.Claimed{Kept: "m5", Gone: chat.MemberID(who)}})
			case 6:
				h.late(time.Duration(random.Intn(100)) * time.Hour)
			case 7:
				h.asks("m2", "session end "+id)
			default:
				h.chooses(who, "sessionanswer "+id+" "+date+" "+[]string{"going", "maybe", "no"}[random.Intn(3)])
			}
			h.wait(time.Duration(random.Intn(72*60)) * time.Minute)
			after := h.read()
			for i := range after.Sessions {
				if x := &after.Sessions[i]; x.Date != nil && x.Over.IsZero() {
					check(t, x.Date, x.Places, 0)
				}
			}
			if len(after.Sessions) > maxKept || len(h.state) > 100_000 {
				t.Fatalf("%d sessions, %d bytes", len(after.Sessions), len(h.state))
			}
			parsed(t, only(t, h))
			h.said = nil
		}
	}
}

// Other rules read which dates can be answered now.
func TestOthersAreToldTheDates(t *testing.T) {
	h := newHouse(t, "Europe/Oslo")
	h.plan("Later | 2026-04-20 19:00")
	h.plan("Hour | every tuesday 19:00")
	want := `[{"id":"s4","name":"Hour","rule":"","start":"2026-03-03T19:00","zone":"Europe/Oslo","room":"r1"},` +
		`{"id":"s2","name":"Later","rule":"","start":"2026-04-20T19:00","zone":"Europe/Oslo","room":"r1"}]`
	if got := h.c.Settings["schedule.sessions"]; got != want {
		t.Errorf("%s", got)
	}
	for n := range 20 {
		h.plan(fmt.Sprintf("%s %d | 2026-05-20 19:00", strings.Repeat("🍞", 90), n))
	}
	if got := h.c.Settings["schedule.sessions"]; len(got) > 4096+1024 {
		t.Errorf("%d bytes", len(got))
	}
	h.asks("m2", "session cancel s4 all")
	h.asks("m2", "session cancel s2")
	if got := h.c.Settings["schedule.sessions"]; strings.Contains(got, "Hour") || strings.Contains(got, "Later") {
		t.Errorf("%s", got)
	}
}

// What is announced in a room that not everybody may read is nobody else's to know, in no calendar.
func TestClosedRoomsStayClosed(t *testing.T) {
	h := newHouse(t, "UTC")
	h.c.Settings["sessions"] = "member"
	h.c.Settings["schedule"] = `[{"id":"x","name":"Hidden ritual","rule":"FREQ=DAILY","start":"2026-03-03T09:00","zone":"UTC","room":"r2"}]`
	h.plan("Hidden talk | friday 19:00 | in Mods")
	h.asks("m1", "calendar feed all")
	if page := only(t, h); strings.Contains(page, "Hidden") || strings.Contains(h.c.Settings["schedule.sessions"], "Hidden") {
		t.Errorf("%s, %s", page, h.c.Settings["schedule.sessions"])
	}
	h.said = nil
	for who, want := range map[string]int{"m2": 1, "m7": 0} {
		for _, line := range []string{"calendar", "session", "session cancel s9"} {
			h.asks(who, line)
			if got := counted(h.texts(), "Hidden talk"); got != want {
				t.Errorf("%s sees it %d times with %s", who, got, line)
			}
		}
	}
	h.asks("m7", "session new Mine | saturday 19:00 | in Mods")
	if d := h.read().Drafts; len(d) != 1 || d[0].New.Room != "r1" {
		t.Errorf("%+v", d)
	}
}

// Nobody is named who has said yes when names were not shown.
func TestNamesAreShownWithConsent(t *testing.T) {
	h := newHouse(t, "UTC")
	s := h.plan("Table | friday 19:00")
	h.chooses("m7", choice(s, "going"))
	h.c.Settings["names"] = "on"
	h.chooses("m8", choice(s, "going"))
	h.wait(time.Hour)
	if got := h.texts(); counted(got, "M7") != 0 || counted(got, "Coming: M8, and more: 1") == 0 {
		t.Errorf("%q", got)
	}
	h.chooses("m7", choice(s, "going"))
	h.wait(time.Hour)
	if got := h.texts(); counted(got, "Coming: M7, M8") == 0 {
		t.Errorf("%q", got)
	}
	h.c.Settings["names"] = "off"
	h.chooses("m9", choice(s, "going"))
	h.wait(time.Hour)
	if got := h.texts(); counted(got, "Coming") != 0 {
		t.Errorf("%q", got)
	}
}
