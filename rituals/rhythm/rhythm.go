// Package rhythm keeps a community's rituals and its quiet weeks: it opens what comes again when its hour strikes, counts
// how many took part, closes it, and asks the organisers when a ritual has had its day. It knows what was planned and what
// is open; it does not know sessions, prompts or the wins that it lets be told.
//
// A ritual is kept as a date and a time on the wall of the community's zone and a rule of RFC 5545 (rituals/recur), so that
// nine stays nine when the clocks change. Each has the instant at which it opens next; opening it and moving that instant on
// are one step, so nothing opens twice, whatever restarts. What comes up to two hours late is opened and says so; what comes
// later, or falls into a quiet week, is passed over.
//
// Other rules read what is planned from two settings of the community: "schedule" (schedule.go) and "quiet" (rule.QuietDays).
// Whether a ritual was opened when it was due stands in the log "promises" under its name, for a promise that is bound to it.
package rhythm

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "rhythm"

// The commands.
const (
	commandRituals = "rituals"
	commandRitual  = "ritual"
	commandQuiet   = "quiet"
	commandChange  = "ritualset"  // only chosen, by organisers
	commandHosting = "ritualhost" // only chosen, by who is asked to be a host
)

// State is what is kept of one community.
type State struct {
	// Zone is the community's when the rituals' next times were computed.
	Zone    string       `json:"zone,omitempty"`
	Rituals []Ritual     `json:"rituals,omitempty"`
	Retired []Ritual     `json:"retired,omitempty"` // the last few, so that a slip can be taken back
	Open    []Occurrence `json:"open,omitempty"`
	Drafts  []Draft      `json:"drafts,omitempty"`
	Letters []Letter     `json:"letters,omitempty"`
	Quiet   []Pause      `json:"quiet,omitempty"`
	// Count numbers drafts and occurrences.
	Count int `json:"count,omitempty"`
	// Woken is when the timer is set for.
	Woken time.Time `json:"woken,omitzero"`
}

// mine is what a member sees of what is kept of them: what they have answered while it is open, and what they are host of.
func (s State) mine(who chat.MemberID) any {
	type opening struct {
		Ritual string    `json:"ritual"`
		At     time.Time `json:"at"`
	}
	var out struct {
		Answered []opening `json:"answered,omitempty"`
		Host     []string  `json:"host_of,omitempty"`
		Asked    []string  `json:"asked_to_host,omitempty"`
	}
	for _, o := range s.Open {
		if slices.Contains(o.Who, who) {
			out.Answered = append(out.Answered, opening{o.Ritual, o.At})
		}
	}
	for _, r := range s.Rituals {
		switch who {
		case r.Host:
			out.Host = append(out.Host, r.ID)
		case r.Asked:
			out.Asked = append(out.Asked, r.ID)
		}
	}
	return out
}

// New returns the rule of /rituals, /ritual and /quiet. It stands behind the gates: what they hold back is no answer.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold:  fold,
		Mine:  State.mine,
		Ask: []rule.Command{
			{Name: commandRituals, Args: "[init]", Level: chat.Guest, Help: "help.rituals"},
			{Name: commandRitual, Args: "WHAT NAME", Level: chat.Organiser, Help: "help.ritual"},
			{Name: commandQuiet, Args: "[FROM..TO | off]", Level: chat.Guest, Help: "help.quiet"},
			{Name: commandChange, Level: chat.Organiser},
			{Name: commandHosting, Level: chat.Member},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Asked:
		mine := []string{commandRituals, commandRitual, commandQuiet, commandChange, commandHosting}
		return key, slices.Contains(mine, b.Command)
	case chat.Posted:
		return key, here && !e.Private && (isAnswer(e) || hasMoved(c))
	case chat.Sent, chat.Failed:
		return key, here && (strings.HasPrefix(e.Tag, openingTag) || strings.HasPrefix(e.Tag, letterTag))
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten, chat.Left:
		return key, here
	}
	return "", false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	if c.ID == "" {
		if asked, ok := e.Body.(chat.Asked); ok && asked.Command != commandChange && asked.Command != commandHosting {
			return State{}, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("rhythm.nowhere"))}
		}
		return State{}, nil
	}
	s, _ = s.refit(c, e.Now)
	s.Drafts = slices.DeleteFunc(s.Drafts, func(d Draft) bool { return e.Now.Sub(d.At) > draftFor })
	s, out := decide(c, s, e)
	s, more := s.settle(c, e.Now)
	return s, append(out, more...)
}

