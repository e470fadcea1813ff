package cases

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	around  = 10   // messages on each side of the one that is reported
	maxLine = 1000 // characters that are shown of each
)

// Evidence is what was said around a message when it was reported, on all platforms, as the house has it.
type Evidence struct {
	At time.Time `json:"at,omitzero"`
	// Message is the one that is reported.
	Message chat.MessageID `json:"message,omitempty"`
	Lines   []chat.Line    `json:"lines,omitempty"`
	Erase   time.Time      `json:"erase,omitzero"`
}

// NewEvidence returns the rule that keeps the evidence of a case.
func NewEvidence() rule.Rule {
	return rule.Of[Evidence]{
		Title: evidenceRule,
		KeyOf: func(_ chat.Community, e chat.Event) (string, bool) {
			if _, key, ok := orderFor(evidenceRule, e); ok {
				return key, true
			}
			switch b := e.Body.(type) {
			case chat.Found:
				return b.Key, true
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
		Fold:   foldEvidence,
		Secret: true,
	}
}

func foldEvidence(c chat.Community, s Evidence, e chat.Event) (Evidence, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Found:
		return s.freeze(e, b)
	case chat.Due:
		if !s.Erase.IsZero() && !e.Now.Before(s.Erase) {
			return Evidence{}, nil
		}
	case chat.Asked:
		verb, key, _ := orderFor(evidenceRule, e)
		switch verb {
		case "expect":
			s.Message = with[chat.MessageID](e)
		case "end":
			s.Erase = with[ending](e).Erase
			return s, []chat.Effect{chat.Wake{Rule: evidenceRule, Key: key, At: s.Erase}}
		case "reopen":
			s.Erase = time.Time{}
			return s, []chat.Effect{chat.Cancel{Rule: evidenceRule, Key: key}}
		case "show":
			return s, []chat.Effect{s.show(c, with[showing](e))}
		case "export":
			x := with[exporting](e)
			voice := rule.Aloud(c, "")
			return s, []chat.Effect{order(partiesRule, "tell", partyKey(c.ID, x.Token), Letter{Kind: "export", Case: x.Case, Text: s.text(voice).Plain})}
		}
	}
	return s, nil
}

// freeze keeps what was found. What somebody typed to the house is left out: it may be the very report.
func (s Evidence) freeze(e chat.Event, found chat.Found) (Evidence, []chat.Effect) {
	s.At = e.Now
	quote := ""
	for _, l := range found.Lines {
		if l.Text == "" || isCommand(l.Text) {
			continue
		}
		if l.Message == s.Message {
			quote = l.Text
		}
		l.Refs = nil // they are not shown, and name the chats
		s.Lines = append(s.Lines, l)
	}
	return s, []chat.Effect{order(casesRule, "frozen", found.Key, frozen{Text: quote})}
}

// isCommand tells whether a text was said to the house and not to the room.
func isCommand(text string) bool {
	t := chat.Plain(text)
	return chat.LooksLikeCommand(t.Trim()) || looksLikeReport(t)
}

// showing says to whom the evidence is shown: to Who, in the chat To if that is set, else wherever they read alone.
type showing struct {
	To  chat.Chat     `json:"to,omitzero"`
	Who chat.Identity `json:"who,omitzero"` // zero in a room
}

// exporting says to which party of a case it is given.
type exporting struct {
	Case  int    `json:"case"`
	Token string `json:"token"`
}

func (s Evidence) show(c chat.Community, x showing) chat.Effect {
	switch {
	case x.Who.IsZero():
		return chat.Send{To: x.To, Text: s.text(rule.Aloud(c, x.To.Platform))}
	case x.To.IsZero():
		return chat.Whisper{To: chat.Chat(x.Who), Who: x.Who, Text: s.text(voiceOf(c, x.Who)), Secret: true}
	}
	return chat.Send{To: x.To, Text: s.text(voiceOf(c, x.Who))}
}

// text writes the evidence down.
func (s Evidence) text(v rule.Voice) chat.Text {
	if len(s.Lines) == 0 {
		return v.Say("evidence.none")
	}
	out := []chat.Text{v.Say("evidence", "when", s.At)}
	for _, l := range s.Lines {
		words := strings.Join(strings.Fields(clip(l.Text, maxLine)), " ") // one line each: nobody writes another's
		out = append(out, v.Say("evidence.line", "when", l.At, "name", l.Name, "text", words))
	}
	return lines(out...)
}

// evidence shows a moderator all that there is: what was reported and written, the files, and what was said in the room.
func (s Case) evidence(c chat.Community, e chat.Event) []chat.Effect {
	var x showing
	openly := e.Private || s.isOpenly(c, e)
	if openly {
		x.To = e.Chat
	}
	if e.Private || !openly {
		x.Who = e.By.Identity
	}
	out := []chat.Effect{s.log(e, "looked at the evidence"), s.answer(c, e, func(v rule.Voice) chat.Text { return s.file(c, v) })}
	if parts := s.parts(); len(parts) > 0 && openly {
		out = append(out, chat.Send{To: e.Chat, Text: rule.Speak(c, e).Say("evidence.files", "case", s.Number), Parts: parts})
	} else if len(parts) > 0 {
		out = append(out, s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("evidence.ask", "case", s.Number) }))
	}
	return append(out, order(evidenceRule, "show", caseKey(c.ID, s.Number), x))
}

// export gives what was said in the room to one of the parties, at a moderator's hand. What reporters wrote to us is in it
// for nobody.
func (s Case) export(c chat.Community, e chat.Event, rest chat.Text) (Case, []chat.Effect, func(rule.Voice) chat.Text) {
	words := strings.Fields(strings.ToLower(rest.Plain))
	give := func(token string) chat.Effect {
		return order(evidenceRule, "export", caseKey(c.ID, s.Number), exporting{Case: s.Number, Token: token})
	}
	var out []chat.Effect
	switch firstOf(words) {
	case "reporter":
		only := s.numberWord(words[1:])
		for _, f := range s.tokens() {
			if only == 0 || f.Number == only {
				out = append(out, give(f.Token))
			}
		}
		if len(out) == 0 {
			return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.noreporter", "case", s.Number) }
		}
	case "reported":
		next, met, ok := s.meetOther(c, e)
		if !ok {
			return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.noother", "case", s.Number) }
		}
		s, out = next, append(met, give(next.Other))
	default:
		return s, nil, func(v rule.Voice) chat.Text { return v.Say("case.parties", "case", s.Number) }
	}
	s, stepped := s.stepped(c, e, "exported the evidence to the "+firstOf(words))
	return s, append(append(out, stepped...), s.answer(c, e, func(v rule.Voice) chat.Text { return v.Say("case.sent") })), nil
}
