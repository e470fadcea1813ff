package flags

import (
	"cmp"
	"maps"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// Of the messages outside of the promos' room: how many there must be, and from which share on pitches are too many.
	enoughMessages = 40
	pitchesAmber   = 8
	pitchesRed     = 15
	pitchesOfOne   = 5
	pitchesOfThree = 2
	// topShare is how much three people may write of everything while few write.
	topShare = 60
	// perModerator is how many members one moderator can look after.
	perModerator = 50
)

// last returns the weeks before a moment, the newest last; at most n.
func (s State) last(c chat.Community, n int) []Week {
	before := mondayOf(s.Given.At, c.Zone())
	weeks := slices.DeleteFunc(slices.Clone(s.Weeks), func(w Week) bool {
		return w.Start >= before || w.Start < mondayOf(s.Given.At.AddDate(0, 0, -7*n), c.Zone())
	})
	return weeks
}

// lurkers: few of those who have been here for two weeks have written within 28 days; or not many, and three people wrote most.
func (s State) lurkers(c chat.Community) sighting {
	wrote := Share{N: s.Given.Wrote, Of: s.Given.Settled}
	low, high := 20, 33
	if s.Given.Settled > 150 {
		low, high = 10, 23
	}
	by := make(map[chat.MemberID]int)
	all := 0
	for _, w := range s.last(c, 4) {
		for who, n := range w.By {
			by[who] += n
			all += n
		}
	}
	counts := slices.SortedFunc(maps.Values(by), func(a, b int) int { return cmp.Compare(b, a) })
	top := Share{Of: all}
	for _, n := range counts[:min(3, len(counts))] {
		top.N += n
	}
	isRed := 100*wrote.N < low*wrote.Of
	isAmber := 100*wrote.N < high*wrote.Of
	return sighting{
		name: lurkers, known: wrote.Of > 0, bad: isRed || isAmber && top.over(topShare),
		write: func(v rule.Voice) chat.Text {
			if isRed {
				return v.Say("flag.lurkers", "percent", wrote.percent(), "n", wrote.N, "of", wrote.Of, "limit", low)
			}
			return v.Say("flag.lurkers.top", "percent", wrote.percent(), "limit", high, "top", top.percent(), "toplimit", topShare)
		},
		fixes: func(v rule.Voice) []chat.Choice {
			var out []chat.Choice
			for _, room := range talkRooms(c)[:min(2, len(talkRooms(c)))] {
				out = append(out, choice(v, v.Say("flag.choice.boost", "room", room.Name), "prompt", "boost", string(room.ID)))
			}
			return append(out, choice(v, v.Say("flag.choice.purpose"), "purpose"))
		},
	}
}

// pitches: too many of the week's messages outside of the promos' room are pitches.
func (s State) pitches(c chat.Community) sighting {
	var share Share
	most, several := 0, 0
	for _, w := range s.last(c, 1) {
		share.Of += w.Outside
		for _, n := range w.Promos {
			share.N += n
			most = max(most, n)
			if n >= pitchesOfThree {
				several++
			}
		}
	}
	_, has := c.With(promosRoom)
	return sighting{
		name: pitches, known: share.Of >= enoughMessages,
		bad: share.over(pitchesAmber) || most > pitchesOfOne || several >= 3,
		write: func(v rule.Voice) chat.Text {
			text := v.Say("flag.pitches", "percent", share.percent(), "n", share.N, "of", share.Of, "limit", pitchesAmber)
			switch {
			case share.over(pitchesRed):
				text = v.Say("flag.pitches", "percent", share.percent(), "n", share.N, "of", share.Of, "limit", pitchesRed)
			case share.over(pitchesAmber):
			case most > pitchesOfOne:
				text = v.Say("flag.pitches.one", "n", most, "limit", pitchesOfOne)
			default:
				text = v.Say("flag.pitches.several", "n", several, "each", pitchesOfThree)
			}
			if has {
				return text
			}
			return text.Append(chat.Plain(" "), v.Say("flag.pitches.room"))
		},
		fixes: func(v rule.Voice) []chat.Choice {
			if has {
				return []chat.Choice{choice(v, v.Say("flag.choice.rules"), "rules")}
			}
			var out []chat.Choice
			for _, room := range talkRooms(c)[:min(4, len(talkRooms(c)))] {
				out = append(out, choice(v, v.Say("flag.choice.promos", "room", room.Name), commandDo, promosRoom, string(room.ID)))
			}
			return out
		},
	}
}

// ghosting: a newcomer has waited for more than a day.
func (s State) ghosting() sighting {
	return sighting{
		name: ghosting, known: true, bad: s.Given.Overdue > 0,
		write: func(v rule.Voice) chat.Text { return v.Say("flag.ghosting", "n", s.Given.Overdue) },
		fixes: func(v rule.Voice) []chat.Choice {
			return []chat.Choice{choice(v, v.Say("flag.choice.greeter"), "rota", "volunteer", "greeter")}
		},
	}
}

// strain: more than fifty members for each moderator.
func (s State) strain(c chat.Community) sighting {
	mods := len(rule.Team(c, chat.Moderator))
	return sighting{
		name: strain, known: true, bad: s.Given.Members > perModerator*mods,
		write: func(v rule.Voice) chat.Text {
			return v.Say("flag.strain", "members", s.Given.Members, "mods", mods, "limit", perModerator)
		},
		fixes: func(v rule.Voice) []chat.Choice {
			return []chat.Choice{choice(v, v.Say("flag.choice.cap"), "cap")}
		},
	}
}

// backlog: an answer to a report was not given in its time.
func (s State) backlog() sighting {
	return sighting{
		name: backlog, known: true, bad: s.LateWeek > 0,
		write: func(v rule.Voice) chat.Text { return v.Say("flag.backlog", "n", s.LateWeek) },
		fixes: func(v rule.Voice) []chat.Choice {
			return []chat.Choice{choice(v, v.Say("flag.choice.cases"), "cases"), choice(v, v.Say("flag.choice.duty"), "rota", "volunteer", "moderator")}
		},
	}
}
