package onboarding

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	doorstep = "doorstep"
	// knockAgain is how long somebody who knocks again is not told the same again.
	knockAgain = 24 * time.Hour
)

// Knock is when somebody at the door was last spoken to.
type Knock struct {
	At time.Time `json:"at,omitzero"`
}

// NewDoorstep returns the rule that speaks at once to whoever knocks on Telegram. There a bot may write first only in
// the minutes after a request to join, never again until it is written to; elsewhere the first message of the course
// does it. Where the gate asks questions of its own, those are the first word.
func NewDoorstep() rule.Rule {
	return rule.Of[Knock]{
		Title: doorstep,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Knocked:
				mine := isOpen(c) && c.Setting("gate", "open") == "open" && b.Who.Identity.Platform == chat.Telegram
				return string(c.ID) + "/" + b.Who.Identity.String(), c.ID != "" && mine && !b.Who.Bot
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: foldKnock,
	}
}

func foldKnock(c chat.Community, s Knock, e chat.Event) (Knock, []chat.Effect) {
	b, ok := e.Body.(chat.Knocked)
	if !ok {
		return Knock{}, nil // the day is over
	}
	if !s.At.IsZero() && e.Now.Sub(s.At) < knockAgain {
		return s, nil
	}
	who := b.Who.Identity
	voice := rule.Aloud(c, who.Platform)
	if card, ok := c.Members.Of(who); ok {
		if strings.HasPrefix(card.Settings["sanction"], "ban") {
			return s, nil // what he may know of that he has been told
		}
		voice = rule.To(c, card, who.Platform)
	}
	text := voice.Say("welcome.knock", "community", c.Name, "purpose", c.Settings["purpose"])
	return Knock{At: e.Now}, []chat.Effect{
		chat.Whisper{To: chat.Chat(who), Who: who, Text: text, Secret: true},
		chat.Wake{Rule: doorstep, Key: string(c.ID) + "/" + who.String(), At: e.Now.Add(knockAgain)},
	}
}
