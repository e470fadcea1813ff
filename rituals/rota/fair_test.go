package rota

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/core/chat"
)

// share is what a volunteer has had, and what would have been fair: for each turn that they could have had, one divided by
// how many could.
type share struct{ had, fair float64 }

// year plays a year of one role, with volunteers who say no, pause, leave and come, and returns the largest distance from fair
// that there ever was.
func year(t *testing.T, seed uint64, role string, busy bool) (worst float64) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	n := 3 + random.IntN(10)
	w := newWorld(t, "Europe/Oslo", n)
	zone := w.c.Zone()
	shares := make(map[chat.MemberID]*share)
	for i, card := range w.folk {
		if i < 2 || random.IntN(3) > 0 {
			w.says(card.ID, "rota volunteer "+role)
			shares[card.ID] = &share{}
		}
	}
	monday := time.Date(2026, 1, 12, 9, 0, 0, 0, zone)
	for week := range 52 {
		at := monday.AddDate(0, 0, 7*week)
		w.waits(at.AddDate(0, 0, -4), 0) // Thursday: life happens
		for _, card := range w.folk {
			if !busy {
				break
			}
			switch id := card.ID; {
			case id == w.onDuty(role): // what happens in the middle of a turn has a test of its own
			case random.IntN(12) == 0 && shares[id] != nil && len(shares) > 2:
				w.says(id, "rota leave "+role)
				delete(shares, id)
			case random.IntN(10) == 0 && shares[id] == nil && card.Settings["paused"] == "":
				w.says(id, "rota volunteer "+role)
				shares[id] = &share{}
			case random.IntN(6) == 0:
				paused := map[string]string{"on": "", "": "on"}[card.Settings["paused"]]
				w.card(id).Settings["paused"] = paused
				w.says(id, "pause")
			}
		}
		said := make(map[chat.MemberID]bool)
		answers(w, role, random, said, busy) // what is left of the turn that runs
		w.waits(at.Add(-47*time.Hour), 0)
		answers(w, role, random, said, busy)
		w.waits(at.Add(time.Minute), 0)
		who := w.onDuty(role)
		var could []chat.MemberID
		for _, card := range w.folk {
			if shares[card.ID] != nil && card.Settings["paused"] == "" && !said[card.ID] {
				could = append(could, card.ID)
			}
		}
		if who == "" && len(could) > 0 && role != roleModerator {
			t.Fatalf("seed %d, week %d: nobody has it, but %v could", seed, week, could)
		}
		if who == "" {
			continue
		}
		if shares[who] == nil || w.card(who).Settings["paused"] == "on" || said[who] {
			t.Fatalf("seed %d, week %d: %s has it, who could not", seed, week, who)
		}
		for _, id := range could {
			shares[id].fair += 1 / float64(len(could))
		}
		shares[who].had++
		for _, s := range shares {
			worst = max(worst, math.Abs(s.had-s.fair))
		}
	}
	return worst
}

// answers lets everybody who is asked answer: a no to every fourth question, and to all for a turn that has begun already.
func answers(w *world, role string, random *rand.Rand, said map[chat.MemberID]bool, busy bool) {
	for asked := 1; asked > 0; {
		asked = 0
		for _, card := range w.folk {
			no, next := busy && random.IntN(4) == 0, w.kept().Roles[role].Next.Asked == card.ID
			if !w.presses(card.ID, map[bool]int{true: 1, false: 0}[no || !next]) {
				continue
			}
			asked++
			if no && next {
				said[card.ID] = true
			}
		}
	}
}

// Who is away cannot be owed anything by those who are here, so when few are here somebody can be asked who has had a little
// more than their share; nobody who decides from week to week could avoid that. It stays below one turn and a half, and nearly
// always below one.
func TestAYearOfTurnsIsFair(t *testing.T) {
	var years []float64
	for seed := range uint64(12) {
		years = append(years, year(t, seed, roleGreeter, true))
	}
	slices.Sort(years)
	if worst := years[len(years)-1]; worst > 1.5 {
		t.Errorf("somebody had %.2f turns more or less than fair", worst)
	}
	if median := years[len(years)/2]; median > 1 {
		t.Errorf("in every other year somebody had %.2f turns more or less than fair", median)
	}
}

// Where nobody is away, says no or leaves, nobody ever has a whole turn more or less than fair.
func TestASteadyYearOfTurnsIsFair(t *testing.T) {
	for seed := range uint64(3) {
		if worst := year(t, seed, roleCurator, false); worst > 1 {
			t.Errorf("seed %d: somebody had %.2f turns more or less than fair", seed, worst)
		}
	}
}

// In whatever year, no moderator is on duty for more than two weeks of four while another could be.
func TestModeratorsRest(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(t, "Europe/Oslo", 2+random.IntN(4))
		for _, card := range w.folk {
			w.says(card.ID, "rota volunteer moderator")
		}
		monday := time.Date(2026, 1, 12, 9, 0, 0, 0, w.c.Zone())
		var weeks []chat.MemberID
		for week := range 30 {
			at := monday.AddDate(0, 0, 7*week)
			w.waits(at.Add(-47*time.Hour), 0)
			answers(w, roleModerator, random, make(map[chat.MemberID]bool), true)
			w.waits(at.Add(time.Minute), 0)
			weeks = append(weeks, w.onDuty(roleModerator))
			times := 0
			for _, who := range weeks[max(0, len(weeks)-4):] {
				if who == weeks[week] && who != "" {
					times++
				}
			}
			if times > 2 {
				t.Errorf("seed %d, week %d: %s is on duty for the %d. time in four weeks: %v", seed, week, weeks[week], times, weeks)
			}
		}
	}
}
