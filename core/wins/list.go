package wins

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maxListed is the most wins of one list.
const maxListed = 20

// list shows the wins of the last week, or month. Asked by the house with "week ROOM" it tells a room, and nothing where
// there is nothing to tell.
func (t *turn) list(b chat.Asked) {
	if t.e.By.Identity == chat.House() {
		t.tellRoom(b)
		return
	}
	span, key := week, "wins.none.week"
	if len(b.Args) > 0 && b.Args[0] == "month" {
		span, key = 4*week, "wins.none.month"
	}
	v := rule.Speak(t.c, t.e)
	wins, more := t.shownIn(t.e.Room, span)
	if len(wins) == 0 {
		t.want(rule.Reply(t.e, v.Say(key)))
		return
	}
	out := v.Say("wins.list")
	if span > week {
		out = v.Say("wins.list.month")
	}
	t.want(rule.Reply(t.e, t.lines(v, out, wins, more, true)))
}

// tellRoom is the list for a ritual: "week" and the room's id.
func (t *turn) tellRoom(b chat.Asked) {
	if len(b.Args) < 2 || b.Args[0] != "week" {
		return
	}
	room, ok := t.c.Room(chat.RoomID(b.Args[1]))
	if !ok {
		return
	}
	wins, more := t.shownIn(room.ID, week)
	if len(wins) == 0 {
		return
	}
	t.want(rule.Everywhere(t.c, room, "wins week", func(v rule.Voice) chat.Text {
		return t.lines(v, v.Say("wins.friday"), wins, more, false)
	})...)
}

// lines puts the wins under a heading.
func (t *turn) lines(v rule.Voice, out chat.Text, wins []Win, more int, numbered bool) chat.Text {
	for _, w := range wins {
		line := v.Say("wins.line.bare", "name", named(t.c, v, w), "text", w.Text)
		if numbered {
			line = v.Say("wins.line", "n", w.N, "name", named(t.c, v, w), "text", w.Text)
		}
		out = out.Append(chat.Plain("\n"), line)
	}
	if more > 0 {
		out = out.Append(chat.Plain("\n"), v.Say("wins.more", "n", more))
	}
	return out
}

// shownIn returns the newest wins that may be told in a room, the oldest first, and how many there are besides. What was
// told in a room that not everybody may read stays there.
func (t *turn) shownIn(in chat.RoomID, span time.Duration) (wins []Win, more int) {
	for _, w := range t.s.Wins {
		if t.e.Now.Sub(w.At) >= span {
			continue
		}
		if room, ok := t.c.Room(w.Room); ok && room.ID != in && isClosed(room) {
			continue
		}
		wins = append(wins, w)
	}
	more = max(0, len(wins)-maxListed)
	return wins[more:], more
}

// isClosed tells whether not every member may read a room.
func isClosed(room chat.Room) bool {
	return room.Settings[rule.Moderators] == "on" || room.Settings["private"] == "on"
}
