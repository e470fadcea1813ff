// Package care looks after people when a conversation turns into many against one, or one floods all. It counts who
// answers whom, and how fast; it does not read what is said, and makes no judgement: moderators do.
//
// A room's state has who has spoken there in the last half hour, and to whom. When many answer one person, the
// moderators get a card, the person a word in private, and the room one neutral line a day. A moderator can cool the
// room down for half an hour: who was not in the conversation waits, who is in it writes one message in ten minutes,
// and the one whom it is about may always answer. Whatever is held back is given back to its author (back.go).
package care

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its states, timers and tags are kept under it.
const title = "care"

// State is what is kept of one room.
type State struct {
	Talk   []Said  `json:"talk,omitempty"`   // of the last half hour, in order
	Flags  []Flag  `json:"flags,omitempty"`  // whose messages have been reported
	Alerts []Alert `json:"alerts,omitempty"` // what the moderators have been told
	Checks []Check `json:"checks,omitempty"` // who was asked whether all is well
	Calm   Calm    `json:"calm,omitzero"`
	// Line is when the room last heard the neutral line.
	Line time.Time `json:"line,omitzero"`
	// Made counts the alerts and checks, for their names.
	Made int `json:"made,omitempty"`
}

// Said is that somebody has written something.
type Said struct {
	At    int64           `json:"t"`           // seconds
	More  int             `json:"n,omitempty"` // how many more of the same kind came within a minute
	By    chat.MemberID   `json:"b"`
	To    chat.MemberID   `json:"r,omitempty"` // whose message it answers
	About []chat.MemberID `json:"m,omitempty"` // whom it mentions
}

// Flag is that a message of somebody's was reported; who has done so is not known here.
type Flag struct {
	At time.Time     `json:"at"`
	On chat.MemberID `json:"on"`
}

// Alert is one card of the moderators'.
type Alert struct {
	N   int           `json:"n"`
	At  time.Time     `json:"at"`
	Who chat.Identity `json:"who"` // an account of the one whom it is about: his member's id can change
	// Repliers are those who had answered him.
	Repliers []chat.MemberID `json:"repliers,omitempty"`
	// Quiet is until when there is no other alert for him.
	Quiet time.Time `json:"quiet"`
}

// Check is that somebody was asked in private whether all is well.
type Check struct {
	N    int           `json:"n"`
	At   time.Time     `json:"at"`
	Who  chat.Identity `json:"who"`
	Tell time.Time     `json:"tell,omitzero"` // he wants to hear when it is calm again; looked at then
	Talk bool          `json:"talk,omitempty"`
	// Taken: a moderator has said that he will write to him.
	Taken bool `json:"taken,omitempty"`
}

// New returns the rule: the watch over each room, and /cooldown.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title, KeyOf: keyOf, Fold: fold, Secret: true,
		Ask: []rule.Command{
			{Name: "cooldown", Args: "[@NAME | off]", Level: chat.Moderator, Help: "help.cooldown"},
			{Name: "allfine", Level: chat.Moderator},
			{Name: "checkin", Level: chat.Member},
			{Name: "checkintake", Level: chat.Moderator},
		},
		Options: []rule.Setting{
			{Name: "dogpile", Default: "on", Values: []string{"on", "off"}, Help: "setting.dogpile"},
		},
	}
}

func roomKey(c chat.Community, room chat.RoomID) string { return string(c.ID) + "/" + string(room) }

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted:
		room, ok := c.Room(e.Room)
		return roomKey(c, e.Room), ok && isWatched(c, e, room)
	case chat.Asked:
		room, ok := roomAsked(c, e, b)
		return roomKey(c, room), ok
	case chat.Due:
		return b.Key, true
	case chat.Failed:
		t, ok := parseTag(e.Tag)
		return roomKey(c, t.room), ok
	}
	return "", false
}

// isWatched tells whether a message counts: one of a person, in a room that is not the moderators' own.
func isWatched(c chat.Community, e chat.Event, room chat.Room) bool {
	return !e.Private && !e.By.Bot && e.Member != "" && e.Message != nil && room.Settings[rule.Moderators] != "on" &&
		c.Setting("dogpile", "on") == "on"
}

