package relay

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxVotes bounds what is remembered of one message.
const maxVotes = 2000

// reacted brings the state to what the person's reactions are now and tells the other chats what has
// changed.
func (r relay) reacted(c chat.Community, s State, e chat.Event, b chat.Reacted) (State, []chat.Effect) {
	if e.Message.Gone {
		return s, nil
	}
	had := s.of(e.By.Identity)
	added, removed := b.Emoji, []string(nil)
	switch b.Change {
	case chat.ReactionRemoved:
		added, removed = nil, b.Emoji
	case chat.ReactionsAre:
		removed = difference(had, b.Emoji)
	case chat.ReactionAdded:
	}
	added = difference(added, had)
	var out []chat.Effect
	for _, emoji := range removed {
		if !slices.Contains(had, emoji) {
			continue
		}
		s.Votes = slices.DeleteFunc(slices.Clone(s.Votes), func(v Vote) bool { return v.By == e.By.Identity && v.Emoji == emoji })
		out = append(out, s.show(c, e, emoji, false)...)
	}
	for _, emoji := range added {
		if len(s.Votes) >= maxVotes {
			break
		}
		s.Votes = append(slices.Clone(s.Votes), Vote{By: e.By.Identity, Name: e.By.Name, Emoji: emoji})
		out = append(out, s.show(c, e, emoji, true)...)
	}
	if len(s.Votes) == 0 {
		s.Votes = nil
	}
	return r.tally(c, s, e), out
}

// of returns the emoji that somebody has given.
func (s State) of(who chat.Identity) []string {
	var out []string
	for _, v := range s.Votes {
		if v.By == who {
			out = append(out, v.Emoji)
		}
	}
	return out
}

// show returns the effects that show one change in the room's other chats.
func (s State) show(c chat.Community, e chat.Event, emoji string, on bool) []chat.Effect {
	var out []chat.Effect
	for _, to := range others(c, e) {
		target, ok := e.Message.In(to)
		if !ok {
			continue
		}
		counts := s.counts(c, to.Platform)
		react := chat.React{To: to, Target: target, As: e.By, Emoji: emoji, On: on}
		for i, n := range counts {
			if n.Emoji == emoji {
				react.Count = n.People
			}
			if i == 0 {
				react.Lead = n.Emoji
			}
		}
		out = append(out, react)
	}
	return out
}

// Count is how many people give one emoji.
type Count struct {
	Emoji  string
	People int
}

// counts returns what people from elsewhere than a platform give, the most given first, of equal ones the one given first.
// A member counts once, whatever accounts he reacts by, and not at all for what he gives by one on that platform, where
// everybody sees it.
func (s State) counts(c chat.Community, than chat.Platform) []Count {
	type given struct{ who, emoji string }
	seen := make(map[given]bool, len(s.Votes))
	person := func(v Vote) given {
		if card, ok := c.Members.Of(v.By); ok {
			return given{string(card.ID), v.Emoji}
		}
		return given{v.By.String(), v.Emoji}
	}
	for _, v := range s.Votes {
		if v.By.Platform == than {
			seen[person(v)] = true
		}
	}
	var out []Count
	for _, v := range s.Votes {
		if v.By.Platform == than || seen[person(v)] {
			continue
		}
		seen[person(v)] = true
		i := slices.IndexFunc(out, func(n Count) bool { return n.Emoji == v.Emoji })
		if i < 0 {
			i, out = len(out), append(out, Count{Emoji: v.Emoji})
		}
		out[i].People++
	}
	slices.SortStableFunc(out, func(a, b Count) int { return b.People - a.People })
	return out
}

// difference returns what is in a and not in b, each once.
func difference(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
