package sessions

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Draft is what was understood of somebody's words, until he says that it is meant so.
type Draft struct {
	N  int           `json:"n"`
	By chat.MemberID `json:"by"`
	At time.Time     `json:"at"`
	// New is the session to be; or Of is the one to be moved, with Date if only that one of a series is.
	New  *Session `json:"new,omitempty"`
	Of   string   `json:"of,omitempty"`
	Date string   `json:"date,omitempty"`
	// Start, Rule and Zone are when it is to be.
	Start string `json:"start,omitempty"`
	Rule  string `json:"rule,omitempty"`
	Zone  string `json:"zone,omitempty"`
}

// askedSession is /session.
func (t *turn) askedSession(b chat.Asked) {
	verb := ""
	if len(b.Args) > 0 {
		verb = strings.ToLower(b.Args[0])
	}
	rest := strings.TrimSpace(strings.TrimPrefix(b.Text.Plain, firstWord(b.Text.Plain)))
	switch verb {
	case "new", "plan", "add":
		t.askedNew(rest)
	case "move", "cancel", "places", "end":
		t.askedChange(verb, rest)
	default:
		t.usage()
	}
}

func firstWord(s string) string {
	if words := strings.Fields(s); len(words) > 0 {
		return s[strings.Index(s, words[0]) : strings.Index(s, words[0])+len(words[0])]
	}
	return ""
}

// usage says what is planned and how sessions are planned.
func (t *turn) usage() {
	v := rule.Speak(t.c, t.e)
	out := v.Say("session.none")
	if list := t.list(v); !list.IsEmpty() {
		out = list
	}
	if t.mayPlan() {
		out = out.Append(chat.Plain("\n\n"), v.Say("session.usage"))
	}
	t.do(rule.Discreetly(t.e, out))
}

// list is a line for each session that is planned, with its id.
func (t *turn) list(v rule.Voice) chat.Text {
	var out chat.Text
	for _, s := range t.active() {
		if !t.sees(s.Room) {
			continue
		}
		line := v.Say("session.line.later", "id", s.ID, "title", s.Title)
		if s.Date != nil {
			line = v.Say("session.line", "id", s.ID, "title", s.Title, "when", t.when(v, s.at(s.Date.Name)))
		}
		if !out.IsEmpty() {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(line)
	}
	return out
}

// when says a time in the community's zone, and in the reader's where the clocks there show another.
func (t *turn) when(v rule.Voice, at time.Time) chat.Text {
	zone := t.c.Zone()
	here := v
	here.Zone = zone
	if sameClock(at, v.Zone, zone) {
		return here.Say("session.at", "when", at, "zone", zone.String())
	}
	return v.Say("session.at.both", "when", at, "there", here.Say("session.at", "when", at, "zone", zone.String()))
}

func sameClock(at time.Time, a, b *time.Location) bool {
	return at.In(a).Format(onWall) == at.In(b).Format(onWall)
}

// personal is the voice for the asker: that of the place where he has asked, with the clock of his own zone.
func (t *turn) personal() rule.Voice {
	v := rule.Speak(t.c, t.e)
	if card, ok := t.c.Members.ByID(t.e.Member); ok {
		v.Zone = t.c.ZoneOf(card)
	}
	return v
}

// lexicon has the words of the community and of the asker.
func (t *turn) lexicon() lexicon { return lexiconOf(t.languages()...) }

func (t *turn) languages() []string {
	out := []string{t.c.Language()}
	if card, ok := t.c.Members.ByID(t.e.Member); ok {
		out = append(out, t.c.LanguageOf(card))
	}
	return out
}

// askedNew reads a session out of its parts and asks whether it is meant so.
func (t *turn) askedNew(text string) {
	switch {
	case !t.mayPlan():
		t.answer("session.notyours", "level", t.planners())
		return
	case len(t.active()) >= maxActive:
		t.answer("session.toomany", "n", maxActive)
		return
	}
	s, wrong := t.readSession(text)
	if wrong != nil {
		t.answer(wrong.key, "word", wrong.word, "n", maxPlaces)
		return
	}
	t.propose(Draft{New: &s, Start: s.Start, Rule: s.Rule, Zone: s.Zone}, &s)
}

func (t *turn) planners() chat.Level {
	switch t.c.Setting(settingPlanners, "") {
	case "member":
		return chat.Member
	case "organiser":
		return chat.Organiser
	}
	return chat.Moderator
}

// readSession reads "TITLE | friday 19:00 | 60m | places 12 | in Kitchen | what it is about"; but for the title the parts
// stand in any order, also on lines of their own.
func (t *turn) readSession(text string) (Session, *misread) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == '\n' })
	if len(parts) < 2 || tidied(parts[0], maxTitle) == "" {
		return Session{}, &misread{key: "session.usage"}
	}
	s := Session{
		Title: tidied(parts[0], maxTitle), Zone: t.c.Zone().String(), Minutes: usualHour, By: t.e.Member,
		Changed: t.e.Now, Room: t.e.Room,
	}
	if room, ok := t.usualRoom(); s.Room == "" && ok {
		s.Room = room.ID
	}
	words, l := []string(nil), t.lexicon()
	var misreadWhen *misread
	for _, part := range parts[1:] {
		part = strings.TrimSpace(part)
		if known, wrong := t.readPart(&s, part); wrong != nil {
			return Session{}, wrong
		} else if known || part == "" {
			continue
		}
		if s.Start == "" {
			p, wrong := readPlan(l, part, t.e.Now, t.c.Zone())
			if wrong == nil {
				s.Start, s.Rule = p.start, p.rule
				continue
			}
			if misreadWhen == nil || wrong.key != "session.badwhen" {
				misreadWhen = wrong
			}
		}
		words = append(words, part)
	}
	s.Text = tidied(strings.Join(words, " "), maxText)
	if s.Start == "" {
		if misreadWhen == nil {
			misreadWhen = &misread{key: "session.usage"}
		}
		return Session{}, misreadWhen
	}
	return s, nil
}

