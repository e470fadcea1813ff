package sessions

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state and timer are kept under it.
const title = "sessions"

// The commands.
const (
	commandSession  = "session"
	commandCalendar = "calendar"
	commandDraft    = "sessiondraft"  // only chosen: yes or no to what was understood
	commandAnswer   = "sessionanswer" // only chosen: whether somebody comes
	commandCancel   = "sessioncancel" // only chosen: one date or the whole series
	commandWho      = "sessionwho"    // only the house's own: who comes, for groups that are made of them
)

// The settings.
const (
	settingPlanners = "sessions" // who may plan one
	settingNames    = "names"    // whether the message says who comes
	settingSchedule = "schedule" // what the rituals' rule tells
)

// The limits of what is kept of one community.
const (
	maxActive  = 25  // sessions that are planned or under way
	maxKept    = 60  // with those that are over
	maxAnswers = 500 // of one date
	maxDrafts  = 10
	maxMoved   = 60 // changed dates of one series
	maxLetters = 2000
	maxFeeds   = 500
	keptFor    = 30 * 24 * time.Hour // a session that is over
	draftFor   = 24 * time.Hour
)

// State is what is kept of one community.
type State struct {
	Sessions []Session `json:"sessions,omitempty"`
	Drafts   []Draft   `json:"drafts,omitempty"`
	Letters  []Letter  `json:"letters,omitempty"`
	Feeds    []Feed    `json:"feeds,omitempty"`
	// Rituals is how often each has changed, for the feeds.
	Rituals []Told `json:"rituals,omitempty"`
	// Quiet are the quiet weeks that the feeds know.
	Quiet string `json:"quiet,omitempty"`
	// Refreshed is when all feeds were looked at last.
	Refreshed time.Time `json:"refreshed,omitzero"`
	// Count numbers sessions and drafts.
	Count int `json:"count,omitempty"`
	// Woken is when the timer is set for.
	Woken time.Time `json:"woken,omitzero"`
}

// Limit is how often a platform lets a message of the house's be changed.
type Limit struct {
	Gaps   []time.Duration // before the first change, the second …; the last holds for all further ones
	Edits  int             // at most; 0 = no limit
	Within time.Duration   // only so long after the message was sent; 0 = no limit
}

// Limits are those of the platforms; one that is not there has none.
type Limits map[chat.Platform]Limit

