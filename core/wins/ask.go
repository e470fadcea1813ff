package wins

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// propose asks somebody whether a win of theirs may be noted. Nothing is shown before they say yes, so the typed command
// disappears.
func (t *turn) propose(card chat.Card, kind, text string, b chat.Asked) {
	t.takeAway(b)
	switch {
	case !t.mayAsk(card):
		t.say("wins.cannot", "name", card.Name)
		return
	case t.waiting(card.ID) > 0:
		t.say("wins.waits", "name", card.Name)
		return
	case t.waiting("") >= maxAsks || len(t.s.Asks) >= maxOpen:
		t.say("wins.toomany")
		return
	}
	a := Ask{
		N: t.s.next(), By: t.e.Member, Who: card.ID, Kind: kind, Text: text, Room: t.e.Room,
		Send: daytime(t.e.Now, t.c.ZoneOf(card)),
	}
	t.s.Asks = append(t.s.Asks, a)
	t.say("wins.asked", "name", card.Name, "n", a.N)
	t.sendAsks()
}

// mayAsk tells whether somebody is to be asked, by this member.
func (t *turn) mayAsk(card chat.Card) bool {
	if card.Level < chat.Member || rule.Away(card, t.e.Now) || card.Settings[settingWins] == "off" {
		return false
	}
	for _, n := range t.s.Noes {
		if n.By == t.e.Member && n.Who == card.ID {
			return false
		}
	}
	return true
}

// waiting counts what the asker has proposed and is not answered, to one member or to all.
func (t *turn) waiting(to chat.MemberID) (n int) {
	for _, a := range t.s.Asks {
		if a.By == t.e.Member && (to == "" || a.Who == to) {
			n++
		}
	}
	return n
}

// daytime returns the time, or, if that is at night (22:00 to 08:00) in a zone, the next morning.
func daytime(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	switch h := local.Hour(); {
	case h >= 22:
		local = local.AddDate(0, 0, 1)
	case h >= 8:
		return at
	}
	return time.Date(local.Year(), local.Month(), local.Day(), 8, 0, 0, 0, zone).UTC()
}

// sendAsks asks those whose time has come.
func (t *turn) sendAsks() {
	for i := range t.s.Asks {
		a := &t.s.Asks[i]
		if a.Sent || a.Send.After(t.e.Now) {
			continue
		}
		card, ok := t.c.Members.ByID(a.Who)
		if a.Send = daytime(t.e.Now, t.c.ZoneOf(card)); a.Send.After(t.e.Now) {
			continue // the house was away until the next night
		}
		a.Sent = true
		by, known := t.c.Members.ByID(a.By)
		if !ok || !known || rule.Away(card, t.e.Now) || card.Settings[settingWins] == "off" {
			continue // it is forgotten after a week, as if nobody had answered
		}
		n := strconv.Itoa(a.N)
		who, _ := rule.Door(card)
		v := rule.To(t.c, card, who.Platform)
		t.want(rule.Secretly(t.c, card, a.tag(), func(v rule.Voice) chat.Text {
			return v.Say("wins.ask", "by", by.Name, "text", a.Text)
		},
			chat.Choice{Label: v.Say("wins.choice.yes").Plain, Ask: "winmark yes " + n},
			chat.Choice{Label: v.Say("wins.choice.yesbare").Plain, Ask: "winmark yesbare " + n},
			chat.Choice{Label: v.Say("wins.choice.no").Plain, Ask: "winmark no " + n})...)
	}
}

// withdraw changes a question that needs no answer any more, as long as every messenger lets it be changed.
func (t *turn) withdraw(a Ask) {
	card, _ := t.c.Members.ByID(a.Who)
	who, ok := rule.Door(card)
	if !ok || !a.Sent || t.e.Now.Sub(a.Send) > 20*time.Hour {
		return
	}
	text := rule.To(t.c, card, who.Platform).Say("wins.ask.over")
	t.want(chat.Edit{To: chat.Chat(who), Target: chat.Target{Tag: a.tag()}, Text: text})
}

// answerByTag takes a thumb under the question for a yes.
func (t *turn) answerByTag(tag string) {
	n, err := strconv.Atoi(strings.TrimPrefix(tag, askTag))
	if err == nil {
		t.answer(n, true, false)
	}
}

