package cases

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// NewCases returns the rule of /case: what moderators do with a report, until it is closed.
func NewCases() rule.Rule {
	return rule.Of[Case]{
		Title:  casesRule,
		KeyOf:  keyOfCase,
		Fold:   foldCase,
		Secret: true,
		Ask: []rule.Command{
			{Name: "case", Args: "NUMBER [WHAT]", Level: chat.Guest, Help: "help.case"},
		},
		Options: []rule.Setting{
			{Name: promiseSetting, Default: strconv.Itoa(promiseHours), Valid: rule.Number(4, 72), Shape: "shape.answer", Help: "setting.answer"},
			{Name: evidenceSetting, Default: strconv.Itoa(evidenceDays), Valid: rule.Number(7, 365), Shape: "shape.evidence", Help: "setting.evidence"},
			{Name: outsideSetting, Valid: validOutside, Shape: "shape.outside", Help: "setting.outside"},
		},
	}
}

// validOutside takes an address as it is typed, in one line.
func validOutside(value string) (string, bool) {
	value = strings.Join(strings.Fields(value), " ")
	return value, value != "" && len([]rune(value)) <= 200
}

func keyOfCase(c chat.Community, e chat.Event) (string, bool) {
	if _, key, ok := orderFor(casesRule, e); ok {
		return key, true
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		n, _ := addressed(c, e, b)
		return caseKey(c.ID, n), b.Command == "case"
	case chat.Due:
		return b.Key, true
	case chat.Found:
		return b.Key, true
	case chat.Sent, chat.Failed:
		rest, ok := strings.CutPrefix(e.Tag, "case/")
		if !ok || strings.Contains(rest, "/said") {
			return "", false
		}
		word, _, _ := strings.Cut(rest, "/")
		return caseKey(c.ID, numberOf(word)), numberOf(word) > 0
	}
	return "", false
}

// addressed finds which case a command is for, and how many of its words say so: the first, or none if it answers a
// message about a case.
func addressed(c chat.Community, e chat.Event, asked chat.Asked) (n, words int) {
	if n := numberOf(firstOf(asked.Args)); n > 0 {
		return n, 1
	}
	if e.ReplyTo == nil || e.ReplyTo.Community != c.ID { // its number would mean another case here
		return 0, 0
	}
	return numberIn(e.ReplyTo), 0
}

func foldCase(c chat.Community, s Case, e chat.Event) (Case, []chat.Effect) {
	key, _ := keyOfCase(c, e)
	was := s.entry()
	before := s.next(c, e.Now)
	s, out := s.fold(c, e)
	if now := s.entry(); s.Number > 0 && !now.same(was) {
		out = append(out, order(deskRule, "note", string(c.ID), now))
	}
	_, due := e.Body.(chat.Due)
	switch next := s.next(c, e.Now); {
	case !next.IsZero() && (due || !next.Equal(before)):
		out = append(out, chat.Wake{Rule: casesRule, Key: key, At: next})
	case next.IsZero() && !before.IsZero():
		out = append(out, chat.Cancel{Rule: casesRule, Key: key})
	}
	return s, out
}

func (s Case) fold(c chat.Community, e chat.Event) (Case, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Asked:
		if b.Command == inner {
			return s.ordered(c, e)
		}
		return s.asked(c, e, b)
	case chat.Due:
		return s.due(c, e)
	case chat.Found:
		return s, s.logged(c, e, b)
	case chat.Sent, chat.Failed:
		return s.arrived(c, e)
	}
	return s, nil
}

