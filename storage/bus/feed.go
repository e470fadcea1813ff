package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// Feed is the stream of effects, to read.
type Feed struct{ bus *Bus }

var _ adapters.Feed = (*Feed)(nil)

// Follow is adapters.Feed's; it returns an error only when the bus is closed or p is not a platform's name. Effects
// that have expired (Config.KeepEffects) are passed over, which it logs.
func (f *Feed) Follow(ctx context.Context, p chat.Platform, after uint64, fn func(adapters.Numbered)) error {
	token, err := platformToken(p)
	if err != nil {
		return fmt.Errorf("follow effects: %w", err)
	}
	f.warnOfExpired(ctx, p, after)
	r := &reader{
		bus: f.bus, stream: f.bus.effect, next: after + 1,
		filter: "fx." + strconv.Itoa(f.bus.config.Partition) + "." + token + ".>",
	}
	err = r.run(ctx, func(e entry) error {
		to, err := parseEffectSubject(e.msg.Subject())
		if err != nil {
			// Nothing of ours writes such a subject; one stray message must not stop a platform.
			f.bus.log.Error("effect with a strange subject passed over", "effect", e.seq, "err", err)
			return nil
		}
		fn(adapters.Numbered{N: e.seq, Chat: to, Data: e.msg.Data()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("follow effects: %w", err)
	}
	return nil
}

func (f *Feed) warnOfExpired(ctx context.Context, p chat.Platform, after uint64) {
	if after == 0 {
		return
	}
	info, err := f.bus.info(ctx, f.bus.effect)
	if err == nil && info.State.FirstSeq > after+1 {
		f.bus.log.Warn("effects may have expired before the platform could take them",
			"platform", string(p), "after", after, "first", info.State.FirstSeq)
	}
}

// Next is adapters.Feed's. It waits for a server that is away until ctx ends.
func (f *Feed) Next(ctx context.Context, c chat.Chat, after uint64) (adapters.Numbered, bool, error) {
	subject, err := effectSubject(f.bus.config.Partition, c)
	if err != nil {
		return adapters.Numbered{}, false, fmt.Errorf("find next effect: %w", err)
	}
	var m *jetstream.RawStreamMsg
	err = f.bus.retry(ctx, "find next effect", func(ctx context.Context) error {
		var err error
		m, err = f.bus.effect.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			m = nil
			return nil
		}
		return err
	})
	if err != nil || m == nil {
		return adapters.Numbered{}, false, err
	}
	return adapters.Numbered{N: m.Sequence, Chat: c, Data: m.Data}, true, nil
}
