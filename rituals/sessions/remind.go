package sessions

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// When people are reminded before a date.
const (
	dayBefore  = 24 * time.Hour
	soonBefore = 30 * time.Minute
)

// tend does what is due by now, in all sessions.
func (t *turn) tend() {
	for _, s := range t.active() {
		t.passOver(s)
		t.remind(s)
		t.close(s)
		t.open(s)
		if s.Date != nil && s.Over.IsZero() {
			t.recount(s)
		}
	}
	t.sendLetters()
}

// open posts the message of a series' next date, a week ahead; in a quiet week it waits.
func (t *turn) open(s *Session) {
	if s.Date != nil || s.Rule == "" || !s.Over.IsZero() {
		return
	}
	name, ok := s.next(t.c, t.e.Now)
	if !ok {
		s.Over = t.e.Now
		return
	}
	if s.at(name).Add(-ahead).After(t.e.Now) || rule.Quiet(t.c, t.e.Now) {
		return
	}
	s.Date = &Date{Name: name}
	t.post(s)
}

// passOver takes the open date of a series back that a quiet week has come over.
func (t *turn) passOver(s *Session) {
	if s.Date == nil || s.Rule == "" || s.Date.Begun {
		return
	}
	at := s.at(s.Date.Name)
	if _, moved := s.move(s.Date.Name); moved || !rule.Quiet(t.c, at) || !at.After(t.e.Now) {
		return
	}
	t.announce(s, change{kind: letterQuiet, at: at})
	t.shut(s, "session.card.quiet")
	s.changed(t.e.Now)
}

// remind tells those who come that it is tomorrow, that it begins soon and that it begins, each once.
func (t *turn) remind(s *Session) {
	d := s.Date
	if d == nil || !s.Over.IsZero() {
		return
	}
	at := s.at(d.Name)
	for _, who := range d.Going {
		if t.e.Now.Before(at.Add(-dayBefore)) {
			break // it is nobody's day before yet
		}
		due := t.dayDue(s, who)
		if slices.Contains(d.Day, who) || due.After(t.e.Now) {
			continue
		}
		d.Day = append(d.Day, who)
		if t.e.Now.Sub(due) <= late && at.Sub(t.e.Now) > soonBefore {
			t.tell(s, who, "session.tomorrow")
		}
	}
	if now := t.e.Now; !d.Soon && !now.Before(at.Add(-soonBefore)) {
		d.Soon = true
		if now.Before(at) && !d.Posted.After(at.Add(-soonBefore)) { // else who has answered knows
			for _, who := range d.Going {
				t.tell(s, who, "session.soon")
			}
		}
	}
	if !d.Begun && !t.e.Now.Before(at) {
		d.Begun = true
		t.start(s, at)
	}
}

// tell reminds one who comes, unless he has taken a break.
func (t *turn) tell(s *Session, who chat.MemberID, key string) {
	card, ok := t.c.Members.ByID(who)
	if !ok || rule.Away(card, t.e.Now) {
		return
	}
	at := s.at(s.Date.Name)
	cannot := chat.Choice{Ask: commandAnswer + " " + s.ID + " " + s.Date.Name + " " + string(no)}
	cannot.Label = rule.Voice{Language: t.c.LanguageOf(card)}.Say("session.choose.no").Plain
	var choices []chat.Choice
	if at.After(t.e.Now) {
		choices = append(choices, cannot)
	}
	t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
		return v.Say(key, "title", s.Title, "when", t.when(v, at), "in", at.Sub(t.e.Now))
	}, choices...)...)
}

// start says that it begins: to the room, and to those who come.
func (t *turn) start(s *Session, at time.Time) {
	behind := t.e.Now.Sub(at)
	if behind > late || behind >= s.length() {
		t.do(chat.Record{Log: "rhythm", Line: "session " + s.ID + ": its start at " + at.UTC().Format(time.RFC3339) + " was not announced, it was too late"})
		return
	}
	key := "session.begins"
	if behind > time.Minute {
		key = "session.begins.late"
	}
	if room, ok := t.room(s.Room); ok {
		for _, to := range room.Chats {
			t.do(chat.Send{To: to, Text: rule.Aloud(t.c, to.Platform).Say(key, "title", s.Title, "when", at)})
		}
	}
	for _, who := range s.Date.Going {
		t.tell(s, who, key)
	}
}

// close ends a date whose time is over.
func (t *turn) close(s *Session) {
	if s.Date != nil && s.Over.IsZero() && !s.at(s.Date.Name).Add(s.length()).After(t.e.Now) {
		t.over(s)
	}
}

// dayDue is when a member is reminded the day before: not in his night.
func (t *turn) dayDue(s *Session, who chat.MemberID) time.Time {
	due := s.at(s.Date.Name).Add(-dayBefore)
	card, ok := t.c.Members.ByID(who)
	if !ok {
		return due
	}
	return awake(due, t.c.ZoneOf(card))
}

// nextOf is when something is due in a session; zero = never.
func (t *turn) nextOf(s *Session) time.Time {
	if s.Date == nil {
		name, ok := s.next(t.c, t.e.Now)
		if !ok {
			return t.e.Now.Add(time.Second)
		}
		at := s.at(name).Add(-ahead)
		if !at.After(t.e.Now) { // a quiet week holds it up
			return t.e.Now.Truncate(time.Hour).Add(time.Hour)
		}
		return at
	}
	d := s.Date
	at := s.at(d.Name)
	all := []time.Time{at.Add(s.length())}
	if !d.Begun {
		all = append(all, at)
	}
	if !d.Soon {
		all = append(all, at.Add(-soonBefore))
	}
	if first := at.Add(-dayBefore); first.After(t.e.Now) {
		all = append(all, first)
	} else {
		for _, who := range d.Going {
			if !slices.Contains(d.Day, who) {
				all = append(all, t.dayDue(s, who))
			}
		}
	}
	if room, ok := t.room(s.Room); ok {
		for _, to := range room.Chats {
			if due := t.recountAt(s, to.Platform); !due.IsZero() {
				all = append(all, due)
			}
		}
	}
	return slices.MinFunc(all, time.Time.Compare)
}
