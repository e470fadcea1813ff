// Package members says who is in a community and which accounts are one person. It does not know what
// members do, and decides nothing about levels beyond what the platforms say.
package members

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// Claim is the state of one code: who showed it, and until when it is good.
type Claim struct {
	By      chat.Identity `json:"by,omitzero"`
	Expires time.Time     `json:"expires,omitzero"`
	Used    bool          `json:"used,omitempty"`
}

const (
	codeLife = 15 * time.Minute
	codeKept = 24 * time.Hour // an old code is remembered that long, to be told from a wrong one
)

// NewEnrolment returns the rule that makes everybody a member who is seen in one of the community's chats. Who comes where
// there is no seat for him does not come as far as here; who writes without having come was there before the bot, and
// is a member as he is. The house itself and its operator are nobody's members.
func NewEnrolment() rule.Rule {
	return rule.Of[struct{}]{
		Title: "enrolment",
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			return "", c.ID != "" && !e.Private
		},
		Fold: func(_ chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			who := e.By
			switch b := e.Body.(type) {
			case chat.Posted, chat.Edited, chat.Reacted, chat.Asked:
			case chat.Joined:
				who = b.Who
			default:
				return s, nil
			}
			if who.Identity.IsZero() || who.Identity.Platform == chat.Local || who.Bot || who.Anonymous {
				return s, nil
			}
			return s, []chat.Effect{chat.Enrol{Who: who}}
		},
	}
}

// NewClaims returns the rule of /claim.
func NewClaims() rule.Rule {
	return rule.Of[Claim]{
		Title: "claims",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				if b.Command != "claim" {
					return "", false
				}
				if len(b.Args) == 0 {
					return rule.Code(e.Seed), true
				}
				return rule.CleanCode(b.Args...), true
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: foldClaim,
		Ask: []rule.Command{
			{Name: "claim", Args: "[CODE]", Level: chat.Guest, Place: rule.InPrivate, Help: "help.claim"},
		},
	}
}

func foldClaim(c chat.Community, s Claim, e chat.Event) (Claim, []chat.Effect) {
	asked, ok := e.Body.(chat.Asked)
	if !ok {
		return Claim{}, nil // the code's time is over
	}
	language := c.Language()
	if len(asked.Args) == 0 {
		code := rule.Code(e.Seed)
		return Claim{By: e.By.Identity, Expires: e.Now.Add(codeLife)}, []chat.Effect{
			chat.Wake{Rule: "claims", Key: code, At: e.Now.Add(codeKept)},
			rule.Reply(e, say.Text(language, "claim.code", "code", rule.ShowCode(code))),
		}
	}
	shown := rule.ShowCode(rule.CleanCode(asked.Args...))
	switch {
	case !rule.IsCode(rule.CleanCode(asked.Args...)):
		return s, []chat.Effect{rule.Reply(e, say.Text(language, "claim.nocode"))}
	case s.By.IsZero():
		return s, []chat.Effect{rule.Reply(e, say.Text(language, "claim.unknown", "code", shown))}
	case s.Used || e.Now.After(s.Expires):
		return s, []chat.Effect{rule.Reply(e, say.Text(language, "claim.old", "code", shown))}
	case s.By == e.By.Identity:
		return s, []chat.Effect{rule.Reply(e, say.Text(language, "claim.same"))}
	}
	platforms := []string{say.Platform(language, s.By.Platform), say.Platform(language, e.By.Identity.Platform)}
	slices.Sort(platforms)
	s.Used = true
	return s, []chat.Effect{
		chat.Claim{First: s.By, Second: e.By.Identity},
		chat.Record{Log: "audit", By: e.Member, Line: fmt.Sprintf("%s claim: %s and %s are one member", e.By.Identity.Platform, s.By.Platform, e.By.Identity.Platform)},
		rule.Reply(e, say.Text(language, "claim.done", "first", platforms[0], "second", platforms[1])),
	}
}

// platformsOf names the messengers that a member has accounts on, each once.
func platformsOf(language string, card chat.Card) []string {
	var out []string
	for _, i := range card.Identities {
		if name := say.Platform(language, i.Platform); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