// ordered does what the other rules of this package ask for.
func (s Case) ordered(c chat.Community, e chat.Event) (Case, []chat.Effect) {
	verb, key, _ := orderFor(casesRule, e)
	if verb == "open" {
		return s.open(c, e, key, with[opening](e))
	}
	if s.Number == 0 {
		return s, nil
	}
	switch verb {
	case "join":
		return s.join(c, e, with[Report](e))
	case "frozen":
		s.Quote = with[frozen](e).Text
		return s.show(c, e.Now, true)
	case "heard":
		return s.hear(c, e, with[heard](e))
	case "unreached":
		return s, s.unreached(c, with[note](e).Token)
	case "without":
		return s.leaveOut(c, e, with[leftOut](e).Who)
	case "gone":
		s = s.lose(with[note](e).Token)
	}
	return s, nil
}

// lose notes that a line is no more.
func (s Case) lose(token string) Case {
	s.Reports = slices.Clone(s.Reports)
	for i := range s.Reports {
		if s.Reports[i].Token == token {
			s.Reports[i].Gone, s.Reports[i].Who = true, ""
		}
	}
	if s.Other == token {
		s.Other = ""
	}
	return s
}

// opening is what the desk opens a case with.
type opening struct {
	Number  int      `json:"number"`
	Reports []Report `json:"reports"`
}

// frozen is the words of the message that is reported.
type frozen struct {
	Text string `json:"text,omitempty"`
}

// heard is what somebody has written whom the case concerns.
type heard struct {
	Token string      `json:"token,omitempty"`
	Role  role        `json:"role,omitempty"`
	Text  string      `json:"text,omitempty"`
	Parts []chat.Part `json:"parts,omitempty"`
}

// open begins a case: the reporter is answered at once, the card comes when the evidence is there.
func (s Case) open(c chat.Community, e chat.Event, key string, o opening) (Case, []chat.Effect) {
	first := o.Reports[0]
	s = Case{
		Number: o.Number, Opened: e.Now, Since: e.Now, Step: Listening,
		About: first.About, Name: first.Name, Message: first.Message, Room: first.Room,
	}
	out := []chat.Effect{chat.Record{Log: caseTag(s.Number), Line: "case: opened"}}
	for _, r := range o.Reports {
		s = s.add(e.Now, r)
	}
	if _, inRoom, team := s.audience(c); inRoom || len(team) > 0 {
		for _, r := range o.Reports {
			out = append(out, s.acknowledge(c, "ack", r.Token)...)
		}
	}
	near := first.Message
	if near == "" {
		near = first.Near
	}
	if near != "" {
		out = append(out, order(evidenceRule, "expect", key, first.Message))
		return s, append(out, chat.Look{Rule: evidenceRule, Key: key, View: chat.Around, Arg: string(near), Limit: around})
	}
	s, shown := s.show(c, e.Now, true)
	return s, append(out, shown...)
}

// add takes a report in.
func (s Case) add(now time.Time, r Report) Case {
	s = s.keepOut(r.Left)
	if len(s.Reports) >= maxReports {
		s.Extra++
		return s
	}
	number := r.Number
	if mine, ok := s.by([]string{r.Who}); ok {
		number = mine.Number
	} else {
		for s.numberWord([]string{strconv.Itoa(number)}) > 0 { // two who would have the same number
			number++
		}
	}
	s.Reports = append(append([]Filed(nil), s.Reports...), Filed{
		At: now, Token: r.Token, Who: r.Who, Number: number, Words: r.Words, Quote: r.Quote, Parts: r.Parts,
		Pitch: r.Pitch, Right: r.Right, Judged: r.Judged,
	})
	return s
}

// acknowledge tells one reporter the number of the case and when a human answers.
func (s Case) acknowledge(c chat.Community, kind, token string) []chat.Effect {
	f, _ := s.byToken(token)
	by := s.Since
	if by.IsZero() {
		by = s.Opened
	}
	return []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, token), Letter{
		Kind: kind, Case: s.Number, Number: f.Number, By: by.Add(promise(c)), Left: s.keptNames(c),
	})}
}

