package adapters

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

func somebody() chat.Identity { return chat.Identity{Platform: onPaper, ID: "u"} }

func ban(c chat.Chat) chat.Outgoing { return chat.Ban{To: c, Who: somebody()} }

func isBan(d chat.Dispatch) bool { _, ok := d.Effect.(chat.Ban); return ok }

// TestEveryEffectHasItsLane names all of them, so that a new one is thought of.
func TestEveryEffectHasItsLane(t *testing.T) {
	there := chat.Target{Refs: []chat.Ref{{Chat: at("a"), ID: "1"}}}
	for _, test := range []struct {
		effect chat.Outgoing
		deed   bool
	}{
		{chat.Send{}, false},
		{chat.Edit{Target: there}, false},
		{chat.React{Target: there}, false},
		{chat.Whisper{}, false},
		{chat.Pin{Target: there}, false},
		{chat.Unpin{Target: there}, false},
		{chat.Vote{Target: there}, false},
		{chat.EndPoll{Target: there}, false},
		{chat.Open{}, false},
		{chat.Shut{}, false},
		{chat.Summarise{}, false},
		{chat.Delete{Target: there}, true},
		{chat.Delete{Target: chat.Target{Effect: "e1#1"}}, false},
		{chat.Restrict{}, true},
		{chat.Release{}, true},
		{chat.Remove{}, true},
		{chat.Ban{}, true},
		{chat.Unban{}, true},
		{chat.Admit{}, true},
		{chat.Decline{}, true},
		{chat.Invite{}, true},
		{nil, false},
	} {
		if got := isDeed(test.effect); got != test.deed {
			t.Errorf("isDeed(%T) is %v", test.effect, got)
		}
	}
}

// TestDeedsOvertakeWords has a long talk that the platform takes no word of for an hour.
func TestDeedsOvertakeWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		flood := true
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if !isDeed(d.Effect) && flood {
				flood = false
				return Receipt{}, Retry(time.Hour, errors.New("flood"))
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("a"), 400)...)
		h.feed.put(t, ban(at("a")), chat.Delete{To: at("a"), Target: chat.Target{Refs: []chat.Ref{{Chat: at("a"), ID: "1"}}}})
		h.feed.put(t, says(at("a"), 10)...)
		p, stop := h.pump()
		pass(2 * time.Second)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(401, 402)) {
			t.Errorf("while the words wait, done are %v", got)
		}
		if sent, _ := h.receipts(); len(sent) != 2 {
			t.Errorf("%d receipts of deeds are on the bus, want 2", len(sent))
		}
		if s := p.Stats(); s.Lanes != 1 || s.Lagging != 1 {
			t.Errorf("stats while the words wait: %+v", s)
		}
		pass(2 * time.Hour)
		if got := h.paper.in(at("a")); !slices.Equal(got[2:], slices.Concat(ids(1, 400), ids(403, 412))) {
			t.Errorf("after the deeds, done are %d words, not 410 in their order", len(got)-2)
		}
		stop()
		if h.journal.start != 412 {
			t.Errorf("start is %d, want 412", h.journal.start)
		}
	})
}

// TestWhatIsSaidAtOnceComesBeforeADeed has a farewell, a removal and a comment, again and again.
func TestWhatIsSaidAtOnceComesBeforeADeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
			time.Sleep(rand.N(30 * time.Millisecond))
			return Receipt{}, nil
		}
		_, stop := h.pump()
		for range 50 {
			h.feed.put(t, says(at("a"), 1)[0], ban(at("a")), ban(at("a")), says(at("a"), 1)[0])
			time.Sleep(rand.N(200 * time.Millisecond))
		}
		pass(time.Minute)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(1, 200)) {
			t.Errorf("without a backlog, done are %v", got)
		}
		stop()
	})
}

// TestBothLanesMayLag has more of both than is kept in memory.
func TestBothLanesMayLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		gate := make(chan struct{})
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) { <-gate; return Receipt{}, nil }
		var words, deeds []chat.EffectID
		for range 1000 {
			words = append(words, effectID(h.feed.put(t, says(at("a"), 1)...)))
			deeds = append(deeds, effectID(h.feed.put(t, ban(at("a")))))
		}
		p, stop := h.pump()
		synctest.Wait()
		if s := p.Stats(); s.Queued > 2*maxQueue || s.Lanes != 1 || s.Lagging != 1 {
			t.Errorf("stats while both lag: %+v", s)
		}
		close(gate)
		pass(time.Minute)
		gotWords, gotDeeds := split(h.paper.all())
		if !slices.Equal(gotWords, words) || !slices.Equal(gotDeeds, deeds) {
			t.Errorf("%d words and %d deeds are done, not 1000 each in their order", len(gotWords), len(gotDeeds))
		}
		mustFollowDeeds(t, h.paper.all())
		if s := p.Stats(); s.Lanes != 0 || s.Queued != 0 {
			t.Errorf("stats after both have caught up: %+v", s)
		}
		stop()
	})
}

