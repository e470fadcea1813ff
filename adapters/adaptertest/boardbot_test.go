package adaptertest

import (
	"context"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// since is the bot's side: it returns the updates from a position on and waits for one.
func (b *board) since(ctx context.Context, from int) ([]update, error) {
	for {
		b.mu.Lock()
		down, more := b.down, b.more
		var out []update
		if from < len(b.updates) {
			out = slices.Clone(b.updates[from:])
		}
		b.mu.Unlock()
		if down {
			return nil, errDown
		}
		if len(out) > 0 {
			return out, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// call is the bot's side: it runs fn once for a key, unless the board is down or limits.
func (b *board) call(key string, fn func() (adapters.Receipt, error)) (adapters.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return adapters.Receipt{}, errDown
	}
	if r, ok := b.done[key]; ok && key != "" {
		return r, nil
	}
	if b.limits > 0 {
		b.limits--
		return adapters.Receipt{}, limitedError{b.wait}
	}
	r, err := fn()
	if err == nil && key != "" {
		b.done[key] = r
	}
	return r, err
}

func (b *board) outage(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
	close(b.more)
	b.more = make(chan struct{})
}

func (b *board) limit(n int, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limits, b.wait = n, after
}
