package flags

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

const (
	// stillRoomsShare is the share of rooms that nobody has written in for 30 days.
	stillRoomsShare = 30
	// The week's talk is compared with the purpose: with the median of the first weeks, and down for some weeks running.
	firstWeeks = 8
	downWeeks  = 3
	downTo     = 0.7
	// A ritual has gone down with fewer than three people three times running.
	fewTurns = 3
	// A week with fewer messages is not compared.
	enoughTalk = 20
	maxTerms   = 5000
)

// Talk is how near each week's talk was to what the community is for, from 0 to 1: the first weeks', and the last ones'.
type Talk struct {
	First []float64 `json:"first,omitempty"`
	Last  []float64 `json:"last,omitempty"`
}

// with adds a week.
func (t Talk) with(c chat.Community, lines []chat.Line) Talk {
	var texts []string
	for _, l := range lines {
		card, ok := c.Members.ByID(l.By)
		if ok && card.Settings["metrics"] != "off" && l.Text != "" {
			texts = append(texts, l.Text)
		}
	}
	about := purpose(c)
	if len(texts) < enoughTalk || about == "" {
		return t
	}
	near := likeness(about, texts)
	if len(t.First) < firstWeeks {
		t.First = append(slices.Clone(t.First), near)
		return t
	}
	t.Last = append(slices.Clone(t.Last), near)
	t.Last = t.Last[max(0, len(t.Last)-downWeeks):]
	return t
}

// isDown tells whether the talk has moved away for three weeks, and by how much at least, in percent.
func (t Talk) isDown() (percent int, down bool) {
	if len(t.First) < firstWeeks || len(t.Last) < downWeeks {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(t.First))
	base := (sorted[(firstWeeks-1)/2] + sorted[firstWeeks/2]) / 2
	if base <= 0 {
		return 0, false
	}
	best := slices.Max(t.Last)
	return int(math.Round(100 * (1 - best/base))), best < downTo*base
}

// purpose is what the community says of itself: its purpose, what members can count on, and its rituals.
func purpose(c chat.Community) string {
	return strings.TrimSpace(strings.Join([]string{c.Setting("purpose", ""), c.Setting("promises", ""), c.Setting("schedule", "")}, "\n"))
}

// terms are the words of a text, in lower case, without the shortest.
func terms(text string) map[string]float64 {
	out := make(map[string]float64)
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len([]rune(w)) > 2 && len(out) < maxTerms {
			out[w]++
		}
	}
	return out
}

// likeness is the cosine between what is said about a community and what is said in it, each word counted by how often it
// comes and weighted by how rare it is among the messages.
func likeness(about string, texts []string) float64 {
	reference, said := terms(about), make(map[string]float64)
	in := make(map[string]float64)
	for w := range reference {
		in[w]++
	}
	for _, text := range texts {
		for w, n := range terms(text) {
			if _, known := said[w]; known || len(said) < maxTerms {
				said[w] += n
				in[w]++
			}
		}
	}
	docs := float64(len(texts) + 1)
	weigh := func(w string, n float64) float64 { return n * (math.Log((1+docs)/(1+in[w])) + 1) }
	dot, a, b := 0.0, 0.0, 0.0
	for _, w := range slices.SortedFunc(keys(reference), cmp.Compare) { // in order, for sums of fractions depend on it
		x := weigh(w, reference[w])
		a += x * x
		if n := said[w]; n > 0 {
			dot += x * weigh(w, n)
		}
	}
	for _, w := range slices.SortedFunc(keys(said), cmp.Compare) {
		y := weigh(w, said[w])
		b += y * y
	}
	if a == 0 || b == 0 {
		return 0
	}
	return math.Round(1e6*dot/math.Sqrt(a*b)) / 1e6
}

func keys(m map[string]float64) func(func(string) bool) {
	return func(yield func(string) bool) {
		for w := range m {
			if !yield(w) {
				return
			}
		}
	}
}

// drift: two signs that the community is not any more what it says that it is.
func (s State) drift(c chat.Community, now time.Time) sighting {
	still := Share{}
	for _, room := range talkRooms(c) {
		still.Of++
		if x := s.Rooms[room.ID]; !isSpared(room) && !x.Since.IsZero() && now.Sub(x.Since) >= stillFor {
			still.N++
		}
	}
	percent, down := s.Talk.isDown()
	low := s.lowRituals(now)
	signs := func(v rule.Voice) []chat.Text {
		var out []chat.Text
		if still.Of > 0 && 100*still.N >= stillRoomsShare*still.Of {
			out = append(out, v.Say("flag.drift.rooms", "percent", still.percent(), "limit", stillRoomsShare))
		}
		if down {
			out = append(out, v.Say("flag.drift.talk", "percent", percent, "limit", 30))
		}
		if low >= 2 {
			out = append(out, v.Say("flag.drift.rituals", "n", low, "few", maxWho))
		}
		return out
	}
	n := len(signs(rule.Voice{Language: "en", Zone: time.UTC}))
	return sighting{
		name: drift, known: true, bad: n >= 2,
		write: func(v rule.Voice) chat.Text { return joined(signs(v)) },
		fixes: func(v rule.Voice) []chat.Choice {
			return []chat.Choice{
				choice(v, v.Say("flag.choice.purpose"), "purpose"), choice(v, v.Say("flag.choice.promises"), "promises"),
				choice(v, v.Say("flag.choice.rituals"), "rituals"),
			}
		},
	}
}

// lowRituals counts which of the three rituals of the week had fewer than three people three times running.
func (s State) lowRituals(now time.Time) int {
	low := 0
	for _, id := range []string{"goals", "mess", "wins"} {
		var over []Turn
		for _, t := range s.Rituals[id] {
			if now.Sub(t.At) >= day {
				over = append(over, t)
			}
		}
		over = over[max(0, len(over)-fewTurns):]
		if len(over) == fewTurns && !slices.ContainsFunc(over, func(t Turn) bool { return len(t.Who) >= maxWho }) {
			low++
		}
	}
	return low
}

func platformOf(v rule.Voice, p chat.Platform) string { return say.Platform(v.Language, p) }
