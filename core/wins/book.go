package wins

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
	Last int   `json:"last,omitempty"` // the last number that was given
	Wins []Win `json:"wins,omitempty"` // the oldest first
	Asks []Ask `json:"asks,omitempty"` // what waits for a yes, the oldest first
	Noes []No  `json:"noes,omitempty"`
	// Letters wait for the day.
	Letters []Letter `json:"letters,omitempty"`
}

// Win is one that counts for the one whom it is about.
type Win struct {
	N int `json:"n"`
	// Group and Kind are under what it is counted: the number is that of the first of its kind within a week.
	Group int           `json:"group"`
	Who   chat.MemberID `json:"who"`
	Kind  string        `json:"kind,omitempty"` // empty = another
	Text  string        `json:"text"`
	At    time.Time     `json:"at"`
	Room  chat.RoomID   `json:"room,omitempty"` // where it was told; empty = nowhere
	Bare  bool          `json:"bare,omitempty"` // shown without the name
	// Logged: a line of the log has begun to count its group.
	Logged bool `json:"logged,omitempty"`
}

// Ask is a win of somebody else's that waits for their yes.
type Ask struct {
	N    int           `json:"n"`
	By   chat.MemberID `json:"by"`
	Who  chat.MemberID `json:"who"`
	Kind string        `json:"kind,omitempty"`
	Text string        `json:"text"`
	Room chat.RoomID   `json:"room,omitempty"`
	Send time.Time     `json:"send"` // when they are asked
	Sent bool          `json:"sent,omitempty"`
}

// No is that somebody did not want a win noted; the same member does not get to ask again soon.
type No struct {
	By  chat.MemberID `json:"by"`
	Who chat.MemberID `json:"who"`
	At  time.Time     `json:"at"`
}

// maxTold is how many of their wins somebody is shown who asks what is kept.
const maxTold = 20

// mine is what a member sees of the book: their wins, what they have proposed, and what they have been asked and have not
// answered, without who has.
func (s Book) mine(who chat.MemberID) any {
	type win struct {
		N     int       `json:"number"`
		Kind  string    `json:"kind"`
		Words string    `json:"words,omitempty"`
		At    time.Time `json:"at,omitzero"`
		Bare  bool      `json:"without_name,omitempty"`
	}
	var out struct {
		Wins     []win       `json:"wins,omitempty"`
		Proposed []win       `json:"you_proposed,omitempty"`
		Asked    []win       `json:"waits_for_your_yes,omitempty"`
		Declined []time.Time `json:"you_declined,omitempty"`
	}
	for _, w := range s.Wins {
		if w.Who == who {
			out.Wins = append(out.Wins, win{N: w.N, Kind: kindWord(w.Kind), Words: w.Text, At: w.At, Bare: w.Bare})
		}
	}
	out.Wins = out.Wins[max(0, len(out.Wins)-maxTold):]
	for _, a := range s.Asks {
		switch {
		case a.By == who:
			out.Proposed = append(out.Proposed, win{N: a.N, Kind: kindWord(a.Kind), Words: a.Text, At: a.Send})
		case a.Who == who && a.Sent:
			out.Asked = append(out.Asked, win{N: a.N, Kind: kindWord(a.Kind), At: a.Send})
		}
	}
	for _, n := range s.Noes {
		if n.Who == who {
			out.Declined = append(out.Declined, n.At)
		}
	}
	return out
}

const (
	week    = 7 * 24 * time.Hour
	minText = 3
	maxText = 200 // characters
	// maxADay is how many of their own somebody notes a day; a win is no way around a room's post cap.
	maxADay  = 3
	maxAsks  = 3 // that one member has open
	maxOpen  = 200
	noMemory = 30 * 24 * time.Hour
	maxNoes  = 500
	// The book keeps a year, so that whoever is erased is also taken out of what the house has said.
	winMemory = 365 * 24 * time.Hour
	maxWins   = 1000
)

// The kinds, as members write them; without a kind it is another.
const (
	kindJob    = "job"
	kindSolved = "solved"
	kindCollab = "collab"
	kindOther  = "other"
)

// pruned forgets what is old.
func (s Book) pruned(now time.Time) Book {
	s.Wins = slices.DeleteFunc(s.Wins, func(w Win) bool { return now.Sub(w.At) > winMemory })
	s.Wins = s.Wins[max(0, len(s.Wins)-maxWins):]
	s.Asks = slices.DeleteFunc(s.Asks, func(a Ask) bool { return !now.Before(a.Send.Add(week)) })
	s.Noes = slices.DeleteFunc(s.Noes, func(n No) bool { return now.Sub(n.At) > noMemory })
	s.Noes = s.Noes[max(0, len(s.Noes)-maxNoes):]
	return s
}

