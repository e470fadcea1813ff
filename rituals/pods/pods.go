// Package pods has three to five people keep each other going: each is asked in private once a day, at a time of their own,
// and what they answer is said in a room that only the pod reads. It knows who is in which pod and what was answered today;
// it does not know what people otherwise write to each other, and keeps no answer for longer than its day.
//
// Why nobody is counted: whoever has not answered is named nowhere, and hears nothing of it but, after two days, one
// question in private whether a pause or a hand would help. Days in a row are counted only for those who want it, and only
// they see them. A break, a rest and a quiet week take nothing away.
package pods

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// title is the rule's name: its state is kept under it.
const title = "pods"

// The commands.
const (
	commandPod = "pod"
	commandSet = "podset" // only chosen
)

// What tags begin with, before the number of the pod.
const (
	tagRoom  = "pod:"      // of a pod's room
	tagCard  = "podcard:"  // where people can join
	tagAsk   = "podask:"   // the question of a day
	tagAck   = "podack:"   // that an answer stands
	tagCare  = "podcare:"  // "pause or help?"
	tagSaid  = "podsaid:"  // what somebody has answered, in the pod's room
	tagRetro = "podretro:" // the look back
	tagBox   = "podbox:"   // what is brought to those who have no chat in the room
)

// The limits.
const (
	few, full  = 3, 5 // people in a pod
	maxPods    = 200
	maxName    = 40  // characters
	maxWord    = 500 // characters of an answer
	maxChanges = 8   // of one answer a day: on Signal a message can be changed ten times
	maxMoves   = 30  // people who come and go in one pod
	maxBox     = 20
	// formingFor is how long a pod waits for its third.
	formingFor = 7
	// tooLate is how late something may be said that was due.
	tooLate   = 2 * time.Hour
	restFor   = 7 * 24 * time.Hour
	keptFor   = 14 * 24 * time.Hour // a pod that is over
	logRhythm = "rhythm"
)

// State is what is kept of one community's pods. What people answer is for their pod alone, so it is sealed.
type State struct {
	Count int   `json:"count,omitempty"`
	Pods  []Pod `json:"pods,omitempty"`
	// Retro is when the pods look back next, Alarm what the timer is set to.
	Retro time.Time `json:"retro,omitzero"`
	Alarm time.Time `json:"alarm,omitzero"`
}

// mine is what a member sees of what is kept of them, pod by pod.
func (s State) mine(who chat.MemberID) any {
	type seat struct {
		Pod    string    `json:"pod"`
		Begun  bool      `json:"begun_by_you,omitempty"`
		Asked  string    `json:"asked_at,omitempty"`
		Next   time.Time `json:"asked_next,omitzero"`
		Day    string    `json:"last_asked,omitempty"`
		Status string    `json:"answer,omitempty"`
		Word   string    `json:"words,omitempty"`
		Missed int       `json:"questions_not_answered,omitempty"`
		Still  bool      `json:"asked_no_more,omitempty"`
		Rest   time.Time `json:"rests_until,omitzero"`
		Run    int       `json:"days_in_a_row,omitempty"`
	}
	var out []seat
	for _, p := range s.Pods {
		one := seat{Pod: p.Name, Begun: p.By == who}
		for _, x := range p.Seats {
			if x.Who != who {
				continue
			}
			one.Asked, one.Next, one.Day = fmt.Sprintf("%02d:%02d", x.Minute/60, x.Minute%60), x.Next, x.Day
			one.Status, one.Word, one.Missed, one.Still, one.Rest, one.Run = x.Status, x.Word, x.Missed, x.Still, x.Rest, x.Run
		}
		if one.Begun || one.Asked != "" {
			out = append(out, one)
		}
	}
	return out
}

