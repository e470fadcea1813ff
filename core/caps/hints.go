package caps

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// hintAgain is how long somebody is left alone who was told about reactions.
const hintAgain = 7 * 24 * time.Hour

// Hinted is when a member was last told that a reaction says as much.
type Hinted struct {
	At time.Time `json:"at,omitzero"`
}

// NewHints returns the rule that tells in private who answers "+1" that a reaction says as much. The answer itself
// stays what it is.
func NewHints() rule.Rule {
	return rule.Of[Hinted]{
		Title: "reacthints",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			p, ok := e.Body.(chat.Posted)
			if !ok || e.Private || e.By.Bot || p.Reply == nil || len(p.Parts) > 0 || c.Setting("hints", "on") != "on" {
				return "", false
			}
			m := e.ReplyTo
			if m == nil || m.Author == "" || m.Author == e.Member || !isLow(p.Text.Plain) { // what answers the house may be asked for
				return "", false
			}
			return rule.ByMember(c, e)
		},
		Fold: func(c chat.Community, s Hinted, e chat.Event) (Hinted, []chat.Effect) {
			card, ok := c.Members.ByID(e.Member)
			if !ok || card.Setting("hints", "on") != "on" || !s.At.IsZero() && e.Now.Sub(s.At) < hintAgain {
				return s, nil
			}
			write := func(v rule.Voice) chat.Text { return v.Say("reacthint") }
			return Hinted{At: e.Now}, rule.Secretly(c, card, "", write)
		},
		Join: func(kept, gone Hinted) Hinted {
			if gone.At.After(kept.At) {
				return gone
			}
			return kept
		},
		Mine: func(s Hinted, _ chat.MemberID) any {
			return struct {
				At time.Time `json:"last_hint,omitzero"`
			}{s.At}
		},
		Options: []rule.Setting{
			{Name: "hints", Default: "on", Values: []string{"on", "off"}, Help: "setting.hints"},
			{Name: "hints", Scope: rule.OfMember, Default: "on", Values: []string{"on", "off"}, Help: "setting.my.hints"},
		},
	}
}

// isLow tells whether an answer says no more than a reaction would: at most three words, all of them together one of
// a list, or nothing but emoji.
func isLow(s string) bool {
	if len(s) > 60 {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r != '+' && r != '^' && r != '\'' && r != '’' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(words) == 0 {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.So, r) })
	}
	if len(words) > 3 {
		return false
	}
	said := strings.ReplaceAll(strings.Join(words, " "), "’", "'")
	return slices.Contains([]string{
		"+1", "+", "++", "+100", "+1000", "^", "^^", "^^^", "^ this", "+1 this", "this", "this this", "so this", "all this", "same", "same here", "me too", "same for me",
		"agree", "agreed", "i agree", "i agree +1", "totally", "totally agree", "exactly", "yes this", "this exactly", "so true", "true", "indeed", "yep",
		"yup", "lol", "haha", "hahaha", "nice", "cool", "great", "ditto", "word", "what they said", "seconded", "hear hear", "second this", "i second this",
		"dito", "ich auch", "genau", "genau das", "stimmt", "sehe ich auch", "igual", "yo también", "totalmente", "eso", "de acuerdo", "moi aussi",
		"pareil", "d'accord", "tout à fait", "exactement",
	}, said)
}
