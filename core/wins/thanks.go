package wins

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Hint is when somebody was last told that there may be a win to note.
type Hint struct {
	At time.Time `json:"at,omitzero"`
}

const (
	hintTag = "win hint"
	// maxThanks is the most characters of an answer that is taken for thanks.
	maxThanks = 200
)

// NewThanks returns the rule that suggests, in private and once a week at most, to note a win to somebody who has thanked
// another. It notes nothing itself: an answer to the suggestion is the command /win.
func NewThanks() rule.Rule {
	return rule.Of[Hint]{
		Title: "winhints",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			p, ok := e.Body.(chat.Posted)
			if !ok || e.By.Bot || e.By.Anonymous || e.ReplyTo == nil {
				return "", false
			}
			key, ok := rule.ByMember(c, e)
			return key, ok && (isHintAnswer(e) || isThanksToAnother(c, e, p))
		},
		Fold: foldThanks,
		Mine: func(s Hint, _ chat.MemberID) any {
			return struct {
				At time.Time `json:"last_hint,omitzero"`
			}{s.At}
		},
		Join: func(kept, gone Hint) Hint {
			if gone.At.After(kept.At) {
				return gone
			}
			return kept
		},
	}
}

func isHintAnswer(e chat.Event) bool { return e.Private && e.ReplyTo.Tag == hintTag }

func isThanksToAnother(c chat.Community, e chat.Event, p chat.Posted) bool {
	room, ok := c.Room(e.Room)
	author := e.ReplyTo.Author
	return ok && !e.Private && !isClosed(room) && author != "" && author != e.Member && isThanks(p.Text.Plain)
}

func foldThanks(c chat.Community, s Hint, e chat.Event) (Hint, []chat.Effect) {
	p, _ := e.Body.(chat.Posted)
	if isHintAnswer(e) {
		args := strings.Fields(p.Text.Plain)
		return s, []chat.Effect{
			chat.Emit{Body: chat.Asked{Ref: p.Ref, Command: "win", Alias: "win", Args: args, Text: p.Text}},
			chat.Drop{},
		}
	}
	card, ok := c.Members.ByID(e.Member)
	if !ok || e.Level < chat.Member || e.Now.Sub(s.At) < week && !s.At.IsZero() || !wantsHints(c, card, e.Now) {
		return s, nil
	}
	helper, ok := c.Members.ByID(e.ReplyTo.Author)
	if !ok || helper.Name == "" {
		return s, nil
	}
	s.At = e.Now
	return s, rule.Secretly(c, card, hintTag, func(v rule.Voice) chat.Text { return v.Say("wins.hint", "name", helper.Name) })
}

// wantsHints tells whether somebody may be given a suggestion now.
func wantsHints(c chat.Community, card chat.Card, now time.Time) bool {
	if rule.Quiet(c, now) || rule.Away(card, now) || card.Settings[settingWins] == "off" || card.Settings["prompt"] == "off" {
		return false
	}
	return daytime(now, c.ZoneOf(card)).Equal(now)
}

// isThanks tells whether a short answer thanks somebody.
func isThanks(text string) bool {
	if text == "" || len([]rune(text)) > maxThanks {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	for i, w := range words {
		if slices.Contains(thankWords(), w) && (i == 0 || !slices.Contains(noWords(), words[i-1])) {
			return true
		}
	}
	return false
}

// thankWords are how people of the house's languages say thanks.
func thankWords() []string {
	return []string{
		"thanks", "thank", "thx", "ty", "tysm", "danke", "dankeschön", "gracias", "merci", "obrigado", "obrigada", "valeu", "شکریہ", "shukria", "shukriya",
	}
}

// noWords before them say the opposite.
func noWords() []string {
	return []string{"no", "not", "nein", "kein", "keinen", "non", "não", "نہیں"}
}
