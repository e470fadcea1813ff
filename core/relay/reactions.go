package relay

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxVotes bounds what is remembered of one message.
const maxVotes = 2000

// reacted brings the state to what the person's reactions are now and tells the other chats what has
// changed.
func reacted(c chat.Community, s State, e chat.Event, b chat.Reacted) (State, []chat.Effect) {
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
		out = append(out, s.tell(c, e, emoji, false)...)
	}
	for _, emoji := range added {
		if len(s.Votes) >= maxVotes {
			break
		}
		s.Votes = append(slices.Clone(s.Votes), Vote{By: e.By.Identity, Name: e.By.Name, Emoji: emoji})
		out = append(out, s.tell(c, e, emoji, true)...)
	}
	if len(s.Votes) == 0 {
		s.Votes = nil
	}
	return s, out
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

// tell returns the effects that show one change in the room's other chats.
func (s State) tell(c chat.Community, e chat.Event, emoji string, on bool) []chat.Effect {
	var out []chat.Effect
	for _, to := range others(c, e) {
		target, ok := e.Message.In(to)
		if !ok {
			continue
		}
		out = append(out, chat.React{
			To: to, Target: target, As: e.By, Emoji: emoji, On: on,
			Count: s.count(emoji, to.Platform), Lead: s.lead(to.Platform),
		})
	}
	return out
}

// count returns how many people from elsewhere than a platform give an emoji.
func (s State) count(emoji string, than chat.Platform) int {
	n := 0
	for _, v := range s.Votes {
		if v.Emoji == emoji && v.By.Platform != than {
			n++
		}
	}
	return n
}

// lead returns the emoji that most people from elsewhere give; of equal ones the first given.
func (s State) lead(than chat.Platform) string {
	counts := make(map[string]int)
	for _, v := range s.Votes {
		if v.By.Platform != than {
			counts[v.Emoji]++
		}
	}
	best := ""
	for _, v := range s.Votes {
		if counts[v.Emoji] > counts[best] {
			best = v.Emoji
		}
	}
	return best
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
