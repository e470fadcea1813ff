package bench

import (
	"context"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// tailer is a world that can tell what was posted in a group since somebody last looked, without going over
// the rest again. A world without it is read from the beginning each time, which slows everything in a long
// chat.
type tailer interface {
	// Tail returns the messages posted in the group from the given position on, as they are now, and the
	// position to go on from; the first is 0.
	Tail(group string, from int) (news []world.Shown, next int)
}

// eye watches the chats of one messenger.
type eye struct {
	world   world.World
	stirred chan<- struct{} // gets a value after each look
	tail    func(group string, from int) (news []world.Shown, next int)

	mu    sync.Mutex // guards gazes and each of them
	gazes []*gaze
}

// gaze is one chat that is watched.
type gaze struct {
	group string
	next  int
	// tell is called for each new message, by one goroutine, with the time at which it was seen.
	tell func(m world.Shown, at time.Time)
}

func newEye(w world.World, stirred chan<- struct{}) *eye {
	e := &eye{world: w, stirred: stirred}
	if t, ok := w.(tailer); ok {
		e.tail = t.Tail
		return e
	}
	e.tail = func(group string, from int) ([]world.Shown, int) {
		all := w.Messages(group)
		return all[min(from, len(all)):], len(all)
	}
	return e
}

// watch adds a chat, from its beginning.
func (e *eye) watch(group string, tell func(m world.Shown, at time.Time)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gazes = append(e.gazes, &gaze{group: group, tell: tell})
}

// run looks after each change until ctx ends.
func (e *eye) run(ctx context.Context) {
	changed, stop := e.world.Changes()
	defer stop()
	for {
		e.look()
		select {
		case e.stirred <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// look reads on in every chat.
func (e *eye) look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.gazes {
		var news []world.Shown
		news, g.next = e.tail(g.group, g.next)
		at := time.Now()
		for _, m := range news {
			g.tell(m, at)
		}
	}
}
