package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// OutageOptions say what is measured by Outage.
type OutageOptions struct {
	// Rooms is how many rooms of three linked chats there are.
	Rooms int
	// Away is how long Telegram is away, Messages how many are written meanwhile, evenly over the time.
	Away     time.Duration
	Messages int
	// Calm is how many messages are written before, at the same pace, to compare with.
	Calm int
	// Patience is how long nothing may arrive before what is missing counts as lost; 0 = a minute.
	Patience time.Duration
}

// Flags adds the options to a flag set, with their defaults.
func (o *OutageOptions) Flags(f *flag.FlagSet) {
	f.IntVar(&o.Rooms, "rooms", 32, "rooms, each with a chat on all three messengers")
	f.DurationVar(&o.Away, "away", 20*time.Second, "how long telegram is away, like 1h")
	f.IntVar(&o.Messages, "messages", 5000, "how many messages are written meanwhile, evenly over the time")
	f.IntVar(&o.Calm, "calm", 2500, "how many are written before, at the same pace, to compare with")
	f.DurationVar(&o.Patience, "patience", time.Minute, "how long nothing may arrive before the rest counts as lost")
}

// OutageResult is what was measured.
type OutageResult struct {
	Sent       int `json:"sent"`
	Delivered  int `json:"delivered"`
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	Reordered  int `json:"reordered"`
	// Away is how long Telegram was away, Catch how long after its return the last message was shown there, in seconds.
	Away  float64 `json:"away_s"`
	Catch float64 `json:"catch_up_s"`
	// Before and During are the times within which 99 of 100 messages between the other two are shown, in milliseconds,
	// without the outage and in it.
	Before float64 `json:"p99_ms_before"`
	During float64 `json:"p99_ms_during"`
	// Heap is the most memory in use that was seen, in 10^6 bytes, the messengers included: at the end of the calm time
	// and in the outage.
	HeapBefore float64 `json:"heap_mb_before"`
	HeapDuring float64 `json:"heap_mb_during"`
}

// Ratio says how much longer messages between the other two take while one is away.
func (r OutageResult) Ratio() float64 { return r.During / r.Before }

// OK tells whether everything arrived once and in order.
func (r OutageResult) OK() bool { return r.Lost == 0 && r.Duplicated == 0 && r.Reordered == 0 }

// WriteText writes the result for people.
func (r OutageResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d sent, %d lost, %d duplicated, %d out of order; telegram away for %.1f s, all shown %.1f s after its return\n"+
		"between signal and matrix 99 of 100 within %.1f ms before and %.1f ms in the outage: %.2f times\n"+
		"heap: %.0f MB before, at most %.0f MB in the outage, the messengers included\n",
		r.Sent, r.Lost, r.Duplicated, r.Reordered, r.Away, r.Catch,
		r.Before, r.During, r.Ratio(), r.HeapBefore, r.HeapDuring)
	return err
}

// Outage measures the program while Telegram is away and people write on, and until it has all been shown there.
func Outage(ctx context.Context, o OutageOptions, start Start) (_ OutageResult, err error) {
	if o.Calm < 1 || o.Messages < 1 || o.Away <= 0 {
		return OutageResult{}, errors.New("away, calm and messages: choose more than nothing")
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	opts, err := Options{Rooms: o.Rooms, Rate: float64(o.Messages) / o.Away.Seconds(), Messages: o.Messages, Patience: o.Patience}.withDefaults()
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
	out.Away = back.Sub(gone).Seconds()
	b.ledger.mu.Lock()
	out.Catch = b.ledger.last.Sub(back).Seconds()
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
