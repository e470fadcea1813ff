package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/potluck-chat/potluck/core"
)

// dedupeWindow is how long the bus itself drops a second event of the same id; the engine does it for good.
const dedupeWindow = 2 * time.Minute

// Codes that a server answers when it cannot place three replicas (nats-server jetstream_errors_generated.go).
const (
	codeNoPeers     jetstream.ErrorCode = 10005
	codeNoResources jetstream.ErrorCode = 10023
	codeNoCluster   jetstream.ErrorCode = 10074
)

// streamConfig is what both streams have in common. A full stream refuses the new rather than dropping
// the old, which nobody may have read; deleting single messages would make gaps and is denied; purging is
// needed for repairs.
func streamConfig(name, subjects string, keep time.Duration, maxBytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subjects}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxAge: keep, MaxBytes: maxBytes, MaxMsgs: -1, MaxConsumers: -1, MaxMsgSize: -1,
		Duplicates: min(dedupeWindow, keep), DenyDelete: true,
	}
}

func (b *Bus) openStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	candidates, err := b.replicas(ctx, c.Name)
	if err != nil {
		return nil, err
	}
	for i, n := range candidates {
		c.Replicas = n
		// A follower may lag behind; asked directly it would deny messages that are there.
		c.AllowDirect = n == 1
		s, err := b.createStream(ctx, c)
		if err == nil {
			b.warnOfHoles(s)
			return s, nil
		}
		if i == len(candidates)-1 || !isUnplaceable(err) {
			return nil, fmt.Errorf("make stream %s with %d replicas: %w", c.Name, n, err)
		}
		b.log.Warn("bus cluster cannot hold replicas, using fewer", "stream", c.Name, "replicas", n)
	}
	return nil, fmt.Errorf("make stream %s: no number of replicas", c.Name)
}

func (b *Bus) createStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	// Placing replicated streams takes about a second each, an election in between several.
	ctx, cancel := context.WithTimeout(ctx, 4*attemptTimeout)
	defer cancel()
	return b.js.CreateOrUpdateStream(ctx, c)
}

// replicas returns the numbers to try, best first.
func (b *Bus) replicas(ctx context.Context, name string) ([]int, error) {
	if b.config.Replicas != 0 {
		return []int{b.config.Replicas}, nil
	}
	if b.embed != nil {
		return []int{1}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 4*attemptTimeout)
	defer cancel()
	s, err := b.js.Stream(ctx, name)
	if err == nil {
		return []int{s.CachedInfo().Config.Replicas}, nil
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("look up stream %s: %w", name, err)
	}
	if b.nc.ConnectedClusterName() == "" {
		return []int{1}, nil
	}
	return []int{3, 1}, nil
}

func isUnplaceable(err error) bool {
	return hasCode(err, codeNoPeers) || hasCode(err, codeNoResources) || hasCode(err, codeNoCluster)
}

// ends returns the first and the last sequence of a stream; last < first if it is empty. A last message that is
// counted and not there is an error wrapping core.ErrGap: the streams' messages are never deleted one by
// one, so it was lost, and whatever is put behind it leaves a hole.
func (b *Bus) ends(ctx context.Context, s jetstream.Stream) (first, last uint64, err error) {
	info, err := b.info(ctx, s)
	if err != nil {
		return 0, 0, err
	}
	first, last = info.State.FirstSeq, info.State.LastSeq
	if info.State.Msgs == 0 {
		return last + 1, last, nil
	}
	if info.State.NumDeleted == 0 {
		return first, last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	_, err = s.GetMsg(ctx, last)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, 0, fmt.Errorf("stream %s has lost %d messages up to its end at %d: %w",
			info.Config.Name, info.State.NumDeleted, last, core.ErrGap)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("look at the end of stream %s: %w", info.Config.Name, plainError(err))
	}
	return first, last, nil
}

// warnOfHoles tells the operator of messages that a damaged disk has taken out of the middle. Whoever
// needs one of them gets an error; the others go on.
func (b *Bus) warnOfHoles(s jetstream.Stream) {
	if info := s.CachedInfo(); info.State.NumDeleted > 0 {
		b.log.Error("stream has holes", "stream", info.Config.Name, "lost", info.State.NumDeleted,
			"first", info.State.FirstSeq, "last", info.State.LastSeq)
	}
}

// skipTo makes seq+1 the next sequence of a stream that ends before it, and removes all that is in it.
func (b *Bus) skipTo(ctx context.Context, s jetstream.Stream, seq uint64) error {
	info, err := b.info(ctx, s)
	if err != nil {
		return err
	}
	if last := info.State.LastSeq; last > seq {
		return fmt.Errorf("stream %s is already at %d", info.Config.Name, last)
	}
	err = b.retry(ctx, "purge", func(ctx context.Context) error {
		// This removes all below the sequence and makes it the next where the stream ends before it.
		return s.Purge(ctx, jetstream.WithPurgeSequence(seq+1))
	})
	if err != nil {
		return err
	}
	if _, last, err := b.ends(ctx, s); err != nil || last != seq {
		return fmt.Errorf("stream %s is at %d after purging: %w", info.Config.Name, last, errors.Join(core.ErrGap, err))
	}
	b.log.Warn("stream skipped over what was lost", "stream", info.Config.Name, "next", seq+1)
	return nil
}
