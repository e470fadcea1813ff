package rhythm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// openingTag begins the tags of openings: "ritual:goals:7".
	openingTag = "ritual:"
	// onTime is how late an opening says nothing of it; tooLate is when it is passed over.
	onTime  = 5 * time.Minute
	tooLate = 2 * time.Hour
	// maxAnswerers is the most people that are counted.
	maxAnswerers = 1000
	// The logs: what the clock did, and whether a promise was kept.
	logRhythm   = "rhythm"
	logPromises = "promises"
	// ritualWins is the id of the ritual that the wins of the week are told in, winsTag the tag of what is then told below
	// its opening: who answers that has answered the ritual.
	ritualWins = "wins"
	winsTag    = "wins week"
)

// Occurrence is a ritual that is open.
type Occurrence struct {
	Ritual string          `json:"ritual"`
	N      int             `json:"n"`
	At     time.Time       `json:"at"` // when it was due
	Until  time.Time       `json:"until"`
	Room   chat.RoomID     `json:"room"`
	Who    []chat.MemberID `json:"who,omitempty"` // have answered
	// Refs are the opening's names in the chats, as far as they have shown it.
	Refs []chat.Ref `json:"refs,omitempty"`
	// ByHand: opened at an organiser's word, so it says nothing of the promise.
	ByHand bool `json:"byhand,omitempty"`
}

func (o Occurrence) tag() string { return numbered(openingTag+o.Ritual, o.N) }

// opening is how a ritual is opened.
type opening struct {
	at     time.Time // when it was due
	late   bool
	byHand bool
}

// openOf finds what is open of a ritual.
func (s State) openOf(id string) (Occurrence, bool) {
	i := slices.IndexFunc(s.Open, func(o Occurrence) bool { return o.Ritual == id })
	if i < 0 {
		return Occurrence{}, false
	}
	return s.Open[i], true
}

// isAnswer tells whether somebody has answered an opening.
func isAnswer(e chat.Event) bool {
	if e.ReplyTo == nil || e.By.Bot || e.Member == "" {
		return false
	}
	return e.ReplyTo.Tag == winsTag || strings.HasPrefix(e.ReplyTo.Tag, openingTag)
}

// answered counts who has answered an opening, but those who want to be in no numbers.
func (s State) answered(c chat.Community, e chat.Event) State {
	card, ok := c.Members.ByID(e.Member)
	if !isAnswer(e) || !ok || card.Settings["metrics"] == "off" {
		return s
	}
	for i, o := range s.Open {
		mine := o.tag() == e.ReplyTo.Tag || o.Ritual == ritualWins && e.ReplyTo.Tag == winsTag && o.Room == e.Room
		if !mine || slices.Contains(o.Who, e.Member) || len(o.Who) >= maxAnswerers {
			continue
		}
		s.Open = slices.Clone(s.Open)
		s.Open[i].Who = append(slices.Clone(o.Who), e.Member)
	}
	return s
}

// shown notes that a chat has shown an opening; with the first one the promise is kept.
func (s State) shown(e chat.Event, b chat.Sent) (State, []chat.Effect) {
	for i, o := range s.Open {
		if o.tag() != e.Tag || len(b.Refs) == 0 {
			continue
		}
		s.Open = slices.Clone(s.Open)
		s.Open[i].Refs = append(slices.Clone(o.Refs), b.Refs[0])
		if len(o.Refs) == 0 && !o.ByHand {
			return s, []chat.Effect{promised(o.Ritual, true)}
		}
	}
	return s, nil
}

// promised writes down whether a ritual was opened when it was due.
func promised(id string, kept bool) chat.Effect {
	outcome := " broken"
	if kept {
		outcome = " kept"
	}
	return chat.Record{Log: logPromises, Line: id + outcome}
}

