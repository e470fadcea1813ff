package prompts

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// noRepeat is how long a question is not asked again, in any room.
const noRepeat = 90 * 24 * time.Hour

// dayOf is the day on the wall of a zone.
func dayOf(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }

// hasAsked tells whether a room has had its question of the day.
func (s Pool) hasAsked(c chat.Community, room chat.Room, now time.Time) bool {
	return s.Asked[room.ID] == dayOf(now, c.Zone())
}

// left are the questions with a tag that may be asked now.
func (s Pool) left(tag string, now time.Time) []question {
	return slices.DeleteFunc(s.all(tag), func(q question) bool {
		at, asked := s.Used[q.id]
		return asked && now.Sub(at) < noRepeat
	})
}

// pick draws one of them, of another kind than the last if there is one.
func (s Pool) pick(tag string, e chat.Event) (question, bool) {
	left := s.left(tag, e.Now)
	others := slices.DeleteFunc(slices.Clone(left), func(q question) bool { return q.tag != "" && q.tag == s.Last })
	if len(others) > 0 {
		left = others
	}
	if len(left) == 0 {
		return question{}, false
	}
	return left[binary.BigEndian.Uint64(e.Seed[:8])%uint64(len(left))], true
}

// ask puts a question to a room, as one message in all its chats; false if there is none that may be asked.
func (s Pool) ask(c chat.Community, room chat.Room, tag string, e chat.Event) (Pool, []chat.Effect, bool) {
	q, ok := s.pick(tag, e)
	if !ok {
		return s, nil, false
	}
	s.Used, s.Asked = maps.Clone(s.Used), maps.Clone(s.Asked)
	if s.Used == nil {
		s.Used = make(map[string]time.Time)
	}
	if s.Asked == nil {
		s.Asked = make(map[chat.RoomID]string)
	}
	s.Used[q.id], s.Asked[room.ID], s.Last = e.Now, dayOf(e.Now, c.Zone()), q.tag
	s.Count++
	write := func(v rule.Voice) chat.Text {
		if q.tag == tagStuck {
			return v.Say("prompt.post.stuck", "text", q.in(v))
		}
		return v.Say("prompt.post", "text", q.in(v))
	}
	out := rule.Everywhere(c, room, promptTag+strconv.Itoa(s.Count), write)
	return s, append(out, chat.Record{Log: logRhythm, Line: "prompt asked"}), true
}

// pruned forgets what matters no more.
func (s Pool) pruned(now time.Time) Pool {
	old := func(at time.Time) bool { return now.Sub(at) >= noRepeat }
	if slices.ContainsFunc(slices.Collect(maps.Values(s.Used)), old) {
		s.Used = maps.Clone(s.Used)
		maps.DeleteFunc(s.Used, func(_ string, at time.Time) bool { return old(at) })
	}
	before := now.AddDate(0, 0, -3).Format(time.DateOnly)
	s.Asked = maps.Clone(s.Asked)
	maps.DeleteFunc(s.Asked, func(_ chat.RoomID, day string) bool { return day < before })
	return s
}
