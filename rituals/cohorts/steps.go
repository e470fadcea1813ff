package cohorts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// due does what is due by now, each step once.
func (s *State) due(c chat.Community, now time.Time) []chat.Effect {
	var out []chat.Effect
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		co.People = slices.DeleteFunc(co.People, func(p Person) bool {
			card, ok := c.Members.ByID(p.Who)
			return !ok || card.Level < chat.Member || strings.HasPrefix(card.Settings["sanction"], "ban")
		})
		for len(co.Steps) > 0 && !co.Steps[0].At.After(now) {
			step := co.Steps[0]
			co.Steps = co.Steps[1:]
			out = append(out, co.take(c, step, now)...)
		}
		if len(co.Steps) == 0 {
			co.Steps = nil
		}
	}
	return out
}

// take does one step. What a cohort cannot do without waits for the end of a quiet week; the rest is passed over, and so is
// what is too late.
func (co *Cohort) take(c chat.Community, step Step, now time.Time) []chat.Effect {
	quiet, late := rule.Quiet(c, now), now.Sub(step.At) > tooLate
	switch step.Kind {
	case stepClose:
		co.Closed = true
		return co.shown(c, true)
	case stepWeek:
		co.Week = step.N
	case stepShort, stepLapse, stepEnd, stepShut:
		if quiet {
			co.Steps = append(co.Steps, Step{Kind: step.Kind, N: step.N, At: day(c, now, 1)})
			co.sort()
			return nil
		}
	}
	switch step.Kind {
	case stepShort:
		return co.short(c, now)
	case stepLapse:
		return co.lapse(c, now)
	case stepEnd:
		return co.graduate(c, now)
	case stepShut:
		return co.shut(c, now)
	}
	if quiet {
		return nil
	}
	if late {
		return []chat.Effect{chat.Record{Log: logRhythm, Line: "cohorts: " + step.Kind + " of " + strconv.Itoa(co.N) + " was too late"}}
	}
	tardy := now.Sub(step.At) > time.Minute
	switch step.Kind {
	case stepWeek:
		n := Note{Kind: stepWeek, N: step.N, At: day(c, co.Since, 7*step.N)}
		return co.tell(c, n, co.tag(tagSaid)+":week", now, tardy)
	case stepMid:
		return co.tell(c, Note{Kind: stepMid}, co.tag(tagSaid)+":mid", now, tardy)
	case stepSum:
		return co.sum(c)
	case stepLast:
		return co.tell(c, Note{Kind: stepLast, At: co.end(c)}, co.tag(tagLast), now, tardy)
	}
	return nil
}

// few is how many must have chosen before their numbers are told: of fewer, everybody could guess who chose what.
const few = 3

// sum tells how the check at halfway went.
func (co *Cohort) sum(c chat.Community) []chat.Effect {
	count := make(map[string]int)
	for i := range co.People {
		count[co.People[i].Mid]++
		co.People[i].Mid = ""
	}
	room, there := co.Room.In(c)
	if !there || count[fine]+count[tight]+count[change] < few {
		return nil
	}
	return rule.Everywhere(c, room, co.tag(tagSaid)+":sum", func(v rule.Voice) chat.Text {
		return v.Say("cohort.mid.sum", "fine", count[fine], "tight", count[tight], "change", count[change])
	})
}

// short asks who has begun a cohort what shall become of it that has not enough people.
func (co *Cohort) short(c chat.Community, now time.Time) []chat.Effect {
	card, ok := c.Members.ByID(co.By)
	if !ok {
		return co.lapse(c, now)
	}
	if at := daytime(now, c.ZoneOf(card)); at.After(now) {
		co.Steps = []Step{{Kind: stepShort, At: at}}
		return nil
	}
	co.Steps = []Step{{Kind: stepLapse, At: day(c, now, 7)}}
	n := " " + strconv.Itoa(co.N)
	v := rule.To(c, card, "")
	choices := []chat.Choice{
		{Label: v.Say("cohort.short.begin").Plain, Ask: commandSet + " begin" + n},
		{Label: v.Say("cohort.short.wait").Plain, Ask: commandSet + " wait" + n},
		{Label: v.Say("cohort.short.off").Plain, Ask: commandSet + " off" + n},
	}
	return rule.Kindly(c, card, "", func(v rule.Voice) chat.Text {
		return v.Say("cohort.short", "cohort", co.Name, "n", len(co.People), "min", co.Min)
	}, choices...)
}