// readPart reads how long a session takes, how many can come and where it is announced.
func (t *turn) readPart(s *Session, part string) (known bool, wrong *misread) {
	words := strings.Fields(part)
	if len(words) == 0 {
		return false, nil
	}
	if d, rest, ok := rule.Duration(words); ok && len(rest) == 0 {
		if d < time.Minute || d > maxMinutes*time.Minute {
			return false, &misread{key: "session.badlength", word: clip(part)}
		}
		s.Minutes = int(d / time.Minute)
		return true, nil
	}
	first, last := strings.ToLower(words[0]), strings.ToLower(words[len(words)-1])
	if len(words) == 2 && (first == "places" || last == "places") {
		word := words[0]
		if first == "places" {
			word = words[1]
		}
		n, ok := readPlaces(word)
		if !ok {
			return false, &misread{key: "session.badplaces", word: clip(part)}
		}
		s.Places = n
		return true, nil
	}
	if first == "in" || first == "room" {
		if room, ok := t.roomNamed(strings.TrimSpace(part[len(first):])); ok {
			s.Room = room
			return true, nil
		}
	}
	return false, nil
}

// readPlaces reads how many can come; "all" and 0 = everybody.
func readPlaces(word string) (int, bool) {
	n, err := strconv.Atoi(word)
	return n, err == nil && n >= 0 && n <= maxPlaces
}

func (t *turn) roomNamed(name string) (chat.RoomID, bool) {
	for _, room := range t.c.Rooms {
		if (strings.EqualFold(room.Name, name) || string(room.ID) == name) && t.sees(room.ID) {
			return room.ID, true
		}
	}
	return "", false
}

