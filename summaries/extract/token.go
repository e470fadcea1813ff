package extract

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// maxTerms is how many words of one text are looked at.
const maxTerms = 2000

// token is a word as it is compared: folded, without accents; term is its stem's number, -1 for words that say
// nothing about a topic.
type token struct {
	word string
	term int32
}

// vocabulary gives words their numbers. One serves one recap.
type vocabulary struct {
	lex    *lexicon
	env    *snowballstem.Env
	stem   func(*snowballstem.Env) bool
	known  map[string]token // by the lower-case word
	stems  map[string]int32
	sample []string // for each term the first word that had it
}

func newVocabulary(lex *lexicon) *vocabulary {
	v := &vocabulary{lex: lex, env: snowballstem.NewEnv(""), known: map[string]token{}, stems: map[string]int32{}}
	switch lex.lang {
	case "en":
		v.stem = english.Stem
	case "es":
		v.stem = spanish.Stem
	case "de":
		v.stem = german.Stem
	case "pt":
		v.stem = portuguese.Stem
	case "fr":
		v.stem = french.Stem
	}
	return v
}

// tokens returns the words of a text. Links are left out. Scripts that put no spaces between words give one token
// a sign; their terms are pairs of signs.
func (v *vocabulary) tokens(text string) []token {
	text = withoutLinks(text)
	if !isASCII(text) {
		text = norm.NFKC.String(text)
	}
	out := make([]token, 0, len(text)/6+1)
	before := "" // the sign before, for pairs
	for w := words.FromString(text); w.Next() && len(out) < maxTerms; {
		word := w.Value()
		r, n := utf8.DecodeRuneInString(word)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			before = ""
			continue
		}
		if n == len(word) && isDense(r) {
			t := token{word: word, term: -1}
			if before != "" && !v.lex.isLight(before) && !v.lex.isLight(word) {
				t.term = v.number(before+word, before+word)
			}
			out, before = append(out, t), word
			continue
		}
		before = ""
		out = append(out, v.token(word))
	}
	return out
}

func (v *vocabulary) token(word string) token {
	if t, ok := v.known[word]; ok {
		return t
	}
	lower := strings.ToLower(word)
	folded := fold(lower)
	t := token{word: folded, term: -1}
	if _, stop := v.lex.stop[folded]; !stop && len(folded) <= 60 && hasWeight(folded) {
		stem := folded
		if v.stem != nil {
			lower = strings.ReplaceAll(lower, "’", "'")
			if i := strings.IndexByte(lower, '\''); v.lex.lang == "fr" && i > 0 && i <= 2 {
				lower = lower[i+1:] // l'école
			}
			v.env.SetCurrent(lower)
			v.stem(v.env)
			stem = fold(v.env.Current())
		}
		t.term = v.number(stem, word)
	}
	v.known[strings.Clone(word)] = t
	return t
}

func (v *vocabulary) number(stem, word string) int32 {
	if id, ok := v.stems[stem]; ok {
		return id
	}
	id := int32(len(v.sample))
	v.stems[strings.Clone(stem)] = id
	v.sample = append(v.sample, strings.Clone(word))
	return id
}

// hasWeight tells whether a word can be about something: two signs or more, not only a short number.
func hasWeight(w string) bool {
	return utf8.RuneCountInString(w) > 1 && (len(w) > 2 || strings.Trim(w, "0123456789") != "")
}

// terms returns the numbers of the words that say something, sorted, each once.
func terms(tokens []token) []int32 {
	var out []int32
	for _, t := range tokens {
		if t.term >= 0 {
			out = append(out, t.term)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fold takes accents and the marks of Arabic vowels away, and gives letters of Urdu that are written in two ways
// one form. The text is in lower case.
func fold(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r >= 0x300 && r <= 0x36f, r >= 0x64b && r <= 0x65f, r >= 0x610 && r <= 0x61a, r == 0x670, r == 0x640, r == 0x200c, r == 0x200d:
			continue
		case r == 'ي' || r == 'ى' || r == 'ۍ':
			r = 'ی'
		case r == 'ك':
			r = 'ک'
		case r == 'ه' || r == 'ة' || r == 'ۃ' || r == 'ۀ':
			r = 'ہ'
		case r == 'ß':
			b.WriteByte('s')
			r = 's'
		case r == '’':
			r = '\''
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isDense tells whether a sign belongs to a script without spaces between words.
func isDense(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isLink tells whether a word is the address of a page.
func isLink(w string) bool {
	return strings.Contains(w, "://") || strings.HasPrefix(w, "www.")
}

// hasLink tells whether a text has the address of a page.
func hasLink(s string) bool {
	return strings.Contains(s, "http://") || strings.Contains(s, "https://") || strings.Contains(s, "www.")
}

func withoutLinks(s string) string {
	if !hasLink(s) {
		return s
	}
	fields := strings.Fields(s)
	out := slices.DeleteFunc(fields, isLink)
	return strings.Join(out, " ")
}

// signsPerWord is how many signs of a script without spaces make what is a word elsewhere.
const signsPerWord = 2

// count returns how many words a text has for a budget: what stands between spaces; of signs of a script without
// spaces two are a word.
func count(s string) int {
	n, dense, inWord := 0, 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			inWord = false
		case isDense(r):
			dense++
			inWord = true
		case !inWord:
			n++
			inWord = true
		}
	}
	return n + (dense+signsPerWord-1)/signsPerWord
}