// openDue opens what is due, or passes it over.
func (s State) openDue(c chat.Community, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	var late, stranded []Ritual
	s.Rituals = slices.Clone(s.Rituals)
	for i := range s.Rituals {
		r := s.Rituals[i]
		if r.Paused || r.Next.IsZero() || r.Next.After(now) {
			continue
		}
		at, passed := r.passed(c, now)
		s.Rituals[i].Day = dayOf(at, c.Zone())
		s.Rituals[i].Next = s.Rituals[i].after(now, c.Zone())
		room, ok := c.Room(r.Room)
		isLate := now.Sub(at) > tooLate
		switch {
		case rule.Quiet(c, at) || rule.Quiet(c, now):
			out = append(out, chat.Record{Log: logRhythm, Line: r.ID + " passed over: quiet"})
		case !ok || len(room.Chats) == 0:
			s.Rituals[i].Paused = true
			stranded = append(stranded, r)
			out = append(out, promised(r.ID, false), chat.Record{Log: logRhythm, Line: r.ID + " paused: its room is gone"})
		case isLate:
			passed++
		default:
			var opened []chat.Effect
			s, opened = s.begin(c, i, opening{at: at, late: now.Sub(at) > onTime}, now)
			out = append(out, opened...)
		}
		if passed > 0 {
			late = append(late, r)
			line := fmt.Sprintf("%s skipped: %d, more than 2 h late", r.ID, passed)
			out = append(out, promised(r.ID, false), chat.Record{Log: logRhythm, Line: line})
		}
	}
	return s, append(out, regrets(c, late, stranded)...)
}

// passed finds the last time that a ritual was due, and how many before it were missed outside of quiet weeks.
func (r Ritual) passed(c chat.Community, now time.Time) (last time.Time, missed int) {
	rec, ok := r.recurrence(c.Zone())
	last = r.Next
	for range 1000 {
		next, more := last, false
		if ok {
			next, more = rec.Next(last)
		}
		if !more || next.After(now) {
			break
		}
		if !rule.Quiet(c, last) {
			missed++
		}
		last = next
	}
	return last, missed
}

// regrets tells the moderators what was passed over because the house stood still, and what has no room any more.
func regrets(c chat.Community, late, stranded []Ritual) []chat.Effect {
	var out []chat.Effect
	names := func(v rule.Voice, list []Ritual) string {
		var names []string
		for _, r := range list {
			names = append(names, r.name(v))
		}
		return strings.Join(names, ", ")
	}
	if len(late) > 0 {
		out = append(out, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
			return v.Say("ritual.missed", "names", names(v, late))
		}, nil)...)
	}
	for _, r := range stranded {
		out = append(out, rule.ToModerators(c, "", func(v rule.Voice) chat.Text {
			return v.Say("ritual.room.gone", "name", r.name(v), "id", r.ID)
		}, nil)...)
	}
	return out
}

// begin opens a ritual, and closes what is still open of it. The room is there.
func (s State) begin(c chat.Community, i int, how opening, now time.Time) (State, []chat.Effect) {
	r := s.Rituals[i]
	s, out := s.close(c, r.ID, now)
	s.Count++
	o := Occurrence{Ritual: r.ID, N: s.Count, At: how.at, Until: now.Add(r.openFor()), Room: r.Room, ByHand: how.byHand}
	if next := s.Rituals[i].Next; !next.IsZero() && next.After(now) && next.Before(o.Until) {
		o.Until = next
	}
	s.Open = append(slices.Clone(s.Open), o)
	room, _ := c.Room(r.Room)
	out = append(out, rule.Everywhere(c, room, o.tag(), func(v rule.Voice) chat.Text { return words(c, r, o, how.late, v, now) })...)
	line := r.ID + " opened"
	if how.late {
		line = r.ID + " opened late"
	}
	out = append(out, chat.Record{Log: logRhythm, Line: line})
	if r.ID == ritualWins && r.Name == "" {
		out = append(out, chat.Emit{Body: chat.Asked{Command: "wins", Args: []string{"week", string(room.ID)}}, House: true})
	}
	return s, out
}

// words are what an opening says.
func words(c chat.Community, r Ritual, o Occurrence, late bool, v rule.Voice, now time.Time) chat.Text {
	head := v.Say("ritual.opening", "name", r.name(v))
	if late {
		head = v.Say("ritual.opening.late", "name", r.name(v))
	}
	out := head.Append(chat.Plain("\n"), r.text(v))
	if host, ok := c.Members.ByID(r.Host); ok && r.Host != "" && !rule.Away(host, now) {
		out = out.Append(chat.Plain("\n"), v.Say("ritual.opening.host", "member", host.Name))
	}
	return out.Append(chat.Plain("\n\n"), v.Say("ritual.opening.how", "until", o.Until))
}
