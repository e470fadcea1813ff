package swaps

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// maxAround is how many members are looked at on each side of one for a ring of three.
	maxAround  = 40
	maxTokens  = 8
	minOverlap = 3 // letters that a word has at least to be more than a little one
)

// tokens are the words of a skill that tell something, in their plainest form, sorted.
func tokens(words string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(words), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '+' && r != '#'
	}) {
		if slices.Contains(littleWords(), w) {
			continue
		}
		w = plain(w)
		if !slices.Contains(out, w) && len(out) < maxTokens {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// plain takes off what English puts behind a word, and British from American spelling.
func plain(w string) string {
	if len(w) > minOverlap && !strings.HasSuffix(w, "ss") {
		w = strings.TrimSuffix(w, "s")
	}
	return strings.ReplaceAll(w, "colour", "color")
}

// littleWords say nothing about a skill, in the languages of the house.
func littleWords() []string {
	return []string{
		"a", "an", "and", "the", "of", "in", "on", "for", "to", "with", "some", "my", "me", "how", "help", "lesson", "lessons", "basics", "beginner",
		"beginners", "101", "intro", "introduction", "skill", "skills", "und", "der", "die", "das", "ein", "eine", "mit", "für", "de", "la", "el", "los",
		"las", "y", "en", "para", "le", "les", "et", "du", "des", "un", "une", "pour", "o", "os", "as", "e", "em", "do", "da",
	}
}

func same(a, b []string) bool { return slices.Equal(a, b) }

// fits tells whether an offer is what somebody wants: all words of the one are among those of the other.
func fits(offer, want []string) bool {
	small, big := offer, want
	if len(small) > len(big) {
		small, big = big, small
	}
	return len(small) > 0 && !slices.ContainsFunc(small, func(w string) bool { return !slices.Contains(big, w) })
}

// market is what is offered and wanted by those who can take part now, ready to be compared.
type market struct {
	people        []chat.MemberID
	offers, wants map[chat.MemberID][]ware
}

type ware struct {
	row    Row
	tokens []string
}

// market reads the book. What is part of an open swap is left out, and so is who is away, has had enough or does not want to
// be matched.
func (t *turn) market() market {
	m := market{offers: make(map[chat.MemberID][]ware), wants: make(map[chat.MemberID][]ware)}
	bound := make(map[int]bool)
	for _, d := range t.s.Deals {
		for _, l := range d.Legs {
			bound[l.Offer], bound[l.Want] = true, true
		}
	}
	can := make(map[chat.MemberID]bool)
	for _, r := range t.s.Rows {
		ok, known := can[r.Who]
		if !known {
			ok = t.mayAsk(r.Who) && !t.s.isBusy(r.Who, t.e.Now)
			can[r.Who] = ok
			if ok {
				m.people = append(m.people, r.Who)
			}
		}
		if !ok || bound[r.N] || r.Asked {
			continue
		}
		if w := (ware{r, tokens(r.Words)}); r.Give {
			m.offers[r.Who] = append(m.offers[r.Who], w)
		} else {
			m.wants[r.Who] = append(m.wants[r.Who], w)
		}
	}
	return m
}

// mayAsk tells whether somebody can take part in a swap now.
func (t *turn) mayAsk(who chat.MemberID) bool {
	card, ok := t.c.Members.ByID(who)
	return ok && card.Level >= chat.Member && len(card.In) > 0 && card.Settings["match"] != "off" && !rule.Away(card, t.e.Now)
}

// gives finds something that one offers and another wants.
func (m market) gives(from, to chat.MemberID) (Leg, bool) {
	if from == to {
		return Leg{}, false
	}
	for _, o := range m.offers[from] {
		for _, w := range m.wants[to] {
			if fits(o.tokens, w.tokens) {
				return Leg{Who: from, Offer: o.row.N, Want: w.row.N, Words: o.row.Words}, true
			}
		}
	}
	return Leg{}, false
}

// match proposes swaps for one member: with one other, else in a ring of three.
func (t *turn) match(me chat.MemberID) {
	for range maxOpen {
		m := t.market()
		if !slices.Contains(m.people, me) {
			return
		}
		legs, ok := t.pair(m, me)
		if !ok {
			legs, ok = t.ring(m, me)
		}
		if !ok {
			return
		}
		t.propose(legs)
	}
}

func (t *turn) pair(m market, me chat.MemberID) ([]Leg, bool) {
	for _, other := range m.people {
		a, there := m.gives(me, other)
		b, back := m.gives(other, me)
		if legs := []Leg{a, b}; there && back && t.isNew(legs) {
			return legs, true
		}
	}
	return nil, false
}

func (t *turn) ring(m market, me chat.MemberID) ([]Leg, bool) {
	var out, in []Leg
	for _, other := range m.people {
		if l, ok := m.gives(me, other); ok && len(out) < maxAround {
			out = append(out, Leg{Who: other, Offer: l.Offer, Want: l.Want, Words: l.Words}) // to whom
		}
		if l, ok := m.gives(other, me); ok && len(in) < maxAround {
			in = append(in, l)
		}
	}
	for _, first := range out {
		for _, last := range in {
			middle, ok := m.gives(first.Who, last.Who)
			legs := []Leg{{Who: me, Offer: first.Offer, Want: first.Want, Words: first.Words}, middle, last}
			if ok && t.isNew(legs) {
				return legs, true
			}
		}
	}
	return nil, false
}

// signature names a swap by the lines of the book that it is made of.
func signature(legs []Leg) string {
	var rows []int
	for _, l := range legs {
		rows = append(rows, l.Offer, l.Want)
	}
	slices.Sort(rows)
	var out []string
	for _, n := range rows {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, " ")
}

func (t *turn) isNew(legs []Leg) bool { return !slices.Contains(t.s.Past, signature(legs)) }
