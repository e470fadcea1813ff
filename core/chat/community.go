package chat

import "slices"

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
	Titles map[Chat]string `json:"titles,omitempty"`
}

// Card is a member's record.
type Card struct {
	ID         MemberID   `json:"id"`
	Name       string     `json:"name"`
	Level      Level      `json:"level"`
	Identities []Identity `json:"identities"`
}

// MemberIndex finds members. The engine implements it over the state.
type MemberIndex interface {
	// Of returns the member that an identity is.
	Of(Identity) (Card, bool)
	// ByID returns the member with that id.
	ByID(MemberID) (Card, bool)
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
