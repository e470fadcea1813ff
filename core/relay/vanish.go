package relay

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// vanishing notes when a disappearing message has to be gone from the other chats; over tells that it has to be already.
func (s State) vanishing(c chat.Community, e chat.Event, p chat.Posted) (_ State, over bool) {
	room, _ := c.RoomOf(e.Chat)
	if p.Vanish <= 0 || room.Settings["vanish"] == "keep" {
		return s, false
	}
	from := e.At
	if from.IsZero() || from.After(e.Now) { // some platforms let the sender choose
		from = e.Now
	}
	end := from.Add(p.Vanish)
	if !e.Now.Before(end) {
		return s, true
	}
	s.Vanish, s.Original = end, p.Ref
	return s, false
}

// vanished takes the copies away: for the house the message is deleted.
func (s State) vanished() (State, []chat.Effect) {
	gone := s.Original
	s.Vanish, s.Original, s.End = time.Time{}, chat.Ref{}, End{Cause: byTime}
	return s, []chat.Effect{chat.Emit{Body: chat.Deleted{Ref: gone}, House: true}}
}

// late tells the other chats that a message had to disappear before it could be shown.
func late(c chat.Community, e chat.Event, to []chat.Chat) []chat.Effect {
	var out []chat.Effect
	for _, in := range to {
		v := rule.Aloud(c, in.Platform)
		out = append(out, chat.Send{To: in, Text: v.Say("vanish.late", "name", author(c, e).Name, "platform", platform(v, e.Chat.Platform))})
	}
	return out
}

// Vanishing is what has been said of one person's disappearing messages in a room that does not carry them.
type Vanishing struct {
	Said time.Time `json:"said,omitzero"` // to the others
	Told time.Time `json:"told,omitzero"` // to the author
}

// How long nothing is said again of somebody's disappearing messages.
const (
	saidAgain = time.Hour      // to the others
	toldAgain = 24 * time.Hour // to the author
)

const vanishingTitle = "vanishing"

// NewVanishing returns the rule that says what becomes of disappearing messages where a room does not carry them.
func NewVanishing() rule.Rule {
	return rule.Of[Vanishing]{Title: vanishingTitle, KeyOf: vanishingKey, Fold: foldVanishing}
}

func vanishingKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted:
		room, ok := c.RoomOf(e.Chat)
		return string(c.ID) + "/" + string(room.ID) + "/" + e.By.Identity.String(),
			ok && b.Vanish > 0 && room.Settings["vanish"] == "off" && len(room.Chats) > 1 && !e.By.Bot
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func foldVanishing(c chat.Community, s Vanishing, e chat.Event) (Vanishing, []chat.Effect) {
	p, ok := e.Body.(chat.Posted)
	if !ok {
		return Vanishing{}, nil // its time is over, and with it what was known
	}
	var out []chat.Effect
	if s.Said.IsZero() || e.Now.Sub(s.Said) >= saidAgain {
		s.Said = e.Now
		for _, in := range others(c, e) {
			v := rule.Aloud(c, in.Platform)
			out = append(out, chat.Send{To: in, Text: v.Say("vanish.off", "name", author(c, e).Name, "platform", platform(v, e.Chat.Platform))})
		}
	}
	if s.Told.IsZero() || e.Now.Sub(s.Told) >= toldAgain {
		s.Told = e.Now
		v := rule.Aloud(c, e.Chat.Platform)
		out = append(out, chat.Whisper{
			To: e.Chat, Who: e.By.Identity, Text: v.Say("vanish.told"),
			Answer: &chat.Answer{Target: chat.Target{Refs: []chat.Ref{p.Ref}}, Name: e.By.Name},
		})
	}
	id, _ := vanishingKey(c, e)
	return s, append(out, chat.Wake{Rule: vanishingTitle, Key: id, At: e.Now.Add(toldAgain)})
}
