package swaps

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// due does what is due: questions that go out, swaps that fall, lines that nobody needs any more.
func (t *turn) due() {
	t.deliver()
	t.ask()
	for i := len(t.s.Deals) - 1; i >= 0; i-- {
		switch d := &t.s.Deals[i]; {
		case !d.Until.After(t.e.Now) && d.Since.IsZero():
			t.fall(i, "")
		case !d.Until.After(t.e.Now):
			t.s.Deals = emptied(slices.Delete(t.s.Deals, i, i+1)) // nobody has asked for it in two months
		case !d.Remind.IsZero() && !d.Remind.After(t.e.Now):
			t.remind(d)
		}
	}
	t.askRows()
}

// remind asks those who have not said so whether a swap is done; each when it is day where they are.
func (t *turn) remind(d *Deal) {
	if d.Reminded++; d.Reminded < maxRemind {
		d.Remind = t.e.Now.Add(remindTime)
	} else {
		d.Remind = time.Time{}
	}
	for k := range d.Legs {
		if !d.Legs[k].Done {
			d.Legs[k].Told = true
			t.tell(*d, k, letterCheck)
		}
	}
}

// askRows asks owners of old lines whether they still hold, once for each line and about one a day, and takes away those
// that nobody has confirmed.
func (t *turn) askRows() {
	asked := make(map[chat.MemberID]bool)
	for i := len(t.s.Rows) - 1; i >= 0; i-- {
		r := &t.s.Rows[i]
		card, ok := t.c.Members.ByID(r.Who)
		switch {
		case r.Asked && !r.Ask.Add(week).After(t.e.Now), !ok:
			t.drop(i)
		case r.Asked || r.Ask.After(t.e.Now):
		case t.s.isBound(r.N) || rule.Away(card, t.e.Now):
			r.Ask = t.e.Now.Add(week)
		case asked[r.Who]:
			r.Ask = t.e.Now.Add(24 * time.Hour)
		case fine(t.c, card, t.e.Now).After(t.e.Now):
			r.Ask = fine(t.c, card, t.e.Now)
		default:
			r.Asked, r.Ask, asked[r.Who] = true, t.e.Now, true
			t.askRow(*r, card)
		}
	}
}

func (t *turn) askRow(r Row, card chat.Card) {
	n := strconv.Itoa(r.N)
	who, _ := rule.Door(card)
	v := rule.To(t.c, card, who.Platform)
	t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
		if r.Give {
			return v.Say("swaps.still.offer", "words", r.Words)
		}
		return v.Say("swaps.still.want", "words", r.Words)
	},
		chat.Choice{Label: v.Say("swaps.choice.keep").Plain, Ask: "swap keep " + n},
		chat.Choice{Label: v.Say("swaps.choice.remove").Plain, Ask: "swap remove " + n})...)
}

// keep lets a line stand for another two months.
func (t *turn) keep(n int) {
	i := t.s.row(n)
	if i < 0 || t.s.Rows[i].Who != t.e.Member {
		t.say("swaps.gone")
		return
	}
	t.s.Rows[i].Asked, t.s.Rows[i].Ask = false, t.e.Now.Add(rowTime)
	t.say("swaps.kept")
	t.match(t.e.Member)
	t.ask()
}

// remove takes a line out of the book, and lets fall what is not agreed yet and needs it.
func (t *turn) remove(n int) {
	i := t.s.row(n)
	if i < 0 || t.s.Rows[i].Who != t.e.Member {
		t.say("swaps.gone")
		return
	}
	t.say("swaps.removed")
	t.drop(i)
}

func (t *turn) drop(i int) {
	r := t.s.Rows[i]
	t.s.Rows = emptied(slices.Delete(t.s.Rows, i, i+1))
	for k := len(t.s.Deals) - 1; k >= 0; k-- {
		d := t.s.Deals[k]
		if d.Since.IsZero() && slices.ContainsFunc(d.Legs, func(l Leg) bool { return l.Offer == r.N || l.Want == r.N }) {
			t.fall(k, r.Who)
		}
	}
}
