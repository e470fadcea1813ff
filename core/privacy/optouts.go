package privacy

import (
	"cmp"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// optOut is a word by which somebody leaves themselves out of something: the member setting is then "off".
type optOut struct {
	command, setting string
	off, on          string // keys of the sentences that say so
}

// optOuts are all of them. Whoever recaps, counts, asks or matches looks at the setting, and hears the command, an Asked,
// should there be something to forget at once.
func optOuts() []optOut {
	return []optOut{
		{command: "norecap", setting: "recap", off: "optout.recap.off", on: "optout.recap.on"},
		{command: "nometrics", setting: "metrics", off: "optout.metrics.off", on: "optout.metrics.on"},
		{command: "noprompt", setting: "prompt", off: "optout.prompt.off", on: "optout.prompt.on"},
		{command: "nomatch", setting: "match", off: "optout.match.off", on: "optout.match.on"},
	}
}

// NewOptOuts returns the rule of the opt-outs. It has no state: the settings are on the member's card.
func NewOptOuts() rule.Rule {
	return rule.Of[struct{}]{
		Title: "optouts",
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			asked, ok := e.Body.(chat.Asked)
			return "", ok && slices.ContainsFunc(optOuts(), func(o optOut) bool { return o.command == asked.Command })
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			asked, _ := e.Body.(chat.Asked)
			return s, leaveOut(c, e, cmp.Or(asked.Alias, asked.Command))
		},
		// One command, so that the help has one line for all.
		Ask: []rule.Command{
			{Name: "norecap", Aliases: []string{"nometrics", "noprompt", "nomatch"}, Level: chat.Guest, Help: "help.norecap"},
		},
	}
}

// leaveOut turns an opt-out on, or off if it is on.
func leaveOut(c chat.Community, e chat.Event, alias string) []chat.Effect {
	voice := rule.Speak(c, e)
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return []chat.Effect{passing(e, voice.Say("privacy.nobody"))}
	}
	for _, o := range optOuts() {
		if o.command != alias {
			continue
		}
		if card.Settings[o.setting] == "off" {
			return []chat.Effect{chat.Set{Member: card.ID, Key: o.setting}, rule.Discreetly(e, voice.Say(o.on, "command", o.command))}
		}
		return []chat.Effect{chat.Set{Member: card.ID, Key: o.setting, Value: "off"}, rule.Discreetly(e, voice.Say(o.off, "command", o.command))}
	}
	return nil
}

// chosen names the opt-outs that somebody has chosen.
func chosen(card chat.Card) []string {
	var out []string
	for _, o := range optOuts() {
		if card.Settings[o.setting] == "off" {
			out = append(out, o.command)
		}
	}
	return out
}
