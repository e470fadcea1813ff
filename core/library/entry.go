package library

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Entry is one link with what a member says of it.
type Entry struct {
	N       int           `json:"n"`
	URL     string        `json:"url"`
	Tags    []string      `json:"tags"`
	Summary string        `json:"summary"`
	By      chat.MemberID `json:"by"`
	At      time.Time     `json:"at"`
	// Room is where it was told; empty = nowhere.
	Room chat.RoomID `json:"room,omitempty"`
}

const (
	minSummary = 10 // characters
	maxSummary = 300
	maxTags    = 5
	maxTag     = 30
	// maxWords is the most words of an entry or a query that are read.
	maxWords = 120
)

// draft is what somebody has written about a link, as far as it can be read.
type draft struct {
	link    link
	linked  bool
	tags    []string
	summary string
}

// read takes a text apart: the first link, the tags and the words. A link that is only under words counts, too.
func read(t chat.Text) draft {
	var d draft
	var words []string
	fields := strings.Fields(chat.OneLine(t.Plain))
	for _, word := range fields[:min(len(fields), maxWords)] {
		if tag, ok := tagIn(word); ok {
			if len(d.tags) < maxTags && !slices.Contains(d.tags, tag) {
				d.tags = append(d.tags, tag)
			}
			continue
		}
		if l, ok := linkOf(word); ok && !d.linked {
			d.link, d.linked = l, true
			continue
		}
		words = append(words, word)
	}
	if len(fields) > maxWords {
		words = append(words, fields[maxWords:]...) // it is too long, and is told so
	}
	for _, s := range t.Spans {
		if l, ok := linkOf(s.Value); ok && !d.linked && s.Style == chat.Hyperlink {
			d.link, d.linked = l, true
		}
	}
	d.summary = strings.Join(words, " ")
	return d
}

// tagIn reads a word like "#bread": letters, digits, '-' and '_'.
func tagIn(word string) (string, bool) {
	word = strings.TrimRight(word, ".,;:!?")
	tag, ok := strings.CutPrefix(strings.ToLower(word), "#")
	if !ok || tag == "" || len([]rune(tag)) > maxTag || strings.ContainsFunc(tag, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-' && r != '_'
	}) {
		return "", false
	}
	return tag, true
}

// problem is the sentence about what a draft lacks to be an entry, "" if nothing.
func (d draft) problem() string {
	n := len([]rune(d.summary))
	switch {
	case !d.linked:
		return "library.nolink"
	case len(d.tags) == 0:
		return "library.notag"
	case n < minSummary:
		return "library.short"
	case n > maxSummary:
		return "library.long"
	}
	return ""
}

// tagLine is the tags as they are shown.
func (x Entry) tagLine() string { return "#" + strings.Join(x.Tags, " #") }

// shown is the entry as a room or a reader sees it.
func (x Entry) shown(c chat.Community, v rule.Voice) chat.Text {
	card, ok := c.Members.ByID(x.By)
	if !ok || card.Name == "" {
		return v.Say("library.entry", "n", x.N, "summary", x.Summary, "url", x.URL, "tags", x.tagLine())
	}
	return v.Say("library.entry.by", "n", x.N, "summary", x.Summary, "url", x.URL, "tags", x.tagLine(), "name", card.Name)
}

// score tells how well an entry answers a query: how many of its words it has, then how prominently. Tags of the query must
// be among its own.
func (x Entry) score(q draft) int {
	for _, tag := range q.tags {
		if !slices.Contains(x.Tags, tag) {
			return 0
		}
	}
	if q.linked {
		l, _ := linkOf(x.URL)
		if l.key() != q.link.key() {
			return 0
		}
	}
	words := wordsIn(q.summary)
	if len(words) == 0 {
		if len(q.tags) == 0 && !q.linked {
			return 0
		}
		return 1
	}
	matched, weight := 0, 0
	own := wordsIn(x.Summary)
	url := strings.ToLower(x.URL)
	for _, w := range words {
		best := 0
		switch {
		case slices.Contains(x.Tags, w):
			best = 8
		case slices.Contains(own, w):
			best = 5
		case len([]rune(w)) >= 3 && slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(o, w) }):
			best = 3
		case len([]rune(w)) >= 3 && slices.ContainsFunc(x.Tags, func(o string) bool { return strings.HasPrefix(o, w) }):
			best = 3
		case len([]rune(w)) >= 3 && strings.Contains(url, w):
			best = 2
		}
		if best > 0 {
			matched++
			weight += best
		}
	}
	return matched*1000 + weight
}

// wordsIn are the words of a text that can be looked for, each once.
func wordsIn(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		if len(out) < maxWords && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
