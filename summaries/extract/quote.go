package extract

import (
	"slices"
	"strings"
)

// quote makes the bullet of a talk: its opener, an arrow, its outcome.
func (s *speaker) quote(t *talk, o opener, e ending) Bullet {
	first := &s.lines[o.line]
	limit := s.budget.WordsPerBullet
	b := Bullet{Author: s.name(first.author), MessageIDs: distinct(s.lines[o.first].id, first.id)}
	b.Section = s.section(t, o, e)
	s.quoted[o.line] = true
	s.byAuthor[first.author]++
	opened := s.openerText(o)
	name := count(s.name(first.author))
	if e.line < 0 {
		b.Text = s.withName(first.author, s.excerpt(opened, limit-name, first.asks))
		return b
	}
	last := &s.lines[e.line]
	ended := s.withoutCall(last.text)
	room := limit - name - 1 - count(s.name(last.author))
	closing := s.closing(first.author, e)
	if n := count(closing); n > 0 && room-n >= leastTold {
		room -= n
	} else {
		closing = ""
	}
	// Each side may have half; what one does not need, the other gets.
	head, tail := count(opened), count(ended)
	if head+tail > room {
		head = max(min(head, room/2), room-tail)
		tail = room - head
	}
	head = max(head, min(leastWords, room))
	said := s.excerpt(ended, tail, false)
	asked := s.excerpt(opened, max(head, room-count(said)), first.asks) // a cut at a clause leaves words over
	said = s.excerpt(ended, max(tail, room-count(asked)), false)
	if asked == "" || said == "" || room < 2*leastWords {
		b.Text = s.withName(first.author, s.excerpt(opened, limit-name, first.asks))
		return b
	}
	b.Text = s.withName(first.author, asked) + arrow + s.saidBy(last.author, first.author, said)
	b.MessageIDs = append(b.MessageIDs, last.id)
	s.quoted[e.line] = true
	s.byAuthor[last.author]++
	b.Text += closing
	if e.thanks >= 0 {
		b.MessageIDs = append(b.MessageIDs, s.lines[e.thanks].id)
	}
	b.MessageIDs = distinct(b.MessageIDs...)
	return b
}

// leastTold is how many words an opener and its outcome must keep when a last word is quoted too; longestClosing is
// how many words that may have.
const (
	leastTold      = 14
	longestClosing = 6
)

// closing returns the opener's last word, that it works, as the end of a bullet; empty if there is none, or it is long.
func (s *speaker) closing(opener int, e ending) string {
	if e.thanks < 0 {
		return ""
	}
	text := s.excerpt(s.withoutCall(s.lines[e.thanks].text), longestClosing, false)
	if text == "" {
		return ""
	}
	return arrow + s.withName(opener, text)
}

// saidBy puts a name before what somebody said, unless it is the one who spoke before.
func (s *speaker) saidBy(author, before int, text string) string {
	if author == before {
		return text
	}
	return s.withName(author, text)
}

// shortGreeting is how many words a first line may have that only greets.
const shortGreeting = 3

// openerText returns what the opener said: the line that is quoted, with the next one if it is too short alone.
func (s *speaker) openerText(o opener) string {
	l := &s.lines[o.line]
	text := s.withoutHail(s.withoutCall(l.text))
	if len(l.tokens) >= 6 {
		return text
	}
	if at := slices.Index(o.run, o.line); at >= 0 && at+1 < len(o.run) {
		text = strings.TrimRight(text, " ,") + " / " + s.lines[o.run[at+1]].text
	}
	return text
}

// withoutHail takes a greeting from the beginning of a text that says more.
func (s *speaker) withoutHail(text string) string {
	i := strings.IndexAny(text, ",!.:")
	if i < 1 || i > 24 || i+2 >= len(text) || text[i+1] != ' ' {
		return text
	}
	head := strings.Fields(text[:i])
	if len(head) > shortGreeting || !isGreeting(head[0]) {
		return text
	}
	return capital(strings.TrimLeft(text[i+1:], " ,!.:-"))
}

// excerpt returns the part of a text that fits in a number of words: all of it, or the sentence that asks, or the
// first that says much, with what follows it as far as there is room.
func (s *speaker) excerpt(text string, limit int, asks bool) string {
	text = manageable(text)
	if limit < 1 || text == "" {
		return ""
	}
	if count(text) <= limit {
		return text
	}
	parts := sentences(text)
	best, top := 0, -1.0
	for i, p := range parts {
		n := len(terms(s.vocab.tokens(p)))
		score := float64(min(n, 6)) - 0.7*float64(i)
		if asks && isAsked(p) {
			score += 4
		}
		if hasLink(p) {
			score += 2
		}
		if count(p) > limit {
			score -= 1.5
		}
		if score > top {
			best, top = i, score
		}
		if i >= 40 {
			break
		}
	}
	out := parts[best]
	end := best + 1
	for end < len(parts) && count(out)+count(parts[end]) <= limit {
		out += " " + parts[end]
		end++
	}
	out = shorten(out, limit, s.lex)
	if best > 0 && out != "" {
		out = ellipsis + out
	}
	return out
}

// section returns where the bullet of a talk stands.
func (s *speaker) section(t *talk, o opener, e ending) Section {
	first := &s.lines[o.line]
	if s.lex.lang == "" || s.lex.lang == "zh" || s.lex.lang == "ja" {
		return s.plainSection(t, o)
	}
	switch {
	case e.section == Decided:
		return Decided
	case first.asks && len(first.tokens) >= leastAsked && !s.isAnswered(t, o):
		return Open
	case e.section == Done:
		return Done
	case !first.asks && e.line < 0 && s.isDone(first.text, first.tokens):
		return Done
	case s.isShared(o, e):
		return Linked
	case s.isComing(first.text, first.tokens):
		return Coming
	case e.line >= 0 && hasDigit(s.lines[e.line].text) && s.isComing(s.lines[e.line].text, s.lines[e.line].tokens):
		return Coming
	}
	return Talk
}

// plainSection is the section where the words of a language are not known: nobody's answer and links can be seen.
func (s *speaker) plainSection(_ *talk, o opener) Section {
	if s.lines[o.line].hasLink && !s.lines[o.line].asks {
		return Linked
	}
	return Talk
}

// isAnswered tells whether anybody else wrote about it in a talk after its opener.
func (s *speaker) isAnswered(t *talk, o opener) bool {
	for n, i := range t.lines {
		if i > o.line && s.lines[i].author != s.lines[o.line].author && !s.isAside(t, o, n) {
			return true
		}
	}
	return false
}

// isShared tells whether a talk is about a page that its opener shared, or that its outcome did to applause.
func (s *speaker) isShared(o opener, e ending) bool {
	first := &s.lines[o.line]
	if first.hasLink && !first.asks {
		return true
	}
	return e.line >= 0 && s.lines[e.line].hasLink && s.lines[e.line].reactions >= backers
}

// within keeps the bullets that fit in the words of all, and cuts the last one to fit.
func (s *speaker) within(bullets []Bullet) []Bullet {
	left := s.budget.Words
	if left == 0 {
		return bullets
	}
	var out []Bullet
	for _, b := range bullets {
		n := count(b.Text)
		if n > left {
			if b.Text = shorten(b.Text, left, s.lex); left < leastWords && len(out) > 0 || b.Text == "" {
				break
			}
			if !strings.Contains(b.Text, strings.TrimSpace(arrow)) {
				b.MessageIDs = b.MessageIDs[:min(len(b.MessageIDs), 2)]
			}
		}
		out = append(out, b)
		if left -= n; left <= 0 {
			break
		}
	}
	return out
}
