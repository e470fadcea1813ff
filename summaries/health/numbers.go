package health

import (
	"math"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// fewest is how many people there must be for a number; below it a number would tell of persons.
const fewest = 5

// never is how long somebody has waited who was not answered.
const never = time.Duration(math.MaxInt64)

// Numbers are the four, as they were at one moment.
type Numbers struct {
	At time.Time `json:"at"`
	// Members are those who count: here for a day at least, not away and not out by their own wish. Excluded are those who are.
	Members  int `json:"members"`
	Excluded int `json:"excluded,omitempty"`
	// Active have done something within 7 days, Wrote have written within 28, WroteWeek within 7.
	Active    int `json:"active"`
	Wrote     int `json:"wrote"`
	WroteWeek int `json:"wroteweek"`
	// Settled are the members who have been here for 14 days, SettledWrote those of them who have written within 28.
	Settled      int `json:"settled"`
	SettledWrote int `json:"settledwrote"`
	Replies
	Won
}

// numbers counts.
func (s State) numbers(c chat.Community, at time.Time) Numbers {
	n := Numbers{At: at}
	for _, card := range c.Members.All() {
		if !isMember(card) || at.Sub(card.Since) < day {
			continue
		}
		if !counts(card, at) {
			n.Excluded++
			continue
		}
		p := s.People[card.ID]
		wrote := within(p.Wrote, at, 4*week)
		n.Members++
		n.Active += one(within(p.Acted, at, week))
		n.WroteWeek += one(within(p.Wrote, at, week))
		n.Wrote += one(wrote)
		if at.Sub(card.Since) >= newcomer {
			n.Settled++
			n.SettledWrote += one(wrote)
		}
	}
	n.Replies = s.replies(c, at)
	return n
}

// within tells whether something was in the time before a moment; never is zero.
func within(t, at time.Time, d time.Duration) bool {
	return !t.IsZero() && !t.After(at) && at.Sub(t) <= d
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// percent is a share in whole percents, as people read it; the bands are decided by the numbers themselves.
func percent(n, of int) int {
	if of <= 0 {
		return 0
	}
	return int(math.Round(100 * float64(n) / float64(of)))
}

// band is how good a number is: 2 green, 1 amber, 0 red.
type band int

const (
	red band = iota
	amber
	green
)

func (b band) String() string { return [...]string{"🔴", "🟡", "🟢"}[b] }

// banded tells which band n of a whole is in: green from high percent on, red below low.
func banded(n, of, low, high int) band {
	switch {
	case 100*n >= high*of:
		return green
	case 100*n >= low*of:
		return amber
	}
	return red
}

// activeBand is that of those who took part: green from 50 %, red below 25.
func (n Numbers) activeBand() band { return banded(n.Active, n.Members, 25, 50) }

// wroteBand is that of those who wrote within 28 days: in a small community green from 33 % and red below 20, in one of more
// than 150 from 23 and below 10.
func (n Numbers) wroteBand() band { return wroteBand(n.Wrote, n.Members) }

func wroteBand(n, of int) band {
	if of > 150 {
		return banded(n, of, 10, 23)
	}
	return banded(n, of, 20, 33)
}

// Replies is how soon newcomers were answered within 28 days. Median and P90 are never where so many were not.
type Replies struct {
	Posts    int           `json:"posts,omitempty"`
	Answered int           `json:"answered,omitempty"`
	InADay   int           `json:"inaday,omitempty"`
	Waiting  int           `json:"waiting,omitempty"` // now, without an answer
	Overdue  int           `json:"overdue,omitempty"` // of them, for more than a day
	Others   int           `json:"others,omitempty"`  // answered by somebody who is no organiser
	Median   time.Duration `json:"median,omitempty"`
	P90      time.Duration `json:"p90,omitempty"`
}

// replies counts the posts of newcomers.
func (s State) replies(c chat.Community, at time.Time) Replies {
	var r Replies
	var waits []time.Duration
	for _, p := range s.Posts {
		card, ok := c.Members.ByID(p.Who)
		if !ok || !counts(card, at) || !within(p.At, at, 4*week) {
			continue
		}
		r.Posts++
		if p.Answered.IsZero() || p.Answered.After(at) {
			waits = append(waits, never)
			r.Waiting++
			r.Overdue += one(at.Sub(p.At) > day)
			continue
		}
		wait := p.Answered.Sub(p.At)
		waits = append(waits, wait)
		r.Answered++
		r.InADay += one(wait <= day)
		r.Others += one(!p.ByOrganiser)
	}
	r.Median, r.P90 = median(waits), ninetieth(waits)
	return r
}

// median is the middle of some waits, of an even number the mean of the two in the middle. One who was never answered has
// waited longer than anybody.
func median(waits []time.Duration) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	waits = slices.Sorted(slices.Values(waits))
	low, high := waits[(len(waits)-1)/2], waits[len(waits)/2]
	if high == never {
		return never
	}
	return low + (high-low)/2
}

// ninetieth is the wait that nine of ten did not exceed: the nearest rank.
func ninetieth(waits []time.Duration) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	waits = slices.Sorted(slices.Values(waits))
	return waits[(9*len(waits)+9)/10-1]
}

// replyBand is green for a median of at most two hours and nine of ten within a day, amber where one of both holds.
func (r Replies) replyBand() band {
	return band(one(r.Median <= 2*time.Hour) + one(10*r.InADay >= 9*r.Posts))
}

// Won is what went well within four weeks.
type Won struct {
	Wins   int `json:"wins,omitempty"`
	Job    int `json:"job,omitempty"`
	Solved int `json:"solved,omitempty"`
	Collab int `json:"collab,omitempty"`
	Other  int `json:"other,omitempty"`
	// WinsWeek are those of the last 7 days.
	WinsWeek int `json:"winsweek,omitempty"`
}

// winsBand is green from four for each hundred members on, amber from two.
func (n Numbers) winsBand() band {
	switch {
	case 100*n.Wins >= 4*n.Members:
		return green
	case 100*n.Wins >= 2*n.Members:
		return amber
	}
	return red
}
