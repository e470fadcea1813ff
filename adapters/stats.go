package adapters

import (
	"maps"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Stats is what a pump has done since its start and how it stands now.
type Stats struct {
	Platform chat.Platform

	Received     uint64    // events that the bus has
	LastReceived time.Time // of the last of them; zero = none yet
	Dropped      uint64    // what adapters took for events and was none: bugs

	Sent     uint64                 // effects done
	Degraded uint64                 // of those, shown as less than they were
	Failed   map[chat.Reason]uint64 // effects that will never be done
	Skipped  uint64                 // effects that were done before the start
	Retried  uint64                 // tries that were not the last
	Limited  uint64                 // of those, because the platform asked to wait
	Unsure   uint64                 // of those, where the effect may be shown twice

	Lanes    int           // chats with something to do
	Lagging  int           // of those, with more to do than is kept in memory
	Queued   int           // effects in memory that wait for their turn
	Oldest   time.Duration // how long ago the oldest effect under way was decided; 0 = none
	Receipts int           // receipts that are not known to be on the bus

	Latency Latency // of the effects done: from the decision to the platform's yes
}

// Latency is how long things took.
type Latency struct {
	AtMost [12]uint64 // how many took at most Bounds()[i]
	All    uint64
	Sum    time.Duration
}

// Bounds are the limits of a Latency's buckets.
func Bounds() [12]time.Duration {
	return [12]time.Duration{
		10 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second,
		10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour,
	}
}

func (l *Latency) add(d time.Duration) {
	for i, bound := range Bounds() {
		if d <= bound {
			l.AtMost[i]++
		}
	}
	l.All++
	l.Sum += d
}

// Stats returns a snapshot. It is safe for concurrent use.
func (p *Pump) Stats() Stats {
	s := p.counters.snapshot()
	s.Platform = p.platform
	s.Receipts = p.receipts.count()
	p.lanes.describe(&s, time.Now())
	return s
}

// describe fills in how the lanes stand.
func (l *lanes) describe(s *Stats, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Queued = l.queued
	for k, ln := range l.open {
		other := l.open[k.other()]
		if !k.deeds || other == nil {
			s.Lanes++ // a chat counts once
		}
		if ln.lags && (!k.deeds || other == nil || !other.lags) {
			s.Lagging++
		}
		if ln.busy {
			s.Oldest = max(s.Oldest, now.Sub(ln.since))
		}
	}
}

// counters count what Stats tells.
type counters struct {
	mu sync.Mutex // guards s
	s  Stats
}

func newCounters() *counters { return &counters{s: Stats{Failed: map[chat.Reason]uint64{}}} }

func (c *counters) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.s
	s.Failed = maps.Clone(s.Failed)
	return s
}

func (c *counters) received(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Received++
	c.s.LastReceived = at
}

func (c *counters) dropped() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Dropped++
}

func (c *counters) skipped() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Skipped++
}

func (c *counters) retried(limited, unsure bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Retried++
	if limited {
		c.s.Limited++
	}
	if unsure {
		c.s.Unsure++
	}
}

func (c *counters) settled(o outcome, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.failed != "" {
		c.s.Failed[o.failed]++
		return
	}
	c.s.Sent++
	c.s.Latency.add(max(0, took))
	if len(o.receipt.Notes) > 0 {
		c.s.Degraded++
	}
}
