package cases

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Desk is where reports of a community come in: it knows which cases there are.
type Desk struct {
	// Last is the number of the newest case.
	Last int `json:"last,omitempty"`
	// Files are the cases that are not erased yet, the oldest first.
	Files []File `json:"files,omitempty"`
	// Pitches are reports of adverts in private of which there is only one so far.
	Pitches []Pitch `json:"pitches,omitempty"`
	// Strangers are when reports came from outside in the last day.
	Strangers []time.Time `json:"strangers,omitempty"`
	// Hint is when we tell the rooms how to hear from us in private, zero = not at all; Hinted is when we have.
	Hint   time.Time `json:"hint,omitzero"`
	Hinted time.Time `json:"hinted,omitzero"`
}

// File is what the desk knows of a case.
type File struct {
	Number  int             `json:"number"`
	Opened  time.Time       `json:"opened,omitzero"`
	Message chat.MessageID  `json:"message,omitempty"`
	About   chat.Identity   `json:"about,omitzero"`
	Left    []chat.Identity `json:"left,omitempty"`
	Step    Step            `json:"step,omitempty"`
	Holder  chat.Identity   `json:"holder,omitzero"`
	Held    time.Time       `json:"held,omitzero"`
	Waits   bool            `json:"waits,omitempty"` // a reporter waits for an answer
}

// Pitch is a report of an advert in private that waits for a second person's.
type Pitch struct {
	At     time.Time `json:"at"`
	Report Report    `json:"report"`
}

const (
	pitchLife = 30 * 24 * time.Hour
	// maxStrangers is how many reports a day come from outside: they could all be one person's.
	maxStrangers = 40
	maxPitches   = 200
	hintAgain    = 7 * 24 * time.Hour
)

// entry is what the desk shall know of the case.
func (s Case) entry() File {
	return File{
		Number: s.Number, Opened: s.Opened, Message: s.Message, About: s.About, Left: s.Left, Step: s.Step,
		Holder: s.Holder, Held: s.Held, Waits: !s.Since.IsZero(),
	}
}

func (f File) same(g File) bool {
	return f.Number == g.Number && f.Step == g.Step && f.Holder == g.Holder && f.Held.Equal(g.Held) && f.Waits == g.Waits && slices.Equal(f.Left, g.Left)
}

// NewDesk returns the rule that gives reports their numbers, and of /cases.
func NewDesk() rule.Rule {
	return rule.Of[Desk]{
		Title:  deskRule,
		KeyOf:  keyOfDesk,
		Fold:   foldDesk,
		Secret: true,
		Ask: []rule.Command{
			{Name: "cases", Level: chat.Moderator, Help: "help.cases"},
		},
	}
}

