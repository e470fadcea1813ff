package extract

import (
	"math"
	"slices"
)

// taste is what counts how much when units are chosen.
type taste struct {
	graph, concepts, segments float64 // parts of the gain: likeness to all, repeated words, spread
	prior                     float64 // exponent of the prior
	lead                      float64 // bonus for what comes first
	last                      float64 // what the last segment has of that bonus
	quota                     float64 // how fast a segment has had enough
	decided                   float64 // factor of what says that something is settled
	cost                      float64 // exponent of the length by which a gain is divided
	length                    float64 // exponent of the share of a full bullet that a unit fills
	words                     int     // of all chosen units with their names, 0 is no limit
	units                     int
	perAuthor                 int
}

// alpha is the part of a unit's likeness to all that can be covered: more of the same is worth nothing.
const alpha = 0.12

// itself is how much a unit that is like no other covers.
const itself = 0.3

// twin is the likeness from which two units say the same.
const twin = 0.55

// chooser picks units one by one, each time the one with the greatest gain.
type chooser struct {
	doc      *document
	taste    taste
	covered  []float64      // by unit: how much of its likeness is covered
	said     map[int32]bool // concepts that are covered
	inSegs   []int          // by segment: chosen units
	rewards  []float64      // by segment: their summed worth
	byAuthor []int
	perLine  map[int]int
	chosen   []int
	phrase   []int   // by unit: how many times it was said
	themes   []theme // by term
	decisive []bool  // by unit: it says that something is settled
	words    int
	scale    [3]float64 // the greatest gain of each kind in the beginning
	pairs    [][]int64  // by unit: the pairs of neighbouring terms that come more than once
	pairN    map[int64]int
	pairSaid map[int64]bool
}

// choose returns the indices of the chosen units, best first, and the best one of those that no longer fit in the
// words, or -1.
func (d *document) choose(t taste) (chosen []int, spare int) {
	c := &chooser{
		doc: d, taste: t, covered: make([]float64, len(d.units)), said: map[int32]bool{},
		inSegs: make([]int, max(1, d.segments)), rewards: make([]float64, max(1, d.segments)),
		byAuthor: make([]int, len(d.authors)), perLine: map[int]int{}, pairSaid: map[int64]bool{},
	}
	c.pair()
	c.phrase = d.repeated()
	c.themes = d.themes()
	c.decisive = make([]bool, len(d.units))
	for i := range d.units {
		c.decisive[i] = d.isSettled(&d.units[i])
	}
	for i := range d.units {
		if !c.isCandidate(i) {
			continue
		}
		for k, g := range c.gains(i) {
			c.scale[k] = max(c.scale[k], g)
		}
	}
	for len(c.chosen) < t.units {
		best, top := -1, 0.0
		for i := range d.units {
			if !c.isCandidate(i) || !c.fits(i) {
				continue
			}
			if g := c.gain(i); g > top && !c.isTwin(i) {
				best, top = i, g
			}
		}
		if best < 0 {
			break
		}
		c.take(best)
	}
	return c.chosen, c.spare()
}

// spare returns the best unit that is left, whatever its length, or -1.
func (c *chooser) spare() int {
	best, top := -1, 0.0
	for i := range c.doc.units {
		if !c.isCandidate(i) || c.byAuthor[c.doc.lines[c.doc.units[i].line].author] >= c.taste.perAuthor {
			continue
		}
		if g := c.gain(i); g > top && !c.isTwin(i) {
			best, top = i, g
		}
	}
	return best
}

// pair finds the pairs of neighbouring terms of each unit that other units have too.
func (c *chooser) pair() {
	c.pairs = make([][]int64, len(c.doc.units))
	c.pairN = map[int64]int{}
	for i := range c.doc.units {
		last := int32(-1)
		for _, t := range c.doc.units[i].tokens {
			if t.term < 0 {
				continue
			}
			if last >= 0 && last != t.term {
				p := int64(last)<<32 | int64(t.term)
				if !slices.Contains(c.pairs[i], p) {
					c.pairs[i] = append(c.pairs[i], p)
					c.pairN[p]++
				}
			}
			last = t.term
		}
	}
}

// isCandidate tells whether a unit says enough to be quoted, and is not chosen yet.
func (c *chooser) isCandidate(i int) bool {
	u := &c.doc.units[i]
	if len(u.terms) < 2 && (len(u.tokens) < leastWords || len(c.doc.units) > fewLines) || slices.Contains(c.chosen, i) {
		return false
	}
	return c.phrase[i] < formula
}

// price is how many words a unit takes of the budget.
func (c *chooser) price(i int) int {
	u := &c.doc.units[i]
	if i > 0 && c.isChosenNeighbour(i) {
		return u.words // it is printed with the one before it, under one name
	}
	return u.words + count(c.doc.name(c.doc.lines[u.line].author))
}

// isChosenNeighbour tells whether a unit before or after, of the same line, is chosen.
func (c *chooser) isChosenNeighbour(i int) bool {
	if c.perLine[c.doc.units[i].line] == 0 {
		return false
	}
	return slices.Contains(c.chosen, i-1) || slices.Contains(c.chosen, i+1)
}

func (c *chooser) fits(i int) bool {
	if c.byAuthor[c.doc.lines[c.doc.units[i].line].author] >= c.taste.perAuthor {
		return false
	}
	return c.taste.words == 0 || c.words+c.price(i) <= c.taste.words
}

// isTwin tells whether something chosen says the same.
func (c *chooser) isTwin(i int) bool {
	for _, j := range c.chosen {
		if c.doc.cosine(&c.doc.units[i], &c.doc.units[j]) > twin {
			return true
		}
	}
	return false
}

