package rule

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/say"
)

// Voice is how the house speaks to somebody: his language, the sign his commands begin with, his time zone.
type Voice struct {
	Language, Prefix string
	Zone             *time.Location
}

// Speak returns the voice for the answer to an event: in private the member's own, in a room the community's.
func Speak(c chat.Community, e chat.Event) Voice {
	if card, ok := c.Members.ByID(e.Member); ok && e.Private {
		return To(c, card, e.Chat.Platform)
	}
	return Aloud(c, e.Chat.Platform)
}

// Aloud returns the voice for everybody in a chat on a platform.
func Aloud(c chat.Community, p chat.Platform) Voice {
	return Voice{Language: c.Language(), Prefix: say.Prefix(p), Zone: c.Zone()}
}

// To returns the voice for one member on a platform.
func To(c chat.Community, card chat.Card, p chat.Platform) Voice {
	return Voice{Language: c.LanguageOf(card), Prefix: say.Prefix(p), Zone: c.ZoneOf(card)}
}

// Say returns the sentence with that key; a time among the values becomes day and hour in the voice's zone, a
// duration words, and {prefix} is filled in.
func (v Voice) Say(key string, pairs ...any) chat.Text {
	filled := make([]any, 0, len(pairs)+2)
	for i, p := range pairs {
		if i%2 == 1 {
			switch x := p.(type) {
			case time.Time:
				p = say.Time(v.Language, x.In(v.Zone))
			case time.Duration:
				p = say.Duration(v.Language, x)
			case chat.Level:
				p = say.Level(v.Language, x)
			}
		}
		filled = append(filled, p)
	}
	return say.Text(v.Language, key, append(filled, "prefix", v.Prefix)...)
}
