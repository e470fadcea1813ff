package flags

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

func TestLurkersAtTheEdges(t *testing.T) {
	for _, tt := range []struct {
		of, wrote int
		by        []int // messages of each
		bad       bool
	}{
		{100, 19, nil, true},
		{100, 20, nil, false},
		{150, 29, nil, true},
		{200, 19, nil, true},
		{200, 20, nil, false},
		{100, 32, []int{20, 20, 20, 20, 20}, false},
		{100, 32, []int{21, 20, 20, 20, 19}, true},
		{100, 33, []int{90, 5, 5}, false},
		{200, 45, []int{61, 0, 0, 39}, true},
		{200, 46, []int{61, 39}, false},
		{0, 0, nil, false},
	} {
		s := State{Given: Given{At: monday(), Settled: tt.of, Wrote: tt.wrote}}
		w := Week{Start: "2026-02-09", By: make(map[chat.MemberID]int)}
		for i, n := range tt.by {
			w.By[chat.MemberID(fmt.Sprint("m", i))] = n
		}
		s.Weeks = []Week{{Start: "2026-01-26", By: map[chat.MemberID]int{"m9": 1000}}, w} // one is older than 28 days
		if got := s.lurkers(table(5)); (got.bad && got.known) != tt.bad {
			t.Errorf("%+v: %v", tt, got.bad)
		}
	}
}

func TestPitchesAtTheEdges(t *testing.T) {
	for _, tt := range []struct {
		outside    int
		by         []int
		known, bad bool
	}{
		{39, []int{39}, false, true},
		{50, []int{4}, true, false},
		{40, []int{4}, true, true},
		{100, []int{5, 1, 1, 1}, true, false},
		{100, []int{5, 1, 1, 1, 1}, true, true},
		{200, []int{5}, true, false},
		{200, []int{6}, true, true},
		{200, []int{2, 2}, true, false},
		{200, []int{2, 2, 2}, true, true},
	} {
		w := Week{Start: "2026-02-23", Outside: tt.outside, Promos: make(map[chat.MemberID]int)}
		for i, n := range tt.by {
			w.Promos[chat.MemberID(fmt.Sprint("m", i))] = n
		}
		got := State{Given: Given{At: monday()}, Weeks: []Week{w}}.pitches(table(5))
		if got.known != tt.known || got.bad != tt.bad {
			t.Errorf("%+v: %v %v", tt, got.known, got.bad)
		}
	}
}

func TestWhatIsAPitch(t *testing.T) {
	p := play(t, 5)
	for i, tt := range []struct {
		who   int
		text  string
		promo bool
	}{
		{3, "my soap #promo", true},
		{3, "the price is fine", false},
		{3, "a discount on the price!", true},
		{4, "see https://shop.ana.co.uk/1", false},
		{4, "and www.ana.co.uk", false},
		{3, "https://ana.co.uk/x", false},
		{4, "again https://ana.co.uk/3?x", true},
		{4, "https://wiki.org a https://wiki.org/2", false},
	} {
		before := 0
		for _, w := range p.read().Weeks {
			before += w.Promos[p.card(tt.who).ID]
		}
		p.says(tt.who, "r1", tt.text)
		after := 0
		for _, w := range p.read().Weeks {
			after += w.Promos[p.card(tt.who).ID]
		}
		if got := after > before; got != tt.promo {
			t.Errorf("%d %q: %v", i, tt.text, got)
		}
	}
	p.says(3, "r1", "https://ben.org/1")
	p.now = p.now.Add(siteFor + time.Second)
	p.says(4, "r1", "https://ana.co.uk/4")
	if n := len(p.read().Sites["m4"]); n != 1 {
		t.Errorf("after 60 days %d sites are known", n)
	}
	if n := len(p.read().Sites["m3"]); n != 0 {
		t.Errorf("of somebody who has fallen silent %d sites are known after 60 days", n)
	}
}

func TestBurdens(t *testing.T) {
	noon := monday().AddDate(0, 0, -13).Add(3 * time.Hour)
	answers := func(kept, broken int) (out []chat.Line) {
		for range kept {
			out = append(out, chat.Line{At: noon, Text: "answers kept"})
		}
		for range broken {
			out = append(out, chat.Line{At: noon, Text: "answers broken"})
		}
		return out
	}
	for name, tt := range map[string]struct {
		audit, promises []chat.Line
		want            int
	}{
		"six of ten":                  {slices.Concat(lines("m1", 6, noon, time.Hour), lines("m2", 4, noon, time.Hour)), nil, 0},
		"seven of ten":                {slices.Concat(lines("m1", 7, noon, time.Hour), lines("m2", 3, noon, time.Hour)), nil, 1},
		"nine in all":                 {lines("m1", 9, noon, time.Minute), nil, 0},
		"eleven days":                 {slices.Concat(lines("m1", 11, noon, day), lines("m2", 11, noon, time.Minute)), nil, 0},
		"twelve days":                 {slices.Concat(lines("m1", 12, noon, day), lines("m2", 12, noon, time.Minute)), nil, 1},
		"a quarter at night":          {slices.Concat(lines("m1", 1, noon.Add(-7*time.Hour), day), lines("m1", 3, noon, time.Minute)), nil, 0},
		"more than that":              {slices.Concat(lines("m1", 2, noon.Add(-7*time.Hour), day), lines("m1", 3, noon, time.Minute)), nil, 1},
		"one in ten late":             {nil, answers(9, 1), 1},
		"less than that":              {nil, answers(10, 1), 0},
		"a member is no moderator":    {lines("m4", 20, noon, time.Hour), nil, 0},
		"what is no moderating":       {[]chat.Line{{By: "m1", At: noon, Text: "telegram purpose: x"}}, nil, 0},
		"fifteen days ago":            {lines("m1", 12, noon.AddDate(0, 0, -3), time.Minute), nil, 0},
		"much, each day and by night": {lines("m1", 13, noon.Add(-7*time.Hour), day), nil, 3},
	} {
		at := monday()
		s := State{Audit: actionsIn(tt.audit, at)}
		s.Late, _ = lateIn(tt.promises, at)
		c := table(6)
		v := rule.Voice{Language: "en", Zone: time.UTC}
		got := s.burdens(c, v)
		if len(got) != tt.want {
			t.Errorf("%s: %d signs: %v", name, len(got), got)
		}
		for _, text := range got {
			if strings.Contains(text.Plain, "Name") {
				t.Errorf("%s: %q names somebody", name, text.Plain)
			}
		}
		if bad := s.burnout(c, at).bad; bad != (tt.want >= 2) {
			t.Errorf("%s: bad %v", name, bad)
		}
	}
}

