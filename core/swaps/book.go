package swaps

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Book is what is kept of one community.
type Book struct {
	Last  int    `json:"last,omitempty"` // the last number that was given
	Rows  []Row  `json:"rows,omitempty"` // the oldest first
	Deals []Deal `json:"deals,omitempty"`
	// Past names the swaps that were proposed, so that none is twice.
	Past []string `json:"past,omitempty"`
	Seen []Seen   `json:"seen,omitempty"`
	// Letters wait for the day.
	Letters []Letter `json:"letters,omitempty"`
}

// Row is one thing that a member offers (Give) or wants.
type Row struct {
	N     int           `json:"n"`
	Who   chat.MemberID `json:"who"`
	Give  bool          `json:"give,omitempty"`
	Words string        `json:"words"`
	// Ask is when its owner is asked whether it still holds; Asked: they were, then, and it goes a week later.
	Ask   time.Time `json:"ask"`
	Asked bool      `json:"asked,omitempty"`
}

// Deal is a swap: each member of it gives the next one something, the last one the first.
type Deal struct {
	N    int   `json:"n"`
	Legs []Leg `json:"legs"`
	// Until is when it falls if not all have said yes; once they have, Since is when, and Until when it is closed.
	Until time.Time `json:"until"`
	Since time.Time `json:"since,omitzero"`
	// Remind is when those who have not said that it is done are asked; zero = no more.
	Remind   time.Time `json:"remind,omitzero"`
	Reminded int       `json:"reminded,omitempty"`
}

// Leg is one member's part in a swap: what they give to the next.
type Leg struct {
	Who   chat.MemberID `json:"who"`
	Offer int           `json:"offer"` // the row of what they give
	Want  int           `json:"want"`  // the row of the next one who wants that
	Words string        `json:"words"`
	Send  time.Time     `json:"send"` // when they are asked
	Sent  bool          `json:"sent,omitempty"`
	Yes   bool          `json:"yes,omitempty"`
	Done  bool          `json:"done,omitempty"`
	Told  bool          `json:"told,omitempty"` // they have been asked whether it is done
}

// Seen is that somebody was asked to take part in a swap.
type Seen struct {
	Who chat.MemberID `json:"who"`
	At  time.Time     `json:"at"`
}

// mine is what a member sees of the book: their own lines, and their part in the swaps that they have been asked about.
func (s Book) mine(who chat.MemberID) any {
	type line struct {
		N     int    `json:"number"`
		Words string `json:"words"`
	}
	type part struct {
		N      int       `json:"number"`
		Give   string    `json:"you_give"`
		Yes    bool      `json:"you_said_yes,omitempty"`
		Done   bool      `json:"you_said_done,omitempty"`
		Agreed time.Time `json:"agreed,omitzero"`
		Until  time.Time `json:"until"`
	}
	var out struct {
		Offers []line `json:"offers,omitempty"`
		Wants  []line `json:"wants,omitempty"`
		Swaps  []part `json:"swaps,omitempty"`
	}
	for _, r := range s.Rows {
		switch {
		case r.Who != who:
		case r.Give:
			out.Offers = append(out.Offers, line{r.N, r.Words})
		default:
			out.Wants = append(out.Wants, line{r.N, r.Words})
		}
	}
	for _, d := range s.Deals {
		if i := d.leg(who); i >= 0 && d.Legs[i].Sent {
			l := d.Legs[i]
			out.Swaps = append(out.Swaps, part{N: d.N, Give: l.Words, Yes: l.Yes, Done: l.Done, Agreed: d.Since, Until: d.Until})
		}
	}
	return out
}

const (
	week     = 7 * 24 * time.Hour
	maxWords = 80 // characters of a skill
	maxMine  = 5  // offers of a member, and wants
	maxRows  = 2000
	// maxOpen is in how many swaps that are not agreed somebody is at once, maxSeen how often they are asked in a week.
	maxOpen = 2
	maxSeen = 3
	maxPast = 1000
	rowTime = 60 * 24 * time.Hour
	// answerTime is how long an answer is waited for; dealTime how long an agreed swap is kept; remindTime how soon it is
	// asked after.
	answerTime = week
	dealTime   = 60 * 24 * time.Hour
	remindTime = 14 * 24 * time.Hour
	maxRemind  = 2
)

