// Package rooms connects chats on different platforms to one room, from chat: a code asked for in one
// chat and typed in the other. It does not know what is said in the rooms.
package rooms

import (
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Code is the state of one code: where it leads, and until when it is good.
type Code struct {
	Community chat.CommunityID `json:"community,omitempty"`
	Room      chat.RoomID      `json:"room,omitempty"`
	Chat      chat.Chat        `json:"chat,omitzero"` // where it was asked for
	New       bool             `json:"new,omitempty"` // the other chat becomes a room of its own there
	Expires   time.Time        `json:"expires,omitzero"`
	Used      bool             `json:"used,omitempty"`
}

const (
	codeLife = 15 * time.Minute
	codeKept = 24 * time.Hour // an old code is remembered that long, to be told from a wrong one
)

// NewLinks returns the rule of /link, /unlink and /links.
func NewLinks() rule.Rule {
	return rule.Of[Code]{
		Title: "links",
		KeyOf: keyOf,
		Fold:  fold,
		Ask: []rule.Command{
			{Name: "link", Args: "[new | CODE]", Level: chat.Organiser, Place: rule.InRoom, Help: "help.link"},
			{Name: "unlink", Level: chat.Organiser, ChatAdmin: true, Place: rule.InRoom, Help: "help.unlink"},
			{Name: "links", Level: chat.Member, Place: rule.InRoom, Help: "help.links"},
		},
	}
}

func keyOf(_ chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		switch {
		case b.Command == "link" && isOffer(b):
			return rule.Code(e.Seed), true
		case b.Command == "link":
			return rule.CleanCode(b.Args...), true
		case b.Command == "unlink" || b.Command == "links":
			return "-", true
		}
	case chat.Due:
		return b.Key, true
	case chat.Linked:
		return b.Code, true
	case chat.LinkRefused:
		return "-", true
	}
	return "", false
}

func fold(c chat.Community, s Code, e chat.Event) (Code, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		return Code{}, nil // the code's time is over
	case chat.Linked:
		s.Used = true
		return s, greet(c, e, b)
	case chat.LinkRefused:
		return s, []chat.Effect{chat.Send{To: b.Chat, Text: taken(c.Language(), b)}}
	case chat.Asked:
		switch {
		case b.Command == "unlink":
			return s, unlink(c, e)
		case b.Command == "links":
			return s, []chat.Effect{rule.Reply(e, list(c, e))}
		case isOffer(b):
			return offer(c, e, len(b.Args) > 0)
		}
		return redeem(c, s, e, b)
	}
	return s, nil
}

// isOffer tells whether a /link asks for a code: alone for this room, with "new" for another room of the community.
func isOffer(asked chat.Asked) bool {
	return len(asked.Args) == 0 || len(asked.Args) == 1 && strings.EqualFold(asked.Args[0], "new")
}

// offer makes a code for the room that the chat is part of, or for another room of its community.
func offer(c chat.Community, e chat.Event, another bool) (Code, []chat.Effect) {
	room, ok := c.RoomOf(e.Chat)
	if !ok {
		return Code{}, []chat.Effect{rule.Reply(e, say.Text(c.Language(), "refuse.room"))}
	}
	code := rule.Code(e.Seed)
	s := Code{Community: c.ID, Room: room.ID, Chat: e.Chat, New: another, Expires: e.Now.Add(codeLife)}
	key := "link.code"
	if another {
		key = "link.new"
	}
	return s, []chat.Effect{
		chat.Wake{Rule: "links", Key: code, At: e.Now.Add(codeKept)},
		rule.Reply(e, say.Text(c.Language(), key, "code", rule.ShowCode(code), "prefix", say.Prefix(e.Chat.Platform))),
	}
}

