// Package polls makes one poll of all its copies: votes from every messenger are counted together, and everybody is
// shown one result. It does not know how a messenger shows a poll, and it tells nobody who has voted for what.
//
// What: a poll that somebody sends is carried by this rule and not by the relay, for there may be one more copy than the
// room has other chats. A messenger that tells nobody of the votes in its members' own polls (Telegram) gets a copy of
// ours beside the original, the one that counts. /poll makes a poll in a member's name where his messenger has none.
//
// Why a vote is a person's: somebody with two accounts has one, the last. So votes are kept by account and joined when
// they are counted: a claim that comes later joins them, too. Whoever has been forgotten is not counted any more.
//
// Why our polls are not anonymous on Telegram: a bot is told of votes in no other kind. Telegram then shows its people
// who of them has voted for what, as Signal and Matrix do; our results never do, and name nobody from elsewhere.
//
// Why a poll that stands elsewhere keeps its answers: most messengers cannot change a poll, and a vote is a place in
// the list.
package polls

import (
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const title = "polls"

// closesAfter is how long after its last vote a poll closes by itself.
const closesAfter = 30 * 24 * time.Hour

// Ways says how polls are on the platforms; one that is not in it is like the zero Way.
type Ways map[chat.Platform]Way

// Way is how polls are on a platform.
type Way struct {
	// Blind: nobody is told of the votes in a member's own poll.
	Blind bool
	// Ghosts: people from elsewhere have accounts of their own there, which can vote.
	Ghosts bool
	// Edits is how often the running result may be changed, Window for how long; 0 = as often and as long as one likes.
	Edits  int
	Window time.Duration
}

// New returns the rule. It stands before the relay, which sends no copies of polls.
func New(ways Ways) rule.Rule {
	return rule.Of[Poll]{
		Title: title,
		KeyOf: keyOf,
		Fold: func(c chat.Community, s Poll, e chat.Event) (Poll, []chat.Effect) {
			return fold(ways, c, s, e)
		},
		Secret: true,
		Ask: []rule.Command{
			{Name: "poll", Args: "[QUESTION / ANSWER / ANSWER | close]", Level: chat.Member, Place: rule.InRoom, Help: "help.poll"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Posted:
		if e.Private || e.Message == nil || isBot(c, e) {
			return "", false
		}
		_, ok := questionIn(b.Parts)
		return string(e.Message.ID), ok
	case chat.Voted, chat.PollEnded, chat.Edited, chat.Deleted:
		if e.Message == nil {
			return "", false
		}
		return string(e.Message.ID), true
	case chat.Failed:
		if e.Message == nil || !e.Message.Original.IsZero() || e.Message.By.IsZero() {
			return "", false // of what stands in its author's chat he is told by the relay
		}
		return string(e.Message.ID), true
	case chat.Asked:
		if b.Command != "poll" {
			return "", false
		}
		if id, ok := meant(e); ok {
			return string(id), true
		}
		return string(c.ID) + "/new", true // nothing is kept there
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

// isBot tells whether the author is another program whose messages are not carried in this room.
func isBot(c chat.Community, e chat.Event) bool {
	room, _ := c.RoomOf(e.Chat)
	return e.By.Bot && room.Settings["bots"] != "on"
}

func fold(ways Ways, c chat.Community, s Poll, e chat.Event) (Poll, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Posted:
		return posted(ways, c, e, b)
	case chat.Voted:
		return voted(ways, c, s, e, b)
	case chat.PollEnded:
		return ended(c, s, e)
	case chat.Edited:
		return edited(c, s, e, b)
	case chat.Deleted:
		return deleted(s, e, b)
	case chat.Failed:
		return s, failed(c, s, e, b)
	case chat.Asked:
		return asked(c, s, e, b)
	case chat.Due:
		return due(ways, c, s, e)
	}
	return s, nil
}

// due changes the running results that have waited for it, or closes the poll when nobody has voted for long.
func due(ways Ways, c chat.Community, s Poll, e chat.Event) (Poll, []chat.Effect) {
	switch {
	case s.isZero() || s.Closed:
		return s, nil
	case !e.Now.Before(s.Last.Add(closesAfter)):
		if s.Ref.IsZero() {
			return Poll{}, nil // nobody has ever voted, and we do not know where it stands
		}
		// The copies come with the event that is about the message, so the end is one of those.
		return s, []chat.Effect{chat.Emit{House: true, Body: chat.PollEnded{Ref: s.Ref}}}
	}
	s, out := s.show(ways, c, e, nil)
	return s, append(out, s.wake(ways, c))
}
