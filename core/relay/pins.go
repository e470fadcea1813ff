package relay

import (
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Pinner is who has pinned a message last, and where, so that he can be told what has come of it.
type Pinner struct {
	By   chat.Identity `json:"by,omitzero"`
	In   chat.Chat     `json:"in,omitzero"`
	Told bool          `json:"told,omitempty"`
}

// NewPins returns the rule that pins a message in all chats of its room when a moderator has pinned it in one, and takes it
// down with it. What others pin, where their messenger lets them, stays in their chat.
func NewPins() rule.Rule {
	return rule.Of[Pinner]{
		Title: "pinned", KeyOf: pinnedKey, Fold: foldPinned,
		Options: []rule.Setting{
			{Name: "pins", Scope: rule.OfRoom, Default: "on", Values: []string{"on", "off"}, Help: "setting.room.pins"},
		},
	}
}

func pinnedKey(c chat.Community, e chat.Event) (string, bool) {
	if e.Message == nil || e.Message.Gone {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Pinned:
		room, ok := c.RoomOf(e.Chat)
		return string(e.Message.ID), ok && e.Level >= chat.Moderator && room.Settings["pins"] != "off"
	case chat.Failed:
		return string(e.Message.ID), e.Tag == "" && (b.Of == "pin" || b.Of == "unpin") && b.Why != chat.Expired
	}
	return "", false
}

func foldPinned(c chat.Community, s Pinner, e chat.Event) (Pinner, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Pinned:
		return pinned(c, e, b)
	case chat.Failed:
		if s.By.IsZero() || s.Told || b.Of == "unpin" && b.Why == chat.NotFound {
			return s, nil
		}
		s.Told = true
		v := rule.Aloud(c, s.In.Platform)
		key := "pins.failed"
		if b.Of == "unpin" {
			key = "pins.stays"
		}
		return s, []chat.Effect{chat.Whisper{To: s.In, Who: s.By, Text: v.Say(key,
			"platform", platform(v, e.Chat.Platform), "why", becauseOf(v, b.Why))}}
	}
	return s, nil
}

// pinned does in the room's other chats what a moderator has done in one.
func pinned(c chat.Community, e chat.Event, b chat.Pinned) (Pinner, []chat.Effect) {
	var out []chat.Effect
	for _, to := range others(c, e) {
		target, ok := e.Message.In(to)
		switch {
		case !ok:
		case b.On:
			out = append(out, chat.Pin{To: to, Target: target})
		default:
			out = append(out, chat.Unpin{To: to, Target: target})
		}
	}
	if len(out) == 0 {
		return Pinner{}, nil
	}
	return Pinner{By: e.By.Identity, In: e.Chat}, out
}
