package adapters

import (
	"context"
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

// lane carries out effects for one chat, one after another: its deeds, or its words. It lives while there are any.
type lane struct {
	laneKey
	turn   chan struct{} // held during a call; the chat's two lanes share it
	queue  []row
	lags   bool
	newest uint64        // of a lane that lags: the last number that the feed told of
	taken  uint64        // the last number begun, or passed over
	busy   bool          // effects from begun to taken are being carried out
	begun  uint64        // the first of them; more than one if they are merged
	since  time.Time     // when the effect under way was decided
	moved  chan struct{} // closed, and made anew, when something is done, passed over, or the lane has ended
	// whispersTo is whom the effect under way tells something, zero if nobody in particular.
	whispersTo chat.Identity
}

// lanes are the outgoing side of a pump.
type lanes struct {
	pump   *Pump
	pace   *pacer
	fail   func(error) // ends the pump
	wg     sync.WaitGroup
	before map[chat.Chat]uint64 // the highest number done for each chat before the start; it does not change

	mu      sync.Mutex // guards what follows
	open    map[laneKey]*lane
	last    map[laneKey]uint64 // the last number begun of each lane, and of those gone that read ahead
	queued  int
	seen    uint64 // the last number that the feed told of
	saved   uint64 // the start that the journal has
	trimmed uint64
}

func newLanes(p *Pump) *lanes {
	return &lanes{pump: p, pace: newPacer(p.features.Pace), open: map[laneKey]*lane{}, last: map[laneKey]uint64{}}
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
	r := read(n)
	done, err := l.wasDone(r)
	if err != nil {
		l.fail(err)
		return
	}
	r.told = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.N <= l.seen {
		return // the feed's numbers rise; what it tells twice is not done twice
	}
	l.seen = r.N
	if done {
		l.pump.counters.skipped()
		return
	}
	if r.N <= l.last[r.lane()] {
		return // a lane that lagged has read it already
	}
	ln := l.open[r.lane()]
	if ln == nil {
		ln = l.opened(r.lane())
		defer l.wg.Go(func() { l.work(ctx, ln) })
	}
	switch {
	case ln.lags:
		ln.newest = r.N
	case len(ln.queue) > 0 && (len(ln.queue) >= maxQueue || l.queued >= maxQueueAll):
		ln.lags, ln.newest = true, r.N
	default:
		ln.queue = append(ln.queue, r)
		l.queued++
	}
}

// opened begins a lane; l.mu is held.
func (l *lanes) opened(k laneKey) *lane {
	ln := &lane{laneKey: k, moved: make(chan struct{})}
	if other := l.open[k.other()]; other != nil {
		ln.turn = other.turn
	} else {
		ln.turn = make(chan struct{}, 1)
	}
	l.open[k] = ln
	return ln
}

// wasDone tells whether an effect was carried out before the start. The highest number of a chat is not enough
// to know: deeds overtake words.
func (l *lanes) wasDone(r row) (bool, error) {
	if r.N > l.before[r.Chat] {
		return false, nil
	}
	_, known, err := l.pump.journal.Refs(r.dispatch.ID)
	if err != nil {
		return false, fmt.Errorf("look up outcome of %s: %w", r.dispatch.ID, err)
	}
	return known, nil
}

// work is a lane's life.
func (l *lanes) work(ctx context.Context, ln *lane) {
	for {
		r, ok := l.next(ctx, ln)
		if !ok {
			return
		}
		if err := l.carryOut(ctx, ln, r); err != nil {
			l.fail(err) // of no effect if ctx has ended already
			return
		}
		l.mu.Lock()
		ln.busy = false
		ln.move()
		l.mu.Unlock()
	}
}

// next returns the lane's next effect; false when there is none and the lane has ended, or when ctx ends.
func (l *lanes) next(ctx context.Context, ln *lane) (row, bool) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		r, ok, ended := l.pop(ln)
		if ok || ended {
			return r, ok
		}
		n, ok, err := l.pump.feed.Next(ctx, ln.chat, ln.taken)
		if err == nil && ok {
			if r := read(n); l.isTaken(ln, r) {
				return r, true
			}
			attempt = 0
			continue
		}
		// The feed told of it, so it is there or will be; a copy of the stream may be a little behind.
		if attempt%20 == 2 {
			l.pump.log.Warn("lane waits for the feed", "attempt", attempt, "error", err)
		}
		sleep(ctx, waitOf(0, min(attempt, 4)))
	}
	return row{}, false
}

