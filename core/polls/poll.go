package polls

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxVoters is how many accounts may vote; those who come later are not counted.
const maxVoters = 500

// Poll is the state of one poll, kept under the id of the message that it is.
type Poll struct {
	ID       chat.MessageID `json:"id,omitempty"`
	From     chat.Chat      `json:"from,omitzero"` // where it was asked
	Room     chat.RoomID    `json:"room,omitempty"`
	By       chat.Identity  `json:"by,omitzero"`
	Question chat.Question  `json:"question,omitzero"`
	// Ballot: in the chat where it was asked a copy of ours stands beside it, and only that one counts.
	Ballot bool   `json:"ballot,omitempty"`
	Votes  []Vote `json:"votes,omitempty"` // the last given last
	Full   bool   `json:"full,omitempty"`  // as Count's
	Lines  []Line `json:"lines,omitempty"`
	// Last is when somebody has voted last, or when it was asked; Ref a name of the message, zero until it is known.
	Last time.Time `json:"last,omitzero"`
	Ref  chat.Ref  `json:"ref,omitzero"`
	// Closed: it is over, and Result is what came out. The votes are forgotten.
	Closed bool  `json:"closed,omitempty"`
	Result Count `json:"result,omitzero"`
}

// Vote is what one account has chosen.
type Vote struct {
	By      chat.Identity `json:"by"`
	Options []int         `json:"options"`
	// Known: it was a member's. When there is no such member any more he has been forgotten, and so is his vote.
	Known bool `json:"known,omitempty"`
}

// Count is a result: how many people have chosen each option, and how many have voted at all.
type Count struct {
	Options []int `json:"options,omitempty"`
	People  int   `json:"people,omitempty"`
	Full    bool  `json:"full,omitempty"` // somebody was not counted
}

func (s Poll) isZero() bool { return s.ID == "" }

func (a Count) equal(b Count) bool {
	return a.People == b.People && a.Full == b.Full && slices.Equal(a.Options, b.Options)
}

// room returns the room where the poll stands now: the one of the chat where it was asked, whatever became of the room.
func (s Poll) room(c chat.Community) (chat.Room, bool) {
	if room, ok := c.RoomOf(s.From); ok {
		return room, true
	}
	return c.Room(s.Room)
}

// person names who is behind an account.
func person(c chat.Community, i chat.Identity) string {
	if card, ok := c.Members.Of(i); ok {
		return "member " + string(card.ID)
	}
	return i.String()
}

// heard returns the votes that count: the last of each person who is still there.
func (s Poll) heard(c chat.Community) map[string]Vote {
	out := make(map[string]Vote)
	for _, v := range s.Votes {
		if _, ok := c.Members.Of(v.By); v.Known && !ok {
			continue
		}
		out[person(c, v.By)] = v
	}
	return out
}

// count adds up the votes.
func (s Poll) count(c chat.Community) Count {
	if s.Closed {
		return s.Result
	}
	out := Count{Options: make([]int, len(s.Question.Options)), Full: s.Full}
	for _, v := range s.heard(c) {
		out.People++
		for _, n := range v.Options {
			if n >= 0 && n < len(out.Options) {
				out.Options[n]++
			}
		}
	}
	return out
}

// hasVotesFromElsewhere tells whether somebody has voted on another platform than a chat's.
func (s Poll) hasVotesFromElsewhere(c chat.Community, than chat.Platform) bool {
	for _, v := range s.heard(c) {
		if v.By.Platform != than {
			return true
		}
	}
	return false
}

// vote puts a vote in the place of those that the same person has given before, which are returned. ok is false if nothing
// has changed.
func (s Poll) vote(c chat.Community, v Vote) (next Poll, before []Vote, ok bool) {
	who := person(c, v.By)
	votes := make([]Vote, 0, len(s.Votes)+1)
	for _, old := range s.Votes {
		if person(c, old.By) == who {
			before = append(before, old)
			continue
		}
		votes = append(votes, old)
	}
	switch {
	case len(v.Options) == 0 && len(before) == 0:
		return s, nil, false
	case len(before) == 1 && before[0].By == v.By && slices.Equal(before[0].Options, v.Options):
		return s, nil, false
	case len(v.Options) > 0 && len(votes) >= maxVoters:
		changed := !s.Full
		s.Full = true
		return s, nil, changed
	}
	if len(v.Options) > 0 {
		votes = append(votes, v)
	}
	s.Votes = votes
	return s, before, true
}

