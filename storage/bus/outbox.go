package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/core"
)

// chainWindow is how many effects are on their way to the server at a time. Measured: a larger window is
// no faster when the machine is idle and slower when it is busy.
const chainWindow = 256

// stallWait is how long a publish waits for room in the window.
const stallWait = 30 * time.Second

// Outbox is the stream of effects, to write.
type Outbox struct {
	bus  *Bus
	turn chan struct{} // holds one token while an Append runs, so that two cannot break each other's chain
}

var _ core.Outbox = (*Outbox)(nil)

// Append is core.Outbox's. It tries again by itself until ctx ends; besides ctx's error and gaps it
// returns errors wrapping ErrTooLarge and ErrClosed.
func (o *Outbox) Append(ctx context.Context, rows []core.Row) error {
	if err := o.check(rows); err != nil {
		return fmt.Errorf("append effects: %w", err)
	}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return fmt.Errorf("append effects: %w", ctx.Err())
	}
	var pause backoff
	for attempt := 1; len(rows) > 0; attempt++ {
		err := o.push(ctx, rows)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || isPermanent(err) {
			return fmt.Errorf("append effects: %w", errors.Join(ctx.Err(), err))
		}
		if attempt > 1 && attempt&(attempt-1) == 0 {
			o.bus.log.Warn("bus does not take effects, trying again", "attempt", attempt, "effect", rows[0].N, "err", err)
		}
		// The first time the reason is most often a run before this one that came further than it knew.
		if attempt > 1 && !pause.wait(ctx) {
			return fmt.Errorf("append effects: %w", errors.Join(ctx.Err(), err))
		}
		if rows, err = o.missing(ctx, rows); err != nil {
			return fmt.Errorf("append effects: %w", err)
		}
	}
	return nil
}

func (o *Outbox) check(rows []core.Row) error {
	for i, r := range rows {
		if r.N == 0 || r.N != rows[0].N+uint64(i) {
			return fmt.Errorf("effect %d is not the one after %d", r.N, rows[max(i, 1)-1].N)
		}
		if len(r.Data) > MaxData {
			return fmt.Errorf("effect %d of %d bytes: %w", r.N, len(r.Data), ErrTooLarge)
		}
		if _, err := effectSubject(o.bus.config.Partition, r.To); err != nil {
			return fmt.Errorf("effect %d: %w", r.N, err)
		}
	}
	return nil
}

// push publishes rows, each onto the one before, without waiting in between: if one fails, those behind
// it fail, too, unless they were what the stream was waiting for. It returns the first one's error, when
// all are answered.
func (o *Outbox) push(ctx context.Context, rows []core.Row) error {
	acks := make([]jetstream.PubAckFuture, 0, min(len(rows), chainWindow))
	first := rows[0].N
	var failed error
	for _, r := range rows {
		if len(acks) == chainWindow {
			failed = o.wait(ctx, acks[0], first)
			acks, first = acks[1:], first+1
			if failed != nil {
				break
			}
		}
		ack, err := o.publish(r)
		if err != nil {
			failed = err
			break
		}
		acks = append(acks, ack)
	}
	for i, ack := range acks {
		if err := o.wait(ctx, ack, first+uint64(i)); failed == nil {
			failed = err
		}
	}
	return failed
}

func (o *Outbox) publish(r core.Row) (jetstream.PubAckFuture, error) {
	subject, err := effectSubject(o.bus.config.Partition, r.To)
	if err != nil {
		return nil, err
	}
	m := &nats.Msg{Subject: subject, Data: r.Data, Header: nats.Header{
		jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(r.N-1, 10)},
	}}
	ack, err := o.bus.js.PublishMsgAsync(m, jetstream.WithStallWait(stallWait))
	if err != nil {
		return nil, fmt.Errorf("publish effect %d: %w", r.N, plainError(err))
	}
	return ack, nil
}

func (o *Outbox) wait(ctx context.Context, ack jetstream.PubAckFuture, n uint64) error {
	select {
	case a := <-ack.Ok():
		if a.Sequence != n {
			return fmt.Errorf("publish effect %d: it became %d: %w", n, a.Sequence, core.ErrGap)
		}
		return nil
	case err := <-ack.Err():
		return fmt.Errorf("publish effect %d: %w", n, plainError(err))
	case <-o.bus.closed:
		return fmt.Errorf("publish effect %d: %w", n, ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// missing returns the rows that the stream does not have yet. While the server is away it waits.
func (o *Outbox) missing(ctx context.Context, rows []core.Row) ([]core.Row, error) {
	var last uint64
	err := o.bus.retry(ctx, "look at outbox", func(ctx context.Context) (err error) {
		last, err = o.Last(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	first := rows[0].N
	switch {
	case last+1 < first:
		return nil, fmt.Errorf("effect %d would come after %d: %w", first, last, core.ErrGap)
	case last+1 == first:
		return rows, nil
	}
	there := min(int(last-first+1), len(rows))
	o.compare(ctx, rows[there-1])
	return rows[there:], nil
}

// compare looks whether the stream has the same effect under that number; if not, the same events have led to
// different decisions, or somebody else writes, and only an operator can tell which.
func (o *Outbox) compare(ctx context.Context, r core.Row) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	m, err := o.bus.effect.GetMsg(ctx, r.N)
	if err != nil {
		return // expired, or the server is away again, which the next publish will tell
	}
	if !bytes.Equal(m.Data, r.Data) {
		o.bus.log.Error("the effect on the bus is not the one decided now", "effect", r.N, "platform", string(r.To.Platform))
	}
}

// Last is core.Outbox's. It does not wait for a server that is away. An error wrapping core.ErrGap tells of an end
// that was lost on a damaged disk.
func (o *Outbox) Last(ctx context.Context) (uint64, error) {
	_, last, err := o.bus.ends(ctx, o.bus.effect)
	if err != nil {
		return 0, fmt.Errorf("look at outbox: %w", err)
	}
	return last, nil
}

// SkipTo is core.Outbox's. A stream never goes back: one that ends beyond n is an error and stays.
func (o *Outbox) SkipTo(ctx context.Context, n uint64) error {
	if err := o.bus.skipTo(ctx, o.bus.effect, n); err != nil {
		return fmt.Errorf("skip outbox to %d: %w", n, err)
	}
	return nil
}
