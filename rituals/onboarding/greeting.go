package onboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	greetings = "greetings"
	// greetingTag, and the chat, is how the greeting that stands in a chat is called.
	greetingTag  = "greeting/"
	settingGreet = "greet"

	// greetSoon is how long a greeting waits for others who come, and for the word whether they can be reached.
	greetSoon = time.Minute
	// greetPause is the least time between two greetings in a room.
	greetPause = 10 * time.Minute
	// greetAgain is how long somebody who was greeted, or has left, is not greeted again.
	greetAgain = 24 * time.Hour
	// greetNames is how many a greeting names at most.
	greetNames = 10
	// maxWaiting is how many wait to be greeted at most; in a rush the others are not named.
	maxWaiting = 100
)

// Greeting is what a room knows of those who come.
type Greeting struct {
	Waiting []chat.MemberID `json:"waiting,omitempty"` // to be greeted
	Closed  []chat.MemberID `json:"closed,omitempty"`  // to be told that they must write first
	Last    time.Time       `json:"last,omitzero"`     // the last greeting
	// Recent has when somebody was greeted here or has left, for a day.
	Recent map[chat.MemberID]time.Time `json:"recent,omitempty"`
}

// mine is what a newcomer sees of it.
func (s Greeting) mine(who chat.MemberID) any {
	return struct {
		Waits  bool      `json:"to_be_greeted,omitempty"`
		Recent time.Time `json:"greeted_or_left,omitzero"`
	}{slices.Contains(s.Waiting, who) || slices.Contains(s.Closed, who), s.Recent[who]}
}

// NewGreetings returns the rule that greets newcomers in the room, several at once and never twice, and gives those
// whom the house cannot write to in private a word how to reach it.
func NewGreetings() rule.Rule {
	return rule.Of[Greeting]{
		Title: greetings,
		KeyOf: greetingKey,
		Fold:  foldGreeting,
		Mine:  Greeting.mine,
		Options: []rule.Setting{
			{Name: settingGreet, Scope: rule.OfRoom, Default: "on", Values: []string{"on", "off"}, Help: "setting.room.greet"},
		},
	}
}

func greetingKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Joined:
		return roomKey(c, e.Room), isGreeted(c, e.Room) && !b.Who.Bot
	case chat.Left:
		return roomKey(c, e.Room), isGreeted(c, e.Room)
	case chat.Appointed:
		card, ok := c.Members.ByID(b.Who)
		room := talkRoom(c, card)
		return roomKey(c, room.ID), ok && b.From == chat.Guest && b.To >= chat.Member && isGreeted(c, room.ID)
	case chat.Failed:
		who, n, ok := partsOf(e.Tag)
		if !ok || n != 1 || b.Why != chat.Forbidden {
			return "", false
		}
		card, _ := c.Members.ByID(who)
		room := talkRoom(c, card)
		return roomKey(c, room.ID), isGreeted(c, room.ID)
	}
	return "", false
}

func roomKey(c chat.Community, id chat.RoomID) string { return string(c.ID) + "/" + string(id) }

// isGreeted tells whether newcomers are greeted in a room.
func isGreeted(c chat.Community, id chat.RoomID) bool {
	room, ok := c.Room(id)
	return ok && isOpen(c) && room.Settings[settingGreet] != "off" && room.Settings[rule.Moderators] != "on"
}

