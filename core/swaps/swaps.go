// Package swaps brings members together who can teach each other something: what one offers and another would like. It
// knows skills by their words only; no money, no hours and no scores are kept, and nobody's name is told before
// everybody in a swap has said yes.
//
// Flow: /offer and /want fill the book. Whenever something new stands in it the house looks for two members who each have
// what the other wants, or three in a ring (match.go), and asks each of them in private (deal.go). When all have
// said yes they learn each other's names, and a swap is done when all have said so. What nobody answers, falls quietly.
//
// Why people are not told who said no: with three in a ring it is not known, and with two nobody needs to know that it was
// a no and not a missing answer.
package swaps

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// title is the rule's name: its state, timers and tags are kept under it.
const title = "swaps"

// New returns the rule. Its state is one per community.
func New() rule.Rule {
	return rule.Of[Book]{
		Title:  title,
		KeyOf:  keyOf,
		Fold:   fold,
		Mine:   Book.mine,
		Secret: true,
		Ask: []rule.Command{
			{Name: "offer", Args: "SKILL", Level: chat.Member, Help: "help.offer"},
			{Name: "want", Args: "SKILL", Level: chat.Member, Help: "help.want"},
			{Name: "swaps", Level: chat.Member, Help: "help.swaps"},
			{Name: "swap", Args: "[yes | no | done | off | remove] NUMBER", Level: chat.Member, Help: "help.swap"},
		},
	}
}

func keyOf(c chat.Community, e chat.Event) (string, bool) {
	key := string(c.ID)
	if key == "" {
		return "", false
	}
	switch b := e.Body.(type) {
	case chat.Asked:
		leaves := b.Command == "norecap" && b.Alias == "nomatch"
		return key, e.Member != "" && (leaves || slices.Contains([]string{"offer", "want", "swaps", "swap"}, b.Command))
	case chat.Failed:
		_, _, ok := readTag(e.Tag)
		return key, ok
	case chat.Due:
		return b.Key, true
	case chat.Claimed:
		return key, b.Gone != ""
	case chat.Forgotten:
		return key, true
	}
	return "", false
}

// turn is the work on one event.
type turn struct {
	c   chat.Community
	s   Book
	e   chat.Event
	out []chat.Effect
	// free are those whose lines a swap that fell has set free; something else may fit them.
	free []chat.MemberID
}

func (t *turn) want(effects ...chat.Effect) { t.out = append(t.out, effects...) }

// say answers for the eyes of the one who asks.
func (t *turn) say(key string, pairs ...any) {
	t.want(rule.Discreetly(t.e, rule.Speak(t.c, t.e).Say(key, pairs...)))
}

func fold(c chat.Community, s Book, e chat.Event) (Book, []chat.Effect) {
	t := &turn{c: c, s: s, e: e}
	before := t.s.firstDue()
	switch b := e.Body.(type) {
	case chat.Asked:
		t.deliver() // who writes is awake, and hears first what they do not know yet
		t.asked(b)
	case chat.Failed:
		t.unreached()
	case chat.Due:
		t.due()
	case chat.Claimed:
		t.claimed(b.Gone, b.Kept)
	case chat.Forgotten:
		t.leave(b.Who)
		t.s.Rows = emptied(slices.DeleteFunc(t.s.Rows, func(r Row) bool { return r.Who == b.Who }))
		t.s.Seen = emptied(slices.DeleteFunc(t.s.Seen, func(x Seen) bool { return x.Who == b.Who }))
		t.s.Letters = emptied(slices.DeleteFunc(t.s.Letters, func(l Letter) bool { return l.Who == b.Who || l.Giver == b.Who || l.Taker == b.Who }))
	}
	t.lookAgain()
	if _, isDue := e.Body.(chat.Due); isDue {
		before = time.Time{}
	}
	t.want(rule.Rewake(title, string(c.ID), before, t.s.firstDue())...)
	return t.s, t.out
}

// unreached tells one who cannot be asked in private, where they are, that there is something for them alone. The swap waits as
// for anybody who has not answered.
func (t *turn) unreached() {
	n, who, _ := readTag(t.e.Tag)
	i := t.s.deal(n)
	card, ok := t.c.Members.ByID(who)
	if i < 0 || !ok || !t.s.Deals[i].has(who) || !t.s.Deals[i].Since.IsZero() {
		return
	}
	t.want(rule.Kindly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("swaps.unreached", "name", card.Name) })...)
}

