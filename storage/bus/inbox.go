package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// Inbox is the stream of events.
type Inbox struct{ bus *Bus }

var _ core.Inbox = (*Inbox)(nil)

// Publish is core.Inbox's. Besides ctx's error it returns errors wrapping ErrTooLarge and ErrClosed. A
// full stream is waited for like an absent server.
func (i *Inbox) Publish(ctx context.Context, id chat.EventID, from chat.Platform, data []byte) (uint64, error) {
	subject, err := eventSubject(i.bus.config.Partition, from)
	if err != nil {
		return 0, fmt.Errorf("publish event: %w", err)
	}
	if id == "" {
		return 0, errors.New("publish event: it has no id")
	}
	if len(data) > MaxData {
		return 0, fmt.Errorf("publish event of %d bytes: %w", len(data), ErrTooLarge)
	}
	// The header makes a repetition after a lost answer harmless: the server tells the first one's place.
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{jetstream.MsgIDHeader: {messageID(id)}}}
	var seq uint64
	err = i.bus.retry(ctx, "publish event", func(ctx context.Context) error {
		ack, err := i.bus.js.PublishMsg(ctx, m)
		if err != nil {
			return err
		}
		seq = ack.Sequence
		return nil
	})
	return seq, err
}

// Read is core.Inbox's. Besides gaps and fn's it returns errors wrapping ErrClosed.
func (i *Inbox) Read(ctx context.Context, from uint64, fn func(core.Entry) error) error {
	r := &reader{bus: i.bus, stream: i.bus.events, next: max(from, 1), whole: true}
	err := r.run(ctx, func(e entry) error {
		return fn(core.Entry{Seq: e.seq, At: e.at, Data: e.msg.Data()})
	})
	if err != nil {
		return fmt.Errorf("read inbox: %w", err)
	}
	return nil
}

// Bounds is core.Inbox's. It does not wait for a server that is away. An error wrapping core.ErrGap tells of an end
// that was lost on a damaged disk.
func (i *Inbox) Bounds(ctx context.Context) (first, last uint64, err error) {
	first, last, err = i.bus.ends(ctx, i.bus.events)
	if err != nil {
		return 0, 0, fmt.Errorf("look at inbox: %w", err)
	}
	return first, last, nil
}

// SkipTo is core.Inbox's. A stream never goes back: one that ends beyond seq is an error and stays.
func (i *Inbox) SkipTo(ctx context.Context, seq uint64) error {
	if err := i.bus.skipTo(ctx, i.bus.events, seq); err != nil {
		return fmt.Errorf("skip inbox to %d: %w", seq, err)
	}
	return nil
}
