package draft

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

// What a model's bullet must have.
const (
	leastOverlap = 0.10
	leastWords   = 3
	mostWords    = 40
	maxCited     = 3
)

// checker holds a model's bullets against what it was shown.
type checker struct {
	language string
	redactor *redactor
	guard    guard
	shown    []evidence
	terms    []map[string]bool // of each line
	df       map[string]int
	number   *regexp.Regexp
	marks    *regexp.Regexp
}

func newChecker(language string, r *redactor, g guard, shown []evidence) *checker {
	c := &checker{
		language: language, redactor: r, guard: g, shown: shown, df: make(map[string]int),
		number: regexp.MustCompile(`\p{Nd}+`),
		marks:  regexp.MustCompile("\\[([^\\]]*)\\]\\([^)]*\\)|[*_`~#<>]+|(?i:(?:https?://|www\\.)\\S+)"),
	}
	for _, e := range shown {
		set := make(map[string]bool)
		for _, t := range terms(e.who + " " + e.text) {
			set[t] = true
		}
		for t := range set {
			c.df[t]++
		}
		c.terms = append(c.terms, set)
	}
	return c
}

// checked is a bullet that has passed.
type checked chat.Bullet

func (b checked) firstCite() chat.MessageID {
	if len(b.Cites) == 0 {
		return ""
	}
	return b.Cites[0]
}

// check returns a bullet as it is shown and who wrote what it cites first; false if it does not hold, not even with the
// message that supports it best.
func (c *checker) check(d draft, lines []chat.Line) (b checked, who string, ok bool) {
	text := strings.Join(strings.Fields(c.marks.ReplaceAllString(visible(d.Text), "$1")), " ")
	text = strings.ReplaceAll(text, "@", "")
	if n := len(strings.Fields(text)); n < leastWords || n > mostWords || c.guard.isOrder(text) {
		return b, "", false
	}
	cited := c.cited(d.IDs)
	shown, holds := c.holds(text, d.Quote, cited)
	if !holds {
		if cited = c.best(text, d.Quote); cited == nil {
			return b, "", false
		}
		if shown, holds = c.holds(text, d.Quote, cited); !holds {
			return b, "", false
		}
	}
	b = checked{Section: sectionOfModel(d.Section), Text: cut(shown, maxText), Name: lines[cited[0].at].Name}
	for _, e := range cited {
		b.Cites = append(b.Cites, e.id)
	}
	return b, cited[0].who, true
}

func sectionOfModel(s string) string {
	switch s {
	case "decision":
		return "decided"
	case "open_question":
		return "open"
	case "win", "link":
		return s
	case "event":
		return "coming"
	}
	return "talk"
}

// cited returns the evidence with those names, nil if one is invented.
func (c *checker) cited(ids []string) []evidence {
	var out []evidence
	for _, id := range ids {
		i := slices.IndexFunc(c.shown, func(e evidence) bool { return e.alias == strings.TrimSpace(id) })
		if i < 0 {
			return nil
		}
		if !slices.ContainsFunc(out, func(e evidence) bool { return e.alias == c.shown[i].alias }) && len(out) < maxCited {
			out = append(out, c.shown[i])
		}
	}
	return out
}

// holds tells whether some lines bear a bullet out, and returns it with the names and links put back.
func (c *checker) holds(text, quote string, cited []evidence) (string, bool) {
	if len(cited) == 0 || !isQuoted(quote, cited) {
		return "", false
	}
	var all strings.Builder
	for _, e := range cited {
		all.WriteString(e.who + " " + e.clock + " " + e.text + "\n")
	}
	said := all.String()
	numbers := c.number.FindAllString(said, -1)
	for _, n := range c.number.FindAllString(text, -1) {
		if !slices.Contains(numbers, n) {
			return "", false
		}
	}
	if !c.namesOccur(text, said) || c.overlap(text, cited) < leastOverlap {
		return "", false
	}
	return c.redactor.show(text, cited)
}

// isQuoted tells whether a quote is copied from one of some lines.
func isQuoted(quote string, cited []evidence) bool {
	folded := fold(quote)
	return folded != "" && slices.ContainsFunc(cited, func(e evidence) bool { return strings.Contains(" "+fold(e.text)+" ", " "+folded+" ") })
}

// fold leaves the words of a text, in lower case.
func fold(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), isNoWord), " ")
}

func isNoWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

// namesOccur tells whether the words of a text that are written like names occur in what was said. In German all nouns are.
func (c *checker) namesOccur(text, said string) bool {
	if c.language == "de" {
		return true
	}
	known := make(map[string]bool)
	for _, w := range strings.FieldsFunc(strings.ToLower(said), isNoWord) {
		known[stem(w, 3)] = true
	}
	for i, w := range strings.Fields(text) {
		word := strings.TrimFunc(w, isNoWord)
		if i == 0 || len([]rune(word)) < 3 || !unicode.IsUpper([]rune(word)[0]) {
			continue
		}
		if !known[stem(strings.ToLower(word), 3)] {
			return false
		}
	}
	return true
}

// overlap is which share of a bullet's words, weighed by how rare they are, some lines have.
func (c *checker) overlap(text string, cited []evidence) float64 {
	has, all := 0.0, 0.0
	for _, t := range terms(text) {
		weight := math.Log((float64(len(c.shown)) + 1) / (float64(c.df[t]) + 0.5))
		all += weight
		for _, e := range cited {
			i := slices.IndexFunc(c.shown, func(x evidence) bool { return x.alias == e.alias })
			if i >= 0 && c.terms[i][t] {
				has += weight
				break
			}
		}
	}
	if all <= 0 {
		return 0
	}
	return has / all
}

// best returns the line that supports a bullet best and has its quote; nil if there is none.
func (c *checker) best(text, quote string) []evidence {
	var out []evidence
	most := leastOverlap
	for i := range c.shown {
		one := c.shown[i : i+1]
		if share := c.overlap(text, one); share >= most && isQuoted(quote, one) {
			most, out = share, one
		}
	}
	return out
}

// terms are the words of a text that say something, cut to their beginnings.
func terms(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), isNoWord) {
		if len([]rune(w)) >= 3 || unicode.IsNumber([]rune(w)[0]) || w[0] == 'p' || []rune(w)[0] > 0x2E80 {
			out = append(out, stem(w, 6))
		}
	}
	return out
}

func stem(w string, n int) string {
	r := []rune(w)
	return string(r[:min(n, len(r))])
}
