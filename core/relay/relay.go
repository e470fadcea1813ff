// Package relay carries what is said in one chat of a room to the room's other chats, and whatever
// happens to it later. It does not know platforms: what one cannot show is degraded on the way there, and the
// little that must be known of one comes as Facts.
//
// One rule does one thing. New's keeps, per message, what the copies need later: who has reacted how, which line below the
// copies tells it, when the message vanishes, who wanted it gone. Where the copies are is the engine's knowledge and comes
// with the event. Beside it stand, each with a state of its own: what authors are told of copies that could not be made
// (NewFailures), disappearing messages that a room does not carry (NewVanishing), pins (NewPins), who comes and goes
// (NewArrivals), and times in which a platform was not heard (NewGaps).
package relay

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const title = "relay"

// Facts is what must be known of one platform; the zero Facts hold for a platform that is not named.
type Facts struct {
	Platform chat.Platform
	// Tally is how reactions from elsewhere are told below our copies there.
	Tally Tally
	// Deaf: a bot there does not learn what people delete. Who changes a message to "." has deleted it.
	Deaf bool
}

// Tally is how often the line below a copy may change. The zero Tally has no line: there people from elsewhere react by
// accounts of their own.
type Tally struct {
	// Gaps are the least times between a change and the line that tells it, or between two lines: the n-th for the n-th
	// line of a copy, the last for all further ones.
	Gaps []time.Duration
	// Lines is how many times a copy gets another line, Edits how many times it may be changed at all, its author's own
	// changes among them; 0 = any number.
	Lines, Edits int
	// Within is how long after its writing a copy can be changed; 0 = always.
	Within time.Duration
}

// relay is the rule with the facts that it was given.
type relay struct{ facts map[chat.Platform]Facts }

// State is what must be known of one message besides its copies.
type State struct {
	Votes []Vote `json:"votes,omitempty"` // in the order of giving
	// Lines are the lines of reactions below the copies, As whom the copies are posted for, At when it was written.
	Lines []Line      `json:"lines,omitempty"`
	As    chat.Person `json:"as,omitzero"`
	At    time.Time   `json:"at,omitzero"`
	// Edits is how often its author has changed it.
	Edits int `json:"edits,omitempty"`
	// Bare: the copies get no line, for an edit could not show them again as they are.
	Bare bool `json:"bare,omitempty"`
	// Vanish is when the message is to disappear, Original its first name.
	Vanish   time.Time `json:"vanish,omitzero"`
	Original chat.Ref  `json:"original,omitzero"`
	// End is how it was taken away, where it was not simply its author who did it on his messenger.
	End End `json:"end,omitzero"`
}

// Vote is one emoji of one person.
type Vote struct {
	By    chat.Identity `json:"by"`
	Name  string        `json:"name"`
	Emoji string        `json:"emoji"`
}

// New returns the rule that makes the copies and keeps them as the original is.
func New(facts ...Facts) rule.Rule {
	r := relay{facts: make(map[chat.Platform]Facts)}
	for _, f := range facts {
		r.facts[f.Platform] = f
	}
	return rule.Of[State]{
		Title: title,
		KeyOf: key,
		Fold:  r.fold,
		Ask: []rule.Command{
			{Name: "del", Level: chat.Guest, Place: rule.InRoom, Help: "help.del"},
		},
		Options: []rule.Setting{
			{Name: "vanish", Scope: rule.OfRoom, Default: "carry", Values: []string{"carry", "keep", "off"}, Help: "setting.room.vanish"},
			{Name: "bots", Scope: rule.OfRoom, Default: "off", Values: []string{"off", "on"}, Help: "setting.room.bots"},
		},
	}
}

func key(_ chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted, chat.Edited, chat.Deleted, chat.Reacted:
		if e.Message == nil {
			return "", false
		}
		return string(e.Message.ID), true
	case chat.Failed:
		if e.Message == nil || e.Tag != "" {
			return "", false // a tag is another rule's
		}
		return string(e.Message.ID), isLate(e, b)
	case chat.Asked:
		if b.Command != "del" {
			return "", false
		}
		if e.ReplyTo == nil {
			return "", true
		}
		return string(e.ReplyTo.ID), true
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func (r relay) fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	before := s.next()
	var out []chat.Effect
	switch b := e.Body.(type) {
	case chat.Posted:
		s, out = r.posted(c, s, e, b)
	case chat.Edited:
		s, out = r.edited(c, s, e, b)
	case chat.Deleted:
		s, out = deleted(c, s, e, b)
	case chat.Reacted:
		s, out = r.reacted(c, s, e, b)
	case chat.Asked:
		s, out = asked(c, s, e, b)
	case chat.Failed:
		s, out = r.failed(c, s, e, b)
	case chat.Due:
		s, out = r.due(c, s, e)
		before = time.Time{} // the timer is gone
	}
	id, _ := key(c, e)
	return s, append(out, s.wake(id, before)...)
}

// next is when something must be done with the message by itself; zero = never.
func (s State) next() time.Time {
	times := []time.Time{s.Vanish}
	for _, l := range s.Lines {
		times = append(times, l.Due)
	}
	times = slices.DeleteFunc(times, time.Time.IsZero)
	if len(times) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// wake sets the message's timer anew if it has to be another one than before.
func (s State) wake(id string, before time.Time) []chat.Effect {
	at := s.next()
	if at.Equal(before) {
		return nil
	}
	if at.IsZero() {
		return []chat.Effect{chat.Cancel{Rule: title, Key: id}}
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: id, At: at}}
}

// due does what the time has come for.
func (r relay) due(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if !s.Vanish.IsZero() && !e.Now.Before(s.Vanish) {
		return s.vanished()
	}
	return r.tell(c, s, e.Now)
}
