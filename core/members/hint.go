package members

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// hintAgain is how long somebody who just chats with the bot is left alone after a hint.
const hintAgain = 24 * time.Hour

// Hinted is when somebody was last told that the bot cannot chat.
type Hinted struct {
	At time.Time `json:"at,omitzero"`
}

// NewHint returns the rule that answers what somebody writes to the bot in private without it being a
// command.
func NewHint() rule.Rule {
	return rule.Of[Hinted]{
		Title: "hint",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			_, posted := e.Body.(chat.Posted)
			return e.Chat.String(), posted && e.Private && !e.By.Bot
		},
		Fold: func(c chat.Community, s Hinted, e chat.Event) (Hinted, []chat.Effect) {
			if e.Now.Sub(s.At) < hintAgain {
				return s, nil
			}
			return Hinted{At: e.Now}, []chat.Effect{chat.Send{To: e.Chat, Text: say.Text(c.Language(), "help.private", "prefix", say.Prefix(e.Chat.Platform))}}
		},
	}
}
