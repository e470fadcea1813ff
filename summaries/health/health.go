// Package health counts how a community is in four numbers, and no more: how many took part, how many wrote, how soon a
// newcomer is answered, and what went well. It knows who has done something and when they did so last; it keeps no words, knows no
// feelings, and compares nobody with anybody.
//
// A person is counted once, however many accounts they have, and only for what they do themselves: writing, reacting, voting,
// answering an invitation. Nobody is counted who does not want to be (/nometrics), who is away, or who is a program. On
// Mondays at nine the organisers get the numbers of the week that is over; /health shows those of the last seven days to
// everybody, without a name.
//
// The rule of the red flags is told the numbers by the command "redflags", in the house's name.
package health

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "health"

const (
	day  = 24 * time.Hour
	week = 7 * day
	// maxPeople, maxPosts, maxWeeks and maxAsks bound the state.
	maxPeople = 5000
	maxPosts  = 500
	maxWeeks  = 60
	maxAsks   = 20
	// mondayHour is the hour in which the organisers get the numbers; onTime is how late they say nothing of it, tooLate when the
	// week is passed over.
	mondayHour = 9
	onTime     = 5 * time.Minute
	tooLate    = 2 * time.Hour
)

// State is what is kept of one community.
type State struct {
	People people `json:"people,omitempty"`
	Posts  []Post `json:"posts,omitempty"` // newcomers'
	Weeks  []Week `json:"weeks,omitempty"` // those that are over, the oldest first
	// Start is when the week began that runs, Due when the organisers get the numbers of the one before.
	Start time.Time `json:"start,omitzero"`
	Due   time.Time `json:"due,omitzero"`
	// Asks wait for the log of wins, Letters for their organiser's morning.
	Asks    []Ask     `json:"asks,omitempty"`
	Letters []Letter  `json:"letters,omitempty"`
	Woken   time.Time `json:"woken,omitzero"`
}

// Person is when somebody was last seen to do something, to the second.
type Person struct {
	Acted, Wrote time.Time
	// Began: the first post of their first days has been seen.
	Began bool
}

// maxTold is how many of their posts somebody is shown who asks what is kept.
const maxTold = 10

// mine is what a member sees of what is kept of them.
func (s State) mine(who chat.MemberID) any {
	type post struct {
		At       time.Time `json:"at"`
		Answered time.Time `json:"answered,omitzero"`
	}
	var out struct {
		Acted time.Time `json:"last_did_something,omitzero"`
		Wrote time.Time `json:"last_wrote,omitzero"`
		Posts []post    `json:"posts_as_a_newcomer,omitempty"`
	}
	out.Acted, out.Wrote = s.People[who].Acted, s.People[who].Wrote
	for _, p := range s.Posts {
		if p.Who == who {
			out.Posts = append(out.Posts, post{p.At, p.Answered})
		}
	}
	out.Posts = out.Posts[max(0, len(out.Posts)-maxTold):]
	return out
}

// Ask is somebody who waits for the numbers; for the letter of Monday it has no chat.
type Ask struct {
	Chat    chat.Chat     `json:"chat,omitzero"`
	Ref     chat.Ref      `json:"ref,omitzero"`
	Name    string        `json:"name,omitempty"`
	Who     chat.MemberID `json:"who,omitempty"`
	Private bool          `json:"private,omitempty"`
	Late    bool          `json:"late,omitempty"`
}

// New returns the rule. It stands last: what the gates hold back was not said.
func New() rule.Rule {
	return rule.Of[State]{
		Title:  title,
		KeyOf:  keyOf,
		Fold:   fold,
		Mine:   State.mine,
		Secret: true,
		Ask:    []rule.Command{{Name: "health", Level: chat.Member, Help: "help.health"}},
		Options: []rule.Setting{
			{Name: settingLetter, Default: "on", Values: []string{"on", "off"}, Help: "setting.letter"},
		},
	}
}

// settingLetter is whether the house looks at the community on Mondays and writes to those who look after it.
const settingLetter = "letter"

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Found:
		return b.Key, true
	case chat.Asked:
		return key, here && (b.Command == "health" || isOptOut(b) || isAct(b))
	case chat.Posted, chat.Reacted, chat.Voted:
		return key, here && !e.Private && e.Room != ""
	case chat.Deleted:
		return key, here && e.Message != nil
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten:
		return key, here
	case chat.Failed:
		return key, here && e.Tag == letterTag
	}
	return "", false
}

// isOptOut tells whether somebody has changed their mind about the numbers.
func isOptOut(b chat.Asked) bool { return b.Command == "norecap" && b.Alias == "nometrics" }

