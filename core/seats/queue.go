package seats

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// tellAgain is how long somebody who keeps coming is not told his place again.
const tellAgain = time.Hour

// allPlaces are all places of those who have no seat yet, to be changed.
func (t *turn) allPlaces() []*Place {
	var out []*Place
	for i := range t.s.Offers {
		out = append(out, &t.s.Offers[i].Place)
	}
	for i := range t.s.Queue {
		out = append(out, &t.s.Queue[i])
	}
	return out
}

// placeOf finds somebody's place in the queue, position his number in it, counted from 1.
func (t *turn) placeOf(id chat.MemberID) (Place, bool) {
	n, ok := t.position(id)
	if !ok {
		return Place{}, false
	}
	return t.s.Queue[n-1], true
}

func (t *turn) position(id chat.MemberID) (int, bool) {
	i := slices.IndexFunc(t.s.Queue, func(p Place) bool { return p.Who == id })
	return i + 1, id != "" && i >= 0
}

// offerOf finds the seat that is held for somebody.
func (t *turn) offerOf(id chat.MemberID) (Offer, bool) {
	i := slices.IndexFunc(t.s.Offers, func(o Offer) bool { return o.Who == id })
	if id == "" || i < 0 {
		return Offer{}, false
	}
	return t.s.Offers[i], true
}

// takeOut ends somebody's waiting and returns the place he had.
func (t *turn) takeOut(id chat.MemberID) (p Place, waited bool) {
	for _, one := range t.allPlaces() {
		if one.Who == id {
			p, waited = merged(p, *one), true
		}
	}
	t.s.Queue = slices.DeleteFunc(t.s.Queue, func(p Place) bool { return p.Who == id })
	t.s.Offers = slices.DeleteFunc(t.s.Offers, func(o Offer) bool { return o.Who == id })
	return p, waited
}

// merged is the older place with what the newer one brings.
func merged(old, now Place) Place {
	if old.Who == "" {
		return now
	}
	if !now.At.IsZero() {
		old.At = now.At
	}
	for _, k := range now.Knocks {
		if !slices.Contains(old.Knocks, k) && len(old.Knocks) < maxKnocks {
			old.Knocks = append(slices.Clone(old.Knocks), k)
		}
	}
	old.Checked = old.Checked || now.Checked
	return old
}

// oneOf leaves a person who has two places the better one.
func (t *turn) oneOf(id chat.MemberID) {
	var kept *Place
	for _, p := range t.allPlaces() {
		if p.Who != id {
			continue
		}
		if kept == nil {
			kept = p
			continue
		}
		*kept = merged(*kept, *p)
		p.Who = ""
	}
	t.s.Queue = slices.DeleteFunc(t.s.Queue, func(p Place) bool { return p.Who == "" })
	t.s.Offers = slices.DeleteFunc(t.s.Offers, func(o Offer) bool { return o.Who == "" })
}

// wait gives somebody a place in the queue, and takes him out of the chat that he has come into.
func (t *turn) wait(card chat.Card, p Place, n entry) {
	if n.Kind == byJoin && !n.At.IsZero() {
		t.want(chat.Remove{To: n.At, Who: n.By, Tag: tagRemove + string(card.ID)})
	}
	for i := range t.s.Offers {
		if t.s.Offers[i].Who == card.ID {
			t.s.Offers[i].Place = merged(t.s.Offers[i].Place, p)
			return
		}
	}
	if at, waits := t.position(card.ID); waits {
		t.s.Queue[at-1] = merged(t.s.Queue[at-1], p)
	} else {
		if len(t.s.Queue) >= maxQueue {
			t.turnAway(p)
			t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
				return v.Say("seats.queue.full", "community", t.name(v))
			})...)
			return
		}
		t.s.Queue = append(t.s.Queue, p)
	}
	t.placed = card.ID
}

// turnAway ends the requests that wait on platforms.
func (t *turn) turnAway(p Place) {
	for _, k := range p.Knocks {
		t.want(chat.Decline{To: k.At, Who: k.By})
	}
}

