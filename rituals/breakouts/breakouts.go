// Package breakouts makes small groups of those who say that they are in: of even sizes, mixed anew each time, each with a
// room of its own on every platform where one can be made, for a time. It does not know how platforms make rooms, nor who
// comes to sessions.
//
// # Who is with whom
//
// Groups are as even as can be. Pairs that shared a group in one of the last four rounds are kept apart as far as a bounded
// search finds, and so, before all else, are people of whom one would rather not be with the other. That wish is kept
// sealed and nobody learns of it: nothing that is said to anybody but to the one whose wish it is depends on it, other than
// who is in which group.
//
// # Exactly once
//
// What is due is read from the state and noted there in the same step. Groups that should have been made more than two
// hours ago are not made any more; a line in the log "rhythm" says so.
package breakouts

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// title is the rule's name: its state and timer are kept under it.
const title = "breakouts"

// tagPrefix begins all tags of the rule's.
const tagPrefix = "breakout:"

// The commands.
const (
	commandBreakout = "breakout"
	commandAvoid    = "avoid"
	commandAnswer   = "breakoutanswer" // only chosen: whether somebody is in
	commandBegin    = "breakoutbegin"  // only chosen: now, or never
	commandSplit    = "breakoutsplit"  // only chosen: which of two ways
	commandNotes    = "breakoutnotes"  // only chosen: who takes notes
	commandMerge    = "breakoutmerge"  // only chosen: whether two groups become one
	commandWith     = "breakoutwith"   // only the house's own: who is in by an answer to a session
	commandWho      = "sessionwho"     // asked by this rule: the sessions' answers it with commandWith
)

// settingStarters says who may start groups.
const settingStarters = "breakouts"

// The limits of what is kept of one community.
const (
	maxActive = 8   // rounds under way
	maxPeople = 200 // of one round
	maxPast   = 4   // rounds that are remembered for the next mix
	maxAvoid  = 20  // of one member
	maxWishes = 5000
)

// State is what is kept of one community.
type State struct {
	Rounds []Round `json:"rounds,omitempty"`
	// Past are the last rounds, for the next ones to be mixed otherwise.
	Past  []Meeting `json:"past,omitempty"`
	Avoid []Wish    `json:"avoid,omitempty"`
	// Count numbers the rounds.
	Count int `json:"count,omitempty"`
	// Woken is when the timer is set for.
	Woken time.Time `json:"woken,omitzero"`
}

// Meeting is who was with whom in a round.
type Meeting struct {
	ID     string            `json:"id"`
	Groups [][]chat.MemberID `json:"groups"`
}

// Wish is that a member would rather not share a group with another.
type Wish struct {
	Who chat.MemberID `json:"who"`
	Not chat.MemberID `json:"not"`
}

// mine is what a member sees of what is kept of them. Whom they would rather not share a group with, /avoid tells them; that
// others wish the same of them, nobody learns.
func (s State) mine(who chat.MemberID) any {
	type round struct {
		ID      string    `json:"id"`
		Topic   string    `json:"topic"`
		Started bool      `json:"started_by_you,omitempty"`
		In      bool      `json:"in,omitempty"`
		Group   int       `json:"group,omitempty"`
		Notes   bool      `json:"takes_notes,omitempty"`
		Ends    time.Time `json:"ends,omitzero"`
	}
	var out struct {
		Rounds []round `json:"rounds,omitempty"`
		Past   int     `json:"earlier_groups,omitempty"`
		Avoid  int     `json:"people_you_avoid,omitempty"`
	}
	for _, r := range s.Rounds {
		one := round{ID: r.ID, Topic: r.Topic, Started: r.By == who, In: slices.Contains(r.In, who), Notes: slices.Contains(r.Willing, who), Ends: r.Ends}
		if g := r.groupOf(who); g != nil {
			one.In, one.Group, one.Notes = true, g.N, g.Notes == who || slices.Contains(g.Willing, who)
		}
		if one.Started || one.In {
			out.Rounds = append(out.Rounds, one)
		}
	}
	for _, m := range s.Past {
		if slices.ContainsFunc(m.Groups, func(g []chat.MemberID) bool { return slices.Contains(g, who) }) {
			out.Past++
		}
	}
	for _, w := range s.Avoid {
		if w.Who == who {
			out.Avoid++
		}
	}
	return out
}

// New returns the rule of /breakout and /avoid. It stands behind the gates and before the rules of /link, whose words for
// new chats are not for its rooms, and of those who only chat in private.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold: func(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
			t := &turn{c: c, s: &s, e: e}
			t.take()
			return s, t.out
		},
		Mine: State.mine,
		Ask: []rule.Command{
			{Name: commandBreakout, Args: "[6..10] [in 1h] [for 1h] TOPIC | end", Level: chat.Member, Help: "help.breakout"},
			{Name: commandAvoid, Args: "[@NAME | off @NAME]", Level: chat.Member, Help: "help.avoid"},
			{Name: commandAnswer, Level: chat.Member},
			{Name: commandBegin, Level: chat.Member},
			{Name: commandSplit, Level: chat.Member},
			{Name: commandNotes, Level: chat.Member},
			{Name: commandMerge, Level: chat.Member},
			{Name: commandWith, Level: chat.Organiser},
		},
		Options: []rule.Setting{
			{Name: settingStarters, Default: "moderator", Values: []string{"member", "moderator", "organiser"}, Help: "setting.breakouts"},
		},
		Secret: true,
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Asked:
		return key, slices.Contains([]string{
			commandBreakout, commandAvoid, commandAnswer, commandBegin, commandSplit, commandNotes, commandMerge, commandWith,
		}, b.Command)
	case chat.Posted:
		return key, here && e.ReplyTo != nil && strings.HasPrefix(e.ReplyTo.Tag, cardPrefix) && len(b.Text.Plain) <= maxWord
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten, chat.Left:
		return key, here
	}
	return key, here && smallroom.Concerns(e, tagPrefix)
}