// isAct tells whether a command is one of taking part: an answer to a session's invitation.
func isAct(b chat.Asked) bool { return b.Command == "sessionanswer" }

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		return State{}, nil
	}
	s = s.turned(c, e.Now)
	var out []chat.Effect
	switch b := e.Body.(type) {
	case chat.Posted:
		s = s.posted(c, e, b)
	case chat.Reacted:
		if b.Change != chat.ReactionRemoved && len(b.Emoji) > 0 {
			s = s.acted(c, e, false)
		}
	case chat.Voted:
		if len(b.Options) > 0 {
			s = s.acted(c, e, false)
		}
	case chat.Deleted:
		s.Posts = slices.DeleteFunc(slices.Clone(s.Posts), func(p Post) bool { return p.ID == e.Message.ID })
	case chat.Asked:
		s, out = s.asked(c, e, b)
	case chat.Found:
		s, out = s.found(c, b, e.Now)
	case chat.Due:
		s.Woken = time.Time{}
		s, out = s.due(c, e.Now)
	case chat.Claimed:
		s = s.united(b.Kept, b.Gone)
	case chat.Forgotten:
		s = s.without(b.Who)
	case chat.Failed:
		out = []chat.Effect{chat.Record{Log: logRhythm, Line: "health: an organiser cannot be reached in private"}}
	}
	s, more := s.settle(c)
	return s, append(out, more...)
}

// asked answers /health once the log of wins has been looked at.
func (s State) asked(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	switch {
	case isOptOut(b):
		return s.without(e.Member), nil
	case isAct(b):
		return s.acted(c, e, false), nil
	case len(s.Asks) >= maxAsks:
		return s, nil
	}
	ask := Ask{Chat: e.Chat, Ref: b.Ref, Name: e.By.Name, Who: e.Member, Private: e.Private}
	s.Asks = append(slices.Clone(s.Asks), ask)
	return s, []chat.Effect{lookWins(c)}
}

func lookWins(c chat.Community) chat.Effect {
	return chat.Look{Rule: title, Key: string(c.ID), View: chat.Logged, Arg: "wins", Limit: 500}
}

// counts tells whether somebody is in the numbers at all: members who are in one of the chats, who have not opted out and are
// not away.
func counts(card chat.Card, now time.Time) bool {
	return isMember(card) && card.Settings["metrics"] != "off" && !rule.Away(card, now)
}

func isMember(card chat.Card) bool { return card.Level >= chat.Member && len(card.In) > 0 }

// acted notes that a person has done something.
func (s State) acted(c chat.Community, e chat.Event, wrote bool) State {
	card, ok := c.Members.ByID(e.Member)
	if !ok || e.By.Bot || e.By.Anonymous || card.Settings["metrics"] == "off" {
		return s
	}
	p, known := s.People[card.ID]
	if !known && len(s.People) >= maxPeople {
		return s
	}
	at := moment(e)
	p.Acted = later(p.Acted, at)
	if wrote {
		p.Wrote = later(p.Wrote, at)
	}
	if s.People == nil {
		s.People = make(people)
	}
	s.People[card.ID] = p
	return s
}

// moment is when something happened: the platform's time, but none that is to come.
func moment(e chat.Event) time.Time {
	if e.At.IsZero() || e.At.After(e.Now) {
		return e.Now
	}
	return e.At
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// without forgets a person.
func (s State) without(who chat.MemberID) State {
	delete(s.People, who)
	s.Posts = slices.DeleteFunc(slices.Clone(s.Posts), func(p Post) bool { return p.Who == who })
	s.Letters = slices.DeleteFunc(slices.Clone(s.Letters), func(l Letter) bool { return l.To == who })
	return s
}

// united makes one person of two.
func (s State) united(kept, gone chat.MemberID) State {
	a, b := s.People[kept], s.People[gone]
	if b != (Person{}) {
		s.People[kept] = Person{Acted: later(a.Acted, b.Acted), Wrote: later(a.Wrote, b.Wrote), Began: a.Began || b.Began}
	}
	delete(s.People, gone)
	s.Posts = slices.Clone(s.Posts)
	for i := range s.Posts {
		if s.Posts[i].Who == gone {
			s.Posts[i].Who = kept
		}
	}
	s.Letters = slices.DeleteFunc(slices.Clone(s.Letters), func(l Letter) bool { return l.To == gone })
	return s
}

// settle tidies the state and sets the timer.
func (s State) settle(c chat.Community) (State, []chat.Effect) {
	if len(s.People) == 0 {
		s.People = nil
	}
	if len(s.Posts) == 0 {
		s.Posts = nil
	}
	if len(s.Letters) == 0 {
		s.Letters = nil
	}
	next := s.Due
	for _, l := range s.Letters {
		if l.At.Before(next) {
			next = l.At
		}
	}
	out := rule.Rewake(title, string(c.ID), s.Woken, next)
	s.Woken = next
	return s, out
}
