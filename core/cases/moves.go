package cases

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maxRecord is the most characters of the line that documents a decision.
const maxRecord = 300

// asked does what somebody has asked of the case: a moderator what moderators do, a reporter what they have to say.
func (s Case) asked(c chat.Community, e chat.Event, asked chat.Asked) (Case, []chat.Effect) {
	n, skip := addressed(c, e, asked)
	mine, isReporter := s.by(pseudonyms(c, e.By.Identity))
	if !s.isFor(c, e) && !isReporter {
		return s, Case{}.refuse(c, e, asked, n) // for everybody else it is as if there were none
	}
	out := s.vanish(c, e, asked)
	if asked.Chosen && e.ReplyTo != nil && e.ReplyTo.Community != c.ID {
		return s, append(out, s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.elsewhere", "community", c.Name) }))
	}
	words := asked.Args[min(skip, len(asked.Args)):]
	verb := strings.ToLower(firstOf(words))
	if s.isFor(c, e) && e.Chat.Platform != chat.Local {
		if next, more, ok := s.move(c, e, verb, behind(asked.Text, skip+1)); ok {
			return next, append(out, more...)
		}
	}
	if isReporter {
		text := clip(behind(asked.Text, skip).Plain, maxWords)
		s, more := s.hear(c, e, heard{Token: mine.Token, Role: reporter, Text: text})
		return s, append(out, more...)
	}
	return s, append(out, s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.verbs", "case", n) }))
}

// refuse answers for a case that is not there.
func (s Case) refuse(c chat.Community, e chat.Event, asked chat.Asked, n int) []chat.Effect {
	return append(s.vanish(c, e, asked), s.answer(c, e, func(v rule.Voice) chat.Text {
		if n == 0 {
			return v.Say("case.number")
		}
		return v.Say("case.unknown", "case", n)
	}))
}

// vanish takes the command out of a room where others would read of the case.
func (s Case) vanish(c chat.Community, e chat.Event, asked chat.Asked) []chat.Effect {
	if e.Private || asked.Chosen || e.Chat.Platform == chat.Local || s.isOpenly(c, e) {
		return nil
	}
	return []chat.Effect{chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{asked.Ref}}}}
}

// isOpenly tells whether something can be said of the case where the event is: in the moderators' room, if the case is
// for it.
func (s Case) isOpenly(c chat.Community, e chat.Event) bool {
	room, inRoom, _ := s.audience(c)
	return inRoom && e.Room == room.ID && !e.Private
}

// answer tells the asker something about the case, where nobody reads it for whom it is not.
func (s Case) answer(c chat.Community, e chat.Event, write func(rule.Voice) chat.Text, choices ...chat.Choice) chat.Effect {
	if e.Private || e.Chat.Platform == chat.Local || s.isOpenly(c, e) {
		return rule.Reply(e, write(rule.Speak(c, e)), choices...)
	}
	voice := rule.Aloud(c, e.Chat.Platform)
	if card, ok := c.Members.ByID(e.Member); ok {
		voice = rule.To(c, card, e.Chat.Platform)
	}
	return chat.Whisper{To: chat.Chat(e.By.Identity), Who: e.By.Identity, Text: write(voice), Secret: true, Choices: choices}
}

// move does what a moderator asks; ok is false if the word means nothing.
func (s Case) move(c chat.Community, e chat.Event, verb string, rest chat.Text) (_ Case, out []chat.Effect, ok bool) {
	switch verb {
	case "":
		return s, []chat.Effect{s.answer(c, e, func(v rule.Voice) chat.Text { return s.card(c, v, e.Now) }, s.choices(rule.Speak(c, e), e.Now, c)...)}, true
	case "who":
		s, out = s.askWho(c, e, rest)
		return s, out, true
	case "evidence":
		return s, s.evidence(c, e), true
	case "log":
		return s, []chat.Effect{chat.Look{Rule: casesRule, Key: caseKey(c.ID, s.Number), View: chat.Logged, Arg: caseTag(s.Number), Limit: 30}}, true
	case "claim", "take", "release", "clarify", "decide", "close", "answer", "hear", "export", "reopen":
	default:
		return s, nil, false
	}
	if key, pairs := s.barred(c, e, verb); key != "" {
		return s, []chat.Effect{s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say(key, pairs...) })}, true
	}
	if verb == "release" {
		s.Holder, s.Held = chat.Identity{}, time.Time{}
		s, out = s.stepped(c, e, "released")
		return s, out, true
	}
	taken := s.Holder
	s.Holder, s.Held = e.By.Identity, e.Now.Add(claimLife) // whoever does something has it
	if verb == "claim" || verb == "take" {
		s, out = s.stepped(c, e, "claimed")
		return s, out, true
	}
	next, out, problem := s.work(c, e, verb, rest)
	if problem != nil {
		s.Holder = taken
		return s, []chat.Effect{s.answer(c, e, problem)}, true
	}
	return next, out, true
}

