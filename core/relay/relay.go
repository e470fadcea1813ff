// Package relay carries what is said in one chat of a room to the room's other chats, and whatever
// happens to it later. It does not know platforms: what one cannot show is degraded on the way there.
//
// Its state, kept per message, is who has reacted how; where the copies of a message are is the engine's
// knowledge and comes with the event.
package relay

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// State is what the people have put under one message, or, for an author and a chat that takes nothing, what
// he has been told.
type State struct {
	Votes []Vote `json:"votes,omitempty"` // in the order of giving
	// Told is why the author's messages do not get there.
	Told chat.Reason `json:"told,omitempty"`
}

// Vote is one emoji of one person.
type Vote struct {
	By    chat.Identity `json:"by"`
	Name  string        `json:"name"`
	Emoji string        `json:"emoji"`
}

// New returns the rule.
func New() rule.Rule {
	return rule.Of[State]{
		Title: "relay",
		KeyOf: key,
		Fold:  fold,
		Options: []rule.Setting{
			{Name: "joins", Default: "on", Values: []string{"on", "off"}, Help: "setting.joins"},
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
		return failureKey(e, b)
	case chat.Due:
		return b.Key, true
	case chat.Joined, chat.Left:
		return "", true
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Posted:
		return s, posted(c, e, b)
	case chat.Edited:
		return s, edited(c, e, b)
	case chat.Deleted:
		return State{}, deleted(e, b)
	case chat.Reacted:
		return reacted(c, s, e, b)
	case chat.Joined:
		return s, announce(c, e, "relay.joined", b.Who)
	case chat.Left:
		return s, announce(c, e, "relay.left", b.Who)
	case chat.Failed:
		return failed(c, s, e, b)
	case chat.Due:
		return State{}, nil
	}
	return s, nil
}

// posted sends a message to the other chats of its room.
func posted(c chat.Community, e chat.Event, p chat.Posted) []chat.Effect {
	if e.By.Bot {
		return nil
	}
	var out []chat.Effect
	for _, to := range others(c, e) {
		as := author(c, e)
		out = append(out, chat.Send{
			To: to, As: &as, Text: p.Text, Parts: p.Parts, Answer: answer(e, p.Reply, to),
			Forward: p.Forward, Message: e.Message.ID,
		})
	}
	return out
}

// answer finds what a message replies to in another chat; where that chat does not have it, its name and
// quote are told.
func answer(e chat.Event, r *chat.Reply, to chat.Chat) *chat.Answer {
	if r == nil {
		return nil
	}
	a := &chat.Answer{Name: r.Name, Quote: r.Quote}
	if e.ReplyTo != nil {
		if e.ReplyTo.Gone {
			return nil // it is not to be shown again in a quotation
		}
		a.Target, _ = e.ReplyTo.In(to)
		if e.ReplyTo.Name != "" {
			a.Name = e.ReplyTo.Name
		}
	}
	return a
}

// edited changes the copies in the room as it is now: what is written in a chat that has been taken out of
// it stays there.
func edited(c chat.Community, e chat.Event, b chat.Edited) []chat.Effect {
	var out []chat.Effect
	for _, to := range others(c, e) {
		target, ok := e.Message.In(to)
		if !ok {
			continue
		}
		as := author(c, e)
		edit := chat.Edit{To: to, Target: target, As: &as, Text: b.Text, Parts: b.Parts}
		if e.ReplyTo != nil && !e.ReplyTo.Gone {
			if answered, ok := e.ReplyTo.In(to); ok {
				edit.Answer = &chat.Answer{Target: answered, Name: e.ReplyTo.Name}
			}
		}
		out = append(out, edit)
	}
	return out
}

// author is whom a copy is posted for; somebody without a name gets a word for one, and who calls himself like one of those
// who look after the community, or like us, is shown with his own short name.
func author(c chat.Community, e chat.Event) chat.Person {
	p := e.By
	if p.Name == "" {
		p.Name = say.Text(c.Language(), "relay.nameless").Plain
	}
	if card, ok := c.Members.ByID(e.Member); ok && passesFor(c, card, p.Name) {
		p.Name += " (@" + card.Handle + ")"
	}
	return p
}

// passesFor tells whether a member's name is that of somebody with a higher level, or ours.
func passesFor(c chat.Community, card chat.Card, name string) bool {
	same := func(other string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(name), ""), strings.Join(strings.Fields(other), ""))
	}
	if same("Potluck") {
		return true
	}
	return slices.ContainsFunc(c.Members.All(), func(other chat.Card) bool {
		return other.Level >= chat.Moderator && other.Level > card.Level && same(other.Name)
	})
}

// others returns the chats that are one room with the event's, except that.
func others(c chat.Community, e chat.Event) []chat.Chat {
	room, ok := c.RoomOf(e.Chat)
	if !ok {
		return nil
	}
	return room.Others(e.Chat)
}

// deleted takes the message away everywhere else: the copies when its author, or somebody who may, has
// deleted the original, even where the room has changed since, for they are his words; the original and the
// other copies when a moderator has deleted a copy.
func deleted(e chat.Event, b chat.Deleted) []chat.Effect {
	var out []chat.Effect
	places := make([]chat.Chat, 0, 1+len(e.Message.Copies))
	if !e.Message.Original.IsZero() {
		places = append(places, e.Message.Original.Chat)
	}
	for _, c := range e.Message.Copies {
		places = append(places, c.Chat)
	}
	for _, to := range places {
		if to == b.Ref.Chat {
			continue
		}
		if target, ok := e.Message.In(to); ok {
			out = append(out, chat.Delete{To: to, Target: target})
		}
	}
	return out
}

// announce tells the other chats who has come or gone.
func announce(c chat.Community, e chat.Event, key string, who chat.Person) []chat.Effect {
	if who.Bot || c.Setting("joins", "on") != "on" {
		return nil
	}
	var name any = who.Name
	if who.Name == "" {
		name = say.Text(c.Language(), "relay.nameless")
	}
	var out []chat.Effect
	for _, to := range others(c, e) {
		out = append(out, chat.Send{To: to, Text: say.Text(c.Language(), key,
			"name", name, "platform", say.Platform(c.Language(), e.Chat.Platform))})
	}
	return out
}
