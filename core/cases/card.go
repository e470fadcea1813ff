package cases

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// fewJudged is how many reports of somebody must have been decided before their accuracy says anything.
const fewJudged = 5

// card is what moderators see of the case. When it is closed nothing of what was said stays on it.
func (s Case) card(c chat.Community, v rule.Voice, now time.Time) chat.Text {
	out := []chat.Text{v.Say("card.title", "case", s.Number, "step", stepName(v, s.Step))}
	if s.Step == Closed {
		return lines(append(out, v.Say("card.closed", "outcome", outcomeName(v, s.Outcome), "record", s.Record))...)
	}
	out = append(out, s.who(c, v))
	if room, ok := c.Room(s.Room); ok {
		out = append(out, v.Say("card.room", "room", room.Name))
	}
	out = append(out, s.reportLines(v)...)
	switch {
	case s.Quote != "":
		out = append(out, v.Say("card.message"), chat.Styled(chat.Quote, clip(s.Quote, 700), ""))
	case len(s.Reports) > 0 && s.Reports[0].Quote != "":
		out = append(out, v.Say("card.quote"), chat.Styled(chat.Quote, clip(s.Reports[0].Quote, 300), ""))
	}
	if s.Outcome != "" {
		out = append(out, v.Say("card.outcome", "outcome", outcomeName(v, s.Outcome)))
	}
	if holder, ok := s.holder(c, now); ok {
		out = append(out, v.Say("card.held", "name", holder.Name, "until", s.Held))
	}
	if !s.Since.IsZero() {
		out = append(out, v.Say("card.promise", "by", s.Since.Add(promise(c))))
	}
	return lines(append(out, s.advice(c, v)...)...)
}

// who says whom the case is about.
func (s Case) who(c chat.Community, v rule.Voice) chat.Text {
	card, ok := c.Members.Of(s.About)
	switch {
	case ok:
		return v.Say("card.about", "name", card.Name, "handle", card.Handle)
	case s.Name != "":
		return v.Say("card.stranger", "name", s.Name)
	}
	return v.Say("card.nobody")
}

// reportLines are what was reported, the first three reports in words.
func (s Case) reportLines(v rule.Voice) []chat.Text {
	const most = 3
	var out []chat.Text
	for i, f := range s.Reports {
		if i == most {
			break
		}
		out = append(out, f.line(v))
		if f.Words != "" {
			out = append(out, chat.Styled(chat.Quote, clip(f.Words, 500), ""))
		}
		if len(f.Parts) > 0 {
			out = append(out, v.Say("card.files", "n", len(f.Parts)))
		}
		if f.Pitch {
			out = append(out, v.Say("card.pitch"))
		}
	}
	if n := s.reporters(); n > 1 {
		out = append(out, v.Say("card.count", "n", n))
	}
	return out
}

// line names a reporter by number, and how often they were right if that says something.
func (f Filed) line(v rule.Voice) chat.Text {
	if f.Judged < fewJudged {
		return v.Say("card.reporter", "number", f.Number)
	}
	tenths := (10*f.Right + f.Judged/2) / f.Judged // not finer: a number of one's own is a name
	return v.Say("card.accuracy", "number", f.Number, "percent", 10*tenths)
}

// advice says what can be done that no choice can offer: what needs words.
func (s Case) advice(c chat.Community, v rule.Voice) []chat.Text {
	n := s.Number
	switch s.Step {
	case Listening, Clarifying:
		var out []chat.Text
		if len(s.tokens()) > 0 {
			out = append(out, v.Say("card.advice.answer", "case", n))
		}
		if _, ok := c.Members.Of(s.About); ok {
			out = append(out, v.Say("card.advice.hear", "case", n))
		}
		return out
	case Documenting:
		out := []chat.Text{v.Say("card.advice.close", "case", n)}
		if card, ok := c.Members.Of(s.About); ok && s.Outcome == acted {
			out = append(out, v.Say("card.advice.act", "handle", card.Handle, "case", n))
		}
		return out
	}
	return nil
}

// choices are what can be done next.
func (s Case) choices(v rule.Voice, now time.Time, c chat.Community) []chat.Choice {
	pick := func(label chat.Text, verb string) chat.Choice {
		return chat.Choice{Label: label.Plain, Ask: fmt.Sprintf("case %d %s", s.Number, verb)}
	}
	evidence, who := pick(v.Say("case.choice.evidence"), "evidence"), pick(v.Say("case.choice.who"), "who")
	if s.Step == Closed {
		return nil
	}
	if _, held := s.holder(c, now); !held {
		return []chat.Choice{pick(v.Say("case.choice.claim"), "claim"), evidence, who}
	}
	release := pick(v.Say("case.choice.release"), "release")
	switch s.Step {
	case Listening:
		return []chat.Choice{pick(v.Say("case.choice.clarify"), "clarify"), pick(v.Say("case.choice.decide"), "decide"), evidence, who, release}
	case Clarifying:
		return []chat.Choice{pick(v.Say("case.choice.decide"), "decide"), evidence, who, release}
	case Deciding:
		return []chat.Choice{
			pick(v.Say("case.choice.acted"), "decide acted"), pick(v.Say("case.choice.none"), "decide none"),
			pick(v.Say("case.choice.more"), "decide more"), evidence, who, release,
		}
	}
	return []chat.Choice{pick(v.Say("case.choice.again"), "decide"), evidence, who, release}
}

// file shows all that was reported and written, for moderators.
func (s Case) file(c chat.Community, v rule.Voice) chat.Text {
	out := []chat.Text{v.Say("case.file", "case", s.Number, "opened", s.Opened), s.who(c, v)}
	for _, f := range s.Reports {
		out = append(out, f.line(v), chat.Styled(chat.Quote, f.Words, ""))
	}
	for _, said := range s.Said {
		out = append(out, v.Say("case.said", "when", said.At, "from", s.from(v, said.From)), chat.Styled(chat.Quote, said.Text, ""))
	}
	return lines(out...)
}

// from names who has written something: the number of a reporter, or one of two words.
func (s Case) from(v rule.Voice, from string) chat.Text {
	switch from {
	case "team":
		return v.Say("case.from.team")
	case string(reported):
		return v.Say("case.from.reported")
	}
	return v.Say("case.from.reporter", "number", from)
}

// parts are all files of the case.
func (s Case) parts() []chat.Part {
	var out []chat.Part
	for _, f := range s.Reports {
		out = append(out, f.Parts...)
	}
	for _, said := range s.Said {
		out = append(out, said.Parts...)
	}
	return out[:min(len(out), 3*maxParts)]
}

// numberWord reads the number by which a reporter is called, at the beginning of some words.
func (s Case) numberWord(words []string) (only int) {
	n, err := strconv.Atoi(strings.TrimPrefix(firstOf(words), "#"))
	if err != nil {
		return 0
	}
	for _, f := range s.Reports {
		if f.Number == n {
			return n
		}
	}
	return 0
}
