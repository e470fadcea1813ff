package adapters

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// What waits in memory at most: in one lane, and in all of them. Beyond it a lane lags: it forgets what
// comes and reads it from the feed when it has got so far.
const (
	maxQueue    = 256
	maxQueueAll = 8192
)

// lane carries out the effects for one chat, one after another. It lives while there are any.
type lane struct {
	chat   chat.Chat
	queue  []Numbered
	lags   bool
	newest uint64    // of a lane that lags: the last number that the feed told of
	taken  uint64    // the last number begun
	busy   bool      // taken is being carried out
	since  time.Time // when the effect under way was decided
}

// lanes are the outgoing side of a pump.
type lanes struct {
	pump *Pump
	pace *pacer
	fail func(error) // ends the pump
	wg   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	open    map[chat.Chat]*lane
	before  map[chat.Chat]uint64 // the last number done for each chat before the start
	last    map[chat.Chat]uint64 // the last number begun of each lane, and of those gone that read ahead
	queued  int
	seen    uint64 // the last number that the feed told of
	saved   uint64 // the start that the journal has
	trimmed uint64
}

func newLanes(p *Pump) *lanes {
	return &lanes{pump: p, pace: newPacer(p.features.Pace), open: map[chat.Chat]*lane{}, last: map[chat.Chat]uint64{}}
}

// begin sets where to go on.
func (l *lanes) begin(start uint64, last map[chat.Chat]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen, l.saved, l.before = start, start, last
}

// run follows the feed until ctx ends or something fails that is not of one effect, and waits for all lanes.
func (l *lanes) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.fail = cancel
	err := l.pump.feed.Follow(ctx, l.pump.platform, l.saved, func(n Numbered) { l.add(ctx, n) })
	switch {
	case err != nil:
		err = fmt.Errorf("follow effects of %s: %w", l.pump.platform, err)
	case ctx.Err() == nil:
		err = fmt.Errorf("follow effects of %s: %w", l.pump.platform, errStopped)
	}
	cancel(err)
	l.wg.Wait()
	return context.Cause(ctx)
}

// add puts an effect into its lane.
func (l *lanes) add(ctx context.Context, n Numbered) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n.N <= l.seen {
		return // the feed's numbers rise; what it tells twice is not done twice
	}
	l.seen = n.N
	if n.N <= l.before[n.Chat] {
		l.pump.counters.skipped()
		return
	}
	if n.N <= l.last[n.Chat] { // a lane that lagged has read it already
		return
	}
	ln := l.open[n.Chat]
	if ln == nil {
		ln = &lane{chat: n.Chat}
		l.open[n.Chat] = ln
		defer l.wg.Go(func() { l.work(ctx, ln) })
	}
	switch {
	case ln.lags:
		ln.newest = n.N
	case len(ln.queue) > 0 && (len(ln.queue) >= maxQueue || l.queued >= maxQueueAll):
		ln.lags, ln.newest = true, n.N
	default:
		ln.queue = append(ln.queue, n)
		l.queued++
	}
}

// work is a lane's life.
func (l *lanes) work(ctx context.Context, ln *lane) {
	for {
		n, ok := l.next(ctx, ln)
		if !ok {
			return
		}
		if err := l.carryOut(ctx, ln, n); err != nil {
			l.fail(err) // of no effect if ctx has ended already
			return
		}
		l.mu.Lock()
		ln.busy = false
		l.mu.Unlock()
	}
}

// next returns the lane's next effect; false when there is none and the lane has ended, or when ctx ends.
func (l *lanes) next(ctx context.Context, ln *lane) (Numbered, bool) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		n, ok, ended := l.pop(ln)
		if ok || ended {
			return n, ok
		}
		n, ok, err := l.pump.feed.Next(ctx, ln.chat, ln.taken)
		if err == nil && ok {
			l.mu.Lock()
			l.take(ln, n)
			l.mu.Unlock()
			return n, true
		}
		// The feed told of it, so it is there or will be; a copy of the stream may be a little behind.
		if attempt%20 == 2 {
			l.pump.log.Warn("lane waits for the feed", "attempt", attempt, "error", err)
		}
		sleep(ctx, waitOf(0, min(attempt, 4)))
	}
	return Numbered{}, false
}

// pop takes from the queue. It ends the lane if there is nothing to do.
func (l *lanes) pop(ln *lane) (n Numbered, ok, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(ln.queue) > 0 {
		n = ln.queue[0]
		ln.queue[0] = Numbered{}
		ln.queue = ln.queue[1:]
		l.queued--
		l.take(ln, n)
		return n, true, false
	}
	if ln.lags && ln.taken < ln.newest {
		return Numbered{}, false, false
	}
	delete(l.open, ln.chat)
	if l.last[ln.chat] <= l.seen { // else the feed will tell of what the lane has read ahead
		delete(l.last, ln.chat)
	}
	return Numbered{}, false, true
}

