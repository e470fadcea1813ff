package rhythm

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

const (
	maxRituals = 20
	maxName    = 30   // characters
	maxText    = 1000 // characters
	maxRetired = 3
	// usualHours is how long an occurrence is open, unless the next one comes first.
	usualHours = 48
	// onWall is how a date and a time on the wall are written.
	onWall = "2006-01-02T15:04"
)

// Ritual is something that comes again.
type Ritual struct {
	// ID is one word of letters, digits and dashes, in lower case: its name in commands, tags, settings and logs.
	ID string `json:"id"`
	// Name and Text are as they were given; both are empty for those of the house, which has them in every language.
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
	// Rule is the recurrence, Start the date and time of the first occurrence on the wall of the community's zone.
	Rule  string      `json:"rule"`
	Start string      `json:"start"`
	Room  chat.RoomID `json:"room"`
	Hours int         `json:"hours,omitempty"` // how long one is open; 0 = usualHours
	// Host has said yes to it; Asked has been asked and has not answered yet.
	Host   chat.MemberID `json:"host,omitempty"`
	Asked  chat.MemberID `json:"asked,omitempty"`
	Paused bool          `json:"paused,omitempty"`
	// Next is when it opens; zero if it never comes again. Day is the day on the wall when it was opened last, so that a
	// change of the zone does not open it twice on one day.
	Next time.Time `json:"next,omitzero"`
	Day  string    `json:"day,omitempty"`
	// Low counts how often running fewer than few took part; until Rest nobody is asked about that.
	Low  int       `json:"low,omitempty"`
	Rest time.Time `json:"rest,omitzero"`
}

// usual are the rituals that /rituals init begins with, in the house's own words.
func usual() []Ritual {
	return []Ritual{
		{ID: "goals", Rule: "FREQ=WEEKLY;BYDAY=MO"},
		{ID: "mess", Rule: "FREQ=WEEKLY;BYDAY=WE"},
		{ID: "wins", Rule: "FREQ=WEEKLY;BYDAY=FR"},
		{ID: "ama", Rule: "FREQ=MONTHLY;BYDAY=1TH"},
	}
}

// usualClock is the hour of those.
const usualClock = 9

// name is what people call a ritual.
func (r Ritual) name(v rule.Voice) string {
	if r.Name != "" {
		return r.Name
	}
	switch r.ID {
	case "goals":
		return v.Say("ritual.goals").Plain
	case "mess":
		return v.Say("ritual.mess").Plain
	case "wins":
		return v.Say("ritual.wins").Plain
	case "ama":
		return v.Say("ritual.ama").Plain
	}
	return r.ID
}

// text is what people are asked.
func (r Ritual) text(v rule.Voice) chat.Text {
	if r.Text != "" {
		return chat.Plain(r.Text)
	}
	switch r.ID {
	case "goals":
		return v.Say("ritual.goals.text")
	case "mess":
		return v.Say("ritual.mess.text")
	case "wins":
		return v.Say("ritual.wins.text")
	case "ama":
		return v.Say("ritual.ama.text")
	}
	return chat.Text{}
}

// recurrence is when it comes in a zone; false if its rule cannot be read, which New never keeps.
func (r Ritual) recurrence(zone *time.Location) (recur.Recurrence, bool) {
	start, err := time.Parse(onWall, r.Start)
	if err != nil {
		return recur.Recurrence{}, false
	}
	out, err := recur.Parse(r.Rule, start, zone)
	return out, err == nil
}

// after is the first time after a moment; zero = never.
func (r Ritual) after(t time.Time, zone *time.Location) time.Time {
	rec, ok := r.recurrence(zone)
	if !ok {
		return time.Time{}
	}
	for {
		next, ok := rec.Next(t)
		if !ok {
			return time.Time{}
		}
		if r.Day == "" || dayOf(next, zone) > r.Day {
			return next
		}
		t = next
	}
}

// coming are the next times that are in no quiet week.
func (r Ritual) coming(c chat.Community, after time.Time, n int) []time.Time {
	const tries = 400 // a year of days, and some
	var out []time.Time
	rec, ok := r.recurrence(c.Zone())
	for range tries {
		if !ok || len(out) == n {
			break
		}
		if after, ok = rec.Next(after); ok && !rule.Quiet(c, after) && (r.Day == "" || dayOf(after, c.Zone()) > r.Day) {
			out = append(out, after)
		}
	}
	return out
}

// begun is the ritual with its first occurrence after a moment: from that one on it is counted.
func (r Ritual) begun(clock clock, now time.Time, zone *time.Location) (Ritual, bool) {
	local := now.In(zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), clock.hour, clock.minute, 0, 0, time.UTC)
	r.Start = today.Format(onWall)
	rec, ok := r.recurrence(zone)
	if !ok {
		return r, false
	}
	first, ok := rec.Next(now)
	if !ok {
		return r, false
	}
	day := first.In(zone)
	r.Start = time.Date(day.Year(), day.Month(), day.Day(), clock.hour, clock.minute, 0, 0, time.UTC).Format(onWall)
	r.Day = ""
	r.Next = r.after(now, zone)
	return r, !r.Next.IsZero()
}

