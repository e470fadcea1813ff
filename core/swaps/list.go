package swaps

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maxListed is how many skills of others are shown.
const maxListed = 15

// list shows somebody what they offer and want, their swaps, and what others offer and want, without names.
func (t *turn) list() {
	v := rule.Speak(t.c, t.e)
	out := v.Say("swaps.list")
	line := func(text chat.Text) { out = out.Append(chat.Plain("\n"), text) }
	mine := 0
	for _, r := range t.s.Rows {
		if r.Who != t.e.Member {
			continue
		}
		mine++
		if r.Give {
			line(v.Say("swaps.line.offer", "n", r.N, "words", r.Words))
		} else {
			line(v.Say("swaps.line.want", "n", r.N, "words", r.Words))
		}
	}
	if mine == 0 {
		line(v.Say("swaps.line.none"))
	}
	for _, d := range t.s.Deals {
		if k := d.leg(t.e.Member); k >= 0 {
			line(t.dealLine(v, d, k))
		}
	}
	offers, wants := t.others(true), t.others(false)
	if len(offers) > 0 {
		line(v.Say("swaps.others.offer", "words", strings.Join(offers, " · ")))
	}
	if len(wants) > 0 {
		line(v.Say("swaps.others.want", "words", strings.Join(wants, " · ")))
	}
	t.want(rule.Discreetly(t.e, out))
}

// dealLine is one of somebody's own swaps. Names are told only in one that all have agreed to.
func (t *turn) dealLine(v rule.Voice, d Deal, k int) chat.Text {
	pairs := []any{"n", d.N, "get", d.gets(k).Words, "give", d.Legs[k].Words}
	switch {
	case !d.Since.IsZero():
		giver, _ := t.c.Members.ByID(d.gets(k).Who)
		taker, _ := t.c.Members.ByID(d.to(k))
		return v.Say("swaps.line.agreed", append(pairs, "giver", giver.Name, "taker", taker.Name)...)
	case d.Legs[k].Yes:
		return v.Say("swaps.line.waits", pairs...)
	}
	return v.Say("swaps.line.asked", pairs...)
}

// others lists what other members offer, or want, the newest first, each once.
func (t *turn) others(give bool) []string {
	var out []string
	for _, r := range slices.Backward(t.s.Rows) {
		card, ok := t.c.Members.ByID(r.Who)
		if r.Give != give || r.Who == t.e.Member || !ok || card.Settings["match"] == "off" || slices.Contains(out, r.Words) {
			continue
		}
		if out = append(out, r.Words); len(out) == maxListed {
			break
		}
	}
	return out
}