// join takes in another report on the same message.
func (s Case) join(c chat.Community, e chat.Event, r Report) (Case, []chat.Effect) {
	kind, line := "joined", r.Token
	mine, again := s.by([]string{r.Who})
	again = again && !mine.Gone
	if again {
		kind, r.Token = "again", mine.Token // one line to each is enough
	}
	if s.About.IsZero() {
		s.About, s.Name = r.About, r.Name
	}
	s = s.add(e.Now, r)
	out := s.acknowledge(c, kind, r.Token)
	if _, in := s.byToken(r.Token); !in {
		out = []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, line), Letter{Kind: "crowd", Case: s.Number})}
	}
	if again && r.Hide {
		out = append(out, order(partiesRule, "hide", partyKey(c.ID, mine.Token), nil))
	}
	if _, in := s.byToken(line); !in {
		out = append(out, order(partiesRule, "forget", partyKey(c.ID, line), nil))
	}
	s, shown := s.show(c, e.Now, true)
	return s, append(out, shown...)
}

// hear brings what somebody has written to the moderators.
func (s Case) hear(c chat.Community, e chat.Event, h heard) (Case, []chat.Effect) {
	from, letter := string(reported), Letter{Kind: "passed", Case: s.Number}
	if h.Role == reporter {
		f, ok := s.byToken(h.Token)
		if !ok {
			return s, nil
		}
		from = strconv.Itoa(f.Number)
		if h.Text == "" && len(h.Parts) == 0 {
			return s, []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, h.Token), Letter{Kind: "status", Case: s.Number, Step: s.Step})}
		}
	}
	if s.Step == Closed && (h.Role == reported || s.Outcome != needMore) {
		letter.Kind = "closed"
		return s, []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, h.Token), letter)}
	}
	out := []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, h.Token), letter)}
	reopened := s.Step == Closed
	if reopened {
		var more []chat.Effect
		s, more = s.reopen(c)
		out = append(out, more...)
	}
	s = s.noted(Said{At: e.Now, From: from, Text: h.Text, Parts: h.Parts})
	changed := reopened
	if h.Role == reporter && s.Since.IsZero() {
		s.Since, s.Reminded, changed = e.Now, 0, true
	}
	s, shown := s.show(c, e.Now, changed)
	out = append(out, shown...)
	return s, append(out, s.announce(c, func(v rule.Voice) chat.Text {
		text := v.Say("case.heard", "case", s.Number, "from", s.from(v, from), "text", chat.Styled(chat.Quote, clip(h.Text, 1500), ""))
		if len(h.Parts) > 0 {
			text = lines(text, v.Say("card.files", "n", len(h.Parts)))
		}
		return text
	}, s.heardChoices)...)
}

func (s Case) heardChoices(v rule.Voice) []chat.Choice {
	return []chat.Choice{{Label: v.Say("case.choice.file").Plain, Ask: "case " + strconv.Itoa(s.Number) + " evidence"}}
}

func none(rule.Voice) []chat.Choice { return nil }

// unreached tells moderators that somebody cannot be written to now.
func (s Case) unreached(c chat.Community, token string) []chat.Effect {
	if s.Step == Closed {
		return nil
	}
	from := string(reported)
	if f, ok := s.byToken(token); ok {
		from = strconv.Itoa(f.Number)
	}
	return s.announce(c, func(v rule.Voice) chat.Text {
		return v.Say("case.unreached", "case", s.Number, "from", s.from(v, from))
	}, none)
}

// leaveOut keeps more people out of the case.
func (s Case) leaveOut(c chat.Community, e chat.Event, who []chat.Identity) (Case, []chat.Effect) {
	s = s.keepOut(who)
	return s.show(c, e.Now, true)
}

// keepOut notes people who shall not see the case.
func (s Case) keepOut(who []chat.Identity) Case {
	for _, id := range who {
		if len(s.Left) < 5*maxLeft && !slices.Contains(s.Left, id) {
			s.Left = append(append([]chat.Identity(nil), s.Left...), id)
		}
	}
	return s
}
