package chat

import (
	"slices"
	"time"
)

// Community is the people served, as the rules see it: read only.
type Community struct {
	ID       CommunityID
	Name     string
	Settings map[string]string
	Rooms    []Room      // in the order of their making
	Members  MemberIndex // who is in it
}

// Room is one conversation of a community, with at most one chat per platform.
type Room struct {
	ID    RoomID `json:"id"`
	Name  string `json:"name"`
	Chats []Chat `json:"chats"` // in the order of their linking
	// Titles are the chats' own titles on their platforms, as far as they are known.
	Titles   map[Chat]string   `json:"titles,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// Card is a member's record.
type Card struct {
	ID   MemberID `json:"id"`
	Name string   `json:"name"`
	// Handle is a short name that is his alone in the community and works on every platform: "ana~7".
	Handle     string     `json:"handle,omitempty"`
	Level      Level      `json:"level"`
	Identities []Identity `json:"identities"`
	// Nicks are his own unique names on platforms that have such, in lower case.
	Nicks []string `json:"nicks,omitempty"`
	// Reach are the identities that have written to the bot in private, the last first.
	Reach []Identity `json:"reach,omitempty"`
	// In are the community's chats where he has been seen and has not left since.
	In []Chat `json:"in,omitempty"`
	// Home is the platform where he has written last; empty if he never has.
	Home Platform `json:"home,omitempty"`
	// Since is when he was first seen here.
	Since    time.Time         `json:"since,omitzero"`
	Settings map[string]string `json:"settings,omitempty"`
}

// MemberIndex finds members. The engine implements it over the state.
type MemberIndex interface {
	// Of returns the member that an identity is.
	Of(Identity) (Card, bool)
	// ByID returns the member with that id.
	ByID(MemberID) (Card, bool)
	// All returns everybody with a card, in the order of their ids' making.
	All() []Card
	// Named returns those whom a word can mean, '@' and case apart: the one with that handle, identity or nick,
	// else all with that name.
	Named(word string) []Card
	// Pseudonym returns what stands for an identity where it must not be kept: the same for ever, and nobody
	// can find the identity from it without the house's secret.
	Pseudonym(Identity) string
}

// Setting returns the community's value of a setting, or the fallback where none is set.
func (c Community) Setting(key, fallback string) string {
	if v := c.Settings[key]; v != "" {
		return v
	}
	return fallback
}

// Language returns the language the house speaks in this community, "en" if none is set.
func (c Community) Language() string { return c.Setting("language", "en") }

// LanguageOf returns the language that a member reads: his own choice, else the community's.
func (c Community) LanguageOf(card Card) string { return card.Setting("language", c.Language()) }

// Zone returns the community's time zone, UTC if none is set or it is not known.
func (c Community) Zone() *time.Location { return zone(c.Setting("zone", "UTC"), time.UTC) }

// ZoneOf returns a member's time zone: his own choice, else the community's.
func (c Community) ZoneOf(card Card) *time.Location { return zone(card.Settings["zone"], c.Zone()) }

func zone(name string, fallback *time.Location) *time.Location {
	if name == "" {
		return fallback
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return fallback
	}
	return z
}

// With returns the first room where a setting is on: the one that serves a purpose ("moderators").
func (c Community) With(key string) (Room, bool) {
	for _, r := range c.Rooms {
		if r.Settings[key] == "on" {
			return r, true
		}
	}
	return Room{}, false
}

// HasOrganiser tells whether the community has appointed an organiser, so that its levels are its own.
func (c Community) HasOrganiser() bool {
	return slices.ContainsFunc(c.Members.All(), func(card Card) bool { return card.Level == Organiser })
}

// Setting returns the member's value of a setting, or the fallback where he has set none.
func (c Card) Setting(key, fallback string) string {
	if v := c.Settings[key]; v != "" {
		return v
	}
	return fallback
}

// On returns the member's identities on a platform.
func (c Card) On(p Platform) []Identity {
	var out []Identity
	for _, i := range c.Identities {
		if i.Platform == p {
			out = append(out, i)
		}
	}
	return out
}

// Room returns the room with that id.
func (c Community) Room(id RoomID) (Room, bool) {
	for _, r := range c.Rooms {
		if r.ID == id {
			return r, true
		}
	}
	return Room{}, false
}

// RoomOf returns the room that a chat is part of.
func (c Community) RoomOf(chat Chat) (Room, bool) {
	for _, r := range c.Rooms {
		if slices.Contains(r.Chats, chat) {
			return r, true
		}
	}
	return Room{}, false
}

// On returns the room's chat on a platform.
func (r Room) On(p Platform) (Chat, bool) {
	for _, c := range r.Chats {
		if c.Platform == p {
			return c, true
		}
	}
	return Chat{}, false
}

// Title returns what people on its platform call one of the room's chats.
func (r Room) Title(c Chat) string {
	if t := r.Titles[c]; t != "" {
		return t
	}
	return r.Name
}

// Others returns the room's chats except one.
func (r Room) Others(than Chat) []Chat {
	var out []Chat
	for _, c := range r.Chats {
		if c != than {
			out = append(out, c)
		}
	}
	return out
}
