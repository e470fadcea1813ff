package adapters

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// most returns the most times that lie within any stretch of a length.
func most(times []time.Time, length time.Duration) int {
	best, from := 0, 0
	for to := range times {
		for times[to].Sub(times[from]) >= length {
			from++
		}
		best = max(best, to-from+1)
	}
	return best
}

func TestWindowIsNeverOverdrawn(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		n := 1 + random.IntN(30)
		w := newWindow(n, time.Minute)
		now := time.Unix(1000, 0)
		var times []time.Time
		for range 300 {
			if random.IntN(10) == 0 {
				now = now.Add(time.Duration(random.Int64N(int64(2 * time.Minute))))
			}
			now = w.next(now)
			w.take(now)
			times = append(times, now)
		}
		if got := most(times, time.Minute); got > n {
			t.Errorf("%d within a minute, want at most %d", got, n)
		}
	}
}

// TestWindowIsSmooth has a long backlog: it goes as fast as allowed, and without a long wait at once.
func TestWindowIsSmooth(t *testing.T) {
	w := newWindow(20, time.Minute)
	begin := time.Unix(1000, 0)
	now, longest := begin, time.Duration(0)
	for range 200 {
		next := w.next(now)
		longest = max(longest, next.Sub(now))
		w.take(next)
		now = next
	}
	if took := now.Sub(begin); took > 10*time.Minute {
		t.Errorf("200 at 20 per minute took %s", took)
	}
	if longest > 10*time.Second {
		t.Errorf("the longest wait is %s", longest)
	}
}

func TestSpacingAfterABurst(t *testing.T) {
	s := spacing{every: time.Second, burst: 3}
	now := time.Unix(1000, 0)
	var waits []time.Duration
	for range 5 {
		next := s.next(now)
		waits = append(waits, next.Sub(now))
		s.take(next)
		now = next
	}
	if got, want := fmt.Sprint(waits), "[0s 0s 0s 1s 1s]"; got != want {
		t.Errorf("waits are %s, want %s", got, want)
	}
	if next := s.next(now.Add(time.Minute)); next != now.Add(time.Minute) {
		t.Error("a pause does not pay")
	}
}

func TestPumpKeepsThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.features.Pace = chat.Pace{Chat: time.Second, Burst: 2, ChatMinute: 20, Second: 5}
		calls := h.script()
		const chats, each = 8, 40
		for i := range each * chats {
			h.feed.put(t, says(at(fmt.Sprint(i%chats)), 1)...)
		}
		p, stop := h.pump()
		begun := time.Now()
		for p.Stats().Sent < chats*each {
			pass(time.Second)
			if time.Since(begun) > 10*time.Minute {
				t.Fatalf("%d of %d effects are done after %s", p.Stats().Sent, chats*each, time.Since(begun))
			}
		}
		// 40 in one chat at 20 per minute, all chats at once: they do not wait for each other.
		if took := time.Since(begun); took > 150*time.Second {
			t.Errorf("it took %s", took)
		}
		if got := most(*calls, time.Second); got > 5 {
			t.Errorf("%d effects within a second, want at most 5", got)
		}
		if got := most(*calls, time.Minute); got > chats*20 {
			t.Errorf("%d effects within a minute, want at most %d", got, chats*20)
		}
		pass(3 * time.Minute)
		if n := len(p.lanes.pace.chats); n != 0 {
			t.Errorf("%d quiet chats are still remembered", n)
		}
		stop()
	})
}

// TestWaitingChatHoldsNobodyUp has a chat that has used up its minute beside one that has not.
func TestWaitingChatHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.features.Pace = chat.Pace{ChatMinute: 2, Second: 30}
		h.feed.put(t, says(at("busy"), 5)...)
		_, stop := h.pump()
		pass(5 * time.Second)
		h.feed.put(t, says(at("calm"), 1)...)
		pass(100 * time.Millisecond)
		if got := h.paper.in(at("calm")); len(got) != 1 {
			t.Error("a chat waits for another's pace")
		}
		stop()
	})
}

func TestLongMessagesCostMore(t *testing.T) {
	f := chat.Features{TextLimit: 100}
	part := chat.Part{Kind: chat.Photo}
	for want, e := range map[int]chat.Outgoing{
		1: chat.Delete{},
		3: chat.Send{Text: chat.Plain(fmt.Sprintf("%201s", "x"))},
		2: chat.Edit{Text: chat.Plain(fmt.Sprintf("%200s", "x"))},
		4: chat.Send{Parts: []chat.Part{part, part, part, part}},
	} {
		if got := costOf(e, f); got != want {
			t.Errorf("cost of %T is %d, want %d", e, got, want)
		}
	}
	if got := costOf(chat.Send{}, chat.Features{}); got != 1 {
		t.Errorf("cost without a limit is %d", got)
	}
}

func TestUnpacedPumpDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.features.Pace = chat.Pace{Chat: time.Hour, ChatMinute: 1, Second: 1}
		h.feed.put(t, says(at("a"), 1000)...)
		p, stop := h.pump(Unpaced())
		synctest.Wait()
		if s := p.Stats(); s.Sent != 1000 {
			t.Errorf("stats are %+v", s)
		}
		stop()
	})
}
