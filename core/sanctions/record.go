package sanctions

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Record is all that has been decided about one person and is not forgotten yet.
type Record struct {
	// Turn counts the decisions, so that old cards and late receipts are told from what holds now.
	Turn     int       `json:"turn,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"` // the oldest first
	Timeout  Hold      `json:"timeout,omitzero"`
	Ban      Hold      `json:"ban,omitzero"`
	Past     []Step    `json:"past,omitempty"` // the oldest first
	// Actor is who has decided last; empty = the house or the operator.
	Actor chat.MemberID `json:"actor,omitempty"`
	// Undone is what could not be carried out yet; Tell is when the moderators hear of it, Told that they have.
	Undone []Undone  `json:"undone,omitempty"`
	Tell   time.Time `json:"tell,omitzero"`
	Told   bool      `json:"told,omitempty"`
	Appeal Appeal    `json:"appeal,omitzero"`
	// Lapsed is who has let a decision about him go unconfirmed, and when.
	Lapsed   chat.MemberID `json:"lapsed,omitempty"`
	LapsedAt time.Time     `json:"lapsed_at,omitzero"`
	// Awake is when the timer is set for.
	Awake time.Time `json:"awake,omitzero"`
}

// Warning is one warning.
type Warning struct {
	Turn   int           `json:"turn"`
	At     time.Time     `json:"at"`
	Until  time.Time     `json:"until"` // it counts that long
	Reason string        `json:"reason"`
	By     chat.MemberID `json:"by,omitempty"`
	Auto   bool          `json:"auto,omitempty"`
}

// Hold is a time-out or a ban that is in force.
type Hold struct {
	Turn   int           `json:"turn"`
	Since  time.Time     `json:"since"`
	Until  time.Time     `json:"until,omitzero"` // zero = for good
	Reason string        `json:"reason,omitempty"`
	By     chat.MemberID `json:"by,omitempty"`
	Auto   bool          `json:"auto,omitempty"`
	// Own: he has asked for it himself.
	Own bool `json:"own,omitempty"`
	// Confirm is when it ends unless a second moderator has confirmed it; zero = it needs no confirmation (any more).
	Confirm time.Time     `json:"confirm,omitzero"`
	Upheld  chat.MemberID `json:"upheld,omitempty"`
	// Noted: he has been told that what he writes is not carried on. Stuck: the moderators know that it cannot be deleted.
	Noted bool `json:"noted,omitempty"`
	Stuck bool `json:"stuck,omitempty"`
	// In is where he was when he was banned, to be asked back there.
	In []chat.Chat `json:"in,omitempty"`
}

// Step is something that was done, for the ladder.
type Step struct {
	Turn int           `json:"turn"`
	Kind Kind          `json:"kind"`
	At   time.Time     `json:"at"`
	For  time.Duration `json:"for,omitempty"`
	By   chat.MemberID `json:"by,omitempty"`
	Why  string        `json:"why,omitempty"`
}

// Kind is what is imposed.
type Kind string

// The kinds.
const (
	Warn    Kind = "warn"
	Timeout Kind = "timeout"
	Removal Kind = "remove"
	Ban     Kind = "ban"
)

// How much is remembered of one person.
const (
	maxWarnings = 20
	maxPast     = 20
	// pastKept is how long a step counts on the ladder.
	pastKept = 180 * 24 * time.Hour
)

// isOn tells whether the hold is in force.
func (h Hold) isOn(now time.Time) bool {
	return !h.Since.IsZero() && (h.Until.IsZero() || now.Before(h.Until))
}

// end is when it ends, by itself or because nobody has confirmed it; zero = never.
func (h Hold) end() time.Time {
	switch {
	case h.Since.IsZero():
		return time.Time{}
	case h.Confirm.IsZero():
		return h.Until
	case h.Until.IsZero() || h.Confirm.Before(h.Until):
		return h.Confirm
	}
	return h.Until
}

// live returns the warnings that still count.
func (s Record) live(now time.Time) []Warning {
	return slices.DeleteFunc(slices.Clone(s.Warnings), func(w Warning) bool { return !now.Before(w.Until) })
}

