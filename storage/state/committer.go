package state

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// maxGroup is how many changes one commit serves at most.
const maxGroup = 1000

// change is one caller's wish, and where its outcome is told.
type change struct {
	make func(*bbolt.Tx) error
	done chan error
}

// committer commits what callers want changed, all that waits at once: a commit costs a flush of the
// disk, whether it holds one change or a thousand.
type committer struct {
	db      *bbolt.DB
	changes chan change
	lazy    chan change   // changes that may wait for another's commit
	quit    chan struct{} // closed to end run
	ended   chan struct{} // closed when run has ended
}

func newCommitter(db *bbolt.DB) *committer {
	return &committer{db: db, changes: make(chan change), lazy: make(chan change), quit: make(chan struct{}), ended: make(chan struct{})}
}

// do returns when the change is committed, with the others that waited.
func (c *committer) do(make func(*bbolt.Tx) error) error {
	w := change{make: make, done: newDone()}
	select {
	case c.changes <- w:
		return <-w.done
	case <-c.quit:
		return ErrClosed
	}
}

// doLater has the change committed together with the next one that somebody waits for, or at the end. A killed
// process may forget it.
func (c *committer) doLater(make func(*bbolt.Tx) error) error {
	select {
	case c.lazy <- change{make: make, done: newDone()}:
		return nil
	case <-c.quit:
		return ErrClosed
	}
}

func newDone() chan error { return make(chan error, 1) }

// stop ends run after the group it is at.
func (c *committer) stop() {
	close(c.quit)
	<-c.ended
}

// run commits until stop.
func (c *committer) run() {
	defer close(c.ended)
	group := make([]change, 0, maxGroup)
	for {
		select {
		case w := <-c.lazy:
			if group = append(group, w); len(group) < maxGroup {
				continue
			}
		case w := <-c.changes:
			group = c.gather(append(group, w))
		case <-c.quit:
			c.commit(group)
			return
		}
		c.commit(group)
		group = group[:0]
	}
}

// gather takes whoever else waits by now.
func (c *committer) gather(group []change) []change {
	for len(group) < maxGroup {
		select {
		case w := <-c.changes:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

func (c *committer) commit(group []change) {
	if len(group) == 0 {
		return
	}
	err := c.apply(group)
	if err != nil && len(group) > 1 {
		// One bad change must not be the others' failure.
		for _, w := range group {
			w.done <- c.apply([]change{w})
		}
		return
	}
	for _, w := range group {
		w.done <- err
	}
}

func (c *committer) apply(group []change) error {
	err := c.db.Update(func(tx *bbolt.Tx) error {
		for _, w := range group {
			if err := w.make(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
