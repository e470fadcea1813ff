package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// OutageOptions say what is measured by Outage.
type OutageOptions struct {
	Rooms    int           // of three linked chats
	Rate     int           // messages per second over all rooms
	Calm     int           // messages before the outage, to compare with
	Messages int           // messages while Telegram is away
	Patience time.Duration // how long nothing may arrive before what is missing counts as lost; 0 = a minute
}

// OutageResult is what was measured.
type OutageResult struct {
	Sent, Delivered, Lost, Duplicated, Reordered int
	// Away is how long Telegram was away, Catch how long after its return the last message was shown there.
	Away, Catch time.Duration
	// Before and During are the times within which 99 of 100 messages between the other two are shown, in milliseconds,
	// without the outage and in it.
	Before, During float64
	// Heap is the most memory in use that was seen, in 10^6 bytes, the messengers included: at the end of the calm time
	// and in the outage.
	HeapBefore, HeapDuring float64
}

// Ratio says how much longer messages between the other two take while one is away.
func (r OutageResult) Ratio() float64 { return r.During / r.Before }

// OK tells whether everything arrived once and in order.
func (r OutageResult) OK() bool { return r.Lost == 0 && r.Duplicated == 0 && r.Reordered == 0 }

// WriteText writes the result for people.
func (r OutageResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d sent, %d lost, %d duplicated, %d out of order; telegram away for %s, all shown %s after its return\n"+
		"between signal and matrix 99 of 100 within %.1f ms before and %.1f ms in the outage: %.2f times\n"+
		"heap: %.0f MB before, at most %.0f MB in the outage, the messengers included\n",
		r.Sent, r.Lost, r.Duplicated, r.Reordered, r.Away.Round(time.Millisecond), r.Catch.Round(time.Millisecond),
		r.Before, r.During, r.Ratio(), r.HeapBefore, r.HeapDuring)
	return err
}

// Outage measures the program while Telegram is away and people write on, and until it has all been shown there.
func Outage(ctx context.Context, o OutageOptions, start Start) (_ OutageResult, err error) {
	if o.Rate < 1 || o.Calm < 1 || o.Messages < 1 {
		return OutageResult{}, errors.New("rate, calm and messages: choose at least one")
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	opts, err := Options{Rooms: o.Rooms, Rate: o.Rate, Messages: o.Messages, Patience: o.Patience}.withDefaults()
	if err != nil {
		return OutageResult{}, err
	}
	h, err := hall.Open(0)
	if err != nil {
		return OutageResult{}, err
	}
	defer h.Close()
	b := &bench{options: opts, hall: h, worlds: h.Worlds(), ledger: newLedger(), stirred: make(chan struct{}, 1)}
	watching, blind := context.WithCancel(ctx)
	var eyes sync.WaitGroup
	defer eyes.Wait()
	defer blind()
	for p, w := range b.worlds {
		b.eyes[p] = newEye(w, b.stirred)
		eyes.Go(func() { b.eyes[p].run(watching) })
	}
	stop, err := start(ctx, h)
	if err != nil {
		return OutageResult{}, fmt.Errorf("start the program: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := b.open(ctx); err != nil {
		return OutageResult{}, err
	}
	return b.outage(ctx, o)
}

// outage lets people write in calm, then while Telegram is away, and waits until all of it has arrived.
func (b *bench) outage(ctx context.Context, o OutageOptions) (out OutageResult, err error) {
	if err := b.load(ctx, o.Calm, false); err != nil {
		return out, err
	}
	if err := b.arrive(ctx); err != nil {
		return out, err
	}
	runtime.GC()
	out.HeapBefore = heap()
	peak := watchHeap()
	gone := time.Now()
	b.hall.Telegram.Outage(true)
	err = b.load(ctx, o.Messages, true)
	b.hall.Telegram.Outage(false)
	back := time.Now()
	if err != nil {
		peak()
		return out, err
	}
	err = b.arrive(ctx)
	out.HeapDuring = peak()
	if err != nil {
		return out, err
	}
	t := b.settle(ctx)
	out.Sent, out.Delivered, out.Lost = t.sent, t.delivered, t.sent-t.delivered
	out.Duplicated, out.Reordered = t.duplicated, t.reordered
	out.Away = back.Sub(gone)
	b.ledger.mu.Lock()
	out.Catch = b.ledger.last.Sub(back)
	b.ledger.mu.Unlock()
	between := func(during bool) []time.Duration {
		return b.ledger.times(func(m *mark, on int) bool { return m.hanging == during && m.from != telegram && on != telegram })
	}
	out.Before, out.During = quantile(between(false), 0.99), quantile(between(true), 0.99)
	return out, nil
}

// heap returns how much memory is in use, in 10^6 bytes.
func heap() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// watchHeap looks at the memory now and then until the returned function is called, which returns the most.
func watchHeap() (most func() float64) {
	over, done := make(chan struct{}), make(chan float64)
	go func() {
		peak := heap()
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak = max(peak, heap())
			case <-over:
				done <- peak
				return
			}
		}
	}()
	return func() float64 { close(over); return <-done }
}
