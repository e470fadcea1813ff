package wins

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// read takes the words behind the command apart: the kind, whether the name is to be left out, and the words themselves. Kind
// and "unnamed" come in any order.
func read(words []string) (kind string, bare bool, text string) {
	for len(words) > 0 {
		word := strings.ToLower(strings.Trim(words[0], "#:"))
		k, isKind := kindNamed(word)
		switch {
		case isKind && kind == "" && len(words) > 1:
			kind = k
		case word == "unnamed" && !bare && len(words) > 1:
			bare = true
		default:
			return kind, bare, chat.OneLine(words...)
		}
		words = words[1:]
	}
	return kind, bare, ""
}

// kindNamed reads the word for a kind. Another is written down as such, so that nobody is asked again.
func kindNamed(word string) (string, bool) {
	switch word {
	case kindJob, kindSolved, kindCollab, kindOther:
		return word, true
	}
	return "", false
}

// hasLink tells whether words lead somewhere: a win is told by the house in all chats, and no way around the gates that links
// go through.
func hasLink(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "://") || strings.Contains(text, "www.") || strings.Contains(text, "t.me/")
}

// forgetNumber reads "forget 12".
func forgetNumber(args []string) (int, bool) {
	if len(args) != 2 || strings.ToLower(args[0]) != "forget" {
		return 0, false
	}
	n, err := strconv.Atoi(strings.Trim(args[1], "#."))
	return n, err == nil
}

// isYesEmoji tells whether a reaction is a yes.
func isYesEmoji(emoji []string) bool {
	return slices.ContainsFunc(emoji, func(s string) bool {
		return strings.HasPrefix(s, "👍") || strings.HasPrefix(s, "✅") || strings.HasPrefix(s, "❤")
	})
}

// isYes tells whether what somebody answers is a yes.
func isYes(v rule.Voice, text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if isYesEmoji([]string{text}) && len([]rune(text)) < 4 {
		return true
	}
	text = strings.TrimRight(text, ".!")
	return text != "" && slices.Contains(strings.Split(v.Say("wins.yes.words").Plain, ", "), text)
}

// kindSaid names a kind to members.
func kindSaid(v rule.Voice, kind string) chat.Text {
	switch kind {
	case kindJob:
		return v.Say("wins.kind.job")
	case kindSolved:
		return v.Say("wins.kind.solved")
	case kindCollab:
		return v.Say("wins.kind.collab")
	}
	return v.Say("wins.kind.other")
}

// kindChoices offer the kinds of a win, and to leave the name out.
func kindChoices(v rule.Voice, w Win) []chat.Choice {
	n := strconv.Itoa(w.N)
	var out []chat.Choice
	for _, kind := range []string{kindJob, kindSolved, kindCollab} {
		out = append(out, chat.Choice{Label: kindSaid(v, kind).Plain, Ask: "winmark kind " + n + " " + kind})
	}
	if !w.Bare {
		out = append(out, chat.Choice{Label: v.Say("wins.choice.bare").Plain, Ask: "winmark bare " + n})
	}
	return append(out, chat.Choice{Label: v.Say("wins.choice.back").Plain, Ask: "winmark back " + n})
}

// named is what the one whom a win is about is called.
func named(c chat.Community, v rule.Voice, w Win) any {
	card, ok := c.Members.ByID(w.Who)
	if w.Bare || !ok || card.Name == "" {
		return v.Say("wins.somebody")
	}
	return card.Name
}

// shown is a win as a room is told of it.
func (w Win) shown(c chat.Community, v rule.Voice) chat.Text {
	if w.Kind == "" || w.Kind == kindOther {
		return v.Say("wins.post", "name", named(c, v, w), "text", w.Text)
	}
	return v.Say("wins.post.kind", "name", named(c, v, w), "text", w.Text, "kind", kindSaid(v, w.Kind))
}