// barred tells why a moderator cannot do something with the case now; empty = they can.
func (s Case) barred(c chat.Community, e chat.Event, verb string) (key string, pairs []any) {
	holder, held := s.holder(c, e.Now)
	switch {
	case s.Step == Closed && verb != "reopen":
		return "case.closed", []any{"case", s.Number}
	case s.Step != Closed && verb == "reopen":
		return "case.open", []any{"case", s.Number}
	case held && holder.ID != e.Member:
		return "case.held", []any{"case", s.Number, "name", holder.Name, "until", s.Held}
	case !held && verb == "release":
		return "case.free", []any{"case", s.Number}
	}
	return "", nil
}

// work does what only whoever holds the case can; problem says why it cannot be done.
func (s Case) work(c chat.Community, e chat.Event, verb string, rest chat.Text) (_ Case, out []chat.Effect, problem func(rule.Voice) chat.Text) {
	refuse := func(key string) func(rule.Voice) chat.Text {
		return func(v rule.Voice) chat.Text { return v.Say(key, "case", s.Number) }
	}
	switch verb {
	case "clarify":
		s.Step, s.Outcome = Clarifying, ""
		s, out = s.stepped(c, e, "clarifying")
	case "decide":
		return s.decide(c, e, rest)
	case "close":
		return s.close(c, e, rest)
	case "answer":
		return s.reply(c, e, rest)
	case "hear":
		return s.askOther(c, e, rest)
	case "export":
		return s.export(c, e, rest)
	case "reopen":
		if e.Now.Sub(s.Closed) >= retention(c) {
			return s, nil, refuse("case.closed")
		}
		s, out = s.reopen(c)
		var stepped []chat.Effect
		s, stepped = s.stepped(c, e, "reopened")
		out = append(out, stepped...)
	}
	return s, out, nil
}

// stepped writes into the case's own log what was done, and shows the card anew.
func (s Case) stepped(c chat.Community, e chat.Event, did string) (Case, []chat.Effect) {
	out := []chat.Effect{s.log(e, did)}
	s, shown := s.show(c, e.Now, true)
	return s, append(out, shown...)
}

// log is a line of the case's own log, which is for nobody who is kept out of it, and never tells of a reporter.
func (s Case) log(e chat.Event, did string) chat.Effect {
	return chat.Record{Log: caseTag(s.Number), By: e.Member, Line: string(e.By.Identity.Platform) + " case: " + did}
}

// decide opens the decision, or notes it.
func (s Case) decide(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect, func(rule.Voice) chat.Text) {
	word := Outcome(strings.ToLower(firstOf(strings.Fields(rest.Plain))))
	var out []chat.Effect
	switch word {
	case "":
		s.Step, s.Outcome = Deciding, ""
		s, out = s.stepped(c, e, "deciding")
		return s, out, nil
	case acted, unbroken, needMore:
	default:
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.outcomes", "case", s.Number) }
	}
	s.Step, s.Outcome = Documenting, word
	inTime := s.inTime(c, e.Now)
	s.Since, s.Reminded = time.Time{}, 0
	s, out = s.stepped(c, e, "decided "+string(word))
	return s, append(out, inTime...), nil
}

// close ends the case: it takes a decision and the line that documents it. The reporters learn the outcome.
func (s Case) close(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect, func(rule.Voice) chat.Text) {
	record := clip(strings.Join(strings.Fields(rest.Plain), " "), maxRecord)
	switch {
	case s.Step != Documenting:
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.undecided", "case", s.Number) }
	case record == "":
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.norecord", "case", s.Number) }
	}
	s.Step, s.Record, s.Closed = Closed, record, e.Now
	s.Holder, s.Held, s.Since = chat.Identity{}, time.Time{}, time.Time{}
	end := ending{Erase: e.Now.Add(retention(c)), Case: s.Number, Outcome: s.Outcome}
	out := append(s.toLines(c, "end", end), order(evidenceRule, "end", caseKey(c.ID, s.Number), end))
	if !s.isConflict(c) {
		out = append(out, chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " case: " + strconv.Itoa(s.Number) + " closed, " + string(s.Outcome)})
	}
	s, more := s.stepped(c, e, "closed, "+string(s.Outcome))
	return s, append(out, more...), nil
}

