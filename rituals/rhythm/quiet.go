package rhythm

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/rituals/recur"
)

const (
	// maxPauses is the most quiet times that are planned; no more are read from the setting.
	maxPauses = 20
	// longest is the most days of one.
	longest = 366
	// noticeHour is when a quiet week is told of, on its first day and on the day behind its last.
	noticeHour = 9
	// noticeLate is how late such a notice still helps.
	noticeLate = 15 * time.Hour
)

// Pause is one quiet time, and how far it has been told.
type Pause struct {
	Days  string    `json:"days"` // as rule.ParseDays reads it
	Begun bool      `json:"begun,omitempty"`
	Due   time.Time `json:"due"` // of the next notice
}

func (p Pause) days() rule.Days {
	d, err := rule.ParseDays(p.Days)
	if err != nil {
		return rule.Days{}
	}
	return d
}

// refit computes when the next notice is due in a zone; what is to be told already is due now.
func (p Pause) refit(zone *time.Location, _ time.Time) Pause {
	d := p.days()
	day := d.First
	if p.Begun {
		day = d.Last.AddDate(0, 0, 1)
	}
	p.Due = recur.OnWall(time.Date(day.Year(), day.Month(), day.Day(), noticeHour, 0, 0, 0, time.UTC), zone)
	return p
}

// firstMoment and lastMoment are when days begin and when they are over.
func firstMoment(d rule.Days, zone *time.Location) time.Time { return recur.OnWall(d.First, zone) }

func lastMoment(d rule.Days, zone *time.Location) time.Time {
	return recur.OnWall(d.Last.AddDate(0, 0, 1), zone)
}

// askedQuiet is /quiet: what is planned, a new quiet time, or none any more.
func askedQuiet(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	if len(b.Args) == 0 {
		return s, []chat.Effect{rule.Reply(e, s.quietList(v))}
	}
	if key, refused := mayNotPlan(e); refused {
		if key == "ritual.organisers" {
			key = "quiet.organisers"
		}
		return s, []chat.Effect{rule.Reply(e, v.Say(key))}
	}
	if strings.EqualFold(b.Args[0], "off") {
		return s.loud(c, e, v, b.Args[1:])
	}
	d, ok := daysIn(b.Text.Plain, e.Now.In(c.Zone()))
	if !ok {
		return s, []chat.Effect{rule.Reply(e, v.Say("quiet.how"))}
	}
	return s.hush(c, e, v, d)
}

// daysIn reads "2026-12-21..2027-01-03", with other words between the days, one day, or "next week" and "this week" seen
// from a day.
func daysIn(text string, today time.Time) (rule.Days, bool) {
	words := strings.Fields(strings.ToLower(strings.NewReplacer("–", " ", "…", " ", "..", " ").Replace(text)))
	if len(words) == 2 && words[1] == "week" && (words[0] == "next" || words[0] == "this") {
		monday := (int(today.Weekday()) + 6) % 7
		first := time.Date(today.Year(), today.Month(), today.Day()-monday, 0, 0, 0, 0, time.UTC)
		if words[0] == "next" {
			first = first.AddDate(0, 0, 7)
		}
		return rule.Days{First: first, Last: first.AddDate(0, 0, 6)}, true
	}
	if len(words) == 3 { // "2026-12-21 to 2027-01-03"
		words = slices.Delete(words, 1, 2)
	}
	if len(words) < 1 || len(words) > 2 {
		return rule.Days{}, false
	}
	d, err := rule.ParseDays(words[0] + ".." + words[len(words)-1])
	return d, err == nil
}

// hush plans a quiet time; one that touches another becomes one with it, so that there is one notice at each end.
func (s State) hush(c chat.Community, e chat.Event, v rule.Voice, d rule.Days) (State, []chat.Effect) {
	zone := c.Zone()
	if !lastMoment(d, zone).After(e.Now) {
		return s, []chat.Effect{rule.Reply(e, v.Say("quiet.past"))}
	}
	p := Pause{}
	var rest []Pause
	for _, o := range s.Quiet {
		if has := o.days(); has.First.After(d.Last.AddDate(0, 0, 1)) || has.Last.Before(d.First.AddDate(0, 0, -1)) {
			rest = append(rest, o)
			continue
		} else if has.First.Before(d.First) {
			d.First = has.First
		}
		if has := o.days(); has.Last.After(d.Last) {
			d.Last = has.Last
		}
		p.Begun = p.Begun || o.Begun
	}
	switch {
	case d.Last.Sub(d.First) >= longest*24*time.Hour:
		return s, []chat.Effect{rule.Reply(e, v.Say("quiet.long"))}
	case len(rest) >= maxPauses:
		return s, []chat.Effect{rule.Reply(e, v.Say("quiet.many", "max", maxPauses))}
	}
	p.Days = d.String()
	s.Quiet = append(rest, p.refit(zone, e.Now))
	slices.SortFunc(s.Quiet, func(a, b Pause) int { return strings.Compare(a.Days, b.Days) })
	return s, []chat.Effect{
		s.setQuiet(),
		chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " quiet: " + p.Days},
		rule.Reply(e, v.Say("quiet.done", "from", dayText(v, d.First), "to", dayText(v, d.Last))),
	}
}

