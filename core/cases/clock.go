package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// unshown is how long we wait for the words of the message before the card is shown without them.
const unshown = time.Minute

// findAgain is how often we look whether there is somebody for a case that nobody may see.
const findAgain = 6 * time.Hour

// reminder is when somebody is reminded that a reporter waits: those on duty after a quarter of the promised time (12 of
// 48 hours), all moderators after half of it, and when the promise is broken organisers and the reporter; then
// organisers again after each such time. It runs in quiet weeks, too.
func (s Case) reminder(c chat.Community) time.Time {
	p := promise(c)
	switch s.Reminded {
	case 0:
		return s.Since.Add(p / 4)
	case 1:
		return s.Since.Add(p / 2)
	}
	return s.Since.Add(time.Duration(s.Reminded-1) * p)
}

// next is when the case must be looked at again.
func (s Case) next(c chat.Community, now time.Time) time.Time {
	var at time.Time
	add := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if s.Number == 0 {
		return at
	}
	if s.Step == Closed {
		return s.Closed.Add(retention(c))
	}
	if !s.isShown() {
		add(s.Opened.Add(unshown))
	}
	if s.Shown.Stranded { // somebody may have come who can look into it
		add(now.Add(findAgain))
	}
	if !s.Holder.IsZero() {
		add(s.Held)
	}
	if !s.Since.IsZero() && !s.Shown.Stranded {
		add(s.reminder(c))
	}
	return at
}

// isShown tells whether the card has been brought anywhere, or there is nobody to bring it to.
func (s Case) isShown() bool {
	return s.Shown.Room != "" || len(s.Shown.Alone) > 0 || s.Shown.Stranded
}

// due does what the time has come for.
func (s Case) due(c chat.Community, e chat.Event) (Case, []chat.Effect) {
	if s.Number == 0 {
		return s, nil
	}
	if s.Step == Closed {
		if e.Now.Before(s.Closed.Add(retention(c))) {
			return s.show(c, e.Now, false)
		}
		return Case{}, []chat.Effect{order(deskRule, "erased", string(c.ID), File{Number: s.Number})}
	}
	var out []chat.Effect
	changed := false
	if !s.Holder.IsZero() && !e.Now.Before(s.Held) {
		out = append(out, s.lapse(c)...)
		s.Holder, s.Held, changed = chat.Identity{}, time.Time{}, true
	}
	s, shown := s.show(c, e.Now, changed)
	out = append(out, shown...)
	if s.Since.IsZero() || s.Shown.Stranded || e.Now.Before(s.reminder(c)) {
		return s, out
	}
	out = append(out, s.remind(c, e.Now)...)
	s.Reminded++
	return s, out
}

// lapse tells whoever held the case that others can take it now.
func (s Case) lapse(c chat.Community) []chat.Effect {
	card, ok := c.Members.Of(s.Holder)
	if !ok || slices.Contains(s.kept(c), card.ID) || card.Level < chat.Moderator {
		return nil
	}
	return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("case.lapsed", "case", s.Number) }, s.claimChoice(rule.To(c, card, ""))...)
}

func (s Case) claimChoice(v rule.Voice) []chat.Choice {
	return []chat.Choice{{Label: v.Say("case.choice.claim").Plain, Ask: fmt.Sprintf("case %d claim", s.Number)}}
}

// remind tells those whose turn it is that a reporter is waiting.
func (s Case) remind(c chat.Community, now time.Time) []chat.Effect {
	kept := s.kept(c)
	waiting := now.Sub(s.Since)
	write := func(v rule.Voice) chat.Text {
		return v.Say("case.waiting", "case", s.Number, "waiting", waiting, "by", s.Since.Add(promise(c)))
	}
	late := func(v rule.Voice) chat.Text { return v.Say("case.late", "case", s.Number, "waiting", waiting) }
	alone := func(team []chat.Card, write func(rule.Voice) chat.Text) []chat.Effect {
		var out []chat.Effect
		for _, card := range team {
			tag := caseTag(s.Number) + "/said/" + string(card.ID)
			out = append(out, rule.Secretly(c, card, tag, write, s.claimChoice(rule.To(c, card, ""))...)...)
		}
		return out
	}
	team := rule.Team(c, chat.Moderator, kept...)
	switch s.Reminded {
	case 0:
		if onDuty := slices.DeleteFunc(slices.Clone(team), func(card chat.Card) bool { return !isOnDuty(card) }); len(onDuty) > 0 {
			return alone(onDuty, write)
		}
		return s.announce(c, write, s.claimChoice)
	case 1:
		return alone(team, write)
	}
	organisers := rule.Team(c, chat.Organiser, kept...)
	out := alone(organisers, late)
	if len(organisers) == 0 {
		out = s.announce(c, late, s.claimChoice)
	}
	if s.Reminded == 2 {
		out = append(append(out, s.tell(c, Letter{Kind: "late"}, 0)...), s.promised(c, "broken")...)
	}
	return out
}

// inTime notes that a reporter who waits is answered in time.
func (s Case) inTime(c chat.Community, now time.Time) []chat.Effect {
	if s.Since.IsZero() || !now.Before(s.Since.Add(promise(c))) {
		return nil
	}
	return s.promised(c, "kept")
}

// promised notes what became of the promise to answer, for who looks at the promises. Of a case that not every moderator may
// know of nothing is noted.
func (s Case) promised(c chat.Community, how string) []chat.Effect {
	if s.isConflict(c) {
		return nil
	}
	return []chat.Effect{chat.Record{Log: "promises", Line: "answers " + how}}
}

// isOnDuty tells whether it is a moderator's turn to look after reports: the rota notes it on the card.
func isOnDuty(card chat.Card) bool {
	return slices.Contains(strings.Fields(card.Settings["duty"]), "moderator")
}
