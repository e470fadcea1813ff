package caps

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// fullAgain is how long somebody is left alone who was told that no more can be kept for him.
const fullAgain = time.Hour

// pieceOf makes a piece of a message.
func pieceOf(e chat.Event, p chat.Posted) Piece {
	return Piece{Message: e.Message.ID, Ref: p.Ref, Text: p.Text, Parts: p.Parts, Forward: p.Forward}
}

// itemOf makes an item of a message.
func itemOf(e chat.Event, p chat.Posted, like Item) Item {
	like.ID, like.Album, like.At, like.Last = e.Message.ID, p.Album, e.Now, e.Now
	like.By = chat.Person{Identity: e.By.Identity, Name: e.By.Name, Nick: e.By.Nick}
	like.Pieces = []Piece{pieceOf(e, p)}
	return like
}

// takeAway deletes a message where it was written.
func takeAway(who chat.MemberID, id chat.MessageID, n int, e chat.Event, ref chat.Ref) chat.Effect {
	return chat.Delete{
		To: e.Chat, Target: chat.Target{Refs: []chat.Ref{ref}}, Tag: tag{what: tagDelete, who: who, id: id, n: n}.String(),
	}
}

// hold keeps a post that is over the cap, takes it away and gives its words back in private.
func hold(c chat.Community, s State, e chat.Event, p chat.Posted, like Item) (State, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return s, nil
	}
	switch {
	case s.open() >= maxItems:
		return s.full(c, e, card, "caps.full")
	case p.Text.Len() > maxText:
		return s.full(c, e, card, "caps.long")
	}
	item := itemOf(e, p, like)
	s.Items = append(s.Items, item)
	t := tag{what: tagHeld, who: e.Member, id: item.ID}.String()
	out := []chat.Effect{takeAway(e.Member, item.ID, 0, e, p.Ref)}
	write := func(v rule.Voice) chat.Text { return s.returned(c, v, item, e.Now) }
	out = append(out, rule.Secretly(c, card, t, write, s.choices(c, voiceOf(c, card), item, e.Now)...)...)
	return s, append(out, chat.Drop{})
}

// full says that no more can be kept; what was written stays where it is, but goes nowhere else.
func (s State) full(c chat.Community, e chat.Event, card chat.Card, key string) (State, []chat.Effect) {
	if !s.Full.IsZero() {
		return s, []chat.Effect{chat.Drop{}}
	}
	s.Full = e.Now
	write := func(v rule.Voice) chat.Text { return v.Say(key, "n", maxItems) }
	return s, append(rule.Kindly(c, card, "", write), chat.Drop{})
}

// returned is what somebody is told with the words of his post.
func (s State) returned(c chat.Community, v rule.Voice, item Item, now time.Time) chat.Text {
	room, _ := c.Room(item.Room)
	reset := after(weekOf(now, c.Zone()))
	var out chat.Text
	switch {
	case item.Promo && item.From != item.Room:
		from, _ := c.Room(item.From)
		out = v.Say("caps.held.pitch", "room", room.Name, "from", from.Name, "reset", reset)
	case item.Promo:
		out = v.Say("caps.held.promo", "room", room.Name, "reset", reset)
	default:
		out = v.Say("caps.held", "room", room.Name, "cap", limit(c, false), "reset", reset)
	}
	if item.hasParts() {
		out = out.Append(chat.Plain(" "), v.Say("caps.held.files"))
	}
	return out.Append(chat.Plain("\n\n"), item.shown())
}

