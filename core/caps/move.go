package caps

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// move posts a promo in the promos' room, in its author's name, and takes it away where it was written. Who has had
// his promo of the week gets it back instead. The second that was no answer to the tag within 30 days is a warning.
func move(c chat.Community, s State, e chat.Event, p chat.Posted, why pitch) (State, []chat.Effect) {
	card, ok := c.Members.ByID(e.Member)
	room, some := c.With(promos)
	if !ok || !some || isExempt(c, e.Level) {
		return s, nil
	}
	var warning []chat.Effect
	if why != tagged {
		s.Strikes = append(s.Strikes, e.Now)
		if len(s.Strikes) > 1 {
			warning = warn(c, card, room)
		}
	}
	like := Item{Room: room.ID, From: e.Room, Promo: true}
	if s.used(true, weekOf(e.Now, c.Zone())) >= promosAWeek || s.open() >= maxItems {
		s, out := hold(c, s, e, p, like)
		return s, append(out, warning...)
	}
	item := itemOf(e, p, like)
	item.Moved = true
	s.Items = append(s.Items, item)
	out := []chat.Effect{takeAway(e.Member, item.ID, 0, e, p.Ref)}
	s, posts := s.deliver(c, e.Member, len(s.Items)-1, e, nil, true)
	out = append(append(out, posts...), moved(c, card, item, room, why)...)
	out = append(out, warning...)
	return s, append(out, chat.Drop{})
}

// moved tells the author where his message is now, and why.
func moved(c chat.Community, card chat.Card, item Item, room chat.Room, why pitch) []chat.Effect {
	t := tag{what: tagMoved, who: card.ID, id: item.ID}.String()
	from, _ := c.Room(item.From)
	var choices []chat.Choice
	if why != tagged {
		choices = []chat.Choice{{Label: voiceOf(c, card).Say("caps.choice.human").Plain, Ask: "caps human =" + string(item.ID)}}
	}
	return rule.Secretly(c, card, t, func(v rule.Voice) chat.Text {
		pairs := []any{"room", room.Name, "from", from.Name, "n", siteOften}
		switch why {
		case tagged:
			return v.Say("caps.moved.tagged", pairs...)
		case referral:
			return v.Say("caps.moved.referral", pairs...)
		case again:
			return v.Say("caps.moved.again", pairs...)
		case wordy, noPitch:
		}
		return v.Say("caps.moved.wordy", pairs...)
	}, choices...)
}

// warn asks the rule of sanctions for a warning.
func warn(c chat.Community, card chat.Card, room chat.Room) []chat.Effect {
	reason := rule.Aloud(c, "").Say("caps.warning", "room", room.Name).Plain
	args := append([]string{"@" + card.Handle}, strings.Fields(reason)...)
	return []chat.Effect{chat.Emit{House: true, Body: chat.Asked{
		Command: "warn", Alias: "warn", Args: args, Text: chat.Plain("@" + card.Handle + " " + reason),
	}}}
}

// movedAlbum finds the promo whose album a picture is part of; -1 = none.
func (s State) movedAlbum(album string, from chat.RoomID) int {
	if album == "" {
		return -1
	}
	return slices.IndexFunc(s.Items, func(i Item) bool { return i.Album == album && i.From == from && i.Promo })
}

// putBack posts a promo that is none where it was written, and takes it out of the promos' room.
func (s State) putBack(c chat.Community, e chat.Event, card chat.Card, n int) (State, []chat.Effect) {
	item := &s.Items[n]
	promo, _ := c.Room(item.Room)
	from, _ := c.Room(item.From)
	var out []chat.Effect
	for k := range item.Pieces {
		t := tag{what: tagPost, who: card.ID, id: item.ID, n: k, room: item.Room}.String()
		for _, to := range promo.Chats {
			out = append(out, chat.Delete{To: to, Target: chat.Target{Tag: t}})
		}
	}
	s.Posts = slices.DeleteFunc(s.Posts, func(p Post) bool { return p.ID == item.ID })
	s.Strikes = slices.DeleteFunc(s.Strikes, func(t time.Time) bool { return t.Equal(item.At) })
	item.Room, item.Moved, item.Promo = item.From, false, false
	s, posts := s.deliver(c, card.ID, n, e, nil, false)
	out = append(out, posts...)
	write := func(v rule.Voice) chat.Text { return v.Say("caps.back", "room", from.Name) }
	return s, append(out, rule.Secretly(c, card, "", write)...)
}
