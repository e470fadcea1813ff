package swaps

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// propose writes a swap down; those who would take part are asked as soon as it is day where they are.
func (t *turn) propose(legs []Leg) {
	d := Deal{N: t.s.next(), Legs: legs}
	t.s.Seen = slices.DeleteFunc(t.s.Seen, func(x Seen) bool { return t.e.Now.Sub(x.At) >= week })
	for i := range d.Legs {
		l := &d.Legs[i]
		card, _ := t.c.Members.ByID(l.Who)
		l.Send = t.e.Now
		if l.Who != t.e.Member { // who has just written is awake
			l.Send = fine(t.c, card, t.e.Now)
		}
		if until := l.Send.Add(answerTime); until.After(d.Until) {
			d.Until = until
		}
		t.s.Seen = append(t.s.Seen, Seen{Who: l.Who, At: t.e.Now})
	}
	t.s.Past = append(t.s.Past, signature(legs))
	t.s.Past = t.s.Past[max(0, len(t.s.Past)-maxPast):]
	t.s.Deals = append(t.s.Deals, d)
}

// ask asks those whose time has come.
func (t *turn) ask() {
	for i := len(t.s.Deals) - 1; i >= 0; i-- {
		d := &t.s.Deals[i]
		for k := range d.Legs {
			l := &d.Legs[k]
			card, ok := t.c.Members.ByID(l.Who)
			switch at := fine(t.c, card, t.e.Now); {
			case l.Sent || l.Send.After(t.e.Now):
				continue
			case !ok || !t.mayAsk(l.Who):
				t.fall(i, l.Who)
			case at.After(t.e.Now) && l.Who != t.e.Member:
				l.Send = at
				d.Until = later(d.Until, at.Add(answerTime))
				continue
			default:
				l.Sent = true
				t.question(*d, k, card)
				continue
			}
			break // it has fallen
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// question asks one whether they would take part.
func (t *turn) question(d Deal, i int, card chat.Card) {
	n := strconv.Itoa(d.N)
	who, _ := rule.Door(card)
	v := rule.To(t.c, card, who.Platform)
	t.want(rule.Secretly(t.c, card, tagOf(d.N, card.ID), func(v rule.Voice) chat.Text {
		if len(d.Legs) == 2 {
			return v.Say("swaps.ask", "get", d.gets(i).Words, "give", d.Legs[i].Words)
		}
		return v.Say("swaps.ask.ring", "get", d.gets(i).Words, "give", d.Legs[i].Words)
	},
		chat.Choice{Label: v.Say("swaps.choice.yes").Plain, Ask: "swap yes " + n},
		chat.Choice{Label: v.Say("swaps.choice.no").Plain, Ask: "swap no " + n})...)
}

// mine finds a swap in which the asker takes part, -1 = none.
func (t *turn) mine(n int) (deal, leg int) {
	i := t.s.deal(n)
	if i < 0 {
		return -1, -1
	}
	k := t.s.Deals[i].leg(t.e.Member)
	if k < 0 {
		return -1, -1
	}
	return i, k
}

// answer takes somebody's yes or no.
func (t *turn) answer(n int, yes bool) {
	i, k := t.mine(n)
	if i < 0 || !t.s.Deals[i].Since.IsZero() || !t.s.Deals[i].Legs[k].Sent {
		t.say("swaps.over")
		return
	}
	if !yes {
		t.say("swaps.declined")
		t.fall(i, t.e.Member)
		return
	}
	d := &t.s.Deals[i]
	d.Legs[k].Yes = true
	if !d.all(func(l Leg) bool { return l.Yes }) {
		t.say("swaps.waits")
		return
	}
	d.Since, d.Until, d.Remind = t.e.Now, t.e.Now.Add(dealTime), t.e.Now.Add(remindTime)
	for j := range d.Legs {
		t.tell(*d, j, letterAgreed)
	}
}

// person is a name and where they are found: on Matrix by their id, on Telegram by their user name, if they have one.
func person(v rule.Voice, card chat.Card) chat.Text {
	var where []string
	for _, i := range card.Identities {
		name := say.Platform(v.Language, i.Platform)
		switch {
		case i.Platform == chat.Matrix:
			name += " " + i.ID
		case i.Platform == chat.Telegram && len(card.Nicks) > 0:
			name += " @" + card.Nicks[0]
		}
		if !slices.Contains(where, name) {
			where = append(where, name)
		}
	}
	return v.Say("swaps.person", "name", card.Name, "handle", card.Handle, "where", strings.Join(where, ", "))
}

// fall takes a swap away that does not come about. Those who have said yes are told, without a why.
func (t *turn) fall(i int, except chat.MemberID) {
	if i < 0 || i >= len(t.s.Deals) {
		return
	}
	d := t.s.Deals[i]
	t.s.Deals = emptied(slices.Delete(t.s.Deals, i, i+1))
	t.s.Letters = emptied(slices.DeleteFunc(t.s.Letters, func(l Letter) bool { return l.N == d.N }))
	kind := letterFell
	if !d.Since.IsZero() {
		kind = letterOff
	}
	for k, l := range d.Legs {
		t.free = append(t.free, l.Who)
		switch {
		case l.Who == except:
		case l.Yes:
			t.tell(d, k, kind)
		case l.Sent && t.e.Now.Sub(l.Send) < editTime:
			t.withdraw(d, k)
		}
	}
}

// editTime is how long a question can be changed on every messenger.
const editTime = 20 * time.Hour

// withdraw changes a question that needs no answer any more, without a sound.
func (t *turn) withdraw(d Deal, i int) {
	card, _ := t.c.Members.ByID(d.Legs[i].Who)
	who, ok := rule.Door(card)
	if !ok {
		return
	}
	text := rule.To(t.c, card, who.Platform).Say("swaps.ask.over", "get", d.gets(i).Words)
	t.want(chat.Edit{To: chat.Chat(who), Target: chat.Target{Tag: tagOf(d.N, card.ID)}, Text: text})
}

// callOff ends a swap that was agreed.
func (t *turn) callOff(n int) {
	i, _ := t.mine(n)
	if i < 0 || t.s.Deals[i].Since.IsZero() {
		t.say("swaps.over")
		return
	}
	t.say("swaps.called")
	t.fall(i, t.e.Member)
}

// done takes somebody's word that the swap has taken place; it is done when all have said so.
func (t *turn) done(n int) {
	i, k := t.mine(n)
	if i < 0 || t.s.Deals[i].Since.IsZero() {
		t.say("swaps.over")
		return
	}
	d := &t.s.Deals[i]
	d.Legs[k].Done = true
	if d.all(func(l Leg) bool { return l.Done }) {
		t.finish(i)
		return
	}
	t.say("swaps.noted")
	for j := range d.Legs {
		if l := &d.Legs[j]; !l.Done && !l.Told {
			l.Told = true
			t.tell(*d, j, letterCheck)
		}
	}
}

// finish closes a swap that all have called done. What was wanted is wanted no more; what is offered stays.
func (t *turn) finish(i int) {
	d := t.s.Deals[i]
	t.s.Deals = emptied(slices.Delete(t.s.Deals, i, i+1))
	t.s.Rows = emptied(slices.DeleteFunc(t.s.Rows, func(r Row) bool {
		return slices.ContainsFunc(d.Legs, func(l Leg) bool { return l.Want == r.N })
	}))
	t.want(chat.Record{Log: title, Line: "done " + strconv.Itoa(len(d.Legs))})
	for k := range d.Legs {
		t.tell(d, k, letterDone)
	}
}

// later lets a swap wait.
func (t *turn) later(n int) {
	i, k := t.mine(n)
	if i < 0 || t.s.Deals[i].Since.IsZero() {
		t.say("swaps.over")
		return
	}
	t.s.Deals[i].Legs[k].Told = false
	t.say("swaps.later")
}
