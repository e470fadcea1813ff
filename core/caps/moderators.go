package caps

import (
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// askModerators brings an item to the moderators, once.
func (s State) askModerators(c chat.Community, e chat.Event, n int) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	item := &s.Items[n]
	card, ok := c.Members.ByID(e.Member)
	switch {
	case !ok || item.Asked:
		return s, []chat.Effect{rule.Discreetly(e, v.Say("caps.asked"))}
	case item.Heard:
		return s, []chat.Effect{rule.Discreetly(e, v.Say("caps.heard"))}
	}
	item.Asked, item.Due = true, time.Time{}
	out := askAgain(c, card, *item)
	if len(out) == 0 {
		item.Asked = false
		return s, []chat.Effect{rule.Discreetly(e, v.Say("caps.nobody"))}
	}
	out = append(out, wake(c, e.Member, s)...)
	return s, append(out, rule.Discreetly(e, v.Say("caps.asked")))
}

// askAgain is the card by which moderators are asked about an item. Who has written it does not decide about it.
func askAgain(c chat.Community, card chat.Card, item Item) []chat.Effect {
	room, _ := c.Room(item.Room)
	v := rule.Aloud(c, "")
	args := " " + string(card.ID) + " =" + string(item.ID)
	write := func(v rule.Voice) chat.Text {
		return v.Say("caps.card", "name", card.Name, "room", room.Name).Append(chat.Plain("\n\n"), item.shown())
	}
	return rule.ToModerators(c, cardTag(item), write, []chat.MemberID{card.ID},
		chat.Choice{Label: v.Say("caps.choice.allow").Plain, Ask: "capsallow" + args},
		chat.Choice{Label: v.Say("caps.choice.refuse").Plain, Ask: "capsrefuse" + args})
}

// withdraw says on the moderators' card that there is nothing to decide any more.
func withdraw(c chat.Community, item Item) []chat.Effect {
	room, ok := c.With(rule.Moderators)
	if !item.Asked || !ok {
		return nil
	}
	return rule.Anew(c, room, cardTag(item), func(v rule.Voice) chat.Text { return v.Say("caps.card.withdrawn", "name", item.By.Name) })
}

// objects brings a promo that was moved to the moderators, because its author says that it is none.
func (s State) objects(c chat.Community, e chat.Event, arg string) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	answer := func(key string) []chat.Effect { return []chat.Effect{rule.Discreetly(e, v.Say(key))} }
	n := -1
	if len(arg) > 1 && arg[0] == '=' {
		n = s.item(chat.MessageID(arg[1:]))
	}
	card, ok := c.Members.ByID(e.Member)
	switch {
	case n < 0 || !s.Items[n].Moved || !ok:
		return s, answer("caps.none")
	case s.Items[n].Asked:
		return s, answer("caps.asked")
	case s.Items[n].Heard:
		return s, answer("caps.heard")
	}
	item := &s.Items[n]
	from, _ := c.Room(item.From)
	args := " " + string(card.ID) + " =" + string(item.ID)
	aloud := rule.Aloud(c, "")
	write := func(v rule.Voice) chat.Text {
		return v.Say("caps.card.promo", "name", card.Name, "room", from.Name).Append(chat.Plain("\n\n"), item.shown())
	}
	out := rule.ToModerators(c, cardTag(*item), write, []chat.MemberID{card.ID},
		chat.Choice{Label: aloud.Say("caps.choice.back").Plain, Ask: "capsback" + args},
		chat.Choice{Label: aloud.Say("caps.choice.leave").Plain, Ask: "capsleave" + args})
	if len(out) == 0 {
		return s, answer("caps.nobody")
	}
	item.Asked = true
	return s, append(out, answer("caps.asked")...)
}

// moderated does what a moderator has decided about an item.
func moderated(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	answer := func(key string, pairs ...any) []chat.Effect {
		return []chat.Effect{rule.Discreetly(e, v.Say(key, pairs...))}
	}
	if len(b.Args) < 2 || len(b.Args[1]) < 2 {
		return s, answer("caps.settled")
	}
	who, n := chat.MemberID(b.Args[0]), s.item(chat.MessageID(b.Args[1][1:]))
	card, ok := c.Members.ByID(who)
	about := b.Command == "capsback" || b.Command == "capsleave" // a promo that has been moved
	switch {
	case n < 0 || !ok || !s.Items[n].Asked || s.Items[n].Moved != about:
		return s, answer("caps.settled")
	case e.Member == who:
		return s, answer("caps.self")
	}
	item := s.Items[n]
	room, _ := c.Room(item.Room)
	if b.Command == "capsback" {
		room, _ = c.Room(item.From)
	}
	if b.Command == "capsallow" && !item.mayGo(c, who) || b.Command == "capsback" && !mayPost(c, who, item.From) {
		return s, answer("caps.card.absent", "name", item.By.Name, "room", room.Name)
	}
	out := settled(c, e, b, item)
	line := fmt.Sprintf("%s %s: message %s", e.By.Identity.Platform, b.Command, item.ID)
	out = append(out, chat.Record{Log: "audit", Line: line, By: e.Member, About: who})
	s, more := s.settle(c, e, b.Command, card, n)
	return s, append(out, more...)
}

// settle carries a moderator's decision out and tells the author.
func (s State) settle(c chat.Community, e chat.Event, command string, card chat.Card, n int) (State, []chat.Effect) {
	item := &s.Items[n]
	item.Asked, item.Heard = false, true
	room, _ := c.Room(item.Room)
	tell := func(key string, choices ...chat.Choice) []chat.Effect {
		return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say(key, "room", room.Name) }, choices...)
	}
	switch command {
	case "capsallow":
		s, out := s.deliver(c, card.ID, n, e, nil, false)
		return s, append(append(out, tell("caps.allowed")...), wake(c, card.ID, s)...)
	case "capsrefuse":
		return s, tell("caps.declined", s.choices(c, voiceOf(c, card), *item, e.Now)...)
	case "capsback":
		return s.putBack(c, e, card, n)
	}
	return s, tell("caps.stays")
}

// settled shows on the card what was decided, or, where there is none in a room, to the one who has.
func settled(c chat.Community, e chat.Event, b chat.Asked, item Item) []chat.Effect {
	write := func(v rule.Voice) chat.Text {
		name := e.By.Name
		if card, ok := c.Members.ByID(e.Member); ok {
			name = card.Name
		}
		switch b.Command {
		case "capsallow":
			return v.Say("caps.card.allowed", "name", item.By.Name, "by", name)
		case "capsrefuse":
			return v.Say("caps.card.refused", "name", item.By.Name, "by", name)
		case "capsback":
			return v.Say("caps.card.back", "name", item.By.Name, "by", name)
		}
		return v.Say("caps.card.left", "name", item.By.Name, "by", name)
	}
	room, ok := c.With(rule.Moderators)
	if ok && e.Room == room.ID {
		return rule.Anew(c, room, cardTag(item), write)
	}
	return []chat.Effect{rule.Discreetly(e, write(rule.Speak(c, e)))}
}
