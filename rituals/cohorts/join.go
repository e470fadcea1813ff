package cohorts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// begin lets a cohort be found in the room where that is typed.
func (s *State) begin(c chat.Community, e chat.Event, v rule.Voice, text string) []chat.Effect {
	room, ok := c.Room(e.Room)
	d, problem := read(text)
	switch {
	case e.Level < chat.Moderator:
		problem = "cohort.new.who"
	case e.Private || !ok || room.Settings["private"] == "on" || room.Settings[rule.Moderators] == "on":
		problem = "cohort.new.where"
	case problem != "":
	case s.named(d.name, (*Cohort).isOpen) != nil:
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.new.same", "cohort", d.name))}
	case len(s.Cohorts) >= maxCohorts:
		problem = "cohort.new.many"
	}
	if problem != "" {
		return []chat.Effect{rule.Discreetly(e, v.Say(problem))}
	}
	s.Count++
	co := Cohort{
		N: s.Count, Name: d.name, Goal: d.goal, By: e.Member, Beside: room.ID,
		Weeks: d.weeks, Longest: d.most, Min: d.low, Max: d.high,
	}
	co.Steps = []Step{{Kind: stepShort, At: day(c, e.Now, 7)}}
	s.Cohorts = append(s.Cohorts, co)
	out := rule.Everywhere(c, room, co.tag(tagCard), func(v rule.Voice) chat.Text { return co.card(c, v) }, co.join(rule.Aloud(c, ""))...)
	return append(out, chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " cohort: new " + strconv.Itoa(co.N)})
}

// card is what the room reads of a cohort.
func (co *Cohort) card(c chat.Community, v rule.Voice) chat.Text {
	switch {
	case !co.Over.IsZero():
		return v.Say("cohort.card.over", "cohort", co.Name)
	case co.Since.IsZero():
		weeks := any(co.Weeks)
		if co.Longest > co.Weeks {
			weeks = v.Say("cohort.weeks.range", "least", co.Weeks, "most", co.Longest)
		}
		return v.Say("cohort.card", "cohort", co.Name, "goal", co.Goal, "weeks", weeks, "min", co.Min, "max", co.Max,
			"n", len(co.People), "number", co.N)
	case co.isOpen():
		return v.Say("cohort.card.begun", "cohort", co.Name, "goal", co.Goal, "free", co.Max-len(co.People),
			"until", day(c, co.Since, 7), "number", co.N)
	}
	if !co.Closed {
		return v.Say("cohort.card.full", "cohort", co.Name, "goal", co.Goal)
	}
	return v.Say("cohort.card.closed", "cohort", co.Name, "goal", co.Goal)
}

func (co *Cohort) join(v rule.Voice) []chat.Choice {
	if !co.isOpen() {
		return nil
	}
	return []chat.Choice{{Label: v.Say("cohort.card.in").Plain, Ask: commandSet + " in " + strconv.Itoa(co.N)}}
}

// shown changes what the room reads of the cohort: on Signal ten times within a day, so when it begins, closes and ends, and
// for the first who come.
func (co *Cohort) shown(c chat.Community, must bool) []chat.Effect {
	room, there := c.Room(co.Beside)
	if !there || !must && co.Moves > maxEdits-3 {
		return nil
	}
	return rule.Anew(c, room, co.tag(tagCard), func(v rule.Voice) chat.Text { return co.card(c, v) }, co.join(rule.Aloud(c, ""))...)
}

// enter gives somebody a place.
func (s *State) enter(c chat.Community, e chat.Event, v rule.Voice, co *Cohort) []chat.Effect {
	card, ok := c.Members.ByID(e.Member)
	held := chat.Card{Settings: map[string]string{"sanction": card.Settings["sanction"]}}
	mine := 0
	for i := range s.Cohorts {
		if s.Cohorts[i].Over.IsZero() && s.Cohorts[i].person(e.Member) != nil {
			mine++
		}
	}
	problem := ""
	switch {
	case !ok || e.Level < chat.Member:
		problem = "refuse.nobody"
	case rule.Away(held, e.Now):
		problem = "refuse.held"
	case co.person(e.Member) != nil:
		problem = "cohort.in.already"
	case mine >= maxEach:
		problem = "cohort.enough"
	case co.Closed:
		problem = "cohort.closed"
	case !co.isOpen():
		problem = "cohort.full"
	}
	if problem != "" {
		return []chat.Effect{rule.Discreetly(e, v.Say(problem, "cohort", co.Name))}
	}
	co.People = append(co.People, Person{Who: e.Member, Waited: co.Since.IsZero()})
	co.Moves++
	switch {
	case !co.Since.IsZero():
		out := []chat.Effect{rule.Discreetly(e, v.Say("cohort.in.begun", "cohort", co.Name))}
		return append(append(out, co.lead(c)...), co.shown(c, len(co.People) == co.Max)...)
	case len(co.People) >= co.Min:
		co.People[len(co.People)-1].Waited = false
		out := []chat.Effect{rule.Discreetly(e, v.Say("cohort.in.begun", "cohort", co.Name))}
		return append(out, co.start(c, e)...)
	}
	in := rule.Discreetly(e, v.Say("cohort.in", "cohort", co.Name, "n", len(co.People), "min", co.Min))
	return append(co.shown(c, false), in)
}

