package drafter

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

func dispatch(n string) chat.Dispatch {
	to := chat.Chat{Platform: chat.Drafter, ID: "c" + n}
	return chat.Dispatch{ID: chat.EffectID("e" + n + "#1"), Effect: chat.Summarise{To: to, Room: "r1", Tag: "draft/" + n}}
}

// run runs an adapter until the test ends and returns what it hands in.
func run(t *testing.T, a *Adapter) <-chan chat.Event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events, stopped := make(chan chat.Event, 100), make(chan error, 1)
	go func() {
		stopped <- a.Run(ctx, func(_ context.Context, e ...chat.Event) error {
			for _, one := range e {
				events <- one
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	for { // until it has the way in
		a.mu.Lock()
		ready := a.in != nil
		a.mu.Unlock()
		if ready {
			return events
		}
		runtime.Gosched()
	}
}

func TestAnOrderBecomesAnEvent(t *testing.T) {
	a := New(func(_ context.Context, _ chat.Summarise) (chat.Summarised, error) {
		return chat.Summarised{Messages: 7, Bullets: []chat.Bullet{{Section: "talk", Text: "x", Cites: []chat.MessageID{"m"}}}}, nil
	}, nil)
	var retry *adapters.RetryError
	if _, err := a.Do(t.Context(), dispatch("1")); !errors.As(err, &retry) {
		t.Errorf("before it runs: %v", err)
	}
	events := run(t, a)
	for range 2 {
		if _, err := a.Do(t.Context(), dispatch("1")); err != nil {
			t.Fatal(err)
		}
	}
	first, again := <-events, <-events
	if first.ID != again.ID || first.ID != "drafter/e1#1" {
		t.Errorf("the same order is two events: %s, %s", first.ID, again.ID)
	}
	if diff := cmp.Diff(chat.Chat{Platform: chat.Drafter, ID: "c1"}, first.Chat); diff != "" {
		t.Error(diff)
	}
	if made, _ := first.Body.(chat.Summarised); made.Tag != "draft/1" || made.Messages != 7 {
		t.Errorf("got %+v", first.Body)
	}
	var refused *adapters.RefusedError
	if _, err := a.Do(t.Context(), chat.Dispatch{Effect: chat.Send{}}); !errors.As(err, &refused) || refused.Why != chat.Unsupported {
		t.Errorf("a send: %v", err)
	}
}

func TestOneRecapAtATime(t *testing.T) {
	var now, most atomic.Int32
	a := New(func(context.Context, chat.Summarise) (chat.Summarised, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		return chat.Summarised{}, nil
	}, nil)
	run(t, a)
	var wait sync.WaitGroup
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		wait.Go(func() {
			if _, err := a.Do(t.Context(), dispatch(n)); err != nil {
				t.Errorf("do %s: %v", n, err)
			}
		})
	}
	wait.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at a time", most.Load())
	}
}

func TestWhatFailsIsTriedAgain(t *testing.T) {
	broken := errors.New("the disk is full")
	a := New(func(context.Context, chat.Summarise) (chat.Summarised, error) { return chat.Summarised{}, broken }, nil)
	run(t, a)
	var retry *adapters.RetryError
	if _, err := a.Do(t.Context(), dispatch("1")); !errors.As(err, &retry) || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a.turn <- struct{}{} // another one is being made
	if _, err := a.Do(ctx, dispatch("2")); !errors.As(err, &retry) {
		t.Errorf("got %v", err)
	}
}
