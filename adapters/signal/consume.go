package signal

import (
	"context"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// request asks the consumer to look at groups.
type request struct {
	client *client
	look   look
	done   chan error
}

// look says which groups are to be looked at, and for what.
type look int

const (
	lookStale      look = iota // those that could not be looked at when they changed
	lookAll                    // all
	lookKnocks                 // all, for those who ask to be let in
	lookKnocksAfar             // the same at Signal's server
)

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
			case <-a.stirred:
				a.serveMoved(ctx, in)
			case <-ctx.Done():
			}
			continue
		}
		select {
		case <-a.stirred: // first: who was declined may ask again
			a.serveMoved(ctx, in)
		default:
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
	switch r.look {
	case lookAll:
		missed := a.missed(a.now())
		events, err := a.refreshAll(ctx, r.client)
		a.publish(ctx, in, append(missed, events...))
		return err
	case lookKnocks, lookKnocksAfar:
		events, err := a.knocks(ctx, r.client, r.look == lookKnocksAfar)
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
	a.publish(ctx, in, nil) // keeps that we receive
	return nil
}

// serveMoved looks at the groups that the bot itself has changed. One that cannot be looked at now is stale, and
// looked at with those.
func (a *Adapter) serveMoved(ctx context.Context, in adapters.In) {
	c, _ := a.link()
	var events []chat.Event
	for _, id := range a.groups.takeMoved() {
		events = append(events, a.changed(ctx, c, id, moment{at: a.now(), by: a.self()})...)
	}
	a.publish(ctx, in, events)
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
