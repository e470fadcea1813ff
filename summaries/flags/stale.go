package flags

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// A room that nobody has written in is told so after 30 days; after 60 the organisers are asked. What they choose to keep is
	// left alone for 60 days, what shall rest has a week in which a word keeps it open.
	stillFor = 30 * day
	askAfter = 60 * day
	keepFor  = 60 * day
	grace    = 7 * day
	// roomHour is when all that is said, in the community's zone.
	roomHour = 10
	maxRooms = 500
	// roomsADay is about how many rooms something is said on one day, so that a long pause of the house ends in no flood; tooLate is
	// when a room is closed a day later, for a word that keeps it may still be on its way.
	roomsADay = 3
	tooLate   = 2 * time.Hour
	// restTag begins the tags of what closes a room: "roomrest:r3".
	restTag = "roomrest:"
)

// Silence is how long a room has been still, and what has been said about it.
type Silence struct {
	Since time.Time `json:"since"`
	Noted bool      `json:"noted,omitempty"`
	Asked bool      `json:"asked,omitempty"`
	Keep  time.Time `json:"keep,omitzero"` // it is left alone until then
	Rest  time.Time `json:"rest,omitzero"` // it closes then
	Shut  bool      `json:"shut,omitempty"`
}

// watched begins to watch new rooms and lets go of those that are not there any more.
func (s State) watched(c chat.Community, now time.Time) State {
	for id := range s.Rooms {
		if _, ok := c.Room(id); !ok {
			delete(s.Rooms, id)
		}
	}
	for _, room := range c.Rooms {
		if _, known := s.Rooms[room.ID]; !known && len(s.Rooms) < maxRooms {
			s.Rooms[room.ID] = Silence{Since: now}
		}
	}
	return s
}

// isSpared tells whether a room may be still for as long as it likes.
func isSpared(room chat.Room) bool {
	return room.Settings[protected] == "on" || room.Settings[rule.Moderators] == "on" || room.Settings[promosRoom] == "on" || len(room.Chats) == 0
}

// next is when something is to be said or done about a room; zero = never.
func (x Silence) next(only bool) time.Time {
	switch {
	case x.Shut:
		return time.Time{}
	case !x.Rest.IsZero():
		return x.Rest
	case !x.Noted:
		return x.Since.Add(stillFor)
	case x.Asked && x.Keep.IsZero() || only:
		return time.Time{} // it is the organisers' turn; and the only room is never closed
	case !x.Keep.IsZero():
		return x.Keep
	}
	return x.Since.Add(askAfter)
}

// nextRoom is when the first room is due, at ten o'clock.
func (s State) nextRoom(c chat.Community, now time.Time) time.Time {
	var first time.Time
	if !c.HasOrganiser() {
		return first // nobody could be asked
	}
	only := len(talkRooms(c)) < 2
	for _, room := range c.Rooms {
		at := s.Rooms[room.ID].next(only)
		if isSpared(room) || at.IsZero() {
			continue
		}
		hour := tenFrom(at, c.Zone())
		if first.IsZero() || hour.Before(first) {
			first = hour
		}
	}
	if !first.IsZero() && !first.After(now) { // a quiet week, or a setting that was changed
		first = tenFrom(now.Add(time.Minute), c.Zone())
	}
	return first
}

// tenFrom is the first ten o'clock from a moment on.
func tenFrom(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	hour := time.Date(local.Year(), local.Month(), local.Day(), roomHour, 0, 0, 0, zone)
	if hour.Before(t) {
		hour = time.Date(local.Year(), local.Month(), local.Day()+1, roomHour, 0, 0, 0, zone)
	}
	return hour
}

