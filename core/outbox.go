package core

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// keepPublished is how many published effects stay in the outbox: more than the bus can lose when the
// power fails between two of its flushes, one second apart.
const keepPublished = 5000

func outboxValue(r Row) []byte {
	return append(append([]byte(r.To.String()), 0), r.Data...)
}

func outboxRow(key, value []byte) Row {
	to, data, _ := bytes.Cut(value, []byte{0})
	c, _ := chat.ParseChat(string(to)) // outboxValue wrote it
	return Row{N: number(key), To: c, Data: bytes.Clone(data)}
}

// press publishes effects in their order, as fast as the bus takes them.
type press struct {
	outbox Outbox
	log    *slog.Logger

	mu        sync.Mutex // guards the fields below
	rows      []Row
	published uint64
	more      chan struct{}
}

func newPress(o Outbox, log *slog.Logger) *press {
	return &press{outbox: o, log: log, more: make(chan struct{}, 1)}
}

// add takes rows that are committed.
func (p *press) add(rows []Row) {
	if len(rows) == 0 {
		return
	}
	p.mu.Lock()
	p.rows = append(p.rows, rows...)
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// begin tells up to which number the bus has everything.
func (p *press) begin(published uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published = published
}

// done returns the number of the last effect known to be on the bus.
func (p *press) done() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.published
}

// waiting returns how many effects are committed but not on the bus.
func (p *press) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rows)
}

func (p *press) run(ctx context.Context) error {
	for {
		p.mu.Lock()
		rows := p.rows[:min(len(p.rows), maxBatch)]
		p.mu.Unlock()
		if len(rows) == 0 {
			select {
			case <-p.more:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		if err := p.publish(ctx, rows); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// publish appends the rows, trying again until the bus takes them or ctx ends.
func (p *press) publish(ctx context.Context, rows []Row) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := p.outbox.Append(ctx, rows)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ErrGap) {
			return fmt.Errorf("publish effects from %d: %w", rows[0].N, err)
		}
		p.log.Warn("the bus does not take effects, trying again", "first", rows[0].N, "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published = rows[len(rows)-1].N
	p.rows = p.rows[len(rows):]
	if len(p.rows) == 0 {
		p.rows = nil
	}
	return nil
}
