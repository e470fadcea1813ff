package cases

import (
	"slices"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// The limits of what one report can bring.
const (
	maxWords = 2000 // characters
	maxParts = 10
	maxLeft  = 20 // people to leave out
)

// Report is what somebody has reported, without who it was.
type Report struct {
	// Token names the line to the reporter; Who is a pseudonym of theirs, by which a second report is known to be theirs.
	Token string `json:"token"`
	Who   string `json:"who"`
	// Number is what moderators call them.
	Number int `json:"number"`
	// About is who is reported, if that is clear, and Name what they are called.
	About chat.Identity `json:"about,omitzero"`
	Name  string        `json:"name,omitempty"`
	// Message is the one reported; Near is one near which it happened, if none was named.
	Message chat.MessageID `json:"message,omitempty"`
	Near    chat.MessageID `json:"near,omitempty"`
	Room    chat.RoomID    `json:"room,omitempty"`
	Words   string         `json:"words,omitempty"`
	// Quote is what the reporter's messenger shows of a message that the house does not know.
	Quote string      `json:"quote,omitempty"`
	Parts []chat.Part `json:"parts,omitempty"`
	// Left are people who shall not see it.
	Left []chat.Identity `json:"left,omitempty"`
	// Pitch: somebody was written to in private with an advert.
	Pitch bool `json:"pitch,omitempty"`
	// Hide: the reporter wants to be anonymous. It is the line that keeps it; here it is for one that is there already.
	Hide bool `json:"hide,omitempty"`
	// Stranger: it came from outside the community.
	Stranger bool `json:"stranger,omitempty"`
	// Right of the reporter's Judged earlier reports have led to something.
	Right  int `json:"right,omitempty"`
	Judged int `json:"judged,omitempty"`
}

// read makes a report of a command: of the message it answers, the person it names, or what happens there just now.
func read(c chat.Community, e chat.Event, asked chat.Asked) Report {
	r := Report{Words: clip(asked.Text.Plain, maxWords), Room: e.Room}
	words := asked.Args
	switch {
	case e.ReplyTo != nil && !asked.Chosen:
		r.Message, r.Room, r.Name, r.About = e.ReplyTo.ID, e.ReplyTo.Room, e.ReplyTo.Name, e.ReplyTo.By
	case asked.Reply != nil:
		r.Name, r.Quote = clip(asked.Reply.Name, 100), clip(asked.Reply.Quote, 300)
	default:
		card, rest, problem := rule.Target(c, e)
		if problem == "" {
			r.name(card)
			words = rest
		} else {
			r.Left = teamNamed(c, words)
		}
	}
	if len(words) > 0 && strings.EqualFold(trimWord(words[0]), "pitch") {
		r.Pitch = true
	}
	if r.Message == "" && e.Message != nil {
		r.Near = e.Message.ID
	}
	if card, ok := c.Members.Of(r.About); ok && card.ID == e.Member {
		// Nobody reports themselves: it is a call for help. Others' reports of the same message do not belong to it.
		r.About, r.Name, r.Near, r.Message = chat.Identity{}, "", r.Message, ""
	}
	return r
}

// name notes who is reported.
func (r *Report) name(card chat.Card) {
	if len(card.Identities) > 0 {
		r.About, r.Name = card.Identities[0], card.Name
	}
}

// teamNamed finds the moderators and organisers who are named in a text without being clearly the ones reported: it may
// be about them, so it is not for them.
func teamNamed(c chat.Community, words []string) []chat.Identity {
	var out []chat.Identity
	for _, w := range words[:min(len(words), 200)] {
		found := c.Members.Named(trimWord(w))
		if len(found) != 1 || found[0].Level < chat.Moderator || len(found[0].Identities) == 0 {
			continue
		}
		if id := found[0].Identities[0]; !slices.Contains(out, id) && len(out) < maxLeft {
			out = append(out, id)
		}
	}
	return out
}

// trimWord takes away what stands around a word in a sentence.
func trimWord(w string) string {
	return strings.TrimFunc(w, func(r rune) bool {
		return r != '@' && r != '~' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// pseudonyms are those that stand for a person's accounts, or for the account alone if it is nobody's here.
func pseudonyms(c chat.Community, who chat.Identity) []string {
	card, ok := c.Members.Of(who)
	if !ok {
		return []string{c.Members.Pseudonym(who)}
	}
	var out []string
	for _, i := range card.Identities {
		out = append(out, c.Members.Pseudonym(i))
	}
	return out
}

// looksLikeReport tells whether a text begins as the command does, so that it is nothing for a room even where it is no
// command: under a picture or in an edit. Who quotes it shows how it is done.
func looksLikeReport(t chat.Text) bool {
	fields := strings.Fields(t.Plain)
	quoted := slices.ContainsFunc(t.Spans, func(s chat.Span) bool {
		return s.Start == 0 && (s.Style == chat.Quote || s.Style == chat.Pre || s.Style == chat.Code)
	})
	if len(fields) == 0 || quoted {
		return false
	}
	word := strings.ToLower(fields[0])
	if word == "@admin" || word == "@admins" {
		return true
	}
	for _, sign := range []string{"/", "!"} {
		if bare, ok := strings.CutPrefix(word, sign); ok {
			bare, _, _ = strings.Cut(bare, "@")
			return bare == "report" || bare == "spam"
		}
	}
	return false
}
