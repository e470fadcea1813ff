package prompts

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// stillness is the name of the rule that listens.
const stillness = "stillness"

const (
	// still is how long nobody has written before the house asks; stillBoosted how long in the two weeks of constraints.
	still        = 6 * time.Hour
	stillBoosted = time.Hour
	// The house asks between these hours on the wall of the community's zone, the second not included.
	firstHour, lastHour = 9, 20
	// tooLate is how late the timer may be: after a longer stop we do not know yet what people have written meanwhile.
	tooLate = 2 * time.Hour
)

// pauses are how many days lie at least between two questions, by how many before the last one nobody took up.
func pauses() []int { return []int{1, 2, 4, 7} }

// Still is what is kept of one room.
type Still struct {
	Last  time.Time `json:"last,omitzero"`  // somebody has written
	House time.Time `json:"house,omitzero"` // the house has said something else: a ritual needs no question on top
	Asked time.Time `json:"asked,omitzero"` // the house has asked
	// Missed is how many questions in a row, before the last, nobody took up.
	Missed int `json:"missed,omitempty"`
	// Woken is when the timer is set for.
	Woken time.Time `json:"woken,omitzero"`
}

// NewStillness returns the rule that notices when a room is still. It stands behind the relay: what is held back breaks no
// silence.
func NewStillness() rule.Rule {
	return rule.Of[Still]{Title: stillness, KeyOf: stillKey, Fold: foldStill}
}

func roomKey(c chat.Community, r chat.RoomID) string { return string(c.ID) + "/" + string(r) }

func stillKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Posted:
		return roomKey(c, e.Room), !e.Private && !e.By.Bot && isAsking(c, e.Room, e.Now)
	case chat.Sent:
		mine := e.Tag == "" || b.Of != "" && b.Of != "send"
		return roomKey(c, e.Room), !mine && !strings.HasPrefix(e.Tag, promptTag) && isAsking(c, e.Room, e.Now)
	case chat.Asked:
		if b.Command != commandPrompt || c.ID == "" || len(b.Args) == 0 {
			return "", false
		}
		room, ok := roomFor(c, e, b.Args[1:])
		switch strings.ToLower(b.Args[0]) {
		case "on", "now", "constrained", "boost":
			return roomKey(c, room.ID), ok
		}
	}
	return "", false
}

// isAsking tells whether the house asks in a room.
func isAsking(c chat.Community, id chat.RoomID, now time.Time) bool {
	room, ok := c.Room(id)
	_, boosted := boostUntil(room, now)
	return ok && id != "" && room.Settings[rule.Moderators] != "on" && (boosted || room.Settings[settingPrompts] == "on")
}

func foldStill(c chat.Community, s Still, e chat.Event) (Still, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		id := chat.RoomID(strings.TrimPrefix(b.Key, string(c.ID)+"/"))
		room, ok := c.Room(id)
		if c.ID == "" || !ok || len(room.Chats) == 0 || !isAsking(c, id, e.Now) {
			return Still{}, nil
		}
		return s.due(c, room, e.Now)
	case chat.Posted:
		first := !s.Last.After(s.Asked)
		s.Last = e.Now
		room, _ := c.Room(e.Room)
		if first || s.Woken.IsZero() {
			return s.wake(c, room, e.Now)
		}
		return s, nil
	case chat.Sent:
		s.House = e.Now
		if room, ok := c.Room(e.Room); ok && s.Woken.IsZero() {
			return s.wake(c, room, e.Now)
		}
		return s, nil
	case chat.Asked:
		room, ok := roomFor(c, e, b.Args[1:])
		if !ok {
			return s, nil
		}
		return s.told(c, room, e, b)
	}
	return s, nil
}

