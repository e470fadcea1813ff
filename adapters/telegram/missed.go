package telegram

import (
	"context"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxTidings is the most events that wait for Run to tell them.
const maxTidings = 1000

// tell lets Run make an event durable that no update tells. What finds no room is left out: it is told again when it
// is noticed again.
func (a *Adapter) tell(e chat.Event) {
	if e.At.IsZero() {
		e.At = time.Now().UTC().Truncate(time.Second)
	}
	select {
	case a.tidings <- e:
	default:
	}
}

// tellAll makes the events durable that wait, as they come, until ctx ends; the function returned waits for that.
func (a *Adapter) tellAll(ctx context.Context, in adapters.In) (wait func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-a.tidings:
				a.publish(ctx, in, []chat.Event{e})
			}
		}
	}()
	return func() { <-ended }
}

// tellMissed tells, once and before anything else, that what was written between the last poll before a long
// absence and a day ago is lost: Telegram keeps updates no longer, and bots cannot read back.
func (a *Adapter) tellMissed(ctx context.Context, in adapters.In) {
	a.keeping.Lock()
	from, now := a.absent, time.Now()
	a.keeping.Unlock()
	if from.IsZero() {
		return
	}
	to := now.Add(-updateLife).UTC().Truncate(time.Second)
	var events []chat.Event
	for _, p := range a.memory.known(maxSavedPlaces) {
		id := fmt.Sprintf("tg:missed:%s:%d", p.chat().ID, from.Unix())
		events = append(events, chat.Event{
			ID: chat.EventID(id), At: now.UTC().Truncate(time.Second), Chat: p.chat(), Body: chat.Missed{From: from, To: to},
		})
	}
	if len(events) > 0 && !a.publish(ctx, in, events) {
		return
	}
	a.keeping.Lock()
	a.absent = time.Time{}
	a.keeping.Unlock()
}
