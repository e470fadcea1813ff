package rule

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// Team returns the members with at least a level, except some.
func Team(c chat.Community, level chat.Level, except ...chat.MemberID) []chat.Card {
	var out []chat.Card
	for _, card := range c.Members.All() {
		if card.Level >= level && !slices.Contains(except, card.ID) {
			out = append(out, card)
		}
	}
	return out
}

// Moderators is the setting of the room where moderators are told what happens.
const Moderators = "moderators"

// ToModerators tells the moderators: in their room, or, if there is none or one of those whom it is not for can read
// there, each of them in private.
func ToModerators(c chat.Community, tag string, write func(Voice) chat.Text, except []chat.MemberID, choices ...chat.Choice) []chat.Effect {
	room, ok := c.With(Moderators)
	if ok && !anyIn(c, room, except) {
		return Everywhere(c, room, tag, write, choices...)
	}
	var out []chat.Effect
	for _, card := range Team(c, chat.Moderator, except...) {
		out = append(out, Secretly(c, card, tag, write, choices...)...)
	}
	return out
}

// anyIn tells whether one of some members may read a room: a moderator may whether or not he was seen there.
func anyIn(c chat.Community, room chat.Room, who []chat.MemberID) bool {
	for _, id := range who {
		card, ok := c.Members.ByID(id)
		if !ok {
			continue
		}
		if card.Level >= chat.Moderator || slices.ContainsFunc(room.Chats, func(ch chat.Chat) bool { return slices.Contains(card.In, ch) }) {
			return true
		}
	}
	return false
}

// ModeratorsRoom is the room setting that says which room is the moderators'.
func ModeratorsRoom() Setting {
	return Setting{Name: Moderators, Scope: OfRoom, Default: "off", Values: []string{"on", "off"}, Help: "setting.room.moderators"}
}