// hold returns what keeps him from writing: the ban before the time-out.
func (s Record) hold(now time.Time) (h Hold, k Kind, ok bool) {
	switch {
	case s.Ban.isOn(now):
		return s.Ban, Ban, true
	case s.Timeout.isOn(now):
		return s.Timeout, Timeout, true
	}
	return Hold{}, "", false
}

// remember adds a step and forgets what is too old to count.
func (s Record) remember(step Step) Record {
	past := slices.DeleteFunc(slices.Clone(s.Past), func(p Step) bool { return step.At.Sub(p.At) > pastKept })
	past = append(past, step)
	s.Past = past[max(0, len(past)-maxPast):]
	return s
}

// Mirror is the setting of a member's card that tells what is in force: "ban", "timeout" or "break", and behind it until
// when (RFC 3339), if it ends.
const Mirror = "sanction"

// mirror is its value.
func (s Record) mirror() string {
	word, h := "ban", s.Ban
	switch {
	case !h.Since.IsZero():
	case s.Timeout.Since.IsZero():
		return ""
	case s.Timeout.Own:
		word, h = "break", s.Timeout
	default:
		word, h = "timeout", s.Timeout
	}
	if h.Until.IsZero() {
		return word
	}
	return word + " " + h.Until.UTC().Format(time.RFC3339)
}

// mirrored reads what mirror wrote.
func mirrored(value string) (word string, until time.Time, ok bool) {
	word, at, ends := strings.Cut(value, " ")
	if word != "ban" && word != "timeout" && word != "break" {
		return "", time.Time{}, false
	}
	if !ends {
		return word, time.Time{}, word == "ban"
	}
	until, err := time.Parse(time.RFC3339, at)
	return word, until, err == nil
}

// deadline is the first time at which something must happen by itself; zero = none.
func (s Record) deadline() time.Time {
	times := []time.Time{s.Timeout.end(), s.Ban.end(), s.Tell, s.Appeal.Remind}
	for _, u := range s.Undone {
		times = append(times, u.At)
	}
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// unite makes one record of those of two accounts that are one person: what holds for either holds for him.
func unite(kept, gone Record) Record {
	s := kept
	s.Turn = kept.Turn + gone.Turn // what either has counted is over: all is carried out anew
	s.Warnings = slices.Concat(kept.Warnings, gone.Warnings)
	slices.SortStableFunc(s.Warnings, func(a, b Warning) int { return a.At.Compare(b.At) })
	s.Warnings = s.Warnings[max(0, len(s.Warnings)-maxWarnings):]
	s.Past = slices.Concat(kept.Past, gone.Past)
	slices.SortStableFunc(s.Past, func(a, b Step) int { return a.At.Compare(b.At) })
	s.Past = s.Past[max(0, len(s.Past)-maxPast):]
	s.Timeout = longer(kept.Timeout, gone.Timeout)
	s.Ban = longer(kept.Ban, gone.Ban)
	s.Actor = cmp.Or(kept.Actor, gone.Actor)
	s.Undone, s.Tell, s.Told, s.Awake = nil, time.Time{}, false, time.Time{}
	if gone.Appeal.Open && !kept.Appeal.Open || !kept.Appeal.Open && gone.Appeal.Decided.After(kept.Appeal.Decided) {
		s.Appeal = gone.Appeal
	}
	if gone.LapsedAt.After(kept.LapsedAt) {
		s.Lapsed, s.LapsedAt = gone.Lapsed, gone.LapsedAt
	}
	return s
}

// longer returns the hold that goes further: an imposed one before one of his own, then by when they end if nobody does
// anything more, then by when they would end if they are confirmed.
func longer(a, b Hold) Hold {
	switch {
	case a.Since.IsZero():
		return b
	case b.Since.IsZero():
		return a
	case a.Own != b.Own:
		if a.Own {
			return b
		}
		return a
	case !a.end().Equal(b.end()):
		if isLater(b.end(), a.end()) {
			return b
		}
		return a
	case isLater(b.Until, a.Until):
		return b
	}
	return a
}

// isLater compares two ends, of which zero is never.
func isLater(a, b time.Time) bool { return !b.IsZero() && (a.IsZero() || a.After(b)) }
