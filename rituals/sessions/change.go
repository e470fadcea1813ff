package sessions

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/recur"
)

// soonAhead is how long before a date a change of it is told in the room, too: programs that show calendars look only
// now and then (Google's every 8 to 24 h).
const soonAhead = 48 * time.Hour

// askedChange is /session move, cancel, places and end: of the session whose message is answered, or that is named, or the
// only one that there is. A date behind the name means that one of a series.
func (t *turn) askedChange(verb, rest string) {
	s, date, rest, ok := t.meant(rest)
	switch {
	case len(t.active()) == 0:
		t.answer("session.none")
		return
	case !ok:
		v := rule.Speak(t.c, t.e)
		t.do(rule.Discreetly(t.e, joined([]chat.Text{v.Say("session.which"), t.list(v)}, "\n")))
		return
	case !t.mayChange(s):
		t.answer("session.notmine")
		return
	}
	switch verb {
	case "move":
		t.askedMove(s, date, rest)
	case "cancel":
		t.askedCancel(s, date, strings.ToLower(rest))
	case "places":
		t.places(s, rest)
	case "end":
		t.end(s)
	}
}

// meant finds the session and, if one is named, the date that a command is about.
func (t *turn) meant(rest string) (s *Session, date, words string, ok bool) {
	id, tagged, answers := cardTag(t.e.ReplyTo)
	fields := strings.Fields(rest)
	named := len(fields) > 0 && isID(strings.ToLower(fields[0]))
	if named {
		id, tagged = strings.ToLower(fields[0]), ""
		rest = strings.TrimSpace(rest[strings.Index(rest, fields[0])+len(fields[0]):])
	}
	active := t.active()
	if !named && !answers && len(active) == 1 {
		id = active[0].ID
	}
	s = t.session(id)
	if s == nil || !s.Over.IsZero() {
		return nil, "", "", false
	}
	if m := regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:\s*[|:]\s*|\s*$)`).FindStringSubmatch(rest); m != nil && s.Rule != "" {
		if at, found := s.dateOn(t.c, m[1]); found {
			return s, at, strings.TrimSpace(rest[len(m[0]):]), true
		}
	}
	if s.Rule != "" && s.Date != nil && tagged == s.Date.Name {
		date = tagged
	}
	return s, date, strings.TrimSpace(strings.TrimLeft(rest, "|: ")), true
}

// dateOn finds the date of a series that is on a day.
func (s *Session) dateOn(c chat.Community, day string) (string, bool) {
	from, err := time.ParseInLocation(time.DateOnly, day, s.location())
	if err != nil {
		return "", false
	}
	for _, name := range s.dates(c, from.Add(-time.Hour), from.Add(26*time.Hour), 10) {
		if strings.HasPrefix(name, day) {
			return name, true
		}
	}
	i := slices.IndexFunc(s.Moved, func(m Move) bool { return strings.HasPrefix(m.To, day) })
	if i < 0 {
		return "", false
	}
	return s.Moved[i].Date, true
}

// askedMove reads when a session is to be and asks whether it is meant so.
func (t *turn) askedMove(s *Session, date, words string) {
	p, wrong := readPlan(t.lexicon(), words, t.e.Now, s.location())
	if wrong != nil {
		t.answer(wrong.key, "word", wrong.word)
		return
	}
	d := Draft{Of: s.ID, Date: date, Start: p.start, Rule: p.rule, Zone: s.Zone}
	if s.Rule != "" && p.rule == "" && date == "" {
		if s.Date == nil {
			name, ok := s.next(t.c, t.e.Now)
			if !ok {
				t.answer("session.nodate")
				return
			}
			d.Date = name
		} else {
			d.Date = s.Date.Name
		}
	}
	switch {
	case p.rule != "" && (s.Rule == "" || date != ""):
		t.answer("session.onedate")
	case d.Date != "" && (len(s.Moved) >= maxMoved || t.draftAt(d).Sub(s.at(d.Date)).Abs() > maxMoveBack):
		t.answer("session.toofar")
	default:
		t.propose(d, s)
	}
}

// move does what was understood.
func (t *turn) move(d Draft) {
	s := t.session(d.Of)
	if s == nil || !s.Over.IsZero() {
		t.answer("session.over")
		return
	}
	if !t.mayChange(s) {
		t.answer("session.notmine")
		return
	}
	open := s.Date != nil && (d.Date == "" || d.Date == s.Date.Name)
	var was time.Time
	if open {
		was = s.at(s.Date.Name)
		if s.Date.Begun {
			t.answer("session.begun")
			return
		}
	}
	switch {
	case d.Date != "":
		s.Moved = slices.DeleteFunc(s.Moved, func(m Move) bool { return m.Date == d.Date })
		s.Moved = append(s.Moved, Move{Date: d.Date, To: d.Start})
	case s.Rule != "": // the whole series; who has answered has answered for its next date
		if open {
			t.strike(s, "session.card.moved")
		}
		s.Start, s.Rule, s.Moved = d.Start, d.Rule, nil
		if open {
			s.Date.Name = d.Start
		}
	default:
		s.Start = d.Start
	}
	s.changed(t.e.Now)
	t.answer("session.moved.done")
	if !open {
		return
	}
	s.Date.Day, s.Date.Soon = nil, false // they are reminded of the new time
	s.Date.Shown = nil
	if d.Date == "" && d.Rule != "" {
		t.post(s) // under the name of the new date
	} else {
		t.repost(s)
	}
	t.announce(s, change{kind: letterMoved, was: was, at: s.at(s.Date.Name)})
}

// askedCancel asks whether one date or all of a series is meant, where that is not said.
func (t *turn) askedCancel(s *Session, date, words string) {
	switch {
	case words != "" && words != "all":
		t.answer("session.nodate")
		return
	case s.Rule == "" || words == "all":
		t.cancel(s)
		return
	}
	if date != "" && (s.Date == nil || date != s.Date.Name) {
		t.cancelDate(s, date)
		return
	}
	name, ok := date, date != ""
	if !ok && s.Date != nil {
		name, ok = s.Date.Name, true
	} else if !ok {
		name, ok = s.next(t.c, t.e.Now)
	}
	v := t.personal()
	var choices []chat.Choice
	if ok {
		choices = append(choices, chat.Choice{
			Label: v.Say("session.cancel.one", "when", s.at(name)).Plain, Ask: commandCancel + " " + s.ID + " " + name,
		})
	}
	choices = append(choices, chat.Choice{Label: v.Say("session.cancel.all").Plain, Ask: commandCancel + " " + s.ID + " all"})
	t.do(rule.Discreetly(t.e, v.Say("session.cancel.which", "title", s.Title), choices...))
}

func (t *turn) chosenCancel(b chat.Asked) {
	if len(b.Args) != 2 {
		return
	}
	s := t.session(b.Args[0])
	switch {
	case s == nil || !s.Over.IsZero():
		t.answer("session.over")
	case !t.mayChange(s):
		t.answer("session.notmine")
	case b.Args[1] == "all":
		t.cancel(s)
	default:
		t.cancelDate(s, b.Args[1])
	}
}

// cancelDate leaves one date of a series out.
func (t *turn) cancelDate(s *Session, date string) {
	open := s.Date != nil && s.Date.Name == date
	m, moved := s.move(date)
	switch {
	case s.Rule == "" || !s.has(date), moved && m.To == "", date <= s.Last && !open:
		t.answer("session.nodate")
		return
	case open && s.Date.Begun:
		t.answer("session.begun")
		return
	case len(s.Moved) >= maxMoved:
		t.answer("session.toofar")
		return
	}
	at := s.at(date)
	s.Moved = slices.DeleteFunc(s.Moved, func(m Move) bool { return m.Date == date })
	s.Moved = append(s.Moved, Move{Date: date})
	s.changed(t.e.Now)
	t.answer("session.cancelled.done")
	if open {
		t.announce(s, change{kind: letterOff, at: at})
		t.shut(s, "session.card.cancelled")
	}
}

// cancel leaves all that is still to come out. The dates of a series that people have met on stay in the calendars.
func (t *turn) cancel(s *Session) {
	begun := s.Date != nil && s.Date.Begun
	if begun && s.Rule == "" {
		t.answer("session.begun")
		return
	}
	s.changed(t.e.Now)
	t.answer("session.cancelled.done")
	if s.Date != nil && !begun {
		t.announce(s, change{kind: letterOff, at: s.at(s.Date.Name)})
		t.shut(s, "session.card.cancelled")
	}
	if s.Rule == "" || !s.Held && !begun {
		s.Cancelled, s.Over = true, t.e.Now
		return
	}
	s.Moved = slices.DeleteFunc(s.Moved, func(m Move) bool {
		return recur.OnWall(wallOf(m.Date), s.location()).After(t.e.Now)
	})
	s.Rule = ended(s.Rule, t.e.Now)
	if !begun {
		s.Over = t.e.Now
	}
}

// ended is a rule that has no dates any more from a moment on.
func ended(text string, now time.Time) string {
	var parts []string
	for part := range strings.SplitSeq(text, ";") {
		if !strings.HasPrefix(part, "UNTIL=") && !strings.HasPrefix(part, "COUNT=") {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, "UNTIL="+now.UTC().Format(inUTC)), ";")
}

// places changes how many can come. Nobody who has a place loses it.
func (t *turn) places(s *Session, rest string) {
	word := strings.ToLower(strings.TrimSpace(rest))
	if word == "all" || word == "off" {
		word = "0"
	}
	n, ok := readPlaces(word)
	if !ok {
		t.answer("session.badplaces", "word", clip(rest), "n", maxPlaces)
		return
	}
	was := s.Places
	s.Places = n
	if n == 0 {
		t.answer("session.places.all")
	} else {
		t.answer("session.places.done", "n", n)
	}
	if n == was || s.Date == nil {
		return
	}
	for _, who := range s.Date.promote(n) {
		t.promoted(s, who)
	}
	t.repost(s)
	if s.at(s.Date.Name).Sub(t.e.Now) < soonAhead && n > 0 {
		t.announce(s, change{kind: letterPlaces, at: s.at(s.Date.Name)})
	}
}

// end says that a session that has begun is over.
func (t *turn) end(s *Session) {
	if s.Date == nil || !s.Date.Begun {
		t.answer("session.notbegun")
		return
	}
	t.over(s)
	t.answer("session.ended")
}
