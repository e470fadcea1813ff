package onboarding

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// settingIntros is on in the room where people introduce themselves.
const settingIntros = "intros"

// isSet tells whether organisers have written something into a setting; "off" is nothing.
func isSet(c chat.Community, key string) bool {
	v := strings.ToLower(c.Settings[key])
	return v != "" && v != "off" && v != "none" && v != "-"
}

// message is the n-th of the five, in the words for one newcomer.
func message(c chat.Community, s Course, card chat.Card, n int, v rule.Voice, now time.Time) chat.Text {
	switch n {
	case 1:
		return v.Say("welcome.hello", "name", nameOf(card, v), "community", c.Name, "purpose", c.Settings["purpose"])
	case 2:
		return start(c, s, card, v)
	case 3:
		return rhythm(c, v, now)
	case 4:
		return houseRules(c, v)
	}
	room := called(talkRoom(c, card), card, v)
	if isSet(c, "firstwin") {
		return v.Say("welcome.win", "win", c.Settings["firstwin"], "room", room)
	}
	return v.Say("welcome.nowin", "room", room)
}

// start is the second message: how to begin, or a thank-you for having begun.
func start(c chat.Community, s Course, card chat.Card, v rule.Voice) chat.Text {
	if s.Intro {
		return v.Say("welcome.started", "name", nameOf(card, v))
	}
	return v.Say("welcome.start", "room", called(introRoom(c, card), card, v))
}

// houseRules is the fourth message.
func houseRules(c chat.Community, v rule.Voice) chat.Text {
	if c.Settings["rules"] == "" {
		return v.Say("welcome.norules")
	}
	return v.Say("welcome.rules", "rules", c.Settings["rules"])
}

// choices are what can be chosen under the n-th message.
func choices(c chat.Community, card chat.Card, n int, v rule.Voice) []chat.Choice {
	if n == messages {
		return nil
	}
	out := []chat.Choice{
		{Label: v.Say("welcome.next").Plain, Ask: "welcome next " + strconv.Itoa(n+1)},
		{Label: v.Say("welcome.pause").Plain, Ask: "welcome pause"},
		{Label: v.Say("welcome.stop").Plain, Ask: "welcome stop"},
	}
	hash := c.Settings["rules.hash"]
	if n != 4 || hash == "" || card.Settings["rules.accepted"] == hash {
		return out
	}
	return slices.Insert(out, 0, chat.Choice{Label: v.Say("accept.choice").Plain, Ask: "accept " + hash})
}

// nameOf is what somebody is called, or a word for one without a name.
func nameOf(card chat.Card, v rule.Voice) any {
	if card.Name == "" {
		return v.Say("welcome.newcomer")
	}
	return card.Name
}

// called is what a room is called where somebody is in it.
func called(room chat.Room, card chat.Card, v rule.Voice) any {
	for _, in := range room.Chats {
		if slices.Contains(card.In, in) && room.Title(in) != "" {
			return v.Say("welcome.room", "title", room.Title(in))
		}
	}
	if room.Name != "" {
		return v.Say("welcome.room", "title", room.Name)
	}
	return v.Say("welcome.anyroom")
}

// introRoom is where a newcomer introduces himself: the room that is for it, else the first one where he is.
func introRoom(c chat.Community, card chat.Card) chat.Room {
	if room, ok := c.With(settingIntros); ok {
		return room
	}
	return talkRoom(c, card)
}

// talkRoom is the first room, but the moderators', where somebody is; zero if there is none.
func talkRoom(c chat.Community, card chat.Card) chat.Room {
	for _, r := range c.Rooms {
		if r.Settings[rule.Moderators] == "on" {
			continue
		}
		if slices.ContainsFunc(r.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) }) {
			return r
		}
	}
	return chat.Room{}
}
