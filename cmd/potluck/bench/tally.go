package bench

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// tally is what the chats show, counted from their beginning.
type tally struct{ sent, delivered, duplicated, reordered int }

// settle reads all chats until they show what they must, or nothing changes for long, and returns what they
// show at last.
func (b *bench) settle(ctx context.Context) tally {
	for {
		t := b.count()
		if t.delivered == t.sent {
			return t
		}
		late := time.NewTimer(b.options.Patience)
		select {
		case <-b.stirred:
			late.Stop()
		case <-late.C:
			return t
		case <-ctx.Done():
			late.Stop()
			return t
		}
	}
}

// count reads all chats.
func (b *bench) count() tally {
	var t tally
	wrong := map[*mark]bool{} // not shown everywhere, or not with its doings
	copies := map[*mark]int{} // how many copies there are
	for _, r := range b.rooms {
		for p, w := range b.worlds {
			b.countChat(r, p, w.Messages(r.chats[p]), wrong, copies, &t)
		}
	}
	b.ledger.mu.Lock()
	defer b.ledger.mu.Unlock()
	for _, m := range b.ledger.marks {
		t.duplicated += max(0, copies[m]-(platforms-1))
		if !m.measured {
			continue
		}
		things := m.doings.count()
		t.sent += things
		if copies[m] >= platforms-1 && !wrong[m] {
			t.delivered += things
			continue
		}
		if m.left == 0 {
			t.delivered++ // it arrived; what was done to it later did not
		}
	}
	return t
}

// countChat counts the copies in one chat.
func (b *bench) countChat(r *room, p int, all []world.Shown, wrong map[*mark]bool, copies map[*mark]int, t *tally) {
	b.ledger.mu.Lock()
	defer b.ledger.mu.Unlock()
	byID := map[string]*mark{}
	for _, m := range b.ledger.marks {
		if m.room == r && m.ids[p] != "" {
			byID[m.ids[p]] = m
		}
	}
	last := map[string]int{} // the last number of each author
	here := map[*mark]bool{}
	for _, s := range all {
		if !s.FromBot || s.Service {
			if m := byID[s.ID]; m != nil && m.from == p && m.doings.emoji != "" && m.doings.where != p && len(s.Reactions) == 0 {
				wrong[m] = true
			}
			continue
		}
		if m := byID[s.ID]; m != nil && s.Deleted {
			copies[m]++
			wrong[m] = wrong[m] || !m.doings.gone
			continue
		}
		for _, n := range numbers(s.Text.Plain) {
			m := b.ledger.marks[n]
			copies[m]++
			if m.from == p || m.room != r || !m.right(s, p) {
				wrong[m] = true
			}
			if before, ok := last[m.who]; ok && n < before && !here[m] {
				t.reordered++
			}
			here[m] = true
			last[m.who] = max(n, last[m.who])
		}
	}
}

// count returns how many things people did: they posted it, and maybe something more.
func (d doings) count() int {
	n := 1
	for _, more := range []bool{d.text != "", d.gone, d.emoji != ""} {
		if more {
			n++
		}
	}
	return n
}

// right tells whether a copy on a messenger shows what was done to the message. The ledger's lock is held.
func (m *mark) right(s world.Shown, p int) bool {
	d := m.doings
	switch {
	case d.gone:
		return false
	case d.text != "" && !strings.Contains(s.Text.Plain, d.text):
		return false
	case d.emoji != "" && p != d.where && len(s.Reactions) == 0:
		return false
	case d.reply != nil && !d.reply.doings.gone && s.ReplyTo != d.reply.ids[p]:
		return false
	case d.picture && !slices.ContainsFunc(s.Media, func(x world.Media) bool { return len(x.Bytes) > 0 }):
		return false
	}
	return true
}
