package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// mostForebears is how many rooms a message is looked for in that the room continues.
const mostForebears = 3

// reply tells what a message answers; one in a thread that answers nothing in particular stands in the thread.
func (a *Adapter) reply(ctx context.Context, s *session, room string, rel relation) *chat.Reply {
	to, isThread := rel.reply, false
	if to == "" {
		to, isThread = rel.thread(), true
	}
	if !isEventID(to) {
		return nil
	}
	n, ok := a.recent.get(to)
	if !ok || n.name == "" && !a.isOurs(n.sender) { // what is ours the house knows
		n, ok = a.lookUp(ctx, s, room, to)
	}
	r := &chat.Reply{Ref: ref(room, to), Thread: isThread}
	if !ok || n.room != "" && !a.continues(ctx, s, room, n.room) {
		return r // what stands in another room is not for this one
	}
	if r.Name, r.Quote = n.name, n.quote; n.room != "" {
		r.Ref = ref(n.room, to)
	}
	return r
}

// lookUp asks for an old message, to quote it; not to have it is no failure. In a room that continues another
// people answer what was written there.
func (a *Adapter) lookUp(ctx context.Context, s *session, room, id string) (note, bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for range mostForebears {
		e, err := a.fetchEvent(ctx, s, room, id)
		if err == nil {
			if isRoomID(e.Room) {
				room = e.Room // Dendrite gives any event that the bot can read
			}
			return a.noteOf(ctx, s, room, e), true
		}
		if st := statusOf(err); st != http.StatusNotFound && st != http.StatusForbidden {
			return note{}, false
		}
		if room = a.forebear(ctx, s, room); room == "" {
			return note{}, false
		}
	}
	return note{}, false
}

// continues tells whether a room is another or goes on from it.
func (a *Adapter) continues(ctx context.Context, s *session, room, old string) bool {
	for range mostForebears {
		if room == old {
			return true
		}
		if room = a.forebear(ctx, s, room); room == "" {
			return false
		}
	}
	return room == old
}

// forebear returns the room that a room continues and that says so itself, empty if there is none.
func (a *Adapter) forebear(ctx context.Context, s *session, room string) string {
	raw, err := a.state(ctx, s, room, "m.room.create", "")
	if err != nil {
		return ""
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
	old := c.Predecessor.Room
	if !isRoomID(old) || a.stateText(ctx, s, old, "m.room.tombstone", "", "replacement_room") != room {
		return ""
	}
	return old
}

// noteOf returns how an event is quoted. What the bot has said for somebody is his.
func (a *Adapter) noteOf(ctx context.Context, s *session, room string, e rawEvent) note {
	c := objectOf(e.Content)
	n := note{sender: e.Sender, name: a.nameOf(ctx, s, room, e.Sender), room: room, thread: relationOf(c).thread()}
	if a.isOurs(e.Sender) {
		if name := cleanName(c.sub("com.beeper.per_message_profile").str("displayname")); name != "" {
			n.name = name
		}
	}
	if part, _, ok := pollOf(c); ok {
		n.quote = quoteOf(message{parts: []chat.Part{part}})
		return n
	}
	n.quote = quoteOf(messageOf(e.Type, c, n.name, false, a.whose))
	return n
}
