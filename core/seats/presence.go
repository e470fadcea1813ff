package seats

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Presence is when somebody was last seen, and whether he is away on purpose.
type Presence struct {
	Seen   time.Time `json:"seen,omitzero"` // to the day
	Nudged int       `json:"nudged,omitempty"`
	Paused bool      `json:"paused,omitempty"`
	Until  time.Time `json:"until,omitzero"` // of the pause; zero = until he says
}

// mine is what a member sees of it.
func (s Presence) mine(chat.MemberID) any {
	return struct {
		Seen   time.Time `json:"last_seen,omitzero"`
		Nudged int       `json:"asked_whether_all_is_fine,omitempty"`
		Paused bool      `json:"paused,omitempty"`
		Until  time.Time `json:"paused_until,omitzero"`
	}{s.Seen, s.Nudged, s.Paused, s.Until}
}

const (
	presenceTitle = "presence"
	seenAgain     = 24 * time.Hour
	firstNudge    = 30 * 24 * time.Hour
	secondNudge   = 60 * 24 * time.Hour
	nudgeLater    = 7 * 24 * time.Hour // when it is not the time for it
	dayBegins     = 9                  // o'clock: nobody is written to at night
	dayEnds       = 20
)

// Paused is the setting of a member's card that is "on" while he is away by his own wish: nothing is sent to him that
// he has not asked for, and he is counted nowhere as missing.
const Paused = "paused"

// NewPresence returns the rule of /pause and /resume, which also asks those who have not been seen for long whether all is
// fine. Nobody loses a seat by being silent.
func NewPresence() rule.Rule {
	return rule.Of[Presence]{
		Title: presenceTitle,
		KeyOf: presenceKey,
		Fold:  foldPresence,
		Mine:  Presence.mine,
		Join: func(kept, gone Presence) Presence {
			if gone.Seen.After(kept.Seen) {
				kept.Seen, kept.Nudged = gone.Seen, gone.Nudged
			}
			if gone.Paused && !kept.Paused {
				kept.Paused, kept.Until = true, gone.Until
			}
			return kept
		},
		Ask: []rule.Command{
			{Name: "pause", Args: "[TIME]", Level: chat.Member, Help: "help.pause"},
			{Name: "resume", Level: chat.Member, Help: "help.resume"},
			{Name: "fine", Level: chat.Member},
		},
	}
}

func presenceKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted, chat.Edited, chat.Reacted, chat.Asked:
		if e.By.Identity == chat.House() || e.Level < chat.Member {
			return "", false
		}
		return rule.ByMember(c, e)
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func foldPresence(c chat.Community, s Presence, e chat.Event) (Presence, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Claimed:
		card, ok := c.Members.ByID(b.Kept)
		if !ok || s == (Presence{}) {
			return s, nil
		}
		return s, []chat.Effect{presenceWake(c, card, s, e.Now)}
	case chat.Due:
		return presenceDue(c, s, e, b)
	}
	card, ok := c.Members.ByID(e.Member)
	if !ok {
		return s, nil
	}
	asked, _ := e.Body.(chat.Asked)
	var out []chat.Effect
	switch asked.Command {
	case "pause":
		s, out = pause(c, s, e, card, asked)
	case "resume":
		s, out = resume(c, s, e, card)
	case "fine":
		out = []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("presence.fine"))}
	}
	changed := len(out) > 0
	if e.Now.Sub(s.Seen) >= seenAgain || s.Nudged > 0 || changed {
		s.Seen, s.Nudged = e.Now, 0
		out = append(out, presenceWake(c, card, s, e.Now))
	}
	return s, out
}

// presenceWake sets the timer for what comes first: the end of a pause, else the next question.
func presenceWake(c chat.Community, card chat.Card, s Presence, now time.Time) chat.Effect {
	wake := chat.Wake{Rule: presenceTitle, Key: rule.PersonKey(c.ID, card.ID)}
	switch {
	case s.Paused && !s.Until.IsZero():
		wake.At = s.Until
	case s.Nudged == 0:
		wake.At = byDay(c.ZoneOf(card), s.Seen.Add(firstNudge))
	default:
		wake.At = byDay(c.ZoneOf(card), s.Seen.Add(secondNudge))
	}
	if !wake.At.After(now) {
		wake.At = byDay(c.ZoneOf(card), now.Add(seenAgain))
	}
	return wake
}

