package adapters

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestRestartDoesNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.feed.put(t, says(at("a"), 10)...)
		h.feed.put(t, says(at("b"), 10)...)
		h.paper.do = func(ctx context.Context, d chat.Dispatch) (Receipt, error) {
			if d.ID == effectID(5) {
				<-ctx.Done() // cancelled in the middle: nobody knows
				return Receipt{}, ctx.Err()
			}
			return Receipt{}, nil
		}
		_, stop := h.pump()
		pass(time.Second)
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
		if h.journal.start != 4 {
			t.Errorf("start is %d while number 5 is not done, want 4", h.journal.start)
		}
		h.paper.do = nil
		h.journal.start = 0 // it may be older than the truth
		p, stop := h.pump()
		h.feed.put(t, says(at("a"), 1)...)
		pass(time.Second)
		if got := h.paper.in(at("a")); !slices.Equal(got, append(ids(1, 10), effectID(21))) {
			t.Errorf("chat a got %v", got)
		}
		if got := h.paper.in(at("b")); !slices.Equal(got, ids(11, 20)) {
			t.Errorf("chat b got %v", got)
		}
		if s := p.Stats(); s.Skipped != 14 || s.Sent != 7 {
			t.Errorf("stats after a restart: %+v", s)
		}
		stop()
	})
}

// TestCrashBetweenDoAndRecord has the one place where an effect is done twice.
func TestCrashBetweenDoAndRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		full := errors.New("disk full")
		h.journal.breaks(full)
		h.feed.put(t, says(at("a"), 3)...)
		p, stop := h.pump()
		synctest.Wait()
		if _, err := stop(); !errors.Is(err, full) {
			t.Errorf("run ended with %v, want the journal's error", err)
		}
		if s := p.Stats(); s.Sent != 0 || len(h.bus.heard()) != 0 {
			t.Errorf("what is not recorded was told: %+v, %d events", s, len(h.bus.heard()))
		}
		h.journal.breaks(nil)
		_, stop = h.pump()
		synctest.Wait()
		if got := h.paper.in(at("a")); !slices.Equal(got, append(ids(1, 1), ids(1, 3)...)) {
			t.Errorf("done was %v, want the first twice and the others once", got)
		}
		stop()
	})
}

func TestReceiptsOfTheLastTimeComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.feed.put(t, says(at("a"), 300)...)
		gate := make(chan struct{})
		h.bus.closed = gate
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Sent != 300 || s.Receipts != 300 {
			t.Errorf("stats while the bus is closed: %+v", s)
		}
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
		h.bus.closed = nil
		h.feed.put(t, says(at("a"), 1)...)
		_, stop = h.pump()
		synctest.Wait()
		var got []chat.EffectID
		for _, e := range h.bus.heard() {
			got = append(got, e.Body.(chat.Sent).Effect)
		}
		if !slices.Equal(got, ids(1, 301)) {
			t.Errorf("receipts on the bus are %v", got)
		}
		if len(h.journal.unpublished) != 0 {
			t.Errorf("%d receipts are still to be published", len(h.journal.unpublished))
		}
		stop()
	})
}

// TestKillsAtRandom stops the pump at random moments, in the middle of calls, until all is done: every
// effect is done, in its order, and twice only if it was under way when the pump was stopped.
func TestKillsAtRandom(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			h := newHouse()
			want := map[chat.Chat][]chat.EffectID{}
			for range 1000 {
				c := at(string(rune('a' + random.IntN(4))))
				want[c] = append(want[c], effectID(h.feed.put(t, says(c, 1)...)))
			}
			h.paper.do = func(ctx context.Context, _ chat.Dispatch) (Receipt, error) {
				sleep(ctx, rand.N(4*time.Millisecond))
				if rand.N(20) == 0 {
					return Receipt{}, Retry(rand.N(20*time.Millisecond)+1, errors.New("wait"))
				}
				if ctx.Err() != nil && rand.N(2) == 0 {
					return Receipt{}, ctx.Err()
				}
				return Receipt{}, nil
			}
			kills := 0
			for ; len(h.journal.done) < 1000; kills++ {
				_, stop := h.pump()
				time.Sleep(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
				if took, err := stop(); err != nil || took > time.Second {
					t.Fatalf("run ended with %v after %s", err, took)
				}
				if kills > 1000 {
					t.Fatalf("%d of 1000 effects are done after 1000 restarts", len(h.journal.done))
				}
			}
			for c, ids := range want {
				if got := slices.Compact(h.paper.in(c)); !slices.Equal(got, ids) {
					t.Errorf("seed %d, chat %s: %d effects, want %d in their order", seed, c, len(got), len(ids))
				}
			}
			if twice := len(h.paper.all()) - 1000; twice > 4*kills {
				t.Errorf("seed %d: %d effects were done twice in %d kills of 4 lanes", seed, twice, kills)
			}
			_, stop := h.pump()
			synctest.Wait()
			stop()
			seen := map[chat.EventID]bool{}
			for _, e := range h.bus.heard() {
				seen[e.ID] = true
			}
			if len(seen) != 1000 {
				t.Errorf("seed %d: receipts of %d effects, want 1000", seed, len(seen))
			}
		})
	}
}

func BenchmarkPump(b *testing.B) {
	h := newHouse()
	const chats = 32
	for i := range b.N {
		h.feed.put(b, chat.Send{To: at(fmt.Sprint(i % chats)), Text: chat.Plain("bread at six")})
	}
	b.ResetTimer()
	p := NewPump(h.paper, h.feed, h.bus, h.journal, quiet(), Unpaced())
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for p.Stats().Sent < uint64(b.N) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
