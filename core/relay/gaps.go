package relay

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Gaps are the last times in which a room's chats could not be heard, by their platforms.
type Gaps struct {
	Until map[chat.Platform]time.Time `json:"until,omitempty"`
}

// NewGaps returns the rule that tells a room, once, of a time in which one of its chats could not be heard: what was written
// there then is nowhere else, and the others should know.
func NewGaps() rule.Rule {
	return rule.Of[Gaps]{
		Title: "gaps",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			_, missed := e.Body.(chat.Missed)
			room, ok := c.RoomOf(e.Chat)
			return string(c.ID) + "/" + string(room.ID), missed && ok && len(room.Chats) > 1
		},
		Fold: func(c chat.Community, s Gaps, e chat.Event) (Gaps, []chat.Effect) {
			b, _ := e.Body.(chat.Missed)
			return s.missed(c, e, b)
		},
	}
}

// missed tells all chats of the room, unless the gap, or one that reaches into it, has been told.
func (s Gaps) missed(c chat.Community, e chat.Event, b chat.Missed) (Gaps, []chat.Effect) {
	from := e.Chat.Platform
	if !b.From.Before(b.To) || b.From.Before(s.Until[from]) {
		return s, nil
	}
	until := map[chat.Platform]time.Time{from: b.To}
	for p, t := range s.Until {
		if p != from {
			until[p] = t
		}
	}
	room, _ := c.RoomOf(e.Chat)
	var out []chat.Effect
	for _, to := range room.Chats {
		v, key := rule.Aloud(c, to.Platform), "gap.there"
		if to == e.Chat {
			key = "gap.here"
		}
		out = append(out, chat.Send{To: to, Text: v.Say(key, "from", b.From, "to", b.To, "platform", platform(v, from))})
	}
	return Gaps{Until: until}, out
}
