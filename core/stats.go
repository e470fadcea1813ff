package core

import "sync/atomic"

// counters count what the engine has done since its start.
type counters struct {
	events, effects, duplicates, dead, batches atomic.Uint64
}

// Stats is a snapshot of the engine's work.
type Stats struct {
	Events, Effects, Duplicates, Dead, Batches uint64 // since the start
	Applied                                    uint64 // sequence of the last event in the state
	Waiting                                    int    // effects decided but not yet on the bus
}

// Stats returns the snapshot. It is safe for concurrent use.
func (e *Engine) Stats() Stats {
	return Stats{
		Events: e.stats.events.Load(), Effects: e.stats.effects.Load(), Duplicates: e.stats.duplicates.Load(),
		Dead: e.stats.dead.Load(), Batches: e.stats.batches.Load(),
		Applied: e.applied.get(), Waiting: e.press.waiting(),
	}
}
