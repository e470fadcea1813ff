package adapters

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// laneKey names a lane. Each chat has one for deeds and one for words: what moderators and the door do must
// not wait behind a long talk.
type laneKey struct {
	chat  chat.Chat
	deeds bool
}

// other returns the chat's other lane.
func (k laneKey) other() laneKey { return laneKey{chat: k.chat, deeds: !k.deeds} }

// row is an effect as a lane keeps it: Data is read already.
type row struct {
	Numbered
	dispatch   chat.Dispatch
	unreadable error     // then dispatch has an id and nothing else
	told       time.Time // when the feed told of it; zero if the lane had to read it again
}

// read decodes an effect once, for all that look at it.
func read(n Numbered) row {
	d, err := chat.DecodeDispatch(n.Data)
	if err != nil {
		d = chat.Dispatch{ID: idOf(n)}
	}
	n.Data = nil
	return row{Numbered: n, dispatch: d, unreadable: err}
}

// lane returns the lane that the effect belongs to.
func (r row) lane() laneKey { return laneKey{chat: r.Chat, deeds: isDeed(r.dispatch.Effect)} }

// isDeed tells whether an effect goes ahead of what is said in the chat: all that is done to people, which must
// keep one order among itself (an Invite that came after a Ban decided later would let him in again), and a
// Delete of a message that is there. A Delete of one that its Send has yet to make waits behind that Send, with
// the words; so do a Pin and an Edit.
func isDeed(e chat.Outgoing) bool {
	switch e := e.(type) {
	case chat.Restrict, chat.Release, chat.Remove, chat.Ban, chat.Unban, chat.Admit, chat.Decline, chat.Invite:
		return true
	case chat.Delete:
		return len(e.Target.Refs) > 0
	}
	return false
}

// idOf returns the id of an effect that cannot be read otherwise, or one made from its number.
func idOf(n Numbered) chat.EffectID {
	var w struct {
		ID chat.EffectID `json:"id"`
	}
	if err := json.Unmarshal(n.Data, &w); err == nil && w.ID != "" {
		return w.ID
	}
	return chat.EffectID(fmt.Sprintf("%s:unreadable#%d", n.Chat.Platform, n.N))
}

// owes tells whether a lane has something to do that was decided before a number.
func (ln *lane) owes(n uint64) bool {
	switch {
	case ln.busy:
		return ln.begun < n
	case len(ln.queue) > 0:
		return ln.queue[0].N < n
	case ln.lags && ln.taken < ln.newest:
		return ln.taken+1 < n // what comes next is still to be read
	}
	return false
}

// move lets those who wait for a lane look again; lanes.mu is held.
func (ln *lane) move() {
	close(ln.moved)
	ln.moved = make(chan struct{})
}

// courtesy is how long a deed lets the words go first that were decided before it. Most are said within that
// time, and then all is in the order in which it was decided: a farewell before the removal.
const courtesy = time.Second

// awaitTurn returns when an effect may go, or when ctx ends: words go behind the deeds that were decided before
// them, however long that takes; deeds go behind such words for as long as courtesy wants. Nobody waits for what
// was decided later, so they never wait for each other.
func (l *lanes) awaitTurn(ctx context.Context, ln *lane, r row) {
	if !ln.deeds {
		l.awaitOther(ctx, ln, r.N, nil)
		return
	}
	if wait := time.Until(r.told.Add(courtesy)); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		l.awaitOther(ctx, ln, r.N, t.C)
	}
}

// awaitOther returns when the chat's other lane owes nothing that was decided before a number, when enough has a
// value, or when ctx ends.
func (l *lanes) awaitOther(ctx context.Context, ln *lane, n uint64, enough <-chan time.Time) {
	for {
		l.mu.Lock()
		other := l.open[ln.other()]
		if other == nil || !other.owes(n) {
			l.mu.Unlock()
			return
		}
		moved := other.moved
		l.mu.Unlock()
		select {
		case <-moved:
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}
