package recap

import (
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The settings. settingRecap is the community's, when the week is recapped ("sun 18:00", "off"), and a room's, whether it is
// posted there: "on" = of that room, "all" = of all that every member may read. settingPlanned is the rule's own: for which
// of these the next time was computed.
const (
	settingRecap   = "recap"
	settingPrivate = "private"
	settingPlanned = "recap-planned"
	usualTime      = "sun 18:00"
)

// How late a weekly recap still comes, and how late it says so.
const (
	tooLate = 2 * time.Hour
	onTime  = 10 * time.Minute
)

// logRhythm is the log of what was passed over.
const logRhythm = "rhythm"

// week is the time that a weekly recap is about.
const week = 7 * 24 * time.Hour

// validTime reads a day and an hour.
func validTime(value string) (string, bool) {
	value = strings.ToLower(strings.TrimSpace(value))
	if value == "off" {
		return value, true
	}
	day, hour, minute, ok := weeklyTime(value)
	return fmt.Sprintf("%s %02d:%02d", days()[day], hour, minute), ok
}

// days are the days from Sunday on, as the setting names them.
func days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func weeklyTime(value string) (day time.Weekday, hour, minute int, ok bool) {
	words := strings.Fields(value)
	if len(words) != 2 || len(words[0]) < 3 {
		return 0, 0, 0, false
	}
	clock, err := time.Parse("15:04", words[1])
	if err != nil {
		return 0, 0, 0, false
	}
	for i, name := range days() {
		if words[0] == name || words[0] == strings.ToLower(time.Weekday(i).String()) {
			return time.Weekday(i), clock.Hour(), clock.Minute(), true
		}
	}
	return 0, 0, 0, false
}

// nextWeekly returns the next time of a day and an hour on the clock on the wall: where the clocks skip it, the first moment
// behind the gap; where it is there twice, the first.
func nextWeekly(value string, zone *time.Location, after time.Time) (time.Time, bool) {
	day, hour, minute, ok := weeklyTime(value)
	if !ok {
		return time.Time{}, false
	}
	today := after.In(zone)
	for i := range 9 {
		noon := time.Date(today.Year(), today.Month(), today.Day()+i, 12, 0, 0, 0, zone)
		if noon.Weekday() != day {
			continue
		}
		for t := noon.Add(-14 * time.Hour); t.Before(noon.Add(14 * time.Hour)); t = t.Add(time.Minute) {
			if t.Day() == noon.Day() && t.Hour()*60+t.Minute() >= hour*60+minute {
				if t.After(after) {
					return t.UTC(), true
				}
				break
			}
		}
	}
	return time.Time{}, false
}

// wanted is what the next weekly recap depends on; empty = there is none.
func wanted(c chat.Community) string {
	at := c.Setting(settingRecap, usualTime)
	if at == "off" {
		return ""
	}
	for _, r := range c.Rooms {
		if on := r.Settings[settingRecap]; on == "on" || on == "all" {
			return at + " " + c.Setting("zone", "UTC")
		}
	}
	return ""
}

// isReplanned tells whether the next weekly recap has to be computed anew.
func isReplanned(c chat.Community) bool { return c.Settings[settingPlanned] != wanted(c) }

// plan sets the timer for the next weekly recap.
func (s State) plan(c chat.Community, now time.Time) (State, []chat.Effect) {
	want := wanted(c)
	if !isReplanned(c) && s.Next.IsZero() == (want == "") {
		return s, nil
	}
	mark := chat.Set{Key: settingPlanned, Value: want}
	next, ok := nextWeekly(c.Setting(settingRecap, usualTime), c.Zone(), now)
	if want == "" || !ok {
		s.Next = time.Time{}
		return s, []chat.Effect{mark, chat.Cancel{Rule: title, Key: string(c.ID)}}
	}
	s.Next = next
	return s, []chat.Effect{mark, chat.Wake{Rule: title, Key: string(c.ID), At: next}}
}

// due asks for the weekly recaps, unless it is too late for them or the week is quiet.
func (s State) due(c chat.Community, now time.Time) (State, []chat.Effect) {
	was := s.Next
	if was.IsZero() || now.Before(was) {
		return s, nil
	}
	s.Next = time.Time{}
	if isReplanned(c) { // it was for another day
		return s, nil
	}
	next, ok := nextWeekly(c.Setting(settingRecap, usualTime), c.Zone(), now)
	if !ok {
		return s, nil
	}
	s.Next = next
	out := []chat.Effect{chat.Wake{Rule: title, Key: string(c.ID), At: next}}
	switch late := now.Sub(was); {
	case late > tooLate:
		return s, append(out, chat.Record{Log: logRhythm, Line: "recap skipped: more than 2 h late"})
	case rule.Quiet(c, was):
		return s, append(out, chat.Record{Log: logRhythm, Line: "recap passed over: a quiet week"})
	}
	for _, room := range c.Rooms {
		on := room.Settings[settingRecap]
		if !isOpen(room) || on != "on" && on != "all" || len(room.Chats) == 0 {
			continue
		}
		o := Order{Kind: weekly, Room: room.ID, In: room.ID, From: was.Add(-week), Until: was, Late: now.Sub(was) > onTime}
		if on == "all" && len(openRooms(c)) > 1 {
			o.Room = ""
		}
		var ordered []chat.Effect
		s, ordered = s.order(c, o, now)
		out = append(out, ordered...)
	}
	return s, out
}
