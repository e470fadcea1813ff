package loops

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// aside finds the event's author among those from whom nothing is carried.
func (s State) aside(e chat.Event) int {
	return slices.IndexFunc(s.Aside, func(a Aside) bool { return !a.By.IsZero() && a.By == e.By.Identity })
}

// isWatched tells whether strangers who echo in a chat are put aside at once.
func (s State) isWatched(in chat.Chat) bool {
	return slices.ContainsFunc(s.Aside, func(a Aside) bool { return a.By.IsZero() && a.Chat == in })
}

// renew notes that there has been an echo in a chat where strangers are watched.
func (s State) renew(in chat.Chat, at time.Time) {
	for i, a := range s.Aside {
		if a.By.IsZero() && a.Chat == in {
			s.Aside[i].Last = at
		}
	}
}

// isTeam tells whether somebody looks after the community: of those nobody is put aside by a machine.
func isTeam(c chat.Community, e chat.Event) bool {
	card, ok := c.Members.Of(e.By.Identity)
	return ok && card.Level >= chat.Moderator
}

// putAside lets nothing more of an account be carried in the room, and of some strangers' and all that echo like them; it
// says so once. Who comes after those strangers is known from that notice.
func (s State) putAside(c chat.Community, e chat.Event, strangers []chat.Identity) (State, []chat.Effect) {
	out := []chat.Effect{chat.Drop{}}
	known := s.isWatched(e.Chat)
	s.renew(e.Chat, e.Now)
	if len(strangers) > 0 && !known {
		s.Aside = append(s.Aside, Aside{Chat: e.Chat, Last: e.Now})
	}
	for _, who := range append(slices.Clone(strangers), e.By.Identity) {
		if !slices.ContainsFunc(s.Aside, func(a Aside) bool { return a.By == who }) {
			s.Aside = append(s.Aside, Aside{By: who, Chat: e.Chat, Last: e.Now})
		}
	}
	if drop := len(s.Aside) - maxAside; drop > 0 {
		s.Aside = slices.Delete(s.Aside, 0, drop)
	}
	if i := s.aside(e); i >= 0 {
		s.Aside[i].Dropped++
	}
	if known {
		return s, out
	}
	return s, append(out, notice(c, e, len(strangers) > 0)...)
}

// notice tells the chat in a line, and the moderators what they can do.
func notice(c chat.Community, e chat.Event, several bool) []chat.Effect {
	room, _ := c.RoomOf(e.Chat)
	name := e.By.Name
	if name == "" {
		name = say.Text(c.Language(), "relay.nameless").Plain
	}
	aloud, toTeam, who := "loops.aloud", "loops.aside", e.By.Identity.String()
	if several {
		aloud, toTeam, who = "loops.aloud.many", "loops.aside.many", "all"
	}
	out := []chat.Effect{chat.Send{To: e.Chat, Text: rule.Aloud(c, e.Chat.Platform).Say(aloud, "name", name)}}
	choice := chat.Choice{Label: say.Text(c.Language(), "loops.lift").Plain, Ask: "unquarantine " + who}
	return append(out, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
		return v.Say(toTeam, "name", name, "who", who, "room", room.Name, "for", asideFor,
			"platform", say.Platform(v.Language, e.Chat.Platform))
	}, nil, choice)...)
}

// lifted carries again what some accounts write, or all.
func (s State) lifted(who []string) State {
	if slices.Contains(who, "all") {
		s.Aside, s.Echoes = nil, nil
		return s
	}
	s.Aside = slices.DeleteFunc(s.Aside, func(a Aside) bool { return slices.Contains(who, a.By.String()) })
	s.Echoes = slices.DeleteFunc(s.Echoes, func(e Echo) bool { return slices.Contains(who, e.By.String()) })
	return s
}

// NewLift returns the rule of /unquarantine. It keeps nothing: it asks every room.
func NewLift() rule.Rule {
	return rule.Of[struct{}]{
		Title: "looplift",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			b, ok := e.Body.(chat.Asked)
			return string(c.ID) + "/lift", ok && b.Command == "unquarantine" && c.ID != ""
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			b, _ := e.Body.(chat.Asked)
			return s, lift(c, e, b)
		},
		Ask: []rule.Command{
			{Name: "unquarantine", Args: "[@WHO | all]", Level: chat.Moderator, Help: "help.unquarantine"},
		},
	}
}

// maxRooms is how many rooms are asked; the engine takes a hundred events from one.
const maxRooms = 90

func lift(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	v := rule.Speak(c, e)
	who, name, key := accounts(c, e, b)
	if key != "" {
		return []chat.Effect{rule.Reply(e, v.Say(key, rule.Meant(c, b)...))}
	}
	var out []chat.Effect
	for _, room := range c.Rooms {
		if len(room.Chats) < 2 || len(out) == maxRooms {
			continue
		}
		out = append(out, chat.Emit{House: true, Body: chat.Asked{
			Command: "liftroom", Alias: "liftroom", Args: append([]string{string(room.ID)}, who...),
		}})
	}
	if name == "" {
		return append(out, rule.Reply(e, v.Say("loops.lifted.all")))
	}
	return append(out, rule.Reply(e, v.Say("loops.lifted", "name", name)))
}

// accounts finds those that a command is about: all, an account as the notice writes it, a member's, or the author of the
// message that it answers, who need not be a member.
func accounts(c chat.Community, e chat.Event, b chat.Asked) (who []string, name, key string) {
	if len(b.Args) > 0 && strings.EqualFold(b.Args[0], "all") {
		return []string{"all"}, "", ""
	}
	card, _, key := rule.Target(c, e)
	if key == "" {
		for _, i := range card.Identities {
			who = append(who, i.String())
		}
		return who, card.Name, ""
	}
	if len(b.Args) > 0 {
		if i, err := chat.ParseIdentity(b.Args[0]); err == nil {
			return []string{i.String()}, i.ID, ""
		}
	}
	if e.ReplyTo != nil && !e.ReplyTo.By.IsZero() {
		return []string{e.ReplyTo.By.String()}, e.ReplyTo.Name, ""
	}
	return nil, "", key
}
