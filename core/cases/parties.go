package cases

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// role says what somebody is in a case.
type role string

const (
	reporter role = "reporter"
	reported role = "reported"
)

// Party is somebody whom a case concerns, and what is said to them. It is the only place that knows who a reporter is.
type Party struct {
	Role role `json:"role,omitempty"`
	Case int  `json:"case,omitempty"`
	// Who is the account, Chat the conversation if it was one: the only way to somebody who is no member.
	Who  chat.Identity `json:"who,omitzero"`
	Chat chat.Chat     `json:"chat,omitzero"`
	// Anonymous: moderators are not told who it is. Shown: they have been, before that.
	Anonymous bool `json:"anonymous,omitempty"`
	Shown     bool `json:"shown,omitempty"`
	// Flying is what is on its way, in order; Unsaid what could not be said yet.
	Flying []Letter `json:"flying,omitempty"`
	Unsaid []Letter `json:"unsaid,omitempty"`
	// Erase is when this is forgotten; Last that it is as soon as the last word is said.
	Erase time.Time `json:"erase,omitzero"`
	Last  bool      `json:"last,omitempty"`
}

// maxLetters bounds what is kept for somebody who cannot be reached.
const maxLetters = 30

// NewParties returns the rule that speaks with reporters and with those who are reported.
func NewParties() rule.Rule {
	return rule.Of[Party]{Title: partiesRule, KeyOf: partyKeyOf, Fold: foldParty, Secret: true}
}

func partyKeyOf(c chat.Community, e chat.Event) (string, bool) {
	if _, key, ok := orderFor(partiesRule, e); ok {
		return key, true
	}
	tag := e.Tag
	switch b := e.Body.(type) {
	case chat.Due:
		return b.Key, true
	case chat.Posted:
		if !e.Private || e.ReplyTo == nil {
			return "", false
		}
		tag = e.ReplyTo.Tag
	case chat.Sent:
	case chat.Failed:
		if token, ok := strings.CutPrefix(tag, "report/"); ok { // the command could not be taken out of the room
			return partyKey(c.ID, token), token != "draft"
		}
	default:
		return "", false
	}
	token, ok := strings.CutPrefix(tag, "party/")
	return partyKey(c.ID, token), ok
}

func foldParty(c chat.Community, s Party, e chat.Event) (Party, []chat.Effect) {
	key, _ := partyKeyOf(c, e)
	token := key[strings.LastIndex(key, "/")+1:]
	switch b := e.Body.(type) {
	case chat.Asked:
		return s.ordered(c, e, token)
	case chat.Posted:
		return s.answered(c, e, token, b)
	case chat.Sent:
		return s.said(c, token)
	case chat.Failed:
		if strings.HasPrefix(e.Tag, "report/") {
			if s.Who.IsZero() {
				return s, nil
			}
			return s.say(c, token, Letter{Kind: "undeleted"})
		}
		return s.failed(c, token)
	case chat.Due:
		if !s.Erase.IsZero() && !e.Now.Before(s.Erase) {
			return s.erase(c, token)
		}
	}
	return s, nil
}

func (s Party) ordered(c chat.Community, e chat.Event, token string) (Party, []chat.Effect) {
	verb, key, _ := orderFor(partiesRule, e)
	if verb == "meet" {
		return with[Party](e), nil
	}
	if s.Who.IsZero() { // it is forgotten
		if verb == "tell" {
			if letter := with[Letter](e); letter.Case > 0 {
				return Party{}, []chat.Effect{order(casesRule, "unreached", caseKey(c.ID, letter.Case), note{Token: token})}
			}
		}
		return Party{}, nil
	}
	switch verb {
	case "tell":
		letter := with[Letter](e)
		if letter.Case > 0 {
			s.Case = letter.Case
		}
		return s.say(c, token, letter)
	case "deliver":
		waiting := s.Unsaid
		s.Unsaid = nil
		var out []chat.Effect
		for _, letter := range waiting {
			letter.Tried = 0
			var more []chat.Effect
			s, more = s.say(c, token, letter)
			out = append(out, more...)
		}
		return s, out
	case "answer":
		return s.pass(c, token, with[heard](e))
	case "hide":
		return s.hide(c, token)
	case "without":
		if s.Role != reporter {
			return s, nil
		}
		left := with[[]chat.Identity](e)
		s, out := s.say(c, token, Letter{Kind: "left", Text: namesOf(c, left)})
		if s.Case == 0 {
			return s, append(out, order(deskRule, "without", string(c.ID), leftOut{Token: token, Who: left}))
		}
		return s, append(out, order(casesRule, "without", caseKey(c.ID, s.Case), leftOut{Token: token, Who: left}))
	case "who":
		return s.show(c, with[question](e))
	case "end":
		return s.end(c, token, with[ending](e))
	case "reopen":
		s.Erase, s.Last = time.Time{}, false
		return s, []chat.Effect{chat.Cancel{Rule: partiesRule, Key: key}}
	case "forget":
		s, out := s.erase(c, token)
		return s, out
	}
	return s, nil
}

