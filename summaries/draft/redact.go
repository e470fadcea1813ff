package draft

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// redactor takes out of texts what must not leave the server, and puts back of it what may be shown: names and links.
type redactor struct {
	names   []named
	aliases map[chat.MemberID]string
	people  map[string]string // alias → name
	links   []string
	secrets []secret
	link    *regexp.Regexp
}

// named is how somebody is called in texts.
type named struct {
	word  string
	like  *regexp.Regexp
	alias string
}

type secret struct {
	like *regexp.Regexp
	is   func(string) bool // nil = always
	name string
}

// somebody stands for people who have written none of the lines.
const somebody = "[somebody]"

// maxNames is the most people whose names are looked for in texts.
const maxNames = 300

func newRedactor(lines []chat.Line, others ...string) *redactor {
	r := &redactor{
		aliases: make(map[chat.MemberID]string), people: make(map[string]string),
		link: regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"']+`),
		secrets: []secret{
			{regexp.MustCompile(`[\p{L}\d._%+-]+@[\p{L}\d.-]+\.\p{L}{2,}`), nil, "[mail]"},
			{regexp.MustCompile(`@[\p{L}\d._-]+:[\w.-]+`), nil, "[account]"},
			{regexp.MustCompile(`@[\p{L}\d_][\p{L}\d._~-]*`), nil, somebody},
			{regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b`), nil, "[iban]"},
			{regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`), isCard, "[card]"},
			{regexp.MustCompile(`[-+]?\d{1,3}\.\d{4,},\s*[-+]?\d{1,3}\.\d{4,}`), nil, "[place]"},
			{regexp.MustCompile(`(?:\+|\b00)\d(?:[ ()./-]?\d){6,14}\b|\b0\d(?:[ ()./-]?\d){6,13}\b|\(\d{2,4}\) ?\d(?:[ -]?\d){5,9}|\b\d{3}[ .-]\d{3}[ .-]\d{4}\b`), nil, "[phone]"},
			{regexp.MustCompile(`\b(?:sk|pk|ghp|gho|xox[abprs]|glpat|AKIA|ASIA|eyJ|syt|hf)[-_A-Za-z0-9.]{12,}`), nil, "[key]"},
			{regexp.MustCompile(`\b\d{6,12}:[A-Za-z0-9_-]{30,}`), nil, "[key]"},
			{regexp.MustCompile(`[A-Za-z0-9+/_=-]{20,}`), isKey, "[key]"},
		},
	}
	for _, l := range lines {
		if r.aliases[l.By] == "" {
			alias := "P" + strconv.Itoa(len(r.aliases)+1)
			r.aliases[l.By], r.people[alias] = alias, l.Name
		}
		if len(r.names) < maxNames {
			r.learn(l.Name, r.aliases[l.By])
		}
	}
	for _, name := range others {
		if len(r.names) < 2*maxNames {
			r.learn(name, somebody)
		}
	}
	return r
}

// learn lets a name be found in texts: the whole of it, and its first word.
func (r *redactor) learn(name, alias string) {
	first, _, _ := strings.Cut(name, " ")
	for _, word := range []string{name, first} {
		if len([]rune(word)) < 2 {
			continue
		}
		for _, n := range r.names { // the first who is called so
			if n.word == word {
				word = ""
				break
			}
		}
		if word == "" {
			continue
		}
		like := `(?:^|[^\p{L}\d])(` + regexp.QuoteMeta(word) + `)(?:$|[^\p{L}\d])`
		r.names = append(r.names, named{word: word, like: regexp.MustCompile(like), alias: alias})
	}
}

// hide returns a text as it may leave the server.
func (r *redactor) hide(text string) string {
	text = r.link.ReplaceAllStringFunc(text, func(link string) string {
		link = strings.TrimRight(link, ".,;:!?)")
		r.links = append(r.links, link)
		return " L" + strconv.Itoa(len(r.links)) + " "
	})
	for _, s := range r.secrets {
		text = s.like.ReplaceAllStringFunc(text, func(found string) string {
			if s.is != nil && !s.is(found) {
				return found
			}
			return s.name
		})
	}
	for _, n := range r.names {
		for range 20 { // neighbours share the sign between them
			at := n.like.FindStringSubmatchIndex(text)
			if at == nil {
				break
			}
			text = text[:at[2]] + n.alias + text[at[3]:]
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// isCard tells whether digits have the check sum of a payment card.
func isCard(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		n++
	}
	return n >= 13 && sum%10 == 0
}

// isKey tells whether a long word has as many different signs as only keys have.
func isKey(s string) bool {
	counts := make(map[rune]float64)
	digits, upper := false, 0
	for _, c := range s {
		counts[c]++
		digits = digits || c >= '0' && c <= '9'
		if c >= 'A' && c <= 'Z' {
			upper++
		}
	}
	entropy, n := 0.0, float64(len(s))
	for _, k := range counts {
		entropy -= k / n * math.Log2(k/n)
	}
	return digits && entropy > 3 || upper > 2 && entropy > 3.8
}

// show puts names and links back into a bullet that may have those of some messages; false if it has another.
func (r *redactor) show(text string, cited []evidence) (string, bool) {
	ok := true
	has := func(word string) bool {
		for _, e := range cited {
			if e.who == word || containsWord(e.text, word) {
				return true
			}
		}
		return false
	}
	out := regexp.MustCompile(`\b[PL]\d+\b`).ReplaceAllStringFunc(text, func(word string) string {
		n, err := strconv.Atoi(word[1:])
		switch {
		case err == nil && word[0] == 'P' && r.people[word] != "" && has(word):
			return r.people[word]
		case err == nil && word[0] == 'L' && n >= 1 && n <= len(r.links) && has(word):
			return r.links[n-1]
		}
		ok = false
		return word
	})
	return out, ok
}

func containsWord(text, word string) bool {
	for _, w := range strings.FieldsFunc(text, isNoWord) {
		if w == word {
			return true
		}
	}
	return false
}
