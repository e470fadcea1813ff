package caps

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// sanction is the setting of a member's card by which the rule of sanctions tells what is in force; empty = nothing.
const sanction = "sanction"

// mayPost tells whether the house may still speak for somebody in a room: he is a member who is there, and not under a
// time-out.
func mayPost(c chat.Community, who chat.MemberID, room chat.RoomID) bool {
	card, ok := c.Members.ByID(who)
	if !ok || card.Level < chat.Member || card.Settings[sanction] != "" {
		return false
	}
	r, ok := c.Room(room)
	_, isCooling := cooling(r)
	return ok && !isCooling && slices.ContainsFunc(r.Chats, func(ch chat.Chat) bool { return slices.Contains(card.In, ch) })
}

// mayGo tells whether the house may post an item for its author now. A promo may go to the promos' room if he is where
// he wrote it: people are not asked to be in that room.
func (i Item) mayGo(c chat.Community, who chat.MemberID) bool {
	return mayPost(c, who, i.Room) || i.Promo && i.From != i.Room && mayPost(c, who, i.From)
}

// cooling tells whether a room is in a cool-down, which the rule of care sets up, and until when.
func cooling(room chat.Room) (until time.Time, ok bool) {
	until, err := time.Parse(time.RFC3339, room.Settings["cooldown"])
	return until, err == nil
}

// deliver posts an item in all chats of its room, in its author's name. counts tells whether it is one of his posts of
// the week.
func (s State) deliver(c chat.Community, who chat.MemberID, n int, e chat.Event, to *Answered, counts bool) (State, []chat.Effect) {
	item := &s.Items[n]
	room, _ := c.Room(item.Room)
	item.Sent, item.Due, item.Asked, item.Offered, item.Out, item.Done = e.Now, time.Time{}, false, nil, nil, 0
	if counts {
		s.Posts = append(s.Posts, Post{ID: item.ID, At: e.Now, Room: room.ID, Promo: item.Promo})
	}
	var out []chat.Effect
	for k := range item.Pieces {
		answer := to
		if k > 0 {
			answer = nil
		}
		out = append(out, send(room, who, item, k, answer)...)
	}
	return s, out
}

// send posts one piece of an item. Where its original could not be taken away, it is still to be read: nothing is said
// twice.
func send(room chat.Room, who chat.MemberID, item *Item, k int, to *Answered) []chat.Effect {
	var out []chat.Effect
	piece := item.Pieces[k]
	t := tag{what: tagPost, who: who, id: item.ID, n: k, room: room.ID}.String()
	for _, in := range room.Chats {
		if piece.Stays && in == piece.Ref.Chat {
			item.Done++
			continue
		}
		by := item.By
		out = append(out, chat.Send{
			To: in, As: &by, Text: piece.Text, Parts: piece.Parts, Forward: piece.Forward, Answer: to.in(in), Tag: t,
		})
		item.Out = append(item.Out, receiptOf(t, in))
	}
	return out
}

// receiptOf is what an item notes until it has heard what became of a piece in a chat.
func receiptOf(tag string, in chat.Chat) string { return tag + " " + in.String() }

// in is the answer to a message as a chat knows it.
func (a *Answered) in(to chat.Chat) *chat.Answer {
	if a == nil {
		return nil
	}
	out := &chat.Answer{Name: a.Name, Quote: a.Quote}
	for _, r := range a.Refs {
		if r.Chat == to {
			out.Target.Refs = []chat.Ref{r}
			break
		}
	}
	return out
}

// sent hears that a chat has a piece; an item that every chat has is over.
func sent(s State, e chat.Event) State {
	t, _ := parseTag(e.Tag)
	n := s.item(t.id)
	if n < 0 || t.what != tagPost {
		return s
	}
	item := &s.Items[n]
	if i := slices.Index(item.Out, receiptOf(e.Tag, e.Chat)); i >= 0 {
		item.Out = slices.Delete(item.Out, i, i+1)
		item.Done++
	}
	if item.isOver(e.Now) {
		return s.drop(n)
	}
	return s
}

// refused hears that a chat does not take a piece, and tells the author. An item that no chat has taken waits for him
// again.
func (s State) refused(c chat.Community, e chat.Event, b chat.Failed, n int, card chat.Card) (State, []chat.Effect) {
	item := &s.Items[n]
	i := slices.Index(item.Out, receiptOf(e.Tag, e.Chat))
	if i < 0 {
		return s, nil
	}
	item.Out = slices.Delete(item.Out, i, i+1)
	room, _ := c.Room(item.Room)
	tell := func(key string, choices ...chat.Choice) []chat.Effect {
		return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
			why := v.Say("why." + string(b.Why))
			return v.Say(key, "room", room.Name, "platform", say.Platform(v.Language, e.Chat.Platform), "why", why)
		}, choices...)
	}
	if len(item.Out) == 0 && item.Done == 0 {
		s.Posts = slices.DeleteFunc(s.Posts, func(p Post) bool { return p.ID == item.ID })
		item.reopen()
		return s, tell("caps.refused", s.choices(c, voiceOf(c, card), *item, e.Now)...)
	}
	out := tell("caps.refused.here")
	if item.isOver(e.Now) {
		s = s.drop(n)
	}
	return s, out
}

// reopen makes a posted item one that waits for its author.
func (i *Item) reopen() {
	*i = Item{
		ID: i.ID, Room: i.Room, From: i.From, By: i.By, At: i.At, Last: i.Last, Album: i.Album, Promo: i.Promo, Pieces: i.Pieces,
		Heard: i.Heard,
	}
}
