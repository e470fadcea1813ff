package adapters

import (
	"context"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// pacer spreads calls over time as a platform's Pace wants it.
type pacer struct {
	pace chat.Pace

	mu    sync.Mutex // guards what follows
	chats map[chat.Chat]*chatPace
	all   *window
}

// chatPace is what one chat has used.
type chatPace struct {
	spacing spacing
	minute  *window
}

func newPacer(p chat.Pace) *pacer {
	return &pacer{pace: p, chats: map[chat.Chat]*chatPace{}, all: newWindow(p.Second, time.Second)}
}

// wait returns when the next call for a chat may be made, or when ctx ends. cost is how many messages the
// platform will count; what it has beyond one is paid by those who come after, and what costs nothing needs a
// place among all alone. What costs something comes one after another in a chat, so its place there is taken
// only when it has got one among all: a chat that must wait long holds nobody up.
func (p *pacer) wait(ctx context.Context, c chat.Chat, cost int) {
	now := time.Now()
	if cost > 0 {
		sleep(ctx, p.own(c, now).Sub(now))
	}
	if ctx.Err() != nil {
		return
	}
	now = time.Now()
	sleep(ctx, p.reserve(c, now, cost).Sub(now))
}

// own returns the first time from now on that the chat itself has a place.
func (p *pacer) own(c chat.Chat, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.of(c)
	return later(own.spacing.next(now), own.minute.next(now))
}

// reserve takes the next places among all and returns the time of the first.
func (p *pacer) reserve(c chat.Chat, now time.Time, cost int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.all.next(now)
	if cost <= 0 {
		p.all.take(at)
		return at
	}
	own := p.of(c)
	for range cost {
		own.spacing.take(at)
		own.minute.take(at)
		p.all.take(at)
	}
	return at
}

// of returns what a chat has used; p.mu is held.
func (p *pacer) of(c chat.Chat) *chatPace {
	own := p.chats[c]
	if own == nil {
		own = &chatPace{spacing: spacing{every: p.pace.Chat, burst: p.pace.Burst}, minute: newWindow(p.pace.ChatMinute, time.Minute)}
		p.chats[c] = own
	}
	return own
}

// forget drops the chats that have been quiet for so long that nothing of theirs counts any more.
func (p *pacer) forget(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c, own := range p.chats {
		if now.Sub(own.minute.last) > time.Minute && own.spacing.full(now) {
			delete(p.chats, c)
		}
	}
}

// spacing keeps a least time between two, after a burst.
type spacing struct {
	every time.Duration
	burst int
	due   time.Time // when all that was taken will have been paid
}

func (s *spacing) credit() time.Duration { return time.Duration(max(s.burst, 1)-1) * s.every }

// next returns the first time from now on that has a place.
func (s *spacing) next(now time.Time) time.Time { return later(now, s.due.Add(-s.credit())) }

func (s *spacing) take(at time.Time) { s.due = later(s.due, at).Add(s.every) }

func (s *spacing) full(now time.Time) bool { return !s.due.After(now) }

// window allows so many in any stretch of a length. The first half may come at once, the rest is spread
// over the time until the first of them no longer counts, so that there is never a long wait at once.
type window struct {
	length time.Duration
	taken  []time.Time // a ring of the last so many, the oldest at pos
	pos    int
	last   time.Time
}

// newWindow returns a window of n; n = 0 has no limit.
func newWindow(n int, length time.Duration) *window {
	return &window{length: length, taken: make([]time.Time, max(n, 0))}
}

// next returns the first time from now on that has a place.
func (w *window) next(now time.Time) time.Time {
	n := len(w.taken)
	if n == 0 {
		return now
	}
	now = later(now, w.last)
	used, oldest := 0, time.Time{}
	for i := range n {
		t := w.taken[(w.pos+i)%n]
		if !t.IsZero() && t.Add(w.length).After(now) {
			if used == 0 {
				oldest = t
			}
			used++
		}
	}
	if used <= n/2 {
		return now
	}
	gap := oldest.Add(w.length).Sub(w.last) / time.Duration(n-used+1)
	return later(now, w.last.Add(gap))
}

func (w *window) take(at time.Time) {
	w.last = later(w.last, at)
	if n := len(w.taken); n > 0 {
		w.taken[w.pos] = at
		w.pos = (w.pos + 1) % n
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
