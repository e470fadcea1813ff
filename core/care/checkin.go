package care

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// maxChecks is how many checks are remembered in one room.
const maxChecks = 30

// checkIn asks in private whether all is well, at most once a day.
func (s State) checkIn(c chat.Community, e chat.Event, room chat.Room, card chat.Card) (State, []chat.Effect) {
	if s.check(c, card.ID) >= 0 {
		return s, nil
	}
	s.Made++
	s.Checks = append(s.Checks, Check{N: s.Made, At: e.Now, Who: card.Identities[0]})
	s.Checks = s.Checks[max(0, len(s.Checks)-maxChecks):]
	who, _ := rule.Door(card)
	v := rule.To(c, card, who.Platform)
	choices := []chat.Choice{
		{Label: v.Say("care.choice.quiet").Plain, Ask: "checkin quiet " + string(room.ID)},
		{Label: v.Say("care.choice.talk").Plain, Ask: "checkin talk " + string(room.ID)},
		{Label: v.Say("care.choice.leave").Plain, Ask: "checkin leave " + string(room.ID)},
	}
	write := func(v rule.Voice) chat.Text { return v.Say("care.checkin", "name", card.Name, "room", room.Name) }
	return s, rule.Secretly(c, card, tag{"check", room.ID, s.Made}.String(), write, choices...)
}

// check finds the check of a member; -1 = there is none.
func (s State) check(c chat.Community, who chat.MemberID) int {
	return slices.IndexFunc(s.Checks, func(x Check) bool {
		card, ok := c.Members.Of(x.Who)
		return ok && card.ID == who
	})
}

// checkedIn does what the one who was asked has chosen.
func checkedIn(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	i := s.check(c, e.Member)
	if i < 0 || len(b.Args) < 2 || e.Member == "" {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.checkin.old"))}
	}
	room, _ := c.Room(chat.RoomID(b.Args[1]))
	card, _ := c.Members.ByID(e.Member)
	check := &s.Checks[i]
	switch b.Args[0] {
	case "quiet":
		check.Tell = e.Now.Add(window)
		return s, append(s.wake(roomKey(c, room.ID)), rule.Discreetly(e, v.Say("care.checkin.quiet", "room", room.Name)))
	case "talk":
		if check.Talk {
			return s, []chat.Effect{rule.Discreetly(e, v.Say("care.checkin.talk"))}
		}
		out := toTalk(c, room, card, check.N)
		if len(out) == 0 {
			return s, []chat.Effect{rule.Discreetly(e, v.Say("care.checkin.nobody"))}
		}
		check.Talk = true
		return s, append(out, rule.Discreetly(e, v.Say("care.checkin.talk")))
	case "leave": // the rule of sanctions has a break that people take themselves, and answers
		return s, []chat.Effect{chat.Emit{Body: chat.Asked{
			Ref: b.Ref, Command: "timeout", Alias: "timeout", Args: []string{"me", "24h"}, Text: chat.Plain("me 24h"),
		}}}
	}
	return s, []chat.Effect{rule.Discreetly(e, v.Say("care.checkin.old"))}
}

// toTalk asks the moderators that one of them writes to somebody.
func toTalk(c chat.Community, room chat.Room, card chat.Card, n int) []chat.Effect {
	choice := chat.Choice{Label: rule.Aloud(c, "").Say("care.choice.take").Plain, Ask: "checkintake " + string(room.ID) + " " + strconv.Itoa(n)}
	return rule.ToModerators(c, tag{"talk", room.ID, n}.String(), func(v rule.Voice) chat.Text {
		return v.Say("care.talk", "name", card.Name, "room", room.Name, "platforms", platforms(v, card))
	}, []chat.MemberID{card.ID}, choice)
}

// platforms names where somebody can be written to.
func platforms(v rule.Voice, card chat.Card) string {
	var out []string
	for _, i := range card.Identities {
		if name := say.Platform(v.Language, i.Platform); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// taken is a moderator's word that he writes to somebody who wants to talk.
func taken(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	i := -1
	if len(b.Args) > 1 {
		i = slices.IndexFunc(s.Checks, func(x Check) bool { return strconv.Itoa(x.N) == b.Args[1] })
	}
	if i < 0 || !s.Checks[i].Talk {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.over"))}
	}
	card, ok := c.Members.Of(s.Checks[i].Who)
	by, known := c.Members.ByID(e.Member)
	switch {
	case !ok || !known || s.Checks[i].Taken:
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.over"))}
	case by.ID == card.ID:
		return s, []chat.Effect{rule.Discreetly(e, v.Say("care.self"))}
	}
	s.Checks[i].Taken = true
	room, _ := c.Room(chat.RoomID(b.Args[0]))
	out := rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
		return v.Say("care.checkin.taken", "by", by.Name, "platforms", platforms(v, by))
	})
	return s, append(out, shown(c, e, tag{"talk", room.ID, s.Checks[i].N}, func(v rule.Voice) chat.Text {
		return v.Say("care.talk.taken", "name", card.Name, "by", by.Name)
	})...)
}
