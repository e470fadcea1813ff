// Package loops keeps what we carry from coming back for ever: another relay in the same rooms, another Potluck, a bridge
// with accounts for people from elsewhere. It knows no other relay's ways, only what people would see: the same words
// again, in another chat, under another's account. It does not see what the platforms tell as our own.
//
// Flow: what is written in a room is remembered for ten minutes (ring.go) as hashes. A new message that is one of those
// again is an echo (echo.go). A sure one, whose prefix names who has said it, is not carried: it stands everywhere
// already. Whoever echoes again is put aside for as long as he does and a day longer (quarantine.go), with a notice to
// the moderators and a line in the chat; /unquarantine lifts it.
//
// Why a second sure echo and not the first: people do paste a line with its author's name, once. Who talks besides may do
// it more often, for each echo is dropped anyway. Why the same words without a name are only suspect: people greet each
// other, agree, and repeat slogans. A suspect counts only where one person alone had said the words, each wording once,
// and it must outnumber what the account has said of its own.
//
// Why nobody is told of a dropped echo: it is a copy of what everybody has. It is counted.
package loops

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const title = "loops"

// What makes an echo, and how many of them a loop.
const (
	window       = 10 * time.Minute
	suspectTime  = time.Minute
	wordTime     = 10 * time.Second // "Ben: yes" later than that may be said to Ben; a relay is faster
	twinTime     = 15 * time.Second // two who have one name may both say yes, but hardly so soon, again and again
	suspectUnits = 20               // a shorter text is what many people say
	sureEchoes   = 2
	sureAnyway   = 5 // whatever else the account says
	suspects     = 3
	strangers    = 3 // different accounts without a history in one chat
	rateMost     = 40
	rateTime     = time.Minute
	asideFor     = 24 * time.Hour // after the last echo
	historyAfter = 24 * time.Hour // of membership
	maxEchoes    = 100
	maxAside     = 200
)

// State is what is remembered of one room.
type State struct {
	Ring   ring    `json:"ring,omitempty"`
	Echoes []Echo  `json:"echoes,omitempty"` // of the last ten minutes
	Aside  []Aside `json:"aside,omitempty"`
}

// Echo is a message that was said before.
type Echo struct {
	By   chat.Identity `json:"by"`
	Chat chat.Chat     `json:"chat"`
	At   time.Time     `json:"at"`
	Kind kind          `json:"kind"`
	Text uint64        `json:"text"` // the hash of what was said again
	// New: by an account without a history here.
	New bool `json:"new,omitempty"`
}

// Aside is an account from which nothing is carried in the room, or, without By, a chat where strangers who echo are put
// aside at once.
type Aside struct {
	By   chat.Identity `json:"by,omitzero"`
	Chat chat.Chat     `json:"chat"`
	Last time.Time     `json:"last"` // its last echo
	// Dropped is how many of its messages were not carried.
	Dropped int `json:"dropped,omitempty"`
}

// New returns the rule; ours are the names under which our bot speaks. It is a gate before the relay, and before the rules
// that hold people to account for what they write.
func New(ours ...string) rule.Rule {
	var n names
	for _, name := range ours {
		n = append(n, nameOf(name))
	}
	return rule.Of[State]{
		Title: title,
		KeyOf: keyOf,
		Fold: func(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
			return n.fold(c, s, e)
		},
		Secret: true, // what is short could be guessed from its hash
		Ask:    []rule.Command{{Name: "liftroom", Level: chat.Moderator}},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted, chat.Reacted:
		room, ok := c.RoomOf(e.Chat)
		if !ok || e.Private || len(room.Chats) < 2 || e.By.Bot && room.Settings["bots"] != "on" {
			return "", false
		}
		return roomKey(c, room.ID), true
	case chat.Asked:
		if b.Command != "liftroom" || len(b.Args) == 0 {
			return "", false
		}
		return roomKey(c, chat.RoomID(b.Args[0])), true
	}
	return "", false
}

func roomKey(c chat.Community, r chat.RoomID) string { return string(c.ID) + "/" + string(r) }

