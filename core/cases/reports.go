package cases

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Reporter is what is kept of somebody who reports.
type Reporter struct {
	// Times are those of the reports of the last day.
	Times []time.Time `json:"times,omitempty"`
	// Judged has a letter for each of the last hundred that were decided: 1 it was right, 0 it was not.
	Judged string `json:"judged,omitempty"`
	// Tokens are the lines to this person that are there; Waiting those with something that could not be said yet.
	Tokens  []string `json:"tokens,omitempty"`
	Waiting []string `json:"waiting,omitempty"`
	// Question is the line on which they were asked something last, and when: a plain answer belongs there.
	Question string    `json:"question,omitempty"`
	AskedAt  time.Time `json:"asked_at,omitzero"`
	Draft    *Draft    `json:"draft,omitempty"`
}

// The limits for one person.
const (
	perHour   = 10
	perDay    = 20
	maxJudged = 100
	// openQuestion is how long a plain text in private is taken as the answer to what moderators have asked.
	openQuestion = 24 * time.Hour
)

// NewReports returns the rule that takes reports: /report in a room, in private or in a browser.
func NewReports() rule.Rule {
	return rule.Of[Reporter]{
		Title:  reportsRule,
		KeyOf:  reporterKey,
		Fold:   foldReporter,
		Join:   joinReporters,
		Secret: true,
		Ask: []rule.Command{
			{Name: "report", Aliases: []string{"@admin", "@admins", "spam"}, Args: "[@NAME] [WHAT HAPPENED]", Level: chat.Guest, Help: "help.report"},
			{Name: "reporting", Level: chat.Guest, Place: rule.InPrivate},
			{Name: inner, Level: chat.Organiser},
		},
	}
}

// personKey is where somebody's own state is: a member's under the member, a stranger's under the conversation.
func personKey(c chat.Community, who chat.Identity, in chat.Chat) string {
	if card, ok := c.Members.Of(who); ok {
		return rule.PersonKey(c.ID, card.ID)
	}
	return string(c.ID) + "/" + in.String()
}

func reporterKey(c chat.Community, e chat.Event) (string, bool) {
	mine := personKey(c, e.By.Identity, e.Chat)
	if _, key, ok := orderFor(reportsRule, e); ok {
		return key, true
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command == "report" || b.Command == "reporting" {
			return mine, true
		}
		return mine, e.Private && b.Command != inner && e.By.Identity != chat.House()
	case chat.Posted:
		hidden := len(b.Parts) > 0 && b.Forward == "" && looksLikeReport(b.Text)
		return mine, !e.By.Bot && (e.Private || hidden)
	case chat.Edited:
		return mine, !e.By.Bot && !e.Private && looksLikeReport(b.Text)
	case chat.Arrived:
		return mine, e.Private
	case chat.Due:
		return b.Key, true
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	case chat.Forgotten:
		return rule.PersonKey(c.ID, b.Who), true
	}
	return "", false
}

func foldReporter(c chat.Community, s Reporter, e chat.Event) (Reporter, []chat.Effect) {
	key, _ := reporterKey(c, e)
	before := s.next()
	s.Times = slices.DeleteFunc(slices.Clone(s.Times), func(t time.Time) bool { return e.Now.Sub(t) >= 24*time.Hour })
	var out []chat.Effect
	if e.Private && e.By.Identity != chat.House() {
		s, out = s.reached(c)
	}
	s, more := s.fold(c, e)
	out = append(out, more...)
	_, claimed := e.Body.(chat.Claimed)
	switch next := s.next(); {
	case !next.IsZero() && (claimed || !next.Equal(before)):
		out = append(out, chat.Wake{Rule: reportsRule, Key: key, At: next})
	case next.IsZero() && !before.IsZero():
		out = append(out, chat.Cancel{Rule: reportsRule, Key: key})
	}
	return s.tidy(), out
}

// tidy makes a state with nothing in it none at all: that somebody has one must not outlast what is in it.
func (s Reporter) tidy() Reporter {
	for _, list := range []*[]string{&s.Tokens, &s.Waiting} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(s.Times) == 0 {
		s.Times = nil
	}
	if s.Question == "" {
		s.AskedAt = time.Time{}
	}
	return s
}

func (s Reporter) fold(c chat.Community, e chat.Event) (Reporter, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		switch b.Command {
		case "report":
			return s.report(c, e, b)
		case "reporting":
			return s.choose(c, e, b)
		case inner:
			return s.ordered(e), nil
		}
	case chat.Posted:
		if !e.Private {
			return s.gate(c, e, b)
		}
		return s.listen(c, e, b)
	case chat.Edited:
		return s, append(tellAlone(c, e, func(v rule.Voice) chat.Text { return v.Say("report.edited") }), chat.Drop{})
	case chat.Due:
		return s.due(c, e)
	case chat.Forgotten:
		return Reporter{}, s.forget(c)
	}
	return s, nil
}

