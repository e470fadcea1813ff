package library

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// NewRoom returns the gate of the library's room: a link with a tag and a summary is an entry, and everything else is talk,
// which is carried to a room for it in its author's name. Moderators may say there what they like.
func NewRoom() rule.Rule {
	return rule.Of[struct{}]{
		Title: "libraryroom",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			_, posted := e.Body.(chat.Posted)
			if !posted || e.Private || e.By.Bot || e.By.Anonymous || e.Message == nil || e.Level >= chat.Moderator {
				return "", false
			}
			room, ok := c.Room(e.Room)
			return "", ok && room.Settings[settingRoom] == "on"
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			p, _ := e.Body.(chat.Posted)
			return s, atShelf(c, e, p)
		},
	}
}

// atShelf decides about a message in the library's room.
func atShelf(c chat.Community, e chat.Event, p chat.Posted) []chat.Effect {
	d := read(p.Text)
	if p.Reply == nil && p.Forward == "" && len(p.Parts) == 0 && d.problem() == "" && e.Member != "" {
		return []chat.Effect{
			chat.Emit{Body: chat.Asked{Ref: p.Ref, Command: "add", Alias: "add", Text: p.Text}},
			chat.Drop{},
		}
	}
	out := []chat.Effect{chat.Delete{To: e.Chat, Target: chat.Target{Refs: append([]chat.Ref{p.Ref}, p.More...)}}, chat.Drop{}}
	room, ok := talkRoom(c, e, p)
	switch {
	case ok:
		return append(move(c, e, p, room), out...)
	case len(p.Parts) > 0:
		return nil // there is nowhere to carry it to, and it cannot be given back whole
	}
	here := rule.Speak(c, e).Say("library.back", "text", p.Text)
	return append([]chat.Effect{chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: here}}, out...)
}

// talkRoom finds where a message belongs: the first room for talk that its author is in. A room with a post cap takes
// answers only, for they do not count; nobody gets around the cap by way of the library.
func talkRoom(c chat.Community, e chat.Event, p chat.Posted) (chat.Room, bool) {
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return chat.Room{}, false
	}
	for _, r := range c.Rooms {
		until, err := time.Parse(time.RFC3339, r.Settings["cooldown"])
		switch {
		case r.Settings[settingRoom] == "on", r.Settings["promos"] == "on", r.Settings["intros"] == "on":
		case r.Settings[rule.Moderators] == "on", r.Settings["private"] == "on":
		case r.Settings["capped"] == "on" && p.Reply == nil:
		case err == nil && e.Now.Before(until): // people write less there just now
		case slices.ContainsFunc(r.Chats, func(ch chat.Chat) bool { return slices.Contains(card.In, ch) }):
			return r, true
		}
	}
	return chat.Room{}, false
}

// move carries a message to a room for talk and tells its author.
func move(c chat.Community, e chat.Event, p chat.Posted, room chat.Room) []chat.Effect {
	var answer *chat.Answer
	if p.Reply != nil && p.Reply.Quote != "" {
		answer = &chat.Answer{Name: p.Reply.Name, Quote: p.Reply.Quote}
	}
	by := e.By
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Send{To: to, As: &by, Text: p.Text, Parts: p.Parts, Forward: p.Forward, Answer: answer, Tag: "library talk " + string(e.Message.ID)})
	}
	v := rule.Speak(c, e)
	return append(out, chat.Whisper{To: e.Chat, Who: e.By.Identity, Text: v.Say("library.moved", "room", room.Name)})
}
