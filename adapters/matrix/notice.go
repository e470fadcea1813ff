package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// toldState is the kind under which we remember what of a room's state was handed on last.
const toldState = "potluck.told"

// receiveChange tells what somebody has changed of the room itself. What was so before the server says, or if not we
// remember what was told of it last: what we know of the state may be ahead of the event.
func (a *Adapter) receiveChange(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	if *e.Key != "" && !isCall(e.Type) {
		return
	}
	before := e.Unsigned.Prev
	if before == nil {
		before, _ = a.rooms.get(room, toldState, e.Type)
	}
	if e.Type == "m.room.pinned_events" {
		b.later(func() { a.rooms.set(room, toldState, e.Type, e.Content) })
	}
	if a.isOurs(e.Sender) {
		return
	}
	if e.Type == "m.room.pinned_events" {
		a.receivePins(ctx, s, room, e, before, b)
		return
	}
	if isCall(e.Type) {
		a.receiveCallMember(ctx, s, room, e, b)
		return
	}
	part, ok := changeOf(e.Type, objectOf(e.Content), objectOf(before))
	if !ok {
		return
	}
	if a.isPrivate(ctx, s, room) {
		return
	}
	a.post(ctx, s, room, e, message{parts: []chat.Part{part}}, b)
}

// changeOf tells a change of the room in one line; false if it is none that people see.
func changeOf(kind string, now, before object) (chat.Part, bool) {
	var part chat.Part
	var is, was string
	switch kind {
	case "m.room.name":
		is, was = cleanName(now.str("name")), cleanName(before.str("name"))
		part = chat.Part{Kind: chat.Title, Line: is}
		if is == "" {
			part.Line = "none any more"
		}
	case "m.room.avatar":
		is, was = now.str("url"), before.str("url")
		part = chat.Part{Kind: chat.Picture, Line: "a new one"}
		if is == "" {
			part.Line = "none any more"
		}
	case "m.room.topic":
		is, was = lineOfUpTo(now.str("topic"), 600), lineOfUpTo(before.str("topic"), 600)
		part = chat.Part{Kind: chat.Notice, Line: "the topic is now: " + is}
		if is == "" {
			part.Line = "there is no topic any more"
		}
	case retention, timerKey:
		d := lifetime(kind, now)
		is, was = d.String(), lifetime(kind, before).String()
		part = chat.Part{Kind: chat.Timer, Line: "off"}
		if d > 0 {
			part.Line = lineOfTime(d)
		}
	default:
		return part, false
	}
	return part, is != was
}

// receivePins tells what somebody has put at the top of the room, and what he has taken from there.
func (a *Adapter) receivePins(ctx context.Context, s *session, room string, e rawEvent, before json.RawMessage, b *batch) {
	is, was := pinnedIn(objectOf(e.Content)), pinnedIn(objectOf(before))
	var changes []chat.Pinned
	for _, id := range was {
		if !slices.Contains(is, id) {
			changes = append(changes, chat.Pinned{Ref: ref(room, id)})
		}
	}
	for _, id := range is {
		if !slices.Contains(was, id) {
			changes = append(changes, chat.Pinned{Ref: ref(room, id), On: true})
		}
	}
	for i, p := range changes {
		ev := a.event(ctx, s, room, e)
		ev.By.Level, ev.By.Unsure = a.level(ctx, s, room, e.Sender) // only moderators pin for other platforms
		if i > 0 {
			ev.ID = chat.EventID(fmt.Sprintf("%s/%d", ev.ID, i))
		}
		ev.Body = p
		b.events = append(b.events, ev)
	}
}

// pinnedIn returns the events that are pinned, at most maxPins, each once.
func pinnedIn(c object) []string {
	var out []string
	for _, raw := range pinsOf(c) {
		var id string
		if json.Unmarshal(raw, &id) == nil && isEventID(id) && !slices.Contains(out, id) && len(out) < maxPins {
			out = append(out, id)
		}
	}
	return out
}
