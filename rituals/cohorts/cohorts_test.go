package cohorts

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// has tells whether one of the lines begins with a day and hour and has some words.
func has(lines []string, when, words string) bool {
	for _, l := range lines {
		if strings.HasPrefix(l, when) && strings.Contains(l, words) {
			return true
		}
	}
	return false
}

// A cohort of six weeks has its milestones at ten on the clocks of the community, also when these change, each once.
func TestSixWeeks(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", at(t, "2026-03-16T12:00:00Z"), 9)
	w.cohort(`"Portfolio" weeks=6 size=3..8 goal=three pieces`, 3)
	w.until(at(t, "2026-03-22T12:00:00Z"))
	if got := w.says("m5", false, "cohort join portfolio"); !strings.Contains(got, "has begun") {
		t.Errorf("in the first week: %s", got)
	}
	w.until(at(t, "2026-03-23T09:00:00Z"))
	if got := w.says("m6", false, "cohort join portfolio"); !strings.Contains(got, "joining is closed") {
		t.Errorf("in the second week: %s", got)
	}
	w.until(at(t, "2026-06-01T12:00:00Z"))
	for when, words := range map[string]string{
		"03-16 12:00": "Week 1 of 6", "03-23 09:00": "Week 2 of 6", "03-30 08:00": "Week 3 of 6", "04-06 08:00": "Week 4 of 6",
		"04-07 08:00": "Halfway", "04-13 08:00": "Week 5 of 6", "04-20 08:00": "Week 6 of 6", "04-24 08:00": "The last days", "04-27 08:00": "has finished",
	} {
		if !has(w.brought, when, words) {
			t.Errorf("%s: no %q in\n%s", when, words, strings.Join(w.brought, "\n"))
		}
	}
	if len(w.brought) != 9 || len(w.kept().Cohorts) != 0 || !w.timer.IsZero() {
		t.Errorf("%d things were said, %+v, %v", len(w.brought), w.kept(), w.timer)
	}
}

// In quiet weeks milestones are passed over and the end waits; what is too late is not said in a burst.
func TestQuietAndLate(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-16T12:00:00Z"), 5)
	w.c.Settings[rule.QuietSetting] = "2026-03-30..2026-04-05,2026-04-13..2026-04-14"
	w.cohort(`"Portfolio" weeks=4 size=2 goal=x`, 2)
	w.until(at(t, "2026-03-20T12:00:00Z"))
	w.now = at(t, "2026-03-25T12:00:00Z") // the house stood still when the second week began
	w.ring()
	logged := 0
	for _, x := range w.out {
		if r, ok := x.(chat.Record); ok && r.Log == logRhythm {
			logged++
		}
	}
	w.until(at(t, "2026-05-01T12:00:00Z"))
	if logged != 1 || has(w.brought, "", "Week 2") || has(w.brought, "", "Week 3") || !has(w.brought, "04-06 10:00", "Week 4") || !has(w.brought, "04-15 10:00", "finished") {
		t.Errorf("%d lines\n%s", logged, strings.Join(w.brought, "\n"))
	}
}

// It goes on for another week only if more people want that, and never for longer than was said.
func TestOneMoreWeek(t *testing.T) {
	for votes, want := range map[string]int{"": 2, "longer": 3, "longer finish": 2, "longer longer finish": 3} {
		w := newWorld(t, "UTC", at(t, "2026-03-16T12:00:00Z"), 9)
		w.cohort(`"Portfolio" weeks=2..3 size=3 goal=x`, 3)
		for _, day := range []string{"2026-03-27T12:00:00Z", "2026-04-03T12:00:00Z"} {
			w.until(at(t, day))
			for i, vote := range strings.Fields(votes) {
				w.says(chat.MemberID(fmt.Sprint("m", i+1)), true, "cohortset "+vote+" 1")
			}
		}
		w.until(at(t, "2026-05-01T12:00:00Z"))
		if !has(w.brought, "", fmt.Sprint("has finished. Weeks: ", want)) || len(w.kept().Cohorts) != 0 {
			t.Errorf("%q:\n%s", votes, strings.Join(w.brought, "\n"))
		}
	}
}

func TestWhatIsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		`"Portfolio sprint" weeks=6..8 size=6..12 goal=three pieces = done`: "Portfolio sprint|6 8|6 12|three pieces = done",
		`Portfolio sprint goal="x y" weeks = 6`:                             "Portfolio sprint|6 6|6 12|x y",
		`„Brot“ size=3 goal=x`:                                              "Brot|6 6|3 3|x",
		`x`:                                                                 "cohort.new.name", ``: "cohort.new.name", `weeks=6 goal=x`: "cohort.new.name", `Bread`: "cohort.new.goal",
		`Bread weeks=0 goal=x`: "cohort.new.weeks", `Bread weeks=8..6 goal=x`: "cohort.new.weeks", `Bread weeks=13 goal=x`: "cohort.new.weeks",
		`Bread size=1 goal=x`: "cohort.new.size", `Bread size=3..99 goal=x`: "cohort.new.size", `Bread size=a..b goal=x`: "cohort.new.size",
	} {
		d, problem := read(typed)
		got := problem
		if got == "" {
			got = fmt.Sprintf("%s|%d %d|%d %d|%s", d.name, d.weeks, d.most, d.low, d.high, d.goal)
		}
		if got != want {
			t.Errorf("%s: %s", typed, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`"Portfolio sprint" weeks=6..8 size=6..12 goal=three pieces`)
	f.Add("\u202eweeks=goal=size=")
	f.Fuzz(func(t *testing.T, typed string) {
		d, problem := read(typed)
		if len([]rune(d.name)) > maxName || len([]rune(d.goal)) > maxGoal || strings.ContainsAny(d.name+d.goal, "\u202e\n\x00") {
			t.Errorf("%q: %+v", typed, d)
		}
		if problem == "" && (d.weeks < 2 || d.most > 12 || d.low < 2 || d.high > 30 || d.high < d.low || d.goal == "") {
			t.Errorf("%q: %+v", typed, d)
		}
	})
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-16T12:00:00Z"), 9)
	w.card("m7").Level = chat.Moderator
	w.card("m8").Settings["sanction"] = "ban"
	w.cohort(`"Bread" size=2..3 goal=x`, 3)
	for line, want := range map[string]string{
		"cohort new Soup goal=x": "by moderators", "cohort end Bread": "can end it", "cohortset end 1": "can end it", "cohort join bread": "taken", "cohortset in 1": "taken",
		"cohortset begin 1": "settled", "cohortset fine 1": "settled", "cohortset longer 1": "settled", "cohortset in 9": "settled", "cohortset": "settled",
		"cohort leave": "in no cohort", "cohort fly": "works on one thing", "cohort join soup": "Which cohort",
	} {
		if got := w.says("m4", false, line); !strings.Contains(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := w.says("m7", false, "cohortset end 1"); !strings.Contains(got, "can end it") {
		t.Errorf("a moderator who has not begun it: %s", got)
	}
	w.says("m7", false, "cohort new Soup size=2 goal=x")
	if got := w.says("m8", false, "cohort join Soup"); !strings.Contains(got, "while a decision about you holds") {
		t.Error(got)
	}
	if got := w.says("m0", false, "cohortset end 1"); !strings.Contains(got, "is over") {
		t.Error(got)
	}
	if got := w.says("m0", false, "cohortset end 1"); !strings.Contains(got, "settled") {
		t.Errorf("a second press: %s", got)
	}
}

// Two accounts of one person have one place; of who is erased nothing is left, what they have made among it.
func TestOnePersonAndNobody(t *testing.T) {
	w := newWorld(t, "UTC", at(t, "2026-03-16T12:00:00Z"), 5)
	w.cohort(`"Bread" weeks=2 size=3..4 goal=x`, 4)
	w.until(at(t, "2026-03-28T12:00:00Z"))
	w.tell(chat.Event{Member: "m2", ReplyTo: &chat.Message{Tag: "cohortlast:1"}, Message: &chat.Message{ID: "7"}, Body: chat.Posted{Text: chat.Plain("a secret")}})
	w.tell(chat.Event{Body: chat.Claimed{Kept: "m1", Gone: "m3"}})
	if co := w.kept().Cohorts[0]; len(co.People) != 3 || len(co.Works) != 1 || co.Works[0].Text != "a secret" {
		t.Fatalf("%+v", co)
	}
	w.tell(chat.Event{Body: chat.Forgotten{Who: "m2", Identities: w.card("m2").Identities}})
	if strings.Contains(string(w.state), "m2") || strings.Contains(string(w.state), "secret") {
		t.Errorf("what is left of who is erased: %s", w.state)
	}
}

// Whatever happens, no cohort has more than it takes, nobody is in it twice, and the timer comes to rest.
func TestAnythingGoes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := newWorld(t, "America/New_York", at(t, "2026-03-01T12:00:00Z"), 12)
	w.card("m0").Level, w.card("m1").Level = chat.Organiser, chat.Moderator
	lines := []string{
		"cohort new Aa weeks=2..4 size=2..4 goal=x", "cohort new Bb weeks=3 size=5 goal=x", "cohort join Aa", "cohort join Bb", "cohort join", "cohort leave", "cohort leave Aa",
		"cohort", "cohort end", "cohortset end 2", "cohortset longer 1", "cohortset longer 3", "cohortset fine 2", "cohortset begin 2", "cohortset wait 2", "cohortset off 3",
	}
	begun := 0
	for range 3000 {
		w.says(chat.MemberID(fmt.Sprint("m", r.IntN(12))), r.IntN(2) == 0, lines[r.IntN(len(lines))])
		if r.IntN(3) == 0 {
			w.until(w.now.Add(time.Duration(r.IntN(60)) * time.Hour))
		}
		for _, co := range w.kept().Cohorts {
			seen := make(map[chat.MemberID]bool)
			if !co.Since.IsZero() {
				begun++
			}
			if len(co.People) > co.Max || co.Weeks > co.Longest {
				t.Fatalf("%+v", co)
			}
			for _, p := range co.People {
				if seen[p.Who] || len(p.Box) > maxBox {
					t.Fatalf("%s: %+v", p.Who, co)
				}
				seen[p.Who] = true
			}
		}
	}
	if begun < 300 {
		t.Errorf("cohorts had begun only %d times", begun)
	}
}
