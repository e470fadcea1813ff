package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/core"
)

// How much a reader asks for ahead of its consumer of entries.
const (
	readAhead      = 1000
	readAheadBytes = 8 * MaxData
	readHeartbeat  = 2 * time.Second // two missing ones tell that the consumer is gone with its server
)

// idleConsumer is how long the server keeps a consumer whose reader has vanished.
const idleConsumer = time.Minute

var (
	errDropped = errors.New("deliveries lost on the way")
	errForeign = errors.New("delivery without a place in the stream")
)

// entry is one delivery.
type entry struct {
	msg jetstream.Msg
	seq uint64
	at  time.Time
}

// reader delivers a stream from a sequence on. Each of its consumers lives in the server's memory only;
// when one is lost (the server went away, deliveries were dropped) the next starts behind the last entry.
type reader struct {
	bus    *Bus
	stream jetstream.Stream
	filter string // subject, empty = all
	next   uint64 // the sequence to go on at
	whole  bool   // there must be no gap: neither before next nor between entries

	last      time.Time // when the entry next-1 was stored, zero if none was read
	delivered uint64    // how many the present consumer has delivered
}

// run calls fn for each entry until ctx ends (then nil), fn fails, the bus is closed, or something is
// missing. It waits for a server that is away.
func (r *reader) run(ctx context.Context, fn func(entry) error) error {
	var pause backoff
	for {
		start := r.next
		err := r.consume(ctx, fn)
		var stop stopError
		switch {
		case errors.As(err, &stop):
			return stop.err
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, core.ErrGap), isPermanent(err):
			return err
		}
		if r.next > start {
			pause = backoff{}
		}
		r.bus.log.Warn("bus reader starts again", "next", r.next, "err", err)
		if !pause.wait(ctx) {
			return nil
		}
	}
}

// stopError carries what fn returned past the errors that are tried again.
type stopError struct{ err error }

func (e stopError) Error() string { return e.err.Error() }

// consume makes a consumer and reads it until something fails.
func (r *reader) consume(ctx context.Context, fn func(entry) error) error {
	if err := r.verify(ctx); err != nil {
		return err
	}
	it, drop, err := r.subscribe(ctx)
	if err != nil {
		return plainError(err)
	}
	defer drop()
	defer r.stopOnReconnect(it)()
	r.delivered = 0
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return plainError(err)
		}
		if err := r.deliver(m, fn); err != nil {
			return err
		}
	}
}

func (r *reader) deliver(m jetstream.Msg, fn func(entry) error) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("%w: %w", errForeign, err)
	}
	if meta.Sequence.Consumer != r.delivered+1 {
		return errDropped
	}
	r.delivered++
	seq := meta.Sequence.Stream
	if r.whole && seq != r.next {
		return fmt.Errorf("entry %d comes where %d should be: %w", seq, r.next, core.ErrGap)
	}
	if err := fn(entry{msg: m, seq: seq, at: meta.Timestamp}); err != nil {
		return stopError{err: err}
	}
	r.next, r.last = seq+1, meta.Timestamp
	return nil
}

// subscribe makes the consumer. Its place and order are kept here, so it acknowledges nothing.
func (r *reader) subscribe(ctx context.Context) (jetstream.MessagesContext, func(), error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	c, err := r.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.next, FilterSubject: r.filter,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: idleConsumer,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("make consumer: %w", err)
	}
	it, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(readAhead, readAheadBytes),
		jetstream.PullHeartbeat(readHeartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	name := c.CachedInfo().Name
	drop := func() {
		if it != nil {
			it.Stop()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		// The server forgets an idle consumer by itself if this does not reach it.
		_ = r.stream.DeleteConsumer(ctx, name)
	}
	if err != nil {
		drop()
		return nil, nil, fmt.Errorf("pull from consumer: %w", err)
	}
	return it, drop, nil
}

// stopOnReconnect ends it as soon as the connection is there again: its consumer may have gone with the
// server, and otherwise only missing heartbeats would tell. The function it returns ends the watch.
func (r *reader) stopOnReconnect(it jetstream.MessagesContext) func() {
	connected := r.bus.nc.StatusChanged(nats.CONNECTED)
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-connected:
			it.Stop()
		case <-quit:
		}
	}()
	return func() {
		close(quit)
		<-ended
		r.bus.nc.RemoveStatusListener(connected)
	}
}

// verify makes sure before every start that the stream still has what this reader relies on: a server
// that lost its tail in a power cut gives the lost sequences to other entries, and a reader that stood
// behind them would pass over those.
func (r *reader) verify(ctx context.Context) error {
	if !r.whole {
		return nil
	}
	info, err := r.bus.info(ctx, r.stream)
	if err != nil {
		return err
	}
	first, last := info.State.FirstSeq, info.State.LastSeq
	if info.State.Msgs == 0 {
		first = last + 1
	}
	switch {
	case r.next < first:
		return fmt.Errorf("the stream begins at %d, %d is gone: %w", first, r.next, core.ErrGap)
	case r.next > last+1:
		return fmt.Errorf("the stream ends at %d, %d was there before: %w", last, r.next-1, core.ErrGap)
	case r.last.IsZero() || r.next == first:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	m, err := r.stream.GetMsg(ctx, r.next-1)
	if err != nil {
		return fmt.Errorf("look at entry %d: %w", r.next-1, plainError(err))
	}
	if !m.Time.Equal(r.last) {
		return fmt.Errorf("entry %d is not the one that was read: %w", r.next-1, core.ErrGap)
	}
	return nil
}