func foldGreeting(c chat.Community, s Greeting, e chat.Event) (Greeting, []chat.Effect) {
	s = s.fresh(e.Now)
	switch b := e.Body.(type) {
	case chat.Joined:
		card, ok := c.Members.Of(b.Who.Identity)
		if elsewhere := slices.ContainsFunc(card.In, func(in chat.Chat) bool { return in != e.Chat }); !ok || elsewhere {
			return s, nil
		}
		return welcome(c, s, e, card)
	case chat.Appointed:
		card, _ := c.Members.ByID(b.Who)
		return welcome(c, s, e, card)
	case chat.Left:
		card, ok := c.Members.Of(b.Who.Identity)
		if !ok {
			return s, nil
		}
		s.Waiting, s.Closed = without(s.Waiting, card.ID), without(s.Closed, card.ID)
		return s.note(card.ID, e.Now), nil
	case chat.Failed:
		who, _, _ := partsOf(e.Tag)
		return closed(c, s, e, who)
	case chat.Due:
		id := chat.RoomID(strings.TrimPrefix(b.Key, string(c.ID)+"/"))
		return greet(c, s, e, id)
	}
	return s, nil
}

// fresh forgets what is a day old.
func (s Greeting) fresh(now time.Time) Greeting {
	recent := make(map[chat.MemberID]time.Time)
	for who, at := range s.Recent {
		if now.Sub(at) < greetAgain {
			recent[who] = at
		}
	}
	s.Recent = recent
	if len(recent) == 0 {
		s.Recent = nil
	}
	if now.Sub(s.Last) >= greetAgain {
		s.Last = time.Time{}
	}
	return s
}

// note remembers that somebody was greeted or has left.
func (s Greeting) note(who chat.MemberID, now time.Time) Greeting {
	recent := map[chat.MemberID]time.Time{who: now}
	for other, at := range s.Recent {
		if other != who {
			recent[other] = at
		}
	}
	s.Recent = recent
	return s
}

func without(list []chat.MemberID, who chat.MemberID) []chat.MemberID {
	out := slices.DeleteFunc(slices.Clone(list), func(other chat.MemberID) bool { return other == who })
	if len(out) == 0 {
		return nil
	}
	return out
}

// welcome puts somebody who has come on the list of those to be greeted.
func welcome(c chat.Community, s Greeting, e chat.Event, card chat.Card) (Greeting, []chat.Effect) {
	_, recent := s.Recent[card.ID]
	if card.Level < chat.Member || recent || len(card.In) == 0 || slices.Contains(s.Waiting, card.ID) || len(s.Waiting) >= maxWaiting {
		return s, nil
	}
	s.Waiting = append(slices.Clone(s.Waiting), card.ID)
	return s, []chat.Effect{s.wake(roomKeyOf(c, card, e), e.Now)}
}

// roomKeyOf is the key of the state that greets somebody: of the room where he has come, or that he is in.
func roomKeyOf(c chat.Community, card chat.Card, e chat.Event) string {
	if _, joined := e.Body.(chat.Joined); joined {
		return roomKey(c, e.Room)
	}
	return roomKey(c, talkRoom(c, card).ID)
}

// wake sets the timer for the next greeting.
func (s Greeting) wake(key string, now time.Time) chat.Effect {
	at := now.Add(greetSoon)
	if next := s.Last.Add(greetPause); !s.Last.IsZero() && next.After(at) {
		at = next
	}
	return chat.Wake{Rule: greetings, Key: key, At: at}
}

// closed lets somebody be told, once, that he must write first.
func closed(c chat.Community, s Greeting, e chat.Event, who chat.MemberID) (Greeting, []chat.Effect) {
	card, ok := c.Members.ByID(who)
	if !ok || card.Settings[settingPointed] != "" || slices.Contains(s.Closed, who) || len(s.Closed) >= maxWaiting {
		return s, nil
	}
	s.Closed = append(slices.Clone(s.Closed), who)
	return s, []chat.Effect{
		chat.Set{Member: who, Key: settingPointed, Value: "on"},
		s.wake(roomKeyOf(c, card, e), e.Now),
	}
}

// settingPointed is what the card of somebody has who was told in the room how to reach the house.
const settingPointed = "pointed"