// take notes that an effect is begun; l.mu is held.
func (l *lanes) take(ln *lane, n Numbered) {
	ln.taken, ln.busy, ln.since = n.N, true, time.Now()
	l.last[ln.chat] = max(l.last[ln.chat], n.N)
}

// carryOut does one effect and sees that its outcome is known. It fails when ctx ends, or the journal does.
func (l *lanes) carryOut(ctx context.Context, ln *lane, n Numbered) error {
	p := l.pump
	d, err := chat.DecodeDispatch(n.Data)
	if err != nil {
		d.ID = idOf(n)
		p.log.Error("effect cannot be read", "effect", string(d.ID), "error", err)
		return l.settle(ctx, n, d.ID, outcome{failed: chat.Broken})
	}
	if !d.At.IsZero() {
		l.mu.Lock()
		ln.since = d.At
		l.mu.Unlock()
	}
	effect, known, err := p.resolve(d.Effect)
	if err != nil {
		return err
	}
	if !known {
		return l.settle(ctx, n, d.ID, outcome{failed: chat.NotFound})
	}
	effect, notes := chat.Degrade(effect, p.features)
	d.Effect = effect
	o, err := p.try(ctx, d, costOf(effect, p.features))
	if err != nil {
		return err
	}
	o.receipt.Notes = union(notes, o.receipt.Notes)
	return l.settle(ctx, n, d.ID, o)
}

// settle notes an outcome, so that it is known whatever happens, and hands its receipt on.
func (l *lanes) settle(ctx context.Context, n Numbered, id chat.EffectID, o outcome) error {
	d, err := doneOf(n, id, o, time.Now())
	if err != nil {
		return err
	}
	if err := l.pump.journal.Record(d.Done); err != nil {
		return fmt.Errorf("record effect %s: %w", id, err)
	}
	l.pump.counters.settled(o)
	l.pump.receipts.add(ctx, d)
	return nil
}

// The bounds of await: a call that hangs must not hold up what comes from other chats for long.
const (
	awaitStep = 2 * time.Millisecond
	awaitMost = 3 * time.Second
)

// await returns when what is under way for a chat is settled and told on the bus, or after awaitMost.
func (l *lanes) await(ctx context.Context, c chat.Chat) {
	upTo := l.underWay(c)
	if upTo == 0 {
		return
	}
	for waited := time.Duration(0); waited < awaitMost && ctx.Err() == nil; waited += awaitStep {
		if !l.isBusy(c, upTo) && l.pump.receipts.lowest() > upTo {
			return
		}
		sleep(ctx, awaitStep)
	}
}

// underWay returns the number of the chat's last effect that was begun in this run, 0 if its receipt is on
// the bus.
func (l *lanes) underWay(c chat.Chat) uint64 {
	l.mu.Lock()
	n, busy := l.last[c], false
	if ln := l.open[c]; ln != nil {
		n, busy = ln.taken, ln.busy
	}
	l.mu.Unlock()
	if busy || l.pump.receipts.lowest() <= n {
		return n
	}
	return 0
}

// isBusy tells whether an effect up to a number is being carried out for the chat.
func (l *lanes) isBusy(c chat.Chat, upTo uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.open[c]
	return ln != nil && ln.busy && ln.taken <= upTo
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

// union returns the notes, each once.
func union(a, b []string) []string {
	for _, note := range b {
		if !slices.Contains(a, note) {
			a = append(a, note)
		}
	}
	return a
}

// progress returns up to which number everything has been carried out, and what lies so far behind that it
// may be forgotten; false if the journal knows already.
func (l *lanes) progress() (start, trim uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start = l.seen
	for _, ln := range l.open {
		start = min(start, ln.doneTo())
	}
	if start <= l.saved {
		return 0, 0, false
	}
	l.saved = start
	if start > kept {
		trim = start - kept
	}
	return start, trim, true
}

// doneTo returns the number up to which nothing of the lane is left to do.
func (ln *lane) doneTo() uint64 {
	switch {
	case ln.busy:
		return ln.taken - 1
	case len(ln.queue) > 0:
		return ln.queue[0].N - 1
	default:
		return ln.taken
	}
}

// trimTo notes how far the journal is trimmed; false if that is not worth its while yet.
func (l *lanes) trimTo(n uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < l.trimmed+1000 {
		return false
	}
	l.trimmed = n
	return true
}
