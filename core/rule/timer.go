package rule

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Rewake returns what sets the one timer of a state to when something is due next, from when it is set to; zero is never. A
// timer that has just rung is set to nothing any more.
func Rewake(title, key string, was, next time.Time) []chat.Effect {
	switch {
	case next.Equal(was):
		return nil
	case next.IsZero():
		return []chat.Effect{chat.Cancel{Rule: title, Key: key}}
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: key, At: next}}
}
