package cases

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Draft is a report that somebody is telling in private, step by step.
type Draft struct {
	Step  step            `json:"step"`
	Words string          `json:"words,omitempty"`
	About chat.Identity   `json:"about,omitzero"`
	Name  string          `json:"name,omitempty"`
	Parts []chat.Part     `json:"parts,omitempty"`
	Left  []chat.Identity `json:"left,omitempty"`
	Pitch bool            `json:"pitch,omitempty"`
	// Token is the line of a report that is sent already, in the step later.
	Token string `json:"token,omitempty"`
	// Chat is where it is told, At when something was said to it last, Reminded whether we have asked since.
	Chat     chat.Chat     `json:"chat"`
	Who      chat.Identity `json:"who,omitzero"`
	At       time.Time     `json:"at"`
	Reminded bool          `json:"reminded,omitempty"`
}

// step is what a draft waits for.
type step string

const (
	offered step = "offered" // whether something forwarded is a report
	what    step = "what"    // what has happened
	whom    step = "whom"    // whom it is about
	check   step = "check"   // whether it is right so
	without step = "without" // who shall not see it
	later   step = "later"   // who shall not see what is sent already
)

const (
	// draftTag is the tag of what is said while a report is told.
	draftTag = "report/draft"
	// draftOpen is how long a plain text in private belongs to the draft; then we ask whether it shall be sent.
	draftOpen = time.Hour
	// draftLife is how long an unsent draft is kept.
	draftLife = 24 * time.Hour
)

func (d Draft) next() time.Time {
	if d.Reminded {
		return d.At.Add(draftLife)
	}
	return d.At.Add(draftOpen)
}

// begin opens a draft.
func (s Reporter) begin(c chat.Community, e chat.Event) (Reporter, []chat.Effect) {
	if until, ok := s.free(e.Now); !ok {
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("report.slow", "until", until))}
	}
	s.Draft = &Draft{Step: what, Chat: e.Chat, Who: e.By.Identity, At: e.Now}
	return s, s.prompt(c, e)
}

// listen takes what somebody writes in private, if it belongs to a report.
func (s Reporter) listen(c chat.Community, e chat.Event, p chat.Posted) (Reporter, []chat.Effect) {
	tag := ""
	if e.ReplyTo != nil {
		tag = e.ReplyTo.Tag
	}
	content := !p.Text.IsEmpty() || len(p.Parts) > 0
	switch {
	case !content || c.ID == "" || strings.HasPrefix(tag, "party/"):
		return s, nil
	case s.Draft != nil && (tag == draftTag || tag == "" && !s.Draft.Reminded):
		s, out := s.add(c, e, p)
		return s, append(out, chat.Drop{})
	case tag != "":
		return s, nil
	case s.Question != "" && e.Now.Sub(s.AskedAt) < openQuestion && p.Forward == "":
		said := heard{Text: clip(p.Text.Plain, maxWords), Parts: evidenceParts(p.Parts)}
		out := []chat.Effect{order(partiesRule, "answer", partyKey(c.ID, s.Question), said), chat.Drop{}}
		s.Question = ""
		return s, out
	case p.Forward != "" || len(p.Parts) > 0 && isReportWord(p.Text):
		s.Draft = &Draft{Step: offered, Chat: e.Chat, Who: e.By.Identity, At: e.Now}
		if p.Forward == "" {
			p.Text = behind(p.Text.Trim(), 1)
			s.Draft.Step = what
			s.Draft.address(c, p.Text)
		}
		s.Draft.take(rule.Speak(c, e), p)
		return s, append(s.prompt(c, e), chat.Drop{})
	}
	return s, nil
}

// isReportWord tells whether a text in private begins as the command does.
func isReportWord(t chat.Text) bool {
	return strings.EqualFold(firstOf(strings.Fields(t.Plain)), "report") || looksLikeReport(t)
}

// address notes whom a text names with '@' at its beginning.
func (d *Draft) address(c chat.Community, t chat.Text) {
	word := firstOf(strings.Fields(t.Plain))
	if found := c.Members.Named(trimWord(word)); strings.HasPrefix(word, "@") && len(found) == 1 && len(found[0].Identities) > 0 {
		d.About, d.Name = found[0].Identities[0], found[0].Name
	}
}

// take adds what was written to the draft; full tells that not all of it found room.
func (d *Draft) take(v rule.Voice, p chat.Posted) (full bool) {
	text := p.Text.Plain
	if p.Forward != "" {
		text = v.Say("report.forwarded", "name", clip(p.Forward, 100), "text", text).Plain
	}
	all := strings.TrimSpace(d.Words + "\n" + text)
	d.Words = clip(all, maxWords)
	full = d.Words != all || len(d.Parts)+len(p.Parts) > maxParts
	d.Parts = evidenceParts(append(slices.Clone(d.Parts), p.Parts...))
	return full
}

