package onboarding

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// isOnDuty tells whether it is somebody's turn to look after newcomers: the rota notes it on the card.
func isOnDuty(card chat.Card) bool {
	return slices.Contains(strings.Fields(card.Settings["duty"]), "greeter")
}

// greeters are the members who look after newcomers and are here, except one.
func greeters(c chat.Community, except chat.MemberID) []chat.MemberID {
	var out []chat.MemberID
	for _, card := range c.Members.All() {
		here := card.Level >= chat.Member && len(card.In) > 0 && card.Settings[settingPaused] == ""
		if (card.Settings[settingGreeter] == "on" || isOnDuty(card)) && here && card.ID != except {
			out = append(out, card.ID)
		}
	}
	return out
}

// greeterFor is the one whose turn it is, else one of them, drawn; nobody's id, the moderators, if there is none.
func greeterFor(c chat.Community, e chat.Event, newcomer chat.MemberID) []chat.MemberID {
	all := greeters(c, newcomer)
	if len(all) == 0 {
		return []chat.MemberID{""}
	}
	for _, id := range all {
		if card, _ := c.Members.ByID(id); isOnDuty(card) {
			return []chat.MemberID{id}
		}
	}
	return []chat.MemberID{all[int(e.Seed[0])%len(all)]}
}

// circle are those who hear next of a message that nobody has answered.
func circle(c chat.Community, e chat.Event, w Wait) []chat.MemberID {
	switch w.Step {
	case 1:
		return greeterFor(c, e, w.Who)
	case 2:
		if all := greeters(c, w.Who); len(all) > 0 {
			return all
		}
		return []chat.MemberID{""}
	}
	var out []chat.MemberID
	for _, card := range rule.Team(c, chat.Organiser, w.Who) {
		out = append(out, card.ID)
	}
	return out
}

// tells says when each of some people is to hear: not at night, but for the last call.
func tells(c chat.Community, e chat.Event, newcomer chat.MemberID, who []chat.MemberID, step int) []Tell {
	var out []Tell
	for _, id := range who {
		zone := c.Zone()
		if card, ok := c.Members.ByID(id); ok {
			zone = c.ZoneOf(card)
		}
		at := e.Now
		if step < len(steps()) {
			at = daytime(e.Now, zone)
		}
		if step == 0 && at.Equal(e.Now) { // so that a first answer can come by itself
			at = at.Add(time.Minute)
		}
		if id != newcomer {
			out = append(out, Tell{Who: id, At: at, Step: step})
		}
	}
	return out
}

// merge lets a later word to somebody take the place of one that still waits.
func merge(old, next []Tell) []Tell {
	out := slices.DeleteFunc(slices.Clone(old), func(t Tell) bool {
		return slices.ContainsFunc(next, func(n Tell) bool { return n.Who == t.Who })
	})
	return append(out, next...)
}

// tell says it to somebody in private, or to the moderators.
func tell(c chat.Community, e chat.Event, w Wait, t Tell, newcomer chat.Card, room chat.Room) []chat.Effect {
	write := func(v rule.Voice) chat.Text {
		platform := ""
		if len(newcomer.Identities) > 0 {
			platform = say.Platform(v.Language, newcomer.Identities[0].Platform)
		}
		pairs := []any{
			"name", nameOf(newcomer, v), "handle", newcomer.Handle, "room", called(room, newcomer, v),
			"platform", platform, "ago", e.Now.Sub(w.At),
		}
		switch t.Step {
		case 0:
			return v.Say("greeter.first", pairs...)
		case len(steps()):
			return v.Say("greeter.organisers", pairs...)
		}
		return v.Say("greeter.waiting", pairs...)
	}
	if t.Who == "" {
		return rule.ToModerators(c, "", write, []chat.MemberID{w.Who})
	}
	card, ok := c.Members.ByID(t.Who)
	if !ok || card.Level < chat.Member || len(card.In) == 0 {
		return nil
	}
	return rule.Secretly(c, card, "", write)
}
