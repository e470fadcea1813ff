package polls

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Line is the running result in one chat.
type Line struct {
	Chat  chat.Chat `json:"chat"`
	First time.Time `json:"first"` // when it was posted
	At    time.Time `json:"at"`    // when it was changed last
	Edits int       `json:"edits,omitempty"`
	Count Count     `json:"count"` // what it shows
}

// next returns when a line may be changed the next time: soon at first, then in growing steps, so that a lively poll is no
// flicker and the changes that a platform allows last for a day.
func (l Line) next(w Way) (time.Time, bool) {
	steps := []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}
	wait := steps[min(l.Edits, len(steps)-1)]
	if w.Edits > 0 {
		if l.Edits >= w.Edits {
			return time.Time{}, false
		}
		if over := l.Edits - len(steps); over >= 0 {
			wait = time.Hour << min(over, 4)
		}
	}
	at := l.At.Add(wait)
	return at, w.Window == 0 || at.Before(l.First.Add(w.Window))
}

// show posts the running result where somebody from elsewhere has voted, and changes it where that is due. m is the poll's
// message; nil if it is not at hand: then nothing new is posted.
func (s Poll) show(ways Ways, c chat.Community, e chat.Event, m *chat.Message) (Poll, []chat.Effect) {
	room, ok := s.room(c)
	if !ok {
		return s, nil
	}
	count := s.count(c)
	var out []chat.Effect
	for _, to := range room.Chats {
		way := ways[to.Platform]
		i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.Chat == to })
		if i < 0 {
			target, stands := place(m, to)
			if !stands || !s.hasVotesFromElsewhere(c, to.Platform) {
				continue
			}
			out = append(out, chat.Send{
				To: to, Text: soFar(c, to, s.Question, count, way), Tag: lineTag(s), Answer: &chat.Answer{Target: target, Name: m.Name},
			})
			s.Lines = append(s.Lines, Line{Chat: to, First: e.Now, At: e.Now, Count: count})
			continue
		}
		if at, may := s.Lines[i].next(way); !may || e.Now.Before(at) || s.Lines[i].Count.equal(count) {
			continue
		}
		out = append(out, chat.Edit{To: to, Target: chat.Target{Tag: lineTag(s)}, Text: soFar(c, to, s.Question, count, way)})
		s.Lines[i].Edits++
		s.Lines[i].At, s.Lines[i].Count = e.Now, count
	}
	return s, out
}

// wake sets the timer to the first that is to be done: a line that waits, or the end. A line in a chat that is not the
// room's any more, because it has moved or was unlinked, waits for nothing.
func (s Poll) wake(ways Ways, c chat.Community) chat.Effect {
	first := s.Last.Add(closesAfter)
	count := s.count(c)
	room, _ := s.room(c)
	for _, l := range s.Lines {
		if l.Count.equal(count) || !slices.Contains(room.Chats, l.Chat) {
			continue
		}
		if at, may := l.next(ways[l.Chat.Platform]); may && at.Before(first) {
			first = at
		}
	}
	return chat.Wake{Rule: title, Key: string(s.ID), At: first}
}

// soFar writes the running result for a chat.
func soFar(c chat.Community, to chat.Chat, q chat.Question, count Count, w Way) chat.Text {
	v := rule.Aloud(c, to.Platform)
	key := "polls.sofar"
	if w.Edits > 0 {
		key = "polls.sofar.ask" // it will not always be up to date
	}
	return withLimit(v, v.Say(key, "options", options(q, count), "people", count.People), count)
}

// result writes what has come out.
func result(v rule.Voice, q chat.Question, count Count) chat.Text {
	if count.People == 0 {
		return v.Say("polls.nobody", "question", chat.OneLine(q.Text))
	}
	return withLimit(v, v.Say("polls.result", "question", chat.OneLine(q.Text), "options", options(q, count), "people", count.People), count)
}

// withLimit says below a result that not everybody was counted.
func withLimit(v rule.Voice, t chat.Text, count Count) chat.Text {
	if !count.Full {
		return t
	}
	return t.Append(chat.Plain("\n"), v.Say("polls.full", "n", maxVoters))
}

// bar is how many signs the longest bar has.
const bar = 8

// options writes one line for each option: a bar, how many have chosen it, and its words.
func options(q chat.Question, count Count) chat.Text {
	var lines []string
	for i, option := range q.Options {
		n := 0
		if i < len(count.Options) {
			n = count.Options[i]
		}
		full := 0
		if count.People > 0 {
			full = max(0, min(bar, (n*bar+count.People/2)/count.People))
		}
		if n > 0 {
			full = max(full, 1)
		}
		lines = append(lines, strings.Repeat("█", full)+strings.Repeat("░", bar-full)+" "+strconv.Itoa(n)+" · "+chat.OneLine(option))
	}
	return chat.Plain(strings.Join(lines, "\n"))
}