// next gives the next number.
func (s *Book) next() int {
	s.Last++
	return s.Last
}

// row finds a line of the book by its number, -1 = there is none; deal the same of a swap.
func (s Book) row(n int) int { return slices.IndexFunc(s.Rows, func(r Row) bool { return r.N == n }) }

func (s Book) deal(n int) int {
	return slices.IndexFunc(s.Deals, func(d Deal) bool { return d.N == n })
}

// leg finds a member's part in a swap, -1 = none.
func (d Deal) leg(who chat.MemberID) int {
	return slices.IndexFunc(d.Legs, func(l Leg) bool { return l.Who == who })
}

func (d Deal) has(who chat.MemberID) bool { return d.leg(who) >= 0 }

// all tells whether something holds for all who take part.
func (d Deal) all(is func(Leg) bool) bool {
	return !slices.ContainsFunc(d.Legs, func(l Leg) bool { return !is(l) })
}

// gets is what a member gets in the swap, and from whom.
func (d Deal) gets(i int) Leg { return d.Legs[(i+len(d.Legs)-1)%len(d.Legs)] }

// to is whom a member gives something.
func (d Deal) to(i int) chat.MemberID { return d.Legs[(i+1)%len(d.Legs)].Who }

// isBound tells whether a line of the book is part of a swap that is open.
func (s Book) isBound(n int) bool {
	return slices.ContainsFunc(s.Deals, func(d Deal) bool {
		return slices.ContainsFunc(d.Legs, func(l Leg) bool { return l.Offer == n || l.Want == n })
	})
}

// isBusy tells whether somebody has been asked enough for now.
func (s Book) isBusy(who chat.MemberID, now time.Time) bool {
	open, seen := 0, 0
	for _, d := range s.Deals {
		if d.has(who) && d.Since.IsZero() {
			open++
		}
	}
	for _, x := range s.Seen {
		if x.Who == who && now.Sub(x.At) < week {
			seen++
		}
	}
	return open >= maxOpen || seen >= maxSeen
}

// firstDue is when something is to be done next, zero if nothing is.
func (s Book) firstDue() time.Time {
	var first time.Time
	note := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for _, r := range s.Rows {
		if r.Asked {
			note(r.Ask.Add(week))
		} else {
			note(r.Ask)
		}
	}
	for _, l := range s.Letters {
		note(l.Send)
	}
	for _, d := range s.Deals {
		note(d.Until)
		note(d.Remind)
		for _, l := range d.Legs {
			if !l.Sent {
				note(l.Send)
			}
		}
	}
	return first
}

// emptied makes an empty list none, so that an empty book is the zero one.
func emptied[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// fine returns the first time from one on when somebody may be written to without having asked: not at night (22:00 to 08:00
// where they are) and not in a quiet week.
func fine(c chat.Community, card chat.Card, at time.Time) time.Time {
	zone := c.ZoneOf(card)
	for range 400 {
		local := at.In(zone)
		switch h := local.Hour(); {
		case h >= 22 || rule.Quiet(c, at):
			local = local.AddDate(0, 0, 1)
		case h >= 8:
			return at
		}
		at = time.Date(local.Year(), local.Month(), local.Day(), 8, 0, 0, 0, zone).UTC()
	}
	return at
}

// tagOf names what is asked of a member about a swap; readTag reads it.
func tagOf(n int, who chat.MemberID) string { return fmt.Sprintf("swap ask %d %s", n, who) }

func readTag(tag string) (n int, who chat.MemberID, ok bool) {
	words := strings.Fields(tag)
	if len(words) != 4 || words[0] != "swap" || words[1] != "ask" {
		return 0, "", false
	}
	n, err := strconv.Atoi(words[2])
	return n, chat.MemberID(words[3]), err == nil
}