// propose keeps a draft and shows what was understood, in the community's zone and in the asker's.
func (t *turn) propose(d Draft, s *Session) {
	t.s.Count++
	d.N, d.By, d.At = t.s.Count, t.e.Member, t.e.Now
	if t.e.Member == "" { // asked by the house or its operator, who choose nothing
		t.commit(d)
		return
	}
	t.s.Drafts = append(t.s.Drafts, d)
	v := t.personal()
	key := map[bool]string{true: "session.draft", false: "session.draft.move"}[d.New != nil]
	at := t.draftAt(d)
	room, _ := t.room(s.Room)
	text := v.Say(key,
		"title", s.Title, "when", t.when(v, at), "length", s.length(), "in", at.Sub(t.e.Now), "room", room.Name)
	if s.Text != "" && d.New != nil {
		text = text.Append(chat.Plain("\n"), chat.Plain(s.Text))
	}
	if s.Places > 0 && d.New != nil {
		text = text.Append(chat.Plain("\n"), v.Say("session.draft.places", "n", s.Places))
	}
	if d.Rule != "" {
		next := Session{Start: d.Start, Rule: d.Rule, Zone: d.Zone}
		var dates []chat.Text
		for _, name := range next.dates(t.c, at.Add(time.Second), at.Add(nextWithin), 3) {
			dates = append(dates, t.when(v, next.at(name)))
		}
		if len(dates) > 0 {
			text = text.Append(chat.Plain("\n"), v.Say("session.draft.again", "dates", joined(dates, ", ")))
		}
	}
	n := strconv.Itoa(d.N)
	t.do(rule.Discreetly(t.e, text,
		chat.Choice{Label: v.Say("session.yes").Plain, Ask: commandDraft + " " + n + " yes"},
		chat.Choice{Label: v.Say("session.drop").Plain, Ask: commandDraft + " " + n + " no"},
	))
}

// draftAt is when what a draft plans begins first.
func (t *turn) draftAt(d Draft) time.Time {
	s := Session{Start: d.Start, Zone: d.Zone}
	return s.at(d.Start)
}

func joined(texts []chat.Text, between string) chat.Text {
	var out chat.Text
	for i, x := range texts {
		if i > 0 {
			out = out.Append(chat.Plain(between))
		}
		out = out.Append(x)
	}
	return out
}

// chosenDraft is yes or no to a draft, by whoever has made it.
func (t *turn) chosenDraft(b chat.Asked) {
	if len(b.Args) != 2 {
		return
	}
	i := slices.IndexFunc(t.s.Drafts, func(d Draft) bool { return strconv.Itoa(d.N) == b.Args[0] })
	switch {
	case i < 0:
		t.answer("session.draft.gone")
		return
	case t.s.Drafts[i].By != t.e.Member:
		t.answer("session.draft.others")
		return
	}
	d := t.s.Drafts[i]
	t.s.Drafts = slices.Delete(t.s.Drafts, i, i+1)
	if b.Args[1] != "yes" {
		t.answer("session.draft.dropped")
		return
	}
	t.commit(d)
}

// commit does what a draft says; meanwhile much can have changed.
func (t *turn) commit(d Draft) {
	switch {
	case t.e.Now.Sub(d.At) > draftFor:
		t.answer("session.draft.gone")
	case !t.draftAt(d).After(t.e.Now):
		t.answer("session.past")
	case d.New != nil && !t.mayPlan():
		t.answer("session.notyours", "level", t.planners())
	case d.New != nil && len(t.active()) >= maxActive:
		t.answer("session.toomany", "n", maxActive)
	case d.New != nil:
		t.begin(*d.New)
	default:
		t.move(d)
	}
}

// begin announces a new session.
func (t *turn) begin(s Session) {
	t.s.Count++
	s.ID, s.Changed = "s"+strconv.Itoa(t.s.Count), t.e.Now
	t.s.Sessions = append(t.s.Sessions, s)
	made := &t.s.Sessions[len(t.s.Sessions)-1]
	made.Date = &Date{Name: s.Start}
	if s.Rule != "" && rule.Quiet(t.c, made.at(s.Start)) { // the first that is in no quiet week
		made.Date = nil
	}
	if made.Date != nil {
		t.post(made)
	}
	t.answer("session.made", "id", s.ID)
}
