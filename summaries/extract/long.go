package extract

import (
	"cmp"
	"slices"
)

// What a unit and a pick take on average when only the words of all bullets are limited.
const (
	longestUnit  = 30
	wordsPerPick = 18
)

// long makes the recap of a call, of one thread and of mails: the units that stand for the rest, a few from each
// segment.
func (r *recap) long() []Bullet {
	b := r.budget
	picks := b.Bullets
	if b.Words > 0 {
		picks = max(1, min(picks, b.Words/wordsPerPick))
	}
	t := taste{
		graph: 1, concepts: 0.8, segments: 0.4, prior: 3, quota: 1, decided: 1.5, words: b.Words, units: b.Bullets,
		perAuthor: r.perAuthor(b.Bullets),
	}
	if r.kind != Call {
		t.lead = 0.5
		t.quota = 0.5
	}
	if r.lex.lang != "en" {
		t.prior = 1
	}
	return r.pick(picks, t)
}

// short makes the recap of a talk of a few messages, of which the first ones say most.
func (r *recap) short() []Bullet {
	b := r.budget
	if b.Words == 0 {
		r.budget.Bullets = min(b.Bullets, r.enough())
		if b = r.budget; r.kind != Call && !r.isMail() {
			r.linesPerBullet = 4
			return r.chat()
		}
	}
	t := taste{
		graph: 0.4, concepts: 1, segments: 0.1, prior: 0.8, lead: 2.5, decided: 1.3, words: b.Words,
		units: b.Bullets, perAuthor: r.perAuthor(b.Bullets),
	}
	if r.isMail() {
		t.lead = 0.7
		t.prior = 1.5
		t.quota = 0.5
		t.last = 0.5
		t.decided = 2.2
		t.perAuthor = b.Bullets
	}
	if r.lex.lang != "en" {
		t.prior = 1
	}
	return r.pick(1, t)
}

// enough is how many bullets a short talk deserves: three when it has fewer than 15 messages, else one for five
// messages; one for each thing that was spoken of where several people did, if that is more, but not for fewer than
// three messages; one for three sentences where messages are long.
func (r *recap) enough() int {
	words := 0
	for _, l := range r.lines {
		words += len(l.tokens)
	}
	switch {
	case r.isMail():
		return max(3, words/longText)
	case len(r.lines) < quietly:
		return max(min(3, (len(r.lines)+1)/2), r.things())
	}
	return max((len(r.lines)+4)/5, r.things())
}

// things counts what three people or more have spoken of: talks in which somebody answered, questions that nobody
// did, links and dates; at most one for three messages.
func (r *recap) things() int {
	if r.people() < 3 {
		return 0
	}
	n := 0
	for _, t := range r.talks {
		l := &r.lines[t.lines[0]]
		if len(t.people) > 1 || r.speaksAlone(t) && (l.asks || l.hasLink || r.isComing(l.text, l.tokens)) {
			n++
		}
	}
	return min(n, (len(r.lines)+2)/3)
}

// fairShare is how many bullets one author may have; more only where few people say all.
const fairShare = 3

func (r *recap) perAuthor(bullets int) int {
	people := max(1, r.people())
	return max(fairShare, (3*bullets+2*people-1)/(2*people))
}

// pick chooses units by a taste and makes bullets of them.
func (r *recap) pick(segments int, t taste) []Bullet {
	limit := r.budget.WordsPerBullet
	if t.words > 0 {
		limit = min(limit, longestUnit)
	}
	d := r.units(r.allLines(), limit)
	if len(d.units) == 0 {
		return nil
	}
	d.split(segments)
	if r.isMail() {
		d.splitByLine()
	}
	d.connect()
	d.judge()
	wanted := t.units
	if t.words > 0 {
		t.cost = 0.15
		if len(d.units) > fewLines {
			t.cost = 0.4
		}
	} else {
		t.length = 0.7
		t.units += wanted / 2 // for those that are quoted with what they answer
	}
	chosen, spare := d.choose(t)
	q := &quoter{document: d, chosen: map[int]bool{}, used: map[int]bool{}}
	out := q.quoteAll(chosen, wanted, t.words > 0)
	if t.words > 0 {
		out = q.fill(out, spare)
	}
	slices.SortStableFunc(out, func(a, b placed) int {
		return cmp.Or(cmp.Compare(rank(a.Section), rank(b.Section)), cmp.Compare(a.at, b.at))
	})
	bullets := make([]Bullet, len(out))
	for i, p := range out {
		bullets[i] = p.Bullet
	}
	return bullets
}

// quoteAll makes bullets of chosen units, best first. Units of one line that follow one another are one bullet if
// only words are counted; else questions and answers are.
func (q *quoter) quoteAll(chosen []int, wanted int, joined bool) []placed {
	var out []placed
	for _, i := range chosen[:min(wanted, len(chosen))] {
		q.chosen[i] = true
	}
	for _, i := range chosen {
		if q.used[i] {
			continue
		}
		if len(out) == wanted {
			break
		}
		first, last := i, i
		for joined && q.chosen[first-1] && !q.used[first-1] && q.joins(first-1, last) {
			first--
		}
		for joined && q.chosen[last+1] && !q.used[last+1] && q.joins(first, last+1) {
			last++
		}
		for j := first; j <= last; j++ {
			q.used[j] = true
		}
		out = append(out, q.bullet(first, last, !joined))
	}
	return out
}

// placed is a bullet and the unit from which it comes.
type placed struct {
	Bullet
	at int
}

// quoter makes bullets of chosen units.
type quoter struct {
	*document
	chosen, used map[int]bool
}

