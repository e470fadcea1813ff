package care

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

const (
	coolFor = 30 * time.Minute
	// pace is how often somebody who is in the conversation may write.
	pace = 10 * time.Minute
	// mirror is the room's setting that tells other rules until when it cools down (RFC 3339).
	mirror = "cooldown"
	// maxReturned is how many messages one person gets back in one cool-down; what he writes more stays where it is.
	maxReturned = 10
)

// Calm is a cool-down.
type Calm struct {
	Until  time.Time     `json:"until,omitzero"`
	Target chat.Identity `json:"target,omitzero"` // an account of the one whom it protects; zero = nobody in particular
	// People are those who were in the conversation, and those whose messages were held.
	People map[chat.MemberID]Cooled `json:"people,omitempty"`
	Alert  int                      `json:"alert,omitempty"` // the card it was begun from
	Told   bool                     `json:"told,omitempty"`  // the moderators know that messages cannot be taken away
}

// Cooled is one person in a cool-down.
type Cooled struct {
	Inside   bool      `json:"inside,omitempty"`
	Last     time.Time `json:"last,omitzero"` // of his messages
	Album    string    `json:"album,omitempty"`
	Returned int       `json:"returned,omitempty"`
}

func (k Calm) isOn(now time.Time) bool { return now.Before(k.Until) }

// holds tells whether a message must wait, and until when.
func (k Calm) holds(c chat.Community, e chat.Event, p chat.Posted) (until time.Time, held bool) {
	target, ok := c.Members.Of(k.Target)
	if e.Level >= chat.Moderator || ok && target.ID == e.Member {
		return time.Time{}, false
	}
	who := k.People[e.Member]
	if !who.Inside {
		return k.Until, true
	}
	next := who.Last.Add(pace)
	if p.Album != "" && p.Album == who.Album || !next.After(e.Now) {
		return time.Time{}, false
	}
	if next.After(k.Until) {
		next = k.Until
	}
	return next, true
}

// note remembers that somebody in the conversation has written.
func (k Calm) note(e chat.Event, p chat.Posted) Calm {
	if who, ok := k.People[e.Member]; ok && who.Inside {
		who.Last, who.Album = e.Now, p.Album
		k.People[e.Member] = who
	}
	return k
}

// giveBack holds a message: it is taken away, and its words go back to the author in private.
func (s State) giveBack(e chat.Event, p chat.Posted, until time.Time) (State, []chat.Effect) {
	if s.Calm.People == nil {
		s.Calm.People = make(map[chat.MemberID]Cooled)
	}
	who := s.Calm.People[e.Member]
	who.Returned++
	s.Calm.People[e.Member] = who
	if who.Returned > maxReturned {
		return s, []chat.Effect{chat.Drop{}}
	}
	return s, []chat.Effect{
		chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{p.Ref}}, Tag: tag{"delete", e.Room, 0}.String()},
		back(e, p, until),
		chat.Drop{},
	}
}

// cooldown begins a cool-down, from a card or in the room itself, or ends it.
func cooldown(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	answer := func(key string) []chat.Effect { return []chat.Effect{rule.Discreetly(e, v.Say(key))} }
	id, _ := roomAsked(c, e, b)
	room, ok := c.Room(id)
	switch {
	case !ok:
		return s, answer("refuse.room")
	case len(b.Args) > 0 && b.Args[0] == "off":
		return s.warm(c, e, b, room)
	case s.Calm.isOn(e.Now):
		return s, answer("care.cooldown.already")
	case room.Settings[rule.Moderators] == "on":
		return s, answer("care.cooldown.mods")
	}
	calm := Calm{Until: e.Now.Add(coolFor), People: make(map[chat.MemberID]Cooled)}
	if len(b.Args) > 2 && b.Args[0] == "in" {
		i := s.alert(b.Args[2])
		if i < 0 {
			return s, answer("care.over")
		}
		calm.Target, calm.Alert = s.Alerts[i].Who, s.Alerts[i].N
		s.Alerts[i].Quiet = e.Now.Add(alertAgain)
	} else if len(b.Args) > 0 || b.Reply != nil {
		card, _, problem := rule.Target(c, e)
		if problem != "" || len(card.Identities) == 0 {
			return s, []chat.Effect{rule.Discreetly(e, v.Say(problem, rule.Meant(c, b)...))}
		}
		calm.Target = card.Identities[0]
	}
	target, _ := c.Members.Of(calm.Target)
	if target.ID != "" && target.ID == e.Member {
		return s, answer("care.self")
	}
	for _, x := range s.Talk {
		calm.People[x.By] = Cooled{Inside: true, Last: time.Unix(x.At, 0).UTC()}
	}
	s.Calm = calm
	return s, s.began(c, e, b, room, target)
}