// toLines gives an order to the lines to all whom the case concerns: of a reporter with several, to the last.
func (s Case) toLines(c chat.Community, verb string, with any) []chat.Effect {
	var out []chat.Effect
	for _, f := range s.tokens() {
		out = append(out, order(partiesRule, verb, partyKey(c.ID, f.Token), with))
	}
	if s.Other != "" {
		out = append(out, order(partiesRule, verb, partyKey(c.ID, s.Other), with))
	}
	return out
}

// reopen makes a closed case one that is being clarified.
func (s Case) reopen(c chat.Community) (Case, []chat.Effect) {
	s.Step, s.Outcome, s.Record, s.Closed = Clarifying, "", "", time.Time{}
	return s, append(s.toLines(c, "reopen", nil), order(evidenceRule, "reopen", caseKey(c.ID, s.Number), nil))
}

// reply writes to the reporters, or to the one whose number comes first.
func (s Case) reply(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect, func(rule.Voice) chat.Text) {
	only := s.numberWord(strings.Fields(rest.Plain))
	if only > 0 {
		rest = behind(rest, 1)
	}
	text := clip(rest.Plain, maxWords)
	sent := s.tell(c, Letter{Kind: "answer", Text: text}, only)
	switch {
	case text == "":
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.notext", "case", s.Number) }
	case len(sent) == 0:
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.noreporter", "case", s.Number) }
	}
	if s.Step == Listening {
		s.Step = Clarifying
	}
	sent = append(sent, s.inTime(c, e.Now)...)
	s.Since, s.Reminded = time.Time{}, 0
	s = s.noted(Said{At: e.Now, From: "team", Text: text})
	s, out := s.stepped(c, e, "answered a reporter")
	return s, append(append(sent, out...), s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.sent") })), nil
}

// askOther writes to the one who is reported.
func (s Case) askOther(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect, func(rule.Voice) chat.Text) {
	text := clip(rest.Plain, maxWords)
	if text == "" {
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.notext", "case", s.Number) }
	}
	s, out, ok := s.meetOther(c, e)
	if !ok {
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.noother", "case", s.Number) }
	}
	if s.Step == Listening {
		s.Step = Clarifying
	}
	out = append(out, order(partiesRule, "tell", partyKey(c.ID, s.Other), Letter{Kind: "hear", Case: s.Number, Text: text}))
	s = s.noted(Said{At: e.Now, From: "team", Text: text})
	s, more := s.stepped(c, e, "asked the one who is reported")
	return s, append(append(out, more...), s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.sentother") })), nil
}

// meetOther makes the line to the one who is reported, if there is none yet.
func (s Case) meetOther(c chat.Community, e chat.Event) (Case, []chat.Effect, bool) {
	if _, ok := c.Members.Of(s.About); !ok {
		return s, nil, false
	}
	if s.Other != "" {
		return s, nil, true
	}
	s.Other = rule.Code(e.Seed)
	return s, []chat.Effect{order(partiesRule, "meet", partyKey(c.ID, s.Other), Party{Role: reported, Who: s.About, Case: s.Number})}, true
}

// askWho tells a moderator who the reporters are, as far as they let; that it was asked is noted.
func (s Case) askWho(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect) {
	const most = 20
	only := s.numberWord(strings.Fields(rest.Plain))
	out := []chat.Effect{s.log(e, "asked who has reported")}
	for i, f := range s.tokens() {
		if i < most && (only == 0 || only == f.Number) {
			out = append(out, order(partiesRule, "who", partyKey(c.ID, f.Token), question{Case: s.Number, Number: f.Number, Asker: e.Member}))
		}
	}
	switch {
	case len(out) == 1:
		out = append(out, s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.noreporter", "case", s.Number) }))
	case !e.Private:
		out = append(out, s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.who.sent") }))
	}
	return s, out
}

// logged shows the case's own log to whoever has asked for it.
func (s Case) logged(c chat.Community, e chat.Event, found chat.Found) []chat.Effect {
	if !s.isFor(c, e) {
		return nil
	}
	return []chat.Effect{s.answer(c, e, func(v rule.Voice) chat.Text {
		out := []chat.Text{v.Say("case.log", "case", s.Number)}
		for _, l := range found.Lines {
			var name any = v.Say("case.house")
			if card, ok := c.Members.ByID(l.By); ok {
				name = card.Name
			}
			out = append(out, v.Say("case.logline", "when", l.At, "name", name, "line", l.Text))
		}
		return lines(out...)
	})}
}

// behind returns a text without its first words.
func behind(t chat.Text, words int) chat.Text {
	t = t.Trim()
	for range words {
		first := firstOf(strings.Fields(t.Plain))
		t = t.Slice(chat.Units(first), t.Len()).Trim()
	}
	return t
}
