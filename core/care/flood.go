package care

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	floodTitle = "flood"
	// floodMost is how many messages a person may write in floodTime, on all platforms together.
	floodMost = 10
	floodTime = time.Minute
	// floodLate is the same for messages by the time of their arrival alone: after a platform was away, what people wrote
	// in an hour comes at once, but nobody's own clock is believed without end.
	floodLate = 40
	// floodFor is how long the time-out is.
	floodFor = 10 * time.Minute
)

// Pace is when a member has written lately.
type Pace struct {
	Now   []int64 `json:"now,omitempty"` // milliseconds, when they arrived
	At    []int64 `json:"at,omitempty"`  // when they were written, as the platform says
	Album string  `json:"album,omitempty"`
	// Until is how long the time-out lasts that he has got.
	Until time.Time `json:"until,omitzero"`
}

// mine is what a member sees of it.
func (s Pace) mine(chat.MemberID) any {
	var out struct {
		Wrote []time.Time `json:"wrote_lately,omitempty"`
		Until time.Time   `json:"timed_out_until,omitzero"`
	}
	for _, ms := range s.At[max(0, len(s.At)-floodMost):] {
		out.Wrote = append(out.Wrote, time.UnixMilli(ms).UTC())
	}
	out.Until = s.Until
	return out
}

// NewFlood returns the rule that asks for a short time-out for who writes faster than anybody reads. What he has
// written stays, for the moderators to see.
func NewFlood() rule.Rule {
	return rule.Of[Pace]{
		Title: floodTitle,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			if _, ok := e.Body.(chat.Posted); !ok || e.Private || e.By.Bot || e.Level >= chat.Moderator || c.Setting("flood", "on") != "on" {
				return "", false
			}
			return rule.ByMember(c, e)
		},
		Fold: foldFlood,
		Mine: Pace.mine,
		Join: func(kept, gone Pace) Pace {
			if gone.Until.After(kept.Until) {
				kept.Until = gone.Until
			}
			kept.Now, kept.At = append(kept.Now, gone.Now...), append(kept.At, gone.At...)
			return kept
		},
		Options: []rule.Setting{{Name: "flood", Default: "on", Values: []string{"on", "off"}, Help: "setting.flood"}},
	}
}

func foldFlood(c chat.Community, s Pace, e chat.Event) (Pace, []chat.Effect) {
	p, _ := e.Body.(chat.Posted)
	card, ok := c.Members.ByID(e.Member)
	if !ok || e.Now.Before(s.Until) || p.Album != "" && p.Album == s.Album {
		return s, nil
	}
	s.Until, s.Album = time.Time{}, p.Album
	written := e.At
	if written.IsZero() || written.After(e.Now) {
		written = e.Now
	}
	s = s.add(e.Now, written)
	if !s.isFlood() {
		return s, nil
	}
	s = Pace{Until: e.Now.Add(floodFor)}
	reason := rule.Aloud(c, "").Say("care.flood", "n", floodMost).Plain
	args := append([]string{"@" + card.Handle, "10m"}, strings.Fields(reason)...)
	return s, []chat.Effect{chat.Emit{House: true, Body: chat.Asked{
		Command: "timeout", Alias: "timeout", Args: args, Text: chat.Plain(strings.Join(args, " ")),
	}}}
}

// add notes a message and forgets those that are older than what is looked at.
func (s Pace) add(now, written time.Time) Pace {
	arrived, at := []int64{}, []int64{}
	for i := range s.Now {
		if i < len(s.At) && now.UnixMilli()-s.Now[i] < floodTime.Milliseconds() && len(s.Now)-i < floodLate+1 {
			arrived, at = append(arrived, s.Now[i]), append(at, s.At[i])
		}
	}
	s.Now, s.At = append(arrived, now.UnixMilli()), append(at, written.UnixMilli())
	return s
}

// isFlood tells whether the last message is one too many.
func (s Pace) isFlood() bool {
	if len(s.Now) > floodLate {
		return true
	}
	last, n := s.At[len(s.At)-1], 0
	for _, at := range s.At {
		if d := last - at; d < floodTime.Milliseconds() && d > -floodTime.Milliseconds() {
			n++
		}
	}
	return n > floodMost
}
