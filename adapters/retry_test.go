package adapters

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// script lets Do answer with the errors one after another, and then succeed; it returns when it was called.
func (h *house) script(errs ...error) *[]time.Time {
	var mu sync.Mutex // guards calls
	var calls []time.Time
	h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, time.Now())
		if n := len(calls); n <= len(errs) && errs[n-1] != nil {
			return Receipt{}, errs[n-1]
		}
		return Receipt{}, nil
	}
	return &calls
}

func TestWaitsAsLongAsThePlatformSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		flood := errors.New("too many requests")
		calls := h.script(Retry(30*time.Second, flood), Retry(300*time.Second, flood), Unsure(flood))
		h.feed.put(t, says(at("a"), 1)...)
		h.feed.put(t, says(at("b"), 1)...)
		h.feed.rows = h.feed.rows[:1]
		p, stop := h.pump()
		pass(time.Hour)
		if len(*calls) != 4 {
			t.Fatalf("%d calls, want 4", len(*calls))
		}
		for i, want := range []time.Duration{30 * time.Second, 300 * time.Second} {
			if got := (*calls)[i+1].Sub((*calls)[i]); got < want || got > want*105/100+time.Second {
				t.Errorf("wait %d was %s, the platform said %s", i, got, want)
			}
		}
		if s := p.Stats(); s.Retried != 3 || s.Limited != 2 || s.Unsure != 1 || s.Sent != 1 {
			t.Errorf("stats are %+v", s)
		}
		stop()
	})
}

func TestRetriesForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		errs := slices.Repeat([]error{Retry(0, errors.New("connection refused"))}, 200)
		calls := h.script(errs...)
		h.feed.put(t, says(at("a"), 1)...)
		p, stop := h.pump()
		pass(24 * time.Hour)
		if len(*calls) != 201 || p.Stats().Sent != 1 {
			t.Fatalf("%d calls, stats %+v", len(*calls), p.Stats())
		}
		for i := range 200 {
			wait := (*calls)[i+1].Sub((*calls)[i])
			if wait < shortestWait || wait > longestWait {
				t.Errorf("wait %d was %s", i, wait)
			}
			if i > 10 && wait < longestWait/2 {
				t.Errorf("wait %d was %s, want it grown", i, wait)
			}
		}
		stop()
	})
}

func TestBugBecomesADeadLetter(t *testing.T) {
	bugs := map[string]func(context.Context) error{
		"error":   func(context.Context) error { return errors.New("unexpected end of JSON") },
		"panic":   func(context.Context) error { panic("what a member wrote") },
		"index":   func(context.Context) error { return []error{}[len(t0())] },
		"timeout": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse()
				calls := 0
				h.paper.do = func(ctx context.Context, d chat.Dispatch) (Receipt, error) {
					if d.ID == effectID(1) {
						calls++
						return Receipt{}, bug(ctx)
					}
					return Receipt{}, nil
				}
				h.feed.put(t, says(at("a"), 2)...)
				p, stop := h.pump(CallTimeout(10 * time.Second))
				pass(time.Hour)
				if calls != maxTries {
					t.Errorf("%d tries, want %d", calls, maxTries)
				}
				sent, failed := h.receipts()
				if diff := cmp.Diff([]chat.Failed{{Effect: effectID(1), Why: chat.Broken}}, failed); diff != "" {
					t.Errorf("failed (-want +got):\n%s", diff)
				}
				if len(sent) != 1 || sent[0].Effect != effectID(2) {
					t.Errorf("the lane did not go on: %+v", sent)
				}
				if s := p.Stats(); s.Failed[chat.Broken] != 1 || (s.Unsure > 0) != (name == "timeout") {
					t.Errorf("stats are %+v", s)
				}
				stop()
			})
		})
	}
}

// t0 is an empty list whose length the compiler does not know.
func t0() []error { return nil }

func TestRefusalIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		calls := h.script(Refused(chat.Forbidden, errors.New("not enough rights")))
		h.feed.put(t, says(at("a"), 2)...)
		p, stop := h.pump()
		pass(time.Minute)
		_, failed := h.receipts()
		if diff := cmp.Diff([]chat.Failed{{Effect: effectID(1), Why: chat.Forbidden}}, failed); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		if e := h.bus.heard()[0]; e.ID != "e1#1!failed" || e.Chat != at("a") {
			t.Errorf("receipt is %+v", e)
		}
		if s := p.Stats(); len(*calls) != 2 || s.Failed[chat.Forbidden] != 1 || s.Sent != 1 || s.Retried != 0 {
			t.Errorf("%d calls, stats %+v", len(*calls), s)
		}
		stop()
	})
}

func TestCancelledCallIsNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, answer := range map[string]error{
			"refused": Refused(chat.Broken, context.Canceled), "retry": Retry(time.Hour, context.Canceled), "plain": context.Canceled,
		} {
			h := newHouse()
			h.paper.do = func(ctx context.Context, _ chat.Dispatch) (Receipt, error) { <-ctx.Done(); return Receipt{}, answer }
			h.feed.put(t, says(at("a"), 1)...)
			_, stop := h.pump()
			pass(time.Second)
			if took, err := stop(); err != nil || took > time.Second {
				t.Errorf("%s: run ended with %v after %s", name, err, took)
			}
			if len(h.journal.done) != 0 {
				t.Errorf("%s: a cancelled call is recorded", name)
			}
		}
	})
}

func TestCancelWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.features.Pace = chat.Pace{Chat: time.Hour}
		h.script(Retry(time.Hour, errors.New("flood")))
		h.feed.put(t, says(at("a"), 1)...)
		h.feed.put(t, says(at("b"), 2)...)
		_, stop := h.pump()
		pass(time.Minute)
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
	})
}