// firstDue is when something is to be done next: somebody to be asked, or a proposal to be forgotten.
func (s Book) firstDue() time.Time {
	var first time.Time
	for _, l := range s.Letters {
		if first.IsZero() || l.Send.Before(first) {
			first = l.Send
		}
	}
	for _, a := range s.Asks {
		at := a.Send
		if a.Sent {
			at = a.Send.Add(week)
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// win finds a win by its number, -1 = there is none; ask the same of what waits for a yes.
func (s Book) win(n int) int { return slices.IndexFunc(s.Wins, func(w Win) bool { return w.N == n }) }

func (s Book) ask(n int) int { return slices.IndexFunc(s.Asks, func(a Ask) bool { return a.N == n }) }

func (s *Book) dropWin(i int) { s.Wins = emptied(slices.Delete(s.Wins, i, i+1)) }
func (s *Book) dropAsk(i int) { s.Asks = emptied(slices.Delete(s.Asks, i, i+1)) }

// forgetNoes forgets what somebody did not want, and what there is to tell about that.
func (s *Book) forgetNoes(who chat.MemberID) {
	s.Noes = emptied(slices.DeleteFunc(s.Noes, func(n No) bool { return n.By == who || n.Who == who }))
	s.Letters = emptied(slices.DeleteFunc(s.Letters, func(l Letter) bool { return l.Who == who || l.About == who }))
}

// emptied makes an empty list none, so that an empty book is the zero one.
func emptied[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// since counts the wins of somebody from a time on.
func (s Book) since(who chat.MemberID, from time.Time) (n int) {
	for _, w := range s.Wins {
		if w.Who == who && w.At.After(from) {
			n++
		}
	}
	return n
}

// renamed gives what was one account's to the member that it has turned out to be.
func (s Book) renamed(gone, kept chat.MemberID) Book {
	name := func(id *chat.MemberID) {
		if *id == gone {
			*id = kept
		}
	}
	for i := range s.Wins {
		name(&s.Wins[i].Who)
	}
	for i := range s.Asks {
		name(&s.Asks[i].By)
		name(&s.Asks[i].Who)
	}
	for i := range s.Noes {
		name(&s.Noes[i].By)
		name(&s.Noes[i].Who)
	}
	for i := range s.Letters {
		name(&s.Letters[i].Who)
		name(&s.Letters[i].About)
	}
	s.Asks = emptied(slices.DeleteFunc(s.Asks, func(a Ask) bool { return a.By == a.Who }))
	s.Noes = emptied(slices.DeleteFunc(s.Noes, func(n No) bool { return n.By == n.Who }))
	return s
}

// next gives the next number.
func (s *Book) next() int {
	s.Last++
	return s.Last
}

// add writes a win into the book and lets it count. It has the number of the proposal that it was, or gets one.
func (t *turn) add(w Win) Win {
	if w.N == 0 {
		w.N = t.s.next()
	}
	w.At = t.e.Now
	w = t.count(w)
	t.s.Wins = append(t.s.Wins, w)
	return w
}

// count finds what a win is counted with, or begins to count it.
func (t *turn) count(w Win) Win {
	for _, other := range t.s.Wins {
		first := t.s.win(other.Group)
		if other.N == w.N || other.Who != w.Who || other.Kind != w.Kind {
			continue
		}
		from := other.At
		if first >= 0 && t.s.Wins[first].Kind == w.Kind {
			from = t.s.Wins[first].At
		}
		if w.At.Sub(from) < week {
			w.Group, w.Logged = other.Group, other.Logged
			return w
		}
	}
	w.Group, w.Logged = w.N, false
	if card, ok := t.c.Members.ByID(w.Who); ok && card.Settings["metrics"] != "off" {
		w.Logged = true
		t.want(chat.Record{Log: "wins", Line: fmt.Sprintf("win %d %s", w.Group, kindWord(w.Kind)), By: t.e.Member, About: w.Who})
	}
	return w
}

// uncount lets a win no longer count, unless another is counted with it.
func (t *turn) uncount(w Win) {
	for _, other := range t.s.Wins {
		if other.Group == w.Group && other.Kind == w.Kind && other.N != w.N {
			return
		}
	}
	if w.Logged {
		t.want(chat.Record{Log: "wins", Line: fmt.Sprintf("unwin %d %s", w.Group, kindWord(w.Kind)), By: t.e.Member, About: w.Who})
	}
}

// remove takes a win out of the book, the count and the room.
func (t *turn) remove(i int) {
	w := t.s.Wins[i]
	t.uncount(w)
	t.unpost(w)
	t.s.dropWin(i)
}

// unpost takes away what the house has said of a win. A message that is too old to be deleted everywhere is emptied.
func (t *turn) unpost(w Win) {
	room, ok := t.c.Room(w.Room)
	if !ok {
		return
	}
	if t.e.Now.Sub(w.At) > 20*time.Hour {
		t.want(rule.Anew(t.c, room, w.tag(), func(v rule.Voice) chat.Text { return v.Say("wins.gone") })...)
		return
	}
	for _, to := range room.Chats {
		t.want(chat.Delete{To: to, Target: chat.Target{Tag: w.tag()}})
	}
}

// tag names the message by which a room was told of a win.
func (w Win) tag() string { return "win " + strconv.Itoa(w.N) }

// askTag names the question whether a win may be noted.
func (a Ask) tag() string { return askTag + strconv.Itoa(a.N) }

const askTag = "win ask "

func isAskTag(tag string) bool { return strings.HasPrefix(tag, askTag) }

// kindWord is a kind as the log has it.
func kindWord(kind string) string {
	if kind == "" {
		return kindOther
	}
	return kind
}
