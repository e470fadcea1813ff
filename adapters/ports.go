package adapters

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

// Numbered is an encoded dispatch as the bus holds it.
type Numbered struct {
	N    uint64
	Chat chat.Chat
	Data []byte
}

// Feed is the stream of effects, as one platform's pump reads it.
type Feed interface {
	// Follow calls fn for every effect of the platform with a number above after, in order, and waits for
	// more until ctx ends (then nil). fn must be quick.
	Follow(ctx context.Context, p chat.Platform, after uint64, fn func(Numbered)) error
	// Next returns the first effect for the chat with a number above after; false if there is none yet.
	Next(ctx context.Context, c chat.Chat, after uint64) (Numbered, bool, error)
}

// Publisher makes events durable.
type Publisher interface {
	// Publish returns once the event is on the bus; it retries by itself until ctx ends.
	Publish(ctx context.Context, e chat.Event) (seq uint64, err error)
	// Applied returns once everything up to seq is part of the state on the disk.
	Applied(ctx context.Context, seq uint64) error
}

// Done is what became of an effect.
type Done struct {
	N       uint64
	Effect  chat.EffectID
	Chat    chat.Chat
	Refs    []chat.Ref
	Receipt []byte // the encoded receipt event, to be published
}

// Journal is one platform's memory of what it has carried out, surviving a kill at any moment. It is safe
// for concurrent use.
type Journal interface {
	// Record notes outcomes, all or none; when it returns, a process killed afterwards still knows them. Numbers
	// come in any order.
	Record(...Done) error
	// Published forgets the receipts of these numbers; their refs stay.
	Published(ns ...uint64) error
	// Unpublished returns the outcomes whose receipts may not be on the bus yet, by number.
	Unpublished() ([]Done, error)
	// Refs returns the refs that an effect made; false if it has not been carried out.
	Refs(chat.EffectID) ([]chat.Ref, bool, error)
	// Merged returns what SetMerged was last given for a merged message that this Send is, or was, part of; false if
	// it never was.
	Merged(chat.EffectID) (Merged, bool, error)
	SetMerged(Merged) error
	// Last returns the highest number of an effect carried out for each chat. Below it there may be some that are
	// not: what moderators do overtakes what is said. Refs tells which.
	Last() (map[chat.Chat]uint64, error)
	// Start returns what SetStart was last given, 0 at first: a number up to which everything of the
	// platform has been carried out. It may be older than the truth.
	Start() (uint64, error)
	SetStart(n uint64) error
	// Trim forgets everything about effects up to a number, except Last.
	Trim(upTo uint64) error
	Cursor
}
