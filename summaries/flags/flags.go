// Package flags tells the moderators of a community when something begins to go wrong, while it is small: many read and few
// write, pitches take over, a moderator carries too much, the talk drifts from the purpose, newcomers are left alone, there are
// too few moderators, reports wait, a room has gone still. Each time it says the number, the limit and what can be done.
//
// It is slow on purpose: two bad weeks running and fifteen members before it says anything, the same thing once in four
// weeks, two good weeks and it is settled. It names no member, not even to moderators; a moderator can see their own numbers
// only. The numbers of the week come from the rule of the four numbers, by the command "redflags" in the house's name.
//
// What is not known here is left out: what moderators have unmarked as a pitch, how long first answers to reports take, and
// what members would say in a survey.
package flags

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "flags"

// The commands.
const (
	commandNumbers  = "redflags" // only in the house's name
	commandFlags    = "flags"
	commandDo       = "flagdo" // only chosen
	commandPulse    = "pulse"  // only chosen
	commandWorkload = "workload"
	commandRest     = "roomrest" // only chosen, by organisers
)

const (
	day  = 24 * time.Hour
	week = 7 * day
	// fewest is how many members there must be before anything is said.
	fewest = 15
	// protected is the room setting that keeps a room out of what is said of still ones.
	protected = "protected"
	logRhythm = "rhythm"
	maxWaits  = 20
)

// State is what is kept of one community.
type State struct {
	Weeks    []Week                  `json:"weeks,omitempty"` // the newest last
	Sites    visits                  `json:"sites,omitempty"`
	Flags    map[string]Flag         `json:"flags,omitempty"`
	Rituals  map[string][]Turn       `json:"rituals,omitempty"`
	Rooms    map[chat.RoomID]Silence `json:"rooms,omitempty"`
	Duty     [][]chat.MemberID       `json:"duty,omitempty"` // who was on duty on the last Mondays
	Talk     Talk                    `json:"talk,omitzero"`
	Pulse    Pulse                   `json:"pulse,omitzero"`
	Given    Given                   `json:"given,omitzero"`
	Audit    []Action                `json:"audit,omitempty"` // of the last 14 days, while a week is looked at
	Late     Share                   `json:"late,omitzero"`   // answers to reports within 14 days that came late
	LateWeek int                     `json:"lateweek,omitempty"`
	Waits    []Wait                  `json:"waits,omitempty"`
	Letters  []Letter                `json:"letters,omitempty"`
	Woken    time.Time               `json:"woken,omitzero"`
}

// Given is what the four numbers say of a week.
type Given struct {
	Start   time.Time `json:"start,omitzero"`
	At      time.Time `json:"at,omitzero"`
	Members int       `json:"members,omitempty"`
	Settled int       `json:"settled,omitempty"` // here for 14 days
	Wrote   int       `json:"wrote,omitempty"`   // of them, within 28 days
	Overdue int       `json:"overdue,omitempty"` // posts of newcomers without an answer for a day
	Quiet   bool      `json:"quiet,omitempty"`
}

// Share is a part of a whole.
type Share struct {
	N  int `json:"n,omitempty"`
	Of int `json:"of,omitempty"`
}

func (s Share) percent() int {
	if s.Of <= 0 {
		return 0
	}
	return (200*s.N + s.Of) / (2 * s.Of)
}

// over tells whether the part is more than so many percent.
func (s Share) over(percent int) bool { return s.Of > 0 && 100*s.N > percent*s.Of }

// Wait is a question to the logs that is not answered yet; they come back in their order.
type Wait struct {
	What    string        `json:"what"`
	Chat    chat.Chat     `json:"chat,omitzero"`
	Who     chat.MemberID `json:"who,omitempty"`
	Private bool          `json:"private,omitempty"`
}

// What is waited for.
const (
	waitAudit    = "audit"
	waitPromises = "promises"
	waitTalk     = "talk"
	waitWorkload = "workload"
)

