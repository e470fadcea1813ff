package swaps

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Letter is something that a member is told about a swap, as soon as it is day where they are.
type Letter struct {
	Who  chat.MemberID `json:"who"`
	Kind string        `json:"kind"`
	N    int           `json:"n"` // the swap's number
	Get  string        `json:"get"`
	Give string        `json:"give"`
	// Giver and Taker are named in a letter that brings people together.
	Giver chat.MemberID `json:"giver,omitempty"`
	Taker chat.MemberID `json:"taker,omitempty"`
	Send  time.Time     `json:"send"`
}

// The kinds of letters.
const (
	letterAgreed = "agreed" // this is who the others are
	letterFell   = "fell"   // it does not come about
	letterOff    = "off"    // it was called off
	letterCheck  = "check"  // has it taken place?
	letterDone   = "done"   // all have said that it has
)

// tell writes to one who takes part in a swap. Whoever has just written is answered at once.
func (t *turn) tell(d Deal, i int, kind string) {
	card, ok := t.c.Members.ByID(d.Legs[i].Who)
	if !ok {
		return
	}
	l := Letter{Who: card.ID, Kind: kind, N: d.N, Get: d.gets(i).Words, Give: d.Legs[i].Words, Giver: d.gets(i).Who, Taker: d.to(i)}
	if _, asked := t.e.Body.(chat.Asked); asked && card.ID == t.e.Member {
		t.want(rule.Discreetly(t.e, t.words(l, rule.Speak(t.c, t.e))))
		return
	}
	if l.Send = fine(t.c, card, t.e.Now); l.Send.After(t.e.Now) {
		t.s.Letters = append(t.s.Letters, l)
		return
	}
	t.post(l, card)
}

// post sends a letter.
func (t *turn) post(l Letter, card chat.Card) {
	var choices []chat.Choice
	if l.Kind == letterCheck {
		who, _ := rule.Door(card)
		v, n := rule.To(t.c, card, who.Platform), strconv.Itoa(l.N)
		choices = []chat.Choice{
			{Label: v.Say("swaps.choice.done").Plain, Ask: "swap done " + n},
			{Label: v.Say("swaps.choice.later").Plain, Ask: "swap later " + n},
			{Label: v.Say("swaps.choice.off").Plain, Ask: "swap off " + n},
		}
	}
	t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return t.words(l, v) }, choices...)...)
}

// deliver sends the letters whose time has come, and those to somebody who has just written.
func (t *turn) deliver() {
	_, asked := t.e.Body.(chat.Asked)
	for _, l := range slices.Clone(t.s.Letters) {
		awake := asked && l.Who == t.e.Member
		if l.Send.After(t.e.Now) && !awake {
			continue
		}
		t.s.Letters = slices.Delete(t.s.Letters, t.firstLetter(l), t.firstLetter(l)+1)
		card, ok := t.c.Members.ByID(l.Who)
		at := fine(t.c, card, t.e.Now)
		switch {
		case !ok || l.Kind == letterCheck && rule.Away(card, t.e.Now):
		case at.After(t.e.Now) && !awake:
			l.Send = at
			t.s.Letters = append(t.s.Letters, l)
		default:
			t.post(l, card)
		}
	}
	t.s.Letters = emptied(t.s.Letters)
}

func (t *turn) firstLetter(l Letter) int { return slices.Index(t.s.Letters, l) }

// words are what a letter says.
func (t *turn) words(l Letter, v rule.Voice) chat.Text {
	switch l.Kind {
	case letterFell:
		return v.Say("swaps.fell", "get", l.Get)
	case letterOff:
		return v.Say("swaps.off.told", "get", l.Get)
	case letterCheck:
		return v.Say("swaps.check", "get", l.Get, "give", l.Give)
	case letterDone:
		return v.Say("swaps.done")
	}
	giver, _ := t.c.Members.ByID(l.Giver)
	taker, _ := t.c.Members.ByID(l.Taker)
	pairs := []any{"get", l.Get, "give", l.Give, "giver", person(v, giver), "taker", person(v, taker), "n", l.N}
	if l.Giver == l.Taker {
		return v.Say("swaps.agreed", pairs...)
	}
	return v.Say("swaps.agreed.ring", pairs...)
}