// tell says to whoever has got a place which it is; whose turn it is has been told that.
func (t *turn) tell() {
	at, waits := t.position(t.placed)
	if !waits {
		return
	}
	p := &t.s.Queue[at-1]
	if !p.Told.IsZero() && t.e.Now.Sub(p.Told) < tellAgain {
		return
	}
	p.Told = t.e.Now
	card, _ := t.c.Members.ByID(t.placed)
	t.want(rule.Secretly(t.c, card, tagTold+string(card.ID), func(v rule.Voice) chat.Text {
		return t.why(v).Append(chat.Plain(" "), v.Say("seats.place", "place", at))
	})...)
}

// why says why somebody has to wait.
func (t *turn) why(v rule.Voice) chat.Text {
	switch {
	case t.isRaid():
		return v.Say("seats.wait.raid", "community", t.name(v), "until", t.s.Raid)
	case t.free() <= 0:
		return v.Say("seats.wait.full", "community", t.name(v), "cap", t.limit())
	}
	return v.Say("seats.wait.turn", "community", t.name(v))
}

// join answers somebody who asks in private for a seat, or for the way in to the one he has.
func (t *turn) join() {
	v := rule.Speak(t.c, t.e)
	card, ok := t.c.Members.ByID(t.e.Member)
	if !ok {
		t.want(rule.Reply(t.e, v.Say("refuse.nobody")))
		return
	}
	home := t.home(t.e.By.Identity.Platform)
	if card.Level >= chat.Member {
		if len(card.In) > 0 {
			t.want(rule.Reply(t.e, v.Say("seats.have", "community", t.name(v))))
			return
		}
		t.want(rule.Reply(t.e, v.Say("seats.again")))
		t.bringIn(card, Place{Who: card.ID, At: home})
		return
	}
	p := Place{Who: card.ID, At: home, Since: t.e.Now}
	if _, waits := t.position(card.ID); waits {
		t.showPlace(v, card)
		return
	}
	switch t.verdict(t.e.By.Identity, card, false) {
	case letIn:
		t.forgive(t.e.By.Identity)
		t.want(rule.Reply(t.e, v.Say("seats.yours", "community", t.name(v))))
		t.seat(card, p, false)
	case toCheck:
		t.want(come(byTurn, "known", toCheck, t.e.By.Identity, home, ""))
	case toWait:
		t.wait(card, p, entry{Kind: byTurn, Card: card})
	}
}

// home is where people of a platform come in: its chat in the first room that is not the moderators' own.
func (t *turn) home(p chat.Platform) chat.Chat {
	for _, r := range t.c.Rooms {
		if r.Settings[rule.Moderators] == "on" {
			continue
		}
		if at, ok := r.On(p); ok {
			return at
		}
	}
	return chat.Chat{}
}

// waitlist shows somebody his place, or moderators all of them, and changes it.
func (t *turn) waitlist(b chat.Asked) {
	v := rule.Speak(t.c, t.e)
	word := ""
	if len(b.Args) > 0 {
		word = strings.ToLower(b.Args[0])
	}
	card, known := t.c.Members.ByID(t.e.Member)
	switch {
	case word == "move":
		t.move(v, b)
	case t.e.Level >= chat.Moderator && word != "leave":
		t.list()
	case !known:
		t.answer(v.Say("refuse.nobody"))
	case word == "leave":
		t.leaveQueue(v, card)
	default:
		t.showPlace(v, card)
	}
}

// answer answers for the asker alone; among moderators aloud.
func (t *turn) answer(text chat.Text, choices ...chat.Choice) {
	if t.isModerators(t.e.Chat) && len(choices) == 0 {
		t.want(rule.Reply(t.e, text))
		return
	}
	t.want(rule.Discreetly(t.e, text, choices...))
}

func (t *turn) showPlace(v rule.Voice, card chat.Card) {
	if o, offered := t.offerOf(card.ID); offered {
		t.answer(v.Say("seats.offer", "community", t.name(v), "until", o.Until), offerChoices(v, o.N)...)
		return
	}
	at, waits := t.position(card.ID)
	switch {
	case waits:
		t.answer(v.Say("waitlist.place", "place", at, "all", len(t.s.Queue)))
	case card.Level >= chat.Member:
		t.answer(v.Say("waitlist.seated", "all", len(t.s.Queue)))
	default:
		t.answer(v.Say("waitlist.none"))
	}
}

