package extract

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// chat makes the recap of a room with several conversations: each of the weightiest gets a bullet, its opener and
// its outcome; big ones get more.
func (r *recap) chat() []Bullet {
	r.weigh()
	s := &speaker{recap: r, byAuthor: make([]int, len(r.authors)), most: r.perAuthor(r.budget.Bullets), quoted: map[int]bool{}}
	if r.budget.Words > 0 {
		s.most = len(r.lines)
	}
	var out []Bullet
	for _, sh := range s.fair(r.budget.Bullets) {
		out = append(out, s.speak(sh)...)
	}
	out = s.within(out)
	slices.SortStableFunc(out, func(a, b Bullet) int { return cmp.Compare(rank(a.Section), rank(b.Section)) })
	return out
}

// weigh sets the weight of each line: how much it says, a number of about 0.5 to 1.5.
func (r *recap) weigh() {
	d := r.units(r.allLines(), maxBulletWords)
	if len(d.units) == 0 {
		return
	}
	d.connect()
	d.judge()
	mass := make([]float64, len(d.units))
	most := 0.0
	for i := range d.units {
		for _, t := range d.units[i].terms {
			mass[i] += d.idf(t)
		}
		mass[i] = math.Sqrt(mass[i])
		most = max(most, mass[i])
	}
	for i := range d.units {
		l := &r.lines[d.units[i].line]
		w := d.units[i].prior + mass[i]/max(1, most) + 0.15*math.Log(1+float64(l.reactions))
		l.weight = max(l.weight, w)
	}
}

// speaker lets talks speak: it finds the lines that open and end them.
type speaker struct {
	*recap
	byAuthor []int
	most     int // bullets that one author may open
	quoted   map[int]bool
}

// fairRounds is how many times talks are chosen anew because some of them were too much of one voice.
const fairRounds = 8

// fair chooses the talks that get bullets, not too many that one author opened and none that opens like another.
func (s *speaker) fair(bullets int) []share {
	skip := map[int]bool{}
	var chosen []share
	for range fairRounds {
		chosen = s.shares(bullets, skip)
		opened := map[int]int{}
		var openers []int
		before := len(skip)
		for _, sh := range chosen {
			line := s.opening(&s.talks[sh.talk]).line
			author := s.lines[line].author
			if opened[author] >= s.most || slices.ContainsFunc(openers, func(o int) bool { return s.sayTheSame(o, line) }) {
				skip[sh.talk] = true
				continue
			}
			opened[author]++
			openers = append(openers, line)
		}
		if len(skip) == before {
			return chosen
		}
	}
	return slices.DeleteFunc(chosen, func(sh share) bool { return skip[sh.talk] })
}

// sayTheSame tells whether two lines have nearly all words in common.
func (s *speaker) sayTheSame(a, b int) bool {
	x, y := s.lines[a].terms, s.lines[b].terms
	both := 0
	for _, t := range x {
		if _, found := slices.BinarySearch(y, t); found {
			both++
		}
	}
	return both >= 3 && 5*both >= 4*max(len(x), len(y))
}

// isSaid tells whether a line that is quoted says the same.
func (s *speaker) isSaid(i int) bool {
	for other := range s.quoted {
		if s.sayTheSame(other, i) {
			return true
		}
	}
	return false
}

// opener is how a talk begins: the line that is quoted, and the first of its author's lines before it.
type opener struct {
	first, line int
	run         []int // his lines until somebody else speaks
	after       int   // where in the talk the others begin
}

// longestRun is how many lines in a row one opener is looked for.
const longestRun = 5

// opening finds what a talk begins with: among its first lines, all by one author, the question, or the first that
// says something. What only greets is passed over if others say more.
func (s *speaker) opening(t *talk) opener {
	from := 0
	for from+1 < len(t.lines) && from < longestRun && s.greets(&s.lines[t.lines[from]]) {
		from++
	}
	o := opener{first: t.lines[from], line: t.lines[from], after: from}
	author := s.lines[o.first].author
	for o.after < len(t.lines) && o.after < from+longestRun && s.lines[t.lines[o.after]].author == author {
		o.run = append(o.run, t.lines[o.after])
		o.after++
	}
	best := math.Inf(-1)
	for n, i := range o.run {
		l := &s.lines[i]
		score := min(1.5, 0.3*float64(len(l.terms))) - 0.25*float64(n)
		if l.asks && len(l.tokens) >= leastWords {
			score++
		}
		if len(l.tokens) < leastWords {
			score--
		}
		if score > best {
			best, o.line = score, i
		}
	}
	return o
}