// clockOf is the time of day that it begins at.
func (r Ritual) clockOf() clock {
	start, err := time.Parse(onWall, r.Start)
	if err != nil {
		return clock{hour: usualClock}
	}
	return clock{hour: start.Hour(), minute: start.Minute()}
}

// openFor is how long an occurrence is open.
func (r Ritual) openFor() time.Duration {
	if r.Hours == 0 {
		return usualHours * time.Hour
	}
	return time.Duration(r.Hours) * time.Hour
}

func (r Ritual) renamed(gone, kept chat.MemberID) Ritual {
	if r.Host == gone {
		r.Host = kept
	}
	if r.Asked == gone {
		r.Asked = kept
	}
	return r
}

func dayOf(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// refit computes the next times anew if the community's zone has changed.
func (s State) refit(c chat.Community, now time.Time) (State, bool) {
	zone := c.Zone()
	if s.Zone == zone.String() {
		return s, false
	}
	s.Zone = zone.String()
	s.Rituals = slices.Clone(s.Rituals)
	for i, r := range s.Rituals {
		if !r.Next.IsZero() {
			s.Rituals[i].Next = r.after(now, zone)
		}
	}
	for i, p := range s.Quiet {
		s.Quiet[i] = p.refit(zone, now)
	}
	return s, true
}

// find reads which ritual the first words mean: its number in the list, its id or its name. n is how many words that took.
func (s State) find(v rule.Voice, words []string) (index, n int, ok bool) {
	for n := min(len(words), 8); n > 0; n-- {
		id := slug(strings.Join(words[:n], " "))
		for i, r := range s.Rituals {
			if id != "" && (id == r.ID || id == slug(r.name(v))) {
				return i, n, true
			}
		}
	}
	if len(words) == 0 {
		return 0, 0, false
	}
	number, err := strconv.Atoi(strings.TrimRight(words[0], ".:,"))
	return number - 1, 1, err == nil && number >= 1 && number <= len(s.Rituals)
}

// byID finds a ritual.
func (s State) byID(id string) (int, bool) {
	i := slices.IndexFunc(s.Rituals, func(r Ritual) bool { return r.ID == id })
	return i, i >= 0
}

// slug makes one word of a name: what a hashtag, a tag and a setting can have.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// tidy takes out of a text what is no text: characters that steer, and more than one empty line. A name is one line.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		case r == '\n':
			return r
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(s)
}

// isHidden tells whether not every member may read a room: then what is planned there is told only there, and to
// moderators in private.
func isHidden(c chat.Community, id chat.RoomID) bool {
	room, ok := c.Room(id)
	return ok && (room.Settings[rule.Moderators] == "on" || room.Settings["private"] == "on")
}

// mayHear tells whether a ritual may be named where something was asked.
func (r Ritual) mayHear(c chat.Community, e chat.Event) bool {
	here := !e.Private && e.Room == r.Room
	return !isHidden(c, r.Room) || here || (e.Private || e.Chat.Platform == chat.Local) && e.Level >= chat.Moderator
}

// usualRoom is where a ritual is if nobody says so: the first room but the moderators'.
func usualRoom(c chat.Community) chat.RoomID {
	for _, r := range c.Rooms {
		if !isHidden(c, r.ID) && len(r.Chats) > 0 {
			return r.ID
		}
	}
	return ""
}

// roomHere is the room where a command is typed, but the moderators', else the usual one.
func roomHere(c chat.Community, e chat.Event) chat.RoomID {
	if room, ok := c.Room(e.Room); ok && !e.Private && room.Settings[rule.Moderators] != "on" {
		return room.ID
	}
	return usualRoom(c)
}

// roomNamed finds a room by what it or one of its chats is called.
func roomNamed(c chat.Community, name string) (chat.RoomID, bool) {
	for _, r := range c.Rooms {
		if slug(r.Name) == slug(name) && slug(name) != "" {
			return r.ID, true
		}
	}
	for _, r := range c.Rooms {
		for _, in := range r.Chats {
			if slug(r.Title(in)) == slug(name) && slug(name) != "" {
				return r.ID, true
			}
		}
	}
	return "", false
}

// nameOfRoom is what people call a room.
func nameOfRoom(c chat.Community, id chat.RoomID, p chat.Platform) string {
	room, _ := c.Room(id)
	if in, ok := room.On(p); ok && room.Title(in) != "" {
		return room.Title(in)
	}
	return room.Name
}
