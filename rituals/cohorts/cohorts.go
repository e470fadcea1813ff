// Package cohorts lets a group work on one thing for some weeks, in a room of its own: joining closes with the first week,
// every week begins with a milestone, halfway there is a check, and at the end what everybody has made is said once more. It
// knows who is in which cohort and when what is due; it does not know what people write to each other in between.
package cohorts

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// title is the rule's name: its state is kept under it.
const title = "cohorts"

// The commands.
const (
	commandCohort = "cohort"
	commandSet    = "cohortset" // only chosen
)

// What tags begin with, before the number of the cohort.
const (
	tagRoom = "cohort:"
	tagCard = "cohortcard:"
	tagSaid = "cohortsaid:" // what stands in its room
	tagLast = "cohortlast:" // what is answered by what somebody has made
	tagBox  = "cohortbox:"  // what is brought to those who have no chat in the room
)

// The limits.
const (
	maxCohorts = 50
	maxEach    = 3 // that one member is in
	maxName    = 60
	maxGoal    = 200
	maxWord    = 300
	maxMoves   = 100
	maxEdits   = 8 // of the card: on Signal a message can be changed ten times within a day
	maxBox     = 20
	// tooLate is how late something may be said that was due.
	tooLate   = 2 * time.Hour
	logRhythm = "rhythm"
)

// State is what is kept of one community's cohorts. Who chose what halfway is nobody's business, so it is sealed.
type State struct {
	Count   int       `json:"count,omitempty"`
	Cohorts []Cohort  `json:"cohorts,omitempty"`
	Alarm   time.Time `json:"alarm,omitzero"` // what the timer is set to
}

// mine is what a member sees of what is kept of them, cohort by cohort.
func (s State) mine(who chat.MemberID) any {
	type part struct {
		Cohort string   `json:"cohort"`
		Begun  bool     `json:"begun_by_you,omitempty"`
		In     bool     `json:"in,omitempty"`
		Mid    string   `json:"halfway,omitempty"`
		Vote   string   `json:"at_the_end,omitempty"`
		Works  []string `json:"works,omitempty"`
	}
	var out []part
	for _, co := range s.Cohorts {
		one := part{Cohort: co.Name, Begun: co.By == who}
		if p := co.person(who); p != nil {
			one.In, one.Mid, one.Vote = true, p.Mid, p.Vote
		}
		for _, w := range co.Works {
			if w.Who == who {
				one.Works = append(one.Works, w.Text)
			}
		}
		if one.Begun || one.In || one.Works != nil {
			out = append(out, one)
		}
	}
	return out
}

// New returns the rule of /cohort. It stands before the hint that the house does not chat, for a word in private can be an
// answer, and before the rule of /link.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title, KeyOf: key, Fold: fold, Mine: State.mine, Secret: true,
		Ask: []rule.Command{
			{Name: commandCohort, Aliases: []string{"cohorts"}, Args: "[new NAME | join NAME | leave]", Level: chat.Member, Help: "help.cohort"},
			{Name: commandSet, Level: chat.Member},
		},
	}
}

func key(c chat.Community, e chat.Event) (string, bool) {
	if c.ID == "" {
		return "", false
	}
	mine := smallroom.Concerns(e, tagRoom)
	switch b := e.Body.(type) {
	case chat.Asked:
		mine = b.Command == commandCohort || b.Command == commandSet
	case chat.Due:
		mine = b.Rule == title
	case chat.Posted:
		mine = !e.By.Bot && e.Member != "" && e.ReplyTo != nil && isOurs(e)
	case chat.Edited, chat.Deleted:
		room, ok := c.Room(e.Room)
		mine = ok && room.Settings["private"] == "on" && e.Message != nil
	case chat.Claimed:
		mine = b.Gone != ""
	case chat.Forgotten:
		mine = true
	}
	return string(c.ID), mine
}

// isOurs tells whether what somebody answers is the house's, and the answer is not simply talk in the room.
func isOurs(e chat.Event) bool {
	tag := e.ReplyTo.Tag
	return strings.HasPrefix(tag, tagLast) || e.Private && (strings.HasPrefix(tag, tagBox) || strings.HasPrefix(tag, tagSaid))
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	s.Cohorts = slices.Clone(s.Cohorts)
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		co.People, co.Steps, co.Works = slices.Clone(co.People), slices.Clone(co.Steps), slices.Clone(co.Works)
		co.Room.Places = slices.Clone(co.Room.Places)
	}
	var out []chat.Effect
	switch b := e.Body.(type) {
	case chat.Asked:
		out = s.asked(c, e, b)
	case chat.Due:
		s.Alarm = time.Time{}
		out = s.due(c, e.Now)
	case chat.Posted:
		out = s.worded(c, e, b)
	case chat.Edited:
		s.corrected(e.Message.ID, b.Text.Plain)
	case chat.Deleted:
		s.corrected(e.Message.ID, "")
	case chat.Claimed:
		s.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		s.renamed(b.Who, "")
		for i := range s.Cohorts {
			s.Cohorts[i].Room.Forget(b.Identities)
		}
	default:
		out = s.roomed(c, e)
	}
	out = append(out, s.deliver(c, e.Now)...)
	return s, append(out, s.wind(c, e.Now)...)
}

// keptFor is how long a cohort that is over waits for the platforms' answers.
const keptFor = 14 * 24 * time.Hour

// wind sets the timer to the first of what is to come.
func (s *State) wind(c chat.Community, now time.Time) []chat.Effect {
	s.Cohorts = slices.DeleteFunc(s.Cohorts, func(co Cohort) bool {
		_, there := co.Room.In(c)
		return !co.Over.IsZero() && len(co.Steps) == 0 && (!there || now.Sub(co.Over) > keptFor)
	})
	if len(s.Cohorts) == 0 {
		s.Cohorts = nil
	}
	var next time.Time
	soon := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, co := range s.Cohorts {
		for _, step := range co.Steps {
			soon(step.At)
		}
		for _, p := range co.People {
			soon(p.Morning)
		}
	}
	if next.Equal(s.Alarm) {
		return nil
	}
	s.Alarm = next
	if next.IsZero() {
		return []chat.Effect{chat.Cancel{Rule: title, Key: string(c.ID)}}
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: string(c.ID), At: next}}
}

// byNumber returns a cohort that has not finished; nil = there is none.
func (s *State) byNumber(n int) *Cohort {
	for i := range s.Cohorts {
		if s.Cohorts[i].N == n && s.Cohorts[i].Over.IsZero() {
			return &s.Cohorts[i]
		}
	}
	return nil
}

// renamed puts one member in the place of another, or takes out who is erased, with all they have written.
func (s *State) renamed(gone, kept chat.MemberID) {
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		if co.By == gone {
			co.By = kept
		}
		there := false
		for at := range co.People {
			p := &co.People[at]
			p.Box = slices.DeleteFunc(slices.Clone(p.Box), func(n Note) bool { return n.By == gone && kept == "" })
			if p.Who == gone {
				p.Who = kept
			}
		}
		co.People = slices.DeleteFunc(co.People, func(p Person) bool {
			if p.Who == "" || p.Who == kept && there {
				return true
			}
			there = there || p.Who == kept
			return false
		})
		for at := range co.Works {
			if co.Works[at].Who == gone {
				co.Works[at].Who = kept
			}
		}
		co.Works = slices.DeleteFunc(co.Works, func(w Work) bool { return w.Who == "" })
	}
}
