package rooms

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Tries are the times at which somebody has typed codes lately.
type Tries struct {
	At []time.Time `json:"at,omitempty"`
}

const (
	maxTries  = 5
	tryWindow = 15 * time.Minute
)

// NewGuesses returns the gate that keeps people from guessing codes: five in a quarter of an hour, right or
// wrong, for each person; then the event ends here.
func NewGuesses() rule.Rule {
	return rule.Of[Tries]{
		Title: "guesses",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return e.By.Identity.String(), len(b.Args) > 0 && (b.Command == "link" || b.Command == "claim")
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: foldGuess,
	}
}

func foldGuess(c chat.Community, s Tries, e chat.Event) (Tries, []chat.Effect) {
	recent := slices.DeleteFunc(slices.Clone(s.At), func(t time.Time) bool { return e.Now.Sub(t) >= tryWindow })
	if _, due := e.Body.(chat.Due); due {
		if len(recent) == 0 {
			return Tries{}, nil
		}
		return Tries{At: recent}, nil
	}
	if len(recent) >= maxTries {
		wait := recent[0].Add(tryWindow).Sub(e.Now)
		minutes := int((wait + time.Minute - 1) / time.Minute)
		return Tries{At: recent}, []chat.Effect{rule.Reply(e, say.Text(c.Language(), "code.slow", "minutes", minutes)), chat.Drop{}}
	}
	return Tries{At: append(recent, e.Now)}, []chat.Effect{
		chat.Wake{Rule: "guesses", Key: e.By.Identity.String(), At: e.Now.Add(tryWindow)},
	}
}
