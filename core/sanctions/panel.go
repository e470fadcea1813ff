package sanctions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// openReview begins a review: "@ana~7 why", or "@ana~7 @ben~5 why" where Ben tells the other side.
func openReview(c chat.Community, s Review, e chat.Event, asked chat.Asked) (Review, []chat.Effect) {
	who, rest, problem := rule.Target(c, e)
	who = named(who)
	voice := rule.Speak(c, e)
	refuse := func(key string, pairs ...any) (Review, []chat.Effect) {
		return s, closed(c, e, func(v rule.Voice) chat.Text { return v.Say(key, pairs...) })
	}
	if problem != "" {
		return s, []chat.Effect{rule.Reply(e, voice.Say(problem, rule.Meant(c, asked)...))}
	}
	other := e.Member
	if len(rest) > 0 && strings.HasPrefix(rest[0], "@") {
		named := c.Members.Named(rest[0])
		if len(named) != 1 {
			return refuse("target.unknown", "word", rest[0])
		}
		other, rest = named[0].ID, rest[1:]
	}
	reason := chat.OneLine(rest...)
	level := levelOf(e)
	switch {
	case who.ID == e.Member:
		return refuse("sanction.self")
	case who.Level > level, who.Level == level && level < chat.Organiser:
		return refuse("sanction.above", "name", who.Name)
	case s.Stage == Gathering, s.Stage == Judging:
		return refuse("review.open", "name", who.Name)
	case reason == "":
		return refuse("reason.none")
	case len([]rune(reason)) > maxReason:
		return refuse("sanction.reason.long", "most", maxReason)
	case other == "" || other == who.ID:
		return refuse("review.other")
	}
	s = Review{
		N: s.N + 1, Stage: Gathering, Opener: e.Member, Other: other, Reason: reason, Until: e.Now.Add(gatherFor),
		Pool: drawn(c, e.Seed, who.ID, e.Member, other),
	}
	s, out := s.ask(c, who)
	out = append(out, s.wake(c, who.ID), audit(e, who.ID, s.N, "review", "opens", "", reason))
	for _, side := range []chat.MemberID{who.ID, other} {
		out = append(out, askSide(c, s, who, side)...)
	}
	return s, append(out, closed(c, e, func(v rule.Voice) chat.Text {
		return v.Say("review.begins", "name", who.Name, "end", s.Until)
	})...)
}

// ask asks as many of the drawn members as are missing.
func (s Review) ask(c chat.Community, who chat.Card) (Review, []chat.Effect) {
	var out []chat.Effect
	for len(s.Asked)+len(s.Jury) < jurors && len(s.Pool) > 0 {
		card, ok := c.Members.ByID(s.Pool[0])
		s.Pool = slices.Clone(s.Pool[1:])
		if !ok {
			continue
		}
		s.Asked = append(slices.Clone(s.Asked), card.ID)
		v := rule.Voice{Language: c.LanguageOf(card)}
		out = append(out, rule.Secretly(c, card, jurorTag(who.ID, card.ID), func(v rule.Voice) chat.Text {
			return v.Say("review.serve", "community", c.Name, "end", s.Until)
		},
			chat.Choice{Label: v.Say("choice.yes").Plain, Ask: fmt.Sprintf("serve %s %d yes", who.ID, s.N)},
			chat.Choice{Label: v.Say("choice.no").Plain, Ask: fmt.Sprintf("serve %s %d no", who.ID, s.N)})...)
	}
	return s, out
}

// jurorTag names the question whether somebody takes part in a review.
func jurorTag(who, juror chat.MemberID) string {
	return "review-juror/" + string(who) + "/" + string(juror)
}

func jurorOf(tag string) (who, juror chat.MemberID, ok bool) {
	words := strings.Split(tag, "/")
	if len(words) != 3 || words[0] != "review-juror" {
		return "", "", false
	}
	return chat.MemberID(words[1]), chat.MemberID(words[2]), true
}