// pop takes from the queue. It ends the lane if there is nothing to do.
func (l *lanes) pop(ln *lane) (r row, ok, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(ln.queue) > 0 {
		r = ln.queue[0]
		ln.queue[0] = row{}
		ln.queue = ln.queue[1:]
		l.queued--
		l.take(ln, r)
		return r, true, false
	}
	if ln.lags && ln.taken < ln.newest {
		return row{}, false, false
	}
	delete(l.open, ln.laneKey)
	ln.move()
	if l.last[ln.laneKey] <= l.seen { // else the feed will tell of what the lane has read ahead
		delete(l.last, ln.laneKey)
	}
	return row{}, false, true
}

// isTaken begins an effect that the feed gave to a lane that lags. One that is the other lane's is passed over.
func (l *lanes) isTaken(ln *lane, r row) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.lane() != ln.laneKey {
		ln.taken = max(ln.taken, r.N)
		ln.move()
		return false
	}
	l.take(ln, r)
	return true
}

// take notes that an effect is begun; l.mu is held.
func (l *lanes) take(ln *lane, r row) {
	ln.taken, ln.begun, ln.busy, ln.since = r.N, r.N, true, time.Now()
	if !r.dispatch.At.IsZero() {
		ln.since = r.dispatch.At
	}
	l.last[ln.laneKey] = max(l.last[ln.laneKey], r.N)
	w, _ := r.dispatch.Effect.(chat.Whisper)
	ln.whispersTo = w.Who
}

// carryOut does one effect and sees that its outcome is known. It fails when ctx ends, or the journal does.
func (l *lanes) carryOut(ctx context.Context, ln *lane, r row) error {
	p, d := l.pump, r.dispatch
	done, err := l.wasDone(r)
	if err != nil {
		return err
	}
	if done {
		p.counters.skipped()
		return nil
	}
	if r.unreadable != nil {
		p.log.Error("effect cannot be read", "effect", string(d.ID), "error", r.unreadable)
		return l.settle(ctx, outcome{failed: chat.Broken}, r)
	}
	l.awaitTurn(ctx, ln, r)
	if l.isSuperseded(ln, r) {
		return l.settle(ctx, outcome{failed: chat.Expired}, r)
	}
	rows := l.gather(ln, r)
	if d, err = l.merged(rows); err != nil {
		return err
	}
	effect, known, err := p.resolve(d.Effect)
	if err != nil {
		return err
	}
	if !known {
		return l.settle(ctx, outcome{failed: chat.NotFound}, rows...)
	}
	effect, notes := chat.Degrade(effect, p.features)
	d.Effect = effect
	o, err := p.try(ctx, ln.turn, d, costOf(effect, p.features))
	if err != nil {
		return err
	}
	o.receipt.Notes = union(notes, o.receipt.Notes)
	return l.settle(ctx, o, rows...)
}

// settle notes the outcome of effects that were done in one, so that it is known whatever happens, and hands their receipts
// on.
func (l *lanes) settle(ctx context.Context, o outcome, rows ...row) error {
	receipts, dones := make([]receipt, 0, len(rows)), make([]Done, 0, len(rows))
	for _, r := range rows {
		d, err := doneOf(r, o, time.Now())
		if err != nil {
			return err
		}
		receipts, dones = append(receipts, d), append(dones, d.Done)
	}
	if err := l.pump.journal.Record(dones...); err != nil {
		return fmt.Errorf("record effect %s: %w", rows[0].dispatch.ID, err)
	}
	for i, d := range receipts {
		l.pump.counters.settled(o, d.event.At.Sub(rows[i].dispatch.At))
		l.pump.receipts.add(ctx, d)
	}
	return nil
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
