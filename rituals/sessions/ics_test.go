package sessions

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// parsed reads a feed with a program that is not ours, after looking at its lines.
func parsed(t testing.TB, data string) []ical.Event {
	t.Helper()
	if !utf8.ValidString(data) || !strings.HasSuffix(data, "END:VCALENDAR\r\n") {
		t.Fatalf("not a calendar: %.200q", data)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(data, "\r\n"), "\r\n") {
		if len(line) > lineSize || strings.ContainsAny(line, "\r\n") || line == "" || !utf8.ValidString(line) {
			t.Fatalf("a line of %d octets: %q", len(line), line)
		}
	}
	cal, err := ical.NewDecoder(strings.NewReader(data)).Decode()
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	var again bytes.Buffer
	if err := ical.NewEncoder(&again).Encode(cal); err != nil { // it checks what a calendar must have
		t.Fatalf("%v in\n%s", err, data)
	}
	return cal.Events()
}

// prop is the text of a property.
func prop(t testing.TB, e ical.Event, name string) string {
	t.Helper()
	p := e.Props.Get(name)
	if p == nil {
		return ""
	}
	text, err := p.Text()
	if err != nil {
		return p.Value
	}
	return text
}

func only(t *testing.T, h *house) string {
	t.Helper()
	if len(h.pages) != 1 {
		t.Fatalf("%d pages", len(h.pages))
	}
	for _, p := range h.pages {
		return p
	}
	return ""
}

// feedOfAll is a house with a feed and all that can be in it.
func feedOfAll(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, "Europe/Oslo")
	h.c.Settings["schedule"] = `[{"id":"goals","name":"Goals","rule":"FREQ=WEEKLY;BYDAY=MO","start":"2026-03-09T09:00","zone":"Europe/Oslo","room":"r1"}]`
	h.c.Settings["quiet"] = "2026-04-06..2026-04-12"
	h.plan("Portfolio evening; bring one, or two | friday 19:00 | 90m | places 3 | We look at a page each, and at \\ what is hard")
	h.plan("Office hour | every tuesday 19:00 until 2026-07-01 | 30m")
	h.plan("Not to be | 2026-04-20 18:00")
	h.asks("m2", "session cancel s6")
	h.asks("m2", "session move s4 2026-03-17 | 2026-03-18 20:00")
	h.chooses("m2", fmt.Sprintf("sessiondraft %d yes", h.read().Count))
	h.asks("m2", "session cancel s4 2026-03-24")
	h.asks("m1", "calendar feed all")
	return h
}

func TestTheFeedOfACommunity(t *testing.T) {
	h := feedOfAll(t)
	got := only(t, h)
	golden := filepath.Join("testdata", "community.ics")
	if flag.Lookup("update").Value.String() == "true" { // the flag is that of the scripts
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the feed (-golden +shown):\n%s", diff)
	}
	parsed(t, got)
}

// Another program finds in the feed the very times that we mean, over all changes of the clocks.
func TestOthersReadTheTimesThatWeMean(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Karachi", "UTC"} {
		h := newHouse(t, zone)
		h.c.Settings["quiet"] = "2026-04-06..2026-04-12,2026-12-21..2027-01-03"
		s := h.plan("Office hour | every tuesday 19:00 until 2027-05-01 | 30m")
		h.asks("m1", "calendar feed all")
		events := parsed(t, only(t, h))
		if len(events) != 1 {
			t.Fatalf("%d events", len(events))
		}
		set, err := events[0].RecurrenceSet(zoneNamed(t, zone))
		if err != nil || set == nil {
			t.Fatalf("%s: %v", zone, err)
		}
		var want []string
		for _, name := range s.dates(h.c, monday(), monday().Add(500*24*time.Hour), 200) {
			want = append(want, s.at(name).UTC().Format(time.RFC3339))
		}
		var got []string
		for _, at := range set.All() {
			got = append(got, at.UTC().Format(time.RFC3339))
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 50 {
			t.Errorf("%s, %d dates (-ours +theirs):\n%s", zone, len(want), diff)
		}
	}
}

