package sessions

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

const (
	// shownFor is how far /calendar looks ahead, shownMost how many lines it has.
	shownFor  = 14 * 24 * time.Hour
	shownMost = 30
	// maxDates is how many dates of one series are looked at for that.
	maxDates = 200
	// maxSchedule is the most bytes of the setting that tells the rituals, maxRituals how many are read.
	maxSchedule = 16 << 10
	maxRituals  = 40
)

// Ritual is one of the rituals as their rule tells them.
type Ritual struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Rule  string `json:"rule"`
	Start string `json:"start"`
	Zone  string `json:"zone"`
	Room  string `json:"room"`
}

// rituals reads what the rituals' rule tells; what cannot be read is left out.
func rituals(c chat.Community) []Ritual {
	raw := c.Settings[settingSchedule]
	var all, out []Ritual
	if len(raw) > maxSchedule || json.Unmarshal([]byte(raw), &all) != nil {
		return nil
	}
	for _, r := range all {
		r.Name = tidied(r.Name, maxTitle)
		if _, ok := r.recurrence(); ok && r.Name != "" && r.ID != "" && len(r.ID) <= 64 && len(out) < maxRituals {
			out = append(out, r)
		}
	}
	return out
}

func (r Ritual) location() *time.Location {
	z, err := time.LoadLocation(r.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}

func (r Ritual) recurrence() (recur.Recurrence, bool) {
	wall := wallOf(r.Start)
	rec, err := recur.Parse(r.Rule, wall, r.location())
	return rec, err == nil && !wall.IsZero()
}

// entry is one line of the calendar.
type entry struct {
	at    time.Time
	title string
	note  chat.Text
}

// askedCalendar is /calendar: what comes in the next two weeks.
func (t *turn) askedCalendar(b chat.Asked) {
	if len(b.Args) > 0 && (strings.EqualFold(b.Args[0], "feed") || strings.EqualFold(b.Args[0], "feeds")) {
		t.askedFeed(b.Args[1:])
		return
	}
	v := t.personal()
	entries := t.entries(v)
	here := t.c.Zone()
	two := slices.ContainsFunc(entries, func(x entry) bool { return !sameClock(x.at, v.Zone, here) })
	out := v.Say("session.calendar", "zone", v.Zone.String())
	switch {
	case len(entries) == 0:
		out = v.Say("session.calendar.empty")
	case two:
		out = v.Say("session.calendar.both", "zone", v.Zone.String(), "here", here.String())
	}
	for i, x := range entries {
		if i == shownMost {
			out = out.Append(chat.Plain("\n"), v.Say("session.calendar.more", "n", len(entries)-shownMost))
			break
		}
		line := v.Say("session.calendar.line", "when", x.at, "title", x.title)
		if two {
			there := v
			there.Zone = here
			line = v.Say("session.calendar.two", "when", x.at, "there", there.Say("session.calendar.time", "when", x.at), "title", x.title)
		}
		out = out.Append(chat.Plain("\n"), line)
		if !x.note.IsEmpty() {
			out = out.Append(chat.Plain(" "), x.note)
		}
	}
	if t.e.Member != "" {
		out = out.Append(chat.Plain("\n\n"), v.Say("session.calendar.feed"))
	}
	t.do(rule.Discreetly(t.e, out))
}

// entries are the dates of sessions and rituals that are still to come, or under way, in order.
func (t *turn) entries(v rule.Voice) []entry {
	now, until := t.e.Now, t.e.Now.Add(shownFor)
	var out []entry
	for _, s := range t.active() {
		if !t.sees(s.Room) {
			continue
		}
		for _, name := range s.coming(t.c, now, until) {
			out = append(out, entry{at: s.at(name), title: s.Title, note: t.note(v, s, name)})
		}
	}
	for _, r := range rituals(t.c) {
		if !t.sees(chat.RoomID(r.Room)) {
			continue
		}
		rec, _ := r.recurrence()
		for _, at := range rec.Between(now, until, shownMost) {
			if !rule.Quiet(t.c, at) {
				out = append(out, entry{at: at, title: r.Name})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b entry) int { return a.at.Compare(b.at) })
	return out
}

// coming returns the names of the dates that end after now and begin before another moment.
func (s *Session) coming(c chat.Community, now, until time.Time) []string {
	var names []string
	if s.Rule == "" && s.Date != nil {
		names = []string{s.Date.Name}
	} else {
		names = s.dates(c, now.Add(-s.length()-s.back()), until.Add(s.back()), maxDates)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		at := s.at(name)
		old := s.Rule != "" && name <= s.Last
		return old || !at.Add(s.length()).After(now) || !at.Before(until)
	})
}

// note says how many places there are and what the reader has said.
func (t *turn) note(v rule.Voice, s *Session, name string) chat.Text {
	if s.Date == nil || s.Date.Name != name {
		return chat.Text{}
	}
	if t.e.Member != "" {
		switch s.Date.of(t.e.Member) {
		case going:
			return v.Say("session.note.going")
		case maybe:
			return v.Say("session.note.maybe")
		case waiting:
			return v.Say("session.note.waiting")
		}
	}
	switch {
	case s.Places == 0:
		return chat.Text{}
	case s.Date.isFree(s.Places):
		return v.Say("session.note.free", "n", s.Places-len(s.Date.Going))
	}
	return v.Say("session.note.full")
}

// settingDates is the community's setting that tells other rules what can be answered now: a JSON list like that of the
// rituals, each entry a single date, the next first.
const settingDates = "schedule.sessions"

// maxTold is how many dates it has; so it stays below 4 kB.
const maxTold = 10

// publish brings that setting up to date.
func (t *turn) publish() {
	var open []*Session
	for _, s := range t.active() {
		if s.Date != nil && !s.Date.Begun && t.openRoom(s.Room) {
			open = append(open, s)
		}
	}
	slices.SortStableFunc(open, func(a, b *Session) int { return a.at(a.Date.Name).Compare(b.at(b.Date.Name)) })
	var list []Ritual
	for _, s := range open[:min(len(open), maxTold)] {
		list = append(list, Ritual{
			ID: s.ID, Name: s.Title, Start: s.at(s.Date.Name).In(s.location()).Format(onWall), Zone: s.Zone, Room: string(s.Room),
		})
	}
	value := ""
	if len(list) > 0 {
		raw, err := json.Marshal(list)
		if err != nil {
			return // strings can always be written
		}
		value = string(raw)
	}
	if t.c.Settings[settingDates] != value {
		t.do(chat.Set{Key: settingDates, Value: value})
	}
}