// joins tells whether the units from first to last stand in one line and fit in one bullet.
func (q *quoter) joins(first, last int) bool {
	if q.units[first].line != q.units[last].line {
		return false
	}
	n := count(q.name(q.lines[q.units[first].line].author))
	for i := first; i <= last; i++ {
		n += q.units[i].words
	}
	return n <= q.budget.WordsPerBullet
}

// bullet quotes units that follow one another; alone, with the question that it answers or the answer that it got,
// if there is room.
func (q *quoter) bullet(first, last int, pairs bool) placed {
	u := &q.units[first]
	l := &q.lines[u.line]
	text := ""
	for i := first; i <= last; i++ {
		if i > first {
			text += " "
		}
		text += q.units[i].display()
	}
	if said := shorten(text, q.budget.WordsPerBullet-count(q.name(l.author)), q.lex); said != "" {
		text = q.withName(l.author, said)
	}
	b := Bullet{Text: text, MessageIDs: []string{l.id}, Author: q.name(l.author)}
	answer := q.answer(first)
	b.Section = q.unitSection(u, answer >= 0 || q.isTakenUp(first))
	if pairs && first == last {
		if isAsked(u.text) && answer >= 0 && !q.used[answer] {
			b = q.pair(b, first, answer)
		} else if question := q.question(first); question >= 0 && !q.used[question] {
			b = q.pair(b, question, first)
		}
	}
	return placed{b, first}
}

// arrow stands between an opener and its outcome, and counts as a word.
const arrow = " → "

// leastAnswer is how many words an answer must keep when it is cut.
const leastAnswer = 7

// pair quotes a question and its answer, if both fit.
func (q *quoter) pair(alone Bullet, question, answer int) Bullet {
	asked, said := &q.units[question], &q.units[answer]
	a, b := &q.lines[asked.line], &q.lines[said.line]
	head := q.withName(a.author, asked.display())
	room := q.budget.WordsPerBullet - count(head) - 1 - count(q.name(b.author))
	if room < min(said.words, leastAnswer) || said.words > room && q.chosen[answer] {
		return alone
	}
	tail := shorten(said.display(), room, q.lex)
	if tail == "" {
		return alone
	}
	q.used[question], q.used[answer] = true, true
	alone.Text = head + arrow + q.withName(b.author, tail)
	alone.MessageIDs = distinct(a.id, b.id)
	alone.Author = q.name(a.author)
	return alone
}

// nearby is how many units after a question may be its answer.
const nearby = 5

// answer returns the unit that answers a question: what somebody else says soon, best if with words of the question;
// or -1.
func (q *quoter) answer(i int) int {
	u := &q.units[i]
	if !isAsked(u.text) {
		return -1
	}
	best, top := -1, 0.0
	for j := i + 1; j < len(q.units) && j <= i+nearby; j++ {
		v := &q.units[j]
		same := q.lines[v.line].author == q.lines[u.line].author
		if same && v.line != u.line && isAsked(v.text) {
			break
		}
		if same || isAsked(v.text) || !v.first || len(v.terms) == 0 || !q.canAnswer(v, u) || q.isThanks(v) {
			continue
		}
		score := 1 + 3*q.cosine(u, v) + 0.2*float64(min(4, len(v.terms))) - 0.25*float64(j-i)
		if startsWith(v.tokens, q.lex.acks) {
			score += 0.3
		}
		if len(v.terms) < 2 {
			score -= 0.6
		}
		if score > top {
			best, top = j, score
		}
	}
	return best
}

// isThanks tells whether a unit only thanks.
func (q *quoter) isThanks(u *unit) bool {
	return len(u.tokens) <= 6 && slices.ContainsFunc(u.tokens, func(t token) bool { return has(q.lex.thank, t.word) })
}

// soon is how many units after a question somebody may come back to it.
const soon = 30

// isTakenUp tells whether somebody else says something with the words of a question, even if much later.
func (q *quoter) isTakenUp(i int) bool {
	u := &q.units[i]
	for j := i + 1; j < min(len(q.units), i+soon); j++ {
		v := &q.units[j]
		if q.lines[v.line].author != q.lines[u.line].author && !isAsked(v.text) && q.cosine(u, v) > 0.2 {
			return true
		}
	}
	return false
}

// canAnswer tells whether the links allow that a line answers another one: what somebody answers with the reply
// button, he answers.
func (q *quoter) canAnswer(v, u *unit) bool {
	to := q.lines[v.line].replyTo
	return to < 0 || to == u.line
}

// question returns the question that a unit answers, or -1.
func (q *quoter) question(i int) int {
	if !q.units[i].first || isAsked(q.units[i].text) {
		return -1
	}
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		v := &q.units[j]
		if isAsked(v.text) && len(v.tokens) >= leastWords && len(v.terms) >= 2 && !v.cut && !q.chosen[j] && q.answer(j) == i {
			return j
		}
	}
	return -1
}

// fill uses the words that are left for the next best unit, cut to fit.
func (q *quoter) fill(out []placed, spare int) []placed {
	left := q.budget.Words
	for _, p := range out {
		left -= count(p.Text)
	}
	if spare < 0 || len(out) >= q.budget.Bullets {
		return out
	}
	u := &q.units[spare]
	author := q.lines[u.line].author
	room := min(left, q.budget.WordsPerBullet) - count(q.name(author))
	if room < leastWords && len(out) > 0 || room < 1 {
		return out
	}
	text := shorten(u.display(), room, q.lex)
	if text == "" || text == ellipsis {
		return out
	}
	l := &q.lines[u.line]
	b := Bullet{Text: q.withName(author, text), MessageIDs: []string{l.id}, Author: q.name(author), Section: q.unitSection(u, true)}
	return append(out, placed{b, spare})
}

// distinct returns ids, each once.
func distinct(ids ...string) []string {
	var out []string
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