func (r names) fold(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Posted:
		return r.posted(c, s, e, b)
	case chat.Reacted:
		if i := s.aside(e); i >= 0 {
			return s, []chat.Effect{chat.Drop{}}
		}
	case chat.Asked:
		return s.lifted(b.Args[1:]), nil
	}
	return s, nil
}

// posted lets a message pass, drops it as an echo, or puts its author aside.
func (r names) posted(c chat.Community, s State, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	s = s.pruned(e.Now)
	heard := r.hear(c, s, e, p)
	if i := s.aside(e); i >= 0 {
		s.Aside[i].Dropped++
		if heard.kind != none {
			s.Aside[i].Last = e.Now
			s.renew(e.Chat, e.Now)
		}
		return s, []chat.Effect{chat.Drop{}}
	}
	if heard.kind == none {
		s.Ring = s.Ring.add(entryOf(e, p, false))
		if s.isRacing(e) && !isTeam(c, e) {
			return s.putAside(c, e, nil)
		}
		return s, nil
	}
	s.Ring = s.Ring.add(entryOf(e, p, true))
	s.Echoes = append(s.Echoes, Echo{
		By: e.By.Identity, Chat: e.Chat, At: e.Now, Kind: heard.kind, Text: heard.text, New: isNew(c, s, e),
	})
	if drop := len(s.Echoes) - maxEchoes; drop > 0 {
		s.Echoes = slices.Delete(s.Echoes, 0, drop)
	}
	if who, isLoop := s.loop(e); isLoop && !isTeam(c, e) {
		return s.putAside(c, e, who)
	}
	if heard.kind == sure {
		return s, []chat.Effect{chat.Drop{}}
	}
	return s, nil
}

// pruned forgets what is too old to count.
func (s State) pruned(now time.Time) State {
	s.Ring = s.Ring.since(now.Add(-window))
	s.Echoes = slices.DeleteFunc(s.Echoes, func(e Echo) bool { return !e.At.After(now.Add(-window)) })
	s.Aside = slices.DeleteFunc(s.Aside, func(a Aside) bool { return !a.Last.After(now.Add(-asideFor)) })
	if len(s.Echoes) == 0 {
		s.Echoes = nil
	}
	if len(s.Aside) == 0 {
		s.Aside = nil
	}
	return s
}

// isNew tells whether an account has no history here: it is no member's, or one's of today, and has said nothing of its own
// that is remembered.
func isNew(c chat.Community, s State, e chat.Event) bool {
	card, ok := c.Members.Of(e.By.Identity)
	if ok && e.Now.Sub(card.Since) >= historyAfter {
		return false
	}
	return s.Ring.own(accountOf(e.By.Identity)) == 0
}

// loop tells whether an echo is one too many, and whom it is to put aside: the account, or, who being several, the
// strangers of one chat.
func (s State) loop(e chat.Event) (who []chat.Identity, isLoop bool) {
	surely, loosely := 0, make(map[uint64]bool)
	for _, echo := range s.Echoes {
		if echo.By != e.By.Identity {
			continue
		}
		if echo.Kind == sure {
			surely++
		}
		if echo.Kind != suspect || s.sayers(echo.Text) <= 2 { // else others have joined in: a choir
			loosely[echo.Text] = true
		}
	}
	own := s.Ring.own(accountOf(e.By.Identity))
	if surely >= sureEchoes && surely > own || surely >= sureAnyway || len(loosely) >= suspects && len(loosely) > own {
		return nil, true
	}
	for _, echo := range s.Echoes {
		if echo.Chat == e.Chat && echo.New && echo.Kind != suspect && !slices.Contains(who, echo.By) {
			who = append(who, echo.By)
		}
	}
	if last := s.Echoes[len(s.Echoes)-1]; last.New && s.isWatched(e.Chat) {
		return nil, true
	}
	return who, len(who) >= strangers
}

// isRacing tells whether the author writes faster than people can, and in turn with what we carry: two programs that answer
// each other.
func (s State) isRacing(e chat.Event) bool {
	return s.Ring.turns(accountOf(e.By.Identity), e.Now.Add(-rateTime)) > rateMost
}