// stillRooms says what is to be said about rooms that are still.
func (s State) stillRooms(c chat.Community, now time.Time) (State, []chat.Effect) {
	if rule.Quiet(c, now) || !c.HasOrganiser() {
		return s, nil
	}
	var out []chat.Effect
	only := len(talkRooms(c)) < 2
	said := 0
	for _, room := range c.Rooms {
		x := s.Rooms[room.ID]
		at := x.next(only)
		if isSpared(room) || at.IsZero() || at.After(now) || said == roomsADay {
			continue
		}
		said++
		switch {
		case !x.Rest.IsZero() && now.Sub(x.Rest) > tooLate:
			x.Rest = tenFrom(now.Add(day/2), c.Zone())
		case !x.Rest.IsZero():
			x.Shut = true
			out = append(out, shut(room)...)
		case !x.Noted:
			x.Noted = true
			out = append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("room.still", "n", 30) })...)
		default:
			x.Asked, x.Keep = true, time.Time{}
			out = append(out, askRest(c, room, int(now.Sub(x.Since)/day))...)
		}
		s.Rooms[room.ID] = x
	}
	return s, out
}

// askRest asks the organisers what becomes of a room.
func askRest(c chat.Community, room chat.Room, days int) []chat.Effect {
	write := func(v rule.Voice) chat.Text { return v.Say("room.rest.ask", "room", room.Name, "n", days) }
	v := rule.Aloud(c, "")
	choices := []chat.Choice{
		choice(v, v.Say("room.rest.yes"), commandRest, "archive", string(room.ID)),
		choice(v, v.Say("room.rest.keep"), commandRest, "keep", string(room.ID)),
	}
	if mods, ok := c.With(rule.Moderators); ok {
		return rule.Everywhere(c, mods, "", write, choices...)
	}
	var out []chat.Effect
	for _, card := range rule.Team(c, chat.Organiser) {
		out = append(out, rule.Secretly(c, card, "", write, choices...)...)
	}
	return out
}

// settleRoom does what an organiser has chosen for a room.
func (s State) settleRoom(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	if len(b.Args) != 2 {
		return s, nil
	}
	room, ok := c.Room(chat.RoomID(b.Args[1]))
	x := s.Rooms[room.ID]
	if !ok || isSpared(room) || !x.Asked || x.Shut {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("flag.settled"))}
	}
	audit := chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " archive: " + b.Args[0] + " " + string(room.ID)}
	if b.Args[0] == "keep" {
		wasToRest := !x.Rest.IsZero()
		x.Keep, x.Rest = e.Now.Add(keepFor), time.Time{}
		s.Rooms[room.ID] = x
		out := []chat.Effect{audit, rule.Reply(e, v.Say("room.kept", "room", room.Name, "until", x.Keep))}
		if wasToRest {
			out = append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("room.rest.not") })...)
		}
		return s, out
	}
	if b.Args[0] != "archive" || !x.Rest.IsZero() || len(talkRooms(c)) < 2 {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("flag.settled"))}
	}
	x.Rest, x.Keep = tenFrom(e.Now.Add(grace), c.Zone()), time.Time{}
	s.Rooms[room.ID] = x
	out := []chat.Effect{audit, rule.Reply(e, v.Say("room.rests", "room", room.Name, "at", x.Rest))}
	return s, append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("room.rest.notice", "at", x.Rest) })...)
}

// shut closes the chats of a room: people can read on.
func shut(room chat.Room) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Shut{To: to, Tag: restTag + string(room.ID)})
	}
	return out
}

// done goes on when something is shown or done: an opening of a ritual counts, a chat that is closed leaves its room.
func (s State) done(_ chat.Community, e chat.Event, refs []chat.Ref) (State, []chat.Effect) {
	if strings.HasPrefix(e.Tag, ritualTag) {
		if len(refs) > 0 {
			s = s.opened(e.Tag, e.Now)
		}
		return s, nil
	}
	return s, []chat.Effect{chat.Unlink{Chat: e.Chat}}
}

// failed lets a chat that cannot be closed by the house leave its room all the same, and says how it is closed by hand.
func (s State) failed(c chat.Community, e chat.Event) (State, []chat.Effect) {
	id, ok := strings.CutPrefix(e.Tag, restTag)
	room, there := c.Room(chat.RoomID(id))
	if !ok || !there || !slices.Contains(room.Chats, e.Chat) {
		return s, nil
	}
	out := rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
		return v.Say("room.rest.failed", "room", room.Title(e.Chat), "platform", platformOf(v, e.Chat.Platform))
	}, nil)
	return s, append(out, chat.Unlink{Chat: e.Chat})
}