func TestDuty(t *testing.T) {
	s := State{Duty: [][]chat.MemberID{{"m1"}, {"m2"}, {"m1"}, {"m2", "m1"}}}
	if s.mostDuty() != 3 {
		t.Errorf("most duty %d", s.mostDuty())
	}
}

func TestThePulseIsAMeanOfThree(t *testing.T) {
	p := Pulse{Energy: map[chat.MemberID]int{"m0": 2, "m1": 1, "m2": 5}, Drain: map[chat.MemberID]int{"m0": 4, "m1": 5}}
	if _, n, known := p.mean(); known || n != 2 {
		t.Errorf("two answers: %d, %v", n, known)
	}
	p.Drain["m2"] = 2 // (2+2 + 1+1 + 5+4) / 6
	if mean, n, known := p.mean(); !known || n != 3 || mean != 2.5 {
		t.Errorf("mean %v of %d, %v", mean, n, known)
	}
	s := State{Pulse: p}
	if !s.burnout(table(5), monday()).bad {
		t.Error("a mean of 2.5 is no sign")
	}
	p.Drain["m2"] = 1
	if s.burnout(table(5), monday()).bad {
		t.Error("a mean of 2.7 is a sign")
	}
}

func TestLikeness(t *testing.T) {
	// Two documents, the purpose and one message, with one word of each in common: idf is 1 for it and ln(3/2)+1 for the others.
	rare := math.Log(1.5) + 1
	want := 1 / (1 + rare*rare)
	if got := likeness("baking bread", []string{"bread tastes"}); math.Abs(got-want) > 1e-6 {
		t.Errorf("likeness %v, want %v", got, want)
	}
	if likeness("bread", []string{"bread"}) != 1 || likeness("bread", []string{"wool"}) != 0 || likeness("", []string{"x"}) != 0 {
		t.Error("the same is 1, nothing in common is 0")
	}
	down := Talk{First: []float64{.5, .5, .5, .5, .5, .5, .5, .5}, Last: []float64{.34, .1, .2}}
	if n, is := down.isDown(); !is || n != 32 {
		t.Errorf("down %d, %v", n, is)
	}
	down.Last[0] = .35
	if _, is := down.isDown(); is {
		t.Error("thirty percent are not more than thirty")
	}
}

func TestDriftNeedsTwoSigns(t *testing.T) {
	now := monday()
	low := func(n int) map[string][]Turn {
		out := make(map[string][]Turn)
		for _, id := range []string{"goals", "mess", "wins"}[:n] {
			for i := range 3 {
				out[id] = append(out[id], Turn{Tag: fmt.Sprint(i), At: now.AddDate(0, 0, -7*i-1), Who: []chat.MemberID{"m1", "m2"}})
			}
		}
		return out
	}
	still := map[chat.RoomID]Silence{"r1": {Since: now}, "r3": {Since: now.Add(-stillFor)}}
	for _, tt := range []struct {
		s   State
		bad bool
	}{
		{State{Rituals: low(2), Rooms: still}, true}, {State{Rituals: low(1), Rooms: still}, false}, {State{Rituals: low(3)}, false}, {State{Rooms: still}, false},
	} {
		if got := tt.s.drift(table(5), now); got.bad != tt.bad {
			t.Errorf("%+v: %v", tt.s, got.bad)
		}
	}
}

func FuzzSites(f *testing.F) {
	f.Add("see https://a@shop.example.co.uk:80/x?y#z and www.example.org, http://1.2.3.4")
	f.Fuzz(func(t *testing.T, text string) {
		for _, site := range sitesIn(chat.Plain(text)) {
			if site == "" || strings.ContainsAny(site, "/?#@:, ") || !strings.Contains(site, ".") || len(site) > 253 {
				t.Errorf("%q has the site %q", text, site)
			}
		}
	})
}

// BenchmarkPosted counts a message where five hundred people have written in each of five weeks.
func BenchmarkPosted(b *testing.B) {
	p := &player{t: new(testing.T), c: table(500), now: monday()}
	for range maxWeeks {
		for i := range 500 {
			p.says(i, "r1", "see https://example.org")
		}
		p.now = p.now.AddDate(0, 0, 7)
	}
	for i := 0; b.Loop(); i++ {
		p.says(i%500, "r1", "hello")
	}
}
