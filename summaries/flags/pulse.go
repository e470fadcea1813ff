package flags

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// pulseShown is how many must have answered before the mean is looked at; at pulseLow or below it is a sign by itself.
	pulseShown = 3
	pulseLow   = 2.5
	// A question that is not answered within two weeks asks for nothing any more.
	pulseFor = 14 * day
	// The hours of the day in which people are written to who have not asked for it.
	morning, night = 8, 22
	maxLetters     = 100
)

// Pulse is the monthly question to the moderators. Whose answer is whose is kept, sealed, only until the next one.
type Pulse struct {
	Month string    `json:"month,omitempty"` // "2026-03": the last one that was asked
	At    time.Time `json:"at,omitzero"`
	// Energy and Drain are the answers from 1 to 5 to the two questions.
	Energy map[chat.MemberID]int `json:"energy,omitempty"`
	Drain  map[chat.MemberID]int `json:"drain,omitempty"`
	Shown  bool                  `json:"shown,omitempty"` // the mean has been told
}

// Letter is a question to one moderator that waits for the day.
type Letter struct {
	To   chat.MemberID `json:"to"`
	What string        `json:"what"` // the month; or the room that is still
	At   time.Time     `json:"at"`
}

// mean is that of both questions, the second turned around; known only if three people have answered both.
func (p Pulse) mean() (mean float64, answers int, known bool) {
	sum := 0
	for who, energy := range p.Energy {
		if drain, ok := p.Drain[who]; ok {
			answers++
			sum += energy + 6 - drain
		}
	}
	if answers < pulseShown {
		return 0, answers, false
	}
	return float64(sum) / float64(2*answers), answers, true
}

// showPulse tells the moderators the mean once, a week or more after they were asked: not when the third has answered, for
// then the fourth could be guessed from what changes.
func (s State) showPulse(c chat.Community, now time.Time) (State, []chat.Effect) {
	mean, n, known := s.Pulse.mean()
	if !known || s.Pulse.Shown || now.Sub(s.Pulse.At) < week-day {
		return s, nil
	}
	s.Pulse.Shown = true
	return s, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
		return v.Say("pulse.mean", "mean", strconv.FormatFloat(mean, 'f', 1, 64), "n", n)
	}, nil)
}

// askPulse asks the moderators on the first Monday of a month how they are.
func (s State) askPulse(c chat.Community, now time.Time) (State, []chat.Effect) {
	s, out := s.showPulse(c, now)
	local := s.Given.At.In(c.Zone())
	month := local.Format("2006-01")
	if s.Pulse.Month == month || local.Day() > 7 || len(rule.Team(c, chat.Moderator)) < pulseShown {
		return s, out
	}
	s.Pulse = Pulse{Month: month, At: now}
	for _, card := range rule.Team(c, chat.Moderator) {
		if len(s.Letters) < maxLetters && !rule.Away(card, now) {
			s.Letters = append(s.Letters, Letter{To: card.ID, What: month, At: daytime(now, c.ZoneOf(card))})
		}
	}
	return s, out
}

// writeDue asks those whose morning has come.
func (s State) writeDue(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	var later []Letter
	for _, l := range s.Letters {
		card, ok := c.Members.ByID(l.To)
		switch at := daytime(now, c.ZoneOf(card)); {
		case !ok || card.Level < chat.Moderator || rule.Away(card, now) || l.What != s.Pulse.Month || now.Sub(l.At) > 2*day:
		case l.At.After(now):
			later = append(later, l)
		case at.After(now):
			later = append(later, Letter{To: l.To, What: l.What, At: at})
		case rule.Quiet(c, now):
		default:
			v := rule.To(c, card, "")
			out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("pulse.energy") }, steps(v, l.What, "energy")...)...)
		}
	}
	s.Letters = later
	return s, out
}

// steps are the five answers.
func steps(v rule.Voice, month, item string) []chat.Choice {
	labels := []chat.Text{v.Say("pulse.1"), v.Say("pulse.2"), v.Say("pulse.3"), v.Say("pulse.4"), v.Say("pulse.5")}
	var out []chat.Choice
	for i, label := range labels {
		out = append(out, choice(v, label, commandPulse, month, item, number(i+1)))
	}
	return out
}

// answered takes an answer; the last one counts.
func (s State) answered(c chat.Community, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	if len(b.Args) != 3 || e.Member == "" {
		return s, nil
	}
	value, err := strconv.Atoi(b.Args[2])
	if err != nil || value < 1 || value > 5 || b.Args[0] != s.Pulse.Month || e.Now.Sub(s.Pulse.At) > pulseFor {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("pulse.over"))}
	}
	if b.Args[1] == "energy" {
		s.Pulse.Energy = noted(s.Pulse.Energy, e.Member, value)
		return s, []chat.Effect{rule.Discreetly(e, v.Say("pulse.drain"), steps(v, b.Args[0], "drain")...)}
	}
	s.Pulse.Drain = noted(s.Pulse.Drain, e.Member, value)
	return s, []chat.Effect{rule.Discreetly(e, v.Say("pulse.thanks", "few", pulseShown))}
}

func noted(answers map[chat.MemberID]int, who chat.MemberID, value int) map[chat.MemberID]int {
	answers = maps.Clone(answers)
	if answers == nil {
		answers = make(map[chat.MemberID]int)
	}
	answers[who] = value
	return answers
}

// renamed puts one member in the place of another, or nobody.
func (p Pulse) renamed(gone, kept chat.MemberID) Pulse {
	for _, answers := range []*map[chat.MemberID]int{&p.Energy, &p.Drain} {
		value, ok := (*answers)[gone]
		if !ok {
			continue
		}
		*answers = maps.Clone(*answers)
		delete(*answers, gone)
		if _, has := (*answers)[kept]; kept != "" && !has {
			(*answers)[kept] = value
		}
	}
	return p
}

// daytime is a moment, or eight in the morning behind it if it is night in a zone.
func daytime(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	d := local.Day()
	switch {
	case local.Hour() >= night:
		d++
	case local.Hour() >= morning:
		return t
	}
	return time.Date(local.Year(), local.Month(), d, morning, 0, 0, 0, zone)
}

// settle sets the timer and lets go of what is empty.
func (s State) settle(c chat.Community, now time.Time) (State, []chat.Effect) {
	s = s.watched(c, now)
	if len(s.Waits) == 0 {
		s.Waits = nil
	}
	next := s.nextRoom(c, now)
	for _, l := range s.Letters {
		if next.IsZero() || l.At.Before(next) {
			next = l.At
		}
	}
	out := rule.Rewake(title, string(c.ID), s.Woken, next)
	s.Woken = next
	return s, out
}

// due does what the timer was set for.
func (s State) due(c chat.Community, now time.Time) (State, []chat.Effect) {
	s, out := s.writeDue(c, now)
	s, more := s.stillRooms(c, now)
	return s, slices.Concat(out, more)
}
