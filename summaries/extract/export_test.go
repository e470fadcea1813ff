package extract

import (
	"cmp"
	"slices"
)

// What the tests of this package look at from outside.
var (
	Clean      = clean
	Sentences  = sentences
	Paragraphs = paragraphs
	Tidy       = tidy
	Fold       = fold
	Count      = count
)

// Shorten is shorten with the words of English.
func Shorten(text string, limit int) string { return shorten(text, limit, newLexicon("en", nil)) }

// LexRank returns the ids of the messages with the n most central sentences, each message once.
func LexRank(c Conversation, n int) []string {
	r := read(c)
	d := r.units(r.allLines(), maxBulletWords)
	d.connect()
	rank := d.lexrank()
	order := make([]int, len(d.units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank[b], rank[a]) })
	var out []string
	for _, i := range order {
		if id := r.lines[d.units[i].line].id; len(out) < n && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Knows tells whether a word was learned.
func Knows(c *Common, word string) bool { return c != nil && has(c.words, word) }
