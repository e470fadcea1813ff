package adapters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxTries is how often an effect is tried whose error says neither retry nor refused.
const maxTries = 8

// The waits between two tries where the platform does not say how long.
const (
	shortestWait = 500 * time.Millisecond
	longestWait  = time.Minute
)

// try carries out a dispatch until it is done, refused or a dead letter. It fails only when ctx ends;
// nothing is known then. Waiting is done without the turn, so that the chat's other lane can go on.
func (p *Pump) try(ctx context.Context, turn chan struct{}, d chat.Dispatch, cost int) (outcome, error) {
	bugs := 0
	for attempt := 1; ; attempt++ {
		if p.paced {
			p.lanes.pace.wait(ctx, d.Effect.Where(), cost)
		}
		if err := ctx.Err(); err != nil {
			return outcome{}, err
		}
		receipt, err := p.call(ctx, turn, d)
		if err == nil {
			return outcome{receipt: receipt}, nil
		}
		var refused *RefusedError
		if errors.As(err, &refused) && ctx.Err() == nil {
			level := slog.LevelInfo
			if refused.Why == chat.Unsupported { // the table says so, and whoever asked knows what to do instead
				level = slog.LevelDebug
			}
			p.log.Log(ctx, level, "effect refused", "effect", string(d.ID), "why", string(refused.Why), "error", err)
			return outcome{failed: refused.Why}, nil
		}
		if ctx.Err() != nil {
			return outcome{}, ctx.Err()
		}
		var retry *RetryError
		if !errors.As(err, &retry) {
			retry = &RetryError{Unsure: errors.Is(err, context.DeadlineExceeded), Err: err}
			if bugs++; bugs >= maxTries {
				p.log.Error("effect given up", "effect", string(d.ID), "attempt", attempt, "error", err)
				return outcome{failed: chat.Broken}, nil
			}
		}
		p.counters.retried(retry.After > 0, retry.Unsure && !p.features.Idempotent)
		p.logRetry(d, attempt, err)
		sleep(ctx, waitOf(retry.After, attempt))
	}
}

// logRetry tells of tries that fail again and again without filling the log in an outage.
func (p *Pump) logRetry(d chat.Dispatch, attempt int, err error) {
	if attempt == 3 || attempt%50 == 0 {
		p.log.Warn("effect waits for its platform", "effect", string(d.ID), "attempt", attempt, "error", err)
		return
	}
	p.log.Debug("effect tried again", "effect", string(d.ID), "attempt", attempt, "error", err)
}

// waitOf returns how long to wait after a failed attempt, counted from 1: what the platform asked for, and
// never less; else twice as long each time. Both vary a little, so that many lanes do not come back at once.
func waitOf(asked time.Duration, attempt int) time.Duration {
	if asked > 0 {
		return asked + rand.N(min(asked/20, time.Second)+1)
	}
	wait := min(shortestWait<<min(attempt-1, 10), longestWait)
	return max(shortestWait, wait/2+rand.N(wait/2+1))
}

// call is one call of Do, at the chat's turn; a panic is an error like any other bug.
func (p *Pump) call(ctx context.Context, turn chan struct{}, d chat.Dispatch) (r Receipt, err error) {
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return r, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("adapter panics", "effect", string(d.ID), "stack", string(debug.Stack()))
			err = panicError(v)
		}
	}()
	if d.Effect, err = p.within(d.Effect); err != nil {
		return r, err
	}
	return p.adapter.Do(ctx, d)
}

// panicError tells what panicked without what members wrote, which a panic's value may have in it.
func panicError(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic of type %T", v)
}