// add takes a text for what the draft waits for.
func (s Reporter) add(c chat.Community, e chat.Event, p chat.Posted) (Reporter, []chat.Effect) {
	d := *s.Draft
	d.At, d.Reminded = e.Now, false
	s.Draft = &d
	voice := rule.Speak(c, e)
	if isDigit(p) { // a choice that there is not
		return s, s.prompt(c, e)
	}
	var out []chat.Effect
	switch d.Step {
	case offered, what, check:
		if s.Draft.take(voice, p) {
			out = append(out, chat.Send{To: e.Chat, Text: voice.Say("report.full")})
		}
		if d.Step == what {
			return s, append(out, chat.Send{To: e.Chat, Tag: draftTag, Text: voice.Say("report.more"), Choices: s.choices(voice)})
		}
	case whom:
		found := personIn(c, p.Text)
		if len(found) > 1 {
			return s, []chat.Effect{chat.Send{
				To: e.Chat, Tag: draftTag, Choices: s.choices(voice),
				Text: voice.Say("target.several", "word", clip(p.Text.Plain, 100), "choices", rule.Names(found)),
			}}
		}
		s.Draft.Name = clip(p.Text.Plain, 100)
		if len(found) == 1 && len(found[0].Identities) > 0 {
			s.Draft.About, s.Draft.Name = found[0].Identities[0], found[0].Name
		}
		s.Draft.Step = check
	case without, later:
		return s.leaveOut(c, e, p.Text)
	}
	return s, append(out, s.prompt(c, e)...)
}

// isDigit tells whether a text is a number, as one types to choose.
func isDigit(p chat.Posted) bool {
	word := strings.TrimSpace(p.Text.Plain)
	return len(p.Parts) == 0 && p.Forward == "" && len(word) == 1 && word[0] >= '0' && word[0] <= '9'
}

// leaveOut notes who shall not see a report.
func (s Reporter) leaveOut(c chat.Community, e chat.Event, t chat.Text) (Reporter, []chat.Effect) {
	voice := rule.Speak(c, e)
	left, unknown := peopleIn(c, t)
	var out []chat.Effect
	if len(unknown) > 0 || len(left) == 0 {
		text := voice.Say("report.unknown", "word", strings.Join(unknown, ", "))
		if len(left) == 0 {
			return s, []chat.Effect{chat.Send{To: e.Chat, Tag: draftTag, Text: text, Choices: s.choices(voice)}}
		}
		out = append(out, chat.Send{To: e.Chat, Text: text})
	}
	if s.Draft.Step == later {
		token := s.Draft.Token
		s.Draft = nil
		return s, append(out, order(partiesRule, "without", partyKey(c.ID, token), left))
	}
	for _, id := range left {
		if !slices.Contains(s.Draft.Left, id) && len(s.Draft.Left) < maxLeft {
			s.Draft.Left = append(slices.Clone(s.Draft.Left), id)
		}
	}
	s.Draft.Step = check
	return s, append(out, s.prompt(c, e)...)
}

// personIn finds whom a text names: somebody mentioned, else by all of it or by its first word.
func personIn(c chat.Community, t chat.Text) []chat.Card {
	for _, span := range t.Spans {
		if span.Style != chat.Mention {
			continue
		}
		if id, err := chat.ParseIdentity(span.Value); err == nil {
			if card, ok := c.Members.Of(id); ok {
				return []chat.Card{card}
			}
		}
	}
	words := strings.Fields(t.Plain)
	if found := c.Members.Named(strings.Join(words, "")); len(found) > 0 {
		return found
	}
	return c.Members.Named(trimWord(firstOf(words)))
}

// peopleIn finds everybody whom a list of names means, and the names that mean nobody, or several.
func peopleIn(c chat.Community, t chat.Text) (left []chat.Identity, unknown []string) {
	if found := personIn(c, t); len(found) == 1 && len(strings.Fields(t.Plain)) < 3 && len(found[0].Identities) > 0 {
		return found[0].Identities[:1], nil
	}
	for _, w := range strings.Fields(t.Plain)[:min(len(strings.Fields(t.Plain)), maxLeft)] {
		w = trimWord(w)
		switch found := c.Members.Named(w); {
		case w == "":
		case len(found) == 1 && len(found[0].Identities) > 0:
			left = append(left, found[0].Identities[0])
		default:
			unknown = append(unknown, w)
		}
	}
	return left, unknown
}

// due asks whether the draft shall be sent, and later forgets it; it says so, for nothing is lost in silence.
func (s Reporter) due(c chat.Community, e chat.Event) (Reporter, []chat.Effect) {
	if s.Draft == nil || e.Now.Before(s.Draft.next()) {
		return s, nil
	}
	voice := voiceOf(c, s.Draft.Who)
	d := *s.Draft
	if d.Reminded || d.Step == later || d.Step == offered {
		s.Draft = nil
		if d.Step == later || d.Step == offered {
			return s, nil // nothing was written that is not elsewhere, too
		}
		return s, []chat.Effect{chat.Send{To: d.Chat, Text: voice.Say("report.forgotten")}}
	}
	d.Reminded = true
	s.Draft = &d
	return s, []chat.Effect{chat.Send{To: d.Chat, Tag: draftTag, Text: voice.Say("report.unsent"), Choices: s.choices(voice)}}
}

// voiceOf is how the house speaks to somebody, member or not.
func voiceOf(c chat.Community, who chat.Identity) rule.Voice {
	if card, ok := c.Members.Of(who); ok {
		return rule.To(c, card, who.Platform)
	}
	return rule.Aloud(c, who.Platform)
}
