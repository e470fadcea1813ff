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
	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEffectsOfOneChatStayInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
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
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
		if h.journal.start != 150 {
			t.Errorf("start is %d after everything was done, want 150", h.journal.start)
		}
	})
}

func TestHangingChatDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
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
		h := newHouse()
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
		h := newHouse()
		gate := make(chan struct{})
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) { <-gate; return Receipt{}, nil }
		for i := range 45 {
			h.feed.put(t, says(at(fmt.Sprint(i)), 200)...)
		}
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Queued > maxQueueAll+s.Lanes || s.Lanes != 45 || s.Lagging == 0 {
			t.Errorf("stats with 9000 effects in 45 chats that hang: %+v", s)
		}
		close(gate)
		synctest.Wait()
		for i := range uint64(45) {
			if got := h.paper.in(at(fmt.Sprint(i))); !slices.Equal(got, ids(200*i+1, 200*i+200)) {
				t.Errorf("chat %d has %d effects, want 200 in their order", i, len(got))
			}
		}
		stop()
	})
}

func TestLagSurvivesAFeedThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
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

func TestLanesWaitForABusThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		for i := range 30 {
			h.feed.put(t, says(at(fmt.Sprint(i)), 60)...)
		}
		gate := make(chan struct{})
		h.bus.closed = gate
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Receipts > maxReceipts+30+maxBatch {
			t.Errorf("%d receipts wait in memory", s.Receipts)
		}
		close(gate)
		synctest.Wait()
		if sent, _ := h.receipts(); len(sent) != 1800 {
			t.Errorf("%d receipts are on the bus, want 1800", len(sent))
		}
		stop()
	})
}

func TestAdapterErrorEndsThePump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revoked := errors.New("token revoked")
		for _, want := range []error{revoked, nil} {
			h := newHouse()
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

func TestWhatCannotWorkEndsThePump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		for name, h := range map[string]*house{"feed": newHouse(), "journal": newHouse()} {
			if name == "feed" {
				h.feed.ends = broken
			} else {
				h.journal.unreadable = broken
			}
			if err := NewPump(h.paper, h.feed, h.bus, h.journal, quiet()).Run(t.Context()); !errors.Is(err, broken) {
				t.Errorf("run with a broken %s ended with %v", name, err)
			}
		}
	})
}

func TestStartIsSavedAndTheJournalTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.feed.base, h.journal.start = 108_000, 108_000
		h.feed.put(t, says(at("a"), 5000)...)
		hang := effectID(110_000)
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
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