func keyOfDesk(c chat.Community, e chat.Event) (string, bool) {
	if _, key, ok := orderFor(deskRule, e); ok {
		return key, true
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		return string(c.ID), b.Command == "cases" && c.ID != ""
	case chat.Joined:
		room, ok := c.With(rule.Moderators)
		return string(c.ID), ok && room.ID == e.Room
	case chat.Appointed, chat.Claimed:
		return string(c.ID), c.ID != ""
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

func foldDesk(c chat.Community, s Desk, e chat.Event) (Desk, []chat.Effect) {
	before := s.next()
	s, out := s.fold(c, e)
	if next := s.next(); !next.IsZero() && !next.Equal(before) {
		out = append(out, chat.Wake{Rule: deskRule, Key: string(c.ID), At: next})
	}
	return s, out
}

// next is when the desk has something to do: a hint to give, or an old report to let go.
func (s Desk) next() time.Time {
	at := s.Hint
	if len(s.Pitches) > 0 {
		if end := s.Pitches[0].At.Add(pitchLife); at.IsZero() || end.Before(at) {
			at = end
		}
	}
	return at
}

func (s Desk) fold(c chat.Community, e chat.Event) (Desk, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command == "cases" {
			return s, s.list(c, e, b)
		}
		return s.ordered(c, e)
	case chat.Joined, chat.Appointed, chat.Claimed:
		return s, s.lookAgain(c, e)
	case chat.Due:
		return s.due(c, e)
	}
	return s, nil
}

// lookAgain lets every case look who may see it now: somebody has another level, or has turned out to be somebody else.
func (s Desk) lookAgain(c chat.Community, e chat.Event) []chat.Effect {
	var out []chat.Effect
	for _, f := range s.Files {
		out = append(out, chat.Wake{Rule: casesRule, Key: caseKey(c.ID, f.Number), At: e.Now})
	}
	return out
}

func (s Desk) ordered(c chat.Community, e chat.Event) (Desk, []chat.Effect) {
	verb, _, _ := orderFor(deskRule, e)
	switch verb {
	case "file":
		return s.file(c, e, with[Report](e))
	case "note":
		return s.note(with[File](e)), nil
	case "erased":
		n := with[File](e).Number
		s.Files = slices.DeleteFunc(slices.Clone(s.Files), func(f File) bool { return f.Number == n })
	case "without":
		left := with[leftOut](e)
		s.Pitches = slices.Clone(s.Pitches)
		for i, p := range s.Pitches {
			if p.Report.Token == left.Token {
				s.Pitches[i].Report.Left = append(slices.Clone(p.Report.Left), left.Who...)
			}
		}
	case "unheard":
		if s.Hint.IsZero() && e.Now.Sub(s.Hinted) >= hintAgain {
			minutes := 30 + int(e.Seed[0])%90 // at no time that tells when somebody has written to us
			s.Hint = e.Now.Add(time.Duration(minutes) * time.Minute)
		}
	}
	return s, nil
}

func (s Desk) note(f File) Desk {
	s.Files = slices.Clone(s.Files)
	i := slices.IndexFunc(s.Files, func(g File) bool { return g.Number == f.Number })
	if i < 0 {
		s.Files = append(s.Files, f)
		return s
	}
	s.Files[i] = f
	return s
}

// file brings a report to the case that there is on the same message, or opens one.
func (s Desk) file(c chat.Community, e chat.Event, r Report) (Desk, []chat.Effect) {
	s.Strangers = slices.DeleteFunc(slices.Clone(s.Strangers), func(t time.Time) bool { return e.Now.Sub(t) >= 24*time.Hour })
	if r.Stranger {
		if len(s.Strangers) >= maxStrangers {
			return s, s.letGo(c, r, "crowded")
		}
		s.Strangers = append(s.Strangers, e.Now)
	}
	if r.Message != "" {
		for _, f := range s.Files {
			if f.Message == r.Message && f.Step != Closed {
				return s, []chat.Effect{order(casesRule, "join", caseKey(c.ID, f.Number), r)}
			}
		}
	}
	all := []Report{r}
	if r.Pitch && !r.About.IsZero() {
		i := slices.IndexFunc(s.Pitches, func(p Pitch) bool { return samePerson(c, p.Report.About, r.About) && p.Report.Who != r.Who })
		if i < 0 {
			return s.wait(c, e, r)
		}
		all = []Report{s.Pitches[i].Report, r}
		s.Pitches = slices.Delete(slices.Clone(s.Pitches), i, i+1)
	}
	s.Last += 1 + int(e.Seed[1])%4 // with gaps: see the package's doc
	return s, []chat.Effect{order(casesRule, "open", caseKey(c.ID, s.Last), opening{Number: s.Last, Reports: all})}
}

func samePerson(c chat.Community, a, b chat.Identity) bool {
	if a == b {
		return true
	}
	x, known := c.Members.Of(a)
	y, also := c.Members.Of(b)
	return known && also && x.ID == y.ID
}

// wait keeps a report of an advert in private until a second person brings one.
func (s Desk) wait(c chat.Community, e chat.Event, r Report) (Desk, []chat.Effect) {
	for _, p := range s.Pitches {
		if p.Report.Who == r.Who && samePerson(c, p.Report.About, r.About) { // it is noted already
			return s, append(s.noted(c, p.Report), order(partiesRule, "forget", partyKey(c.ID, r.Token), nil))
		}
	}
	s.Pitches = append(slices.Clone(s.Pitches), Pitch{At: e.Now, Report: r})
	var out []chat.Effect
	if len(s.Pitches) > maxPitches {
		out = s.letGo(c, s.Pitches[0].Report, "expired")
		s.Pitches = s.Pitches[1:]
	}
	return s, append(out, s.noted(c, r)...)
}

// noted tells a reporter that their word is kept until there is a second.
func (s Desk) noted(c chat.Community, r Report) []chat.Effect {
	return []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, r.Token), Letter{Kind: "noted", Number: r.Number, Left: namesOf(c, r.Left)})}
}

