package prompts

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	maxOwn  = 100
	minText = 8   // characters
	maxText = 300 // characters
	maxTag  = 20  // characters
)

// Own is a question of the community's own.
type Own struct {
	Text string `json:"text"`
	Tag  string `json:"tag,omitempty"`
}

// id is the same for the same words, so that a question that is taken away and added again is not asked again too soon.
func (o Own) id() string {
	sum := sha256.Sum256([]byte(strings.ToLower(o.Text)))
	return "own." + hex.EncodeToString(sum[:8])
}

// parseOwn reads "#craft What did you bake?", or says what is wrong with it.
func parseOwn(text string) (o Own, key string) {
	words := strings.Fields(text)
	if len(words) > 0 && strings.HasPrefix(words[0], "#") {
		o.Tag = tagIn(words[0])
		if o.Tag == "" {
			return Own{}, "prompt.add.tag"
		}
		words = words[1:]
	}
	o.Text = chat.Uncalled(chat.OneLine(words...))
	switch n := len([]rune(o.Text)); {
	case n < minText:
		return Own{}, "prompt.add.how"
	case n > maxText:
		return Own{}, "prompt.add.long"
	}
	return o, ""
}

// tagIn reads a tag: letters, digits and dashes, in lower case; empty = none.
func tagIn(word string) string {
	word = strings.ToLower(strings.TrimPrefix(word, "#"))
	foreign := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }
	if len([]rune(word)) > maxTag || strings.ContainsFunc(word, foreign) {
		return ""
	}
	return word
}

// add keeps a question of the community's own.
func (s Pool) add(e chat.Event, v rule.Voice, text string) (Pool, []chat.Effect) {
	o, problem := parseOwn(text)
	same := func(other Own) bool { return other.id() == o.id() }
	switch {
	case problem != "":
		return s, answer(e, v.Say(problem, "max", maxText))
	case slices.ContainsFunc(s.Own, same):
		return s, answer(e, v.Say("prompt.add.same"))
	case len(s.Own) >= maxOwn:
		return s, answer(e, v.Say("prompt.add.many", "max", maxOwn))
	}
	s.Own = append(slices.Clone(s.Own), o)
	return s, append([]chat.Effect{audit(e, "add")}, answer(e, v.Say("prompt.added", "n", len(s.Own), "text", o.Text))...)
}

// remove forgets one, by its number in the list.
func (s Pool) remove(e chat.Event, v rule.Voice, args []string) (Pool, []chat.Effect) {
	n := 0
	if len(args) == 1 {
		n, _ = strconv.Atoi(args[0])
	}
	if n < 1 || n > len(s.Own) {
		return s, answer(e, v.Say("prompt.remove.how"))
	}
	text := s.Own[n-1].Text
	s.Own = slices.Delete(slices.Clone(s.Own), n-1, n)
	if len(s.Own) == 0 {
		s.Own = nil
	}
	return s, append([]chat.Effect{audit(e, "remove")}, answer(e, v.Say("prompt.removed", "text", text))...)
}
