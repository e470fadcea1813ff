package recap

import (
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// settingModel is a room's: a language model may word its recaps. settingTold is the rule's own: the room was told so.
const (
	settingModel = "ai"
	settingTold  = "ai-told"
)

// isWorded tells whether a language model may word a recap of a room, or of all: only where an organiser has turned it on
// and the people there were told.
func isWorded(c chat.Community, id chat.RoomID) bool {
	agreed := func(r chat.Room) bool { return r.Settings[settingModel] == "on" && r.Settings[settingTold] == "on" }
	if id != "" {
		room, ok := c.Room(id)
		return ok && agreed(room)
	}
	open := openRooms(c)
	for _, room := range open {
		if !agreed(room) {
			return false
		}
	}
	return len(open) > 0
}

// NewNotice returns the rule that tells the people of a room when a language model may word its recaps, before it does. It
// keeps nothing: whether they were told is on the room.
func NewNotice() rule.Rule {
	return rule.Of[struct{}]{
		Title: "recapnotice",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			room, ok := c.Room(e.Room)
			return "", ok && (room.Settings[settingModel] == "on") != (room.Settings[settingTold] == "on")
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			room, _ := c.Room(e.Room)
			if room.Settings[settingModel] == "on" {
				out := []chat.Effect{chat.Set{Room: room.ID, Key: settingTold, Value: "on"}}
				return s, append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("recap.ai.on") })...)
			}
			out := []chat.Effect{chat.Set{Room: room.ID, Key: settingTold}}
			return s, append(out, rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("recap.ai.off") })...)
		},
		Options: []rule.Setting{
			{Name: settingModel, Scope: rule.OfRoom, Default: "off", Values: []string{"off", "on"}, Help: "setting.room.ai"},
		},
	}
}
