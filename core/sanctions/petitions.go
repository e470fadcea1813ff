package sanctions

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Petition is the state of one conversation on the web: when its last words were passed on, and whose appeal it says it is.
type Petition struct {
	At  time.Time `json:"at,omitzero"`
	Who string    `json:"who,omitempty"`
	// Answered: a moderator has written back, so it is his turn.
	Answered bool `json:"answered,omitempty"`
}

const (
	petitionTitle = "petitions"
	// petitionAgain is how long a conversation waits for an answer before it may write again, petitionKept how long it is
	// known.
	petitionAgain = 24 * time.Hour
	petitionKept  = 30 * 24 * time.Hour
	maxPetitioner = 60 // characters of the name that somebody says he has
)

// NewPetitions returns the rule for those who are in none of the chats any more and appeal on the web. Nobody can tell who
// they are, so nothing is decided by it: their words go to the moderators, and the answer back to them.
func NewPetitions() rule.Rule {
	return rule.Of[Petition]{
		Title: petitionTitle,
		Fold:  foldPetition,
		KeyOf: func(c chat.Community, e chat.Event) (string, bool) {
			switch b := e.Body.(type) {
			case chat.Asked:
				return petitionKey(e.Chat), b.Command == "appeal" && c.ID != "" && isStranger(e)
			case chat.Posted:
				to, ok := petitionOf(e)
				return petitionKey(to), ok
			case chat.Due:
				return b.Key, true
			}
			return "", false
		},
	}
}

// isStranger tells whether somebody writes on the web whom nobody knows.
func isStranger(e chat.Event) bool { return e.Private && e.Chat.Platform == chat.Web && e.Member == "" }

func petitionKey(in chat.Chat) string { return "petition " + in.String() }

// petitionOf returns the conversation that a moderator answers by replying to what was brought from it.
func petitionOf(e chat.Event) (to chat.Chat, ok bool) {
	if e.ReplyTo == nil || e.Level < chat.Moderator {
		return chat.Chat{}, false
	}
	where, ok := strings.CutPrefix(e.ReplyTo.Tag, "petition/")
	if !ok {
		return chat.Chat{}, false
	}
	to, err := chat.ParseChat(where)
	return to, err == nil && to.Platform == chat.Web
}

func foldPetition(c chat.Community, s Petition, e chat.Event) (Petition, []chat.Effect) {
	switch b := e.Body.(type) {
	case chat.Due:
		return Petition{}, nil
	case chat.Asked:
		return bring(c, s, e, b)
	case chat.Posted:
		to, _ := petitionOf(e)
		return answerPetition(c, s, e, to, b)
	}
	return s, nil
}

// bring passes an appeal on, "@ana~7 It was not me", or what he says to the moderators' answer.
func bring(c chat.Community, s Petition, e chat.Event, asked chat.Asked) (Petition, []chat.Effect) {
	voice := rule.Aloud(c, e.Chat.Platform)
	out := []chat.Effect{chat.Drop{}}
	text := asked.Text.Trim().Plain
	name, words, _ := strings.Cut(text, " ")
	if s.Answered {
		name, words = s.Who, text
	}
	switch {
	case strings.TrimSpace(words) == "":
		return s, append(out, rule.Reply(e, voice.Say("petition.how", "most", maxAppeal)))
	case len([]rune(text)) > maxAppeal:
		return s, append(out, rule.Reply(e, voice.Say("appeal.long", "n", len([]rune(text)), "most", maxAppeal)))
	case !s.Answered && e.Now.Sub(s.At) < petitionAgain:
		return s, append(out, rule.Reply(e, voice.Say("petition.again", "end", s.At.Add(petitionAgain))))
	}
	s = Petition{At: e.Now, Who: clipped(chat.OneLine(name), maxPetitioner)}
	out = append(out, chat.Wake{Rule: petitionTitle, Key: petitionKey(e.Chat), At: e.Now.Add(petitionKept)})
	out = append(out, rule.Reply(e, voice.Say("petition.done")))
	return s, append(out, petitionCard(c, s, e, strings.TrimSpace(words))...)
}

// petitionCard shows the moderators what somebody on the web has written.
func petitionCard(c chat.Community, s Petition, e chat.Event, text string) []chat.Effect {
	return rule.ToModerators(c, "petition/"+e.Chat.String(), func(v rule.Voice) chat.Text {
		return v.Say("petition.card", "who", s.Who, "text", text)
	}, meant(c, s.Who))
}

// meant are the members of the team whom the name means: they do not judge their own case.
func meant(c chat.Community, name string) []chat.MemberID {
	var out []chat.MemberID
	for _, card := range c.Members.Named(name) {
		if card.Level >= chat.Moderator {
			out = append(out, card.ID)
		}
	}
	return out
}

// answerPetition brings a moderator's words back.
func answerPetition(c chat.Community, s Petition, e chat.Event, to chat.Chat, p chat.Posted) (Petition, []chat.Effect) {
	text := p.Text.Trim().Plain
	if s.Who == "" || text == "" {
		return s, []chat.Effect{chat.Send{To: e.Chat, Text: rule.Speak(c, e).Say("card.old")}}
	}
	s.Answered = true
	return s, []chat.Effect{
		chat.Send{
			To:   to,
			Text: rule.Aloud(c, to.Platform).Say("petition.answer", "community", c.Name, "text", clipped(text, maxAppeal)),
		},
		chat.Send{To: e.Chat, Text: rule.Speak(c, e).Say("petition.sent")},
		audit(e, "", 0, "petition", "is answered on the web", "", ""),
	}
}
