package bus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/core/chat"
)

// Served is how far those have come who read the streams.
type Served struct {
	Applied uint64                   // an event: it and all before it are part of the state
	Done    map[chat.Platform]uint64 // of each platform: all its effects up to this number are done
}

// Forget removes what is older than a time and needed by nobody: events below the last applied one, which a start
// looks at, and effects that come before the first that a platform named in s has yet to do. The effects of a platform
// that is not named are nobody's. There are people's words in both; a backup that is older than what was
// removed can no longer catch up with the streams.
func (b *Bus) Forget(ctx context.Context, s Served, before time.Time) error {
	if s.Applied > 1 {
		if err := b.forget(ctx, b.events, s.Applied-1, before); err != nil {
			return fmt.Errorf("forget events: %w", err)
		}
	}
	limit := uint64(math.MaxUint64)
	for platform, done := range s.Done {
		first, err := b.firstEffect(ctx, platform, done)
		if err != nil {
			return fmt.Errorf("forget effects: %w", err)
		}
		limit = min(limit, first-1)
	}
	if err := b.forget(ctx, b.effect, limit, before); err != nil {
		return fmt.Errorf("forget effects: %w", err)
	}
	return nil
}

// firstEffect returns the number of the first effect of a platform above one; beyond all numbers if there is none.
func (b *Bus) firstEffect(ctx context.Context, p chat.Platform, after uint64) (uint64, error) {
	token, err := platformToken(p)
	if err != nil {
		return 0, err
	}
	subject := "fx." + strconv.Itoa(b.config.Partition) + "." + token + ".>"
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	m, err := b.effect.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return math.MaxUint64, nil
	}
	if err != nil {
		return 0, plainError(err)
	}
	return m.Sequence, nil
}

// forget removes the messages of a stream up to a sequence that are older than a time.
func (b *Bus) forget(ctx context.Context, s jetstream.Stream, upTo uint64, before time.Time) error {
	info, err := b.info(ctx, s)
	if err != nil || info.State.Msgs == 0 || !info.State.FirstTime.Before(before) {
		return err
	}
	first, last := info.State.FirstSeq, min(info.State.LastSeq, upTo)
	for first <= last { // the first that is to stay lies between them
		middle := first + (last-first)/2
		old, err := b.storedBefore(ctx, s, middle, before)
		if err != nil {
			return err
		}
		if old {
			first = middle + 1
			continue
		}
		last = middle - 1
	}
	if first == info.State.FirstSeq {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, retryTimeout)
	defer cancel()
	return plainError(s.Purge(ctx, jetstream.WithPurgeSequence(first)))
}

// storedBefore tells whether the message at a sequence is older than a time; one that is lost counts as such.
func (b *Bus) storedBefore(ctx context.Context, s jetstream.Stream, seq uint64, before time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	m, err := s.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return true, nil
	}
	if err != nil {
		return false, plainError(err)
	}
	return m.Time.Before(before), nil
}
