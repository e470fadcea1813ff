package sessions

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// onWall is how a date and a time on the wall are written. It names a date of a session, too.
const onWall = "2006-01-02T15:04"

// The sizes of what people write.
const (
	maxTitle   = 80  // characters
	maxText    = 500 // characters
	maxPlaces  = 500
	usualHour  = 60 // minutes that a session takes
	maxMinutes = 24 * 60
)

// ahead is how long before its date the message of a series' next one is posted.
const ahead = 7 * 24 * time.Hour

// Session is what people meet for, once or again and again.
type Session struct {
	ID    string `json:"id"` // "s3": its name in commands, tags and calendars
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
	// Room is where it is announced.
	Room chat.RoomID `json:"room"`
	// Start is the first date and its time on the wall of Zone, Rule how it comes again; empty = once.
	Start string `json:"start"`
	Zone  string `json:"zone"`
	Rule  string `json:"rule,omitempty"`
	// Minutes is how long it takes, Places how many can come; 0 = everybody.
	Minutes int `json:"minutes"`
	Places  int `json:"places,omitempty"`
	// By has planned it.
	By chat.MemberID `json:"by,omitempty"`
	// Sequence and Changed are those of RFC 5545: how often it was changed, and when last.
	Sequence int       `json:"sequence,omitempty"`
	Changed  time.Time `json:"changed"`
	// Moved are the dates of a series that are not as the rule says.
	Moved []Move `json:"moved,omitempty"`
	// Date is the one that people can answer now; nil between two dates of a series.
	Date *Date `json:"date,omitempty"`
	// Last is the name of the last date of a series that is over, Held tells that people have met on one.
	Last string `json:"last,omitempty"`
	Held bool   `json:"held,omitempty"`
	// Over is since when there is nothing more to come, Cancelled that it never came.
	Over      time.Time `json:"over,omitzero"`
	Cancelled bool      `json:"cancelled,omitempty"`
}

// Move is one date of a series that is at another time, or not at all.
type Move struct {
	Date string `json:"date"`
	To   string `json:"to,omitempty"` // on the wall; empty = it is cancelled
}

// location returns the zone of a session; one that is no more known is UTC.
func (s *Session) location() *time.Location {
	z, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}

func (s *Session) length() time.Duration { return time.Duration(s.Minutes) * time.Minute }

// wallOf reads a date and a time on the wall; what cannot be read is the zero time.
func wallOf(name string) time.Time {
	wall, err := time.Parse(onWall, name)
	if err != nil {
		return time.Time{}
	}
	return wall
}

// move finds how a date is changed.
func (s *Session) move(date string) (Move, bool) {
	i := slices.IndexFunc(s.Moved, func(m Move) bool { return m.Date == date })
	if i < 0 {
		return Move{}, false
	}
	return s.Moved[i], true
}

// at is when a date of the session begins.
func (s *Session) at(date string) time.Time {
	switch m, ok := s.move(date); {
	case s.Rule == "":
		date = s.Start
	case ok && m.To != "":
		date = m.To
	}
	return recur.OnWall(wallOf(date), s.location())
}

// next returns the name of the first date of a series that begins after a moment and was not open yet; false if there is
// none. Dates in quiet weeks and those that are cancelled are passed over.
func (s *Session) next(c chat.Community, after time.Time) (string, bool) {
	found := ""
	s.each(after.Add(-s.back()), after.Add(nextWithin), func(name string, at time.Time) bool {
		if name > s.Last && s.takesPlace(c, name, at) && s.at(name).After(after) {
			found = name
		}
		return found == ""
	})
	return found, found != ""
}

const (
	maxMoveBack = 62 * 24 * time.Hour  // a date is moved at most so far
	nextWithin  = 800 * 24 * time.Hour // a series without a date for so long is over
)

// back is how long before a moment the rule can have a date that was moved behind it.
func (s *Session) back() time.Duration {
	if slices.ContainsFunc(s.Moved, func(m Move) bool { return m.To != "" }) {
		return maxMoveBack
	}
	return 0
}

