package loops

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

// names are the hashes of those that we have.
type names []uint32

// kind is how sure it is that a message was said before by somebody else.
type kind int

const (
	none    kind = iota
	suspect      // the same long words soon after, in another chat
	twin         // the same words soon after, in another chat, by an account that is called like who has said them
	sure         // words that say themselves whose they are
)

// echo is what a message turns out to be.
type echo struct {
	kind kind
	text uint64
}

// hear tells whether a message is one of those that were said before. What somebody forwards, or says by another account of
// his own, is no echo.
func (r names) hear(c chat.Community, s State, e chat.Event, p chat.Posted) echo {
	if p.Forward != "" {
		return echo{}
	}
	hasParts := len(p.Parts) > 0
	best := echo{}
	for _, said := range peel(p.Text.Plain, hasParts, s.Ring.knows) {
		text := textOf(said.words, hasParts)
		for old := range s.Ring.all() {
			if old.text != text || isOwn(c, e, old) {
				continue
			}
			if k := r.judge(s, e, old, said); k > best.kind {
				best = echo{kind: k, text: text}
			}
		}
	}
	return best
}

// judge tells what a message is in the light of an older one with the same words. In the older one's own chat only our copy
// of it comes back: under our name, or with a name before its author's. Somebody who quotes a neighbour there is no
// relay; and "Ben: yes", a while after Ben has said yes, is said to him.
func (r names) judge(s State, e chat.Event, old entry, said peeled) kind {
	elsewhere := old.chat != short(e.Chat.String())
	after, isLong := e.Now.Unix()-old.at, old.isLong
	switch {
	case said.depth > 0 && (old.name == 0 || said.name != old.name):
		return none
	case said.depth > 1:
		return sure
	case said.depth == 1:
		if !elsewhere && !slices.Contains(r, nameOf(e.By.Name)) || !isLong && after > int64(wordTime.Seconds()) {
			return none
		}
		return sure
	}
	switch {
	case !elsewhere, old.isEcho, after > int64(suspectTime.Seconds()):
		return none
	case old.name != 0 && old.name == nameOf(e.By.Name) && (isLong || after <= int64(twinTime.Seconds())):
		return twin
	case isLong && s.sayers(old.text) == 1:
		return suspect
	}
	return none
}

// isOwn tells whether an older message is by the same person.
func isOwn(c chat.Community, e chat.Event, old entry) bool {
	if old.author == accountOf(e.By.Identity) {
		return true
	}
	card, ok := c.Members.Of(e.By.Identity)
	if !ok {
		return false
	}
	for _, i := range card.Identities {
		if old.author == accountOf(i) {
			return true
		}
	}
	return false
}

// sayers returns how many accounts have said the same words.
func (s State) sayers(text uint64) int {
	who := make(map[uint32]bool)
	for e := range s.Ring.all() {
		if e.text == text {
			who[e.author] = true
		}
	}
	return len(who)
}

// peeled is what is left of a text when names are taken from its beginning: how many, the hash of the last, which may be
// the name of who has said the rest, and the normal words.
type peeled struct {
	depth int
	name  uint32
	words string
}

// The bounds of peeling: a name has at most maxName characters, and as many relays can have put theirs before it.
const (
	maxName = 80
	maxPeel = 4
)

// peel returns all that a text can be an echo of, itself first: "Potluck: Ana (Telegram): hello" is itself, and what Potluck
// has said, and what Ana has. Only what may be a known name is compared.
func peel(text string, hasParts bool, known func(name uint32) bool) []peeled {
	out := []peeled{{words: normal(text)}}
	layer := []string{text}
	for depth := 1; depth <= maxPeel; depth++ {
		var next []string
		for _, t := range layer {
			for _, cut := range prefixes(t) {
				next = append(next, cut.rest)
				if !known(cut.name) {
					continue
				}
				if words := normal(cut.rest); words != "" || hasParts {
					out = append(out, peeled{depth: depth, name: cut.name, words: words})
				}
			}
		}
		layer = next[:min(len(next), 8)]
	}
	return out
}

// prefix is one way to read a name at the beginning of a text.
type prefix struct {
	name uint32
	rest string
}

// prefixes reads "Name: ", "<Name> ", "[Name] ", "Name (platform): ", "Name:" or "Name" on a line of its own, each also
// quoted and with marks of style.
func prefixes(text string) []prefix {
	t := strings.TrimSpace(unquoted(text))
	if t == "" {
		return nil
	}
	var out []prefix
	add := func(name, rest string) {
		if h := nameOf(strings.Trim(name, " \t*_`~:")); h != 0 && utf8.RuneCountInString(name) <= maxName && !strings.Contains(name, "\n") {
			out = append(out, prefix{name: h, rest: rest})
		}
	}
	for _, pair := range [][2]string{{"<", ">"}, {"[", "]"}, {"(", ")"}, {"«", "»"}} {
		inner, ok := strings.CutPrefix(strings.TrimLeft(t, "*_`"), pair[0])
		if name, rest, closed := strings.Cut(inner, pair[1]); ok && closed {
			add(name, strings.TrimPrefix(strings.TrimLeft(rest, "*_`"), ":"))
		}
	}
	line, below, more := strings.Cut(t, "\n")
	if more {
		add(line, below)
	}
	at := 0
	for range 3 { // a name can have a colon of its own
		i := strings.Index(line[at:], ":")
		if i < 0 {
			break
		}
		at += i + 1
		add(line[:at-1], t[at:])
	}
	return out
}

// unquoted takes the signs of a quotation from the beginning of each line.
func unquoted(text string) string {
	if !strings.HasPrefix(strings.TrimSpace(text), ">") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimLeft(l, "> \t")
	}
	return strings.Join(lines, "\n")
}
