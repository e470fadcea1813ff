package core

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// communitiesOf returns those that an identity is a member of, in the order of their making.
func (f *fold) communitiesOf(who chat.Identity) []*community {
	var out []*community
	for _, c := range f.engine.house.communities {
		if c.identities[who] != "" {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *community) int {
		if n := len(a.ID) - len(b.ID); n != 0 {
			return n
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return out
}

// belong tells somebody which communities he belongs to, and remembers which one he means in private.
func (f *fold) belong(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	voice := rule.Speak(c, e)
	mine := f.communitiesOf(e.By.Identity)
	if len(mine) == 0 {
		return []chat.Effect{rule.Reply(e, voice.Say("refuse.nobody"))}
	}
	if len(asked.Args) > 0 {
		n, err := strconv.Atoi(asked.Args[0])
		if err != nil || n < 1 || n > len(mine) {
			return []chat.Effect{rule.Reply(e, voice.Say("community.number", "count", len(mine)))}
		}
		chosen := mine[n-1]
		if err := f.tx.Put(bucketPrivate, []byte(e.By.Identity.String()), []byte(chosen.ID)); err != nil {
			return []chat.Effect{rule.Reply(e, voice.Say("refuse.failed"))}
		}
		return []chat.Effect{rule.Reply(e, voice.Say("community.chosen", "name", chosen.Name))}
	}
	if len(mine) == 1 {
		return []chat.Effect{rule.Reply(e, voice.Say("community.only", "name", c.Name))}
	}
	out := voice.Say("community.list", "name", c.Name)
	var choices []chat.Choice
	for i, m := range mine {
		if len(mine) > chat.MaxChoices { // then they are typed
			out = out.Append(chat.Plain("\n" + strconv.Itoa(i+1) + " " + m.Name))
			continue
		}
		choices = append(choices, chat.Choice{Label: m.Name, Ask: "community " + strconv.Itoa(i+1)})
	}
	return []chat.Effect{rule.Reply(e, out, choices...)}
}