// decided is what shall become of a cohort that has not enough people.
func (co *Cohort) decided(c chat.Community, e chat.Event, v rule.Voice, what string) []chat.Effect {
	waiting := co.Since.IsZero() && len(co.Steps) == 1 && co.Steps[0].Kind == stepLapse
	switch {
	case !waiting || !co.mayEnd(e):
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.settled"))}
	case what == "wait":
		co.Steps = []Step{{Kind: stepShort, At: day(c, e.Now, 7)}}
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.short.waits"))}
	case what == "off":
		return append([]chat.Effect{rule.Discreetly(e, v.Say("cohort.short.done"))}, co.lapse(c, e.Now)...)
	case len(co.People) < 2:
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.short.few"))}
	}
	return append([]chat.Effect{rule.Discreetly(e, v.Say("cohort.short.done"))}, co.start(c, e)...)
}

// lapse lets a cohort be that has not come together; those who were ready for it hear so, by day.
func (co *Cohort) lapse(c chat.Community, now time.Time) []chat.Effect {
	for i := range co.People {
		co.People[i].Box = []Note{{Kind: noteLapsed}}
	}
	co.Over, co.Steps = now, []Step{{Kind: stepShut, At: day(c, now, 2)}} // until everybody has heard of it
	return co.shown(c, true)
}

// graduate ends the last week: what people have made is said once more. If more of them want to go on, and it may, it does.
func (co *Cohort) graduate(c chat.Community, now time.Time) []chat.Effect {
	votes := make(map[string]int)
	for i := range co.People {
		votes[co.People[i].Vote]++
		co.People[i].Vote = ""
	}
	if votes[longer] > votes[finish] && co.Weeks < co.Longest {
		return co.goOn(c, now)
	}
	n := Note{Kind: stepEnd, N: len(co.People)}
	co.bring(c, n, now)
	var out []chat.Effect
	if room, there := co.Room.In(c); there {
		out = rule.Everywhere(c, room, co.tag(tagSaid)+":end", func(v rule.Voice) chat.Text {
			return co.in(v, n).Append(chat.Plain("\n\n"), v.Say("cohort.end.thanks"))
		})
	}
	if beside, there := c.Room(co.Beside); there && len(co.People) > 0 {
		out = append(out, rule.Everywhere(c, beside, "", func(v rule.Voice) chat.Text {
			return v.Say("cohort.end.aloud", "cohort", co.Name, "weeks", co.Weeks, "n", len(co.People))
		})...)
	}
	co.Over, co.Steps = now, []Step{{Kind: stepShut, At: day(c, now, 7)}}
	return append(out, co.shown(c, true)...)
}

// goOn adds a week.
func (co *Cohort) goOn(c chat.Community, now time.Time) []chat.Effect {
	co.Weeks++
	co.Week = co.Weeks
	end := co.end(c)
	if !end.After(now) { // quiet weeks have put the end off
		end = day(c, now, 7)
	}
	co.Steps = []Step{{Kind: stepEnd, At: end}}
	if last := day(c, end, -3); last.After(now) {
		co.Steps = []Step{{Kind: stepLast, At: last}, {Kind: stepEnd, At: end}}
	}
	return co.tell(c, Note{Kind: noteLonger, At: end}, co.tag(tagSaid)+":week", now, false)
}

// shut ends the room: it can still be read.
func (co *Cohort) shut(c chat.Community, now time.Time) []chat.Effect {
	var out []chat.Effect
	if _, there := co.Room.In(c); there {
		out = append(co.tell(c, Note{Kind: stepShut}, co.tag(tagSaid)+":shut", now, false), co.Room.Shut(c)...)
	}
	was := co.Over
	co.Over, co.Steps, co.Works, co.People = now, nil, nil, nil
	if was.IsZero() {
		out = append(out, co.shown(c, true)...)
	}
	return out
}
