package seats

import (
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// What the house asks itself with "seat": somebody has come, with the verdict of the door; somebody has passed the gate.
const (
	askCome    = "come"    // come KIND new|known VERDICT IDENTITY CHAT
	askChecked = "checked" // checked KIND by|alone IDENTITY CHAT
)

// How somebody came.
const (
	byJoin  = "join"  // he is in the chat
	byKnock = "knock" // he asks to be let in
	byTurn  = "turn"  // he is in none; it is his turn, or he has asked in private
)

// verdict is what the door says of somebody who has come.
type verdict string

const (
	letIn   verdict = "in"
	toWait  verdict = "wait"
	toCheck verdict = "check"
	barred  verdict = "barred" // the sanctions' affair
)

// sanction is the setting of a member's card in which the sanctions say what is in force: "ban", and behind it until when.
const sanction = "sanction"

// isBarred tells whether somebody is banned.
func isBarred(card chat.Card, now time.Time) bool {
	word, until, ends := strings.Cut(card.Settings[sanction], " ")
	if word != "ban" {
		return false
	}
	at, err := time.Parse(time.RFC3339, until)
	return !ends || err != nil || now.Before(at)
}

// joined decides about somebody who is in a chat now.
func (t *turn) joined(who chat.Person) {
	card, known := t.c.Members.Of(who.Identity)
	if known && card.Level >= chat.Member {
		t.settle(card)
		return
	}
	v := t.verdict(who.Identity, card, true)
	switch v {
	case barred:
		return
	case letIn:
		t.forgive(who.Identity)
		if known {
			t.seat(card, Place{Who: card.ID, At: t.e.Chat}, true)
		}
		return
	}
	t.sendOn(byJoin, who, known, v)
}

// knocked decides about somebody who asks to be let in.
func (t *turn) knocked(b chat.Knocked) {
	card, known := t.c.Members.Of(b.Who.Identity)
	switch {
	case t.isModerators(t.e.Chat) && !isBarred(card, t.e.Now): // nobody comes in there because he has a seat
		t.atModerators(b.Who, card)
		return
	case isBarred(card, t.e.Now):
		return
	case known && card.Level >= chat.Member:
		t.want(chat.Admit{To: t.e.Chat, Who: b.Who.Identity, Tag: tagAdmit + string(card.ID)}, chat.Drop{})
		return
	}
	t.sendOn(byKnock, b.Who, known, t.verdict(b.Who.Identity, card, true))
}

// atModerators answers a knock at the moderators' own room: a moderator is let in, of anybody else they are told.
func (t *turn) atModerators(who chat.Person, card chat.Card) {
	t.want(chat.Drop{})
	if card.Level >= chat.Moderator {
		t.want(chat.Admit{To: t.e.Chat, Who: who.Identity, Tag: tagAdmit + string(card.ID)})
		return
	}
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
		return v.Say("knock.moderators", "name", nameless(v, who.Name))
	}, nil)...)
}

func nameless(v rule.Voice, name string) any {
	if name == "" {
		return v.Say("relay.nameless")
	}
	return name
}

// posted decides about a guest who writes in a room, for then he is in it.
func (t *turn) posted() {
	card, ok := t.c.Members.ByID(t.e.Member)
	switch {
	case !ok:
		return
	case card.Level >= chat.Member:
		t.settle(card)
		return
	}
	if t.verdict(t.e.By.Identity, card, false) == letIn {
		t.forgive(t.e.By.Identity)
		t.seat(card, Place{Who: card.ID, At: t.e.Chat}, true)
	}
}

// verdict says what is to become of somebody without a seat. counts tells that he has just come, which a raid is made of.
func (t *turn) verdict(who chat.Identity, card chat.Card, counts bool) verdict {
	if isBarred(card, t.e.Now) {
		return barred
	}
	if t.returns(who) {
		return letIn
	}
	if _, offered := t.offerOf(card.ID); offered {
		return letIn
	}
	if t.isBrought(who, card) {
		if t.free() > 0 && len(t.s.Queue) == 0 {
			return letIn
		}
		return toWait
	}
	if counts {
		t.countJoin()
	}
	gate := t.c.Setting("gate", gateOpen)
	switch {
	case t.isRaid():
		return toWait
	case gate == gateApprove, gate == gateCaptcha:
		return toCheck
	case gate == gateOpen && t.free() > 0 && len(t.s.Queue) == 0:
		return letIn
	}
	return toWait
}

// isBrought tells whether a human who may has let him in: a moderator by adding him, or, for one who has knocked, whoever
// runs the chat on its messenger.
func (t *turn) isBrought(who chat.Identity, card chat.Card) bool {
	if _, joins := t.e.Body.(chat.Joined); !joins {
		return false
	}
	if card.Settings[knocking] == t.e.Chat.String() {
		return true
	}
	by, ok := t.c.Members.Of(t.e.By.Identity)
	return ok && t.e.By.Identity != who && by.Level >= chat.Moderator
}

// sendOn enrols somebody who does not simply come in and lets the house ask what is next, for only then he has a card.
func (t *turn) sendOn(kind string, who chat.Person, known bool, v verdict) {
	if v == letIn {
		t.forgive(who.Identity)
	}
	is := "known"
	if !known {
		is = "new"
		t.want(chat.Enrol{Who: who})
	}
	note := ""
	if b, ok := t.e.Body.(chat.Knocked); ok {
		note = b.Note
	}
	t.want(come(kind, is, v, who.Identity, t.e.Chat, note), chat.Drop{})
}

func come(kind, is string, v verdict, who chat.Identity, at chat.Chat, note string) chat.Effect {
	return chat.Emit{House: true, Body: chat.Asked{
		Command: "seat", Args: []string{askCome, kind, is, string(v), who.String(), at.String()}, Text: chat.Plain(note),
	}}
}
