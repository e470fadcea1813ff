package adapters

import (
	"context"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// The bounds of await: a call that hangs must not hold up what comes from other chats for long.
const (
	awaitStep = 2 * time.Millisecond
	awaitMost = 3 * time.Second
)

// untold names an effect whose receipt is not on the bus yet.
type untold struct {
	lane laneKey
	n    uint64
}

// await returns when the receipts of all that an event can be about are on the bus, or after awaitMost.
func (l *lanes) await(ctx context.Context, e chat.Event) {
	waiting := l.untold(e)
	for waited := time.Duration(0); len(waiting) > 0 && waited < awaitMost && ctx.Err() == nil; waited += awaitStep {
		sleep(ctx, awaitStep)
		waiting = slices.DeleteFunc(waiting, func(u untold) bool { return !l.isBusy(u) && !l.pump.receipts.isDue(u.n) })
	}
}

// untold returns what an event can be about: what is under way for its chat, or whispered to the one who writes
// in private, for nobody knows that chat before the platform has answered; and what is done there, whose
// receipts are still on their way. What deeds do makes no message.
func (l *lanes) untold(e chat.Event) []untold {
	var out []untold
	l.mu.Lock()
	if ln := l.open[laneKey{chat: e.Chat}]; ln != nil && ln.busy {
		out = append(out, untold{lane: ln.laneKey, n: ln.begun})
	}
	if e.Private {
		for k, ln := range l.open {
			if ln.busy && ln.whispersTo == e.By.Identity && !e.By.Identity.IsZero() {
				out = append(out, untold{lane: k, n: ln.begun})
			}
		}
	}
	l.mu.Unlock()
	for _, n := range l.pump.receipts.dueIn(e.Chat) {
		out = append(out, untold{n: n})
	}
	return out
}

// isBusy tells whether an effect is being carried out.
func (l *lanes) isBusy(u untold) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.open[u.lane]
	return ln != nil && ln.busy && ln.begun == u.n
}
