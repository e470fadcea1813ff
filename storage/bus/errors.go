package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrClosed is wrapped by everything that is asked of a closed Bus.
	ErrClosed = errors.New("bus closed")
	// ErrTooLarge is wrapped for data above MaxData; trying again is of no use.
	ErrTooLarge = errors.New("too large for the bus")
	// ErrLocked is wrapped when another process uses the directory.
	ErrLocked = errors.New("another potluck is running on this directory")
)

// How attempts are spaced. A question that is lost with its connection is only known to be lost when its
// time is over, so attempts that are repeated by themselves are short; a leader's election takes 4 to 9 s
// (nats-server raft.go) and so several of them.
const (
	attemptTimeout = 5 * time.Second // of what is asked once
	retryTimeout   = 2 * time.Second // of what is tried again
	firstBackoff   = 20 * time.Millisecond
	lastBackoff    = 2 * time.Second
)

// isPermanent tells whether trying again can never help.
func isPermanent(err error) bool {
	if errors.Is(err, ErrClosed) || errors.Is(err, ErrTooLarge) || errors.Is(err, nats.ErrBadSubject) {
		return true
	}
	return hasCode(err, jetstream.JSErrCodeStreamMessageExceedsMaximum)
}

func hasCode(err error, code jetstream.ErrorCode) bool {
	api := (*jetstream.APIError)(nil)
	return errors.As(err, &api) && api.ErrorCode == code
}

// plainError turns the library's words for a closed connection and too much data into ours.
func plainError(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return errors.Join(ErrClosed, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return errors.Join(ErrTooLarge, err)
	}
	return err
}

// backoff waits between attempts, longer each time.
type backoff struct{ next time.Duration }

// wait returns false when ctx has ended.
func (b *backoff) wait(ctx context.Context) bool {
	b.next = min(max(2*b.next, firstBackoff), lastBackoff)
	t := time.NewTimer(b.next)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
