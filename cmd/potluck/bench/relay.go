package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// Start starts the program on the messengers and returns what stops it and waits for its end. The program
// must not pace what it sends by the rules of the real messengers.
type Start func(ctx context.Context, h *hall.Hall) (stop func() error, err error)

// linkers is how many rooms are linked at the same time.
const linkers = 8

// bench is one measurement.
type bench struct {
	options Options
	hall    *hall.Hall
	worlds  [platforms]world.World
	eyes    [platforms]*eye
	rooms   []*room
	ledger  *ledger
	picture []byte
	stirred chan struct{} // gets a value after each look of an eye
}

// Relay measures the program that start starts. The result is that of what was measured, even where something
// was lost; an error means that nothing could be measured.
func Relay(ctx context.Context, o Options, start Start) (_ Result, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return Result{}, err
	}
	picture, err := drawing()
	if err != nil {
		return Result{}, err
	}
	h, err := hall.Open(o.Latency)
	if err != nil {
		return Result{}, err
	}
	defer h.Close()
	b := &bench{options: o, hall: h, worlds: h.Worlds(), ledger: newLedger(), picture: picture, stirred: make(chan struct{}, 1)}
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
		return Result{}, fmt.Errorf("start the program: %w", err)
	}
	stop = sync.OnceValue(stop)
	defer func() { err = errors.Join(err, stop()) }()
	if err := b.open(ctx); err != nil {
		return Result{}, err
	}
	begun := time.Now()
	if err := b.measure(ctx); err != nil {
		return Result{}, err
	}
	right := b.settle(ctx)
	if err := stop(); err != nil {
		return Result{}, fmt.Errorf("stop the program: %w", err)
	}
	return b.result(begun, right), nil
}

// open makes the rooms and links them.
func (b *bench) open(ctx context.Context) error {
	count := b.options.Rooms
	if b.options.Hang > 0 {
		count++
	}
	for i := range count {
		b.rooms = append(b.rooms, b.seat(i))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	turns := make(chan *room)
	var wait sync.WaitGroup
	for range linkers {
		wait.Go(func() {
			for r := range turns {
				if err := b.link(ctx, r); err != nil {
					cancel(fmt.Errorf("link a room: %w", err))
				}
			}
		})
	}
	for _, r := range b.rooms {
		turns <- r
	}
	close(turns)
	wait.Wait()
	return context.Cause(ctx)
}

// measure lets people write, and waits until all of it has arrived or nothing more does.
func (b *bench) measure(ctx context.Context) error {
	count := b.options.Messages
	if b.options.Hang > 0 {
		if err := b.load(ctx, count/2, false); err != nil {
			return err
		}
		if err := b.arrive(ctx); err != nil {
			return err
		}
		count -= count / 2
		b.hall.Telegram.Fail(telegramtest.Fault{Kind: telegramtest.Slow, Chat: b.hung().chats[telegram], Delay: b.options.Hang})
	}
	if err := b.load(ctx, count, b.options.Hang > 0); err != nil {
		return err
	}
	return b.arrive(ctx)
}

// hung is the room whose chat on Telegram hangs: the last.
func (b *bench) hung() *room { return b.rooms[len(b.rooms)-1] }

// arrive waits until everything that was posted is shown everywhere, or nothing is for long.
func (b *bench) arrive(ctx context.Context) error {
	patience := b.options.Patience + b.options.Hang
	late := time.NewTimer(patience)
	defer late.Stop()
	for b.ledger.open() > 0 {
		select {
		case <-b.ledger.moved:
			late.Reset(patience)
		case <-late.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// result puts together what was measured.
func (b *bench) result(begun time.Time, t tally) Result {
	out := Result{
		Sent: t.sent, Delivered: t.delivered, Lost: t.sent - t.delivered, Duplicated: t.duplicated, Reordered: t.reordered,
		RSS: peakMemory(),
	}
	b.ledger.mu.Lock()
	if took := b.ledger.last.Sub(begun); took > 0 {
		out.PerSecond = float64(b.ledger.done) / took.Seconds()
	}
	b.ledger.mu.Unlock()
	quiet := func(m *mark, _ int) bool { return b.options.Hang == 0 || m.room != b.hung() }
	all := b.ledger.times(quiet)
	out.P50, out.P99 = quantile(all, 0.50), quantile(all, 0.99)
	if b.options.Hang > 0 {
		with := quantile(b.ledger.times(func(m *mark, on int) bool { return m.hanging && quiet(m, on) }), 0.99)
		without := quantile(b.ledger.times(func(m *mark, on int) bool { return !m.hanging && quiet(m, on) }), 0.99)
		out.OtherP99, out.OtherP99Without = &with, &without
		out.slowest = quantile(b.ledger.times(func(m *mark, _ int) bool { return m.hanging && m.room == b.hung() }), 1)
	}
	for from, w := range b.worlds {
		for to, other := range b.worlds {
			times := b.ledger.times(func(m *mark, on int) bool { return m.from == from && on == to && quiet(m, on) })
			if len(times) > 0 {
				out.legs = append(out.legs, leg{
					from: w.Platform(), to: other.Platform(), p50: quantile(times, 0.50), p99: quantile(times, 0.99),
				})
			}
		}
	}
	return out
}