// choices returns the options of a vote that there are, in order, each once; of a poll where one may choose only one
// the first.
func (s Poll) choices(options []int) []int {
	var out []int
	for _, n := range options {
		if n >= 0 && n < len(s.Question.Options) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	if len(out) > 1 && !s.Question.Multiple {
		out = out[:1]
	}
	return out
}

// voted counts what somebody has chosen, lets his ghost choose the same where he has one, and shows the result.
func voted(ways Ways, c chat.Community, s Poll, e chat.Event, b chat.Voted) (Poll, []chat.Effect) {
	room, ok := s.room(c)
	here, _ := c.RoomOf(e.Chat)
	if s.isZero() || s.Closed || !ok || here.ID != room.ID || e.Message.Gone {
		return s, nil // who votes in a chat that has left the room has no say in it
	}
	if s.Ballot && b.Ref == e.Message.Original || isBanned(c, e) {
		return s, nil
	}
	_, known := c.Members.Of(e.By.Identity)
	next, before, changed := s.vote(c, Vote{By: e.By.Identity, Options: s.choices(b.Options), Known: known})
	if !changed {
		return s, nil
	}
	next.Last, next.Ref = e.Now, b.Ref
	out := ghosts(ways, c, room, e, before, next.choices(b.Options))
	if next.Full && !s.Full {
		out = nil
	}
	next, shown := next.show(ways, c, e, e.Message)
	return next, append(append(out, shown...), next.wake(ways, c))
}

// isBanned tells whether somebody may not be here at all, as the setting that the sanctions keep says.
func isBanned(c chat.Community, e chat.Event) bool {
	card, ok := c.Members.Of(e.By.Identity)
	return ok && strings.HasPrefix(card.Settings["sanction"], "ban")
}

// ghosts lets the voter's account on platforms that have such choose as he has; what an account of his from another
// platform has chosen there before is taken back.
func ghosts(ways Ways, c chat.Community, room chat.Room, e chat.Event, before []Vote, options []int) []chat.Effect {
	var out []chat.Effect
	for _, to := range room.Others(e.Chat) {
		target, ok := place(e.Message, to)
		if !ok || !ways[to.Platform].Ghosts {
			continue
		}
		for _, old := range before {
			if old.By != e.By.Identity && old.By.Platform != to.Platform {
				out = append(out, chat.Vote{To: to, Target: target, As: chat.Person{Identity: old.By, Name: e.By.Name}})
			}
		}
		out = append(out, chat.Vote{To: to, Target: target, As: author(c, e), Options: options})
	}
	for _, old := range before { // he votes here himself now
		if old.By == e.By.Identity || old.By.Platform == e.Chat.Platform || !ways[e.Chat.Platform].Ghosts {
			continue
		}
		if target, ok := place(e.Message, e.Chat); ok {
			out = append(out, chat.Vote{To: e.Chat, Target: target, As: chat.Person{Identity: old.By, Name: e.By.Name}})
		}
	}
	return out
}

// place returns the message to vote in: a copy of ours, or the original where there is none.
func place(m *chat.Message, in chat.Chat) (chat.Target, bool) {
	if t, ok := ours(m, in); ok {
		return t, true
	}
	return m.In(in)
}

// ours returns the copy in a chat; unlike Message.In, not the original, which is the author's.
func ours(m *chat.Message, in chat.Chat) (chat.Target, bool) {
	if m == nil {
		return chat.Target{}, false
	}
	for _, copied := range m.Copies {
		if copied.Chat == in && copied.Failed == "" {
			return chat.Target{Refs: copied.Refs, Effect: copied.Effect}, true
		}
	}
	return chat.Target{}, false
}
