package matrix

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxCalls is how many rooms with calls are remembered.
const maxCalls = 1000

// calls remembers which devices are in the calls of rooms, since the adapter began.
type calls struct {
	mu  sync.Mutex // guards all below
	all map[string]*call
}

// call keeps the events that were told, too: a batch that was not made durable comes again, and must say the same.
type call struct {
	in           map[string]bool
	told         time.Time // when its beginning was
	begun, ended string    // the events that told so
}

func newCalls() *calls { return &calls{all: map[string]*call{}} }

// of returns the call of a room, making it. The caller holds the lock.
func (c *calls) of(room string) *call {
	if len(c.all) > maxCalls {
		clear(c.all)
	}
	one := c.all[room]
	if one == nil {
		one = &call{in: map[string]bool{}}
		c.all[room] = one
	}
	return one
}

// callBegins tells whether the beginning of a call is news.
func (a *Adapter) callBegins(room string, e rawEvent) bool {
	a.calls.mu.Lock()
	defer a.calls.mu.Unlock()
	c := a.calls.of(room)
	if c.begun == e.ID {
		return true
	}
	at := timeOf(e.At)
	if at.Sub(c.told) < callPause {
		return false
	}
	c.told, c.begun = at, e.ID
	return true
}

// inCall notes that a device is in a call or no more, and tells whether it is the first or was the last.
func (a *Adapter) inCall(room string, e rawEvent) (first, last bool) {
	device, joined := *e.Key, len(objectOf(e.Content)) > 0
	a.calls.mu.Lock()
	defer a.calls.mu.Unlock()
	c := a.calls.of(room)
	if e.ID == c.begun || e.ID == c.ended {
		return joined, !joined
	}
	was := len(c.in)
	if joined && was < maxKnown {
		c.in[device] = true
	} else {
		delete(c.in, device)
	}
	if was == 1 && len(c.in) == 0 {
		c.ended = e.ID
	}
	return was == 0 && len(c.in) == 1, was == 1 && len(c.in) == 0
}

// isCall tells whether an event is about a call: a ringing, or a device that is in one.
func isCall(kind string) bool {
	return slices.Contains([]string{
		"m.call.invite", "m.call.notify", "org.matrix.msc4075.call.notify", "m.rtc.notification",
		"org.matrix.msc4075.rtc.notification", "m.call.member", "m.rtc.member", "org.matrix.msc3401.call.member",
		"org.matrix.msc4143.rtc.member",
	}, kind)
}

// callPause is how long after a call was told nothing more is said of one: it begins with several events.
const callPause = time.Minute

// receiveCall tells that somebody calls.
func (a *Adapter) receiveCall(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	if strings.HasSuffix(e.Type, ".member") || !a.callBegins(room, e) {
		return
	}
	a.post(ctx, s, room, e, message{parts: []chat.Part{{Kind: chat.Call, Line: "begun"}}}, b)
}

// receiveCallMember tells that a call begins when the first device is in it, and that it is over when the last has
// left that we have seen.
func (a *Adapter) receiveCallMember(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	first, last := a.inCall(room, e)
	switch {
	case first && a.callBegins(room, e):
		a.post(ctx, s, room, e, message{parts: []chat.Part{{Kind: chat.Call, Line: "begun"}}}, b)
	case last:
		a.post(ctx, s, room, e, message{parts: []chat.Part{{Kind: chat.Call, Line: "ended"}}}, b)
	}
}
