package sanctions

import (
	"fmt"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// rung is one step of the ladder: a warning, a time-out of some length, or, at the end, a review by members.
type rung struct {
	kind Kind // empty = a review
	long time.Duration
}

// rungs are the steps, the mildest first. The last time-out is as long as one can be.
func rungs() []rung {
	const day = 24 * time.Hour
	return []rung{{Warn, 0}, {Timeout, day}, {Timeout, 3 * day}, {Timeout, 7 * day}, {Timeout, longestTimeout}, {"", 0}}
}

// next is the rung that a further breach would lead to: the one above the highest that was reached. A warning leads to the
// first time-out only when there are as many as the community's limit.
func (s Record) next(now time.Time, limit int) int {
	reached := 0
	if len(s.live(now)) >= limit {
		reached = 1
	}
	for _, p := range s.Past {
		switch {
		case now.Sub(p.At) > pastKept:
		case p.Kind == Ban:
			return len(rungs()) - 1
		case p.Kind == Removal:
			reached = max(reached, 2) // as a time-out of a day
		case p.Kind == Timeout:
			for i, r := range rungs() {
				if r.kind == Timeout && p.For >= r.long {
					reached = max(reached, i+1)
				}
			}
			reached = max(reached, 1)
		}
	}
	return min(reached, len(rungs())-1)
}

// stepText names a rung.
func stepText(v rule.Voice, i int) chat.Text {
	switch r := rungs()[i]; r.kind {
	case Warn:
		return v.Say("ladder.warn")
	case Timeout:
		return v.Say("ladder.timeout", "duration", r.long)
	}
	return v.Say("ladder.review")
}

// repairText says what can mend things at a rung.
func repairText(v rule.Voice, i int) chat.Text {
	switch i {
	case 0:
		return v.Say("repair.warn")
	case 1:
		return v.Say("repair.day")
	case 2:
		return v.Say("repair.days")
	case 3:
		return v.Say("repair.week")
	case 4:
		return v.Say("repair.month")
	}
	return v.Say("repair.review")
}

// nextText tells a moderator what the ladder has next, and what may mend things before that.
func nextText(v rule.Voice, s Record, now time.Time, limit int) chat.Text {
	i := s.next(now, limit)
	at := max(0, i-1)
	return v.Say("ladder.next", "step", stepText(v, i), "repair", repairText(v, at))
}

// offer is the choice of the next step, for the moment when the warnings are used up.
func offer(c chat.Community, s Record, who chat.Card, v rule.Voice, now time.Time) []chat.Choice {
	i := s.next(now, warnLimit(c))
	r := rungs()[i]
	if r.kind != Timeout {
		return nil
	}
	return []chat.Choice{{
		Label: v.Say("choice.step", "duration", r.long).Plain, Ask: fmt.Sprintf("step %s %d", who.ID, s.Turn),
	}}
}

// step is the choice of that offer: the next rung, for the reason of the last warning.
func step(c chat.Community, s Record, e chat.Event, who chat.Card, asked chat.Asked) (Record, []chat.Effect) {
	voice := rule.Speak(c, e)
	live := s.live(e.Now)
	turn := 0
	if len(asked.Args) > 1 {
		turn, _ = strconv.Atoi(asked.Args[1])
	}
	i := s.next(e.Now, warnLimit(c))
	if who.ID == "" || turn != s.Turn || len(live) == 0 || rungs()[i].kind != Timeout {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	}
	r := request{
		c: c, e: e, asked: asked, voice: voice, kind: Timeout, target: who,
		duration: rungs()[i].long, reason: live[len(live)-1].Reason,
	}
	if key, pairs := r.refusal(s); key != "" {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say(key, pairs...))}
	}
	return impose(s, r)
}

// ladder shows the steps, or where somebody stands on them.
func ladder(c chat.Community, s Record, e chat.Event, who chat.Card) []chat.Effect {
	asked, _ := e.Body.(chat.Asked)
	voice := rule.Speak(c, e)
	if who.ID == "" && (len(asked.Args) > 0 || asked.Reply != nil) {
		_, _, problem := rule.Target(c, e)
		return []chat.Effect{rule.Reply(e, voice.Say(problem, rule.Meant(c, asked)...))}
	}
	if who.ID == "" {
		out := voice.Say("ladder.intro")
		for i := range rungs() {
			out = out.Append(chat.Plain("\n"), voice.Say("ladder.line", "n", i+1, "step", stepText(voice, i), "repair", repairText(voice, i)))
		}
		return []chat.Effect{rule.Reply(e, out)}
	}
	return closed(c, e, func(v rule.Voice) chat.Text {
		out := v.Say("ladder.person", "name", who.Name, "n", len(s.live(e.Now)), "limit", warnLimit(c))
		if h, kind, ok := s.hold(e.Now); ok && !h.Own {
			out = out.Append(chat.Plain("\n"), holdText(v, kind, h.Until))
		}
		return out.Append(chat.Plain("\n"), nextText(v, s, e.Now, warnLimit(c)))
	})
}

// holdText tells moderators what is in force.
func holdText(v rule.Voice, kind Kind, until time.Time) chat.Text {
	switch {
	case kind == Timeout:
		return v.Say("hold.timeout", "end", until)
	case until.IsZero():
		return v.Say("hold.ban")
	}
	return v.Say("hold.ban.until", "end", until)
}
