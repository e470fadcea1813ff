package extract

import (
	"math"
	"slices"
)

// How far back a line may answer, and how much a talk remembers of its words.
const (
	window   = 60
	memory   = 40
	minute   = 60
	hasty    = 2 * minute  // a person goes on with what he said
	ownLimit = 6 * minute  // a person still talks of what he said
	quiet    = 20 * minute // a pause that may end a talk, if it is long for this room
)

// linker remembers what is needed to tell which line answers which.
type linker struct {
	*recap
	rarity   []float64     // by term
	last     []int         // by author: his last line, or -1
	recent   [][]int       // by talk: its last lines
	answered []bool        // by line: somebody else has answered it
	seen     map[int32]int // by term: the last line that has it
	margin   []float64     // by line: how much better than "new" the link is
	fresh    []float64     // by line: the score of "new"
	closed   []int         // by talk: the line with which it ended, or -1
}

// link decides for each line which one it answers. An explicit reply is believed; else each of the last lines, and
// "none, it is new", get a score, a sum of hand-set weights in the manner of log odds, and the highest wins.
func (r *recap) link() {
	r.unit = r.haste()
	k := newLinker(r)
	for i := range r.lines {
		to := r.lines[i].replyTo
		if to < 0 || to >= i {
			to = k.best(i)
		} else {
			r.lines[i].sure = 5
		}
		k.keep(i, to)
	}
	k.cut()
}

func newLinker(r *recap) *linker {
	k := &linker{
		recap: r, rarity: make([]float64, len(r.vocab.sample)), last: slices.Repeat([]int{-1}, len(r.authors)), answered: make([]bool, len(r.lines)),
		seen: map[int32]int{}, margin: make([]float64, len(r.lines)), fresh: make([]float64, len(r.lines)),
	}
	in := make([]int, len(r.vocab.sample)) // by term: in how many lines it comes
	for _, l := range r.lines {
		for _, t := range l.terms {
			in[t]++
		}
	}
	for t, n := range in {
		k.rarity[t] = math.Log(float64(len(r.lines)+1) / float64(max(1, n)))
	}
	return k
}

// haste returns the median pause in seconds, at least a minute and at most an hour.
func (r *recap) haste() int64 {
	var gaps []int64
	for i := 1; i < len(r.lines); i++ {
		if a, b := r.lines[i-1].at, r.lines[i].at; a != 0 && b >= a {
			gaps = append(gaps, b-a)
		}
	}
	if len(gaps) == 0 {
		return minute
	}
	slices.Sort(gaps)
	return min(max(gaps[len(gaps)/2], minute), 60*minute)
}

// keep stores that line i answers to, or is new if to is negative.
func (k *linker) keep(i, to int) {
	l := &k.lines[i]
	l.answers = to
	if to < 0 {
		l.talk = len(k.recent)
		k.recent = append(k.recent, nil)
		k.closed = append(k.closed, -1)
	} else {
		l.talk = k.lines[to].talk
		if k.lines[to].author != l.author {
			k.answered[to] = true
		}
	}
	k.recent[l.talk] = append(k.recent[l.talk], i)
	if n := len(k.recent[l.talk]); n > memory {
		k.recent[l.talk] = k.recent[l.talk][n-memory:]
	}
	k.last[l.author] = i
	for _, t := range l.terms {
		k.seen[t] = i
	}
	if to >= 0 && k.ends(l) {
		k.closed[l.talk] = i
	}
}

// ends tells whether a line thanks, or says that it works now: then its talk is likely over.
func (k *linker) ends(l *line) bool {
	if l.asks || len(l.tokens) > 12 {
		return false
	}
	return slices.ContainsFunc(l.tokens, func(t token) bool { return has(k.lex.thank, t.word) }) || k.isDone(l.text, l.tokens)
}

// novelty is the share of a line's terms that none of the last lines has; 0 if it has too few to tell.
func (k *linker) novelty(i int) float64 {
	l := &k.lines[i]
	if len(l.terms) < 3 {
		return 0
	}
	n := 0
	for _, t := range l.terms {
		if at, known := k.seen[t]; !known || at < i-window {
			n++
		}
	}
	return float64(n) / float64(len(l.terms))
}

// best returns the line that line i most likely answers, or -1, and notes how sure that is.
func (k *linker) best(i int) int {
	to, top := -1, k.isNew(i)
	k.fresh[i] = top
	talk, second := -1, math.Inf(-1) // the best of another talk
	whole := map[int]float64{}       // by talk: what line i has in common with it
	for c := i - 1; c >= 0 && c >= i-window; c-- {
		s := k.score(i, c, whole)
		in := k.lines[c].talk
		switch {
		case s > top:
			if in != talk {
				second = top
			}
			to, top, talk = c, s, in
		case in != talk:
			second = max(second, s)
		}
	}
	k.margin[i] = top - k.fresh[i]
	k.lines[i].sure = min(top-second, 5)
	return to
}