// redeem connects the chat where the code was typed with the room the code leads to, or says kindly why
// not and what to do.
func redeem(c chat.Community, s Code, e chat.Event, asked chat.Asked) (Code, []chat.Effect) {
	language := c.Language()
	refuse := func(key string, pairs ...any) (Code, []chat.Effect) {
		pairs = append(pairs, "prefix", say.Prefix(e.Chat.Platform), "code", rule.ShowCode(rule.CleanCode(asked.Args...)))
		return s, []chat.Effect{rule.Reply(e, say.Text(language, key, pairs...))}
	}
	here, ok := c.RoomOf(e.Chat)
	switch {
	case !ok:
		return refuse("refuse.room")
	case !rule.IsCode(rule.CleanCode(asked.Args...)):
		return refuse("link.nocode")
	case s.Chat.IsZero():
		return refuse("link.unknown")
	case s.Chat == e.Chat:
		return refuse("link.same")
	case s.Used || e.Now.After(s.Expires):
		return refuse("link.old")
	case c.ID == s.Community && (s.New || here.ID == s.Room):
		return refuse("link.already")
	case len(here.Chats) > 1 && !s.New:
		return refuse("link.busy", "others", titles(language, here, e.Chat))
	}
	link := chat.Link{Code: rule.CleanCode(asked.Args...), Community: s.Community, Room: s.Room, Chat: e.Chat}
	if s.New {
		link.Room = ""
	}
	return s, []chat.Effect{
		link,
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s link: %s to %s", e.By.Identity.Platform, e.Chat, s.Chat)},
	}
}

// greet tells all chats of a room that they are one now, which they are and who did it, so that everybody
// can see whether that is right.
func greet(c chat.Community, e chat.Event, b chat.Linked) []chat.Effect {
	room, ok := c.RoomOf(b.Chat)
	if !ok {
		return nil
	}
	name := e.By.Name
	if name == "" {
		name = say.Text(c.Language(), "relay.nameless").Plain
	}
	key := "link.done"
	if len(room.Chats) == 1 {
		key = "link.own"
	}
	var out []chat.Effect
	for _, ch := range room.Chats {
		out = append(out, chat.Send{To: ch, Text: say.Text(c.Language(), key,
			"chats", titles(c.Language(), room, chat.Chat{}), "name", name, "prefix", say.Prefix(ch.Platform))})
	}
	return out
}

// taken says why the chat could not become part of the room.
func taken(language string, b chat.LinkRefused) chat.Text {
	prefix := say.Prefix(b.Chat.Platform)
	if b.Taken.IsZero() {
		return say.Text(language, "link.gone", "prefix", prefix)
	}
	return say.Text(language, "link.taken", "room", b.Room, "title", b.Title, "prefix", prefix,
		"platform", say.Platform(language, b.Taken.Platform))
}

// unlink takes the chat out of its room and tells both sides.
func unlink(c chat.Community, e chat.Event) []chat.Effect {
	room, ok := c.RoomOf(e.Chat)
	if !ok || len(room.Chats) < 2 {
		return []chat.Effect{rule.Reply(e, say.Text(c.Language(), "unlink.none", "prefix", say.Prefix(e.Chat.Platform)))}
	}
	out := []chat.Effect{
		chat.Unlink{Chat: e.Chat},
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s unlink: %s", e.By.Identity.Platform, e.Chat)},
		rule.Reply(e, say.Text(c.Language(), "unlink.done")),
	}
	for _, to := range room.Others(e.Chat) {
		out = append(out, chat.Send{To: to, Text: say.Text(c.Language(), "unlink.left",
			"title", room.Title(e.Chat), "platform", say.Platform(c.Language(), e.Chat.Platform))})
	}
	return out
}

func list(c chat.Community, e chat.Event) chat.Text {
	rooms := c.Rooms
	if len(rooms) == 0 || len(rooms) == 1 && len(rooms[0].Chats) < 2 {
		return say.Text(c.Language(), "links.none", "prefix", say.Prefix(e.Chat.Platform))
	}
	out := say.Text(c.Language(), "links.intro")
	for _, r := range rooms {
		out = out.Append(chat.Plain("\n"), say.Text(c.Language(), "links.line", "room", r.Name, "chats", titles(c.Language(), r, chat.Chat{})))
	}
	return out
}

// titles names the room's chats except one.
func titles(language string, r chat.Room, except chat.Chat) string {
	var names []string
	for _, ch := range r.Others(except) {
		names = append(names, say.Text(language, "links.chat", "title", r.Title(ch), "platform", say.Platform(language, ch.Platform)).Plain)
	}
	return strings.Join(names, ", ")
}