// next is when the state must be looked at again: a draft's time, or when the oldest report no longer counts.
func (s Reporter) next() time.Time {
	var at time.Time
	if len(s.Times) > 0 {
		at = s.Times[len(s.Times)-1].Add(24 * time.Hour)
	}
	if s.Draft != nil {
		if d := s.Draft.next(); at.IsZero() || d.Before(at) {
			at = d
		}
	}
	return at
}

// report takes the command. In a room it vanishes first.
func (s Reporter) report(c chat.Community, e chat.Event, asked chat.Asked) (Reporter, []chat.Effect) {
	token := rule.Code(e.Seed)
	var out []chat.Effect
	if !e.Private && e.Chat.Platform != chat.Local {
		out = append(out, chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{asked.Ref}}, Tag: "report/" + token})
	}
	switch {
	case c.ID == "" || e.Chat.Platform == chat.Local:
		return s, append(out, rule.Reply(e, rule.Speak(c, e).Say("report.nowhere")))
	case e.By.Anonymous:
		return s, append(out, rule.Discreetly(e, rule.Speak(c, e).Say("refuse.anonymous")))
	case e.Private && asked.Text.IsEmpty() && asked.Reply == nil:
		return s.begin(c, e)
	}
	anonymous := false
	if word := strings.ToLower(firstOf(asked.Args)); word == "anonymous" || word == "anonymously" {
		anonymous = true
		asked.Args, asked.Text = asked.Args[1:], behind(asked.Text, 1)
		e.Body = asked
	}
	s, more := s.file(c, e, read(c, e, asked), anonymous)
	return s, append(out, more...)
}

// file brings a report to the desk, if this person has not brought too many.
func (s Reporter) file(c chat.Community, e chat.Event, r Report, anonymous bool) (Reporter, []chat.Effect) {
	if until, ok := s.free(e.Now); !ok {
		return s, tellAlone(c, e, func(v rule.Voice) chat.Text { return v.Say("report.slow", "until", until) })
	}
	s.Times = append(s.Times, e.Now)
	r.Token = rule.Code(e.Seed)
	r.Hide = anonymous
	r.Who = pseudonyms(c, e.By.Identity)[0]
	r.Number = 1000 + (int(e.Seed[6])<<8+int(e.Seed[7]))%9000
	r.Judged, r.Right = len(s.Judged), strings.Count(s.Judged, "1")
	_, known := c.Members.Of(e.By.Identity)
	r.Stranger = !known
	s.Tokens = append(slices.Clone(s.Tokens), r.Token)
	line := Party{Role: reporter, Who: e.By.Identity, Anonymous: anonymous}
	if e.Private {
		line.Chat = e.Chat
	}
	return s, []chat.Effect{
		order(partiesRule, "meet", partyKey(c.ID, r.Token), line),
		order(deskRule, "file", string(c.ID), r),
	}
}

// free tells whether another report may come, and if not, when.
func (s Reporter) free(now time.Time) (until time.Time, ok bool) {
	if n := len(s.Times); n >= perDay {
		return s.Times[n-perDay].Add(24 * time.Hour), false
	}
	if n := len(s.Times); n >= perHour && now.Sub(s.Times[n-perHour]) < time.Hour {
		return s.Times[n-perHour].Add(time.Hour), false
	}
	return time.Time{}, true
}

// gate keeps out of the room what begins as a report does but is no command: a picture with the words under it.
func (s Reporter) gate(c chat.Community, e chat.Event, p chat.Posted) (Reporter, []chat.Effect) {
	text := p.Text.Trim()
	words := strings.Fields(text.Plain)
	asked := chat.Asked{Ref: p.Ref, Command: "report", Args: words[1:], Text: behind(text, 1), Reply: p.Reply}
	e.Body = asked
	token := rule.Code(e.Seed)
	out := []chat.Effect{chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{p.Ref}}, Tag: "report/" + token}, chat.Drop{}}
	if e.By.Anonymous || c.ID == "" {
		return s, append(out, rule.Discreetly(e, rule.Speak(c, e).Say("refuse.anonymous")))
	}
	r := read(c, e, asked)
	r.Parts = evidenceParts(p.Parts)
	s, more := s.file(c, e, r, false)
	return s, append(out, more...)
}

// evidenceParts keeps what can show something, without the names that files had at the reporter's.
func evidenceParts(parts []chat.Part) []chat.Part {
	var out []chat.Part
	for _, p := range parts[:min(len(parts), maxParts)] {
		p.Media.Name = ""
		out = append(out, p)
	}
	return out
}

// tellAlone says something to the event's author that nobody else may read.
func tellAlone(c chat.Community, e chat.Event, write func(rule.Voice) chat.Text, choices ...chat.Choice) []chat.Effect {
	if e.Private {
		return []chat.Effect{chat.Send{To: e.Chat, Text: write(rule.Speak(c, e)), Choices: choices}}
	}
	if card, ok := c.Members.Of(e.By.Identity); ok {
		return rule.Secretly(c, card, "", write, choices...)
	}
	who := e.By.Identity
	return []chat.Effect{chat.Whisper{To: chat.Chat(who), Who: who, Text: write(rule.Aloud(c, who.Platform)), Secret: true, Choices: choices}}
}

func firstOf(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}
