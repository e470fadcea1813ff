package coretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// Inbox is a stream of events in memory. It gives entries the time of the process's clock.
type Inbox struct {
	mu      sync.Mutex // guards the fields below
	entries []core.Entry
	first   uint64 // sequence of entries[0], or of the next one
	grown   chan struct{}
}

var _ core.Inbox = (*Inbox)(nil)

// NewInbox returns an empty stream.
func NewInbox() *Inbox { return &Inbox{first: 1, grown: make(chan struct{})} }

// Publish is core.Inbox's. It does not drop an id that it has had: the engine must.
func (i *Inbox) Publish(ctx context.Context, _ chat.EventID, _ chat.Platform, data []byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("publish: %w", err)
	}
	return i.Put(time.Now(), data), nil
}

// Put appends data as if it had come at a time, and returns its sequence.
func (i *Inbox) Put(at time.Time, data []byte) uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	seq := i.first + uint64(len(i.entries))
	i.entries = append(i.entries, core.Entry{Seq: seq, At: at, Data: slices.Clone(data)})
	close(i.grown)
	i.grown = make(chan struct{})
	return seq
}

// Read is core.Inbox's.
func (i *Inbox) Read(ctx context.Context, from uint64, fn func(core.Entry) error) error {
	for {
		i.mu.Lock()
		grown, entry, there := i.grown, core.Entry{}, false
		if from < i.first {
			i.mu.Unlock()
			return fmt.Errorf("read from %d, the first is %d: %w", from, i.first, core.ErrGap)
		}
		if n := from - i.first; n < uint64(len(i.entries)) {
			entry, there = i.entries[n], true
		}
		i.mu.Unlock()
		if ctx.Err() != nil {
			return nil
		}
		if there {
			if err := fn(entry); err != nil {
				return err
			}
			from++
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil
		}
	}
}

// Bounds is core.Inbox's.
func (i *Inbox) Bounds(context.Context) (first, last uint64, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.first, i.first + uint64(len(i.entries)) - 1, nil
}

// SkipTo is core.Inbox's.
func (i *Inbox) SkipTo(_ context.Context, seq uint64) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.entries, i.first = nil, seq+1
	return nil
}

// Forget removes the entries up to a sequence, as age does.
func (i *Inbox) Forget(upTo uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.entries) > 0 && i.first <= upTo {
		i.entries, i.first = i.entries[1:], i.first+1
	}
}

// Lose removes the entries from a sequence on, as a power cut does.
func (i *Inbox) Lose(from uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if from >= i.first {
		i.entries = i.entries[:min(uint64(len(i.entries)), from-i.first)]
	}
}

// Entries returns all that is in the stream.
func (i *Inbox) Entries() []core.Entry {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.entries)
}

// Outbox is a stream of effects in memory.
type Outbox struct {
	mu     sync.Mutex // guards the fields below
	rows   []core.Row
	before uint64 // number of the one before rows[0]
	fails  int
}

var _ core.Outbox = (*Outbox)(nil)

var errAway = errors.New("the bus is away")

// NewOutbox returns an empty stream.
func NewOutbox() *Outbox { return &Outbox{} }

// Append is core.Outbox's.
func (o *Outbox) Append(ctx context.Context, rows []core.Row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	for _, r := range rows {
		if o.fails > 0 { // it may break off after any row
			o.fails--
			return errAway
		}
		last := o.before + uint64(len(o.rows))
		switch {
		case r.N <= last:
			continue
		case r.N > last+1:
			return fmt.Errorf("append %d behind %d: %w", r.N, last, core.ErrGap)
		}
		r.Data = slices.Clone(r.Data)
		o.rows = append(o.rows, r)
	}
	return nil
}

// Last is core.Outbox's.
func (o *Outbox) Last(context.Context) (uint64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.before + uint64(len(o.rows)), nil
}

// SkipTo is core.Outbox's.
func (o *Outbox) SkipTo(_ context.Context, n uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows, o.before = nil, n
	return nil
}

// Fail lets the next n rows that are to be appended fail.
func (o *Outbox) Fail(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fails = n
}

// Lose removes the rows from a number on, as a power cut does.
func (o *Outbox) Lose(from uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if from > o.before {
		o.rows = o.rows[:min(uint64(len(o.rows)), from-o.before-1)]
	}
}

// Rows returns all that is in the stream.
func (o *Outbox) Rows() []core.Row {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.rows)
}
