package seats

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Applicant is what is kept of somebody who has no seat: how far he has come with what the gate asks.
type Applicant struct {
	Stage stage         `json:"stage,omitempty"`
	Kind  string        `json:"kind,omitempty"` // how he came
	At    chat.Chat     `json:"at,omitzero"`
	By    chat.Identity `json:"by,omitzero"`
	Note  string        `json:"note,omitempty"` // what he wrote to his knock
	Begun time.Time     `json:"begun,omitzero"`
	Sent  time.Time     `json:"sent,omitzero"` // when he was last asked
	// Answers are those to the questions, as many as he has given.
	Answers []string `json:"answers,omitempty"`
	// Deaf: he could not be asked in private.
	Deaf bool `json:"deaf,omitempty"`
	// Carded is when the moderators got the card, Pings how often they were reminded.
	Carded time.Time `json:"carded,omitzero"`
	Pings  int       `json:"pings,omitempty"`
	// Probed: moderators have asked him something, and he has not answered yet.
	Probed bool      `json:"probed,omitempty"`
	Test   Test      `json:"test,omitzero"`
	Again  time.Time `json:"again,omitzero"` // from when on he may ask once more
	// Warned is when he was last told that what he writes is not carried.
	Warned time.Time `json:"warned,omitzero"`
}

// mine is what somebody without a seat sees of it: what they have said, and what they wait for.
func (s Applicant) mine(chat.MemberID) any {
	return struct {
		Stage   stage     `json:"step,omitempty"`
		Begun   time.Time `json:"begun,omitzero"`
		Note    string    `json:"note,omitempty"`
		Answers []string  `json:"answers,omitempty"`
		Again   time.Time `json:"may_ask_again,omitzero"`
	}{s.Stage, s.Begun, s.Note, s.Answers, s.Again}
}

// stage says what an applicant has to do next.
type stage string

const (
	nothing     stage = ""
	beingAsked  stage = "asked"  // the two questions
	beingRead   stage = "read"   // for the moderators
	beingTested stage = "tested" // the question that tells humans from programs
)

const (
	gateTitle   = "gate"
	tagQuestion = gateTitle + "/ask/"   // a question to an applicant
	tagProbe    = gateTitle + "/probe/" // where moderators write what they want to ask him
	tagCard     = gateTitle + "/card/"

	cardAfter    = 2 * time.Hour // moderators see him then, whatever he has answered
	pingAfter    = 8 * time.Hour
	pingAgain    = 24 * time.Hour
	refusedFor   = 14 * 24 * time.Hour
	askAgain     = time.Minute // a question is not repeated sooner
	warnAgain    = 24 * time.Hour
	maxAnswer    = 1000 // characters
	maxQuestions = 2
)

// NewGate returns the rule that asks newcomers what a community wants to know before they get a seat, and that keeps
// what people without one write out of the rooms. It must stand behind the seats and before the relay.
func NewGate() rule.Rule {
	return rule.Of[Applicant]{
		Title:  gateTitle,
		KeyOf:  gateKey,
		Fold:   foldGate,
		Mine:   Applicant.mine,
		Secret: true,
		Join: func(kept, gone Applicant) Applicant {
			if kept.Stage == nothing && kept.Again.IsZero() {
				return gone
			}
			return kept
		},
		Ask: []rule.Command{
			{Name: "approve", Aliases: []string{"admit"}, Args: "@NAME", Level: chat.Moderator, Help: "help.approve"},
			{Name: "decline", Args: "@NAME", Level: chat.Moderator, Help: "help.decline"},
			{Name: "door", Level: chat.Guest},
		},
		Options: []rule.Setting{
			{Name: "ask1", Valid: isQuestion, Shape: "shape.question", Help: "setting.ask1"},
			{Name: "ask2", Valid: isQuestion, Shape: "shape.question", Help: "setting.ask2"},
			{Name: "captcha", Default: "button", Values: []string{"button", "word"}, Help: "setting.captcha"},
		},
	}
}

// isQuestion reads a question, or "off" for none.
func isQuestion(value string) (string, bool) {
	value = strings.Join(strings.Fields(value), " ")
	return value, value != "" && len([]rune(value)) <= 200
}

func gateKey(c chat.Community, e chat.Event) (string, bool) {
	switch b := e.Body.(type) {
	case chat.Asked:
		return askedKey(c, e, b)
	case chat.Posted:
		if id, ok := probed(e); ok {
			return rule.PersonKey(c.ID, id), true
		}
		return guestKey(c, e)
	case chat.Edited, chat.Reacted:
		if e.Private {
			return "", false
		}
		return guestKey(c, e)
	case chat.Failed:
		id, ok := cutTag(e.Tag, tagQuestion)
		return rule.PersonKey(c.ID, id), ok
	case chat.Appointed:
		return rule.PersonKey(c.ID, b.Who), b.To > chat.Guest && b.From == chat.Guest
	case chat.Claimed:
		return rule.PersonKey(c.ID, b.Kept), true
	case chat.Due:
		return b.Key, true
	}
	return "", false
}

// askedKey finds whom a command is about. Nobody has the state of the member "".
func askedKey(c chat.Community, e chat.Event, b chat.Asked) (string, bool) {
	switch b.Command {
	case "approve", "decline":
		card, _, _ := rule.Target(c, e)
		return rule.PersonKey(c.ID, card.ID), true
	case "seat":
		if e.By.Identity != chat.House() || len(b.Args) == 0 || b.Args[0] != askCome {
			return "", false
		}
		n, ok := readCome(c, b.Args)
		return rule.PersonKey(c.ID, n.Card.ID), ok && n.Verdict == toCheck
	case "door":
		if card, ok := probing(c, b); ok {
			return rule.PersonKey(c.ID, card.ID), true
		}
		return rule.PersonKey(c.ID, e.Member), true
	}
	return "", false
}

// guestKey is the key of somebody who has no seat.
func guestKey(c chat.Community, e chat.Event) (string, bool) {
	card, ok := c.Members.ByID(e.Member)
	return rule.PersonKey(c.ID, e.Member), ok && card.Level < chat.Member
}

// probed tells about whom a moderator writes a question, as an answer to what the house has said for it.
func probed(e chat.Event) (chat.MemberID, bool) {
	if e.ReplyTo == nil || e.Level < chat.Moderator {
		return "", false
	}
	return cutTag(e.ReplyTo.Tag, tagProbe)
}

func foldGate(c chat.Community, s Applicant, e chat.Event) (Applicant, []chat.Effect) {
	g := &visit{c: c, s: s, e: e, key: string(c.ID) + "/"}
	switch b := e.Body.(type) {
	case chat.Asked:
		g.asked(b)
	case chat.Posted:
		g.posted(b)
	case chat.Edited, chat.Reacted:
		g.want(chat.Drop{})
	case chat.Failed:
		g.unasked()
	case chat.Appointed:
		g.s = Applicant{}
	case chat.Claimed:
		g.claimed(b)
	case chat.Due:
		g.due(b)
	}
	return g.s, g.out
}
