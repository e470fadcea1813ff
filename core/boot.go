package core

import (
	"context"
	"fmt"
)

// boot compares the state with the streams after a start. A process that was killed leaves nothing to
// mend; a power cut can take the tail of a stream that the state had already seen or written:
//
//   - events missing at the end: the state knows them, so the stream goes on behind them;
//   - effects missing at the end: they still lie in the outbox and are published again;
//   - events missing before the position: an error, for they cannot be had any more.
func (e *Engine) boot(ctx context.Context) error {
	first, last, err := e.inbox.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("look at event stream: %w", err)
	}
	applied := e.applied.get()
	if first > applied+1 && last >= first {
		return fmt.Errorf("the state has come to event %d but the stream begins at %d: restore a newer backup: %w",
			applied, first, ErrGap)
	}
	if last < applied {
		e.log.Warn("the event stream has lost its tail, as after a power cut; nothing is missing in the state",
			"last", last, "applied", applied)
		if err := e.inbox.SkipTo(ctx, applied); err != nil {
			return fmt.Errorf("repair event stream: %w", err)
		}
	}
	return e.bootOutbox(ctx)
}

// bootOutbox hands the press what may not be on the bus yet.
func (e *Engine) bootOutbox(ctx context.Context) error {
	last, err := e.outbox.Last(ctx)
	if err != nil {
		return fmt.Errorf("look at effect stream: %w", err)
	}
	var rows []Row
	var newest uint64
	err = e.store.View(func(tx Tx) error {
		newest = number(tx.Get(bucketMeta, keyEffect))
		return tx.Scan(bucketOutbox, numberKey(last+1), func(key, value []byte) bool {
			rows = append(rows, outboxRow(key, value))
			return true
		})
	})
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	if last > newest {
		return fmt.Errorf("the effect stream has %d effects but the state only made %d: this state is older than the stream,"+
			" restore a newer backup or move the bus directory away: %w", last, newest, ErrGap)
	}
	if newest > last && (len(rows) == 0 || rows[0].N != last+1) {
		return fmt.Errorf("the effect stream ends at %d and the outbox cannot fill it up to %d: %w", last, newest, ErrGap)
	}
	if len(rows) > 0 {
		e.log.Info("publishing effects that were decided before the stop", "effects", len(rows))
	}
	e.press.add(rows)
	return nil
}
