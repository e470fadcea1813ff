package extract

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnits is how many units of a conversation are compared with one another; the rest is left out evenly.
const maxUnits = 20_000

// unit is a sentence, a part of a long one, or a short message: what a bullet can quote.
type unit struct {
	line    int
	text    string
	cut     bool // the text begins inside a sentence
	open    bool // the text ends inside a sentence
	first   bool // the first of its line
	tokens  []token
	terms   []int32
	norm    float64 // length of its vector
	words   int     // for the budget, without the name
	segment int
	prior   float64
	worth   float64 // the sum of its likeness to others
}

// document is a text as units, with what is known of their words.
type document struct {
	*recap
	units    []unit
	df       []int     // by term: in how many units it occurs
	tf       []int     // by term: how many times it occurs
	rarity   []float64 // by term, see idf
	edges    [][]edge
	segments int
}

// units splits lines into units that fit in a bullet.
func (r *recap) units(lines []int, limit int) *document {
	d := &document{recap: r}
	for _, i := range lines {
		l := &r.lines[i]
		room := max(leastWords, limit-count(r.name(l.author)))
		if len(l.parts) == 1 && count(l.text) <= room && (r.kind != Call && len(l.tokens) <= 14) {
			d.add(unit{line: i, text: l.text, first: true, tokens: l.tokens, terms: l.terms})
			continue
		}
		first := true
		for _, p := range l.parts {
			for _, s := range sentences(p) {
				pieces := chunks(s, room, r.lex)
				for n, piece := range pieces {
					if r.kind == Call {
						piece = capital(piece)
					}
					tokens := r.vocab.tokens(piece)
					d.add(unit{line: i, text: piece, cut: n > 0, open: n+1 < len(pieces), first: first, tokens: tokens, terms: terms(tokens)})
					first = false
				}
			}
		}
	}
	if len(d.units) > maxUnits {
		d.thin()
	}
	d.measure()
	return d
}

func (d *document) add(u unit) {
	if len(u.tokens) == 0 && !hasLink(u.text) {
		return
	}
	u.words = count(u.text)
	d.units = append(d.units, u)
}

// thin leaves units out evenly, the shorter ones of each stretch first.
func (d *document) thin() {
	n := (len(d.units) + maxUnits - 1) / maxUnits
	kept := d.units[:0]
	for i := 0; i < len(d.units); i += n {
		best := i
		for j := i; j < min(i+n, len(d.units)); j++ {
			if len(d.units[j].terms) > len(d.units[best].terms) {
				best = j
			}
		}
		kept = append(kept, d.units[best])
	}
	d.units = kept
}

// measure counts terms and sets the length of each unit's vector.
func (d *document) measure() {
	n := len(d.vocab.sample)
	d.df, d.tf, d.rarity = make([]int, n), make([]int, n), make([]float64, n)
	for _, u := range d.units {
		for _, t := range u.terms {
			d.df[t]++
		}
		for _, t := range u.tokens {
			if t.term >= 0 {
				d.tf[t.term]++
			}
		}
	}
	for t, n := range d.df {
		d.rarity[t] = math.Log((float64(len(d.units)) + 1) / (float64(n) + 0.5))
	}
	for i := range d.units {
		s := 0.0
		for _, t := range d.units[i].terms {
			s += d.idf(t) * d.idf(t)
		}
		d.units[i].norm = math.Sqrt(s)
	}
}

// idf returns how rare a term is among the units.
func (d *document) idf(t int32) float64 { return d.rarity[t] }

// cosine returns the likeness of two units, between 0 and 1.
func (d *document) cosine(a, b *unit) float64 {
	if a.norm == 0 || b.norm == 0 {
		return 0
	}
	s := 0.0
	for i, j := 0, 0; i < len(a.terms) && j < len(b.terms); {
		switch {
		case a.terms[i] < b.terms[j]:
			i++
		case a.terms[i] > b.terms[j]:
			j++
		default:
			w := d.idf(a.terms[i])
			s += w * w
			i++
			j++
		}
	}
	return s / (a.norm * b.norm)
}

// proper counts the words inside a text that begin with a capital, at most 4.
func proper(text string) float64 {
	n := 0
	for i, f := range strings.Fields(text) {
		r, size := utf8.DecodeRuneInString(strings.TrimLeft(f, "\"'(“„«"))
		if i > 0 && unicode.IsUpper(r) && len(f) > size && f != "I'm" && f != "I've" && f != "I'll" && f != "I'd" {
			n++
		}
	}
	return float64(min(n, 4))
}

// hasDigit tells whether a text has a number.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789۰۱۲۳۴۵۶۷۸۹") }

// shareOf returns the share of tokens whose words are in a set.
func shareOf(tokens []token, s map[string]struct{}) float64 {
	n := 0
	for _, t := range tokens {
		if has(s, t.word) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(tokens)))
}

// display returns the text of a unit with signs where something was left out.
func (u *unit) display() string {
	s := u.text
	if u.open {
		s = finish(strings.Fields(s))
	}
	if u.cut {
		s = ellipsis + s
	}
	return manageable(s)
}

// allLines returns the indices of all lines.
func (r *recap) allLines() []int {
	out := make([]int, len(r.lines))
	for i := range out {
		out[i] = i
	}
	return out
}

// sortedUnique sorts numbers and drops those that come twice.
func sortedUnique(n []int) []int {
	slices.Sort(n)
	return slices.Compact(n)
}