// New returns the rule of /session and /calendar. It stands behind the gates, and before what answers those who only chat
// in private.
func New(limits Limits) rule.Rule {
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold: func(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
			t := &turn{c: c, s: &s, e: e, limits: limits}
			t.take()
			return s, t.out
		},
		Mine: State.mine,
		Ask: []rule.Command{
			{Name: commandSession, Args: "[new | move | cancel | places | end]", Level: chat.Member, Help: "help.session"},
			{Name: commandCalendar, Args: "[feed]", Level: chat.Guest, Help: "help.calendar"},
			{Name: commandDraft, Level: chat.Member},
			{Name: commandAnswer, Level: chat.Member},
			{Name: commandCancel, Level: chat.Member},
			{Name: commandWho, Level: chat.Organiser},
		},
		Options: []rule.Setting{
			{Name: settingPlanners, Default: "moderator", Values: []string{"member", "moderator", "organiser"}, Help: "setting.sessions"},
			{Name: settingNames, Default: "off", Values: []string{"on", "off"}, Help: "setting.names"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key, here := string(c.ID), c.ID != ""
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Asked:
		switch b.Command {
		case commandSession, commandCalendar, commandDraft, commandAnswer, commandCancel, commandWho:
			return key, true
		}
		return key, here && isOthers(b.Command)
	case chat.Posted:
		_, _, ok := cardTag(e.ReplyTo)
		return key, here && ok && len(b.Text.Plain) <= maxWord
	case chat.Reacted:
		_, _, ok := cardTag(e.Message)
		return key, here && ok && b.Change != chat.ReactionRemoved
	case chat.Sent, chat.Failed:
		return key, here && strings.HasPrefix(e.Tag, feedTag)
	case chat.Claimed:
		return key, here && b.Gone != ""
	case chat.Forgotten, chat.Left:
		return key, here
	}
	return "", false
}

// isOthers tells whether a command is the rituals', by which what the feeds tell may change.
func isOthers(command string) bool {
	return slices.Contains([]string{"rituals", "ritual", "ritualset", "quiet"}, command)
}

// turn is one event and what comes of it.
type turn struct {
	c      chat.Community
	s      *State
	e      chat.Event
	limits Limits
	out    []chat.Effect
	// touched are those whose place in a list has changed.
	touched map[chat.MemberID]bool
}

// touch notes that what stands in a member's calendar may have changed.
func (t *turn) touch(who chat.MemberID) {
	if t.touched == nil {
		t.touched = make(map[chat.MemberID]bool)
	}
	t.touched[who] = true
}

func (t *turn) do(effects ...chat.Effect) { t.out = append(t.out, effects...) }

// answer tells the asker something, for his eyes alone.
func (t *turn) answer(key string, pairs ...any) {
	t.do(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

func (t *turn) take() {
	if t.c.ID == "" {
		if b, ok := t.e.Body.(chat.Asked); ok && (b.Command == commandSession || b.Command == commandCalendar) {
			t.do(rule.Reply(t.e, rule.Speak(t.c, t.e).Say("session.nowhere")))
		}
		return
	}
	before := t.version()
	switch b := t.e.Body.(type) {
	case chat.Asked:
		t.asked(b)
	case chat.Posted:
		t.typed(b)
	case chat.Reacted:
		t.reacted(b)
	case chat.Sent:
		t.addressed(b.Link)
	case chat.Failed:
		t.unaddressed(b.Why)
	case chat.Claimed:
		t.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		t.renamed(b.Who, "")
	case chat.Left:
		if card, ok := t.c.Members.Of(b.Who.Identity); ok && len(card.In) == 0 {
			t.renamed(card.ID, "")
		}
	}
	t.tend()
	t.tidy()
	t.publish()
	t.showFeeds(before)
	t.wake()
}

func (t *turn) asked(b chat.Asked) {
	switch b.Command {
	case commandSession:
		t.askedSession(b)
	case commandCalendar:
		t.askedCalendar(b)
	case commandDraft:
		t.chosenDraft(b)
	case commandAnswer:
		if len(b.Args) == 3 {
			t.answered(b.Args[0], b.Args[1], reply(b.Args[2]))
		}
	case commandCancel:
		t.chosenCancel(b)
	case commandWho:
		t.tellWho(b)
	}
}

// mayPlan tells whether the asker may plan sessions here.
func (t *turn) mayPlan() bool {
	level := chat.Moderator
	switch t.c.Setting(settingPlanners, "") {
	case "member":
		level = chat.Member
	case "organiser":
		level = chat.Organiser
	}
	return t.e.Level >= level || t.e.Chat.Platform == chat.Local
}

// mayChange tells whether the asker may change a session: his own, or any as a moderator.
func (t *turn) mayChange(s *Session) bool {
	mine := s.By != "" && s.By == t.e.Member
	return mine || t.e.Level >= chat.Moderator || t.e.Chat.Platform == chat.Local
}

// session returns the one with that id, nil if there is none (any more).
func (t *turn) session(id string) *Session {
	for i := range t.s.Sessions {
		if t.s.Sessions[i].ID == id {
			return &t.s.Sessions[i]
		}
	}
	return nil
}

// active are those that are planned or under way.
func (t *turn) active() []*Session {
	var out []*Session
	for i := range t.s.Sessions {
		if t.s.Sessions[i].Over.IsZero() {
			out = append(out, &t.s.Sessions[i])
		}
	}
	return out
}

// renamed puts one member in the place of another, or nobody in that of who is gone.
func (t *turn) renamed(gone, kept chat.MemberID) {
	for i := range t.s.Sessions {
		s := &t.s.Sessions[i]
		if s.By == gone {
			s.By = kept
		}
		t.touch(kept)
		if s.Date == nil {
			continue
		}
		for _, who := range s.Date.rename(gone, kept, s.Places) {
			if s.Over.IsZero() {
				t.promoted(s, who)
			}
		}
	}
	for i := range t.s.Letters {
		if t.s.Letters[i].To == gone {
			t.s.Letters[i].To = kept
		}
	}
	t.s.Letters = slices.DeleteFunc(t.s.Letters, func(l Letter) bool { return l.To == "" })
	for i := range t.s.Drafts {
		if t.s.Drafts[i].By == gone {
			t.s.Drafts[i].By = kept
		}
	}
	t.s.Drafts = slices.DeleteFunc(t.s.Drafts, func(d Draft) bool { return d.By == "" })
	t.feedsOf(gone, kept)
}

// tidy lets go of what nobody needs any more.
func (t *turn) tidy() {
	t.s.Drafts = slices.DeleteFunc(t.s.Drafts, func(d Draft) bool { return t.e.Now.Sub(d.At) > draftFor })
	t.s.Drafts = t.s.Drafts[max(0, len(t.s.Drafts)-maxDrafts):]
	t.s.Letters = t.s.Letters[max(0, len(t.s.Letters)-maxLetters):]
	t.s.Sessions = slices.DeleteFunc(t.s.Sessions, func(s Session) bool {
		return !s.Over.IsZero() && t.e.Now.Sub(s.Over) > keptFor
	})
	for len(t.s.Sessions) > maxKept {
		i := slices.IndexFunc(t.s.Sessions, func(s Session) bool { return !s.Over.IsZero() })
		t.s.Sessions = slices.Delete(t.s.Sessions, i, i+1) // at most maxActive are not over
	}
	// What is empty is not kept, so that a community without sessions has no state.
	if len(t.s.Sessions) == 0 {
		t.s.Sessions = nil
	}
	if len(t.s.Drafts) == 0 {
		t.s.Drafts = nil
	}
	if len(t.s.Letters) == 0 {
		t.s.Letters = nil
	}
}

// wake sets the timer for what is due first.
func (t *turn) wake() {
	var first time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for _, s := range t.active() {
		sooner(t.nextOf(s))
	}
	for _, s := range t.s.Sessions {
		if !s.Over.IsZero() {
			sooner(s.Over.Add(keptFor + time.Second))
		}
	}
	for _, l := range t.s.Letters {
		sooner(l.At)
	}
	if len(t.s.Feeds) > 0 { // what they tell of the rituals and of the zone changes without an event
		sooner(t.e.Now.Truncate(refreshEvery).Add(refreshEvery))
		if b, ok := t.e.Body.(chat.Asked); ok && isOthers(b.Command) { // what it does is done behind this rule
			sooner(t.e.Now.Add(time.Second))
		}
	}
	first = wholeSecond(first) // timers are coarser than the clock: a moment too early would be none
	if due, ok := t.e.Body.(chat.Due); ok && due.Rule == title {
		t.s.Woken = time.Time{}
	}
	t.do(rule.Rewake(title, string(t.c.ID), t.s.Woken, first)...)
	t.s.Woken = first
}

// wholeSecond is the first whole second that is not before a moment.
func wholeSecond(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(time.Second - time.Nanosecond).Truncate(time.Second)
}
