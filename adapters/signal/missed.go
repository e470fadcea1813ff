package signal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// queueTime is how long Signal's server keeps what a device does not fetch (30 days, service/config/sample.yml of
// Signal-Server). What is older when we come back is lost.
const queueTime = 30 * 24 * time.Hour

// seenEvery is how often it is kept that we receive.
const seenEvery = time.Hour

// touch notes that we receive; false if that is known well enough.
func (g *groups) touch(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.seen) < seenEvery {
		return false
	}
	g.seen, g.dirty = now, true
	return true
}

// missed tells, of each group, what was written there and never will reach us: nothing, unless we were away for
// longer than Signal's server keeps messages.
func (a *Adapter) missed(now time.Time) []chat.Event {
	a.groups.mu.Lock()
	defer a.groups.mu.Unlock()
	from, to := a.groups.seen, now.Add(-queueTime)
	if from.IsZero() || !to.After(from) {
		return nil
	}
	var out []chat.Event
	for id, r := range a.groups.byID {
		if r.In {
			out = append(out, chat.Event{
				ID: chat.EventID(fmt.Sprintf("signal:%s:missed:%d", id, from.UnixMilli())), At: now,
				Chat: chatOf(id), Title: r.Title, Body: chat.Missed{From: from, To: to},
			})
		}
	}
	slices.SortFunc(out, func(a, b chat.Event) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}
