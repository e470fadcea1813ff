package rhythm

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	maxDrafts = 10
	// draftFor is how long it can be said yes to a draft.
	draftFor = 24 * time.Hour
)

// Draft is a ritual that waits for a yes: a new one, or one with a new time.
type Draft struct {
	N      int       `json:"n"`
	At     time.Time `json:"at"`
	Ritual Ritual    `json:"ritual"`
	New    bool      `json:"new,omitempty"`
}

// add reads a new ritual and asks whether it was understood.
func add(c chat.Community, s State, e chat.Event, whole string, words []word) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	refuse := func(key string, pairs ...any) (State, []chat.Effect) {
		return s, []chat.Effect{rule.Reply(e, v.Say(key, pairs...))}
	}
	l := lexiconOf(v.Language)
	n := slices.IndexFunc(words, func(w word) bool { return l.begins(w.text) })
	if n < 1 {
		return refuse("ritual.how")
	}
	name := strings.Trim(strings.Join(strings.Fields(tidy(strings.Join(textsOf(words[:n]), " "))), " "), "\"'“”„«»:,;")
	id := slug(name)
	_, err := strconv.Atoi(id)
	switch {
	case id == "" || err == nil:
		return refuse("ritual.how")
	case len([]rune(name)) > maxName:
		return refuse("ritual.name.long", "n", len([]rune(name)), "max", maxName)
	}
	p, wrong := readPlan(c, v.Language, whole, words[n:], clock{hour: usualClock}, e.Now.In(c.Zone()).Weekday())
	if wrong != nil {
		return refuse(wrong.key, "word", wrong.word, "rooms", roomNames(c, e.Chat.Platform))
	}
	r := Ritual{ID: id, Name: name, Text: p.text, Rule: p.rule, Room: p.room}
	if r.Room == "" {
		r.Room = roomHere(c, e)
	}
	r, ok := r.begun(p.clock, e.Now, c.Zone())
	switch {
	case r.Room == "":
		return refuse("ritual.noplace")
	case r.Text == "":
		return refuse("ritual.notext", "name", name)
	case len([]rune(r.Text)) > maxText:
		return refuse("ritual.text.long", "n", len([]rune(r.Text)), "max", maxText)
	case !ok:
		return refuse("ritual.never", "word", clip(p.rule))
	}
	if key, full := s.isFull(c, r); full {
		return refuse(key, "name", name, "max", maxRituals)
	}
	return s.propose(c, e, v, Draft{Ritual: r, New: true})
}

// isFull tells why one more ritual cannot be kept.
func (s State) isFull(c chat.Community, r Ritual) (key string, full bool) {
	if _, there := s.byID(r.ID); there {
		return "ritual.same", true
	}
	if slices.ContainsFunc(s.Rituals, func(o Ritual) bool { return slug(o.name(rule.Aloud(c, ""))) == r.ID }) {
		return "ritual.same", true
	}
	s.Rituals = append(slices.Clone(s.Rituals), r)
	if len(s.Rituals) > maxRituals || !s.fits(c) {
		return "ritual.many", true
	}
	return "", false
}

// retime reads a new time for a ritual and asks whether it was understood.
func retime(c chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r := s.Rituals[q.index]
	if len(q.rest) == 0 {
		return s, []chat.Effect{rule.Reply(e, q.voice.Say("ritual.time.how", "id", r.ID))}
	}
	p, wrong := readPlan(c, q.voice.Language, q.whole, q.rest, r.clockOf(), e.Now.In(c.Zone()).Weekday())
	if wrong != nil && wrong.key == "ritual.how" { // only a time of day: the days stay
		p.rule, wrong = r.Rule, nil
	}
	if wrong != nil {
		return s, []chat.Effect{rule.Reply(e, q.voice.Say(wrong.key, "word", wrong.word, "rooms", roomNames(c, e.Chat.Platform)))}
	}
	r.Rule = p.rule
	if p.room != "" {
		r.Room = p.room
	}
	r, ok := r.begun(p.clock, e.Now, c.Zone())
	if !ok {
		return s, []chat.Effect{rule.Reply(e, q.voice.Say("ritual.never", "word", clip(p.rule)))}
	}
	return s.propose(c, e, q.voice, Draft{Ritual: r})
}

// propose shows what was understood, with the next times, and lets it be chosen.
func (s State) propose(c chat.Community, e chat.Event, v rule.Voice, d Draft) (State, []chat.Effect) {
	s.Count++
	d.N, d.At = s.Count, e.Now
	s.Drafts = append(slices.Clone(s.Drafts), d)
	if len(s.Drafts) > maxDrafts {
		s.Drafts = s.Drafts[1:]
	}
	r := d.Ritual
	room := nameOfRoom(c, r.Room, e.Chat.Platform)
	out := v.Say("ritual.draft", "name", r.name(v), "when", spoken(v, r), "zone", c.Zone().String(), "room", room)
	key := []chat.Text{v.Say("ritual.draft.times")}
	for i, at := range r.coming(c, e.Now, 3) {
		if i > 0 {
			key = append(key, chat.Plain(","))
		}
		key = append(key, chat.Plain(" "), v.Say("ritual.at", "at", at))
	}
	out = out.Append(chat.Plain("\n")).Append(key...)
	if d.New {
		out = out.Append(chat.Plain("\n"), v.Say("ritual.draft.text", "text", r.Text))
	}
	n := strconv.Itoa(d.N)
	return s, []chat.Effect{rule.Reply(e, out,
		chat.Choice{Label: v.Say("ritual.draft.yes").Plain, Ask: commandChange + " yes " + n},
		chat.Choice{Label: v.Say("ritual.draft.no").Plain, Ask: commandChange + " no " + n},
	)}
}

// agreed is the choice under a draft.
func agreed(c chat.Community, s State, e chat.Event, yes bool, n string) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	number, _ := strconv.Atoi(n)
	i := slices.IndexFunc(s.Drafts, func(d Draft) bool { return d.N == number })
	if i < 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.settled"))}
	}
	d := s.Drafts[i]
	s.Drafts = slices.Delete(slices.Clone(s.Drafts), i, i+1)
	if !yes {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.draft.dropped"))}
	}
	r, ok := d.Ritual.begun(d.Ritual.clockOf(), e.Now, c.Zone()) // a day may have passed since
	at, there := s.byID(r.ID)
	key, full := s.isFull(c, r)
	_, here := c.Room(r.Room)
	switch {
	case !ok || !here:
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.settled"))}
	case d.New && full:
		return s, []chat.Effect{rule.Reply(e, v.Say(key, "name", r.name(v), "max", maxRituals))}
	case d.New:
		s.Rituals = append(slices.Clone(s.Rituals), r)
	case !there:
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.settled"))}
	default:
		old := s.Rituals[at]
		s.Rituals = slices.Clone(s.Rituals)
		old.Rule, old.Start, old.Next, old.Room, old.Day, old.Low = r.Rule, r.Start, r.Next, r.Room, "", 0
		s.Rituals[at] = old
		r = old
	}
	return s, []chat.Effect{
		audit(e, "%s: %s at %s", r.ID, r.Rule, r.clockOf()),
		rule.Reply(e, v.Say("ritual.planned", "name", r.name(v), "id", r.ID, "at", r.Next)),
	}
}

// roomNames lists the rooms so that one can be picked.
func roomNames(c chat.Community, p chat.Platform) string {
	var out []string
	for _, r := range c.Rooms {
		if name := nameOfRoom(c, r.ID, p); name != "" && r.Settings[rule.Moderators] != "on" {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
