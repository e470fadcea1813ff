package breakouts

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// stage is how far a round is.
type stage string

// The stages.
const (
	gathering stage = "gathering" // people say whether they are in
	asking    stage = "asking"    // their number cannot be split: whoever has started it is asked how
	open      stage = "open"      // the groups are there
	ended     stage = "ended"     // their rooms wait for being archived
)

// The times of a round.
const (
	late      = 2 * time.Hour       // groups are made so late at most
	usualIn   = time.Hour           // to say who is in
	usualFor  = time.Hour           // to meet
	decideIn  = 15 * time.Minute    // to say how to split
	patience  = 5 * time.Minute     // with platforms that have not made a room
	archiveIn = 7 * 24 * time.Hour  // behind the end
	dropIn    = 24 * time.Hour      // behind the archive, for platforms that do not answer
	minIn     = 5 * time.Minute     // the least to say who is in
	maxIn     = 7 * 24 * time.Hour  // and the most
	minFor    = 10 * time.Minute    // the least to meet
	maxFor    = 30 * 24 * time.Hour // and the most
)

// Round is one time that people meet in small groups.
type Round struct {
	ID    string `json:"id"` // "b3": its name in commands and tags
	Topic string `json:"topic"`
	// Room is where people are asked, and beside whose chats those of the groups are made.
	Room chat.RoomID `json:"room"`
	// Low and High are how many may be in a group.
	Low   int           `json:"low"`
	High  int           `json:"high"`
	By    chat.MemberID `json:"by,omitempty"` // has started it
	Stage stage         `json:"stage"`
	// In are those who are in, until there are groups; Willing those of them who can take notes.
	In      []chat.MemberID `json:"in,omitempty"`
	Willing []chat.MemberID `json:"willing,omitempty"`
	// Closes is when the groups are made, Decide until when it can be said how; Length is how long they meet.
	Closes time.Time     `json:"closes"`
	Decide time.Time     `json:"decide,omitzero"`
	Length time.Duration `json:"length"`
	// Made is when the groups were made, Ends when their time is over, Archived that their rooms are closed.
	Made     time.Time `json:"made,omitzero"`
	Ends     time.Time `json:"ends,omitzero"`
	Archived bool      `json:"archived,omitempty"`
	Groups   []Group   `json:"groups,omitempty"`
}

// Group is some people who meet.
type Group struct {
	N       int             `json:"n"` // counted from 1
	Members []chat.MemberID `json:"members,omitempty"`
	// Notes takes notes; empty = nobody yet. Willing are ready to, until it is known who of them is in the room.
	Notes   chat.MemberID   `json:"notes,omitempty"`
	Willing []chat.MemberID `json:"willing,omitempty"`
	Room    smallroom.Room  `json:"room"`
	// Greeted are the chats of its room where people were welcomed, Told the members who know their group.
	Greeted []chat.Chat     `json:"greeted,omitempty"`
	Told    []chat.MemberID `json:"told,omitempty"`
	// Offered: it has become small, and whoever has started it was asked about it. Gone: it is part of another now.
	Offered bool `json:"offered,omitempty"`
	Gone    bool `json:"gone,omitempty"`
	// Here: no room brings its people together, so they meet where they were asked.
	Here bool `json:"here,omitempty"`
}

// cardPrefix begins the tag of the message where people say that they are in; the round's id stands behind it.
const cardPrefix = "breakout:card:"

func (r *Round) tag() string { return cardPrefix + r.ID }

// startTag names what whoever has started it was told, with what can be chosen there.
func (r *Round) startTag() string { return "breakout:start:" + r.ID }

// groupOf finds the group of a member.
func (r *Round) groupOf(who chat.MemberID) *Group {
	for i := range r.Groups {
		if slices.Contains(r.Groups[i].Members, who) {
			return &r.Groups[i]
		}
	}
	return nil
}

// group returns the one with that number that is not part of another.
func (r *Round) group(word string) *Group {
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > len(r.Groups) || r.Groups[n-1].Gone {
		return nil
	}
	return &r.Groups[n-1]
}

// people is how many are in a group.
func (r *Round) people() int {
	n := 0
	for _, g := range r.Groups {
		n += len(g.Members)
	}
	return n
}

// next is when something is due; zero = never.
func (r *Round) next(now time.Time) time.Time {
	switch r.Stage {
	case gathering:
		return r.Closes
	case asking:
		return r.Decide
	case open:
		if at := r.Made.Add(patience); at.After(now) && at.Before(r.Ends) {
			return at
		}
		return r.Ends
	}
	if !r.Archived {
		return r.Ends.Add(archiveIn)
	}
	return r.Ends.Add(archiveIn + dropIn)
}

// isDone tells whether nothing of a round is to be done any more.
func (r *Round) isDone(c chat.Community, now time.Time) bool {
	if r.Stage != ended {
		return false
	}
	if !r.Ends.Add(archiveIn + dropIn).After(now) {
		return true
	}
	return !slices.ContainsFunc(r.Groups, func(g Group) bool {
		_, there := g.Room.In(c)
		return there || !g.Room.IsSettled()
	})
}
