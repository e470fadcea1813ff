package sessions

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/rituals/recur"
)

func zoneNamed(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// It is Monday, 2 March 2026, one in the afternoon in Oslo.
func TestWhenSomethingIs(t *testing.T) {
	oslo := zoneNamed(t, "Europe/Oslo")
	for text, want := range map[string]plan{
		"friday 19:00":                        {start: "2026-03-06T19:00"},
		"8pm on Friday":                       {start: "2026-03-06T20:00"},
		"next friday at 7:30 pm":              {start: "2026-03-06T19:30"},
		"Monday 12:00":                        {start: "2026-03-09T12:00"}, // noon is over
		"monday 14:00":                        {start: "2026-03-02T14:00"},
		"tomorrow at 5pm":                     {start: "2026-03-03T17:00"},
		"today at 19":                         {start: "2026-03-02T19:00"},
		"19:00":                               {start: "2026-03-02T19:00"},
		"9:00":                                {start: "2026-03-03T09:00"},
		"noon tomorrow":                       {start: "2026-03-03T12:00"},
		"12am tomorrow":                       {start: "2026-03-03T00:00"},
		"2026-12-04 19:00":                    {start: "2026-12-04T19:00"},
		"2026-12-04T19:00":                    {start: "2026-12-04T19:00"},
		"4.12. 19.30":                         {start: "2026-12-04T19:30"},
		"4.12.2026 19h":                       {start: "2026-12-04T19:00"},
		"4 dec 19:00":                         {start: "2026-12-04T19:00"},
		"dec 4th, 7pm":                        {start: "2026-12-04T19:00"},
		"1 february 7pm":                      {start: "2027-02-01T19:00"},
		"in 5 hours":                          {start: "2026-03-02T18:00"},
		"in 90 minutes":                       {start: "2026-03-02T14:30"},
		"in 1 hour 30 min":                    {start: "2026-03-02T14:30"},
		"in 2 days at 19:00":                  {start: "2026-03-04T19:00"},
		"in 2h":                               {start: "2026-03-02T15:00"},
		"every friday 19:00":                  {start: "2026-03-06T19:00", rule: "FREQ=WEEKLY;BYDAY=FR"},
		"every first thursday 18:00":          {start: "2026-03-05T18:00", rule: "FREQ=MONTHLY;BYDAY=1TH"},
		"monthly on the last friday at 17:00": {start: "2026-03-27T17:00", rule: "FREQ=MONTHLY;BYDAY=-1FR"},
		"every 2 weeks on tue 19:00":          {start: "2026-03-03T19:00", rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"},
		"every second week on tue 19:00":      {start: "2026-03-03T19:00", rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"},
		"every mon and thu 8:00":              {start: "2026-03-05T08:00", rule: "FREQ=WEEKLY;BYDAY=MO,TH"},
		"daily 8:00":                          {start: "2026-03-03T08:00", rule: "FREQ=DAILY"},
		"weekly 20:00":                        {start: "2026-03-02T20:00", rule: "FREQ=WEEKLY;BYDAY=MO"},
		"every month 2026-04-15 18:00":        {start: "2026-04-15T18:00", rule: "FREQ=MONTHLY;BYMONTHDAY=15"},
		"every friday 19:00 6 times":          {start: "2026-03-06T19:00", rule: "FREQ=WEEKLY;BYDAY=FR;COUNT=6"},
		"every friday 19:00 until 2026-05-01": {start: "2026-03-06T19:00", rule: "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260501"},
		"FREQ=WEEKLY;INTERVAL=3;BYDAY=WE at 18:00": {start: "2026-03-04T18:00", rule: "FREQ=WEEKLY;INTERVAL=3;BYDAY=WE"},
		"2026-03-29 2:30":                          {start: "2026-03-29T03:00"}, // the clocks skip that hour
	} {
		got, wrong := readPlan(lexiconOf("en"), text, monday(), oslo)
		if wrong != nil {
			t.Errorf("%q: %+v", text, *wrong)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(plan{})); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	for text, key := range map[string]string{
		"": "session.badwhen", "soon": "session.badwhen", "friday": "session.noclock", "19:00 friday 20:00": "session.badwhen",
		"2020-01-01 19:00": "session.past", "2026-02-30 19:00": "session.badwhen", "31.2. 19:00": "session.badwhen", "31 feb 19:00": "session.badwhen",
		"2031-01-01 19:00": "session.past", "friday 25:00": "session.badwhen", "friday 13pm": "session.badwhen", "every 19:00": "session.badwhen",
		"every fifth friday 19:00": "session.badwhen", "FREQ=SECONDLY 19:00": "session.badwhen", "FREQ=YEARLY 19:00": "session.badwhen",
		"every friday 19:00 until 2020-01-01": "session.past", "first friday": "session.noclock", "in 0 hours": "session.badwhen", "in 5000 hours": "session.badwhen",
		"monday and tuesday 19:00": "session.badwhen", "every day in march 19:00": "session.badwhen", strings.Repeat("friday ", 500): "session.badwhen",
	} {
		got, wrong := readPlan(lexiconOf("en"), text, monday(), time.UTC)
		if wrong == nil || wrong.key != key {
			t.Errorf("%.40q: %+v, %+v, want %s", text, got, wrong, key)
		}
	}
}

// Seven stays seven when the clocks change, in all zones.
func TestSevenStaysSeven(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Karachi"} {
		zone := zoneNamed(t, name)
		p, wrong := readPlan(lexiconOf("en"), "every sunday 19:00", monday(), zone)
		if wrong != nil {
			t.Fatal(wrong)
		}
		s := Session{Start: p.start, Rule: p.rule, Zone: name}
		at := monday()
		for range 60 {
			r, err := recur.Parse(s.Rule, wallOf(s.Start), zone)
			if err != nil {
				t.Fatal(err)
			}
			next, ok := r.Next(at)
			if !ok || next.In(zone).Format("Mon 15:04") != "Sun 19:00" {
				t.Fatalf("%s: %s", name, next.In(zone))
			}
			at = next
		}
	}
}

func TestRepliesInWords(t *testing.T) {
	for text, want := range map[string]reply{
		"going": going, " Going! ": going, "Yes.": going, "I’m in": going, "✅": going, "👍": going, "maybe…": maybe, "Can't": no, "No, ": no, "❌": no,
		"maybe I know somebody": "", "": "", "!!!": "", "yes but": "", "nobody": "",
	} {
		if got, _ := replyOf(text, "en", "de"); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// What is read comes back as it was: it is ahead, it is within two years, and its rule can be kept.
func FuzzReadPlan(f *testing.F) {
	for _, s := range []string{"every first thursday 18:00", "in 5 hours", "8pm on friday", "FREQ=WEEKLY;BYDAY=MO 9:00", "4.12. 19.30", "every 2 weeks on tue 19:00 6 times"} {
		f.Add(s)
	}
	words := lexiconOf("en", "de")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			t.Skip()
		}
		zone := zoneNamed(t, "America/New_York")
		p, wrong := readPlan(words, text, monday(), zone)
		if wrong != nil {
			if len([]rune(wrong.word)) > 40 {
				t.Fatalf("%q is said back at length", wrong.word)
			}
			return
		}
		s := Session{Start: p.start, Rule: p.rule, Zone: zone.String()}
		if at := s.at(p.start); !at.After(monday()) && p.rule == "" || at.Sub(monday()) > farthest+48*time.Hour {
			t.Fatalf("%q is %s", text, at)
		}
		if _, err := recur.Parse(p.rule, wallOf(p.start), zone); err != nil || wallOf(p.start).IsZero() {
			t.Fatalf("%q is %+v: %v", text, p, err)
		}
	})
}