// greets tells whether a line only greets: few words, and one of greeting among them.
func (s *speaker) greets(l *line) bool {
	return len(l.tokens) <= shortGreeting && !l.asks && !l.hasLink &&
		slices.ContainsFunc(l.tokens, func(t token) bool { return isGreeting(t.word) || has(s.lex.hails, t.word) })
}

// ending is the line that a talk comes to, and which section it puts the talk in.
type ending struct {
	line    int // -1 if there is none
	thanks  int // a last word of the opener's, that it works; or -1
	section Section
}

// outcome finds the line that a talk comes to.
func (s *speaker) outcome(t *talk, o opener) ending {
	e := ending{line: -1, thanks: -1, section: Talk}
	top := 0.35
	for n := o.after; n < len(t.lines); n++ {
		i := t.lines[n]
		section, score := s.judgeOutcome(t, o, n)
		l := &s.lines[i]
		if section == Done && l.author == s.lines[o.first].author && len(l.tokens) <= 10 {
			if e.thanks < 0 {
				e.thanks = i
			}
			score -= 0.3
		}
		if s.quoted[i] || s.byAuthor[l.author] >= 2*s.most {
			score--
		}
		if score > top {
			top, e.line, e.section = score, i, section
		}
	}
	if e.thanks <= e.line {
		e.thanks = -1 // it thanks for something else, or is the outcome itself
	}
	if e.thanks >= 0 && e.section == Talk {
		e.section = Done
	}
	return e
}

// doubtful is how sure it must be that a line belongs to a talk.
const doubtful = 0.7

// judgeOutcome says how much the n-th line of a talk looks like what it comes to.
func (s *speaker) judgeOutcome(t *talk, o opener, n int) (Section, float64) {
	l, first := &s.lines[t.lines[n]], &s.lines[o.line]
	section, score := Talk, l.weight
	switch {
	case s.isDecision(l.text, l.tokens) && s.isBacked(t, n):
		section = Decided
		score++
	case s.isDone(l.text, l.tokens):
		section = Done
		score += 0.5
	}
	if l.author == first.author {
		score -= 0.35
		if first.asks {
			score -= 0.25 // who asks seldom answers
		}
	} else if slices.Contains(l.to, first.author) || l.replyTo == o.line {
		score += 0.25
	}
	if l.asks {
		score--
	}
	if l.sure < doubtful {
		score -= 0.45 // it may belong elsewhere
	}
	if len(l.tokens) < leastWords {
		score -= 0.7
		if !first.asks {
			score -= 0.5 // a word of praise
		}
	}
	if len(l.tokens) <= 6 && slices.ContainsFunc(l.tokens, func(t token) bool { return has(s.lex.thank, t.word) }) {
		score -= 0.6
	}
	if l.hasLink {
		score += 0.2
	}
	if s.isAside(t, o, n) {
		score--
	}
	score += min(0.4, 0.15*float64(common(first, l)))
	score += 0.25 * math.Log(1+float64(l.reactions))
	score += 0.3 * float64(s.support(t, n)) / 3
	if len(t.lines) > 2 {
		score += 0.15 * float64(n) / float64(len(t.lines))
	}
	return section, score
}

// common counts the terms that two lines share.
func common(a, b *line) int {
	n := 0
	for _, term := range b.terms {
		if _, found := slices.BinarySearch(a.terms, term); found {
			n++
		}
	}
	return n
}

// longSilence is how many times the usual pause of a room somebody waits who speaks of something else.
const longSilence = 6

// isAside tells whether the n-th line of a talk is likely not about what the talk began with: it came after a long
// silence, has no word of the opener's, and nothing says that it answers somebody.
func (s *speaker) isAside(t *talk, o opener, n int) bool {
	l, first := &s.lines[t.lines[n]], &s.lines[o.line]
	before := s.lines[t.lines[n-1]].at
	return before > 0 && l.at-before > max(quiet, longSilence*s.unit) && l.replyTo < 0 && len(l.to) == 0 && common(first, l) == 0
}

