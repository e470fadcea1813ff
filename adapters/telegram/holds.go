package telegram

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// hold is what somebody might do before we restricted him, to be given back. It is kept over restarts.
type hold struct {
	// Allowed is what he might do under a restriction that was there before; nil if there was none. Until is when
	// that is over, in Unix seconds; 0 = never.
	Allowed map[string]bool `json:"allowed,omitempty"`
	Until   int64           `json:"until,omitempty"`
	// Over is when the platform ends ours by itself; 0 = never.
	Over int64 `json:"over,omitempty"`
	// Back: it has been given back, and because he might do nothing then either it looks as if it had not.
	Back bool `json:"back,omitempty"`
	// Nth tells which of two holds is older.
	Nth int64 `json:"nth"`
}

// stands tells whether a restriction that was there before is still to be there, and for long enough to be told.
func (h hold) stands(now time.Time) bool {
	return h.Allowed != nil && (h.Until == 0 || time.Unix(h.Until, 0).Sub(now) >= nearestEnd)
}

// maxHolds bounds how many people's rights are kept. Of more the oldest are forgotten: they then get back what the
// group lets everybody do.
const maxHolds = 2000

// holds are what is to be given back to whom.
type holds struct {
	mu   sync.Mutex // guards what follows
	kept map[presenceKey]hold
	nth  int64
}

func newHolds() *holds { return &holds{kept: map[presenceKey]hold{}} }

func (h *holds) get(k presenceKey) (hold, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one, ok := h.kept[k]
	return one, ok
}

func (h *holds) put(k presenceKey, one hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nth++
	one.Nth = h.nth
	h.kept[k] = one
	if len(h.kept) <= maxHolds {
		return
	}
	oldest := k
	for other, o := range h.kept {
		if o.Nth < h.kept[oldest].Nth {
			oldest = other
		}
	}
	delete(h.kept, oldest)
}

func (h *holds) drop(k presenceKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.kept, k)
}

// savedHold is a hold as the cursor keeps it.
type savedHold struct {
	Chat int64 `json:"c"`
	User int64 `json:"u"`
	hold
}

func (h *holds) save() []savedHold {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]savedHold, 0, len(h.kept))
	for _, k := range slices.SortedFunc(maps.Keys(h.kept), func(a, b presenceKey) int { return int(h.kept[a].Nth - h.kept[b].Nth) }) {
		out = append(out, savedHold{Chat: k.chat, User: k.user, hold: h.kept[k]})
	}
	return out
}

func (h *holds) load(list []savedHold) {
	for _, one := range list {
		h.put(presenceKey{one.Chat, one.User}, one.hold)
	}
}