// roomAsked finds the room that a command is about.
func roomAsked(c chat.Community, e chat.Event, b chat.Asked) (chat.RoomID, bool) {
	named := func(n int) (chat.RoomID, bool) {
		if len(b.Args) <= n {
			return e.Room, true
		}
		room, ok := c.Room(chat.RoomID(b.Args[n]))
		return room.ID, ok
	}
	switch b.Command {
	case "cooldown":
		if len(b.Args) > 0 && (b.Args[0] == "in" || b.Args[0] == "off") {
			return named(1)
		}
		return e.Room, true
	case "allfine", "checkintake":
		return named(0)
	case "checkin":
		return named(1)
	case "report":
		if e.ReplyTo == nil || e.ReplyTo.Author == "" || e.ReplyTo.Community != c.ID {
			return "", false
		}
		room, ok := c.Room(e.ReplyTo.Room)
		return room.ID, ok
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	s = s.pruned(e.Now)
	switch b := e.Body.(type) {
	case chat.Posted:
		return posted(c, s, e, b)
	case chat.Asked:
		return asked(c, s, e, b)
	case chat.Due:
		return due(c, s, e, b)
	case chat.Failed:
		return failed(c, s, e, b)
	}
	return s, nil
}

func asked(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	switch b.Command {
	case "cooldown":
		return cooldown(c, s, e, b)
	case "allfine":
		return allFine(c, s, e, b)
	case "checkin":
		return checkedIn(c, s, e, b)
	case "checkintake":
		return taken(c, s, e, b)
	case "report":
		if e.ReplyTo.Author != e.Member {
			s.Flags = append(s.Flags, Flag{At: e.Now, On: e.ReplyTo.Author})
			s.Flags = s.Flags[max(0, len(s.Flags)-maxFlags):]
		}
	}
	return s, nil
}

// posted is the gate while the room cools down, and else the watch.
func posted(c chat.Community, s State, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	if s.Calm.isOn(e.Now) {
		if until, held := s.Calm.holds(c, e, p); held {
			return s.giveBack(e, p, until)
		}
		s.Calm = s.Calm.note(e, p)
	}
	line := Said{At: e.Now.Unix(), By: e.Member, About: mentioned(c, p.Text, e.Member)}
	if e.ReplyTo != nil && e.ReplyTo.Author != e.Member {
		line.To = e.ReplyTo.Author
	}
	s.Talk = heard(s.Talk, line)
	if line.To == "" {
		return s, nil
	}
	return s.watch(c, e, line.To)
}

// due ends a cool-down, and tells those who wanted to know that it is calm again.
func due(c chat.Community, s State, e chat.Event, b chat.Due) (State, []chat.Effect) {
	var out []chat.Effect
	room, _ := c.Room(roomIn(c, b.Key))
	if !s.Calm.Until.IsZero() && !s.Calm.isOn(e.Now) {
		s.Calm = Calm{}
		out = append(out, chat.Set{Room: room.ID, Key: mirror})
		out = append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("care.cooldown.end") })...)
	}
	for i := range s.Checks {
		check := &s.Checks[i]
		card, ok := c.Members.Of(check.Who)
		if check.Tell.IsZero() || check.Tell.After(e.Now) || !ok {
			continue
		}
		check.Tell = time.Time{}
		if last := s.lastAbout(card.ID); e.Now.Sub(last) < window {
			check.Tell = last.Add(window)
			continue
		}
		write := func(v rule.Voice) chat.Text { return v.Say("care.checkin.calm", "room", room.Name) }
		out = append(out, rule.Secretly(c, card, "", write)...)
	}
	return s, append(out, s.wake(b.Key)...)
}

// wake sets the room's timer to what comes first.
func (s State) wake(key string) []chat.Effect {
	first := s.Calm.Until
	for _, check := range s.Checks {
		if !check.Tell.IsZero() && (first.IsZero() || check.Tell.Before(first)) {
			first = check.Tell
		}
	}
	if first.IsZero() {
		return nil
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: key, At: first}}
}

// pruned returns the state without what is over.
func (s State) pruned(now time.Time) State {
	begin := now.Add(-window).Unix()
	s.Talk = slices.DeleteFunc(s.Talk, func(x Said) bool { return x.At < begin })
	s.Flags = slices.DeleteFunc(s.Flags, func(f Flag) bool { return now.Sub(f.At) > window })
	s.Alerts = slices.DeleteFunc(s.Alerts, func(a Alert) bool { return now.Sub(a.At) > memory && now.After(a.Quiet) })
	s.Checks = slices.DeleteFunc(s.Checks, func(x Check) bool { return now.Sub(x.At) > memory && x.Tell.IsZero() })
	if now.Sub(s.Line) > memory {
		s.Line = time.Time{}
	}
	return s
}