// minutes returns how much time lies between two lines, in the room's own measure.
func (k *linker) minutes(c, i int) float64 {
	a, b := k.lines[c].at, k.lines[i].at
	if a == 0 || b == 0 || b < a {
		return float64(i-c) / 3
	}
	return float64(b-a) / float64(k.unit)
}

// seconds returns how many seconds lie between two lines; without times a line takes 20.
func (k *linker) seconds(c, i int) int64 {
	a, b := k.lines[c].at, k.lines[i].at
	if a == 0 || b == 0 || b < a {
		return int64(i-c) * 20
	}
	return b - a
}

// isNew scores that line i opens a conversation.
func (k *linker) isNew(i int) float64 {
	l := &k.lines[i]
	s := 0.2 - 0.5*max(0, 1-4*k.called) + k.opens(i)
	if len(l.to) > 0 {
		s -= 2.5
	}
	if l.strange {
		s -= 0.5
	}
	own := k.last[l.author]
	switch {
	case own < 0 && i > window/2:
		s += 1.3 // a newcomer seldom joins in
	case own < 0:
		s += 0.5
	case i-own > 30 || k.seconds(own, i) > 15*k.unit:
		s += 0.7
	}
	if k.wasCalled(i) {
		s -= 1.5
	}
	if i > 0 && k.lines[i].at != 0 && k.lines[i-1].at != 0 {
		if gap := k.seconds(i-1, i); gap > quiet && gap > 8*k.unit {
			s += 1.5
		}
	}
	if k.isPair(i) {
		s -= 2.5
	}
	return s
}

// opens scores that the words of a line open a conversation: questions, greetings and troubles do, answers and
// questions about "that" do not.
func (k *linker) opens(i int) float64 {
	l := &k.lines[i]
	n := len(l.tokens)
	if n == 0 {
		return -1
	}
	s := 0.0
	switch first := l.tokens[0].word; {
	case has(k.lex.hails, first):
		s++
	case has(k.lex.acks, first), k.assents(l), k.isDecision(l.text, l.tokens):
		s -= 1.4
	case has(k.lex.they, first):
		s -= 0.7
	}
	switch {
	case n < 4:
		s--
	case n >= 7 && l.asks:
		s += 1.3 * k.novelty(i)
	case n >= 7:
		s += k.novelty(i)
	}
	if len(l.to) == 0 && k.isWoe(l) {
		s += 0.5
	}
	if !l.asks {
		return s
	}
	if n >= leastAsked {
		s += 1.1
	}
	if n <= 15 && shareOf(l.tokens[1:], k.lex.they) > 0 {
		s -= 0.7 // "is that allowed?" asks about what was said
	}
	if n <= 15 && !has(k.lex.hails, l.tokens[0].word) && shareOf(l.tokens, k.lex.you) > 0 {
		s -= 0.5 // "did you try …?" does, too
	}
	return s
}

// isWoe tells whether a line has a word with which people bring something up.
func (k *linker) isWoe(l *line) bool {
	return slices.ContainsFunc(l.tokens[:min(len(l.tokens), 25)], func(t token) bool { return has(k.lex.woes, t.word) })
}

// wasCalled tells whether somebody has addressed the author since he last spoke.
func (k *linker) wasCalled(i int) bool {
	a := k.lines[i].author
	for c := i - 1; c >= 0 && c >= i-window && c > k.last[a]; c-- {
		if slices.Contains(k.lines[c].to, a) && k.expects(c) {
			return true
		}
	}
	return false
}

// expects tells whether a line leaves something to be said: "great, thanks" does not.
func (k *linker) expects(c int) bool {
	m := &k.lines[c]
	return m.asks || !k.ends(m) && (len(m.tokens) > 9 || !startsWith(m.tokens[min(len(m.to), len(m.tokens)):], k.lex.acks))
}

func startsWith(tokens []token, s map[string]struct{}) bool {
	return len(tokens) > 0 && has(s, tokens[0].word)
}

// isPair tells whether only two people, one of them the author, have written of late.
func (k *linker) isPair(i int) bool {
	a, other := k.lines[i].author, -1
	for c := i - 1; c >= 0 && c >= i-12; c-- {
		switch b := k.lines[c].author; {
		case b == a || b == other:
		case other < 0:
			other = b
		default:
			return false
		}
	}
	return other >= 0
}
