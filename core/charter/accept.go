package charter

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	acceptance = "acceptance"
	// The settings of a member: the hash of the rules he has accepted, and of those he was last asked about.
	settingAccepted = "rules.accepted"
	settingAsked    = "rules.asked"

	// secondThought is how long after a change of the rules nobody is asked yet.
	secondThought = 10 * time.Minute
	// askedAtOnce is how many are asked at once; the next are a minute later, for platforms take many private
	// messages in one moment for spam.
	askedAtOnce = 20
	askedNext   = time.Minute
)

// NewAcceptance returns the rule of /accept, which asks those who have accepted an older text once for the new one.
func NewAcceptance() rule.Rule {
	return rule.Of[struct{}]{
		Title: acceptance,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return string(c.ID), b.Command == "accept" && e.Member != ""
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold: func(c chat.Community, s struct{}, e chat.Event) (struct{}, []chat.Effect) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return s, accept(c, e, b)
			case chat.Due:
				return s, askAgain(c, e)
			}
			return s, nil
		},
		Ask: []rule.Command{{Name: "accept", Level: chat.Member, Help: "help.accept"}},
	}
}

// accept notes that somebody has accepted the rules: those under which he chose, if they are still the same.
func accept(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	voice := rule.Speak(c, e)
	rules := c.Settings[settingRules]
	card, ok := c.Members.ByID(e.Member)
	switch {
	case !ok:
		return nil
	case rules == "":
		return []chat.Effect{rule.Discreetly(e, voice.Say("rules.none"))}
	case card.Settings[settingAccepted] == Hash(rules):
		return []chat.Effect{rule.Discreetly(e, voice.Say("accept.already", "version", version(c)))}
	case asked.Chosen && (len(asked.Args) != 1 || asked.Args[0] != Hash(rules)):
		text := voice.Say("accept.since", "rules", rules, "version", version(c))
		return []chat.Effect{rule.Discreetly(e, text, acceptChoice(c, e.Member, voice)...)}
	}
	return []chat.Effect{
		chat.Set{Member: card.ID, Key: settingAccepted, Value: Hash(rules)},
		rule.Discreetly(e, voice.Say("accept.done", "version", version(c))),
	}
}

// acceptChoice is what accepts the rules as they are now, for who has not.
func acceptChoice(c chat.Community, who chat.MemberID, voice rule.Voice) []chat.Choice {
	rules := c.Settings[settingRules]
	card, ok := c.Members.ByID(who)
	if !ok || rules == "" || card.Level < chat.Member || card.Settings[settingAccepted] == Hash(rules) {
		return nil
	}
	return []chat.Choice{{Label: voice.Say("accept.choice").Plain, Ask: "accept " + Hash(rules)}}
}

// askAgain asks those who have accepted an older text, each once and by day, some at a time.
func askAgain(c chat.Community, e chat.Event) []chat.Effect {
	rules := c.Settings[settingRules]
	if rules == "" {
		return nil
	}
	var out []chat.Effect
	var later time.Time
	n := 0
	for _, card := range c.Members.All() {
		if !isToBeAsked(card, Hash(rules)) {
			continue
		}
		at := daytime(e.Now, c.ZoneOf(card))
		if n == askedAtOnce && !at.After(e.Now) {
			at = e.Now.Add(askedNext)
		}
		if at.After(e.Now) {
			if later.IsZero() || at.Before(later) {
				later = at
			}
			continue
		}
		n++
		out = append(out, chat.Set{Member: card.ID, Key: settingAsked, Value: Hash(rules)})
		door, _ := rule.Door(card)
		choices := acceptChoice(c, card.ID, rule.To(c, card, door.Platform))
		out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
			return v.Say("accept.again", "rules", rules, "version", version(c), "community", c.Name)
		}, choices...)...)
	}
	if !later.IsZero() {
		out = append(out, chat.Wake{Rule: acceptance, Key: string(c.ID), At: later})
	}
	return out
}

func isToBeAsked(card chat.Card, hash string) bool {
	accepted := card.Settings[settingAccepted]
	return accepted != "" && accepted != hash && card.Settings[settingAsked] != hash &&
		len(card.In) > 0 && card.Level >= chat.Member
}

// daytime returns the time, or, if that is at night (22:00 to 08:00) in a zone, the next morning.
func daytime(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	day := local.Day()
	switch h := local.Hour(); {
	case h >= 22:
		day++
	case h >= 8:
		return t
	}
	return time.Date(local.Year(), local.Month(), day, 8, 0, 0, 0, zone)
}