// told begins to listen in a room, or notes that it is asked at somebody's word. The room's settings change only behind this
// event, so the timer is set for the first moment that could be right.
func (s Still) told(c chat.Community, room chat.Room, e chat.Event, b chat.Asked) (Still, []chat.Effect) {
	if strings.EqualFold(b.Args[0], "now") {
		s.Asked = e.Now
		if !isAsking(c, room.ID, e.Now) {
			return Still{}, nil
		}
		return s.wake(c, room, e.Now)
	}
	if s.Last.IsZero() {
		s.Last = e.Now
	}
	s.Missed = 0
	s.Woken = window(e.Now.Add(stillBoosted), c.Zone())
	return s, []chat.Effect{chat.Wake{Rule: stillness, Key: roomKey(c, room.ID), At: s.Woken}}
}

// due asks the pool for a question if it has been still long enough, and sets the timer anew.
func (s Still) due(c chat.Community, room chat.Room, now time.Time) (Still, []chat.Effect) {
	late := !s.Woken.IsZero() && now.Sub(s.Woken) > tooLate
	s.Woken = time.Time{}
	if late { // as if somebody had written just now: what they wrote may come only behind this
		s.House = now
		s, out := s.wake(c, room, now)
		return s, append(out, chat.Record{Log: logRhythm, Line: "prompt passed over: more than 2 h late"})
	}
	var out []chat.Effect
	if at, ok := s.next(c, room, now); ok && !at.After(now) {
		s.Missed = min(s.Missed+1, len(pauses())-1)
		if s.Asked.IsZero() || s.Last.After(s.Asked) {
			s.Missed = 0
		}
		s.Asked = now
		args := []string{string(room.ID)}
		if _, boosted := boostUntil(room, now); boosted {
			args = append(args, tagConstrained)
		}
		out = append(out, chat.Emit{Body: chat.Asked{Command: commandDue, Args: args}, House: true})
	}
	s, more := s.wake(c, room, now)
	return s, append(out, more...)
}

// wake sets the timer for when the house could ask next.
func (s Still) wake(c chat.Community, room chat.Room, now time.Time) (Still, []chat.Effect) {
	at, ok := s.next(c, room, now)
	if !ok {
		s.Woken = time.Time{}
		return s, []chat.Effect{chat.Cancel{Rule: stillness, Key: roomKey(c, room.ID)}}
	}
	if at.Equal(s.Woken) {
		return s, nil
	}
	s.Woken = at
	return s, []chat.Effect{chat.Wake{Rule: stillness, Key: roomKey(c, room.ID), At: at}}
}

// maxAhead is how many days we look ahead for one on which the house may ask: quiet times last at most a year.
const maxAhead = 800

// next is when the house may ask if nobody writes until then. If that is over, it may ask now.
func (s Still) next(c chat.Community, room chat.Room, now time.Time) (time.Time, bool) {
	until, boosted := boostUntil(room, now)
	zone, pause := c.Zone(), still
	if boosted {
		pause = stillBoosted
	}
	at := now
	for _, t := range []time.Time{s.Last, s.House} {
		if free := t.Add(pause); !t.IsZero() && free.After(at) {
			at = free
		}
	}
	if !s.Asked.IsZero() {
		days := 1
		if !s.Last.After(s.Asked) && !boosted {
			days = pauses()[s.Missed]
		}
		if free := morning(s.Asked, days, zone); free.After(at) {
			at = free
		}
	}
	for range maxAhead {
		at = window(at, zone)
		if boosted && !at.Before(until) {
			return at, room.Settings[settingPrompts] == "on"
		}
		day := at.In(zone).Weekday()
		if !rule.Quiet(c, at) && (!boosted || day == time.Tuesday || day == time.Thursday) {
			return at, true
		}
		at = morning(at, 1, zone)
	}
	return time.Time{}, false
}

// morning is the first hour of asking, some days after the day of a moment.
func morning(at time.Time, days int, zone *time.Location) time.Time {
	local := at.In(zone)
	return recur.OnWall(time.Date(local.Year(), local.Month(), local.Day()+days, firstHour, 0, 0, 0, time.UTC), zone)
}

// window returns a moment, or, outside of the hours of asking, when they begin again.
func window(at time.Time, zone *time.Location) time.Time {
	switch h := at.In(zone).Hour(); {
	case h < firstHour:
		return morning(at, 0, zone)
	case h >= lastHour:
		return morning(at, 1, zone)
	}
	return at
}
