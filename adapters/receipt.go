package adapters

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// outcome is what became of a dispatch: done with a receipt, or failed for a reason.
type outcome struct {
	receipt Receipt
	failed  chat.Reason // empty = done
}

// doneOf returns what the journal keeps of an outcome. The receipt's event has the same id however often
// the effect is tried.
func doneOf(r row, o outcome, now time.Time) (receipt, error) {
	id := r.dispatch.ID
	e := chat.Event{
		ID: chat.EventID(id) + "!sent", At: now.UTC(), Chat: r.Chat,
		Body: chat.Sent{
			Effect: id, Refs: o.receipt.Refs, Names: o.receipt.Names, Notes: o.receipt.Notes, Link: o.receipt.Link,
			Made: o.receipt.Made,
		},
	}
	if o.failed != "" {
		e.ID, e.Body = chat.EventID(id)+"!failed", chat.Failed{Effect: id, Why: o.failed}
	}
	b, err := chat.EncodeEvent(e)
	if err != nil {
		return receipt{}, fmt.Errorf("encode receipt: %w", err)
	}
	return receipt{Done: Done{N: r.N, Effect: id, Chat: r.Chat, Refs: o.receipt.Refs, Receipt: b}, event: e}, nil
}

// receipt is an outcome and the event that tells of it.
type receipt struct {
	Done
	event chat.Event
}

// maxReceipts is how many receipts may wait for the bus; then the lanes wait, too.
const maxReceipts = 1024

// receipts publishes the receipts of all lanes, one after another.
type receipts struct {
	publisher Publisher
	journal   Journal
	waiting   chan receipt

	mu  sync.Mutex             // guards what follows
	due map[uint64][]chat.Chat // numbers in the journal whose receipts may not be on the bus, and the chats they are about
}

func newReceipts(p Publisher, j Journal) *receipts {
	return &receipts{publisher: p, journal: j, waiting: make(chan receipt, maxReceipts), due: map[uint64][]chat.Chat{}}
}

// add hands over what the journal has; it waits while too many wait for the bus. When ctx ends, the
// journal still has it.
func (r *receipts) add(ctx context.Context, d receipt) {
	r.mark(d.Done)
	select {
	case r.waiting <- d:
	case <-ctx.Done():
	}
}

func (r *receipts) mark(ds ...Done) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range ds {
		r.due[d.N] = d.chats()
	}
}

// chats returns where the outcome can be answered: the effect's chat, and those of the messages made.
func (d Done) chats() []chat.Chat {
	out := []chat.Chat{d.Chat}
	for _, ref := range d.Refs {
		if !slices.Contains(out, ref.Chat) {
			out = append(out, ref.Chat)
		}
	}
	return out
}

// dueIn returns the numbers whose receipts may not be on the bus and are about a chat.
func (r *receipts) dueIn(c chat.Chat) []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []uint64
	for n, chats := range r.due {
		if slices.Contains(chats, c) {
			out = append(out, n)
		}
	}
	return out
}

// isDue tells whether a receipt may not be on the bus.
func (r *receipts) isDue(n uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, due := r.due[n]
	return due
}

// lowest returns the lowest number whose receipt may not be on the bus.
func (r *receipts) lowest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	low := uint64(math.MaxUint64)
	for n := range r.due {
		low = min(low, n)
	}
	return low
}

func (r *receipts) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.due)
}

// run publishes those left over from the last time, then what the lanes hand over, until ctx ends.
func (r *receipts) run(ctx context.Context, unpublished []Done) error {
	r.mark(unpublished...)
	for some := range slices.Chunk(unpublished, maxBatch) {
		batch, err := eventsOf(some)
		if err != nil {
			return err
		}
		if err := r.publish(ctx, batch); err != nil {
			return err
		}
	}
	for {
		batch := r.take(ctx)
		if len(batch) == 0 {
			return nil
		}
		if err := r.publish(ctx, batch); err != nil {
			return err
		}
	}
}

// eventsOf reads what the journal has kept.
func eventsOf(ds []Done) ([]receipt, error) {
	out := make([]receipt, 0, len(ds))
	for _, d := range ds {
		e, err := chat.DecodeEvent(d.Receipt)
		if err != nil {
			return nil, fmt.Errorf("decode receipt %d: %w", d.N, err)
		}
		out = append(out, receipt{Done: d, event: e})
	}
	return out, nil
}

// maxBatch is how many receipts are published before the journal is told of it.
const maxBatch = 128

// take waits for a receipt and returns all that wait with it; none when ctx ends.
func (r *receipts) take(ctx context.Context) []receipt {
	var batch []receipt
	select {
	case d := <-r.waiting:
		batch = append(batch, d)
	case <-ctx.Done():
		return nil
	}
	for len(batch) < maxBatch {
		select {
		case d := <-r.waiting:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

func (r *receipts) publish(ctx context.Context, batch []receipt) error {
	ns := make([]uint64, 0, len(batch))
	for _, d := range batch {
		if _, err := r.publisher.Publish(ctx, d.event); err != nil {
			return fmt.Errorf("publish receipt %d: %w", d.N, err)
		}
		ns = append(ns, d.N)
	}
	if err := r.journal.Published(ns...); err != nil {
		return fmt.Errorf("note receipts as published: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range ns {
		delete(r.due, n)
	}
	return nil
}
