package caps

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// staysAgain is how long moderators are left alone who were told that messages cannot be taken away in a chat.
const staysAgain = 24 * time.Hour

// Stayed is when the moderators were last told so of a chat.
type Stayed struct {
	At time.Time `json:"at,omitzero"`
}

// NewStays returns the rule that tells the moderators, at most once a day for a chat, that what the cap holds back could
// not be taken away there.
func NewStays() rule.Rule {
	return rule.Of[Stayed]{
		Title: "capstays",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Failed:
				t, ok := parseTag(e.Tag)
				return string(c.ID) + "/" + e.Chat.String(), ok && t.what == tagDelete && b.Why != chat.NotFound
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: func(c chat.Community, s Stayed, e chat.Event) (Stayed, []chat.Effect) {
			b, ok := e.Body.(chat.Failed)
			if !ok {
				return Stayed{}, nil
			}
			if !s.At.IsZero() && e.Now.Sub(s.At) < staysAgain {
				return s, nil
			}
			room, _ := c.RoomOf(e.Chat)
			write := func(v rule.Voice) chat.Text {
				return v.Say("caps.stuck", "title", room.Title(e.Chat), "platform", say.Platform(v.Language, e.Chat.Platform),
					"why", whyStays(v, b.Why))
			}
			out := rule.ToModerators(c, "", write, nil)
			return Stayed{At: e.Now}, append(out, chat.Wake{Rule: "capstays", Key: string(c.ID) + "/" + e.Chat.String(), At: e.Now.Add(staysAgain)})
		},
	}
}

// whyStays says why a message could not be taken away, and what helps.
func whyStays(v rule.Voice, why chat.Reason) chat.Text {
	switch why {
	case chat.Forbidden:
		return v.Say("caps.stuck.forbidden")
	case chat.Unsupported:
		return v.Say("caps.stuck.unsupported")
	case chat.NotFound, chat.TooLarge, chat.TooOld, chat.TooMany, chat.Invalid, chat.Broken:
	}
	return v.Say("caps.stuck.broken")
}