// gains returns what a unit adds: likeness covered, concepts named, and to its segment.
func (c *chooser) gains(i int) [3]float64 {
	u := &c.doc.units[i]
	like := 0.0
	for _, e := range c.doc.edges[i] {
		limit := alpha * c.doc.units[e.to].worth
		like += min(limit, c.covered[e.to]+float64(e.weight)) - min(limit, c.covered[e.to])
	}
	limit := alpha*u.worth + itself
	like += min(limit, c.covered[i]+itself) - min(limit, c.covered[i])
	named := 0.0
	for _, t := range u.terms {
		if (c.doc.df[t] > 1 || len(c.doc.units) <= fewLines) && !c.said[t] {
			named += c.topical(t, u)
		}
	}
	for _, p := range c.pairs[i] {
		if n := c.pairN[p]; n > 1 && !c.pairSaid[p] {
			named += 1.5 * math.Log(1+float64(n))
		}
	}
	worth := u.worth + 0.2
	spread := math.Sqrt(c.rewards[u.segment]+worth) - math.Sqrt(c.rewards[u.segment])
	return [3]float64{like, named, spread}
}

// formula is how many times people say the same words until they are only a formula.
const formula = 3

// repeated returns for each unit how many units have the same words, if there are few of them.
func (d *document) repeated() []int {
	key := func(u *unit) string {
		var b []byte
		for _, t := range u.tokens {
			b = append(append(b, t.word...), ' ')
		}
		return string(b)
	}
	times := map[string]int{}
	for i := range d.units {
		times[key(&d.units[i])]++
	}
	out := make([]int, len(d.units))
	for i := range d.units {
		out[i] = times[key(&d.units[i])]
	}
	return out
}

// theme is in how many segments a term occurs, and how many times in each.
type theme struct {
	segments int
	times    map[int]int
}

// themes returns the theme of each term. What comes in all segments belongs to the people, not to what they speak of.
func (d *document) themes() []theme {
	out := make([]theme, len(d.df))
	for i := range d.units {
		u := &d.units[i]
		for _, t := range u.terms {
			th := &out[t]
			if th.times == nil {
				th.times = map[int]int{}
			}
			if th.times[u.segment]++; th.times[u.segment] == 1 {
				th.segments++
			}
		}
	}
	return out
}

// topical says how much a term of a unit stands for the segment that the unit is in.
func (c *chooser) topical(t int32, u *unit) float64 {
	th := c.themes[t]
	rare := math.Log(1+float64(c.doc.segments)/float64(th.segments)) / math.Log(1+float64(c.doc.segments))
	if n := th.times[u.segment]; n > 1 {
		return rare * math.Log(1+float64(n))
	}
	return 0.4 * rare * math.Log(1+float64(c.doc.df[t]))
}

// substance is how much of a full bullet a unit fills, up to so many words; longer ones have no more of it.
const substance = 14

// gain weighs what a unit adds.
func (c *chooser) gain(i int) float64 {
	u := &c.doc.units[i]
	g := c.gains(i)
	sum := 0.001
	for k, w := range [3]float64{c.taste.graph, c.taste.concepts, c.taste.segments} {
		if c.scale[k] > 0 {
			sum += w * g[k] / c.scale[k]
		}
	}
	sum *= math.Pow(u.prior, c.taste.prior)
	sum *= math.Pow(float64(min(len(u.tokens), substance))/substance, c.taste.length)
	if c.taste.lead > 0 {
		sum *= 1 + c.taste.lead*c.early(i)
	}
	if n := c.inSegs[u.segment]; n > 0 && c.taste.quota > 0 {
		sum *= math.Pow(float64(1+n), -c.taste.quota)
	}
	if n := c.perLine[u.line]; n > 0 && !c.isChosenNeighbour(i) {
		sum *= 0.7
	}
	if c.decisive[i] {
		sum *= c.taste.decided
	}
	sum *= c.alone(i)
	if r := c.doc.lines[u.line].reactions; r > 0 {
		sum *= 1 + 0.2*math.Log(1+float64(r))
	}
	if c.taste.cost > 0 {
		sum /= math.Pow(float64(max(leastWords, c.price(i))), c.taste.cost)
	}
	return sum
}

// alone says how well a unit can be read without what stands before it.
func (c *chooser) alone(i int) float64 {
	u := &c.doc.units[i]
	switch {
	case u.cut && (c.taste.words <= 0 || !slices.Contains(c.chosen, i-1)):
		return 0.4 // it begins inside a sentence
	case startsWith(u.tokens, c.doc.lex.acks) && !c.decisive[i]:
		return 0.85 // yes, but, so
	case isAsked(u.text):
		return 0.85
	}
	return 1
}

// early is 1 for the first unit and falls to 0 at the end; the first of a message counts more than the rest of it.
func (c *chooser) early(i int) float64 {
	place := 1 - float64(i)/float64(len(c.doc.units))
	if c.doc.units[i].segment == c.doc.segments-1 && c.taste.last > place {
		return c.taste.last
	}
	if !c.doc.units[i].first {
		place *= 0.8
	}
	return place * place
}

func (c *chooser) take(i int) {
	u := &c.doc.units[i]
	c.words += c.price(i)
	c.chosen = append(c.chosen, i)
	for _, e := range c.doc.edges[i] {
		c.covered[e.to] += float64(e.weight)
	}
	c.covered[i] += itself
	for _, t := range u.terms {
		c.said[t] = true
	}
	for _, p := range c.pairs[i] {
		c.pairSaid[p] = true
	}
	c.inSegs[u.segment]++
	c.rewards[u.segment] += u.worth + 0.2
	c.byAuthor[c.doc.lines[u.line].author]++
	c.perLine[u.line]++
}
