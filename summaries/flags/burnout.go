package flags

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// loadFor is how long back moderators' actions are looked at.
	loadFor = 14 * day
	// What is too much: the share of one person in at least so many actions, the days on which somebody acted, the share of
	// somebody's actions at night (of at least a few, for one says nothing), the share of late answers, and the weeks on duty.
	oneShare    = 60
	enoughDone  = 10
	actedDays   = 12
	nightShare  = 25
	nightEnough = 4
	lateShare   = 10
	dutyWeeks   = 2
)

// Action is something that a moderator did.
type Action struct {
	By chat.MemberID `json:"by"`
	At time.Time     `json:"at"`
}

// moderating are the commands whose lines in the log are a moderator's work.
func moderating() []string {
	return []string{
		"warn", "unwarn", "timeout", "untimeout", "remove", "ban", "unban", "uphold", "lift", "step", "case", "appeals", "approve", "decline", "raid",
		"review", "cooldown", "capsallow", "capsrefuse", "capsback", "capsleave", "caps", "library", "win", "ask", "restore", "enforce",
	}
}

// actionsIn are the moderators' actions of the last 14 days before a moment, of the log's lines.
func actionsIn(lines []chat.Line, at time.Time) []Action {
	var out []Action
	for _, l := range lines {
		words := strings.Fields(l.Text)
		if len(words) < 2 || l.By == "" || l.At.After(at) || at.Sub(l.At) > loadFor {
			continue
		}
		if slices.Contains(moderating(), strings.TrimSuffix(words[1], ":")) {
			out = append(out, Action{By: l.By, At: l.At})
		}
	}
	return out
}

// lateIn tells how many answers to reports came late within 14 days, and how many within the week.
func lateIn(lines []chat.Line, at time.Time) (all Share, inWeek int) {
	for _, l := range lines {
		if !strings.HasPrefix(l.Text, "answers ") || l.At.After(at) || at.Sub(l.At) > loadFor {
			continue
		}
		all.Of++
		if l.Text == "answers broken" {
			all.N++
			if at.Sub(l.At) <= week {
				inWeek++
			}
		}
	}
	return all, inWeek
}

// load is what one person has done.
type load struct {
	n, nights int
	days      int
}

// loadOf counts one person's actions, days and nights on the clock where they live.
func loadOf(actions []Action, who chat.MemberID, zone *time.Location) load {
	var l load
	days := make(map[string]bool)
	for _, a := range actions {
		if a.By != who {
			continue
		}
		local := a.At.In(zone)
		l.n++
		days[local.Format(time.DateOnly)] = true
		if local.Hour() >= 23 || local.Hour() < 6 {
			l.nights++
		}
	}
	l.days = min(len(days), int(loadFor/day)) // two weeks touch fifteen days of the calendar
	return l
}

// burnout: two signs that moderating is too much for somebody, or the moderators' own answers.
func (s State) burnout(c chat.Community, now time.Time) sighting {
	mean, answers, isKnown := s.Pulse.mean()
	isLow := isKnown && mean <= pulseLow
	signs := func(v rule.Voice) []chat.Text { return s.burdens(c, v) }
	n := len(signs(rule.Voice{Language: "en", Zone: time.UTC}))
	return sighting{
		name: burnout, known: true, bad: n >= 2 || isLow,
		write: func(v rule.Voice) chat.Text {
			reasons := signs(v)
			if isLow {
				reasons = append(reasons, v.Say("flag.burnout.pulse", "mean", fmt.Sprintf("%.1f", mean), "limit", fmt.Sprintf("%.1f", pulseLow), "n", answers))
			}
			return joined(reasons).Append(chat.Plain("\n"), v.Say("flag.burnout.retro"))
		},
		fixes: func(v rule.Voice) []chat.Choice {
			from := now.In(c.Zone()).AddDate(0, 0, 7)
			days := from.Format(time.DateOnly) + ".." + from.AddDate(0, 0, 6).Format(time.DateOnly)
			return []chat.Choice{
				choice(v, v.Say("flag.choice.duty"), "rota", "volunteer", "moderator"),
				choice(v, v.Say("flag.choice.quiet", "from", from.Format(time.DateOnly)), "quiet", days),
				choice(v, v.Say("flag.choice.workload"), commandWorkload),
			}
		},
	}
}

// burdens are the signs but the moderators' own answers, without anybody's name.
func (s State) burdens(c chat.Community, v rule.Voice) []chat.Text {
	var out []chat.Text
	all := Share{Of: len(s.Audit)}
	days := 0
	var nights Share
	for _, card := range rule.Team(c, chat.Moderator) {
		l := loadOf(s.Audit, card.ID, c.ZoneOf(card))
		all.N, days = max(all.N, l.n), max(days, l.days)
		if night := (Share{N: l.nights, Of: l.n}); l.n >= nightEnough && night.N*max(nights.Of, 1) > nights.N*night.Of {
			nights = night
		}
	}
	if all.Of >= enoughDone && all.over(oneShare) {
		out = append(out, v.Say("flag.burnout.one", "percent", all.percent(), "n", all.Of, "limit", oneShare))
	}
	if days >= actedDays {
		out = append(out, v.Say("flag.burnout.days", "n", days, "limit", actedDays))
	}
	if nights.over(nightShare) {
		out = append(out, v.Say("flag.burnout.nights", "percent", nights.percent(), "limit", nightShare))
	}
	if s.Late.Of > 0 && 100*s.Late.N >= lateShare*s.Late.Of {
		out = append(out, v.Say("flag.burnout.late", "percent", s.Late.percent(), "limit", lateShare))
	}
	if most := s.mostDuty(); most > dutyWeeks {
		out = append(out, v.Say("flag.burnout.duty", "n", most, "limit", dutyWeeks))
	}
	return out
}

// onDuty are the moderators on duty: the rota notes it on their cards.
func onDuty(c chat.Community) []chat.MemberID {
	var out []chat.MemberID
	for _, card := range c.Members.All() {
		if slices.Contains(strings.Fields(card.Settings["duty"]), "moderator") && len(out) < 20 {
			out = append(out, card.ID)
		}
	}
	return out
}

// mostDuty is on how many of the last four Mondays the same person was on duty.
func (s State) mostDuty() int {
	weeks := make(map[chat.MemberID]int)
	most := 0
	for _, who := range s.Duty {
		for _, id := range who {
			weeks[id]++
			most = max(most, weeks[id])
		}
	}
	return most
}

// ownNumbers tells a moderator what they have done themselves, in private.
func ownNumbers(c chat.Community, w Wait, actions []Action, _ time.Time) []chat.Effect {
	card, ok := c.Members.ByID(w.Who)
	if !ok || card.Level < chat.Moderator {
		return nil
	}
	l := loadOf(actions, card.ID, c.ZoneOf(card))
	write := func(v rule.Voice) chat.Text {
		return v.Say("workload", "n", l.n, "all", len(actions), "days", l.days, "nights", l.nights)
	}
	if w.Private {
		return []chat.Effect{chat.Send{To: w.Chat, Text: write(rule.To(c, card, w.Chat.Platform))}}
	}
	return rule.Secretly(c, card, "", write)
}
