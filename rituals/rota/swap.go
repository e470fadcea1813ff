package rota

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

const (
	// swapFor is how long somebody who is asked to take a turn has for an answer.
	swapFor = 48 * time.Hour
	// maxSwaps are the most that are open.
	maxSwaps = 100
)

// Swap is that somebody asks another to take a turn of theirs.
type Swap struct {
	N    int           `json:"n"`
	Role string        `json:"role"`
	By   chat.MemberID `json:"by"`
	To   chat.MemberID `json:"to"`
	From time.Time     `json:"from"` // which turn
	At   time.Time     `json:"at"`
}

// swap is /rota swap @name: the other is asked, and only their yes changes anything.
func (t *turn) swap(b chat.Asked) {
	v := rule.Speak(t.c, t.e)
	rest := b
	rest.Args, rest.Text = b.Args[1:], b.Text.Slice(chat.Units(b.Args[0]), b.Text.Len()).Trim()
	if len(rest.Args) > 0 {
		if _, ok := roleNamed(rest.Args[0]); ok {
			rest.Text = rest.Text.Slice(chat.Units(rest.Args[0]), rest.Text.Len()).Trim()
			rest.Args = rest.Args[1:]
		}
	}
	e := t.e
	e.Body = rest
	card, _, problem := rule.Target(t.c, e)
	if problem != "" {
		t.say(problem, rule.Meant(t.c, rest)...)
		return
	}
	var mine []string
	for _, id := range roles() {
		if r := t.role(id); t.e.Member == r.Now.Who || t.e.Member == r.Next.Who {
			mine = append(mine, id)
		}
	}
	id, ok := t.named(b.Args[1:], mine)
	if !ok && len(mine) > 1 {
		t.quietly("rota.skip.how")
		return
	}
	at := t.turnOf(id, t.e.Member)
	asks := slices.ContainsFunc(t.s.Swaps, func(x Swap) bool { return x.By == t.e.Member })
	switch {
	case !ok || at == nil:
		t.quietly("rota.swap.not")
	case card.ID == t.e.Member:
		t.quietly("rota.swap.self")
	case !t.isIn(id, card.ID):
		t.quietly("rota.swap.novolunteer", "name", card.Name, "role", nameOf(id, v), "word", id)
	case !t.canServe(id, card.ID):
		t.quietly("rota.swap.away", "name", card.Name)
	case t.isTired(id, card.ID, *at):
		t.quietly("rota.swap.tired", "name", card.Name)
	case asks || len(t.s.Swaps) >= maxSwaps:
		t.quietly("rota.swap.waits")
	case daytime(t.e.Now, t.c.ZoneOf(card)).After(t.e.Now):
		t.quietly("rota.swap.night", "name", card.Name)
	default:
		t.propose(id, *at, card)
	}
}

// turnOf is the turn of a role that somebody has: the next one, else the one that runs.
func (t *turn) turnOf(id string, who chat.MemberID) *Turn {
	r := t.role(id)
	for _, at := range []*Turn{&r.Next, &r.Now} {
		if at.Who == who && who != "" {
			return at
		}
	}
	return nil
}

func (t *turn) propose(id string, at Turn, card chat.Card) {
	t.s.Count++
	n := strconv.Itoa(t.s.Count)
	t.s.Swaps = append(t.s.Swaps, Swap{N: t.s.Count, Role: id, By: t.e.Member, To: card.ID, From: at.From, At: t.e.Now})
	who, _ := rule.Door(card)
	v := rule.To(t.c, card, who.Platform)
	t.want(rule.Kindly(t.c, card, askTag+"swap/"+n, func(v rule.Voice) chat.Text {
		return v.Say("rota.swap.ask", "name", t.name(t.e.Member), "role", nameOf(id, v), "from", at.From, "until", at.Until)
	}, chat.Choice{Label: v.Say("rota.yes").Plain, Ask: commandAnswer + " swapyes " + n},
		chat.Choice{Label: v.Say("rota.no").Plain, Ask: commandAnswer + " swapno " + n})...)
	t.quietly("rota.swap.asked", "name", card.Name)
}

// answeredSwap gives the turn to who was asked for it, if they say yes and it is still the other's to give.
func (t *turn) answeredSwap(n int, yes bool) {
	i := slices.IndexFunc(t.s.Swaps, func(x Swap) bool { return x.N == n && x.To == t.e.Member })
	if i < 0 || t.e.Member == "" {
		t.quietly("rota.over")
		return
	}
	x := t.s.Swaps[i]
	t.s.Swaps = slices.Delete(t.s.Swaps, i, i+1)
	by, _ := t.c.Members.ByID(x.By)
	to, _ := t.c.Members.ByID(x.To)
	at := t.turnOf(x.Role, x.By)
	fits := at != nil && at.From.Equal(x.From) && at.Until.After(t.e.Now)
	switch {
	case !yes:
		t.quietly("rota.swap.declined")
		t.want(rule.Kindly(t.c, by, "", func(v rule.Voice) chat.Text { return v.Say("rota.swap.no", "name", to.Name) })...)
		return
	case !fits:
		t.quietly("rota.over")
		return
	case !t.canServe(x.Role, x.To) || !t.isIn(x.Role, x.To) || t.isTired(x.Role, x.To, *at):
		t.quietly("rota.swap.cannot")
		return
	}
	if at.Paid {
		t.charge(x.Role, x.By, x.To, *at)
	}
	at.pass(x.By)
	at.Who = x.To
	at.Passed = slices.DeleteFunc(at.Passed, func(who chat.MemberID) bool { return who == x.To })
	t.heard(x.Role, x.To)
	t.thank(x.Role, *at)
	t.want(rule.Kindly(t.c, by, "", func(v rule.Voice) chat.Text {
		return v.Say("rota.swap.yes", "name", to.Name, "role", nameOf(x.Role, v))
	})...)
}
