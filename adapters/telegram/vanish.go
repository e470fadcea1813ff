package telegram

import (
	"context"
	"time"
)

type chatParams struct {
	ChatID int64 `json:"chat_id"`
}

// timer returns after what time messages of a chat vanish, 0 for never. A line of the chat's tells each change; what was
// set before the bot came is asked once. Where the platform does not answer, nobody asks again for a while.
func (a *Adapter) timer(ctx context.Context, chatID int64) time.Duration {
	if seconds, ok := a.memory.timers.get(chatID); ok {
		return time.Duration(min(seconds, maxTimer)) * time.Second
	}
	if time.Now().UnixNano() < a.unsure.Load() {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	var c struct {
		Seconds int64 `json:"message_auto_delete_time"`
	}
	if err := a.calls.call(ctx, "getChat", chatParams{chatID}, &c); err != nil {
		a.unsure.Store(time.Now().Add(unsureTime).UnixNano())
		a.log.Debug("whether messages vanish in a chat cannot be looked up", "error", err)
		return 0
	}
	a.memory.timers.put(chatID, max(c.Seconds, 0))
	return time.Duration(min(max(c.Seconds, 0), maxTimer)) * time.Second
}

// maxTimer is the longest time that is told, in seconds: ten years.
const maxTimer = 10 * 365 * 24 * 3600