// New returns the rule. It stands last, behind the rule of the four numbers.
func New() rule.Rule {
	return rule.Of[State]{
		Title:  title,
		KeyOf:  keyOf,
		Fold:   fold,
		Mine:   State.mine,
		Secret: true,
		Ask: []rule.Command{
			{Name: commandFlags, Level: chat.Moderator, Help: "help.flags"},
			{Name: commandWorkload, Level: chat.Moderator, Help: "help.workload"},
			{Name: commandNumbers, Level: chat.Organiser},
			{Name: commandDo, Level: chat.Moderator},
			{Name: commandPulse, Level: chat.Moderator},
			{Name: commandRest, Level: chat.Organiser},
		},
		Options: []rule.Setting{
			{Name: protected, Scope: rule.OfRoom, Default: "off", Values: []string{"on", "off"}, Help: "setting.room.protected"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	if _, asked := e.Body.(chat.Asked); !asked && c.Setting("letter", "on") == "off" {
		return "", false // nobody wants to be told
	}
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Found:
		return b.Key, true
	case chat.Asked:
		mine := []string{commandNumbers, commandFlags, commandDo, commandPulse, commandWorkload, commandRest}
		return key, here && (slices.Contains(mine, b.Command) || b.Command == "norecap" && b.Alias == "nometrics")
	case chat.Posted:
		return key, here && !e.Private && e.Room != ""
	case chat.Sent, chat.Failed:
		return key, here && (strings.HasPrefix(e.Tag, ritualTag) || strings.HasPrefix(e.Tag, restTag))
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten:
		return key, here
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		return State{}, nil
	}
	s = s.ready()
	var out []chat.Effect
	switch b := e.Body.(type) {
	case chat.Posted:
		if room, ok := c.Room(e.Room); ok && !s.Rooms[e.Room].Rest.IsZero() && !s.Rooms[e.Room].Shut && e.Member != "" && !e.By.Bot {
			out = rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("room.rest.not") })
		}
		s = s.posted(c, e, b)
	case chat.Asked:
		s, out = s.asked(c, e, b)
	case chat.Found:
		s, out = s.found(c, e, b)
	case chat.Due:
		s.Woken = time.Time{}
		s, out = s.due(c, e.Now)
	case chat.Sent:
		s, out = s.done(c, e, b.Refs)
	case chat.Failed:
		s, out = s.failed(c, e)
	case chat.Claimed:
		s = s.united(b.Kept, b.Gone)
	case chat.Forgotten:
		s = s.without(b.Who)
	}
	s, more := s.settle(c, e.Now)
	return s, append(out, more...)
}

func (s State) asked(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	switch b.Command {
	case commandNumbers:
		return s.numbers(c, e, b)
	case commandFlags:
		return s, []chat.Effect{rule.Discreetly(e, s.list(rule.Speak(c, e), e.Now))}
	case commandDo:
		return s.fix(c, e, b)
	case commandPulse:
		return s.answered(c, e, b)
	case commandWorkload:
		return s.workload(c, e)
	case commandRest:
		return s.settleRoom(c, e, b)
	}
	return s.without(e.Member), nil // somebody has changed their mind about the numbers
}

// workload looks at what the asker has done, once the log has answered.
func (s State) workload(c chat.Community, e chat.Event) (State, []chat.Effect) {
	if len(s.Waits) >= maxWaits || e.Member == "" {
		return s, nil
	}
	s.Waits = append(s.Waits, Wait{What: waitWorkload, Chat: e.Chat, Who: e.Member, Private: e.Private})
	return s, []chat.Effect{look(c, chat.Logged, "audit", 500)}
}

func look(c chat.Community, view chat.View, arg string, limit int) chat.Effect {
	return chat.Look{Rule: title, Key: string(c.ID), View: view, Arg: arg, Limit: limit}
}

// found goes on with what the logs have answered.
func (s State) found(c chat.Community, e chat.Event, b chat.Found) (State, []chat.Effect) {
	if len(s.Waits) == 0 {
		return s, nil
	}
	w := s.Waits[0]
	s.Waits = s.Waits[1:]
	switch w.What {
	case waitWorkload:
		return s, ownNumbers(c, w, actionsIn(b.Lines, e.Now), e.Now)
	case waitAudit:
		s.Audit = actionsIn(b.Lines, s.Given.At)
	case waitPromises:
		s.Late, s.LateWeek = lateIn(b.Lines, s.Given.At)
	case waitTalk:
		s.Talk = s.Talk.with(c, b.Lines)
		return s.evaluate(c, e.Now)
	}
	return s, nil
}

// numbers takes the numbers of a week and looks up what else is to be known.
func (s State) numbers(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	given, ok := read(b.Args)
	if !ok || e.By.Identity != chat.House() || given.Quiet || len(s.Waits) >= maxWaits {
		return s, nil
	}
	s.Given = given
	s.Duty = append(s.Duty, onDuty(c))
	if len(s.Duty) > 4 {
		s.Duty = s.Duty[len(s.Duty)-4:]
	}
	for _, what := range []string{waitAudit, waitPromises, waitTalk} {
		s.Waits = append(s.Waits, Wait{What: what})
	}
	span := given.Start.UTC().Format(time.RFC3339) + " " + given.At.UTC().Format(time.RFC3339)
	return s, []chat.Effect{look(c, chat.Logged, "audit", 500), look(c, chat.Logged, "promises", 300), look(c, chat.Between, span, 500)}
}
