package core

import (
	"context"
	"errors"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Entry is one encoded event as the bus holds it.
type Entry struct {
	Seq  uint64    // its place in the stream, from 1, without gaps
	At   time.Time // when the bus took it
	Data []byte
}

// Inbox is the stream of events of one partition: everything that happens enters the house here.
type Inbox interface {
	// Publish appends an encoded event and returns its sequence once the bus holds it. It retries by
	// itself until ctx ends. id is the event's: within a short window the bus drops a second one, beyond it
	// the engine does; from says which platform it came from (chat.Local for the house's own).
	Publish(ctx context.Context, id chat.EventID, from chat.Platform, data []byte) (seq uint64, err error)
	// Read calls fn for every entry from sequence from on, in order and without gaps, and waits for
	// more until ctx ends (then nil) or fn fails (then its error). A gap is an error wrapping ErrGap.
	Read(ctx context.Context, from uint64, fn func(Entry) error) error
	// Bounds returns the first and the last sequence in the stream; last < first if it is empty, and last
	// is then the sequence before the next one.
	Bounds(ctx context.Context) (first, last uint64, err error)
	// SkipTo makes seq+1 the sequence of the next event, after a power cut took a tail that the state
	// had seen. It removes whatever is in the stream.
	SkipTo(ctx context.Context, seq uint64) error
}

// Row is one numbered effect on its way out.
type Row struct {
	N    uint64 // from 1, without gaps: also its sequence in the stream
	To   chat.Chat
	Data []byte
}

// Outbox is the stream of effects of one partition.
type Outbox interface {
	// Append publishes rows with consecutive numbers, each only onto the one before: what is already there
	// is passed over, so that it may be called again with the same rows after any failure. It returns
	// when the bus holds all of them. A hole before the first row is an error wrapping ErrGap.
	Append(ctx context.Context, rows []Row) error
	// Last returns the number of the last effect the stream has held, 0 if none.
	Last(ctx context.Context) (uint64, error)
	// SkipTo makes n+1 the number of the next effect, for a state that was restored beside a new stream. It
	// removes whatever is in the stream.
	SkipTo(ctx context.Context, n uint64) error
}

// Bucket names a part of the state.
type Bucket string

// Store is the state of one partition.
type Store interface {
	// View runs fn on an unchanging state.
	View(fn func(Tx) error) error
	// Update runs fn and, if it returns nil, makes all its changes durable at once. Only one Update runs at
	// a time.
	Update(fn func(Tx) error) error
}

// Tx reads and changes the state within a View or an Update. The byte slices it returns are valid until
// the transaction ends; those it is given are not kept. Within a View, Put and Delete return an error. Every bucket
// exists, empty, without being made.
type Tx interface {
	Get(b Bucket, key []byte) []byte // nil = not there
	Put(b Bucket, key, value []byte) error
	Delete(b Bucket, key []byte) error
	// Scan calls fn for the keys from from on, in byte order, until fn returns false. fn may not change
	// the bucket.
	Scan(b Bucket, from []byte, fn func(key, value []byte) bool) error
}

// ErrGap is wrapped when a stream does not have what must be there: something was lost or removed, and
// going on would lose more. An operator must restore a backup or decide.
var ErrGap = errors.New("gap in the stream")
