package demo

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// changes returns a channel that gets a value after each change in any of the worlds, possibly merged.
// stop ends it and waits until nothing runs for it any more.
func (t *Table) changes() (changed <-chan struct{}, stop func()) {
	out := make(chan struct{}, 1)
	over := make(chan struct{})
	var running sync.WaitGroup
	for _, w := range t.worlds {
		in, leave := w.Changes()
		running.Go(func() {
			defer leave()
			forward(in, out, over)
		})
	}
	return out, sync.OnceFunc(func() {
		close(over)
		running.Wait()
	})
}

func forward(in <-chan struct{}, out chan<- struct{}, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case _, open := <-in:
			if !open {
				return
			}
		}
		select {
		case out <- struct{}{}:
		default:
		}
	}
}

// until looks again after each change until check returns nil. After the patience it gives up and returns
// what check said last.
func (t *Table) until(ctx context.Context, patience time.Duration, check func() error) error {
	changed, stop := t.changes()
	defer stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait: %w (so far: %w)", context.Cause(ctx), err)
		case <-late.C:
			return fmt.Errorf("waited %s: %w", patience, err)
		case <-changed:
		}
	}
}

// come lets people come to the groups that they are asked to, as soon as they are, until the table is closed.
func (t *Table) come() {
	changed, stop := t.changes()
	defer stop()
	for {
		for _, w := range t.worlds {
			for _, g := range w.Groups() {
				for _, person := range g.Invited {
					if err := w.Join(person, g.ID); err != nil {
						t.log.Debug("somebody cannot come", "group", g.Title, "error", err)
					}
				}
			}
		}
		select {
		case <-t.done:
			return
		case <-changed:
		}
	}
}
