package onboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	unanswered = "unanswered"
	// settingSpoke is what a newcomer's card has once he has written something.
	settingSpoke = "spoke"
	// settingGreeter is on for members who look after newcomers.
	settingGreeter = "greeter"
	// nextWithin is how soon somebody's next message in the room, with nobody's between, counts as an answer.
	nextWithin = 10 * time.Minute
	// maxWaits is how many newcomers are watched in one room at most.
	maxWaits = 100
)

// steps are how long after the message each circle hears of it: a greeter, all greeters, the organisers.
func steps() []time.Duration { return []time.Duration{4 * time.Hour, 12 * time.Hour, 24 * time.Hour} }

// Wait is a newcomer's message that nobody has answered yet.
type Wait struct {
	Who     chat.MemberID  `json:"who"`
	Message chat.MessageID `json:"message"`
	At      time.Time      `json:"at"`
	// Latest is when he wrote last, if nobody else has written since; zero otherwise.
	Latest time.Time `json:"latest,omitzero"`
	Step   int       `json:"step,omitempty"` // how many circles have been called
	Tell   []Tell    `json:"tell,omitempty"`
}

// Tell is a word to somebody that waits for his morning. Without Who it is for the moderators.
type Tell struct {
	Who  chat.MemberID `json:"who,omitempty"`
	At   time.Time     `json:"at"`
	Step int           `json:"step,omitempty"` // 0 = he has written for the first time
}

// Waits are those of one room, one for each newcomer.
type Waits struct {
	List []Wait `json:"list,omitempty"`
}

// mine is what a newcomer sees of it: that nobody has answered them yet.
func (s Waits) mine(who chat.MemberID) any {
	var out struct {
		At time.Time `json:"unanswered_since,omitzero"`
	}
	for _, w := range s.List {
		if w.Who == who {
			out.At = w.At
		}
	}
	return out
}

// NewUnanswered returns the rule that sees to it that newcomers are answered: their first message is shown as such and
// put to a greeter's heart, and what nobody answers comes to ever more people's ears. It stands behind the relay, for what is
// held back before needs no answer.
func NewUnanswered() rule.Rule {
	return rule.Of[Waits]{
		Title: unanswered,
		KeyOf: waitKey,
		Fold:  foldWaits,
		Mine:  Waits.mine,
		Options: []rule.Setting{
			{Name: "firstpost", Default: "on", Values: []string{"on", "off"}, Help: "setting.firstpost"},
			{Name: settingGreeter, Scope: rule.OfMember, Default: "off", Values: []string{"on", "off"}, Help: "setting.my.greeter"},
		},
	}
}

func waitKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Posted:
		room, ok := c.Room(e.Room)
		return roomKey(c, e.Room), ok && e.Message != nil && !e.By.Bot && room.Settings[rule.Moderators] != "on"
	case chat.Deleted:
		if e.Message == nil || e.Message.Room == "" || e.Message.Community != c.ID {
			return "", false
		}
		return roomKey(c, e.Message.Room), true
	}
	return "", false
}

func foldWaits(c chat.Community, s Waits, e chat.Event) (Waits, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Posted:
		s = s.heard(e)
		return wrote(c, s, e, b)
	case chat.Deleted:
		s.List = slices.DeleteFunc(slices.Clone(s.List), func(w Wait) bool { return w.Message == e.Message.ID })
		return s.tidy(), nil
	case chat.Due:
		room, ok := c.Room(chat.RoomID(strings.TrimPrefix(b.Key, string(c.ID)+"/")))
		if !ok {
			return Waits{}, nil
		}
		return ring(c, s, e, room, b.Key)
	}
	return s, nil
}

// tidy makes the state of a room without waits nothing.
func (s Waits) tidy() Waits {
	if len(s.List) == 0 {
		s.List = nil
	}
	return s
}