// each calls fn for the dates that the rule has from one instant until another, until fn returns false.
func (s *Session) each(from, until time.Time, fn func(name string, at time.Time) bool) {
	if s.Rule == "" {
		return
	}
	zone := s.location()
	r, err := recur.Parse(s.Rule, wallOf(s.Start), zone)
	if err != nil {
		return // what is kept was read once before
	}
	at := from.Add(-time.Nanosecond)
	for {
		next, ok := r.Next(at)
		if !ok || !next.Before(until) || !fn(next.In(zone).Format(onWall), next) {
			return
		}
		at = next
	}
}

// takesPlace tells whether a date that the rule has is neither cancelled nor in a quiet week.
func (s *Session) takesPlace(c chat.Community, name string, at time.Time) bool {
	m, moved := s.move(name)
	return moved && m.To != "" || !moved && !rule.Quiet(c, at)
}

// dates returns the names of the dates from one instant until another, at most limit.
func (s *Session) dates(c chat.Community, from, until time.Time, limit int) []string {
	var out []string
	s.each(from, until, func(name string, at time.Time) bool {
		if s.takesPlace(c, name, at) {
			out = append(out, name)
		}
		return len(out) < limit
	})
	return out
}

// has tells whether the rule of a series has a date of that name.
func (s *Session) has(date string) bool {
	zone := s.location()
	r, err := recur.Parse(s.Rule, wallOf(s.Start), zone)
	if err != nil || wallOf(date).IsZero() {
		return false
	}
	at := recur.OnWall(wallOf(date), zone)
	return len(r.Between(at, at.Add(time.Second), 1)) == 1
}

// changed notes that other calendars have something to learn.
func (s *Session) changed(now time.Time) {
	s.Sequence++
	s.Changed = now
}

// cardPrefix begins the tag of the message where people answer: the session and the date stand behind it.
const cardPrefix = "session:"

func (s *Session) tag() string {
	if s.Date == nil {
		return ""
	}
	return cardPrefix + s.ID + ":" + s.Date.Name
}

// cardTag reads which session and which date a message of the house's is about.
func cardTag(m *chat.Message) (id, date string, ok bool) {
	if m == nil {
		return "", "", false
	}
	rest, ok := strings.CutPrefix(m.Tag, cardPrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ":")
}

// isID tells whether a word can be the id of a session.
func isID(word string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "s"))
	return err == nil && n > 0 && strings.HasPrefix(word, "s")
}

// room returns where a session is announced: its room, or, if that is not there any more, the first.
func (t *turn) room(id chat.RoomID) (chat.Room, bool) {
	if room, ok := t.c.Room(id); ok {
		return room, true
	}
	return t.usualRoom()
}

// usualRoom is the first that every member may read.
func (t *turn) usualRoom() (chat.Room, bool) {
	for _, room := range t.c.Rooms {
		if isOpen(room) {
			return room, true
		}
	}
	return chat.Room{}, false
}

// isOpen tells whether every member may read a room.
func isOpen(room chat.Room) bool {
	return room.Settings[rule.Moderators] != "on" && room.Settings["private"] != "on"
}

// openRoom tells whether what is announced in a room is for everybody; a room that is not there any more has none.
func (t *turn) openRoom(id chat.RoomID) bool {
	room, ok := t.c.Room(id)
	return !ok || isOpen(room)
}

// sees tells whether the asker may know what is announced in a room.
func (t *turn) sees(id chat.RoomID) bool {
	room, ok := t.c.Room(id)
	if !ok || isOpen(room) || room.ID == t.e.Room || t.e.Chat.Platform == chat.Local {
		return true
	}
	if room.Settings[rule.Moderators] == "on" && t.e.Level >= chat.Moderator {
		return true
	}
	card, ok := t.c.Members.ByID(t.e.Member)
	return ok && slices.ContainsFunc(room.Chats, func(in chat.Chat) bool { return slices.Contains(card.In, in) })
}
