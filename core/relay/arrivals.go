package relay

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Arrivals are the comings and goings in one room that have been told in the last minute, and those that wait to be told
// together.
type Arrivals struct {
	Told  []time.Time `json:"told,omitempty"` // at most maxEach
	Crowd []Crowd     `json:"crowd,omitempty"`
	Due   time.Time   `json:"due,omitzero"` // when the crowd is told
}

// Crowd are those who have come to one chat, or gone from it.
type Crowd struct {
	Chat  chat.Chat `json:"chat"`
	Left  bool      `json:"left,omitempty"`
	Names []string  `json:"names"` // at most maxNamed
	Count int       `json:"count"`
}

const (
	arrivalsTitle = "arrivals"
	maxEach       = 5           // so many a burst are told one by one
	burst         = time.Minute // how long one takes
	maxNamed      = 8           // so many of a crowd are named
)

// NewArrivals returns the rule that tells a room's other chats who comes and goes: each by himself, but those of a rush
// in one line.
func NewArrivals() rule.Rule {
	return rule.Of[Arrivals]{
		Title: arrivalsTitle,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			if b, ok := e.Body.(chat.Due); ok {
				return b.Key, true
			}
			who, left, ok := passing(e)
			room, linked := c.RoomOf(e.Chat)
			isExpected := room.Settings["private"] == "on" && !left // the house has asked them in, and welcomes them itself
			return string(c.ID) + "/" + string(room.ID),
				ok && !who.Bot && !isExpected && linked && len(room.Chats) > 1 && c.Setting("joins", "on") == "on"
		},
		Fold: func(c chat.Community, s Arrivals, e chat.Event) (Arrivals, []chat.Effect) {
			if b, ok := e.Body.(chat.Due); ok {
				return s.due(c, e, b.Key)
			}
			return s.passed(c, e)
		},
		Options: []rule.Setting{
			{Name: "joins", Default: "on", Values: []string{"on", "off"}, Help: "setting.joins"},
		},
	}
}

// passing returns who has come or gone.
func passing(e chat.Event) (who chat.Person, left, ok bool) {
	switch b := e.Body.(type) {
	case chat.Joined:
		return b.Who, false, true
	case chat.Left:
		return b.Who, true, true
	}
	return chat.Person{}, false, false
}

// passed tells of somebody, or lets him wait with the others of a rush.
func (s Arrivals) passed(c chat.Community, e chat.Event) (Arrivals, []chat.Effect) {
	who, left, _ := passing(e)
	name := safe(who.Name)
	if name == "" {
		name = say.Text(c.Language(), "relay.nameless").Plain
	}
	s.Told = slices.DeleteFunc(slices.Clone(s.Told), func(at time.Time) bool { return e.Now.Sub(at) >= burst })
	if s.Due.IsZero() && len(s.Told) < maxEach {
		s.Told = append(s.Told, e.Now)
		return s, announce(c, others(c, e), Crowd{Chat: e.Chat, Left: left, Names: []string{name}, Count: 1})
	}
	s.Crowd = slices.Clone(s.Crowd)
	i := slices.IndexFunc(s.Crowd, func(x Crowd) bool { return x.Chat == e.Chat && x.Left == left })
	if i < 0 {
		i, s.Crowd = len(s.Crowd), append(s.Crowd, Crowd{Chat: e.Chat, Left: left})
	}
	s.Crowd[i].Count++
	if len(s.Crowd[i].Names) < maxNamed {
		s.Crowd[i].Names = append(slices.Clone(s.Crowd[i].Names), name)
	}
	if !s.Due.IsZero() {
		return s, nil
	}
	s.Due = e.Now.Add(burst)
	room, _ := c.RoomOf(e.Chat)
	return s, []chat.Effect{chat.Wake{Rule: arrivalsTitle, Key: string(c.ID) + "/" + string(room.ID), At: s.Due}}
}

// due tells of the rush.
func (s Arrivals) due(c chat.Community, _ chat.Event, key string) (Arrivals, []chat.Effect) {
	room, ok := c.Room(chat.RoomID(strings.TrimPrefix(key, string(c.ID)+"/")))
	var out []chat.Effect
	for _, x := range s.Crowd {
		if ok {
			out = append(out, announce(c, room.Others(x.Chat), x)...)
		}
	}
	return Arrivals{}, out
}

// announce tells some chats who has come or gone.
func announce(c chat.Community, to []chat.Chat, x Crowd) []chat.Effect {
	var out []chat.Effect
	for _, in := range to {
		v := rule.Aloud(c, in.Platform)
		out = append(out, chat.Send{To: in, Text: v.Say(x.key(),
			"name", strings.Join(x.Names, ", "), "n", x.Count, "platform", platform(v, x.Chat.Platform))})
	}
	return out
}

// key is the key of the sentence that tells of them.
func (x Crowd) key() string {
	switch {
	case x.Count == 1 && x.Left:
		return "relay.left"
	case x.Count == 1:
		return "relay.joined"
	case x.Left && x.Count > len(x.Names):
		return "relay.left.crowd"
	case x.Left:
		return "relay.left.some"
	case x.Count > len(x.Names):
		return "relay.joined.crowd"
	}
	return "relay.joined.some"
}
