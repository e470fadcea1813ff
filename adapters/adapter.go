package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// In makes events durable, in their order. It blocks until they are, and fails only when ctx ends or the
// bus is closed; the adapter then must not confirm them to its platform. It may be called by several
// goroutines at once; only the events of one call keep their order then. An event without an id, a body or a
// chat of the adapter's platform is a bug and an error; one that is larger than the bus takes is shortened.
type In func(ctx context.Context, events ...chat.Event) error

// Adapter is the code for one platform.
type Adapter interface {
	Platform() chat.Platform
	// Features never changes while the adapter lives.
	Features() chat.Features
	// Run connects, receives and hands events to in until ctx ends; then it returns nil within a second.
	// It survives every outage of its platform by itself, with back-off, and returns an error only for
	// what an operator must mend (a revoked token, a deregistered account); the error says what to do.
	Run(ctx context.Context, in In) error
	// Do carries out one effect. Calls for one chat (Effect.Where) come one after another, for different chats
	// at the same time; Do works before Run has connected, too, by answering Retry. Refs of targets are filled
	// in. It is idempotent by d.ID where the platform allows (Features.Idempotent); of a pin, and of what is done
	// to people, what is so already is done. It refuses as Unsupported what Features refuse, and as Forbidden
	// what the bot's rights do not reach: whoever has the platform's highest rights is left alone. Its error is
	// made by Retry, Unsure or Refused; any other error is tried again a few times and then a dead letter.
	Do(ctx context.Context, d chat.Dispatch) (Receipt, error)
	// Open fetches the bytes of a media that this platform holds (m.Platform is this one); the reader
	// fails with an error wrapping ErrTooLarge beyond limit bytes. Errors as of Do.
	Open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error)
	// Check looks at the credentials, the reach and the rights and returns what an operator should
	// know; it works without Run. It answers within ctx's time.
	Check(ctx context.Context) []Finding
}

// Pulse is implemented by adapters that know whether their platform is there although nobody says anything: At is when it
// has answered last, zero if never since the start; Every is how often it does at least while all is well.
type Pulse interface {
	Pulse() (at time.Time, every time.Duration)
}

// Opener fetches bytes that any platform holds; adapters get one to show media of the others. Its
// contract is Adapter.Open's.
type Opener func(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error)

// Receipt is what a platform made of an effect.
type Receipt struct {
	// Refs name the messages made, in order; empty where none was made.
	Refs []chat.Ref
	// Names are further names that an existing message has got (an edit's on Signal).
	Names []chat.Ref
	// Notes say in short phrases what was shown as less than it was ("spoiler shown as text").
	Notes []string
	// Made is the chat that an Open has made.
	Made chat.Chat
	// Link is what an Invite has made, good for one person, where the platform cannot ask him itself.
	Link string
}

// Finding is one line of `potluck check`.
type Finding struct {
	OK   bool
	What string // what was looked at and how it is
	Do   string // what the operator should do next; empty if OK
}

// ErrTooLarge is wrapped by what Open's reader answers beyond its limit.
var ErrTooLarge = errors.New("too large")

// RetryError says that the platform could not do it now.
type RetryError struct {
	// After is how long the platform asked to wait; 0 = it did not say, the pump backs off by itself.
	After time.Duration
	// Unsure: the platform may have done it all the same, so a retry may show it twice.
	Unsure bool
	Err    error
}

// Error tells the cause and the wait.
func (e *RetryError) Error() string { return fmt.Sprintf("retry after %s: %v", e.After, e.Err) }

// Unwrap returns the cause.
func (e *RetryError) Unwrap() error { return e.Err }

// Retry wraps err: not now, again after the given time (0 = back off).
func Retry(after time.Duration, err error) error { return &RetryError{After: after, Err: err} }

// Unsure wraps err: the connection broke when the platform may already have done it.
func Unsure(err error) error { return &RetryError{Unsure: true, Err: err} }

// RefusedError says that the platform will never do it.
type RefusedError struct {
	Why chat.Reason
	Err error
}

// Error tells the reason and the cause.
func (e *RefusedError) Error() string { return fmt.Sprintf("refused, %s: %v", e.Why, e.Err) }

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// Refused wraps err: never, because.
func Refused(why chat.Reason, err error) error { return &RefusedError{Why: why, Err: err} }