// leftOut names people who shall not see a case.
type leftOut struct {
	Token string          `json:"token"`
	Who   []chat.Identity `json:"who"`
}

// ending says how a case has ended, and when all that it holds is erased.
type ending struct {
	Erase   time.Time `json:"erase"`
	Case    int       `json:"case,omitempty"`
	Outcome Outcome   `json:"outcome,omitempty"`
}

// end tells a reporter the outcome and sets when this is forgotten: of an anonymous one as soon as it is told.
func (s Party) end(c chat.Community, token string, how ending) (Party, []chat.Effect) {
	s.Erase = how.Erase
	out := []chat.Effect{chat.Wake{Rule: partiesRule, Key: partyKey(c.ID, token), At: how.Erase}}
	if s.Role != reporter {
		return s, out
	}
	if how.Outcome != needMore {
		s.Last = s.Anonymous
		out = append(out, order(reportsRule, "judged", personKey(c, s.Who, s.Chat), note{Right: how.Outcome == acted}))
	}
	s, told := s.say(c, token, Letter{Kind: string(how.Outcome), Case: how.Case})
	return s, append(out, told...)
}

// hide keeps from moderators who the reporter is, from now on.
func (s Party) hide(c chat.Community, token string) (Party, []chat.Effect) {
	if s.Role != reporter {
		return s, nil
	}
	s.Anonymous = true
	if s.Shown {
		return s.say(c, token, Letter{Kind: "shown"})
	}
	return s.say(c, token, Letter{Kind: "hidden"})
}

// isIt tells whether an event is by this person.
func (s Party) isIt(c chat.Community, e chat.Event) bool {
	if s.Who == e.By.Identity && !s.Who.IsZero() {
		return true
	}
	card, ok := c.Members.Of(s.Who)
	return ok && e.Member != "" && card.ID == e.Member
}

// answered passes on what somebody writes in answer to what the house has said on this line.
func (s Party) answered(c chat.Community, e chat.Event, token string, p chat.Posted) (Party, []chat.Effect) {
	if p.Text.IsEmpty() && len(p.Parts) == 0 {
		return s, nil
	}
	if !s.isIt(c, e) {
		return s, []chat.Effect{rule.Reply(e, rule.Speak(c, e).Say("report.over")), chat.Drop{}}
	}
	s, out := s.pass(c, token, heard{Text: clip(p.Text.Plain, maxWords), Parts: evidenceParts(p.Parts)})
	return s, append(out, chat.Drop{})
}

// pass brings what somebody says to the case, or to the desk while it is none yet.
func (s Party) pass(c chat.Community, token string, h heard) (Party, []chat.Effect) {
	h.Token, h.Role = token, s.Role
	if s.Case == 0 {
		return s.say(c, token, Letter{Kind: "uncased"})
	}
	return s, []chat.Effect{order(casesRule, "heard", caseKey(c.ID, s.Case), h)}
}

// question is a moderator's, who the reporter is.
type question struct {
	Case   int           `json:"case"`
	Number int           `json:"number"`
	Asker  chat.MemberID `json:"asker"`
}

// show tells one moderator who the reporter is, unless they want to stay anonymous.
func (s Party) show(c chat.Community, q question) (Party, []chat.Effect) {
	asker, ok := c.Members.ByID(q.Asker)
	if !ok {
		return s, nil
	}
	card, known := c.Members.Of(s.Who)
	hidden := s.Anonymous || !known
	s.Shown = s.Shown || !hidden
	return s, rule.Secretly(c, asker, "", func(v rule.Voice) chat.Text {
		switch {
		case s.Anonymous:
			return v.Say("case.who.hidden", "case", q.Case, "number", q.Number)
		case !known:
			return v.Say("case.who.stranger", "case", q.Case, "number", q.Number)
		}
		return v.Say("case.who", "case", q.Case, "number", q.Number, "name", card.Name, "handle", card.Handle)
	})
}

// erase forgets who this is.
func (s Party) erase(c chat.Community, token string) (Party, []chat.Effect) {
	out := []chat.Effect{
		order(reportsRule, "dropped", personKey(c, s.Who, s.Chat), note{Token: token}),
		chat.Cancel{Rule: partiesRule, Key: partyKey(c.ID, token)},
	}
	if s.Case > 0 {
		out = append(out, order(casesRule, "gone", caseKey(c.ID, s.Case), note{Token: token}))
	}
	return Party{}, out
}

// doors are the ways to somebody in private, the best one first.
func doors(card chat.Card) []chat.Identity {
	best, ok := rule.Door(card)
	if !ok {
		return nil
	}
	out := []chat.Identity{best}
	for _, list := range [][]chat.Identity{card.Reach, card.Identities} {
		for _, i := range list {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}