// loud takes quiet times back: all, or the one with that number.
func (s State) loud(c chat.Community, e chat.Event, v rule.Voice, args []string) (State, []chat.Effect) {
	which := -1
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 || n > len(s.Quiet) {
			return s, []chat.Effect{rule.Reply(e, s.quietList(v))}
		}
		which = n - 1
	}
	if len(s.Quiet) == 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("quiet.none"))}
	}
	var rest []Pause
	told := false
	for i, p := range s.Quiet {
		if which >= 0 && i != which {
			rest = append(rest, p)
			continue
		}
		told = told || p.Begun
	}
	s.Quiet = rest
	out := []chat.Effect{
		s.setQuiet(),
		chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " quiet: off"},
		rule.Reply(e, v.Say("quiet.off")),
	}
	if told { // everybody has heard of its beginning
		out = append(out, s.announce(c, func(v rule.Voice) chat.Text { return v.Say("quiet.ends") })...)
	}
	return s, out
}

// setQuiet writes the quiet times where all rules read them.
func (s State) setQuiet() chat.Effect {
	var all []string
	for _, p := range s.Quiet {
		all = append(all, p.Days)
	}
	return chat.Set{Key: rule.QuietSetting, Value: strings.Join(all, ",")}
}

// noticeDue says that a quiet time begins or ends, once each, and forgets what is over.
func (s State) noticeDue(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	var rest []Pause
	zone := c.Zone()
	for _, p := range s.Quiet {
		if p.Due.After(now) {
			rest = append(rest, p)
			continue
		}
		d := p.days()
		over := !lastMoment(d, zone).After(now)
		if !p.Begun {
			p.Begun = true
			if !over {
				out = append(out, s.announce(c, func(v rule.Voice) chat.Text { return v.Say("quiet.begins", "to", dayText(v, d.Last)) })...)
			}
			p = p.refit(zone, now)
			if p.Due.After(now) {
				rest = append(rest, p)
				continue
			}
			out = append(out, chat.Record{Log: logRhythm, Line: "quiet " + p.Days + " is over, it was told of nowhere"})
			continue
		}
		if now.Sub(p.Due) <= noticeLate {
			out = append(out, s.announce(c, func(v rule.Voice) chat.Text { return v.Say("quiet.ends") })...)
		} else {
			out = append(out, chat.Record{Log: logRhythm, Line: "quiet " + p.Days + " is over, more than 15 h late to say"})
		}
	}
	if len(rest) == len(s.Quiet) {
		s.Quiet = rest
		return s, out
	}
	s.Quiet = rest
	return s, append(out, s.setQuiet())
}

// announce says something in the usual room, and in the others where rituals are that everybody may read.
func (s State) announce(c chat.Community, write func(rule.Voice) chat.Text) []chat.Effect {
	rooms := []chat.RoomID{usualRoom(c)}
	for _, r := range s.Rituals {
		if !r.Paused && !isHidden(c, r.Room) && !slices.Contains(rooms, r.Room) {
			rooms = append(rooms, r.Room)
		}
	}
	var out []chat.Effect
	for _, id := range rooms {
		if room, ok := c.Room(id); ok {
			out = append(out, rule.Everywhere(c, room, "", write)...)
		}
	}
	return out
}

// quietList shows what is planned.
func (s State) quietList(v rule.Voice) chat.Text {
	if len(s.Quiet) == 0 {
		return v.Say("quiet.none")
	}
	out := v.Say("quiet.list")
	for i, p := range s.Quiet {
		d := p.days()
		out = out.Append(chat.Plain("\n"), v.Say("quiet.line", "n", i+1, "from", dayText(v, d.First), "to", dayText(v, d.Last)))
	}
	return out
}

// dayText writes a day as people of a language do: "Mon 21 Dec 2026".
func dayText(v rule.Voice, day time.Time) chat.Text {
	return v.Say("quiet.day", "day", say.Text(v.Language, shortDays()[int(day.Weekday())]), "date", day.Day(),
		"month", say.Text(v.Language, shortMonths()[int(day.Month())-1]), "year", day.Year())
}

// shortMonths are the keys of the months' short names.
func shortMonths() []string {
	return []string{
		"month.1", "month.2", "month.3", "month.4", "month.5", "month.6",
		"month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
	}
}
