package sanctions

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// outcome is what a review can end with: a kind and how long; an empty kind is words only.
type outcome struct {
	kind Kind
	long time.Duration
}

// outcomes are what the panel chooses from, the mildest first.
func outcomes() []outcome {
	const day = 24 * time.Hour
	return []outcome{{}, {}, {Warn, 0}, {Timeout, 7 * day}, {Timeout, longestTimeout}, {Ban, 0}}
}

// outcomeText names an outcome, counted from 1.
func outcomeText(v rule.Voice, n int) chat.Text {
	switch o := outcomes()[n-1]; {
	case n == 1:
		return v.Say("outcome.nothing")
	case o.kind == "":
		return v.Say("outcome.repair")
	case o.kind == Warn:
		return v.Say("outcome.warn")
	case o.kind == Timeout:
		return v.Say("outcome.timeout", "duration", o.long)
	}
	return v.Say("outcome.ban")
}

// judge is the vote of one of the panel; a later one takes the place of the one before.
func judge(c chat.Community, s Review, e chat.Event, who chat.Card, asked chat.Asked) (Review, []chat.Effect) {
	voice := rule.Speak(c, e)
	panel := s.panel(c, who.ID)
	n := 0
	if len(asked.Args) == 3 && asked.Args[1] == strconv.Itoa(s.N) {
		n, _ = strconv.Atoi(asked.Args[2])
	}
	sits := slices.ContainsFunc(panel, func(card chat.Card) bool { return card.ID == e.Member })
	if s.Stage != Judging || !sits || n < 1 || n > len(outcomes()) {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	}
	s.Votes = maps.Clone(s.Votes)
	if s.Votes == nil {
		s.Votes = make(map[chat.MemberID]int)
	}
	s.Votes[e.Member] = n
	out := []chat.Effect{rule.Discreetly(e, voice.Say("review.voted", "what", outcomeText(voice, n)))}
	for _, card := range panel {
		if s.Votes[card.ID] == 0 {
			return s, out
		}
	}
	s, more := s.close(c, e, who)
	return s, append(out, more...)
}

// verdictOf counts the votes of those who still sit on the panel: the outcome with most, of several the mildest; with
// fewer than two votes there is none.
func (s Review) verdictOf(panel []chat.Card) int {
	counts := make([]int, len(outcomes())+1)
	all := 0
	for _, card := range panel {
		if n := s.Votes[card.ID]; n > 0 && n < len(counts) {
			counts[n]++
			all++
		}
	}
	best := 1
	for n := 2; n < len(counts); n++ {
		if counts[n] > counts[best] {
			best = n
		}
	}
	if all < 2 {
		return 0
	}
	return best
}

// close records the outcome and tells everybody concerned. The words of both sides are forgotten.
func (s Review) close(c chat.Community, e chat.Event, who chat.Card) (Review, []chat.Effect) {
	panel := s.panel(c, who.ID)
	n := s.verdictOf(panel)
	votes := len(s.Votes)
	s.Stage, s.Outcome, s.Mine, s.Theirs, s.Votes = Closed, n, "", "", nil
	s.Until = e.Now.Add(reviewKept)
	told := []chat.MemberID{s.Other}
	for _, card := range panel {
		told = append(told, card.ID)
	}
	line, key := "no outcome", "review.none"
	if n > 0 {
		line, key = outcomeText(rule.Voice{Language: "en"}, n).Plain, "review.closed"
	}
	out := []chat.Effect{
		s.wake(c, who.ID),
		chat.Record{Log: "audit", About: who.ID, Line: fmt.Sprintf("house review: #%d closes with %d votes: %s", s.N, votes, line)},
	}
	say := func(v rule.Voice) chat.Text {
		if n == 0 {
			return v.Say(key, "name", who.Name)
		}
		return v.Say(key, "name", who.Name, "what", outcomeText(v, n))
	}
	yours := func(v rule.Voice) chat.Text {
		if n == 0 {
			return v.Say("review.yours.none")
		}
		return v.Say("review.yours", "what", outcomeText(v, n))
	}
	out = append(out, rule.Secretly(c, who, "", yours)...)
	for _, id := range told {
		if card, ok := c.Members.ByID(id); ok {
			out = append(out, rule.Secretly(c, card, "", say)...)
		}
	}
	var choices []chat.Choice
	if n > 0 && outcomes()[n-1].kind != "" {
		label := rule.Aloud(c, chat.Local).Say("choice.carry").Plain
		choices = append(choices, chat.Choice{Label: label, Ask: fmt.Sprintf("carry %s %d", who.ID, s.N)})
	}
	return s, append(out, rule.ToModerators(c, "review/"+string(who.ID), say, []chat.MemberID{who.ID}, choices...)...)
}

// carry is a moderator's word that the outcome be carried out: once, with the same checks as if he had typed it.
func carry(c chat.Community, s Review, e chat.Event, who chat.Card, asked chat.Asked) (Review, []chat.Effect) {
	voice := rule.Speak(c, e)
	level := levelOf(e)
	switch {
	case who.ID == "" || s.Stage != Closed || s.Outcome == 0 || s.Done || len(asked.Args) != 2 || asked.Args[1] != strconv.Itoa(s.N):
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	case who.ID == e.Member:
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("sanction.self"))}
	case who.Level > level, who.Level == level && level < chat.Organiser:
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("sanction.above", "name", who.Name))}
	}
	o := outcomes()[s.Outcome-1]
	if o.kind == "" {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	}
	s.Done = true
	args := []string{"@" + who.Handle}
	if o.long > 0 {
		args = append(args, strconv.Itoa(int(o.long/(24*time.Hour)))+"d")
	}
	args = append(args, rule.Aloud(c, chat.Local).Say("review.reason", "reason", s.Reason).Plain)
	return s, []chat.Effect{chat.Emit{Body: chat.Asked{
		Ref: asked.Ref, Command: string(o.kind), Alias: string(o.kind), Chosen: true, Args: args,
	}}}
}

// reviewDue goes on with what there is when a stage's time is over.
func reviewDue(c chat.Community, s Review, e chat.Event, who chat.Card) (Review, []chat.Effect) {
	if s.Until.After(e.Now) {
		return s, []chat.Effect{s.wake(c, who.ID)}
	}
	switch s.Stage {
	case Gathering:
		return s.judging(c, e.Now, who)
	case Judging:
		return s.close(c, e, who)
	}
	return Review{}, nil
}