// split returns what was said and what was done, in order.
func split(done []chat.Dispatch) (words, deeds []chat.EffectID) {
	for _, d := range done {
		if isDeed(d.Effect) {
			deeds = append(deeds, d.ID)
		} else {
			words = append(words, d.ID)
		}
	}
	return words, deeds
}

// numberOf returns the number in an effect's id.
func numberOf(id chat.EffectID) (n uint64) {
	_, _ = fmt.Sscanf(string(id), "e%d#", &n)
	return n
}

// mustFollowDeeds fails if a word was done before a deed of its chat that was decided before it.
func mustFollowDeeds(t *testing.T, done []chat.Dispatch) {
	t.Helper()
	said := map[chat.Chat]uint64{}
	seen := map[chat.EffectID]bool{}
	for _, d := range done {
		n, c := numberOf(d.ID), d.Effect.Where()
		switch {
		case !isDeed(d.Effect):
			said[c] = max(said[c], n)
		case !seen[d.ID] && said[c] > n: // done again after a kill, it may come behind
			t.Errorf("in %s word %d was done before deed %d", c, said[c], n)
		}
		seen[d.ID] = true
	}
}

func TestWordsNeverOvertakeDeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		tries := 0
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if isBan(d) && tries < 3 {
				tries++
				return Receipt{}, Retry(time.Minute, errors.New("wait"))
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("a"), 2)...)
		h.feed.put(t, ban(at("a")))
		h.feed.put(t, says(at("a"), 2)...)
		h.feed.put(t, says(at("b"), 1)...)
		_, stop := h.pump()
		pass(time.Minute)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(1, 2)) {
			t.Errorf("while a deed is tried again, done are %v, want the words before it", got)
		}
		if got := h.paper.in(at("b")); !slices.Equal(got, ids(6, 6)) {
			t.Errorf("another chat waits for the deed: %v", got)
		}
		pass(time.Hour)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(1, 5)) {
			t.Errorf("done are %v, want all", got)
		}
		stop()
	})
}

// TestWordsWaitForDeedsStillToBeRead has more deeds than are kept in memory, and a feed that fails.
func TestWordsWaitForDeedsStillToBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		gate := make(chan struct{})
		h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) { <-gate; return Receipt{}, nil }
		h.feed.put(t, slices.Repeat([]chat.Outgoing{ban(at("a"))}, 300)...)
		h.feed.put(t, says(at("a"), 1)...)
		_, stop := h.pump()
		synctest.Wait()
		h.feed.mu.Lock()
		h.feed.fails = errors.New("no leader")
		h.feed.mu.Unlock()
		close(gate)
		pass(10 * time.Second)
		if words, deeds := split(h.paper.all()); len(words) != 0 || len(deeds) < maxQueue || len(deeds) >= 300 {
			t.Errorf("%d words and %d deeds are done while the feed fails", len(words), len(deeds))
		}
		h.feed.mu.Lock()
		h.feed.fails = nil
		h.feed.mu.Unlock()
		pass(10 * time.Second)
		if got := h.paper.in(at("a")); !slices.Equal(got, ids(1, 301)) {
			t.Errorf("%d effects are done after the feed works again, want 301 in their order", len(got))
		}
		stop()
	})
}

// TestDeleteOfWhatIsStillToBeSentWaitsForIt has the one Delete that may not go ahead.
func TestDeleteOfWhatIsStillToBeSentWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		gate := make(chan struct{})
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if _, ok := d.Effect.(chat.Send); ok {
				<-gate
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("a"), 1)...)
		h.feed.put(t, chat.Delete{To: at("a"), Target: chat.Target{Effect: effectID(1)}}, ban(at("a")))
		_, stop := h.pump()
		pass(2 * time.Second)
		close(gate)
		synctest.Wait()
		done := h.paper.all()
		if got := h.paper.in(at("a")); !slices.Equal(got, []chat.EffectID{effectID(1), effectID(3), effectID(2)}) {
			t.Errorf("done are %v, want the Delete last", got)
		}
		if got := done[len(done)-1].Effect.(chat.Delete).Target.Refs; len(got) != 1 || got[0].ID != "m-e1#1" {
			t.Errorf("the Delete names %v", got)
		}
		stop()
	})
}

