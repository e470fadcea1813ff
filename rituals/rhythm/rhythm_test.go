package rhythm

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Over a year, in zones with other changes of the clocks, every ritual opens on each of its days, once, at nine on the wall,
// whatever timers ring twice or too early.
func TestOnceOnEachOfItsDaysOverAYear(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Karachi"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		h := newHouse(t, name, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
		h.ask("m1", "rituals init")
		h.plan("tea daily 9:00: tea?")
		r := rand.New(rand.NewPCG(1, 2))
		opened := make(map[string][]string) // ritual → days
		end := h.now.AddDate(1, 0, 0)
		for h.now.Before(end) {
			h.until(h.now.Add(time.Duration(r.IntN(40)+1) * time.Hour))
			for range r.IntN(3) {
				due := h.due
				h.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
				if h.due.IsZero() {
					h.due = due
				}
			}
			for _, x := range h.take() {
				send, ok := x.(chat.Send)
				if !ok || !strings.HasPrefix(send.Tag, openingTag) || send.To != chats()[0] {
					continue
				}
				if strings.Contains(send.Text.Plain, "(late)") {
					t.Errorf("%s: %s is late", name, send.Tag)
				}
				id, _, _ := strings.Cut(strings.TrimPrefix(send.Tag, openingTag), ":")
				opened[id] = append(opened[id], send.Tag)
			}
		}
		want := make(map[string]int)
		first := time.Date(2026, 1, 1, 9, 0, 0, 0, zone)
		for day := first; !day.After(h.now); day = day.AddDate(0, 0, 1) {
			if !day.After(at(t, "2026-01-01T12:00:00Z")) {
				continue
			}
			want["tea"]++
			for id, weekday := range map[string]time.Weekday{"goals": time.Monday, "mess": time.Wednesday, "wins": time.Friday} {
				if day.Weekday() == weekday {
					want[id]++
				}
			}
			if day.Weekday() == time.Thursday && day.Day() <= 7 {
				want["ama"]++
			}
		}
		got := make(map[string]int)
		for id, tags := range opened {
			got[id] = len(tags)
			slices.Sort(tags)
			if len(slices.Compact(tags)) != len(tags) {
				t.Errorf("%s: %s has opened twice as the same", name, id)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, line := range h.marks {
			if !strings.HasSuffix(line, " opened") && !strings.HasSuffix(line, " kept") {
				t.Errorf("%s: the log says %q", name, line)
			}
		}
	}
}

func TestLateAndTooLate(t *testing.T) {
	nine := at(t, "2026-03-03T09:00:00Z")
	for late, want := range map[time.Duration]string{
		0: "opens", 5 * time.Minute: "opens", 5*time.Minute + time.Second: "late", 2 * time.Hour: "late", 2*time.Hour + time.Second: "skipped",
		26 * time.Hour: "late", 27 * time.Hour: "skipped", 24 * time.Hour * 300: "opens",
	} {
		h := newHouse(t, "UTC", nine.Add(-time.Hour))
		h.plan("tea daily 9:00: tea?")
		h.now = nine.Add(late)
		h.ring()
		_, texts := openings(h.take())
		got := "skipped"
		if len(texts) == 1 {
			got = "opens"
			if strings.HasPrefix(texts[0], "tea (late)") {
				got = "late"
			}
		}
		if got != want || len(texts) > 1 {
			t.Errorf("%s late: %s, %q; want %s", late, got, texts, want)
		}
		if broken := slices.Contains(h.marks, "tea broken"); broken != (want == "skipped" || late > 24*time.Hour-time.Second) {
			t.Errorf("%s late: the log says %q", late, h.marks)
		}
		if h.due.IsZero() || !h.due.After(h.now) {
			t.Errorf("%s late: the timer stands at %v", late, h.due)
		}
	}
}

func TestQuietWeeksAtTheirEdges(t *testing.T) {
	// Midnight in Karachi is 19:00 UTC of the day before.
	for clock, want := range map[string]int{"0:00": 2, "23:59": 2} {
		h := newHouse(t, "Asia/Karachi", at(t, "2026-03-01T08:00:00Z"))
		h.plan("tea daily " + clock + ": tea?")
		h.ask("m1", "quiet 2026-03-03..2026-03-05")
		h.take()
		h.until(at(t, "2026-03-06T18:59:30Z")) // the last half minute of the 6th
		tags, _ := openings(h.take())
		// The 2nd and the 6th; at 23:59 the 1st, too.
		if clock == "23:59" {
			want++
		}
		if len(tags) != want {
			t.Errorf("%s: opened %d times, want %d: %v", clock, len(tags), want, tags)
		}
	}
	// What was due within the two hours before it, and comes late into it, is passed over, as is what comes late out of it.
	for _, now := range []string{"2026-03-03T00:10:00Z", "2026-03-04T00:10:00Z"} {
		h := newHouse(t, "UTC", at(t, now).Add(-2*time.Hour))
		h.ask("m1", "quiet 2026-03-03")
		h.plan("tea daily 23:50: tea?")
		h.now = at(t, now)
		h.ring()
		if tags, _ := openings(h.take()); len(tags) != 0 {
			t.Errorf("at %s opened %v", now, tags)
		}
		if slices.Contains(h.marks, "tea broken") {
			t.Errorf("at %s the promise is broken by quiet: %v", now, h.marks)
		}
	}
}

// notices counts what is said to everybody about quiet times.
func notices(out []chat.Effect) (begins, ends int) {
	for _, x := range out {
		if send, ok := x.(chat.Send); ok && send.To == chats()[0] && send.Tag == "" && send.Answer == nil {
			if strings.HasPrefix(send.Text.Plain, "A quiet time begins") {
				begins++
			}
			if strings.HasPrefix(send.Text.Plain, "The quiet time is over") {
				ends++
			}
		}
	}
	return begins, ends
}

func TestOneNoticeAtEachEnd(t *testing.T) {
	for name, play := range map[string]struct {
		do           func(h *house)
		begins, ends int
	}{
		"planned ahead":         {func(h *house) { h.ask("m1", "quiet 2026-03-05..2026-03-08") }, 1, 1},
		"two that touch":        {func(h *house) { h.ask("m1", "quiet 2026-03-05"); h.ask("m1", "quiet 2026-03-06..2026-03-07") }, 1, 1},
		"two that do not touch": {func(h *house) { h.ask("m1", "quiet 2026-03-05"); h.ask("m1", "quiet 2026-03-07") }, 2, 2},
		"from today on":         {func(h *house) { h.ask("m1", "quiet 2026-03-01..2026-03-08") }, 1, 1},
		"lengthened": {func(h *house) {
			h.ask("m1", "quiet 2026-03-02..2026-03-03")
			h.until(at(h.t, "2026-03-03T12:00:00Z"))
			h.ask("m1", "quiet 2026-03-04..2026-03-06")
		}, 1, 1},
		"called off before": {func(h *house) { h.ask("m1", "quiet 2026-03-05"); h.ask("m1", "quiet off") }, 0, 0},
		"called off within": {func(h *house) {
			h.ask("m1", "quiet 2026-03-02..2026-03-08")
			h.until(at(h.t, "2026-03-04T12:00:00Z"))
			h.ask("m1", "quiet off 1")
		}, 1, 1},
		"slept through": {func(h *house) {
			h.ask("m1", "quiet 2026-03-03..2026-03-04")
			h.now = at(h.t, "2026-03-09T12:00:00Z")
			h.ring()
		}, 0, 0},
		"the beginning slept through": {func(h *house) {
			h.ask("m1", "quiet 2026-03-03..2026-03-06")
			h.now = at(h.t, "2026-03-04T12:00:00Z")
			h.ring()
		}, 1, 1},
		"a zone that changes": {func(h *house) {
			h.ask("m1", "quiet 2026-03-03..2026-03-06")
			h.until(at(h.t, "2026-03-04T12:00:00Z"))
			h.c.Settings["zone"] = "Asia/Tokyo"
			h.tell(chat.Event{Chat: chats()[0], Member: "m3", Body: chat.Posted{}})
		}, 1, 1},
	} {
		h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
		play.do(h)
		h.until(at(t, "2026-03-20T12:00:00Z"))
		if begins, ends := notices(h.take()); begins != play.begins || ends != play.ends {
			t.Errorf("%s: %d times told that it begins, %d times that it ends", name, begins, ends)
		}
		if s := h.kept(); len(s.Quiet) != 0 || h.c.Settings[rule.QuietSetting] != "" {
			t.Errorf("%s: %+v is left, %q", name, s.Quiet, h.c.Settings[rule.QuietSetting])
		}
	}
}

func TestWhatCannotBeQuiet(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	for typed, want := range map[string]string{
		"2026-03-05..2027-03-07": "From when to when", "2026-02-28": "are over", "2026-13-01": "From when to when", "x y z w": "From when to when",
		"2026-03-05..2026-03-04": "From when to when",
	} {
		if got := h.ask("m1", "quiet "+typed); !strings.Contains(got, want) {
			t.Errorf("%q: %s", typed, got)
		}
	}
	if got := h.ask("m2", "quiet 2026-03-05"); !strings.Contains(got, "Only organisers") || h.c.Settings[rule.QuietSetting] != "" {
		t.Errorf("a member plans a quiet week: %s", got)
	}
	h.ask("m1", "quiet 2026-03-05..2026-12-31")
	if got := h.ask("m1", "quiet 2026-12-01..2027-04-05"); !strings.Contains(got, "can last a year") {
		t.Errorf("two that make more than a year: %s", got)
	}
	h.ask("m1", "quiet off")
	for n := range maxPauses + 3 {
		h.ask("m1", "quiet "+h.now.AddDate(0, 0, 2+2*n).Format(time.DateOnly))
	}
	if days := rule.QuietDays(h.c); len(days) != maxPauses || len(h.kept().Quiet) != maxPauses {
		t.Errorf("%d quiet times are kept, %d are read", len(h.kept().Quiet), len(days))
	}
}

func TestPersonsAreCounted(t *testing.T) {
	h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.until(at(t, "2026-03-02T10:00:00Z"))
	tags, _ := openings(h.take())
	folk := h.c.Members.All()
	folk[4].Settings = map[string]string{"metrics": "off"} // m5
	for n := 2; n <= 501; n++ {
		h.answer(chat.MemberID(fmt.Sprint("m", n)), tags[0])
		h.answer(chat.MemberID(fmt.Sprint("m", n)), tags[0])
	}
	h.answer("m3", "ritual:tea:999")
	h.answer("nobody", tags[0])
	h.tell(chat.Event{Body: chat.Claimed{Kept: "m2", Gone: "m3"}})
	h.tell(chat.Event{Body: chat.Claimed{Kept: "m600", Gone: "m4"}})
	h.tell(chat.Event{Body: chat.Forgotten{Who: "m6"}})
	h.take()
	h.until(at(t, "2026-03-03T09:00:00Z"))
	var closings []string
	for _, x := range h.take() {
		if send, ok := x.(chat.Send); ok && send.Answer != nil && len(send.Answer.Target.Refs) == 1 && send.Answer.Target.Refs[0].Chat == send.To {
			closings = append(closings, send.Text.Plain)
		}
	}
	// 500 members, without m5, m3 who is m2, and m6.
	want := "This one is over. People who took part: 497. Thank you!"
	if diff := cmp.Diff([]string{want, want, want}, closings); diff != "" {
		t.Error(diff)
	}
	if s := string(h.state); strings.Contains(s, `"m6"`) || strings.Contains(s, `"m5"`) {
		t.Error("who is erased, or wants to be in no numbers, is still there")
	}
}

func TestTheOrganisersAreAskedByDay(t *testing.T) {
	h := newHouse(t, "Europe/Oslo", at(t, "2026-03-01T12:00:00Z"))
	folk := h.c.Members.All()
	folk[1].Level, folk[1].Settings = chat.Organiser, map[string]string{"zone": "Asia/Tokyo"}
	folk[2].Level, folk[2].Settings = chat.Organiser, map[string]string{"paused": "on"}
	h.plan("owls daily 4:00: who?")
	var asked []string
	end := at(t, "2026-05-01T12:00:00Z")
	for h.now.Before(end) {
		h.until(h.now.Add(15 * time.Minute))
		for _, x := range h.take() {
			if w, ok := x.(chat.Whisper); ok && w.Tag == letterTag+"owls" {
				asked = append(asked, w.Who.ID+" "+h.now.Format("2006-01-02 15:04"))
			}
		}
	}
	// The third closes on Thursday at 3:00 UTC, noon in Tokyo; in Oslo it is four. Then not for four weeks.
	want := []string{"m2 2026-03-05 03:00", "m1 2026-03-05 07:00", "m2 2026-04-03 02:00", "m1 2026-04-03 06:00", "m2 2026-05-01 02:00", "m1 2026-05-01 06:00"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	h.ask("m1", "ritualset keep owls")
	if r := h.kept().Rituals[0]; r.Low != 0 || !r.Rest.Equal(h.now.Add(restFor)) {
		t.Errorf("kept: %+v", r)
	}
}

// Three answers keep the question away, a quiet week counts for nothing, and so does what an organiser opens.
func TestWhatDoesNotCountAsFew(t *testing.T) {
	for name, do := range map[string]func(h *house, day int){
		"three answer every third time": func(h *house, day int) {
			if day%3 == 0 {
				s := h.kept()
				for _, who := range []chat.MemberID{"m2", "m3", "m4"} {
					h.answer(who, s.Open[0].tag())
				}
			}
		},
		"every second day is quiet": func(h *house, day int) {
			if day%2 == 0 {
				h.ask("m1", "quiet "+h.now.AddDate(0, 0, 1).Format(time.DateOnly))
			}
		},
	} {
		h := newHouse(t, "UTC", at(t, "2026-03-01T12:00:00Z"))
		h.plan("tea daily 9:00: tea?")
		for day := range 20 {
			h.until(at(t, "2026-03-02T10:00:00Z").AddDate(0, 0, day))
			do(h, day)
		}
		for _, x := range h.take() {
			if w, ok := x.(chat.Whisper); ok && w.Tag == letterTag+"tea" {
				t.Errorf("%s: asked at all", name)
			}
		}
	}
}

func TestTheScheduleForOthers(t *testing.T) {
	h := newHouse(t, "Europe/Oslo", at(t, "2026-12-01T12:00:00Z"))
	h.ask("m1", "rituals init")
	h.plan("retro every 2 weeks on tue 19:00: what?")
	h.ask("m1", "ritual pause ama")
	var list []Planned
	if err := json.Unmarshal([]byte(h.c.Settings["schedule"]), &list); err != nil {
		t.Fatal(err)
	}
	want := []Planned{
		{ID: "goals", Name: "Goals", Rule: "FREQ=WEEKLY;BYDAY=MO", Start: "2026-12-07T09:00", Zone: "Europe/Oslo", Room: "r1"},
		{ID: "mess", Name: "Show your mess", Rule: "FREQ=WEEKLY;BYDAY=WE", Start: "2026-12-02T09:00", Zone: "Europe/Oslo", Room: "r1"},
		{ID: "wins", Name: "Wins and thanks", Rule: "FREQ=WEEKLY;BYDAY=FR", Start: "2026-12-04T09:00", Zone: "Europe/Oslo", Room: "r1"},
		{ID: "retro", Name: "retro", Rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", Start: "2026-12-01T19:00", Zone: "Europe/Oslo", Room: "r1"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	// As many as anybody can plan, with the longest names and rules, fit.
	for n := range 40 {
		name := fmt.Sprintf("%s%d", strings.Repeat("ß漢", 13), n)
		h.ask("m1", "ritual add "+name+" FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=MO;COUNT=999 9:00: x")
		if s := h.kept(); len(s.Drafts) > 0 {
			h.ask("m1", fmt.Sprint("ritualset yes ", s.Drafts[len(s.Drafts)-1].N))
		}
	}
	s := h.kept()
	if n := len(h.c.Settings["schedule"]); n > maxSchedule || len(s.Rituals) < 10 || len(s.Rituals) > maxRituals {
		t.Errorf("%d rituals make a schedule of %d bytes", len(s.Rituals), n)
	}
	for range len(s.Rituals) {
		h.ask("m1", "ritual retire 1")
	}
	if h.c.Settings["schedule"] != "" || !h.due.IsZero() {
		t.Errorf("nothing is planned, but: %q, %v", h.c.Settings["schedule"], h.due)
	}
}

func TestAnotherZoneOpensNothingTwice(t *testing.T) {
	h := newHouse(t, "Asia/Tokyo", at(t, "2026-03-01T12:00:00Z"))
	h.plan("tea daily 9:00: tea?")
	h.until(at(t, "2026-03-02T01:00:00Z")) // ten in Tokyo: Monday's is open
	if tags, _ := openings(h.take()); len(tags) != 1 {
		t.Fatalf("opened %v", tags)
	}
	h.c.Settings["zone"] = "Europe/Oslo"
	h.tell(chat.Event{Chat: chats()[0], Member: "m3", Body: chat.Posted{}})
	h.until(at(t, "2026-03-02T23:00:00Z")) // nine in Oslo has been, but of the same Monday
	if tags, _ := openings(h.take()); len(tags) != 0 {
		t.Errorf("opened again: %v", tags)
	}
	h.until(at(t, "2026-03-03T08:00:00Z"))
	if tags, _ := openings(h.take()); len(tags) != 1 {
		t.Errorf("on Tuesday at nine in Oslo: %v", tags)
	}
	if got := h.c.Settings["schedule"]; !strings.Contains(got, `"zone":"Europe/Oslo"`) {
		t.Errorf("the schedule is %s", got)
	}
}