// askSide asks one side for its words.
func askSide(c chat.Community, s Review, who chat.Card, side chat.MemberID) []chat.Effect {
	card, ok := c.Members.ByID(side)
	if !ok {
		return nil
	}
	return rule.Secretly(c, card, "review-statement/"+string(who.ID), func(v rule.Voice) chat.Text {
		if side == who.ID {
			return v.Say("review.mine", "community", c.Name, "reason", s.Reason, "end", s.Until, "most", maxStatement, "handle", who.Handle)
		}
		return v.Say("review.theirs", "name", who.Name, "reason", s.Reason, "end", s.Until, "most", maxStatement, "handle", who.Handle)
	})
}

// serve is a drawn member's yes or no.
func serve(c chat.Community, s Review, e chat.Event, who chat.Card, asked chat.Asked) (Review, []chat.Effect) {
	voice := rule.Speak(c, e)
	i := slices.Index(s.Asked, e.Member)
	if s.Stage != Gathering || e.Member == "" || i < 0 || len(asked.Args) != 3 || asked.Args[1] != strconv.Itoa(s.N) {
		return s, []chat.Effect{rule.Discreetly(e, voice.Say("card.old"))}
	}
	if asked.Args[2] != "yes" {
		s, out := notServing(c, s, e, who, e.Member)
		return s, append(out, rule.Discreetly(e, voice.Say("review.no")))
	}
	s.Asked = slices.Delete(slices.Clone(s.Asked), i, i+1)
	s.Jury = append(slices.Clone(s.Jury), e.Member)
	s, out := s.ready(c, e, who)
	return s, append(out, rule.Discreetly(e, voice.Say("review.yes")))
}

// notServing asks the next one in the place of somebody who will not, or cannot be reached.
func notServing(c chat.Community, s Review, _ chat.Event, who chat.Card, juror chat.MemberID) (Review, []chat.Effect) {
	i := slices.Index(s.Asked, juror)
	if s.Stage != Gathering || i < 0 || who.ID == "" {
		return s, nil
	}
	s.Asked = slices.Delete(slices.Clone(s.Asked), i, i+1)
	return s.ask(c, who)
}

// state takes the words of one side.
func state(c chat.Community, s Review, e chat.Event, who chat.Card, asked chat.Asked) (Review, []chat.Effect) {
	voice := rule.Speak(c, e)
	text := behind(asked.Text.Plain, 1)
	answer := func(key string, pairs ...any) []chat.Effect {
		return []chat.Effect{rule.Discreetly(e, voice.Say(key, pairs...))}
	}
	switch {
	case s.Stage != Gathering || e.Member == "" || e.Member != who.ID && e.Member != s.Other:
		return s, answer("card.old")
	case text == "":
		return s, answer("review.empty", "handle", who.Handle, "most", maxStatement)
	case len([]rune(text)) > maxStatement:
		return s, answer("appeal.long", "n", len([]rune(text)), "most", maxStatement)
	case e.Member == who.ID:
		s.Mine = text
	default:
		s.Theirs = text
	}
	s, out := s.ready(c, e, who)
	return s, append(answer("review.stated"), out...)
}

// ready lets the panel judge as soon as nothing is missing.
func (s Review) ready(c chat.Community, e chat.Event, who chat.Card) (Review, []chat.Effect) {
	if s.Mine == "" || s.Theirs == "" || len(s.Jury) < jurors {
		return s, nil
	}
	return s.judging(c, e.Now, who)
}

// judging gives the panel both sides' words and asks what should follow.
func (s Review) judging(c chat.Community, now time.Time, who chat.Card) (Review, []chat.Effect) {
	s.Stage, s.Asked, s.Pool = Judging, nil, nil
	s.Until = now.Add(judgeFor)
	out := []chat.Effect{s.wake(c, who.ID)}
	for _, card := range s.panel(c, who.ID) {
		v := rule.Voice{Language: c.LanguageOf(card)}
		var choices []chat.Choice
		for i := range outcomes() {
			choices = append(choices, chat.Choice{Label: outcomeText(v, i+1).Plain, Ask: fmt.Sprintf("judge %s %d %d", who.ID, s.N, i+1)})
		}
		out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
			return v.Say("review.panel", "name", who.Name, "reason", s.Reason, "mine", orNothing(v, s.Mine),
				"theirs", orNothing(v, s.Theirs), "end", s.Until)
		}, choices...)...)
	}
	return s, out
}

func orNothing(v rule.Voice, words string) chat.Text {
	if words == "" {
		return v.Say("review.nothing")
	}
	return chat.Plain(words)
}
