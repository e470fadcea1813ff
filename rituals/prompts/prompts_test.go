package prompts

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

func words(text string) []string { return strings.Fields(text) }

func (w *world) prompt(text string) {
	w.t.Helper()
	w.commands("mia", chat.Moderator, false, chat.Asked{Command: commandPrompt, Alias: commandPrompt, Args: words(text), Text: chat.Plain(text)})
}

// Over a year in four zones, with people who write now and then: the room is asked by day only, after six hours of silence, at
// most once a day, never in quiet weeks, and no question comes again within 90 days.
func TestAYearOfQuestions(t *testing.T) {
	for _, zone := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "UTC"} {
		w := newWorld(t, zone)
		w.c.Settings[rule.QuietSetting] = "2026-03-20..2026-04-10, 2026-10-24..2026-10-26"
		w.prompt("on")
		random := rand.New(rand.NewPCG(7, 7))
		var written []time.Time
		end := w.now.AddDate(1, 0, 0)
		for w.now.Before(end) {
			w.waits(time.Duration(random.IntN(40*60))*time.Minute, time.Duration(random.IntN(30))*time.Minute)
			w.writes("ana", "hello", nil)
			written = append(written, w.now)
		}
		if len(w.asked) < 100 {
			t.Errorf("%s: asked %d times in a year", zone, len(w.asked))
		}
		last := make(map[string]time.Time)
		days := make(map[string]bool)
		for i, at := range w.asked {
			local := at.In(w.c.Zone())
			if local.Hour() < firstHour || local.Hour() >= lastHour || rule.Quiet(w.c, at) {
				t.Errorf("%s: asked at %s", zone, local)
			}
			if day := local.Format(time.DateOnly); days[day] {
				t.Errorf("%s: asked twice on %s", zone, day)
			} else {
				days[day] = true
			}
			for _, wrote := range written {
				if wrote.Before(at) && at.Sub(wrote) < still {
					t.Errorf("%s: asked at %s, though somebody wrote at %s", zone, at, wrote)
				}
			}
			if before, ok := last[w.texts[i]]; ok && at.Sub(before) < noRepeat {
				t.Errorf("%s: %q at %s and %s", zone, w.texts[i], before, at)
			}
			last[w.texts[i]] = at
		}
	}
}

// With nobody there the house asks ever less often, at last once a week.
func TestQuestionsThatNobodyTakesUp(t *testing.T) {
	w := newWorld(t, "UTC")
	w.prompt("on")
	w.waits(60*24*time.Hour, 0)
	var gaps []int
	for i := 1; i < len(w.asked); i++ {
		gaps = append(gaps, int(w.asked[i].Truncate(24*time.Hour).Sub(w.asked[i-1].Truncate(24*time.Hour)).Hours()/24))
	}
	for i, want := range []int{1, 2, 4, 7, 7, 7} {
		if i >= len(gaps) || gaps[i] != want {
			t.Fatalf("days between questions: %v", gaps)
		}
	}
}

func TestAQuestionThatIsTooLate(t *testing.T) {
	for late, asked := range map[time.Duration]int{time.Hour: 1, 3 * time.Hour: 0} {
		w := newWorld(t, "UTC")
		w.now = time.Date(2026, 1, 7, 6, 0, 0, 0, time.UTC)
		w.prompt("on")
		w.waits(4*time.Hour, 0)
		w.waits(8*time.Hour, late) // it is due at noon
		if len(w.asked) != asked {
			t.Errorf("%s late: asked %d times", late, len(w.asked))
		}
	}
}

// A ritual that has just been opened is enough: no question comes on top of it.
func TestNoQuestionOnTopOfARitual(t *testing.T) {
	w := newWorld(t, "UTC")
	w.prompt("on")
	w.waits(5*time.Hour, 0)
	e := w.by("ana")
	e.Body, e.Tag, e.By, e.Member = chat.Sent{Of: "send"}, "ritual:goals:1", chat.Person{}, ""
	w.happen(e)
	w.waits(5*time.Hour, 0)
	if len(w.asked) != 0 {
		t.Errorf("asked at %v", w.asked)
	}
	w.waits(24*time.Hour, 0)
	if len(w.asked) != 1 {
		t.Errorf("asked %d times the next day", len(w.asked))
	}
}

func TestOnlyTheHouseSaysThatItIsDue(t *testing.T) {
	w := newWorld(t, "UTC")
	w.commands("mia", chat.Organiser, false, chat.Asked{Command: commandDue, Chosen: true, Args: []string{"r1"}})
	if len(w.asked) != 0 {
		t.Error("a member's word asks the room")
	}
}

// Another rule asks for the two weeks of constraints, as the house.
func TestTheHouseAsksForConstraints(t *testing.T) {
	w := newWorld(t, "UTC")
	w.happen(chat.Event{
		By: chat.Person{Identity: chat.House()}, Level: chat.Organiser, Body: chat.Asked{Command: commandPrompt, Args: []string{"boost"}},
	})
	w.waits(20*24*time.Hour, 0)
	if len(w.asked) != 4 {
		t.Fatalf("asked %d times: %v", len(w.asked), w.asked)
	}
	for i, at := range w.asked {
		if day := at.Weekday(); day != time.Tuesday && day != time.Thursday {
			t.Errorf("asked on %s", day)
		}
		found := false
		for _, q := range (Pool{}).all(tagConstrained) {
			found = found || strings.HasSuffix(w.texts[i], q.in(rule.Voice{Language: "en", Prefix: "/", Zone: time.UTC}))
		}
		if !found {
			t.Errorf("%q has no constraint", w.texts[i])
		}
	}
}

func TestThePoolIsLargeEnough(t *testing.T) {
	seen := make(map[string]bool)
	v := rule.Voice{Language: "en", Prefix: "/", Zone: time.UTC}
	all := (Pool{}).all("")
	for _, q := range all {
		text := q.in(v)
		if seen[text] || strings.HasPrefix(text, "prompt.") || len([]rune(text)) > maxText || q.tag == "" {
			t.Errorf("%s: %q", q.id, text)
		}
		seen[text] = true
	}
	if len(all) < 91 { // one a day for 90 days, and none twice
		t.Errorf("%d questions", len(all))
	}
}

func TestTheCommunitysOwnAreKeptWithinBounds(t *testing.T) {
	w := newWorld(t, "UTC")
	for i := range maxOwn + 5 {
		w.prompt("add What number " + strings.Repeat("x", i+1) + "?")
	}
	w.prompt("add " + strings.Repeat("long ", 2000))
	w.prompt("add")
	w.prompt("remove 0")
	w.prompt("remove 9999999999999999999999")
	if n := strings.Count(string(w.states["prompts c1"]), `"text"`); n != maxOwn {
		t.Errorf("%d of their own", n)
	}
}

func FuzzOwn(f *testing.F) {
	f.Add("#craft What did you bake?")
	f.Add("@everyone \u202e look \x00 here\n\n\u2066@here")
	f.Fuzz(func(t *testing.T, text string) {
		o, problem := parseOwn(text)
		if (problem == "") != (o.Text != "") {
			t.Fatalf("%q: %q, %q", text, o.Text, problem)
		}
		if len([]rune(o.Text)) > maxText || len([]rune(o.Tag)) > maxTag {
			t.Errorf("%q is kept as %q, %q", text, o.Tag, o.Text)
		}
		for i, r := range o.Text {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '@' && !strings.HasPrefix(o.Text[i+1:], "\u2060") {
				t.Errorf("%q is kept as %q", text, o.Text)
			}
		}
	})
}