// leaveQueue ends somebody's waiting by his own wish.
func (t *turn) leaveQueue(v rule.Voice, card chat.Card) {
	p, waited := t.takeOut(card.ID)
	if !waited {
		t.showPlace(v, card)
		return
	}
	t.turnAway(p)
	t.answer(v.Say("waitlist.left"))
}

// maxListed is how many who wait are shown at once.
const maxListed = 30

// list shows moderators who waits: in their own room or in private, nowhere else.
func (t *turn) list() {
	write := func(v rule.Voice) chat.Text {
		if len(t.s.Queue)+len(t.s.Offers) == 0 {
			return v.Say("waitlist.empty")
		}
		out := v.Say("waitlist.intro", "all", len(t.s.Queue))
		for i, p := range t.s.Queue {
			if i == maxListed {
				break
			}
			out = out.Append(chat.Plain("\n"), v.Say("waitlist.line", "place", i+1, "name", t.called(p.Who), "since", p.Since))
		}
		for _, o := range t.s.Offers {
			out = out.Append(chat.Plain("\n"), v.Say("waitlist.offered", "name", t.called(o.Who), "until", o.Until))
		}
		return out
	}
	card, known := t.c.Members.ByID(t.e.Member)
	if t.e.Private || t.e.Chat.Platform == chat.Local || t.isModerators(t.e.Chat) || !known {
		t.want(rule.Reply(t.e, write(rule.Speak(t.c, t.e))))
		return
	}
	t.want(rule.Secretly(t.c, card, "", write)...)
}

// called names somebody so that he can be meant: "Zoe (@zoe~9)".
func (t *turn) called(id chat.MemberID) string {
	card, ok := t.c.Members.ByID(id)
	if !ok {
		return "?"
	}
	return rule.Names([]chat.Card{card})
}

// move gives somebody another place in the queue. Others wait longer by it, so it needs a reason, which is kept.
func (t *turn) move(v rule.Voice, b chat.Asked) {
	if t.e.Level < chat.Organiser {
		t.answer(v.Say("refuse.level", "level", chat.Organiser))
		return
	}
	args, reason := because(b.Args[1:])
	e := t.e
	e.Body = chat.Asked{Args: args, Reply: b.Reply}
	card, rest, problem := rule.Target(t.c, e)
	if problem != "" {
		asked, _ := e.Body.(chat.Asked)
		t.answer(v.Say(problem, rule.Meant(t.c, asked)...))
		return
	}
	to := 0
	if len(rest) > 0 {
		to, _ = strconv.Atoi(rest[0])
	}
	from, waits := t.position(card.ID)
	switch {
	case !waits:
		t.answer(v.Say("waitlist.not", "name", card.Name))
		return
	case to < 1 || len(rest) != 1:
		t.answer(v.Say("waitlist.move", "handle", card.Handle))
		return
	case reason == "":
		t.answer(v.Say("because", "command", "waitlist move @"+card.Handle+" "+rest[0]))
		return
	}
	to = min(to, len(t.s.Queue))
	p := t.s.Queue[from-1]
	t.s.Queue = slices.Insert(slices.Delete(t.s.Queue, from-1, from), to-1, p)
	t.want(record(t.e, card.ID, "waitlist: "+strconv.Itoa(from)+" -> "+strconv.Itoa(to)+", "+reason))
	t.answer(v.Say("waitlist.moved", "name", card.Name, "place", to))
}

// maxReason is the most characters of a reason that are kept.
const maxReason = 300

// because cuts the reason off that stands behind "because".
func because(words []string) (rest []string, reason string) {
	for i, w := range words {
		if strings.EqualFold(w, "because") {
			return words[:i], clip(strings.Join(words[i+1:], " "), maxReason)
		}
	}
	return words, ""
}

// clip cuts a text off behind some characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// record is a line of the audit.
func record(e chat.Event, about chat.MemberID, line string) chat.Effect {
	by := string(e.By.Identity.Platform)
	if e.By.Identity == chat.House() {
		by = "house"
	}
	return chat.Record{Log: "audit", By: e.Member, About: about, Line: by + " " + line}
}

// declined ends the waiting of somebody whom moderators do not let in; the gate tells him.
func (t *turn) declined() {
	card, _, problem := rule.Target(t.c, t.e)
	if problem != "" || card.Level >= chat.Member {
		return
	}
	if p, waited := t.takeOut(card.ID); waited {
		t.turnAway(p)
	}
}