// greet says hello in every chat of the room, in the place of the greeting before.
func greet(c chat.Community, s Greeting, e chat.Event, id chat.RoomID) (Greeting, []chat.Effect) {
	room, ok := c.Room(id)
	if !ok || !isGreeted(c, id) {
		return Greeting{}, nil
	}
	key := roomKey(c, id)
	var here, shut []chat.Card
	for _, who := range s.Waiting {
		if card, ok := present(c, room, who); ok {
			here = append(here, card)
			s = s.note(who, e.Now)
		}
	}
	for _, who := range s.Closed {
		// Whoever has written in the meantime needs no word any more.
		if card, ok := present(c, room, who); ok && len(card.Reach) == 0 {
			shut = append(shut, card)
		}
	}
	s.Waiting, s.Closed = nil, nil
	var out []chat.Effect
	for _, to := range room.Chats {
		text, some := greetingIn(c, to, here, shut)
		if !some {
			continue
		}
		target := chat.Target{Tag: greetingTag + to.String()}
		out = append(out, chat.Delete{To: to, Target: target}, chat.Send{To: to, Text: text, Tag: target.Tag})
		s.Last = e.Now
	}
	if len(s.Recent) > 0 || !s.Last.IsZero() {
		out = append(out, chat.Wake{Rule: greetings, Key: key, At: e.Now.Add(greetAgain)})
	}
	return s, out
}

// present returns somebody's card if he is (still) a member and in the room.
func present(c chat.Community, room chat.Room, who chat.MemberID) (chat.Card, bool) {
	card, ok := c.Members.ByID(who)
	in := slices.ContainsFunc(card.In, func(in chat.Chat) bool { return slices.Contains(room.Chats, in) })
	return card, ok && in && card.Level >= chat.Member
}

// greetingIn is what is said in one chat; who must write first is told where he reads it.
func greetingIn(c chat.Community, to chat.Chat, here, shut []chat.Card) (chat.Text, bool) {
	voice := rule.Aloud(c, to.Platform)
	shut = slices.DeleteFunc(slices.Clone(shut), func(card chat.Card) bool { return !slices.Contains(card.In, to) })
	var parts []chat.Text
	if len(here) > 0 {
		key := "greeting"
		if len(here) > greetNames {
			key = "greeting.many"
		}
		parts = append(parts, sayNames(voice, key, to.Platform, here))
	}
	if len(shut) > 0 {
		parts = append(parts, sayNames(voice, "greeting.write", to.Platform, shut))
	}
	if len(parts) == 0 {
		return chat.Text{}, false
	}
	out := parts[0]
	for _, p := range parts[1:] {
		out = out.Append(chat.Plain("\n"), p)
	}
	return out, true
}

// sayNames says a sentence with the names of some members; on the platform where they are they are mentioned.
func sayNames(v rule.Voice, key string, p chat.Platform, cards []chat.Card) chat.Text {
	var names chat.Text
	for i, card := range cards[:min(len(cards), greetNames)] {
		if i > 0 {
			names = names.Append(chat.Plain(", "))
		}
		name := card.Name
		if !isFit(name) {
			name = v.Say("relay.nameless").Plain
		}
		one := chat.Plain(name)
		if ids := card.On(p); len(ids) > 0 {
			one = chat.Styled(chat.Mention, name, ids[0].String())
		}
		names = names.Append(one)
	}
	pairs := []any{"names", names, "more", max(0, len(cards)-greetNames)}
	switch key {
	case "greeting":
		return v.Say("greeting", pairs...)
	case "greeting.many":
		return v.Say("greeting.many", pairs...)
	}
	return v.Say("greeting.write", pairs...)
}

// maxName is the most characters of a name that is said aloud.
const maxName = 40

// isFit tells whether a stranger's name can be said in a room: an advertisement would only have to join under it.
func isFit(name string) bool {
	lower := strings.ToLower(name)
	for _, mark := range []string{"://", "www.", ".com", ".me/", "t.me", "http", "@"} {
		if strings.Contains(lower, mark) {
			return false
		}
	}
	return name != "" && len([]rune(name)) <= maxName
}