// TestOneCallPerChatAtATime is what adapters rely on, whichever lane calls.
func TestOneCallPerChatAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var mu sync.Mutex // guards calling
		calling := map[chat.Chat]int{}
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			c := d.Effect.Where()
			mu.Lock()
			if calling[c]++; calling[c] > 1 {
				t.Errorf("%d calls at once for %s", calling[c], c)
			}
			mu.Unlock()
			time.Sleep(rand.N(5 * time.Millisecond))
			mu.Lock()
			defer mu.Unlock()
			calling[c]--
			return Receipt{}, nil
		}
		_, stop := h.pump()
		for range 200 { // the lanes end and begin again and again
			c := at(string(rune('a' + rand.N(2))))
			h.feed.put(t, says(c, rand.N(2)+1)...)
			h.feed.put(t, ban(c))
			time.Sleep(rand.N(10 * time.Millisecond))
		}
		pass(time.Minute)
		mustFollowDeeds(t, h.paper.all())
		stop()
	})
}

func TestDeedsTakeNoPlaceOfWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.features.Pace = chat.Pace{Chat: time.Hour, Burst: 1, ChatMinute: 1, Second: 10}
		h.feed.put(t, says(at("a"), 2)...)
		h.feed.put(t, slices.Repeat([]chat.Outgoing{ban(at("a"))}, 30)...)
		_, stop := h.pump()
		pass(courtesy + 100*time.Millisecond)
		if _, deeds := split(h.paper.all()); len(deeds) == 0 || len(deeds) > 10 {
			t.Errorf("%d deeds are done at once, the platform takes ten a second", len(deeds))
		}
		pass(10 * time.Second)
		words, deeds := split(h.paper.all())
		if len(words) != 1 || len(deeds) != 30 {
			t.Errorf("after ten seconds %d words and %d deeds are done, want 1 and 30", len(words), len(deeds))
		}
		pass(time.Hour)
		if words, _ := split(h.paper.all()); len(words) != 2 {
			t.Errorf("after an hour %d words are done, want 2: deeds took their places", len(words))
		}
		stop()
	})
}

// TestRestartAfterOvertaking kills the pump when a deed is done and the words before it are not.
func TestRestartAfterOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.do = func(_ context.Context, d chat.Dispatch) (Receipt, error) {
			if !isDeed(d.Effect) && d.ID != effectID(1) {
				return Receipt{}, Retry(time.Hour, errors.New("flood"))
			}
			return Receipt{}, nil
		}
		h.feed.put(t, says(at("a"), 300)...)
		h.feed.put(t, ban(at("a")), chat.Unban{To: at("a"), Who: somebody()})
		h.feed.put(t, says(at("a"), 300)...)
		_, stop := h.pump()
		pass(time.Minute)
		stop()
		if got := h.paper.in(at("a")); !slices.Equal(got, append(ids(1, 1), ids(301, 302)...)) {
			t.Errorf("before the restart, done are %v", got)
		}
		if h.journal.start != 1 {
			t.Errorf("start is %d while number 2 is not done, want 1", h.journal.start)
		}
		h.paper.do = nil
		h.journal.start = 0 // it may be older than the truth
		p, stop := h.pump()
		pass(time.Minute)
		if got := h.paper.in(at("a"))[3:]; !slices.Equal(got, slices.Concat(ids(2, 300), ids(303, 602))) {
			t.Errorf("after the restart %d are done, not the 599 words that were left in their order: %v", len(got), got)
		}
		if s := p.Stats(); s.Skipped != 3 || s.Sent != 599 {
			t.Errorf("stats after the restart: %+v", s)
		}
		stop()
	})
}

// TestKillsAmongDeedsAndWords stops the pump at random moments until all is done: each lane keeps its order, words
// never overtake deeds, and nothing is lost, nor done twice unless it was under way.
func TestKillsAmongDeedsAndWords(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 11))
			h := newHouse()
			want := map[laneKey][]chat.EffectID{}
			for range 1000 {
				k := laneKey{chat: at(string(rune('a' + random.IntN(2)))), deeds: random.IntN(4) == 0}
				effect := says(k.chat, 1)[0]
				if k.deeds {
					effect = ban(k.chat)
				}
				want[k] = append(want[k], effectID(h.feed.put(t, effect)))
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
			done := h.paper.all()
			for k, ids := range want {
				mine := slices.DeleteFunc(slices.Clone(done), func(d chat.Dispatch) bool {
					return d.Effect.Where() != k.chat || isDeed(d.Effect) != k.deeds
				})
				words, deeds := split(mine)
				if got := slices.Compact(append(words, deeds...)); !slices.Equal(got, ids) {
					t.Errorf("seed %d, lane %v: %d effects, want %d in their order", seed, k, len(got), len(ids))
				}
			}
			if twice := len(done) - 1000; twice > 4*kills {
				t.Errorf("seed %d: %d effects were done twice in %d kills of 4 lanes", seed, twice, kills)
			}
			mustFollowDeeds(t, done)
		})
	}
}
