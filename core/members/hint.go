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

// NewHint returns the rule that tells who is in private with the bot what it is for: at the beginning, and
// when he writes to it what is no command.
func NewHint() rule.Rule {
	return rule.Of[Hinted]{
		Title: "hint",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Posted, chat.Arrived:
				return e.Chat.String(), e.Private && !e.By.Bot
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: func(c chat.Community, s Hinted, e chat.Event) (Hinted, []chat.Effect) {
			if _, over := e.Body.(chat.Due); over {
				return Hinted{}, nil
			}
			if e.Now.Sub(s.At) < hintAgain {
				return s, nil
			}
			return Hinted{At: e.Now}, []chat.Effect{chat.Wake{Rule: "hint", Key: e.Chat.String(), At: e.Now.Add(hintAgain)}, chat.Send{To: e.Chat, Text: say.Text(c.Language(), "help.private", "prefix", say.Prefix(e.Chat.Platform))}}
		},
	}
}