// choices are what can become of an item that waits for its author.
func (s State) choices(c chat.Community, v rule.Voice, item Item, now time.Time) []chat.Choice {
	id := " =" + string(item.ID)
	var out []chat.Choice
	if item.Due.IsZero() {
		at := s.slot(c, item.Promo, now)
		label := v.Say("caps.choice.queue", "when", at)
		if !at.After(now) {
			label = v.Say("caps.choice.now")
		}
		out = append(out, chat.Choice{Label: label.Plain, Ask: "caps queue" + id})
	}
	if !item.Promo {
		out = append(out, chat.Choice{Label: v.Say("caps.choice.reply").Plain, Ask: "caps reply" + id})
	}
	if !item.Asked && !item.Heard {
		out = append(out, chat.Choice{Label: v.Say("caps.choice.ask").Plain, Ask: "caps ask" + id})
	}
	return append(out, chat.Choice{Label: v.Say("caps.choice.drop").Plain, Ask: "caps drop" + id})
}

// more adds a message to the item that it belongs to: what was taken away already goes on being taken away, and a
// promo's other pictures follow it.
func (s State) more(c chat.Community, e chat.Event, p chat.Posted, n int) (State, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return s, nil
	}
	item := &s.Items[n]
	if len(item.Pieces) >= maxPieces || item.size()+p.Text.Len() > maxText {
		return s.full(c, e, card, "caps.long")
	}
	item.Pieces, item.Last = append(item.Pieces, pieceOf(e, p)), e.Now
	k := len(item.Pieces) - 1
	out := []chat.Effect{takeAway(e.Member, item.ID, k, e, p.Ref)}
	if item.isOut() {
		room, _ := c.Room(item.Room)
		out = append(out, send(room, e.Member, item, k, nil)...)
		return s, append(out, chat.Drop{})
	}
	piece := item.Pieces[k]
	if sameAlbum := p.Album != "" && p.Album == item.Album; !sameAlbum || piece.Text.Plain != "" {
		write := func(v rule.Voice) chat.Text {
			return v.Say("caps.held.more").Append(chat.Plain("\n\n"), piece.shown())
		}
		out = append(out, rule.Secretly(c, card, "", write)...)
	}
	return s, append(out, chat.Drop{})
}

// amend shows the newest words of an item where it has been posted.
func amend(c chat.Community, item Item, k int, e chat.Event) []chat.Effect {
	room, ok := c.Room(item.Room)
	if !ok || !item.isOut() {
		return nil
	}
	var out []chat.Effect
	piece := item.Pieces[k]
	for _, to := range room.Chats {
		if piece.Stays && to == piece.Ref.Chat {
			continue
		}
		by := item.By
		out = append(out, chat.Edit{
			To: to, As: &by, Text: piece.Text, Parts: piece.Parts,
			Target: chat.Target{Tag: tag{what: tagPost, who: e.Member, id: item.ID, n: k, room: room.ID}.String()},
		})
	}
	return out
}

// failed hears what could not be done: a post that could not be taken away, words that could not be given back in
// private, a chat that does not take what was posted.
func failed(c chat.Community, s State, e chat.Event, b chat.Failed) (State, []chat.Effect) {
	t, _ := parseTag(e.Tag)
	n := s.item(t.id)
	card, ok := c.Members.ByID(t.who)
	if n < 0 || !ok {
		return s, nil
	}
	item := &s.Items[n]
	switch t.what {
	case tagDelete:
		if b.Why != chat.NotFound && t.n >= 0 && t.n < len(item.Pieces) {
			item.Pieces[t.n].Stays = true
		}
	case tagHeld:
		if item.isOut() {
			return s, nil
		}
		room, _ := c.Room(item.Room)
		write := func(v rule.Voice) chat.Text { return v.Say("caps.held.aloud", "name", item.By.Name, "room", room.Name) }
		return s, rule.Kindly(c, card, "", write, s.choices(c, voiceOf(c, card), *item, e.Now)...)
	case tagMoved:
		room, _ := c.Room(item.Room)
		write := func(v rule.Voice) chat.Text {
			return v.Say("caps.moved.aloud", "name", item.By.Name, "room", room.Name)
		}
		return s, rule.Kindly(c, card, "", write)
	case tagPost:
		return s.refused(c, e, b, n, card)
	}
	return s, nil
}
