package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Presses are answered by this many at once; beyond maxPresses that wait nobody is answered, and the button
// waits until the client gives up.
const (
	pressAnswerers = 4
	maxPresses     = 1000
)

// press tells that somebody has pressed a button. It is answered whatever becomes of it, and at once: until then it
// looks to the person as if nothing had happened, and after 150 seconds it cannot be answered any more.
func (r *receiver) press(ctx context.Context, update int64, raw json.RawMessage) []chat.Event {
	var q rawCallback
	if err := json.Unmarshal(raw, &q); err != nil {
		r.log.Warn("telegram sent a press that cannot be read whole", "error", jsonError(err))
	}
	if q.ID != "" {
		r.answer(q.ID)
	}
	n, ours := chosen(q.Data)
	m := q.Message
	if !ours || q.From.ID == 0 || m == nil || m.Chat.ID == 0 || m.MessageID == 0 {
		return nil
	}
	at := place{id: m.Chat.ID, thread: r.memory.threadOf(m.Chat.ID, m.MessageID)}
	if m.IsTopic {
		at.thread = m.ThreadID
	}
	r.memory.person(q.From)
	by := q.From.person()
	r.rank(ctx, m.Chat, q.From.ID, &by)
	return []chat.Event{{
		// The press's own id stands beside the update's number because the numbers begin anew after a quiet week.
		ID: chat.EventID(fmt.Sprintf("tg:pressed:%d:%.32s", update, q.ID)), At: time.Now().UTC().Truncate(time.Second),
		Chat: at.chat(), Title: m.Chat.name(), Private: m.Chat.Type == "private", By: by,
		Body: chat.Pressed{Ref: at.ref(m.MessageID), N: n},
	}}
}

// rank fills in what the platform's own rights give a person in a chat.
func (r *receiver) rank(ctx context.Context, c rawChat, user int64, by *chat.Person) {
	if c.Type == "private" {
		by.Level = chat.Member
		return
	}
	level, ok := r.rights(ctx, c.ID, user)
	by.Level, by.Unsure = level, !ok
}

// answerLater notes that a press is to be answered.
func (a *Adapter) answerLater(query string) {
	select {
	case a.presses <- query:
	default: // it is no more than a button that looks pressed for a while
	}
}

// answerPresses answers presses until ctx ends; the function returned waits for that.
func (a *Adapter) answerPresses(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	for range pressAnswerers {
		all.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case query := <-a.presses:
					a.answerPress(ctx, query)
				}
			}
		})
	}
	return all.Wait
}

type answerParams struct {
	Query string `json:"callback_query_id"`
}

// answerPress answers a press, in a few tries. One that is answered already, or too old to be, is no failure.
func (a *Adapter) answerPress(ctx context.Context, query string) {
	wait := newBackoff()
	for range 3 {
		err := a.short(ctx, "answerCallbackQuery", answerParams{query}, nil)
		e := refusal(err)
		if err == nil || ctx.Err() != nil || (e != nil && e.says("query is too old", "QUERY_ID_INVALID")) {
			return
		}
		final := e != nil && e.code >= http.StatusBadRequest && e.code < 500 && e.code != http.StatusTooManyRequests
		if final || askedWait(err) > lastWait {
			a.log.Warn("the press of a button cannot be answered", "error", err)
			return
		}
		wait.pause(ctx, askedWait(err))
	}
}
