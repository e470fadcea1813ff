package cases

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Letter is something that is said to a party; its words are made when it is said, in their language.
type Letter struct {
	Kind   string    `json:"kind"`
	Case   int       `json:"case,omitempty"`
	Number int       `json:"number,omitempty"` // what moderators call a reporter
	By     time.Time `json:"by,omitzero"`      // when a human answers
	Text   string    `json:"text,omitempty"`
	Left   string    `json:"left,omitempty"` // the names of those who do not see it
	Step   Step      `json:"step,omitempty"`
	// Tried is at how many of their accounts it was tried.
	Tried int `json:"tried,omitempty"`
}

// say speaks to the party: at the account where they are best reached, or in the conversation that they hold.
func (s Party) say(c chat.Community, token string, letter Letter) (Party, []chat.Effect) {
	card, member := c.Members.Of(s.Who)
	who, to := s.Who, s.Chat
	if member {
		all := doors(card)
		if letter.Tried >= len(all) {
			return s, nil
		}
		who, to = all[letter.Tried], chat.Chat(all[letter.Tried])
	}
	text, choices := letter.write(c, s, token, voiceOf(c, who))
	s.Flying = append(slices.Clone(s.Flying), letter)
	if !member && !to.IsZero() {
		return s, []chat.Effect{chat.Send{To: to, Text: text, Tag: partyTag(token), Choices: choices}}
	}
	out := []chat.Effect{chat.Whisper{To: chat.Chat(who), Who: who, Text: text, Secret: true, Tag: partyTag(token), Choices: choices}}
	if letter.Kind == "answer" || letter.Kind == "hear" {
		out = append(out, order(reportsRule, "asked", personKey(c, s.Who, s.Chat), note{Token: token}))
	}
	return s, out
}

// said notes that something has come through.
func (s Party) said(c chat.Community, token string) (Party, []chat.Effect) {
	if len(s.Flying) > 0 {
		s.Flying = slices.Clone(s.Flying[1:])
	}
	if s.Last && len(s.Flying) == 0 && len(s.Unsaid) == 0 {
		return s.erase(c, token)
	}
	return s, nil
}

// failed tries another of the person's accounts; if there is none it waits until they write to the house.
func (s Party) failed(c chat.Community, token string) (Party, []chat.Effect) {
	if len(s.Flying) == 0 {
		return s, nil
	}
	letter := s.Flying[0]
	s.Flying = slices.Clone(s.Flying[1:])
	letter.Tried++
	if card, ok := c.Members.Of(s.Who); ok && letter.Tried < len(doors(card)) {
		return s.say(c, token, letter)
	}
	s.Unsaid = append(slices.Clone(s.Unsaid), letter)
	s.Unsaid = s.Unsaid[max(0, len(s.Unsaid)-maxLetters):]
	out := []chat.Effect{order(reportsRule, "waiting", personKey(c, s.Who, s.Chat), note{Token: token})}
	if s.Case > 0 && (letter.Kind == "answer" || letter.Kind == "hear" || letter.Kind == "ack") {
		out = append(out, order(casesRule, "unreached", caseKey(c.ID, s.Case), note{Token: token}))
	}
	if s.Role == reporter {
		out = append(out, order(deskRule, "unheard", string(c.ID), nil))
	}
	return s, out
}

// write finds the words of a letter.
func (l Letter) write(c chat.Community, s Party, token string, v rule.Voice) (chat.Text, []chat.Choice) {
	switch l.Kind {
	case "ack":
		return l.promise(c, v, s, v.Say("report.ack", "case", l.Case, "by", l.By)), l.changes(c, v, s, token)
	case "joined":
		return l.promise(c, v, s, v.Say("report.joined", "case", l.Case, "by", l.By)), l.changes(c, v, s, token)
	case "noted":
		return l.promise(c, v, s, v.Say("report.noted")), l.changes(c, v, s, token)
	case "outside":
		if l.Text == "" {
			return v.Say("report.nobody", "case", l.Case), nil
		}
		return v.Say("report.outside", "case", l.Case, "outside", l.Text), nil
	case "hear":
		return v.Say("report.hear", "community", c.Name, "text", l.quoted()), nil
	}
	return l.sentence(v), nil
}

// promise adds to an acknowledgement what everybody should know who reports.
func (l Letter) promise(c chat.Community, v rule.Voice, s Party, ack chat.Text) chat.Text {
	out := []chat.Text{ack}
	if l.Left != "" {
		out = append(out, v.Say("report.kept", "names", l.Left))
	}
	switch _, member := c.Members.Of(s.Who); {
	case !member:
		out = append(out, v.Say("report.stranger", "number", l.Number))
	case s.Anonymous:
		out = append(out, v.Say("report.anonymous", "number", l.Number))
	default:
		out = append(out, v.Say("report.named"))
	}
	if l.Kind != "noted" {
		out = append(out, v.Say("report.add"))
	}
	return lines(out...)
}

// changes are what a reporter can still choose.
func (l Letter) changes(c chat.Community, v rule.Voice, s Party, token string) []chat.Choice {
	var out []chat.Choice
	if _, member := c.Members.Of(s.Who); member && !s.Anonymous {
		out = append(out, chat.Choice{Label: v.Say("report.choice.hide").Plain, Ask: "reporting hide " + token})
	}
	return append(out, chat.Choice{Label: v.Say("report.choice.without").Plain, Ask: "reporting leave " + token})
}

func (l Letter) quoted() chat.Text { return chat.Styled(chat.Quote, l.Text, "") }

// sentence are the letters of one sentence.
func (l Letter) sentence(v rule.Voice) chat.Text {
	switch l.Kind {
	case "again":
		return v.Say("report.again", "case", l.Case)
	case "taken":
		return v.Say("report.taken", "case", l.Case, "by", l.By)
	case "answer":
		return v.Say("report.answer", "case", l.Case, "text", l.quoted())
	case "passed":
		return v.Say("report.passed")
	case "late":
		return v.Say("report.late", "case", l.Case)
	case string(acted):
		return v.Say("report.acted", "case", l.Case)
	case string(unbroken):
		return v.Say("report.unbroken", "case", l.Case)
	case string(needMore):
		return v.Say("report.need", "case", l.Case)
	case "closed":
		return v.Say("report.closed", "case", l.Case)
	case "status":
		return v.Say("report.status", "case", l.Case, "step", stepName(v, l.Step))
	case "export":
		return v.Say("report.export", "case", l.Case, "text", chat.Plain(l.Text))
	case "hidden":
		return v.Say("report.hidden")
	case "shown":
		return v.Say("report.shown")
	case "left":
		return v.Say("report.left", "names", l.Text)
	case "undeleted":
		return v.Say("report.undeleted")
	case "crowd":
		return v.Say("report.crowd", "case", l.Case)
	case "crowded":
		return v.Say("report.crowded")
	case "expired":
		return v.Say("report.expired")
	}
	return v.Say("report.uncased")
}
