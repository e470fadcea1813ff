package telegramtest

import (
	"math"
	"time"
)

// bucket lets n calls through at once and one more each period/n.
type bucket struct {
	tokens, size float64
	each         time.Duration
	last         time.Time
}

func newBucket(n int, period time.Duration, now time.Time) *bucket {
	return &bucket{tokens: float64(n), size: float64(n), each: period / time.Duration(n), last: now}
}

// wait returns how long the caller must wait for n tokens, 0 when it may go.
func (b *bucket) wait(now time.Time, n float64) time.Duration {
	b.tokens = min(b.size, b.tokens+float64(now.Sub(b.last))/float64(b.each))
	b.last = now
	return time.Duration(max(0, min(n, b.size)-b.tokens) * float64(b.each))
}

// The keys of buckets that are no chat's minute bucket.
const (
	overall   = 0
	perSecond = 1 << 60 // added to the chat's id
)

// shortBurst is how many messages pass at once where one a second is the rule: "We may allow short bursts that go over this
// limit" (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this) names no number.
const shortBurst = 3

// take spends the call's tokens when Options.Rates is set; the lock is held.
func (s *Server) take(c *call) error {
	if !s.options.Rates || !countsAsMessage(c.method) {
		return nil
	}
	chat := c.number("chat_id")
	now := s.options.Now()
	n := 1.0
	if c.method == "sendmediagroup" {
		var items []struct{}
		_ = c.object("media", &items)
		n = float64(max(1, len(items)))
	}
	buckets := []*bucket{s.bucket(overall, 30, time.Second, now), s.bucket(chat+perSecond, shortBurst, shortBurst*time.Second, now)}
	if chat < 0 {
		buckets = append(buckets, s.bucket(chat, 20, time.Minute, now))
	}
	var wait time.Duration
	for _, b := range buckets {
		wait = max(wait, b.wait(now, n))
	}
	if wait == 0 {
		for _, b := range buckets {
			b.tokens -= n
		}
		return nil
	}
	return tooMany(int(math.Ceil(wait.Seconds())))
}

func (s *Server) bucket(key int64, n int, period time.Duration, now time.Time) *bucket {
	b := s.buckets[key]
	if b == nil {
		b = newBucket(n, period, now)
		s.buckets[key] = b
	}
	return b
}

func countsAsMessage(method string) bool {
	return len(method) > 4 && (method[:4] == "send" && method != "sendchataction" || method[:4] == "edit")
}
