// Package ledger tells what became of one message: /why as an answer to it. It knows what the platforms have said yes or no
// to, as the engine keeps it with the message, and what people have put under it; it does not know the words, and nothing
// about who was told what in private.
//
// Why the reactions are kept here again: the relay's are its own, and here a person is only a pseudonym.
package ledger

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const title = "why"

// maxGiven bounds what is remembered of one message, maxTold how many kinds of reactions are told.
const (
	maxGiven = 2000
	maxTold  = 8
)

// State is what people have put under one message.
type State struct {
	Given []Reaction `json:"given,omitempty"` // in the order of giving
}

// Reaction is one emoji of one person on one platform.
type Reaction struct {
	Who   string        `json:"who"` // a pseudonym
	On    chat.Platform `json:"on"`
	Emoji string        `json:"emoji"`
}

// New returns the rule. It only remembers, so it comes last.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold:  fold,
		Ask:   []rule.Command{{Name: "why", Level: chat.Guest, Help: "help.why"}},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Reacted, chat.Deleted:
		if e.Message == nil {
			return "", false
		}
		return string(e.Message.ID), true
	case chat.Asked:
		if b.Command != title {
			return "", false
		}
		if e.ReplyTo == nil {
			return string(c.ID) + "/", true // nothing is kept there
		}
		return string(e.ReplyTo.ID), true
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Reacted:
		if e.Message.Gone {
			return s, nil
		}
		return s.react(c.Members.Pseudonym(e.By.Identity), e.By.Identity.Platform, b), nil
	case chat.Deleted:
		return State{}, nil
	case chat.Asked:
		return s, []chat.Effect{rule.Discreetly(e, fate(c, s, e, b))}
	}
	return s, nil
}

// react brings what is remembered to what somebody's reactions are now.
func (s State) react(who string, on chat.Platform, b chat.Reacted) State {
	s.Given = slices.DeleteFunc(s.Given, func(r Reaction) bool {
		return r.Who == who && (b.Change == chat.ReactionsAre && !slices.Contains(b.Emoji, r.Emoji) ||
			b.Change == chat.ReactionRemoved && slices.Contains(b.Emoji, r.Emoji))
	})
	if b.Change != chat.ReactionRemoved {
		for _, emoji := range b.Emoji {
			one := Reaction{Who: who, On: on, Emoji: emoji}
			if len(s.Given) < maxGiven && !slices.Contains(s.Given, one) {
				s.Given = append(s.Given, one)
			}
		}
	}
	if len(s.Given) == 0 {
		s.Given = nil
	}
	return s
}

// tally writes how many have given what where: "👍 3 Signal, 1 Matrix · ❤️ 1 Signal", the most given first.
func (s State) tally(v rule.Voice) string {
	var emoji []string
	all, on := make(map[string]int), make(map[string]map[chat.Platform]int)
	for _, r := range s.Given {
		if on[r.Emoji] == nil {
			on[r.Emoji] = make(map[chat.Platform]int)
			emoji = append(emoji, r.Emoji)
		}
		all[r.Emoji]++
		on[r.Emoji][r.On]++
	}
	slices.SortStableFunc(emoji, func(a, b string) int { return all[b] - all[a] })
	var out []string
	for _, one := range emoji[:min(len(emoji), maxTold)] {
		var where []string
		for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix, chat.Web} {
			if n := on[one][p]; n > 0 {
				where = append(where, strconv.Itoa(n)+" "+platform(v, p))
			}
		}
		out = append(out, one+" "+strings.Join(where, ", "))
	}
	return strings.Join(out, " · ")
}
