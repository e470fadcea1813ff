package signal

import (
	"context"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// request asks the consumer to look at groups: all, or those that are stale.
type request struct {
	client *client
	all    bool
	done   chan error
}

// consume turns the lines of the inbox into events until ctx ends. It is the only one to look at groups, so
// that their changes are told once and in order.
func (a *Adapter) consume(ctx context.Context, in adapters.In, box *inbox) {
	for ctx.Err() == nil {
		batch, changed := box.peek()
		if len(batch) == 0 || a.self() == "" {
			select {
			case <-changed:
			case r := <-a.requests:
				r.done <- a.serve(ctx, in, r)
			case <-ctx.Done():
			}
			continue
		}
		select {
		case r := <-a.requests:
			r.done <- a.serve(ctx, in, r)
		default:
		}
		c, _ := a.link() // without a connection groups are looked at later
		var events []chat.Event
		for _, line := range batch {
			events = append(events, a.receive(ctx, c, line)...)
		}
		if !a.publish(ctx, in, events) {
			return
		}
		if err := box.confirm(len(batch)); err != nil {
			a.log.Error("signal inbox not written", "error", err)
		}
	}
}

// serve looks at groups for a session.
func (a *Adapter) serve(ctx context.Context, in adapters.In, r request) error {
	if r.all {
		events, err := a.refreshAll(ctx, r.client)
		a.publish(ctx, in, events)
		return err
	}
	for _, id := range a.groups.staleIDs() {
		events, err := a.refresh(ctx, r.client, id, moment{at: a.now()})
		a.publish(ctx, in, events)
		if err != nil {
			return err
		}
	}
	return nil
}

// publish hands events to in until it takes them, and then keeps what they tell of the groups; false if ctx
// ended before.
func (a *Adapter) publish(ctx context.Context, in adapters.In, events []chat.Event) bool {
	for pause := firstPause; len(events) > 0; pause = min(2*pause, lastPause) {
		err := in(ctx, events...)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return false
		}
		a.log.Warn("signal events not published", "events", len(events), "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false
		}
	}
	if err := a.save(); err != nil {
		a.log.Error("signal rosters not saved", "error", err)
	}
	return true
}
