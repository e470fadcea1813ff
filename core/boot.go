package core

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
)

// position is how far the state has come.
type position struct {
	applied   uint64 // sequence of the last event in it
	effect    uint64 // number of the last effect decided
	last      []byte // sum of that event; nil if there was none
	published uint64 // number of an effect that was known to be on the bus, with all before it
}

// boot compares the state with the streams after a start. A process that was killed leaves nothing to
// mend; a power cut can take the tail of a stream that the state had already seen or written, and a
// restored backup finds streams that are ahead of it, or new ones:
//
//   - events missing at the end: the state knows them, so the stream goes on behind them;
//   - effects missing at the end: they still lie in the outbox and are published again;
//   - a new bus: both streams go on where the state is;
//   - events missing before the position: an error, for they cannot be had any more.
func (e *Engine) boot(ctx context.Context) error {
	first, last, err := e.inbox.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("look at event stream: %w", err)
	}
	at, err := e.position()
	if err != nil {
		return err
	}
	if first > at.applied+1 { // an empty stream, too, knows where it has been
		return fmt.Errorf("the state has come to event %d but the stream begins at %d: restore a newer backup: %w",
			at.applied, first, ErrGap)
	}
	if err := e.checkLast(ctx, at, first, last); err != nil {
		return err
	}
	if last < at.applied {
		e.log.Warn("the event stream ends before the state, as after a power cut or a restore; nothing is missing in the state",
			"last", last, "applied", at.applied)
		if err := e.inbox.SkipTo(ctx, at.applied); err != nil {
			return fmt.Errorf("repair event stream: %w", err)
		}
	}
	return e.bootOutbox(ctx, at, last == 0, last > at.applied)
}

// errLooked ends a look at one entry.
var errLooked = errors.New("looked at")

// checkLast compares the event that the state has come to with the one at its place in the stream. They
// differ when the stream has lost its tail and gone on without the state, or is another's.
func (e *Engine) checkLast(ctx context.Context, at position, first, last uint64) error {
	if at.last == nil || at.applied < first || at.applied > last {
		return nil
	}
	same := true
	err := e.inbox.Read(ctx, at.applied, func(entry Entry) error {
		same = bytes.Equal(sumOf(entry.Data), at.last)
		return errLooked
	})
	if err != nil && !errors.Is(err, errLooked) {
		return fmt.Errorf("look at the last event: %w", err)
	}
	if !same {
		return fmt.Errorf("event %d in the stream is not the one that the state knows: state and stream do not belong together,"+
			" restore the backup that does or move the bus folder away: %w", at.applied, ErrGap)
	}
	return nil
}

// sumOf tells entries apart.
func sumOf(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:16]
}

func (e *Engine) position() (at position, err error) {
	err = e.store.View(func(tx Tx) error {
		at.applied = number(tx.Get(bucketMeta, keyApplied))
		at.last = bytes.Clone(tx.Get(bucketMeta, keyLast))
		at.effect = number(tx.Get(bucketMeta, keyEffect))
		at.published = number(tx.Get(bucketMeta, keyPublished))
		return nil
	})
	if err != nil {
		return at, fmt.Errorf("read position: %w", err)
	}
	return at, nil
}

// bootOutbox hands the press what may not be on the bus yet. newBus: there has never been an event;
// replays: events follow that will be folded again.
func (e *Engine) bootOutbox(ctx context.Context, at position, newBus, replays bool) error {
	last, err := e.outbox.Last(ctx)
	if err != nil {
		return fmt.Errorf("look at effect stream: %w", err)
	}
	if newBus && last < at.published {
		if err := e.outbox.SkipTo(ctx, at.published); err != nil {
			return fmt.Errorf("continue effect stream: %w", err)
		}
		last = at.published
	}
	var rows []Row
	err = e.store.View(func(tx Tx) error {
		return tx.Scan(bucketOutbox, numberKey(last+1), func(key, value []byte) bool {
			rows = append(rows, outboxRow(key, value))
			return true
		})
	})
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	// A replay decides the same effects again, and the chain passes over those that are there.
	if last > at.effect && !replays {
		return fmt.Errorf("the effect stream has %d effects but the state only made %d: this state is older than the stream,"+
			" restore a newer backup or move the bus folder away: %w", last, at.effect, ErrGap)
	}
	if at.effect > last && (len(rows) == 0 || rows[0].N != last+1) {
		return fmt.Errorf("the effect stream ends at %d and the outbox cannot fill it up to %d: restore a newer backup"+
			" or move the bus folder away: %w", last, at.effect, ErrGap)
	}
	if len(rows) > 0 {
		e.log.Info("publishing effects that were decided before the stop", "effects", len(rows))
	}
	e.press.begin(last)
	e.press.add(rows)
	return nil
}