func decide(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		return due(c, s, e.Now)
	case chat.Asked:
		return asked(c, s, e, b)
	case chat.Posted:
		return s.answered(c, e), nil
	case chat.Sent:
		return s.shown(e, b)
	case chat.Failed:
		return s.unsent(c, e)
	case chat.Claimed:
		return s.renamed(b.Gone, b.Kept), nil
	case chat.Forgotten:
		return s.renamed(b.Who, ""), nil
	case chat.Left:
		return s.left(c, b), nil
	}
	return s, nil
}

func asked(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	switch b.Command {
	case commandRituals:
		return askedRituals(c, s, e, b)
	case commandRitual:
		return askedRitual(c, s, e, b)
	case commandQuiet:
		return askedQuiet(c, s, e, b)
	case commandChange:
		return chosen(c, s, e, b)
	case commandHosting:
		return hosting(c, s, e, b)
	}
	return s, nil
}

// due does all that is due by now.
func due(c chat.Community, s State, now time.Time) (State, []chat.Effect) {
	s.Woken = time.Time{}
	s, out := s.closeDue(c, now)
	s, more := s.noticeDue(c, now) // before what comes at the same hour
	out = append(out, more...)
	s, more = s.openDue(c, now)
	out = append(out, more...)
	s, more = s.writeDue(c, now)
	return s, append(out, more...)
}

// settle brings the settings that others read and the timer up to date.
func (s State) settle(c chat.Community, _ time.Time) (State, []chat.Effect) {
	if len(s.Drafts) == 0 {
		s.Drafts = nil
	}
	if len(s.Rituals) == 0 && len(s.Quiet) == 0 {
		s.Zone = ""
	}
	var out []chat.Effect
	for key, value := range map[string]string{settingSchedule: s.schedule(c), settingScheduleZone: s.Zone} {
		if c.Settings[key] != value {
			out = append(out, chat.Set{Key: key, Value: value})
		}
	}
	slices.SortFunc(out, func(a, b chat.Effect) int { return strings.Compare(a.(chat.Set).Key, b.(chat.Set).Key) })
	next := s.next()
	out = append(out, rule.Rewake(title, string(c.ID), s.Woken, next)...)
	s.Woken = next
	return s, out
}

// next is when something is due; zero = never.
func (s State) next() time.Time {
	var first time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, r := range s.Rituals {
		if !r.Paused {
			sooner(r.Next)
		}
	}
	for _, o := range s.Open {
		sooner(o.Until)
	}
	for _, l := range s.Letters {
		sooner(l.At)
	}
	for _, p := range s.Quiet {
		sooner(p.Due)
	}
	return first
}

// renamed puts one member in the place of another, or nobody in that of who is erased.
func (s State) renamed(gone, kept chat.MemberID) State {
	for i := range s.Rituals {
		s.Rituals[i] = s.Rituals[i].renamed(gone, kept)
	}
	for i := range s.Retired {
		s.Retired[i] = s.Retired[i].renamed(gone, kept)
	}
	for i, o := range s.Open {
		at := slices.Index(o.Who, gone)
		if at < 0 {
			continue
		}
		o.Who = slices.Delete(slices.Clone(o.Who), at, at+1)
		if kept != "" && !slices.Contains(o.Who, kept) {
			o.Who = append(o.Who, kept)
		}
		s.Open[i] = o
	}
	for i := range s.Letters {
		if s.Letters[i].To == gone {
			s.Letters[i].To = kept
		}
	}
	s.Letters = slices.DeleteFunc(s.Letters, func(l Letter) bool { return l.To == "" })
	if len(s.Letters) == 0 {
		s.Letters = nil
	}
	return s
}

// left lets a ritual be without a host who is in none of the community's chats any more.
func (s State) left(c chat.Community, b chat.Left) State {
	card, ok := c.Members.Of(b.Who.Identity)
	if !ok || len(card.In) > 0 {
		return s
	}
	for i := range s.Rituals {
		s.Rituals[i] = s.Rituals[i].renamed(card.ID, "")
	}
	return s
}
