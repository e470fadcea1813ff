package matrixtest

import (
	"encoding/json"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// Tail returns the messages posted in a room from a position on, and the position to go on from; the first
// is 0. On our own server it reads the timeline itself, so it costs no more in a long room than in a short
// one; it tells neither edits nor reactions, and no names.
func (w *World) Tail(group string, from int) (news []world.Shown, next int) {
	if w.fake == nil {
		all := w.Messages(group)
		return all[min(from, len(all)):], len(all)
	}
	w.fake.mu.Lock()
	var fresh []*event
	if r := w.fake.rooms[group]; r != nil {
		next = len(r.timeline)
		fresh = r.timeline[min(from, next):next:next]
	}
	w.fake.mu.Unlock()
	for _, e := range fresh {
		if e.kind != "m.room.message" && e.kind != "m.sticker" || e.rel.Type == "m.replace" {
			continue
		}
		var c content
		_ = json.Unmarshal(e.content, &c) // what cannot be read is shown empty
		m := w.shown(seen{ID: e.id, Sender: e.sender, At: e.at}, c.text())
		m.ReplyTo = c.Relates.Reply.ID
		news = append(news, m)
	}
	return news, next
}
