package cohorts

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// asked is /cohort and what is chosen.
func (s *State) asked(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	v := rule.Speak(c, e)
	switch {
	case e.By.Anonymous:
		return []chat.Effect{rule.Reply(e, v.Say("refuse.anonymous"))}
	case e.Member == "":
		return []chat.Effect{rule.Reply(e, v.Say("refuse.nobody"))}
	case b.Command == commandSet:
		return s.chosen(c, e, v, b.Args)
	case len(b.Args) == 0:
		return []chat.Effect{rule.Discreetly(e, s.list(e, v))}
	}
	word := strings.Join(b.Args[1:], " ")
	switch strings.ToLower(b.Args[0]) {
	case "new":
		_, behind, _ := strings.Cut(strings.TrimSpace(b.Text.Plain), b.Args[0])
		return s.begin(c, e, v, behind)
	case "join":
		if co := s.named(word, (*Cohort).isOpen); co != nil {
			return s.enter(c, e, v, co)
		}
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.which"))}
	case "leave":
		return s.leave(c, e, v, word)
	case "end":
		co := s.named(word, func(co *Cohort) bool { return co.mayEnd(e) })
		switch {
		case co == nil:
			return []chat.Effect{rule.Discreetly(e, v.Say("cohort.which"))}
		case !co.mayEnd(e):
			return []chat.Effect{rule.Discreetly(e, v.Say("cohort.end.who", "cohort", co.Name))}
		}
		yes := chat.Choice{Label: v.Say("cohort.end.yes").Plain, Ask: commandSet + " end " + strconv.Itoa(co.N)}
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.end.sure", "cohort", co.Name), yes)}
	}
	return []chat.Effect{rule.Discreetly(e, v.Say("cohort.how"))}
}

// chosen is a choice under one of the messages; what it says is checked again, for messages grow old.
func (s *State) chosen(c chat.Community, e chat.Event, v rule.Voice, args []string) []chat.Effect {
	over := []chat.Effect{rule.Discreetly(e, v.Say("cohort.settled"))}
	if len(args) != 2 {
		return over
	}
	n, err := strconv.Atoi(args[1])
	co := s.byNumber(n)
	if err != nil || co == nil {
		return over
	}
	switch args[0] {
	case "in":
		return s.enter(c, e, v, co)
	case "begin", "wait", "off":
		return co.decided(c, e, v, args[0])
	case "end":
		if !co.mayEnd(e) {
			return []chat.Effect{rule.Discreetly(e, v.Say("cohort.end.who", "cohort", co.Name))}
		}
		out := []chat.Effect{
			chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " cohort: end " + args[1]},
			rule.Discreetly(e, v.Say("cohort.end.done", "cohort", co.Name)),
		}
		return append(out, co.shut(c, e.Now)...)
	}
	p := co.person(e.Member)
	asked := func(kind string) bool {
		return !slices.ContainsFunc(co.Steps, func(s Step) bool { return s.Kind == kind })
	}
	switch {
	case p == nil || co.Since.IsZero():
		return over
	case slices.Contains([]string{fine, tight, change}, args[0]) && asked(stepMid) && !asked(stepSum):
		p.Mid = args[0]
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.mid.noted"))}
	case (args[0] == finish || args[0] == longer) && asked(stepLast) && co.Weeks < co.Longest:
		p.Vote = args[0]
		return []chat.Effect{rule.Discreetly(e, v.Say("cohort.last.noted"))}
	}
	return over
}

// list is what there is, and what of it somebody is in. Who else is, is not said.
func (s *State) list(e chat.Event, v rule.Voice) chat.Text {
	text, some := v.Say("cohort.list"), false
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		var line chat.Text
		switch {
		case !co.Over.IsZero():
			continue
		case co.person(e.Member) != nil && co.Since.IsZero():
			line = v.Say("cohort.list.waiting", "cohort", co.Name, "min", co.Min, "n", len(co.People))
		case co.person(e.Member) != nil:
			line = v.Say("cohort.list.yours", "cohort", co.Name, "week", co.Week, "weeks", co.Weeks)
		case co.isOpen():
			line = v.Say("cohort.list.open", "cohort", co.Name, "free", co.Max-len(co.People), "number", co.N)
		default:
			line = v.Say("cohort.list.closed", "cohort", co.Name)
		}
		text, some = text.Append(chat.Plain("\n"), line), true
	}
	if !some {
		return v.Say("cohort.list.none")
	}
	return text
}

// named finds a cohort by its number or its name; without one the only one that fits.
func (s *State) named(word string, fits func(*Cohort) bool) *Cohort {
	word = bare(word)
	if n, err := strconv.Atoi(word); err == nil {
		return s.byNumber(n)
	}
	var only *Cohort
	for i := range s.Cohorts {
		co := &s.Cohorts[i]
		switch {
		case !co.Over.IsZero():
		case word != "" && strings.EqualFold(co.Name, word):
			return co
		case word == "" && fits(co):
			if only != nil {
				return nil
			}
			only = co
		}
	}
	return only
}

// bare is a name without what stands around it.
func bare(word string) string {
	return smallroom.Title(strings.Trim(strings.TrimSpace(word), "\"'“”„«»"), maxName)
}

// draft is what a moderator has typed.
type draft struct {
	name, goal             string
	weeks, most, low, high int
}

// read reads `"Portfolio sprint" weeks=6..8 size=6..12 goal=three pieces`, or says what is missing.
func read(text string) (d draft, problem string) {
	keys := regexp.MustCompile(`(?i)\b(weeks|size|goal)\s*=`).FindAllStringSubmatchIndex(text, 10)
	end := len(text)
	if len(keys) > 0 {
		end = keys[0][0]
	}
	d.name = bare(text[:end])
	if len([]rune(d.name)) < 2 {
		return d, "cohort.new.name"
	}
	d.weeks, d.most, d.low, d.high = 6, 6, 6, 12
	for i, k := range keys {
		end := len(text)
		if i+1 < len(keys) {
			end = keys[i+1][0]
		}
		value, ok := strings.TrimSpace(text[k[1]:end]), true
		switch strings.ToLower(text[k[2]:k[3]]) {
		case "weeks":
			d.weeks, d.most, ok = between(value, 2, 12)
			problem = "cohort.new.weeks"
		case "size":
			d.low, d.high, ok = between(value, 2, 30)
			problem = "cohort.new.size"
		case "goal":
			d.goal = smallroom.Title(strings.Trim(value, "\"“”„"), maxGoal)
		}
		if !ok {
			return d, problem
		}
	}
	if d.goal == "" {
		return d, "cohort.new.goal"
	}
	return d, ""
}

// between reads "6..8" or "6".
func between(value string, least, most int) (low, high int, ok bool) {
	first, second, both := strings.Cut(value, "..")
	if !both {
		second = first
	}
	low, err1 := strconv.Atoi(strings.TrimSpace(first))
	high, err2 := strconv.Atoi(strings.TrimSpace(second))
	return low, high, err1 == nil && err2 == nil && low >= least && high >= low && high <= most
}

// mayEnd tells whether somebody may end a cohort for all.
func (co *Cohort) mayEnd(e chat.Event) bool {
	return e.Level >= chat.Organiser || e.Member == co.By && e.Level >= chat.Moderator
}
