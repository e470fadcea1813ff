package sessions

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

const (
	// quietAhead is how far ahead dates in quiet weeks are taken out of a series.
	quietAhead = 400 * 24 * time.Hour
	maxWithout = 200
	// ritualTakes is how long a ritual stands in a calendar.
	ritualTakes = 30 * time.Minute
)

// feed writes what a feed shows.
func (t *turn) feed(f Feed) []byte {
	var events []event
	name := t.c.Name
	if f.Who != "" {
		for i := range t.s.Sessions {
			events = append(events, t.ownEvent(&t.s.Sessions[i], f.Who)...)
		}
		card, ok := t.c.Members.ByID(f.Who)
		if ok {
			name = rule.To(t.c, card, chat.Web).Say("session.feed.name", "community", t.c.Name).Plain
		}
		return calendar(name, events, t.e.Now)
	}
	for i := range t.s.Sessions {
		if t.openRoom(t.s.Sessions[i].Room) {
			events = append(events, t.events(&t.s.Sessions[i])...)
		}
	}
	for i, r := range rituals(t.c) {
		if e, ok := t.ritualEvent(r, t.s.Rituals[i]); ok && t.openRoom(chat.RoomID(r.Room)) {
			events = append(events, e)
		}
	}
	return calendar(name, events, t.e.Now)
}

func (t *turn) uid(id string) string { return id + "@" + string(t.c.ID) + ".potluck" }

func (t *turn) event(s *Session) event {
	e := event{
		uid: t.uid("session-" + s.ID), sequence: s.Sequence, changed: s.Changed, title: s.Title, text: s.Text,
		status: "CONFIRMED", length: s.length(),
	}
	if room, ok := t.c.Room(s.Room); ok {
		e.place = room.Name
	}
	if s.Cancelled {
		e.status = "CANCELLED"
	}
	return e
}

// events are a session as the community sees it: once, or as a series and the dates that are elsewhere.
func (t *turn) events(s *Session) []event {
	e := t.event(s)
	if s.Rule == "" {
		e.start = s.at(s.Start)
		return []event{e}
	}
	e.zone = s.location()
	e.start = recur.OnWall(wallOf(s.Start), e.zone)
	e.rule = ruleFor(s.Rule, e.start, e.zone)
	out := []event{}
	for _, m := range s.Moved {
		at := recur.OnWall(wallOf(m.Date), e.zone)
		if m.To == "" {
			e.without = append(e.without, at)
			continue
		}
		moved := t.event(s)
		moved.zone, moved.instead = e.zone, at
		moved.start = recur.OnWall(wallOf(m.To), e.zone)
		out = append(out, moved)
	}
	if r, err := recur.Parse(s.Rule, wallOf(s.Start), e.zone); err == nil {
		e.without = append(e.without, t.quietDates(r, e.start, func(name string) bool {
			_, moved := s.move(name)
			return moved
		}, e.zone)...)
	}
	slices.SortFunc(e.without, time.Time.Compare)
	return append([]event{e}, out...)
}

// quietDates are the times of a recurrence in quiet weeks, from its start on.
func (t *turn) quietDates(r recur.Recurrence, from time.Time, moved func(string) bool, zone *time.Location) []time.Time {
	var out []time.Time
	for _, days := range rule.QuietDays(t.c) {
		// Days are on the community's calendar; a day around them is enough for every zone.
		begin, end := days.First.Add(-26*time.Hour), days.Last.Add(50*time.Hour)
		if begin.Before(from) {
			begin = from
		}
		if limit := t.e.Now.Add(quietAhead); end.After(limit) {
			end = limit
		}
		for _, at := range r.Between(begin, end, maxWithout) {
			seen := slices.ContainsFunc(out, at.Equal)
			if rule.Quiet(t.c, at) && !moved(at.In(zone).Format(onWall)) && !seen && len(out) < maxWithout {
				out = append(out, at)
			}
		}
	}
	return out
}

// ownEvent is a date for one who has said that he comes, or might.
func (t *turn) ownEvent(s *Session, who chat.MemberID) []event {
	if s.Date == nil {
		return nil
	}
	e := t.event(s)
	e.uid = t.uid("session-" + s.ID + "-" + strings.NewReplacer("-", "", ":", "").Replace(s.Date.Name))
	if s.Rule == "" {
		e.uid = t.uid("session-" + s.ID)
	}
	e.start = s.at(s.Date.Name)
	switch s.Date.of(who) {
	case going:
	case maybe, waiting:
		if e.status == "CONFIRMED" {
			e.status = "TENTATIVE"
		}
	default:
		return nil
	}
	return []event{e}
}

func (t *turn) ritualEvent(r Ritual, told Told) (event, bool) {
	rec, ok := r.recurrence()
	if !ok {
		return event{}, false
	}
	e := event{
		uid: t.uid("ritual-" + safe(r.ID)), sequence: told.Sequence, changed: told.Changed, title: r.Name, status: "CONFIRMED",
		free: true, zone: r.location(), length: ritualTakes,
	}
	// A program takes the start for the first date, so it has to be one.
	start, found := rec.Next(recur.OnWall(wallOf(r.Start), e.zone).Add(-time.Second))
	if !found {
		return event{}, false
	}
	e.start = start
	e.rule = ruleFor(r.Rule, start, e.zone)
	e.without = t.quietDates(rec, start, func(string) bool { return false }, e.zone)
	slices.SortFunc(e.without, time.Time.Compare)
	if room, ok := t.c.Room(chat.RoomID(r.Room)); ok {
		e.place = room.Name
	}
	return e, true
}

// safe leaves of a ritual's id what an address can have.
func safe(id string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 && !strings.ContainsRune(`;,:"\@`, r) {
			return r
		}
		return '_'
	}, id)
}

// ruleFor writes a rule for other programs: its end is an instant, as RFC 5545 wants it where the start has a zone.
func ruleFor(text string, start time.Time, zone *time.Location) string {
	var parts []string
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		if key == "UNTIL" {
			if part = untilFor(value, zone); part == "" {
				part = "UNTIL=" + start.UTC().Format(inUTC)
			}
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ";")
}

func untilFor(value string, zone *time.Location) string {
	if at, err := time.Parse(inUTC, value); err == nil {
		return "UNTIL=" + at.Format(inUTC)
	}
	if wall, err := time.Parse(inZone, value); err == nil {
		return "UNTIL=" + recur.OnWall(wall, zone).UTC().Format(inUTC)
	}
	day, err := time.Parse("20060102", value)
	if err != nil {
		return ""
	}
	return "UNTIL=" + recur.OnWall(day.Add(24*time.Hour-time.Second), zone).UTC().Format(inUTC)
}
