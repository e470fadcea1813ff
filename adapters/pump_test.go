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

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestEffectsOfOneChatStayInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			time.Sleep(rand.N(10 * time.Millisecond))
			return Receipt{}, nil
		}
		want := map[chat.Chat][]chat.EffectID{}
		for range 150 {
			c := at(string(rune('a' + rand.N(3))))
			want[c] = append(want[c], effectID(h.feed.put(t, says(c, 1)...)))
		}
		p, stop := h.pump()
		pass(2 * time.Second)
		for c, ids := range want {
			if diff := cmp.Diff(ids, h.paper.in(c)); diff != "" {
				t.Errorf("chat %s (-want +got):\n%s", c, diff)
			}
		}
		for _, e := range h.bus.heard() {
			s, ok := e.Body.(chat.Sent)
			if !ok || e.ID != chat.EventID(s.Effect)+"!sent" || len(s.Refs) != 1 || s.Refs[0].Chat != e.Chat || e.At.IsZero() {
				t.Errorf("receipt is %+v", e)
			}
		}
		s := p.Stats()
		if s.Sent != 150 || s.Lanes != 0 || s.Queued != 0 || s.Receipts != 0 || len(h.bus.heard()) != 150 {
			t.Errorf("stats are %+v with %d receipts on the bus", s, len(h.bus.heard()))
		}
		if err, took := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
		if h.journal.start != 150 {
			t.Errorf("start is %d after everything was done, want 150", h.journal.start)
		}
	})
}

func TestHangingChatDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if d.Effect.Where() == at("slow") {
				time.Sleep(5 * time.Second)
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("slow"), 3)...)
		h.feed.put(t, says(at("fast"), 500)...)
		p, stop := h.pump()
		synctest.Wait()
		pass(time.Millisecond)
		if got := len(h.paper.in(at("fast"))); got != 500 {
			t.Errorf("%d of 500 effects are done while another chat hangs", got)
		}
		pass(2 * time.Second)
		if s := p.Stats(); s.Lanes != 1 || s.Oldest < 2*time.Second {
			t.Errorf("stats while a chat hangs: %+v", s)
		}
		stop()
	})
}

func TestLaggingLaneLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		gate := make(chan struct{})
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if d.Effect.Where() == at("slow") {
				<-gate
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("slow"), 5000)...)
		p, stop := h.pump()
		synctest.Wait()
		h.feed.put(t, says(at("fast"), 10)...)
		h.feed.put(t, says(at("slow"), 5000)...)
		synctest.Wait()
		if s := p.Stats(); s.Lagging != 1 || s.Queued > maxQueue {
			t.Errorf("stats while a lane lags: %+v", s)
		}
		close(gate)
		synctest.Wait()
		want := append(ids(1, 5000), ids(5011, 10010)...)
		if got := h.paper.in(at("slow")); !slices.Equal(got, want) {
			t.Errorf("%d effects of a lane that lagged, not 10000 in their order", len(got))
		}
		h.feed.put(t, says(at("slow"), 1)...)
		synctest.Wait()
		if got := h.paper.in(at("slow")); len(got) != 10001 {
			t.Errorf("a lane that has caught up does not go on: %d", len(got))
		}
		if s := p.Stats(); s.Lanes != 0 || s.Lagging != 0 || s.Skipped != 0 {
			t.Errorf("stats after a lane has caught up: %+v", s)
		}
		stop()
	})
}

func TestMemoryIsBoundedOverAllLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		gate := make(chan struct{})
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) { <-gate; return Receipt{}, nil }
		for i := range 100 {
			h.feed.put(t, says(at(fmt.Sprint(i)), 200)...)
		}
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Queued > maxQueueAll+s.Lanes || s.Lanes != 100 || s.Lagging == 0 {
			t.Errorf("stats with 20000 effects in 100 chats that hang: %+v", s)
		}
		close(gate)
		synctest.Wait()
		for i := range uint64(100) {
			if got := h.paper.in(at(fmt.Sprint(i))); !slices.Equal(got, ids(200*i+1, 200*i+200)) {
				t.Errorf("chat %d has %d effects, want 200 in their order", i, len(got))
			}
		}
		stop()
	})
}

func TestLagSurvivesAFeedThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		gate := make(chan struct{})
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) { <-gate; return Receipt{}, nil }
		h.feed.put(t, says(at("a"), 400)...)
		_, stop := h.pump()
		synctest.Wait()
		h.feed.mu.Lock()
		h.feed.fails = errors.New("no leader")
		h.feed.mu.Unlock()
		close(gate)
		pass(10 * time.Second)
		if got := len(h.paper.all()); got < maxQueue || got > maxQueue+1 {
			t.Errorf("%d effects are done while the feed fails, want the %d in memory and the one under way", got, maxQueue)
		}
		h.feed.mu.Lock()
		h.feed.fails = nil
		h.feed.mu.Unlock()
		pass(10 * time.Second)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(1, 400)) {
			t.Errorf("%d effects are done after the feed works again, want 400 in their order", len(got))
		}
		stop()
	})
}

func TestRestartDoesNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
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
		if err, took := stop(); err != nil || took > time.Second {
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
		h := newHouse(t)
		h.journal.broken = errors.New("disk full")
		h.feed.put(t, says(at("a"), 3)...)
		p, stop := h.pump()
		synctest.Wait()
		if err, _ := stop(); !errors.Is(err, h.journal.broken) {
			t.Errorf("run ended with %v, want the journal's error", err)
		}
		if s := p.Stats(); s.Sent != 0 || len(h.bus.heard()) != 0 {
			t.Errorf("what is not recorded was told: %+v, %d events", s, len(h.bus.heard()))
		}
		h.journal.broken = nil
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
		h := newHouse(t)
		h.feed.put(t, says(at("a"), 300)...)
		gate := make(chan struct{})
		h.bus.closed = gate
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Sent != 300 || s.Receipts != 300 {
			t.Errorf("stats while the bus is closed: %+v", s)
		}
		if err, took := stop(); err != nil || took > time.Second {
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

func TestLanesWaitForABusThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		for i := range 50 {
			h.feed.put(t, says(at(fmt.Sprint(i)), 100)...)
		}
		gate := make(chan struct{})
		h.bus.closed = gate
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Receipts > maxReceipts+50+maxBatch {
			t.Errorf("%d receipts wait in memory", s.Receipts)
		}
		close(gate)
		synctest.Wait()
		if sent, _ := h.receipts(); len(sent) != 5000 {
			t.Errorf("%d receipts are on the bus, want 5000", len(sent))
		}
		stop()
	})
}

func TestAdapterErrorEndsThePump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revoked := errors.New("token revoked")
		for _, want := range []error{revoked, nil} {
			h := newHouse(t)
			h.paper.run = func(context.Context, In) error { time.Sleep(time.Second); return want }
			h.paper.do = func(ctx context.Context, _ chat.Dispatch) (Receipt, error) { <-ctx.Done(); return Receipt{}, ctx.Err() }
			h.feed.put(t, says(at("a"), 3)...)
			p := NewPump(h.paper, h.feed, h.bus, h.journal, quiet())
			err := p.Run(t.Context())
			if want == nil {
				want = errStopped
			}
			if !errors.Is(err, want) {
				t.Errorf("run ended with %v, want %v", err, want)
			}
			if len(h.journal.done) != 0 {
				t.Error("what was cancelled is recorded")
			}
		}
	})
}

func TestStartIsSavedAndTheJournalTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.feed.base, h.journal.start = 108_000, 108_000
		h.feed.put(t, says(at("a"), 5000)...)
		hang := effectID(110_000)
		h.paper.do = func(ctx context.Context, d chat.Dispatch) (Receipt, error) {
			if d.ID == hang {
				time.Sleep(5 * time.Second)
			}
			return Receipt{}, nil
		}
		_, stop := h.pump()
		pass(3 * time.Second)
		if start, trimmed := h.journal.progress(); start != 109_999 || trimmed != 9_999 {
			t.Errorf("start is %d, trimmed to %d while number 110000 hangs", start, trimmed)
		}
		pass(5 * time.Second)
		if start, trimmed := h.journal.progress(); start != 113_000 || trimmed != 13_000 {
			t.Errorf("start is %d, trimmed to %d after number 113000", start, trimmed)
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
			h := newHouse(t)
			want := map[chat.Chat][]chat.EffectID{}
			for range 1000 {
				c := at(string(rune('a' + random.IntN(4))))
				want[c] = append(want[c], effectID(h.feed.put(t, says(c, 1)...)))
			}
			h.paper.do = func(ctx context.Context, d chat.Dispatch) (Receipt, error) {
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
				if err, took := stop(); err != nil || took > time.Second {
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
	h := newHouse(nil)
	t := &testing.T{}
	const chats = 32
	for i := range b.N {
		h.feed.put(t, chat.Send{To: at(fmt.Sprint(i % chats)), Text: chat.Plain("bread at six")})
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
