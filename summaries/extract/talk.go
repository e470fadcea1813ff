package extract

import (
	"cmp"
	"math"
	"slices"
)

// talk is one conversation of a room: its lines in order and what it weighs.
type talk struct {
	lines  []int
	people []int // who takes part, sorted
	terms  map[int32]int
	weight float64
}

// gather makes talks of the links and weighs them: messages, times the root of the logarithm of people, more if
// people reacted.
func (r *recap) gather() {
	for i := range r.lines {
		l := &r.lines[i]
		for len(r.talks) <= l.talk {
			r.talks = append(r.talks, talk{terms: map[int32]int{}})
		}
		t := &r.talks[l.talk]
		t.lines = append(t.lines, i)
		if at, found := slices.BinarySearch(t.people, l.author); !found {
			t.people = slices.Insert(t.people, at, l.author)
		}
		for _, term := range l.terms {
			t.terms[term]++
		}
	}
	for i := range r.talks {
		t := &r.talks[i]
		t.weight = float64(len(t.lines)) * math.Sqrt(math.Log(1+float64(len(t.people))))
		most := 0
		for _, l := range t.lines {
			most = max(most, r.lines[l].reactions)
		}
		t.weight *= 1 + 0.25*math.Log(1+float64(most))
	}
}

// What makes a talk short: it is taken as one, by its sentences.
const (
	fewLines = 40
	fewTalks = 2
	quietly  = 15 // messages; a room with fewer has said too little for ten bullets
)

// isShort tells whether there is so little that it is one talk, whatever the links say.
func (r *recap) isShort() bool {
	if len(r.lines) < quietly {
		return true
	}
	real := 0
	for _, t := range r.talks {
		if len(t.lines) >= 4 {
			real++
		}
	}
	return len(r.lines) <= fewLines && (real <= fewTalks || r.people() == 2)
}

// briefly is how many words a call has that is over before it has topics.
const briefly = 600

// isBrief tells whether a call is so short that its beginning says most, as in a chat of two.
func (r *recap) isBrief() bool {
	words := 0
	for _, l := range r.lines {
		words += len(l.tokens)
	}
	return len(r.lines) <= fewLines && words <= briefly
}

func (r *recap) people() int { return len(r.authors) }

// How one talk takes a room for itself, and how long messages are that are read like mails.
const (
	mostOf   = 0.65
	longText = 45 // words of the mean message
)

// isThread tells whether a room is all about one thing, or has mails instead of messages.
func (r *recap) isThread() bool {
	biggest := 0
	for _, t := range r.talks {
		biggest = max(biggest, len(t.lines))
	}
	return r.isMail() || float64(biggest) >= mostOf*float64(len(r.lines))
}

// isMail tells whether messages are so long that they are read like mails.
func (r *recap) isMail() bool {
	words := 0
	for _, l := range r.lines {
		words += len(l.tokens)
	}
	return r.kind != Call && words > longText*len(r.lines)
}

// share is how many bullets a talk gets.
type share struct{ talk, bullets int }

// linesPerBullet is how many messages a talk must have for each bullet after its first.
const linesPerBullet = 25

// shares gives out bullets to talks that are not to be skipped: one to each of the weightiest talks, then more to those that are big. A talk like one
// that has a bullet already counts less, since it is likely its continuation.
func (r *recap) shares(bullets int, skip map[int]bool) []share {
	type state struct {
		weight float64
		given  int
	}
	order := make([]int, 0, len(r.talks))
	for i, t := range r.talks {
		if !skip[i] && (len(t.lines) >= 2 || r.speaksAlone(t)) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.talks[b].weight, r.talks[a].weight) })
	order = order[:min(len(order), 8*bullets)] // the rest is too small
	states := make([]state, len(order))
	for i, t := range order {
		states[i].weight = r.talks[t].weight
	}
	for range bullets {
		best, top := -1, 0.0
		for i, t := range order {
			s := states[i]
			if s.given > 0 && len(r.talks[t].lines) < r.linesPerBullet*(s.given+1) {
				continue
			}
			if w := s.weight / float64(1+5*s.given); w > top {
				best, top = i, w
			}
		}
		if best < 0 {
			break
		}
		states[best].given++
		if states[best].given > 1 {
			continue
		}
		for i, t := range order {
			if states[i].given == 0 {
				states[i].weight *= 1 - 0.6*r.likeness(order[best], t)
			}
		}
	}
	var out []share
	for i, t := range order {
		if states[i].given > 0 {
			out = append(out, share{talk: t, bullets: states[i].given})
		}
	}
	return out
}

// speaksAlone tells whether a single message can stand in a recap: a link, or what many reacted to.
func (r *recap) speaksAlone(t talk) bool {
	if len(t.lines) != 1 {
		return false
	}
	l := r.lines[t.lines[0]]
	return l.reactions > 0 || l.hasLink || len(l.terms) >= 4 || l.asks && len(l.tokens) >= leastAsked && len(l.terms) >= 2
}

// likeness says, between 0 and 1, how likely two talks are parts of one: the same people, words and hours.
func (r *recap) likeness(a, b int) float64 {
	x, y := &r.talks[a], &r.talks[b]
	both := 0
	for _, p := range x.people {
		if _, found := slices.BinarySearch(y.people, p); found {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	people := float64(both) / float64(min(len(x.people), len(y.people)))
	common, least := 0, min(len(x.terms), len(y.terms))
	small, large := x.terms, y.terms
	if len(small) > len(large) {
		small, large = large, small
	}
	for t := range small {
		if large[t] > 0 {
			common++
		}
	}
	words := float64(common) / float64(max(6, least))
	gap := max(x.lines[0], y.lines[0]) - min(x.lines[len(x.lines)-1], y.lines[len(y.lines)-1])
	near := 1.0
	if gap > window {
		near = float64(window) / float64(gap)
	}
	return people * min(1, 2*words) * near
}

// label returns up to three words that set a talk apart, the most telling first.
func (r *recap) label(talkIndex int) string {
	if r.lex.lang == "zh" || r.lex.lang == "ja" {
		return "" // its terms are pairs of signs, not words
	}
	t := &r.talks[talkIndex]
	all := r.termTalks()
	type entry struct {
		term  int32
		score float64
	}
	var entries []entry
	for term, n := range t.terms {
		if n > 1 || len(t.lines) < 4 {
			entries = append(entries, entry{term, float64(n) * math.Log(float64(len(r.talks)+1)/float64(all[term]))})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.term, b.term))
	})
	label := ""
	for i, e := range entries[:min(3, len(entries))] {
		if i > 0 {
			label += " "
		}
		label += r.vocab.sample[e.term]
	}
	return label
}

// termTalks returns in how many talks each term occurs.
func (r *recap) termTalks() map[int32]int {
	if r.inTalks == nil {
		r.inTalks = map[int32]int{}
		for _, t := range r.talks {
			for term := range t.terms {
				r.inTalks[term]++
			}
		}
	}
	return r.inTalks
}
