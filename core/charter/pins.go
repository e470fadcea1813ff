package charter

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

const (
	pins = "pins"
	// settingPinned is the room setting that says whether purpose and rules are pinned there.
	settingPinned = "pinned"
	// pinTag, and the chat, is how the pinned message is called. Each chat has one of its own, because it may have to
	// be posted anew in one of them alone.
	pinTag = "charter/"

	pinAgain = 24 * time.Hour
	// pinLost is after how long without a word from the platform the message counts as lost: it was deleted where
	// nobody tells, or is older than the house remembers messages.
	pinLost = 72 * time.Hour
	// pinYoung is how long a message that was just posted is not posted anew, whatever the platform says of it.
	pinYoung = time.Hour
)

// Pin is the pinned message of one chat.
type Pin struct {
	At      time.Time      `json:"at,omitzero"`   // when it was posted; zero = there is none
	Seen    time.Time      `json:"seen,omitzero"` // when the platform last said that it is there
	Hash    string         `json:"hash,omitempty"`
	Message chat.MessageID `json:"message,omitempty"`
	Edit    chat.EventID   `json:"edit,omitempty"` // when it was last changed in place
	Told    bool           `json:"told,omitempty"` // the organisers know that it cannot be pinned
}

// NewPins returns the rule that keeps purpose and rules pinned in every chat: posted once, changed in place, looked
// after every day.
func NewPins() rule.Rule {
	return rule.Of[Pin]{Title: pins, KeyOf: pinKeyOf, Fold: foldPin}
}

func pinKey(in chat.CommunityID, to chat.Chat) string { return string(in) + "/" + to.String() }

func pinKeyOf(c chat.Community, e chat.Event) (string, bool) {
	if c.ID == "" {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Migrated:
		return pinKey(c.ID, b.To), true
	case chat.Sent:
		return keyOfTag(c, e.Tag)
	case chat.Failed:
		if e.Tag == "" && e.Message == nil { // an edit that could not be done is told without more
			return pinKey(c.ID, e.Chat), !e.Private && !e.Chat.IsZero()
		}
		return keyOfTag(c, e.Tag)
	case chat.Deleted:
		if e.Message == nil {
			return "", false
		}
		return keyOfTag(c, e.Message.Tag)
	}
	return "", false
}

func keyOfTag(c chat.Community, tag string) (string, bool) {
	name, ok := strings.CutPrefix(tag, pinTag)
	return string(c.ID) + "/" + name, ok
}

func foldPin(c chat.Community, s Pin, e chat.Event) (Pin, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		to, err := chat.ParseChat(strings.TrimPrefix(b.Key, string(c.ID)+"/"))
		if err != nil {
			return Pin{}, nil
		}
		return check(c, s, e, to)
	case chat.Migrated:
		return s, wakePins(c, []chat.Chat{b.To}, e.Now)
	case chat.Sent:
		if s.At.IsZero() {
			return s, nil
		}
		s.Seen = e.Now
		if e.Message != nil {
			s.Message = e.Message.ID
		} else {
			s.Told = false // it was a pin
		}
		return s, nil
	case chat.Failed:
		return failedPin(c, s, e, b)
	case chat.Deleted:
		if !s.At.IsZero() && e.Message.ID == s.Message {
			s.At = time.Time{} // whoever did it: it comes back with the day's check, not at once
		}
		return s, nil
	}
	return s, nil
}

// check makes the pinned message what it should be.
func check(c chat.Community, s Pin, e chat.Event, to chat.Chat) (Pin, []chat.Effect) {
	room, here := c.RoomOf(to)
	if !here {
		return Pin{}, nil
	}
	text, some := notice(c, to.Platform)
	again := chat.Wake{Rule: pins, Key: pinKey(c.ID, to), At: e.Now.Add(pinAgain)}
	target := chat.Target{Tag: pinTag + to.String()}
	if !some || room.Settings[settingPinned] == "off" {
		var out []chat.Effect
		if some { // it may be wanted again
			out = append(out, again)
		}
		if !s.At.IsZero() {
			out = append(out, chat.Unpin{To: to, Target: target}, chat.Delete{To: to, Target: target})
		}
		return Pin{}, out
	}
	pin := chat.Pin{To: to, Target: target, Tag: target.Tag}
	switch {
	case s.At.IsZero() || e.Now.Sub(s.Seen) >= pinLost:
		s, out := post(s, e, to, text)
		return s, append(out, again)
	case s.Hash != Hash(text.Plain):
		s.Hash, s.Edit = Hash(text.Plain), e.ID
		return s, []chat.Effect{chat.Edit{To: to, Target: target, Text: text}, pin, again}
	}
	return s, []chat.Effect{pin, again}
}

// post posts the message anew and pins it; the old one goes.
func post(s Pin, e chat.Event, to chat.Chat, text chat.Text) (Pin, []chat.Effect) {
	target := chat.Target{Tag: pinTag + to.String()}
	next := Pin{At: e.Now, Seen: e.Now, Hash: Hash(text.Plain), Told: s.Told}
	var out []chat.Effect
	if !s.At.IsZero() {
		out = append(out, chat.Unpin{To: to, Target: target}, chat.Delete{To: to, Target: target})
	}
	return next, append(out, chat.Send{To: to, Text: text, Tag: target.Tag}, chat.Pin{To: to, Target: target, Tag: target.Tag})
}

// failedPin finds out what a failure means: a message that cannot be changed any more or is gone is posted anew, and who
// may not pin says so once.
func failedPin(c chat.Community, s Pin, e chat.Event, b chat.Failed) (Pin, []chat.Effect) {
	if s.At.IsZero() {
		return s, nil
	}
	isEdit := e.Tag == "" && s.Edit != "" && strings.HasPrefix(string(b.Effect), string(s.Edit)+"#")
	to := e.Chat
	switch {
	case e.Tag == "" && !isEdit:
		return s, nil
	case e.Message != nil: // the message itself
		if e.Message.ID == s.Message || s.Message == "" {
			s.At = time.Time{}
		}
		return s, nil
	case isEdit, b.Why == chat.NotFound && e.Now.Sub(s.At) >= pinYoung:
		text, some := notice(c, to.Platform)
		if _, here := c.RoomOf(to); !here || !some {
			return s, nil
		}
		return post(s, e, to, text)
	case b.Why == chat.Forbidden && !s.Told:
		s.Told = true
		return s, tellOrganisers(c, to)
	}
	return s, nil
}

// tellOrganisers says that the house may not pin in a chat.
func tellOrganisers(c chat.Community, to chat.Chat) []chat.Effect {
	room, _ := c.RoomOf(to)
	var out []chat.Effect
	for _, card := range rule.Team(c, chat.Organiser) {
		out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
			return v.Say("pinned.forbidden", "title", room.Title(to), "platform", say.Platform(v.Language, to.Platform))
		})...)
	}
	return out
}

// notice is what the pinned message says; false while there is nothing to say.
func notice(c chat.Community, p chat.Platform) (chat.Text, bool) {
	voice := rule.Aloud(c, p)
	purpose, rules := c.Settings[settingPurpose], c.Settings[settingRules]
	pairs := []any{"purpose", purpose, "rules", rules, "version", version(c)}
	switch {
	case purpose == "" && rules == "":
		return chat.Text{}, false
	case rules == "":
		return voice.Say("pinned.purpose", pairs...), true
	case purpose == "":
		return voice.Say("pinned.rules", pairs...), true
	}
	return voice.Say("pinned.both", pairs...), true
}
