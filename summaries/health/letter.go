package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// letterTag is the tag of what organisers are told in private.
	letterTag = "healthletter"
	// The hours of the day in which people are written to who have not asked for it.
	morning, night = 8, 22
	maxLetters     = 50
	logRhythm      = "rhythm"
)

// Letter is an organiser who gets the numbers of the last week once it is day where they live.
type Letter struct {
	To chat.MemberID `json:"to"`
	At time.Time     `json:"at"`
}

// due does what Monday brings, and writes to those whose morning has come.
func (s State) due(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	if !s.Due.After(now) {
		s, out = s.monday(c, now)
	}
	var later []Letter
	for _, l := range s.Letters {
		card, ok := c.Members.ByID(l.To)
		switch at := daytime(now, c.ZoneOf(card)); {
		case !ok || card.Level < chat.Organiser || rule.Away(card, now) || now.Sub(l.At) > day:
		case l.At.After(now):
			later = append(later, l)
		case at.After(now):
			later = append(later, Letter{To: l.To, At: at})
		default:
			w := s.last()
			out = append(out, rule.Secretly(c, card, letterTag, func(v rule.Voice) chat.Text { return s.letter(c, v, w) })...)
		}
	}
	s.Letters = later
	return s, out
}

// monday begins the letter of the week that is over, unless it is a quiet time, too late, or nobody is there to read it.
func (s State) monday(c chat.Community, now time.Time) (State, []chat.Effect) {
	was := s.Due
	s.Due = letterAt(after(s.Start, c.Zone()), c.Zone())
	note := func(line string) (State, []chat.Effect) {
		return s, []chat.Effect{chat.Record{Log: logRhythm, Line: line}}
	}
	switch {
	case c.Setting(settingLetter, "on") == "off":
		return s, nil
	case rule.Quiet(c, was) || rule.Quiet(c, now):
		return note("health passed over: quiet")
	case now.Sub(was) > tooLate:
		return note("health skipped: more than 2 h late")
	case len(s.Weeks) == 0 || s.last().Numbers.Members < fewest || len(rule.Team(c, chat.Organiser)) == 0:
		return s, nil
	}
	s.Asks = append(slices.Clone(s.Asks), Ask{Late: now.Sub(was) > onTime})
	return s, []chat.Effect{lookWins(c)}
}

// found answers whoever waits for the log of wins.
func (s State) found(c chat.Community, b chat.Found, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	asks := s.Asks
	s.Asks = nil
	for _, ask := range asks {
		if ask.Chat != (chat.Chat{}) {
			out = append(out, s.answer(c, ask, b.Lines, now))
			continue
		}
		if len(s.Weeks) == 0 {
			continue
		}
		s.Weeks = slices.Clone(s.Weeks)
		w := &s.Weeks[len(s.Weeks)-1]
		w.Numbers.Won = winsIn(b.Lines, w.Numbers.At)
		out = append(out, s.tellFlags(c, *w))
		if room, ok := c.With(rule.Moderators); ok {
			out = append(out, s.aloud(c, room, *w, ask.Late)...)
			continue
		}
		for _, card := range rule.Team(c, chat.Organiser) {
			if len(s.Letters) < maxLetters {
				s.Letters = append(s.Letters, Letter{To: card.ID, At: daytime(now, c.ZoneOf(card))})
			}
		}
		s2, more := s.due(c, now)
		s, out = s2, append(out, more...)
	}
	return s, out
}

// aloud tells the moderators' room, with the picture.
func (s State) aloud(c chat.Community, room chat.Room, w Week, late bool) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Chats {
		v := rule.Aloud(c, to.Platform)
		text := s.letter(c, v, w)
		if late {
			text = text.Append(chat.Plain(" "), v.Say("health.late"))
		}
		out = append(out, chat.Send{To: to, Text: text, Parts: s.picture(v)})
	}
	return out
}

// tellFlags gives the rule of the red flags the numbers of a week.
func (s State) tellFlags(_ chat.Community, w Week) chat.Effect {
	n := w.Numbers
	quiet := one(w.Quiet)
	args := []string{
		w.Start.UTC().Format(time.RFC3339), n.At.UTC().Format(time.RFC3339), fmt.Sprint(n.Members), fmt.Sprint(n.Settled),
		fmt.Sprint(n.SettledWrote), fmt.Sprint(n.Overdue), fmt.Sprint(quiet),
	}
	return chat.Emit{Body: chat.Asked{Command: "redflags", Alias: "redflags", Args: args, Text: chat.Plain(strings.Join(args, " "))}, House: true}
}

// winsIn counts what went well within four weeks before a moment: what was noted and not taken back.
func winsIn(lines []chat.Line, at time.Time) Won {
	var w Won
	undone := make(map[string]int)
	for _, l := range lines { // the newest first
		words := strings.Fields(l.Text)
		if len(words) != 3 || l.At.After(at) {
			continue
		}
		name := words[1] + " " + words[2]
		switch {
		case words[0] == "unwin":
			undone[name]++
		case words[0] != "win":
		case undone[name] > 0:
			undone[name]--
		case at.Sub(l.At) <= 4*week:
			w = w.with(words[2])
			w.WinsWeek += one(at.Sub(l.At) <= week)
		}
	}
	return w
}

func (w Won) with(kind string) Won {
	w.Wins++
	switch kind {
	case "job":
		w.Job++
	case "solved":
		w.Solved++
	case "collab":
		w.Collab++
	default:
		w.Other++
	}
	return w
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
