package rooms

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// helloAgain is how long a chat is not greeted again when the bot is taken out and brought back.
const helloAgain = 24 * time.Hour

// Greeted is when the bot last said hello in a chat.
type Greeted struct {
	At time.Time `json:"at,omitzero"`
}

// NewHello returns the rule that says who the bot is and what it reads, when it comes into a chat.
func NewHello() rule.Rule {
	return rule.Of[Greeted]{
		Title: "hello",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			_, arrived := e.Body.(chat.Arrived)
			return e.Chat.String(), arrived && !e.Private
		},
		Fold: func(c chat.Community, s Greeted, e chat.Event) (Greeted, []chat.Effect) {
			if room, _ := c.Room(e.Room); room.Settings["private"] == "on" { // a small room that the house has made
				return s, nil
			}
			if e.Now.Sub(s.At) < helloAgain {
				return s, nil
			}
			return Greeted{At: e.Now}, []chat.Effect{
				chat.Send{To: e.Chat, Text: say.Text(c.Language(), "hello", "prefix", say.Prefix(e.Chat.Platform))},
			}
		},
	}
}
