package caps

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// maxOffered is how many messages are offered to be answered, lookAround how many on each side are looked at.
	maxOffered = 6
	lookAround = 12
)

// reply posts an item as the answer to a message: to the one that the command answers in the room, or to one that is
// chosen from a list.
func (s State) reply(c chat.Community, e chat.Event, b chat.Asked, arg string) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	answer := func(key string, pairs ...any) []chat.Effect {
		return []chat.Effect{rule.Discreetly(e, v.Say(key, pairs...))}
	}
	inRoom := !e.Private && !b.Chosen && b.Reply != nil
	n := s.named(arg)
	if arg == "" && inRoom {
		n = s.lastFor(e.Room)
	}
	if n < 0 {
		return s, answer("caps.none")
	}
	item := s.Items[n]
	room, _ := c.Room(item.Room)
	switch {
	case item.Promo:
		return s, answer("caps.reply.promo")
	case !mayPost(c, e.Member, item.Room):
		return s, answer("caps.absent", "room", room.Name)
	case inRoom:
		return s.replyHere(c, e, b, n)
	case len(b.Args) > 2:
		i := slices.IndexFunc(item.Offered, func(a Answered) bool { return string(a.ID) == b.Args[2] })
		if i < 0 {
			return s, answer("caps.reply.old", "room", room.Name)
		}
		to := item.Offered[i]
		return s.replyTo(c, e, n, to)
	case !e.Private: // a list of what others have said is for his eyes
		return s, answer("caps.reply.type", "room", room.Name)
	}
	return s, []chat.Effect{chat.Look{
		Rule: title, Key: rule.PersonKey(c.ID, e.Member), View: chat.Around, Arg: string(item.ID), Limit: lookAround,
	}}
}

// lastFor finds the newest item that waits for a room.
func (s State) lastFor(room chat.RoomID) int {
	for n := len(s.Items) - 1; n >= 0; n-- {
		if i := s.Items[n]; !i.isOut() && i.Room == room {
			return n
		}
	}
	return -1
}

// replyHere posts an item as the answer to the message that the command has answered; the command vanishes.
func (s State) replyHere(c chat.Community, e chat.Event, b chat.Asked, n int) (State, []chat.Effect) {
	room, _ := c.Room(s.Items[n].Room)
	if e.ReplyTo == nil || e.ReplyTo.Gone || e.ReplyTo.Room != room.ID || e.Room != room.ID {
		return s, []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("caps.reply.elsewhere", "room", room.Name))}
	}
	to := Answered{ID: e.ReplyTo.ID, Name: e.ReplyTo.Name, Quote: b.Reply.Quote}
	for _, ch := range room.Chats {
		if target, ok := e.ReplyTo.In(ch); ok && len(target.Refs) > 0 {
			to.Refs = append(to.Refs, target.Refs[0])
		}
	}
	s, out := s.replyTo(c, e, n, to)
	return s, append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
}

func (s State) replyTo(c chat.Community, e chat.Event, n int, to Answered) (State, []chat.Effect) {
	room, _ := c.Room(s.Items[n].Room)
	out := withdraw(c, s.Items[n])
	s, posts := s.deliver(c, e.Member, n, e, &to, false)
	out = append(append(out, posts...), wake(c, e.Member, s)...)
	return s, append(out, rule.Discreetly(e, rule.Speak(c, e).Say("caps.posted", "room", room.Name)))
}

// found offers the messages around a held post, so that one can be chosen to be answered. Only those that are in
// more than one chat are: the others may be held back like this one.
func found(c chat.Community, s State, e chat.Event, b chat.Found) (State, []chat.Effect) {
	who := memberIn(c, b.Key)
	card, ok := c.Members.ByID(who)
	n := -1
	for _, l := range b.Lines {
		if i := s.item(l.Message); i >= 0 && !s.Items[i].isOut() {
			n = i
		}
	}
	if n < 0 || !ok || e.Member != who {
		return s, nil
	}
	item := &s.Items[n]
	room, _ := c.Room(item.Room)
	v := voiceOf(c, card)
	item.Offered = nil
	var choices []chat.Choice
	for _, l := range slices.Backward(b.Lines) {
		if l.By == who || l.By == "" || len(l.Refs) < 2 || len(item.Offered) == maxOffered || !mayPost(c, who, item.Room) {
			continue
		}
		item.Offered = append(item.Offered, Answered{ID: l.Message, Name: l.Name, Quote: short(l.Text, 100), Refs: l.Refs})
		label := v.Say("caps.reply.line", "name", l.Name, "words", short(l.Text, 30))
		if l.Text == "" {
			label = v.Say("caps.reply.bare", "name", l.Name, "when", l.At)
		}
		choices = append(choices, chat.Choice{Label: label.Plain, Ask: "caps reply =" + string(item.ID) + " " + string(l.Message)})
	}
	key := "caps.reply.which"
	if len(choices) == 0 {
		key = "caps.reply.type"
	}
	return s, []chat.Effect{rule.Discreetly(e, v.Say(key, "room", room.Name), choices...)}
}