// answer notes a win that was proposed, or lets it be. Only the one whom it is about answers.
func (t *turn) answer(n int, yes, bare bool) {
	i := t.s.ask(n)
	if i < 0 || t.s.Asks[i].Who != t.e.Member {
		t.say("wins.over")
		return
	}
	a := t.s.Asks[i]
	t.s.dropAsk(i)
	me, _ := t.c.Members.ByID(a.Who)
	if !yes {
		t.s.Noes = append(t.s.Noes, No{By: a.By, Who: a.Who, At: t.e.Now})
		t.say("wins.left")
		t.tell(a.By, letterDeclined, a.Who)
		return
	}
	w := Win{N: a.N, Who: a.Who, Kind: a.Kind, Text: a.Text, Bare: bare}
	if room, ok := t.c.Room(a.Room); ok && isIn(me, room) {
		w.Room = room.ID
	}
	w = t.add(w)
	t.post(w)
	v := rule.Speak(t.c, t.e)
	key := "wins.noted"
	var choices []chat.Choice
	if w.Kind == "" {
		key, choices = "wins.noted.kind", kindChoices(v, w)
	}
	t.want(rule.Discreetly(t.e, v.Say(key, "n", w.N), choices...))
	t.tell(a.By, letterAgreed, a.Who)
}

// isIn tells whether somebody reads a room.
func isIn(card chat.Card, room chat.Room) bool {
	for _, in := range card.In {
		for _, ch := range room.Chats {
			if in == ch {
				return true
			}
		}
	}
	return false
}

// unreached tells the one who has proposed a win that the other cannot be asked in private.
func (t *turn) unreached() {
	n, err := strconv.Atoi(strings.TrimPrefix(t.e.Tag, askTag))
	i := t.s.ask(n)
	if err != nil || i < 0 {
		return
	}
	a := t.s.Asks[i]
	t.s.dropAsk(i)
	t.tell(a.By, letterUnreached, a.Who)
}

// Letter tells the one who has proposed a win what has become of it, as soon as it is day where they are.
type Letter struct {
	Who   chat.MemberID `json:"who"`
	Kind  string        `json:"kind"`
	About chat.MemberID `json:"about"`
	Send  time.Time     `json:"send"`
}

// The kinds of letters.
const (
	letterAgreed    = "agreed"
	letterDeclined  = "declined"
	letterUnreached = "unreached"
)

// tell writes a letter, and sends it if it is day.
func (t *turn) tell(who chat.MemberID, kind string, about chat.MemberID) {
	card, ok := t.c.Members.ByID(who)
	if !ok {
		return
	}
	t.s.Letters = append(t.s.Letters, Letter{Who: who, Kind: kind, About: about, Send: daytime(t.e.Now, t.c.ZoneOf(card))})
	t.deliver()
}

// deliver sends the letters whose time has come.
func (t *turn) deliver() {
	var wait []Letter
	for _, l := range t.s.Letters {
		if l.Send.After(t.e.Now) {
			wait = append(wait, l)
			continue
		}
		card, ok := t.c.Members.ByID(l.Who)
		about, known := t.c.Members.ByID(l.About)
		if !ok || !known {
			continue
		}
		if l.Send = daytime(t.e.Now, t.c.ZoneOf(card)); l.Send.After(t.e.Now) {
			wait = append(wait, l)
			continue
		}
		t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
			switch l.Kind {
			case letterAgreed:
				return v.Say("wins.agreed", "name", about.Name)
			case letterDeclined:
				return v.Say("wins.declined", "name", about.Name)
			}
			return v.Say("wins.unreached", "name", about.Name)
		})...)
	}
	t.s.Letters = wait
}

// mark does what was chosen under a message of the house's.
func (t *turn) mark(b chat.Asked) {
	if len(b.Args) < 2 {
		return
	}
	n, err := strconv.Atoi(b.Args[1])
	if err != nil {
		return
	}
	switch b.Args[0] {
	case "yes":
		t.answer(n, true, false)
	case "yesbare":
		t.answer(n, true, true)
	case "no":
		t.answer(n, false, false)
	case "back", "bare", "kind":
		t.change(b, n)
	}
}

// change makes another of a win that is noted.
func (t *turn) change(b chat.Asked, n int) {
	i := t.s.win(n)
	if i < 0 || t.s.Wins[i].Who != t.e.Member {
		t.say("wins.over")
		return
	}
	switch b.Args[0] {
	case "back":
		t.remove(i)
		t.say("wins.forgotten")
		return
	case "bare":
		t.s.Wins[i].Bare = true
	case "kind":
		kind, ok := kindNamed(strings.Join(b.Args[2:], " "))
		if !ok {
			return
		}
		w := t.s.Wins[i]
		if w.Kind != kind {
			t.uncount(w)
			w.Kind = kind
			t.s.Wins[i] = t.count(w)
		}
	}
	w := t.s.Wins[i]
	if room, ok := t.c.Room(w.Room); ok {
		t.want(rule.Anew(t.c, room, w.tag(), func(v rule.Voice) chat.Text { return w.shown(t.c, v) })...)
	}
	t.say("wins.changed")
}