// began tells the room, and the moderators' card.
func (s State) began(c chat.Community, e chat.Event, b chat.Asked, room chat.Room, target chat.Card) []chat.Effect {
	out := rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text {
		return v.Say("care.cooldown.start", "until", s.Calm.Until, "pace", pace)
	})
	line := fmt.Sprintf("%s cooldown: %s, %s", e.By.Identity.Platform, room.ID, coolFor)
	out = append(out, chat.Record{Log: "audit", Line: line, By: e.Member, About: target.ID})
	out = append(out, s.wake(roomKey(c, room.ID))...)
	out = append(out, chat.Set{Room: room.ID, Key: mirror, Value: s.Calm.Until.UTC().Format(time.RFC3339)})
	if !b.Chosen {
		if !e.Private {
			out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
		}
		return out
	}
	end := chat.Choice{Label: rule.Aloud(c, "").Say("care.choice.end").Plain, Ask: "cooldown off " + string(room.ID)}
	return append(out, shown(c, e, tag{"card", room.ID, s.Calm.Alert}, func(v rule.Voice) chat.Text {
		return v.Say("care.card.cooldown", "name", target.Name, "room", room.Name, "until", s.Calm.Until, "by", nameOf(c, e))
	}, end)...)
}

// warm ends a cool-down before its time.
func (s State) warm(c chat.Community, e chat.Event, b chat.Asked, room chat.Room) (State, []chat.Effect) {
	if !s.Calm.isOn(e.Now) {
		return s, []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("care.cooldown.none"))}
	}
	n := s.Calm.Alert
	s.Calm = Calm{}
	out := append([]chat.Effect{chat.Set{Room: room.ID, Key: mirror}}, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("care.cooldown.end") })...)
	line := fmt.Sprintf("%s cooldown: %s, off", e.By.Identity.Platform, room.ID)
	out = append(out, chat.Record{Log: "audit", Line: line, By: e.Member})
	if wake := s.wake(roomKey(c, room.ID)); wake != nil {
		out = append(out, wake...)
	} else {
		out = append(out, chat.Cancel{Rule: title, Key: roomKey(c, room.ID)})
	}
	if !b.Chosen {
		if !e.Private {
			out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}})
		}
		return s, out
	}
	return s, append(out, shown(c, e, tag{"card", room.ID, n}, func(v rule.Voice) chat.Text {
		return v.Say("care.card.end", "room", room.Name, "by", nameOf(c, e))
	})...)
}

// failed tells the moderators what could not be done: a message that stays, a person who cannot be reached in private.
func failed(c chat.Community, s State, e chat.Event, b chat.Failed) (State, []chat.Effect) {
	t, _ := parseTag(e.Tag)
	room, _ := c.Room(t.room)
	switch t.what {
	case "delete":
		if b.Why == chat.NotFound || s.Calm.Told {
			return s, nil
		}
		s.Calm.Told = true
		return s, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
			return v.Say("care.stuck", "room", room.Name, "platform", say.Platform(v.Language, e.Chat.Platform))
		}, nil)
	case "check":
		i := slices.IndexFunc(s.Checks, func(x Check) bool { return x.N == t.n })
		if i < 0 {
			return s, nil
		}
		card, _ := c.Members.Of(s.Checks[i].Who)
		return s, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
			return v.Say("care.unreached", "name", card.Name, "room", room.Name)
		}, []chat.MemberID{card.ID})
	}
	return s, nil
}
