package sessions

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// Nobody is written to between these hours of his day, unless what is to be said is about the next few hours.
const (
	nightFrom  = 22
	nightUntil = 8
	urgent     = 12 * time.Hour
)

// late is how late something may come at most.
const late = 2 * time.Hour

// What a letter tells.
const (
	letterMoved  = "moved"
	letterOff    = "off"
	letterPlaces = "places"
	letterPlace  = "place" // you have got one
	letterQuiet  = "quiet" // the date falls into a quiet week
)

// Letter is what somebody is to be told when his night is over.
type Letter struct {
	To    chat.MemberID `json:"to"`
	At    time.Time     `json:"at"`
	Kind  string        `json:"kind"`
	Title string        `json:"title"`
	Was   time.Time     `json:"was,omitzero"`
	When  time.Time     `json:"when"`
}

// change is what happens to a date.
type change struct {
	kind    string
	was, at time.Time
}

// announce tells a change to those who have said that they come, might come or wait for a place, each in private, and to
// the room.
func (t *turn) announce(s *Session, ch change) {
	if room, ok := t.room(s.Room); ok {
		for _, to := range room.Chats {
			v := rule.Aloud(t.c, to.Platform)
			t.do(chat.Send{To: to, Text: t.news(v, Letter{Kind: ch.kind, Title: s.Title, Was: ch.was, When: ch.at})})
		}
	}
	if ch.kind == letterPlaces {
		return // who is concerned has got a place, and is told so
	}
	for _, who := range s.Date.concerned() {
		if who == t.e.Member {
			continue // it is his doing
		}
		t.write(Letter{To: who, Kind: ch.kind, Title: s.Title, Was: ch.was, When: ch.at})
	}
}

// promoted tells somebody that he has got a place.
func (t *turn) promoted(s *Session, who chat.MemberID) {
	t.touch(who)
	t.write(Letter{To: who, Kind: letterPlace, Title: s.Title, When: s.at(s.Date.Name)})
}

// write tells a member something now, or when his night is over.
func (t *turn) write(l Letter) {
	card, ok := t.c.Members.ByID(l.To)
	if !ok {
		return
	}
	if hurry := l.When.Sub(t.e.Now) < urgent || !l.Was.IsZero() && l.Was.Sub(t.e.Now) < urgent; !hurry {
		if at := awake(t.e.Now, t.c.ZoneOf(card)); at.After(t.e.Now) {
			l.At = at
			t.s.Letters = append(t.s.Letters, l)
			return
		}
	}
	t.deliver(card, l)
}

// deliver says it. That somebody has got a place he learns in the room if there is no other way.
func (t *turn) deliver(card chat.Card, l Letter) {
	write := func(v rule.Voice) chat.Text { return t.news(v, l) }
	if l.Kind == letterPlace {
		t.do(rule.Kindly(t.c, card, "", write)...)
		return
	}
	t.do(rule.Secretly(t.c, card, "", write)...)
}

func (t *turn) news(v rule.Voice, l Letter) chat.Text {
	switch l.Kind {
	case letterMoved:
		return v.Say("session.moved", "title", l.Title, "was", l.Was, "when", t.when(v, l.When))
	case letterOff:
		return v.Say("session.off", "title", l.Title, "when", t.when(v, l.When))
	case letterPlaces:
		return v.Say("session.placesnow", "title", l.Title, "when", t.when(v, l.When))
	case letterQuiet:
		return v.Say("session.inquiet", "title", l.Title, "when", t.when(v, l.When))
	}
	return v.Say("session.yourplace", "title", l.Title, "when", t.when(v, l.When))
}

// sendLetters delivers what has waited for the morning, unless what it is about has begun.
func (t *turn) sendLetters() {
	var left []Letter
	for _, l := range t.s.Letters {
		if l.At.After(t.e.Now) {
			left = append(left, l)
			continue
		}
		if card, ok := t.c.Members.ByID(l.To); ok && l.When.After(t.e.Now) {
			t.deliver(card, l)
		}
	}
	t.s.Letters = left
}

// awake is the first moment from now on that is in nobody's night in a zone.
func awake(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	if local.Hour() < nightFrom && local.Hour() >= nightUntil {
		return now
	}
	day := local.Day()
	if local.Hour() >= nightFrom {
		day++
	}
	return recur.OnWall(time.Date(local.Year(), local.Month(), day, nightUntil, 0, 0, 0, time.UTC), zone)
}
