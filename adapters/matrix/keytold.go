//go:build goolm

package matrix

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"

	"github.com/potluck-chat/potluck/core/chat"
)

// unlock returns an event as its author wrote it. done: there is nothing to tell now, because it waits for its key, or
// for others of its room that do.
func (a *Adapter) unlock(ctx context.Context, s *session, room string, e rawEvent, b *batch) (_ rawEvent, done bool, err error) {
	k := s.keys
	if k == nil {
		if e.Type != "m.room.encrypted" || a.isOurs(e.Sender) {
			return e, false, nil
		}
		if a.once("encrypted " + room) {
			a.post(ctx, s, room, e, lineOf(unreadable), b)
		}
		return e, true, nil
	}
	if a.isOurs(e.Sender) {
		if _, known, _ := a.messages.find(e.ID); known {
			return e, false, nil // we know what we have said
		}
		return a.reveal(ctx, s, room, e), false, nil
	}
	if e.Type == "m.room.redaction" {
		a.unsay(ctx, s, room, e, b)
	}
	if k.waits.has(e.ID) {
		return e, true, nil // it came again
	}
	if len(k.waits.queues[room]) == 0 {
		if e.Type != "m.room.encrypted" || e.isRedacted() {
			return e, false, nil
		}
		open, err := k.read(ctx, room, e)
		if err == nil {
			return open, false, nil
		}
		if isOurFault(ctx, err) {
			return e, false, err
		}
		a.log.Info("an encrypted message cannot be read yet", "room", room, "event", e.ID, "error", err)
	}
	if k.waits.isFull() {
		a.tellUnread(ctx, s, &waiting{Room: room, Event: e}, b)
		return e, true, nil
	}
	return e, true, k.waits.add(k.later(ctx), room, e)
}

// isOurFault tells whether an event could not be looked at at all.
func isOurFault(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errKeysLost)
}

// drain tells what has become readable, and what has waited long enough.
func (a *Adapter) drain(ctx context.Context, s *session, b *batch) error {
	w := s.keys.waits
	if err := w.begin(); err != nil {
		return err
	}
	b.later(func() { w.open = false })
	for _, room := range slices.Sorted(maps.Keys(w.queues)) {
		for goes := true; goes && len(w.queues[room]) > 0; {
			var err error
			if goes, err = a.first(ctx, s, w.queues[room][0], b); err != nil {
				return err
			}
		}
	}
	return a.late(ctx, s, b)
}

// first tells the first event of a room's queue, if it can be told now: as it is, or that it cannot be read.
func (a *Adapter) first(ctx context.Context, s *session, one *waiting, b *batch) (bool, error) {
	k := s.keys
	open, err := one.Event, error(nil)
	if open.Type == "m.room.encrypted" {
		if open, err = k.read(ctx, one.Room, one.Event); err != nil && isOurFault(ctx, err) {
			return false, err
		}
	}
	if err == nil {
		k.waits.pop(one.Room)
		b.later(func() { k.note(k.waits.forget(k.later(ctx), one)) })
		return true, a.receiveOpen(ctx, s, one.Room, open, b)
	}
	mayCome := errors.Is(err, crypto.ErrNoSessionFound) || errors.Is(err, olm.ErrUnknownMessageIndex)
	waited := time.Since(one.Since)
	if waited >= min(askAfter, k.waits.hold) || !mayCome {
		a.askFor(ctx, k, one)
	}
	if mayCome && waited < k.waits.hold {
		return false, nil
	}
	a.log.Warn("an encrypted message is told as unreadable", "room", one.Room, "event", one.Event.ID, "error", err)
	k.waits.pop(one.Room)
	a.tellUnread(ctx, s, one, b)
	b.later(func() { k.note(k.waits.setAside(k.later(ctx), one)) })
	return true, nil
}

// askFor asks for a message's key, once in a run.
func (a *Adapter) askFor(ctx context.Context, k *keyring, one *waiting) {
	c, ok := one.content()
	if !ok || k.waits.asked[c.SessionID] {
		return
	}
	if err := k.ask(ctx, one, c); err != nil {
		a.log.Info("the key of a message could not be asked for", "room", one.Room, "error", brief(err))
		return
	}
	k.waits.asked[c.SessionID] = true
}

// tellUnread tells in one line that a message cannot be read.
func (a *Adapter) tellUnread(ctx context.Context, s *session, one *waiting, b *batch) {
	ev := a.event(ctx, s, one.Room, one.Event)
	ev.ID = chat.EventID("matrix:" + one.Event.ID + unreadMark)
	ev.Body = chat.Posted{
		Ref:   ref(one.Room, one.Event.ID+unreadMark),
		Parts: []chat.Part{{Kind: chat.Other, Line: "encrypted, and its key has not come; if it comes, the message does, too"}},
	}
	b.events = append(b.events, ev)
}

// takeBack takes that line away.
func (a *Adapter) takeBack(ctx context.Context, s *session, one *waiting, b *batch) {
	ev := a.event(ctx, s, one.Room, one.Event)
	ev.ID = chat.EventID("matrix:" + one.Event.ID + unreadMark + "gone")
	ev.Body = chat.Deleted{Ref: ref(one.Room, one.Event.ID+unreadMark)}
	b.events = append(b.events, ev)
	k := s.keys
	b.later(func() { k.note(k.waits.forget(k.later(ctx), one)) })
}

// unsay takes the line of a message away that is redacted before its key has come.
func (a *Adapter) unsay(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	target := e.Redacts
	if target == "" {
		target = objectOf(e.Content).str("redacts")
	}
	if one := s.keys.waits.byID[target]; one != nil && one.Told && one.Room == room {
		a.takeBack(ctx, s, one, b)
	}
}

// maxAsks is how many keys are asked for anew in one go, of messages that an earlier run gave up.
const maxAsks = 5

// late tells messages whose keys came after they were given up: the line in their place goes, and they come.
func (a *Adapter) late(ctx context.Context, s *session, b *batch) error {
	k := s.keys
	came := k.store.arrived()
	asks := maxAsks
	for _, one := range slices.Clone(k.waits.unread) {
		c, ok := one.content()
		if !ok {
			continue
		}
		if !k.waits.asked[c.SessionID] && asks > 0 {
			asks--
			a.askFor(ctx, k, one)
		}
		if !came[c.SessionID] {
			continue
		}
		if err := a.lateOne(ctx, s, one, b); err != nil {
			return err
		}
	}
	b.later(func() { k.store.told(came) })
	return nil
}

// lateOne tells one of them, unless it still cannot be read. One that is gone by now is not told.
func (a *Adapter) lateOne(ctx context.Context, s *session, one *waiting, b *batch) error {
	open, err := a.fetchEvent(ctx, s, one.Room, one.Event.ID)
	if err != nil && !isAnswer(err) {
		return err
	}
	gone := statusOf(err) == http.StatusNotFound || err == nil && open.isRedacted()
	if !gone && (err != nil || open.Type == "m.room.encrypted") {
		return nil
	}
	a.takeBack(ctx, s, one, b)
	if gone {
		return nil
	}
	return a.receiveOpen(ctx, s, one.Room, open, b)
}