// The rules of the time zone that the feed carries are those of the zone itself.
func TestTheZoneInTheFeed(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Karachi", "Africa/Casablanca"} {
		z := zoneNamed(t, name)
		p := new(page)
		writeZone(p, z, monday(), monday())
		cal, err := ical.NewDecoder(strings.NewReader("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + p.String() + "END:VCALENDAR\r\n")).Decode()
		if err != nil {
			t.Fatal(err)
		}
		type step struct {
			at     time.Time
			offset int
		}
		var steps []step
		for _, o := range cal.Children[0].Children {
			begin, err := time.Parse(inZone, o.Props.Get("DTSTART").Value)
			if err != nil {
				t.Fatal(err)
			}
			steps = append(steps, step{begin.Add(-seconds(t, o.Props.Get("TZOFFSETFROM").Value)), int(seconds(t, o.Props.Get("TZOFFSETTO").Value) / time.Second)})
		}
		for at := monday(); at.Before(monday().AddDate(4, 0, 0)); at = at.Add(7 * time.Hour) {
			i := 0
			for i+1 < len(steps) && !steps[i+1].at.After(at) {
				i++
			}
			if _, want := at.In(z).Zone(); steps[i].offset != want {
				t.Fatalf("%s at %s: %d, want %d", name, at, steps[i].offset, want)
			}
		}
	}
}

func seconds(t *testing.T, s string) time.Duration {
	t.Helper()
	sign := time.Duration(1)
	if s[0] == '-' {
		sign = -1
	}
	return sign * (time.Duration(atoi(s[1:3]))*time.Hour + time.Duration(atoi(s[3:5]))*time.Minute)
}

func TestWhatChangesIsCounted(t *testing.T) {
	h := feedOfAll(t)
	before := make(map[string]string)
	uid := func(e ical.Event) string { return prop(t, e, "UID") + prop(t, e, "RECURRENCE-ID") }
	for _, e := range parsed(t, only(t, h)) {
		before[uid(e)] = prop(t, e, "SEQUENCE")
	}
	h.now = h.now.Add(time.Hour)
	h.asks("m2", "session move s2 | saturday 19:00")
	h.chooses("m2", fmt.Sprintf("sessiondraft %d yes", h.read().Count))
	h.c.Settings["schedule"] = strings.Replace(h.c.Settings["schedule"], "T09:00", "T10:00", 1)
	h.wait(7 * time.Hour)
	events := parsed(t, only(t, h))
	for _, e := range events {
		changed := strings.Contains(uid(e), "session-s2") || strings.Contains(uid(e), "ritual-goals")
		if got := prop(t, e, "SEQUENCE"); (got != before[uid(e)]) != changed {
			t.Errorf("%s: %s, was %s", uid(e), got, before[uid(e)])
		}
	}
	if len(events) != len(before) {
		t.Errorf("%d events, were %d", len(events), len(before))
	}
}

// What is cancelled is said to be so for 30 days; then nobody speaks of it any more.
func TestWhatIsCancelledStaysForAMonth(t *testing.T) {
	h := newHouse(t, "Europe/Oslo")
	h.plan("Not to be | 2026-06-20 18:00")
	h.asks("m1", "calendar feed all")
	h.asks("m2", "session cancel s2")
	if e := parsed(t, only(t, h)); len(e) != 1 || prop(t, e[0], "STATUS") != "CANCELLED" || prop(t, e[0], "SEQUENCE") != "1" {
		t.Errorf("%+v", e)
	}
	h.wait(29 * 24 * time.Hour)
	if e := parsed(t, only(t, h)); len(e) != 1 {
		t.Errorf("after 29 days: %d", len(e))
	}
	h.wait(2 * 24 * time.Hour)
	if page := only(t, h); strings.Contains(page, "VEVENT") {
		t.Errorf("after 31 days:\n%s", page)
	}
}

// A member's own feed has what he has answered, and nothing that says who else comes.
func TestTheFeedOfAMember(t *testing.T) {
	h := newHouse(t, "Europe/Oslo")
	s := h.plan("Portfolio | friday 19:00 | places 1")
	h.plan("Other | friday 21:00")
	answer := "sessionanswer " + s.ID + " " + s.Start + " "
	h.chooses("m7", answer+"going")
	h.asks("m8", "calendar feed")
	if strings.Contains(only(t, h), "VEVENT") {
		t.Error("he has said nothing")
	}
	h.chooses("m8", answer+"going")
	e := parsed(t, only(t, h))
	if len(e) != 1 || prop(t, e[0], "STATUS") != "TENTATIVE" || prop(t, e[0], "SUMMARY") != "Portfolio" {
		t.Fatalf("%+v", e)
	}
	h.chooses("m7", answer+"no")
	if e = parsed(t, only(t, h)); prop(t, e[0], "STATUS") != "CONFIRMED" || strings.Contains(only(t, h), "M7") {
		t.Errorf("%s", only(t, h))
	}
	h.tell(chat.Event{Body: chat.Forgotten{Who: "m8"}})
	if len(h.pages) != 0 || strings.Contains(string(h.state), "m8") {
		t.Errorf("who is erased is still there: %s", h.state)
	}
}

func TestANewAddressEmptiesTheOld(t *testing.T) {
	h := newHouse(t, "UTC")
	h.plan("Portfolio | friday 19:00")
	seen := make(map[string]bool)
	for range 3 {
		h.asks("m7", "calendar feed rotate")
		only(t, h)
		for name := range h.pages {
			if seen[name] || len(name) < len("calendar/")+32+len(".ics") {
				t.Errorf("the address %q", name)
			}
			seen[name] = true
		}
	}
	h.asks("m7", "calendar feed all")
	only(t, h)
	h.asks("m7", "calendar feed off")
	if len(h.pages) != 0 {
		t.Error("it is still there")
	}
}

// Whatever people call things, the feed stays a calendar and says what they wrote.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{"Bread; soup, \\n and 🍞", "END:VEVENT", strings.Repeat("ü", 200), "a\x00b\r\nBEGIN:VEVENT", "\u202Eevil", "\xff\xfe", `";:,`, "=\t x"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, title, text, id string) {
		p := calendar(title, []event{{
			uid: "session-s1@c1.potluck", title: title, text: text, place: title, status: "CONFIRMED",
			start: monday(), changed: monday(), length: time.Hour, zone: time.UTC,
		}, {
			uid: safe(id) + "@c1.potluck", title: tidied(title, maxTitle), text: tidied(text, maxText), status: "CONFIRMED",
			start: monday(), changed: monday(), length: time.Hour, zone: zoneNamed(t, "Europe/Oslo"), rule: "FREQ=DAILY",
		}}, monday())
		events := parsed(t, string(p))
		if len(events) != 2 {
			t.Fatalf("%d events in\n%s", len(events), p)
		}
		if got := prop(t, events[1], "SUMMARY"); got != tidied(title, maxTitle) {
			t.Errorf("%q became %q", tidied(title, maxTitle), got)
		}
	})
}

func TestTheEndOfASeriesInTheFeed(t *testing.T) {
	h := newHouse(t, "America/New_York")
	s := h.plan("Hour | every day 19:00 | 30m")
	h.wait(80 * time.Hour)
	h.asks("m1", "calendar feed all")
	h.asks("m2", "session cancel "+s.ID+" all")
	e := parsed(t, only(t, h))
	if len(e) != 1 || prop(t, e[0], "STATUS") != "CONFIRMED" {
		t.Fatalf("people have met on it: %s", only(t, h))
	}
	set, err := e[0].RecurrenceSet(zoneNamed(t, "America/New_York"))
	if err != nil {
		t.Fatal(err)
	}
	if got := set.All(); len(got) != 3 || slices.ContainsFunc(got, func(at time.Time) bool { return at.After(h.now) }) {
		t.Errorf("it goes on: %v", got)
	}
	if at := recur.OnWall(wallOf(s.Start), zoneNamed(t, "America/New_York")); !set.All()[0].Equal(at) {
		t.Errorf("it began at %v", set.All()[0])
	}
}