// letGo tells a reporter why nothing more comes of their report, and forgets them.
func (s Desk) letGo(c chat.Community, r Report, why string) []chat.Effect {
	key := partyKey(c.ID, r.Token)
	return []chat.Effect{order(partiesRule, "tell", key, Letter{Kind: why}), order(partiesRule, "forget", key, nil)}
}

// due gives the hint, and lets go of old reports.
func (s Desk) due(c chat.Community, e chat.Event) (Desk, []chat.Effect) {
	var out []chat.Effect
	for len(s.Pitches) > 0 && !e.Now.Before(s.Pitches[0].At.Add(pitchLife)) {
		out = append(out, s.letGo(c, s.Pitches[0].Report, "expired")...)
		s.Pitches = slices.Clone(s.Pitches[1:])
	}
	if s.Hint.IsZero() || e.Now.Before(s.Hint) {
		return s, out
	}
	s.Hint, s.Hinted = time.Time{}, e.Now
	mods, _ := c.With(rule.Moderators)
	for _, room := range c.Rooms {
		for _, to := range room.Chats {
			if room.ID != mods.ID && to.Platform == chat.Telegram { // elsewhere we can write first
				out = append(out, chat.Send{To: to, Text: rule.Aloud(c, to.Platform).Say("report.hint")})
			}
		}
	}
	return s, out
}

// list shows the open cases that are for the asker's eyes. In the moderators' room these are the ones whose card stands
// there; elsewhere the answer is given in private.
func (s Desk) list(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	if e.Member == "" || e.Chat.Platform == chat.Local {
		return []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("cases.where"))}
	}
	room, ok := c.With(rule.Moderators)
	openly := ok && e.Room == room.ID && !e.Private
	voice := rule.Speak(c, e)
	if card, ok := c.Members.ByID(e.Member); ok && !openly {
		voice = rule.To(c, card, e.Chat.Platform)
	}
	var out []chat.Text
	for _, f := range s.Files {
		who := Case{Number: f.Number, About: f.About, Left: f.Left}
		if f.Step == Closed || !who.isFor(c, e) || openly && mayRead(c, room, who.kept(c)) {
			continue
		}
		out = append(out, f.line(c, voice, e.Now))
	}
	text := voice.Say("cases.none")
	if len(out) > 0 {
		text = lines(append([]chat.Text{voice.Say("cases.list")}, out...)...)
	}
	if e.Private || openly {
		return []chat.Effect{rule.Reply(e, text)}
	}
	return []chat.Effect{
		chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{asked.Ref}}},
		chat.Whisper{To: chat.Chat(e.By.Identity), Who: e.By.Identity, Text: text, Secret: true},
	}
}

// line tells one open case: how old, how far, who has it.
func (f File) line(c chat.Community, v rule.Voice, now time.Time) chat.Text {
	holder := Case{Holder: f.Holder, Held: f.Held}
	card, held := holder.holder(c, now)
	out := []string{v.Say("cases.line", "case", f.Number, "age", now.Sub(f.Opened), "step", stepName(v, f.Step)).Plain}
	if f.Waits {
		out = append(out, v.Say("cases.waits").Plain)
	}
	if held {
		out = append(out, v.Say("cases.held", "name", card.Name).Plain)
	}
	return chat.Plain(strings.Join(out, " · "))
}