// turn is one event and what comes of it.
type turn struct {
	c   chat.Community
	s   *State
	e   chat.Event
	out []chat.Effect
}

func (t *turn) do(effects ...chat.Effect) { t.out = append(t.out, effects...) }

// answer tells the asker something, for his eyes alone.
func (t *turn) answer(key string, pairs ...any) {
	t.do(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

func (t *turn) take() {
	if t.c.ID == "" {
		if b, ok := t.e.Body.(chat.Asked); ok && (b.Command == commandBreakout || b.Command == commandAvoid) {
			t.do(rule.Reply(t.e, rule.Speak(t.c, t.e).Say("breakout.nowhere")))
		}
		return
	}
	switch b := t.e.Body.(type) {
	case chat.Asked:
		t.asked(b)
	case chat.Posted:
		t.typed(b)
	case chat.Claimed:
		t.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		t.gone(b.Who)
		t.s.Avoid = slices.DeleteFunc(t.s.Avoid, func(w Wish) bool { return w.Who == b.Who || w.Not == b.Who })
		t.forgetPast(b.Who)
		for i := range t.s.Rounds {
			for j := range t.s.Rounds[i].Groups {
				t.s.Rounds[i].Groups[j].Room.Forget(b.Identities)
			}
		}
	case chat.Left:
		if card, ok := t.c.Members.Of(b.Who.Identity); ok && len(card.In) == 0 {
			t.gone(card.ID)
		}
	default:
		t.told()
	}
	t.tend()
	t.tidy()
	t.wake()
}

func (t *turn) asked(b chat.Asked) {
	switch b.Command {
	case commandBreakout:
		t.askedBreakout(b)
	case commandAvoid:
		t.askedAvoid(b)
	case commandAnswer:
		if r := t.named(b); r != nil && len(b.Args) == 2 {
			t.answered(r, reply(b.Args[1]))
		}
	case commandBegin:
		t.chosenBegin(b)
	case commandSplit:
		t.chosenSplit(b)
	case commandNotes:
		t.chosenNotes(b)
	case commandMerge:
		t.chosenMerge(b)
	case commandWith:
		t.with(b)
	}
}

// named returns the round that a choice is about, and answers if it is over.
func (t *turn) named(b chat.Asked) *Round {
	if len(b.Args) == 0 {
		return nil
	}
	r := t.round(b.Args[0])
	if r == nil || r.Stage == ended {
		t.answer("breakout.over")
		return nil
	}
	return r
}

// round returns the one with that id, nil if there is none (any more).
func (t *turn) round(id string) *Round {
	for i := range t.s.Rounds {
		if t.s.Rounds[i].ID == id {
			return &t.s.Rounds[i]
		}
	}
	return nil
}

// mayStart tells whether the asker may start groups here.
func (t *turn) mayStart() bool {
	return t.e.Level >= t.startLevel() || t.e.Chat.Platform == chat.Local
}

func (t *turn) startLevel() chat.Level {
	switch t.c.Setting(settingStarters, "") {
	case "member":
		return chat.Member
	case "organiser":
		return chat.Organiser
	}
	return chat.Moderator
}

// mayChange tells whether the asker may decide about a round: his own, or any as a moderator.
func (t *turn) mayChange(r *Round) bool {
	mine := r.By != "" && r.By == t.e.Member
	return mine || t.e.Level >= chat.Moderator || t.e.Chat.Platform == chat.Local
}

// told hands what platforms and the engine tell of a chat to the room that it is about.
func (t *turn) told() {
	for i := range t.s.Rounds {
		r := &t.s.Rounds[i]
		for j := range r.Groups {
			g := &r.Groups[j]
			if who, link, ok := g.Room.Invited(t.e); ok {
				t.invited(r, who, link)
				return
			}
			out, mine := g.Room.Take(t.c, t.e)
			t.do(out...)
			if mine {
				return
			}
		}
	}
}

// tidy lets go of what nobody needs any more.
func (t *turn) tidy() {
	t.s.Rounds = slices.DeleteFunc(t.s.Rounds, func(r Round) bool { return r.isDone(t.c, t.e.Now) })
	t.s.Past = t.s.Past[max(0, len(t.s.Past)-maxPast):]
	if len(t.s.Rounds) == 0 {
		t.s.Rounds = nil
	}
	if len(t.s.Past) == 0 {
		t.s.Past = nil
	}
	if len(t.s.Avoid) == 0 {
		t.s.Avoid = nil
	}
}

// wake sets the timer for what is due first.
func (t *turn) wake() {
	var first time.Time
	for i := range t.s.Rounds {
		if at := t.s.Rounds[i].next(t.e.Now); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if !first.IsZero() { // timers are coarser than the clock: a moment too early would be none
		first = first.Add(time.Second - time.Nanosecond).Truncate(time.Second)
	}
	if due, ok := t.e.Body.(chat.Due); ok && due.Rule == title {
		t.s.Woken = time.Time{}
	}
	t.do(rule.Rewake(title, string(t.c.ID), t.s.Woken, first)...)
	t.s.Woken = first
}
