package cases

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// prompt asks for what the draft waits for.
func (s Reporter) prompt(c chat.Community, e chat.Event) []chat.Effect {
	voice := rule.Speak(c, e)
	var text chat.Text
	switch s.Draft.Step {
	case offered:
		text = voice.Say("report.offered")
	case what:
		text = voice.Say("report.what")
		if s.Draft.Words != "" || len(s.Draft.Parts) > 0 {
			text = voice.Say("report.more")
		}
	case whom:
		text = voice.Say("report.whom")
	case check:
		text = s.Draft.summary(c, voice)
	case without, later:
		text = voice.Say("report.without")
	}
	return []chat.Effect{chat.Send{To: e.Chat, Tag: draftTag, Text: text, Choices: s.choices(voice)}}
}

// summary shows a report as it will be sent.
func (d Draft) summary(c chat.Community, v rule.Voice) chat.Text {
	out := []chat.Text{v.Say("report.check")}
	if d.Name == "" {
		out = append(out, v.Say("report.check.nobody"))
	} else {
		out = append(out, v.Say("report.check.about", "name", d.Name))
	}
	out = append(out, chat.Styled(chat.Quote, clip(d.Words, 700), ""))
	if len(d.Parts) > 0 {
		out = append(out, v.Say("report.check.files", "n", len(d.Parts)))
	}
	if d.Pitch {
		out = append(out, v.Say("report.check.pitch"))
	}
	if names := namesOf(c, d.Left); names != "" {
		out = append(out, v.Say("report.check.left", "names", names))
	}
	return lines(out...)
}

// namesOf names some people.
func namesOf(c chat.Community, ids []chat.Identity) string {
	var out []string
	for _, id := range ids {
		if card, ok := c.Members.Of(id); ok && !slices.Contains(out, card.Name) {
			out = append(out, card.Name)
		}
	}
	return strings.Join(out, ", ")
}

// choices are what can be chosen in the draft's step.
func (s Reporter) choices(v rule.Voice) []chat.Choice {
	stop := chat.Choice{Label: v.Say("report.choice.stop").Plain, Ask: "reporting stop"}
	switch s.Draft.Step {
	case offered:
		return []chat.Choice{{Label: v.Say("report.choice.begin").Plain, Ask: "reporting begin"}, stop}
	case what:
		return []chat.Choice{{Label: v.Say("report.choice.done").Plain, Ask: "reporting done"}, stop}
	case whom:
		return []chat.Choice{{Label: v.Say("report.choice.skip").Plain, Ask: "reporting skip"}, stop}
	case check:
		out := []chat.Choice{
			{Label: v.Say("report.choice.send").Plain, Ask: "reporting send"},
			{Label: v.Say("report.choice.without").Plain, Ask: "reporting without"},
		}
		if s.Draft.Chat.Platform != chat.Web { // who comes from there is unknown to us
			out = slices.Insert(out, 1, chat.Choice{Label: v.Say("report.choice.anonymously").Plain, Ask: "reporting anonymously"})
		}
		if !s.Draft.Pitch && !s.Draft.About.IsZero() {
			out = append(out, chat.Choice{Label: v.Say("report.choice.pitch").Plain, Ask: "reporting pitch"})
		}
		return append(out, stop)
	case without:
		return []chat.Choice{{Label: v.Say("report.choice.back").Plain, Ask: "reporting back"}}
	}
	return []chat.Choice{{Label: v.Say("report.choice.back").Plain, Ask: "reporting stop"}}
}

// choose does what was chosen; an old message may offer what is not to be had any more.
func (s Reporter) choose(c chat.Community, e chat.Event, asked chat.Asked) (Reporter, []chat.Effect) {
	verb, token := firstOf(asked.Args), ""
	if len(asked.Args) > 1 {
		token = asked.Args[1]
	}
	if verb == "hide" || verb == "leave" {
		return s.amend(c, e, verb, token)
	}
	voice := rule.Speak(c, e)
	if s.Draft == nil {
		return s, []chat.Effect{rule.Reply(e, voice.Say("report.nodraft"))}
	}
	d := *s.Draft
	d.At, d.Reminded = e.Now, false
	s.Draft = &d
	if d.Step == later && verb != "stop" {
		return s, s.prompt(c, e)
	}
	switch verb {
	case "stop":
		s.Draft = nil
		if d.Step == later {
			return s, []chat.Effect{rule.Reply(e, voice.Say("report.unchanged"))}
		}
		return s, []chat.Effect{rule.Reply(e, voice.Say("report.stopped"))}
	case "send", "anonymously":
		return s.send(c, e, verb == "anonymously")
	case "pitch":
		d.Pitch = d.Step == check && !d.About.IsZero()
	case "without":
		d.Step = without
	case "back", "skip":
		d.Step = check
	case "begin":
		d.Step = what
	case "done":
		d.Step = whom
		if !d.About.IsZero() {
			d.Step = check
		}
	}
	if d.Words == "" && len(d.Parts) == 0 {
		d.Step = what
	}
	s.Draft = &d
	return s, s.prompt(c, e)
}