// byDay is a time, or the next after it that is no night where somebody lives.
func byDay(zone *time.Location, at time.Time) time.Time {
	local := at.In(zone)
	switch {
	case local.Hour() < dayBegins:
		return time.Date(local.Year(), local.Month(), local.Day(), dayBegins, 0, 0, 0, zone).UTC()
	case local.Hour() >= dayEnds:
		return time.Date(local.Year(), local.Month(), local.Day()+1, dayBegins, 0, 0, 0, zone).UTC()
	}
	return at
}

func presenceDue(c chat.Community, s Presence, e chat.Event, b chat.Due) (Presence, []chat.Effect) {
	id, ok := cutTag(b.Key, string(c.ID)+"/")
	card, known := c.Members.ByID(id)
	if !ok || !known || card.Level < chat.Member {
		return Presence{}, nil
	}
	if s.Seen.IsZero() { // he came with a chat that was linked, and the seats have set the timer
		s.Seen = e.Now.Add(-firstNudge)
	}
	wake := func() chat.Effect { return presenceWake(c, card, s, e.Now) }
	switch {
	case s.Paused && (s.Until.IsZero() || e.Now.Before(s.Until)):
		return s, nil
	case s.Paused:
		s.Paused, s.Until, s.Seen, s.Nudged = false, time.Time{}, e.Now, 0
		out := []chat.Effect{chat.Set{Member: card.ID, Key: Paused}}
		out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("pause.over", "community", nameOf(c, v)) })...)
		return s, append(out, wake())
	case card.Settings[sanction] != "": // whoever may not write is not asked why he does not
		return s, []chat.Effect{chat.Wake{Rule: presenceTitle, Key: b.Key, At: byDay(c.ZoneOf(card), e.Now.Add(nudgeLater))}}
	case s.Nudged == 0 && e.Now.Sub(s.Seen) >= firstNudge:
		s.Nudged = 1
		return s, append(nudge(c, card, "presence.first"), wake())
	case s.Nudged == 1 && e.Now.Sub(s.Seen) >= secondNudge:
		s.Nudged = 2
		return s, nudge(c, card, "presence.second")
	case s.Nudged < 2:
		return s, []chat.Effect{wake()}
	}
	return s, nil
}

// nudge asks somebody whether all is fine: the first time that is all, the second time he is offered to pause or to go.
func nudge(c chat.Community, card chat.Card, key string) []chat.Effect {
	who, ok := rule.Door(card)
	if !ok {
		return nil
	}
	v := rule.To(c, card, who.Platform)
	choices := []chat.Choice{{Label: v.Say("presence.well").Plain, Ask: "fine"}}
	if key == "presence.second" {
		choices = append(choices, chat.Choice{Label: v.Say("presence.pause").Plain, Ask: "pause"},
			chat.Choice{Label: v.Say("presence.leave").Plain, Ask: "leave"})
	}
	return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say(key, "community", nameOf(c, v)) }, choices...)
}

// pause lets somebody be away with his seat kept.
func pause(c chat.Community, s Presence, e chat.Event, card chat.Card, asked chat.Asked) (Presence, []chat.Effect) {
	v := rule.Speak(c, e)
	var until time.Time
	if len(asked.Args) > 0 {
		d, rest, ok := rule.Duration(asked.Args)
		switch {
		case rule.IsBareNumber(asked.Args[0]):
			return s, []chat.Effect{rule.Discreetly(e, v.Say("duration.bare", "word", asked.Args[0]))}
		case !ok || len(rest) > 0:
			return s, []chat.Effect{rule.Discreetly(e, v.Say("pause.usage"))}
		}
		until = e.Now.Add(d)
	}
	s.Paused, s.Until = true, until
	out := []chat.Effect{chat.Set{Member: card.ID, Key: Paused, Value: "on"}}
	if s.Until.IsZero() {
		return s, append(out, rule.Discreetly(e, v.Say("pause.on")))
	}
	return s, append(out, rule.Discreetly(e, v.Say("pause.until", "until", s.Until)))
}

func resume(c chat.Community, s Presence, e chat.Event, card chat.Card) (Presence, []chat.Effect) {
	v := rule.Speak(c, e)
	if !s.Paused {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("resume.none"))}
	}
	s.Paused, s.Until = false, time.Time{}
	return s, []chat.Effect{chat.Set{Member: card.ID, Key: Paused}, rule.Discreetly(e, v.Say("resume.done"))}
}