// New returns the rule of /pod. It stands before the hint that the house does not chat, for a word in private can be an
// answer, and before the rule of /link.
func New() rule.Rule {
	return rule.Of[State]{
		Title: title, KeyOf: key, Fold: fold, Mine: State.mine, Secret: true,
		Ask: []rule.Command{
			{Name: commandPod, Aliases: []string{"pods"}, Args: "[new NAME | join | done WORDS | time 9:00 | rest | leave]", Level: chat.Member, Help: "help.pod"},
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
		mine = b.Command == commandPod || b.Command == commandSet
	case chat.Due:
		mine = b.Rule == title
	case chat.Posted:
		mine = !e.By.Bot && e.Member != "" && e.ReplyTo != nil && isOurs(e.ReplyTo.Tag)
	case chat.Left:
		room, ok := c.Room(e.Room)
		mine = ok && room.Settings["private"] == "on"
	case chat.Claimed:
		mine = b.Gone != ""
	case chat.Forgotten:
		mine = true
	}
	return string(c.ID), mine
}

// isOurs tells whether a tag is of something that is answered with words.
func isOurs(tag string) bool {
	for _, t := range []string{tagAsk, tagAck, tagSaid, tagRetro, tagBox} {
		if strings.HasPrefix(tag, t) {
			return true
		}
	}
	return false
}

func fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	s.Pods = slices.Clone(s.Pods)
	for i := range s.Pods {
		s.Pods[i].Seats = slices.Clone(s.Pods[i].Seats)
		s.Pods[i].Room.Places = slices.Clone(s.Pods[i].Room.Places)
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
	case chat.Left:
		out = s.gone(c, e, b)
	case chat.Claimed:
		s.renamed(b.Gone, b.Kept)
	case chat.Forgotten:
		s.renamed(b.Who, "")
		for i := range s.Pods {
			s.Pods[i].Room.Forget(b.Identities)
		}
	default:
		out = s.roomed(c, e)
	}
	out = append(out, s.deliver(c, e.Now)...)
	return s, append(out, s.wind(c, e.Now)...)
}

// wind sets the timer to the first of what is to come.
func (s *State) wind(c chat.Community, now time.Time) []chat.Effect {
	s.Pods = slices.DeleteFunc(s.Pods, func(p Pod) bool {
		_, there := p.Room.In(c)
		return !p.Over.IsZero() && (!there || now.Sub(p.Over) > keptFor)
	})
	if len(s.Pods) == 0 {
		s.Pods = nil
	}
	var next time.Time
	soon := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	running := false
	for i := range s.Pods {
		p := &s.Pods[i]
		if !p.Over.IsZero() {
			continue
		}
		soon(p.Until)
		running = running || !p.Since.IsZero()
		for _, seat := range p.Seats {
			soon(seat.Next)
			soon(seat.Morning)
		}
	}
	if !running {
		s.Retro = time.Time{}
	} else if s.Retro.IsZero() {
		s.Retro = friday(now, c.Zone())
	}
	soon(s.Retro)
	if next.Equal(s.Alarm) {
		return nil
	}
	s.Alarm = next
	if next.IsZero() {
		return []chat.Effect{chat.Cancel{Rule: title, Key: string(c.ID)}}
	}
	return []chat.Effect{chat.Wake{Rule: title, Key: string(c.ID), At: next}}
}

// of returns the pod that a member is in, and their place in it; nil = none.
func (s *State) of(who chat.MemberID) (*Pod, *Seat) {
	for i := range s.Pods {
		if at := s.Pods[i].seat(who); at >= 0 && who != "" && s.Pods[i].Over.IsZero() {
			return &s.Pods[i], &s.Pods[i].Seats[at]
		}
	}
	return nil, nil
}

// byNumber returns a pod that is not over; nil = there is none.
func (s *State) byNumber(n int) *Pod {
	for i := range s.Pods {
		if s.Pods[i].N == n && s.Pods[i].Over.IsZero() {
			return &s.Pods[i]
		}
	}
	return nil
}

// renamed puts one member in the place of another, or takes out who is erased. Nobody is in two pods: who turns out to be
// stays in the first.
func (s *State) renamed(gone, kept chat.MemberID) {
	there := false
	for i := range s.Pods {
		p := &s.Pods[i]
		if p.By == gone {
			p.By = kept
		}
		for at := range p.Seats {
			seat := &p.Seats[at]
			seat.Box = slices.DeleteFunc(slices.Clone(seat.Box), func(n Note) bool { return n.By == gone && kept == "" })
			if seat.Who == gone {
				seat.Who = kept
			}
		}
		p.Seats = slices.DeleteFunc(p.Seats, func(seat Seat) bool {
			if seat.Who == "" || seat.Who == kept && there {
				return true
			}
			there = there || seat.Who == kept
			return false
		})
	}
}