// send makes a report of the draft.
func (s Reporter) send(c chat.Community, e chat.Event, anonymous bool) (Reporter, []chat.Effect) {
	d := *s.Draft
	if d.Words == "" && len(d.Parts) == 0 {
		s.Draft.Step = what
		return s, s.prompt(c, e)
	}
	if until, ok := s.free(e.Now); !ok { // the draft stays
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("report.slow", "until", until))}
	}
	s.Draft = nil
	r := Report{Words: d.Words, About: d.About, Name: d.Name, Parts: d.Parts, Left: d.Left, Pitch: d.Pitch}
	if r.About.IsZero() {
		for _, id := range teamNamed(c, strings.Fields(d.Words+" "+d.Name)) {
			if !slices.Contains(r.Left, id) {
				r.Left = append(slices.Clone(r.Left), id)
			}
		}
	}
	if card, ok := c.Members.Of(r.About); ok && card.ID == e.Member {
		r.About = chat.Identity{}
	}
	return s.file(c, e, r, anonymous)
}

// amend changes who sees a report that is sent already; the token must be this person's.
func (s Reporter) amend(c chat.Community, e chat.Event, verb, token string) (Reporter, []chat.Effect) {
	if !slices.Contains(s.Tokens, token) {
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("report.over"))}
	}
	if verb == "hide" {
		return s, []chat.Effect{order(partiesRule, "hide", partyKey(c.ID, token), nil)}
	}
	if s.Draft != nil && s.Draft.Step != later {
		return s, append([]chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("report.first"))}, s.prompt(c, e)...)
	}
	s.Draft = &Draft{Step: later, Token: token, Chat: e.Chat, Who: e.By.Identity, At: e.Now}
	return s, s.prompt(c, e)
}

// ordered notes what the other rules of this package have to say about this person.
func (s Reporter) ordered(e chat.Event) Reporter {
	verb, _, _ := orderFor(reportsRule, e)
	what := with[note](e)
	drop := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(t string) bool { return t == what.Token })
	}
	switch verb {
	case "judged":
		s.Judged += map[bool]string{true: "1", false: "0"}[what.Right]
		s.Judged = s.Judged[max(0, len(s.Judged)-maxJudged):]
	case "waiting":
		s.Waiting = append(drop(s.Waiting), what.Token)
	case "asked":
		s.Question, s.AskedAt = what.Token, e.Now
		if !slices.Contains(s.Tokens, what.Token) {
			s.Tokens = append(slices.Clone(s.Tokens), what.Token)
		}
	case "dropped":
		s.Tokens, s.Waiting = drop(s.Tokens), drop(s.Waiting)
		if s.Question == what.Token {
			s.Question = ""
		}
	}
	return s
}

// note is what an order to this person's state brings.
type note struct {
	Token string `json:"token,omitempty"`
	Right bool   `json:"right,omitempty"`
}

// reached lets be said what could not be said before: this person has just written to the house in private.
func (s Reporter) reached(c chat.Community) (Reporter, []chat.Effect) {
	var out []chat.Effect
	const most = 15 // for the same reason as in forget; the rest comes with what is written next
	now := s.Waiting[:min(len(s.Waiting), most)]
	for _, token := range now {
		out = append(out, order(partiesRule, "deliver", partyKey(c.ID, token), nil))
	}
	s.Waiting = slices.Clone(s.Waiting[len(now):])
	return s, out
}

// forget erases the lines to somebody who asks to be erased; were there more, they end with their cases.
func (s Reporter) forget(c chat.Community) []chat.Effect {
	const most = 20 // each leads to four events, and one entry may lead to a hundred
	var out []chat.Effect
	for _, token := range s.Tokens[max(0, len(s.Tokens)-most):] {
		out = append(out, order(partiesRule, "forget", partyKey(c.ID, token), nil))
	}
	return out
}

// joinReporters makes one of what is kept of two members who are one person.
func joinReporters(kept, gone Reporter) Reporter {
	kept.Times = append(slices.Clone(kept.Times), gone.Times...)
	slices.SortFunc(kept.Times, func(a, b time.Time) int { return a.Compare(b) })
	kept.Times = kept.Times[max(0, len(kept.Times)-perDay):]
	kept.Judged += gone.Judged
	kept.Judged = kept.Judged[max(0, len(kept.Judged)-maxJudged):]
	kept.Tokens = append(slices.Clone(kept.Tokens), gone.Tokens...)
	kept.Waiting = append(slices.Clone(kept.Waiting), gone.Waiting...)
	if kept.Question == "" || gone.AskedAt.After(kept.AskedAt) && gone.Question != "" {
		kept.Question, kept.AskedAt = gone.Question, gone.AskedAt
	}
	if kept.Draft == nil {
		kept.Draft = gone.Draft
	}
	return kept
}