// lookAgain looks for other swaps for those whose last one fell.
func (t *turn) lookAgain() {
	slices.Sort(t.free)
	for _, who := range slices.Compact(t.free) {
		t.match(who)
	}
	if len(t.free) > 0 {
		t.ask()
	}
}

func (t *turn) asked(b chat.Asked) {
	if !t.e.Private && !b.Chosen && !b.Ref.IsZero() && b.Command != "norecap" && b.Command != "swaps" {
		t.want(chat.Delete{To: t.e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}}) // names are not told before a yes
	}
	switch b.Command {
	case "offer":
		t.add(b, true)
	case "want":
		t.add(b, false)
	case "swaps":
		t.list()
	case "swap":
		t.swap(b)
	case "norecap":
		if card, ok := t.c.Members.ByID(t.e.Member); ok && card.Settings["match"] == "off" {
			t.leave(card.ID)
		}
	}
}

// add writes down what somebody offers or wants, and looks for a swap.
func (t *turn) add(b chat.Asked, give bool) {
	card, ok := t.c.Members.ByID(t.e.Member)
	words := chat.OneLine(b.Args...)
	n := len([]rune(words))
	usage := "swaps.want.usage"
	if give {
		usage = "swaps.offer.usage"
	}
	mine := 0
	for _, r := range t.s.Rows {
		if r.Who != card.ID || r.Give != give {
			continue
		}
		mine++
		if same(tokens(r.Words), tokens(words)) {
			t.say("swaps.same", "words", r.Words)
			return
		}
	}
	switch {
	case !ok:
		return
	case card.Settings["match"] == "off":
		t.say("swaps.off")
		return
	case n > maxWords:
		t.say("swaps.long", "n", n, "most", maxWords)
		return
	case len(tokens(words)) == 0:
		t.say(usage)
		return
	case mine >= maxMine:
		t.say("swaps.enough", "n", maxMine)
		return
	case len(t.s.Rows) >= maxRows:
		t.say("swaps.full")
		return
	}
	row := Row{N: t.s.next(), Who: card.ID, Give: give, Words: words, Ask: t.e.Now.Add(rowTime)}
	t.s.Rows = append(t.s.Rows, row)
	if give {
		t.say("swaps.offered", "words", words, "n", row.N)
	} else {
		t.say("swaps.wanted", "words", words, "n", row.N)
	}
	t.match(card.ID)
	t.ask()
}

// swap does what was chosen, or typed, about a swap or a line of the book.
func (t *turn) swap(b chat.Asked) {
	if len(b.Args) < 2 {
		t.say("swaps.usage")
		return
	}
	n, err := strconv.Atoi(strings.Trim(b.Args[1], "#."))
	if err != nil {
		t.say("swaps.usage")
		return
	}
	switch strings.ToLower(b.Args[0]) {
	case "yes":
		t.answer(n, true)
	case "no":
		t.answer(n, false)
	case "done":
		t.done(n)
	case "later":
		t.later(n)
	case "off":
		t.callOff(n)
	case "keep":
		t.keep(n)
	case "remove":
		t.remove(n)
	default:
		t.say("swaps.usage")
	}
}

// claimed makes one member of two. A swap with oneself is none.
func (t *turn) claimed(gone, kept chat.MemberID) {
	name := func(id *chat.MemberID) {
		if *id == gone {
			*id = kept
		}
	}
	for i := range t.s.Rows {
		name(&t.s.Rows[i].Who)
	}
	for i := range t.s.Seen {
		name(&t.s.Seen[i].Who)
	}
	for i := range t.s.Letters {
		name(&t.s.Letters[i].Who)
		name(&t.s.Letters[i].Giver)
		name(&t.s.Letters[i].Taker)
	}
	for i := len(t.s.Deals) - 1; i >= 0; i-- {
		d := &t.s.Deals[i]
		both := d.has(gone) && d.has(kept)
		for k := range d.Legs {
			name(&d.Legs[k].Who)
		}
		if both {
			t.fall(i, kept)
		}
	}
}

// leave lets all that is not agreed fall in which somebody would have a part who is not to be asked any more.
func (t *turn) leave(who chat.MemberID) {
	_, erased := t.e.Body.(chat.Forgotten)
	for i := len(t.s.Deals) - 1; i >= 0; i-- {
		if d := t.s.Deals[i]; d.has(who) && (d.Since.IsZero() || erased) {
			t.fall(i, who)
		}
	}
}
