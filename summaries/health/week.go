package health

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Week is one week that is over.
type Week struct {
	Start   time.Time `json:"start"`
	Numbers Numbers   `json:"numbers"`
	// Quiet: a day of it was one of a quiet week's.
	Quiet bool `json:"quiet,omitempty"`
}

// monday returns when the week began that a moment is in, on the clock of a zone.
func monday(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	back := (int(local.Weekday()) + 6) % 7
	return time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, zone)
}

// after returns the Monday behind one.
func after(start time.Time, zone *time.Location) time.Time {
	local := start.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day()+7, 0, 0, 0, 0, zone)
}

// letterAt is when the organisers get the numbers of the week before the one that begins then.
func letterAt(start time.Time, zone *time.Location) time.Time {
	local := start.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day(), mondayHour, 0, 0, 0, zone)
}

// turned closes the weeks that are over by now, before anything of the new one is counted.
func (s State) turned(c chat.Community, now time.Time) State {
	zone := c.Zone()
	if s.Start.IsZero() {
		s.Start = monday(now, zone)
		s.Due = letterAt(after(s.Start, zone), zone)
		return s
	}
	if now.Sub(s.Start) > (maxWeeks+1)*week { // the house has stood still for more than a year
		s.Start = monday(now.Add(-maxWeeks*week), zone)
	}
	for end := after(s.Start, zone); !end.After(now); end = after(end, zone) {
		if end.Sub(s.Start) < day { // the zone was changed
			continue
		}
		w := Week{Start: s.Start, Numbers: s.numbers(c, end), Quiet: isQuiet(c, s.Start)}
		s.Weeks = append(slices.Clone(s.Weeks), w)
		if len(s.Weeks) > maxWeeks {
			s.Weeks = s.Weeks[len(s.Weeks)-maxWeeks:]
		}
		s.Start = end
		s = s.pruned(c, end)
	}
	return s
}

// isQuiet tells whether a day of the week that begins then is a quiet one.
func isQuiet(c chat.Community, start time.Time) bool {
	for i := range 7 {
		if rule.Quiet(c, start.Add(time.Duration(i)*day+day/2)) {
			return true
		}
	}
	return false
}

// pruned forgets what no number needs any more, and who is not here or does not want to be counted.
func (s State) pruned(c chat.Community, now time.Time) State {
	kept := make(people)
	for id, p := range s.People {
		card, ok := c.Members.ByID(id)
		isNew := ok && now.Sub(card.Since) < newcomer
		if ok && card.Settings["metrics"] != "off" && (now.Sub(p.Acted) < 5*week || isNew) {
			kept[id] = p
		}
	}
	s.People = kept
	s.Posts = slices.DeleteFunc(slices.Clone(s.Posts), func(p Post) bool {
		card, ok := c.Members.ByID(p.Who)
		return !ok || card.Settings["metrics"] == "off" || now.Sub(p.At) > 5*week
	})
	return s
}

// last returns the newest week that is over.
func (s State) last() Week {
	if len(s.Weeks) == 0 {
		return Week{}
	}
	return s.Weeks[len(s.Weeks)-1]
}