// heard takes away those whom a message answers: a reply to them, or what somebody writes soon and directly after them.
func (s Waits) heard(e chat.Event) Waits {
	if len(s.List) == 0 {
		return s
	}
	var out []Wait
	for _, w := range s.List {
		if w.Who == e.Member {
			if !w.Latest.IsZero() {
				w.Latest = e.Now
			}
			out = append(out, w)
			continue
		}
		replies := e.ReplyTo != nil && e.ReplyTo.Author == w.Who
		next := !w.Latest.IsZero() && e.Now.Sub(w.Latest) <= nextWithin
		if replies || next {
			continue
		}
		w.Latest = time.Time{}
		out = append(out, w)
	}
	s.List = out
	return s
}

// wrote watches what a newcomer has written: his first message, and later ones that ask something.
func wrote(c chat.Community, s Waits, e chat.Event, b chat.Posted) (Waits, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if !ok || !isNew(card, e.Now) || !isOpen(c) {
		return s, nil
	}
	first := card.Settings[settingSpoke] == ""
	waits := slices.ContainsFunc(s.List, func(w Wait) bool { return w.Who == card.ID })
	var out []chat.Effect
	if first {
		out = append(out, chat.Set{Member: card.ID, Key: settingSpoke, Value: "on"})
		out = append(out, mark(c, e, card)...)
	}
	if waits || !first && !asksFor(b) || len(s.List) >= maxWaits {
		return s, out
	}
	w := Wait{Who: card.ID, Message: e.Message.ID, At: e.Now, Latest: e.Now}
	if first {
		w.Tell = tells(c, e, card.ID, greeterFor(c, e, card.ID), 0)
	}
	s.List = append(slices.Clone(s.List), w)
	return s, append(out, s.wake(roomKey(c, e.Room), e.Now)...)
}

// asksFor tells whether a message asks for an answer.
func asksFor(b chat.Posted) bool {
	text := strings.TrimSpace(b.Text.Plain)
	for _, mark := range []string{"?", "？", "؟"} {
		if strings.HasSuffix(text, mark) {
			return true
		}
	}
	return slices.Contains(strings.Fields(strings.ToLower(text)), "#help")
}

// mark shows the others that somebody has written for the first time.
func mark(c chat.Community, e chat.Event, card chat.Card) []chat.Effect {
	if c.Setting("firstpost", "on") != "on" {
		return nil
	}
	room, _ := c.RoomOf(e.Chat)
	var out []chat.Effect
	for _, to := range room.Chats {
		voice := rule.Aloud(c, to.Platform)
		var answer *chat.Answer
		if target, ok := e.Message.In(to); ok {
			answer = &chat.Answer{Target: target, Name: e.By.Name}
		}
		out = append(out, chat.Send{To: to, Text: voice.Say("firstpost", "name", nameOf(card, voice)), Answer: answer})
	}
	return out
}

// ring calls those whose time has come.
func ring(c chat.Community, s Waits, e chat.Event, room chat.Room, key string) (Waits, []chat.Effect) {
	var list []Wait
	var out []chat.Effect
	for _, w := range s.List {
		card, ok := present(c, room, w.Who)
		if !ok {
			continue // who has gone waits for nothing
		}
		if w.Step < len(steps()) && !e.Now.Before(w.At.Add(steps()[w.Step])) {
			w.Step++
			w.Tell = merge(w.Tell, tells(c, e, w.Who, circle(c, e, w), w.Step))
		}
		var later []Tell
		for _, t := range w.Tell {
			if t.At.After(e.Now) {
				later = append(later, t)
				continue
			}
			out = append(out, tell(c, e, w, t, card, room)...)
		}
		w.Tell = later
		if w.Step < len(steps()) || len(later) > 0 {
			list = append(list, w)
		}
	}
	s.List = list
	return s, append(out, s.wake(key, e.Now)...)
}

// wake sets the timer for whatever is next in the room.
func (s Waits) wake(key string, now time.Time) []chat.Effect {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, w := range s.List {
		if w.Step < len(steps()) {
			sooner(w.At.Add(steps()[w.Step]))
		}
		for _, t := range w.Tell {
			sooner(t.At)
		}
	}
	if next.IsZero() {
		return nil
	}
	if next.Before(now) {
		next = now
	}
	return []chat.Effect{chat.Wake{Rule: unanswered, Key: key, At: next}}
}
