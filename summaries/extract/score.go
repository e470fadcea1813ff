package extract

import (
	"math"
	"slices"
)

// score scores that line i answers line c.
func (k *linker) score(i, c int, whole map[int]float64) float64 {
	l, m := &k.lines[i], &k.lines[c]
	// Where people call each other by name, a line without a name says little about the one before it; where
	// they do not, what came last is what they answer.
	near := 0.35 + 0.25*max(0, 1-4*k.called)
	s := -near*math.Log(1+float64(i-c-1)) - 0.5*math.Log(1+k.minutes(c, i))
	s += k.shared(l, m, whole)
	talk := k.recent[m.talk]
	if talk[len(talk)-1] == c {
		s += 0.5
	}
	if end := k.closed[m.talk]; end >= 0 && end <= c && len(l.to) == 0 && len(l.tokens) > 4 && !k.ends(l) {
		s -= 0.9
	}
	if k.isWord(i) && k.lines[i-1].talk == m.talk {
		s += 0.4
	}
	if m.author == l.author {
		return s + k.own(i, c)
	}
	if c == i-1 && k.goesOn(l) {
		s += 0.6
	}
	return s + k.addressed(i, c) + k.turn(i, c)
}

// briefWord is how many words a line has at most that says something to what was just said: "so proud of you".
const briefWord = 5

// isWord tells whether line i is a brief word, written soon after the line before it.
func (k *linker) isWord(i int) bool {
	l := &k.lines[i]
	return i > 0 && len(l.tokens) <= briefWord && len(l.terms) <= 1 && !l.asks && len(l.to) == 0 && k.seconds(i-1, i) <= hasty
}

// own scores that a line goes on with another one of its author.
func (k *linker) own(i, c int) float64 {
	l, m := &k.lines[i], &k.lines[c]
	if k.last[l.author] != c {
		return -1
	}
	s := 0.2
	switch gap := k.seconds(c, i); {
	case i == c+1 && gap <= ownLimit:
		s = 2.6
	case gap <= hasty:
		s = 2.3
	case gap <= ownLimit:
		s = 1.6
	}
	switch {
	case len(l.to) > 0 && slices.Equal(l.to, m.to):
		s += 1.5
	case len(l.to) > 0 && k.spokeSince(l.to[0], c):
		s -= 2.5
	case len(l.to) > 0 && len(m.to) > 0:
		s -= 2
	}
	if k.wasCalled(i) {
		s -= 1.3
	}
	if c < i-1 && len(l.tokens) >= 7 && len(l.to) == 0 {
		s -= 0.8 * k.novelty(i)
	}
	if l.asks && len(l.to) == 0 && len(l.tokens) > 0 && has(k.lex.hails, l.tokens[0].word) {
		s -= 1.5
	}
	return s
}

// goesOn tells whether a line begins with a word that goes on from another line: yes, but, or.
func (k *linker) goesOn(l *line) bool {
	return len(l.to) == 0 && len(l.tokens) > 0 && (has(k.lex.acks, l.tokens[0].word) || k.assents(l))
}

// spokeSince tells whether an author has written after line c.
func (k *linker) spokeSince(author, c int) bool { return k.last[author] > c }

// addressed scores names: whom line i addresses, and whom line c did.
func (k *linker) addressed(i, c int) float64 {
	l, m := &k.lines[i], &k.lines[c]
	s := 0.0
	switch {
	case slices.Contains(l.to, m.author):
		s += 4
		if k.last[m.author] == c {
			s += 0.8
		}
		if slices.Contains(m.to, l.author) {
			s++
		}
	case len(l.to) > 0:
		s -= 2.5
		if slices.Contains(m.to, l.to[0]) {
			s += 1.2
		}
	}
	switch {
	case slices.Contains(m.to, l.author):
		switch {
		case c < k.last[l.author]:
			s += 0.8
		case k.expects(c) || len(l.tokens) <= 4:
			s += 3.2
		default:
			s += 1.2
		}
	case len(m.to) > 0 || m.strange:
		s -= 1.2
	}
	if l.strange {
		s--
	}
	return s
}

// turn scores who takes turns with whom: a question and its answer, somebody who takes part already.
func (k *linker) turn(i, c int) float64 {
	l, m := &k.lines[i], &k.lines[c]
	s := 0.0
	if slices.ContainsFunc(k.recent[m.talk], func(x int) bool { return k.lines[x].author == l.author }) {
		s += 1.3
		if len(l.tokens) >= 7 && len(l.to) == 0 {
			s -= 0.7 * k.novelty(i) // he takes part, but says something else
		}
	}
	if m.asks && !l.asks {
		s += 0.4
		if !k.answered[c] {
			s += 1.2
		}
	}
	if m.answers < 0 && !k.answered[c] {
		s += 0.6
		if !m.asks && k.isWoe(m) {
			s += 0.6 // a question, too, though without its sign
		}
	}
	return s
}

// shared scores the rare words that line i has in common with line c, and with its conversation.
func (k *linker) shared(l, m *line, byTalk map[int]float64) float64 {
	s := min(2.2, 0.32*k.overlap(l.terms, m.terms))
	whole, known := byTalk[m.talk]
	if !known {
		for _, x := range k.recent[m.talk] {
			whole = max(whole, k.overlap(l.terms, k.lines[x].terms))
		}
		byTalk[m.talk] = whole
	}
	return s + min(1.2, 0.15*whole)
}

// overlap returns the summed rarity of the terms that are in both sorted lists.
func (k *linker) overlap(a, b []int32) float64 {
	s := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			s += k.rarity[a[i]]
			i++
			j++
		}
	}
	return s
}
