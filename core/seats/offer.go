package seats

import (
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// advance offers the seats that are free to those who wait, in order. Nobody is let in by it: a seat that is offered is
// held, so there are never more offers than seats.
func (t *turn) advance() {
	if t.isRaid() || t.c.ID == "" {
		return
	}
	asked := 0
	for len(t.s.Queue) > 0 && t.free() > 0 {
		p := t.s.Queue[0]
		card, ok := t.c.Members.ByID(p.Who)
		switch {
		case !ok || t.isSeated(card) || isBarred(card, t.e.Now):
			t.s.Queue = t.s.Queue[1:]
		case !p.Checked && t.c.Setting("gate", gateOpen) == gateApprove:
			// He came when nobody was asked; now everybody is. His place is given back to him when he is approved.
			if asked == maxRecheck {
				t.recheck = t.e.Now
				return
			}
			asked++
			t.s.Queue = t.s.Queue[1:]
			kind, by := byTurn, card.Identities[0]
			if len(p.Knocks) > 0 {
				kind, by, p.At = byKnock, p.Knocks[0].By, p.Knocks[0].At
			}
			t.want(come(kind, "known", toCheck, by, p.At, ""))
		default:
			t.s.Queue = t.s.Queue[1:]
			t.offer(card, p)
		}
	}
}

// offer holds a seat for somebody and tells him so.
func (t *turn) offer(card chat.Card, p Place) {
	t.s.Made++
	o := Offer{Place: p, N: t.s.Made, Until: t.e.Now.Add(claimTime)}
	t.s.Offers = append(t.s.Offers, o)
	who, ok := rule.Door(card)
	if !ok {
		return
	}
	v := rule.To(t.c, card, who.Platform)
	t.want(rule.Secretly(t.c, card, tagOffer+string(card.ID), func(v rule.Voice) chat.Text {
		return v.Say("seats.offer", "community", t.name(v), "until", o.Until)
	}, offerChoices(v, o.N)...)...)
}

func offerChoices(v rule.Voice, n int) []chat.Choice {
	return []chat.Choice{
		{Label: v.Say("seats.take").Plain, Ask: "seat take " + strconv.Itoa(n)},
		{Label: v.Say("seats.pass").Plain, Ask: "seat pass " + strconv.Itoa(n)},
	}
}

// held finds the offer that somebody answers; it must be his, and not be over.
func (t *turn) held(n int) (Offer, chat.Card, bool) {
	o, ok := t.offerOf(t.e.Member)
	card, known := t.c.Members.ByID(t.e.Member)
	if isBarred(card, t.e.Now) {
		return Offer{}, chat.Card{}, false // the sanctions answer
	}
	if !ok || !known || o.N != n || !t.e.Now.Before(o.Until) {
		t.want(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say("seats.offer.over")))
		return Offer{}, chat.Card{}, false
	}
	return o, card, true
}

// take gives somebody the seat that was held for him.
func (t *turn) take(n int) {
	o, card, ok := t.held(n)
	if !ok {
		return
	}
	v := rule.Speak(t.c, t.e)
	t.want(rule.Discreetly(t.e, v.Say("seats.yours", "community", t.name(v))))
	t.seat(card, o.Place, false) // an invitation to who is inside all the same changes nothing
}

// pass gives the seat that was held for somebody to the next.
func (t *turn) pass(n int) {
	_, card, ok := t.held(n)
	if !ok {
		return
	}
	p, _ := t.takeOut(card.ID)
	t.turnAway(p)
	t.want(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say("seats.passed")))
}

// lapse ends the offers whose time is over.
func (t *turn) lapse() {
	for _, o := range slices.Clone(t.s.Offers) {
		if t.e.Now.Before(o.Until) {
			continue
		}
		p, _ := t.takeOut(o.Who)
		t.turnAway(p)
		if card, ok := t.c.Members.ByID(o.Who); ok {
			t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("seats.lapsed", "community", t.name(v)) })...)
		}
	}
}

// unheard does what can be done for somebody who cannot be told that it is his turn: who has knocked is let in, for he
// stands at the door and waits; of anybody else the moderators are told, who may know him.
func (t *turn) unheard(id chat.MemberID) {
	o, ok := t.offerOf(id)
	card, known := t.c.Members.ByID(id)
	if !ok || !known {
		return
	}
	if len(o.Knocks) > 0 {
		t.seat(card, o.Place, false)
		return
	}
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
		return v.Say("seats.unheard", "name", t.called(id), "until", o.Until)
	}, nil)...)
}