// support counts the answers of others to the n-th line of a talk that agree with it, at most 3.
func (s *speaker) support(t *talk, n int) int {
	i := t.lines[n]
	yes := 0
	for _, j := range t.lines[n+1 : min(n+8, len(t.lines))] {
		l := &s.lines[j]
		if l.answers == i && l.author != s.lines[i].author && !l.asks && s.agrees(l) {
			yes++
		}
	}
	return min(3, yes)
}

// agrees tells whether a line begins with a word of assent, or says shortly that something suits its author.
func (s *speaker) agrees(l *line) bool {
	if strings.HasPrefix(l.text, "+1") || strings.HasPrefix(l.text, "👍") || strings.HasPrefix(l.text, "✅") {
		return true
	}
	if s.assents(l) {
		return true
	}
	if len(l.tokens) == 0 || !has(s.lex.acks, l.tokens[0].word) {
		return false
	}
	switch l.tokens[0].word {
	case "no", "nope", "nein", "nee", "não", "nao", "non", "نہیں", "but", "pero", "aber", "mas", "mais", "لیکن", "مگر":
		return false
	}
	return true
}

// backers are the reactions or assents that make a decision of what one person calls so.
const backers = 2

// isBacked tells whether the n-th line settles a question or a proposal of somebody in the talk, and others agree: two of
// them, of whom one may be who has proposed it.
func (s *speaker) isBacked(t *talk, n int) bool {
	l := &s.lines[t.lines[n]]
	proposed := false
	yes := map[int]bool{}
	for _, j := range t.lines[max(0, n-12):n] {
		p := &s.lines[j]
		proposes := s.lex.propose.in(p.tokens) > 0
		proposed = proposed || p.asks || proposes
		if proposes && p.author != l.author {
			yes[p.author] = true
		}
	}
	if !proposed {
		return false
	}
	if l.reactions >= backers {
		return true
	}
	for _, j := range t.lines[max(0, n-6):min(n+8, len(t.lines))] {
		p := &s.lines[j]
		if p.author != l.author && !p.asks && (s.agrees(p) || s.lex.decided.in(p.tokens) > 0) {
			yes[p.author] = true
		}
	}
	return len(yes) >= backers
}

// speak returns the bullets of a talk.
func (s *speaker) speak(sh share) []Bullet {
	t := &s.talks[sh.talk]
	o := s.opening(t)
	e := s.outcome(t, o)
	b := s.quote(t, o, e)
	b.Label, b.Messages, b.People = s.label(sh.talk), len(t.lines), len(t.people)
	out := []Bullet{b}
	// Further bullets come from the stretches of the talk between its beginning and its end.
	rest := t.lines[o.after:]
	for n := range sh.bullets - 1 {
		from, to := n*len(rest)/(sh.bullets-1), (n+1)*len(rest)/(sh.bullets-1)
		if more, ok := s.further(t, rest[from:to]); ok {
			more.Label, more.Messages, more.People = b.Label, b.Messages, b.People
			out = append(out, more)
		}
	}
	return out
}

// further quotes the weightiest of some lines that is not quoted yet, with what it answers if there is room.
func (s *speaker) further(t *talk, lines []int) (Bullet, bool) {
	best, top := -1, 0.0
	for _, i := range lines {
		l := &s.lines[i]
		if s.quoted[i] || len(l.terms) < 2 || s.byAuthor[l.author] >= s.most || s.isSaid(i) {
			continue
		}
		w := l.weight + 0.1*math.Log(1+float64(l.reactions))
		if w > top {
			best, top = i, w
		}
	}
	if best < 0 {
		return Bullet{}, false
	}
	l := &s.lines[best]
	e := ending{line: -1, thanks: -1, section: Talk}
	o := opener{first: best, line: best, run: []int{best}}
	if to := l.answers; to >= 0 && !s.quoted[to] && s.lines[to].author != l.author && s.lines[to].asks {
		o = opener{first: to, line: to, run: []int{to}}
		e.line = best
	} else if l.asks {
		if at, _ := slices.BinarySearch(t.lines, best); at+1 < len(t.lines) {
			e = s.outcome(&talk{lines: t.lines[at:min(len(t.lines), at+10)]}, opener{first: best, line: best, after: 1})
		}
	}
	return s.quote(t, o, e), true
}