// start begins the first week: the room is asked for, and what is to come is planned.
func (co *Cohort) start(c chat.Community, e chat.Event) []chat.Effect {
	co.Since, co.Week = e.Now, 1
	co.plan(c)
	var cards []chat.Card
	for _, p := range co.People {
		if card, ok := c.Members.ByID(p.Who); ok {
			cards = append(cards, card)
		}
	}
	beside, _ := c.Room(co.Beside)
	var out []chat.Effect
	co.Room, out = smallroom.Open(c, beside, co.tag(tagRoom), co.Name, cards)
	return append(append(out, co.lead(c)...), co.shown(c, true)...)
}

// lead brings everybody to where they can read the cohort: into its room, or, where there is none for them, to their own chat
// with the house. Whoever has to wait for the platform is led behind its answer.
func (co *Cohort) lead(c chat.Community) []chat.Effect {
	beside, _ := c.Room(co.Beside)
	var out []chat.Effect
	for i := range co.People {
		p := &co.People[i]
		card, ok := c.Members.ByID(p.Who)
		if !ok || p.Led {
			continue
		}
		effects, ready := co.Room.Ask(c, beside, card)
		out = append(out, effects...)
		switch {
		case ready:
			p.Led = true
			if p.Waited {
				p.Box = []Note{{Kind: noteBegun}}
			}
		case co.Room.IsSettled():
			p.Led = true
			p.Box = []Note{{Kind: noteOutside}, {Kind: stepWeek, N: co.Week, At: day(c, co.Since, 7*co.Week)}}
		}
	}
	return out
}

// roomed takes what the platforms say of the cohorts' rooms, and of those who were asked into them.
func (s *State) roomed(c chat.Community, e chat.Event) []chat.Effect {
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		if who, link, ok := co.Room.Invited(e); ok && co.Room.Tag != "" {
			card, there := c.Members.ByID(who)
			if _, failed := e.Body.(chat.Failed); failed || !there || link == "" || co.person(who) == nil {
				return nil
			}
			return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("cohort.link", "cohort", co.Name, "link", link) })
		}
		out, mine := co.Room.Take(c, e)
		if !mine {
			continue
		}
		if co.Over.IsZero() { // nothing that is behind the end of the event would be done
			out = append(append(co.lead(c), co.greet(c)...), out...)
		}
		return out
	}
	return nil
}

// greet opens the room, with the first milestone.
func (co *Cohort) greet(c chat.Community) []chat.Effect {
	room, there := co.Room.In(c)
	if co.Greeted || !there || !co.Room.IsSettled() {
		return nil
	}
	co.Greeted = true
	var names []string
	for _, p := range co.People {
		if card, ok := c.Members.ByID(p.Who); ok {
			names = append(names, smallroom.Title(card.Name, maxName))
		}
	}
	out := rule.Everywhere(c, room, co.tag(tagSaid)+":hello", func(v rule.Voice) chat.Text {
		text := v.Say("cohort.hello", "cohort", co.Name, "names", strings.Join(names, ", "), "goal", co.Goal,
			"end", co.end(c), "close", day(c, co.Since, 7))
		for _, missing := range co.Room.Missing() {
			text = text.Append(chat.Plain("\n"), v.Say("cohort.byhand", "platform", say.Platform(v.Language, missing.Platform)))
		}
		return text
	})
	first := Note{Kind: stepWeek, N: 1, At: day(c, co.Since, 7)}
	return append(out, rule.Everywhere(c, room, co.tag(tagSaid)+":week", func(v rule.Voice) chat.Text { return co.in(v, first) })...)
}

// leave gives somebody's place back.
func (s *State) leave(c chat.Community, e chat.Event, v rule.Voice, word string) []chat.Effect {
	co := s.named(word, func(co *Cohort) bool { return co.person(e.Member) != nil })
	if co == nil || co.person(e.Member) == nil {
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.leave.not"))}
	}
	co.People = slices.DeleteFunc(co.People, func(p Person) bool { return p.Who == e.Member })
	co.Moves++
	out := []chat.Effect{rule.Discreetly(e, v.Say("cohort.leave.done", "cohort", co.Name))}
	if len(co.People) == 0 && !co.Since.IsZero() {
		return append(out, co.shut(c, e.Now)...)
	}
	return append(out, co.shown(c, false)...)
}
