package seats

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// entry is who came, how and where, as the house has asked it.
type entry struct {
	Kind, Is string
	Verdict  verdict
	Card     chat.Card
	By       chat.Identity
	At       chat.Chat
}

// readCome reads the words of a come; false for what the house cannot have asked.
func readCome(c chat.Community, args []string) (entry, bool) {
	if len(args) != 6 {
		return entry{}, false
	}
	by, err := chat.ParseIdentity(args[4])
	if err != nil {
		return entry{}, false
	}
	card, ok := c.Members.Of(by)
	in := entry{Kind: args[1], Is: args[2], Verdict: verdict(args[3]), Card: card, By: by}
	in.At, _ = chat.ParseChat(args[5]) // none is none
	return in, ok
}

func (n entry) place(now chat.Event) Place {
	p := Place{Who: n.Card.ID, At: n.At, Since: now.Now}
	if n.Kind == byKnock {
		p.Knocks = []Knock{{At: n.At, By: n.By}}
	}
	return p
}

// come does what the door has said of somebody who has a card now.
func (t *turn) come(args []string) {
	n, ok := readCome(t.c, args)
	if !ok {
		return
	}
	isNew := n.Is == "new" && len(n.Card.Identities) == 1
	if n.Card.Level >= chat.Member && !isNew { // another account of somebody who has a seat
		if n.Kind == byKnock {
			t.want(chat.Admit{To: n.At, Who: n.By, Tag: tagAdmit + string(n.Card.ID)})
		}
		t.settle(n.Card)
		return
	}
	if n.Verdict == letIn {
		t.seat(n.Card, n.place(t.e), false)
		return
	}
	t.seats[n.Card.ID] = false
	if n.Card.Level == chat.Member {
		t.want(chat.Appoint{Who: n.Card.ID, Level: chat.Guest})
	}
	switch {
	case n.Verdict == toWait:
		t.wait(n.Card, n.place(t.e), n)
	case n.Kind == byKnock:
		t.want(chat.Set{Member: n.Card.ID, Key: knocking, Value: n.At.String()})
	}
}

// checked does what follows for somebody who has passed the gate: by a moderator's word or alone.
func (t *turn) checked(args []string) {
	if len(args) != 5 {
		return
	}
	n, ok := readCome(t.c, []string{args[0], args[1], "known", string(letIn), args[3], args[4]})
	if !ok {
		return
	}
	if n.Card.Level >= chat.Member {
		if n.Kind == byKnock {
			t.want(chat.Admit{To: n.At, Who: n.By, Tag: tagAdmit + string(n.Card.ID)})
		}
		return
	}
	p := n.place(t.e)
	p.Checked = true
	if old, waits := t.placeOf(n.Card.ID); waits {
		p = merged(old, p)
	}
	isHuman := args[2] == "by"
	_, offered := t.offerOf(n.Card.ID)
	if !offered && (t.free() <= 0 || t.isRaid() && !isHuman) {
		t.wait(n.Card, p, n)
		if isHuman {
			at, _ := t.position(n.Card.ID)
			t.want(rule.Reply(t.e, rule.Speak(t.c, t.e).Say("approve.full", "name", n.Card.Name, "place", at, "cap", t.limit())))
		}
		return
	}
	t.seat(n.Card, p, n.Kind == byJoin && slices.Contains(n.Card.In, p.At))
	t.want(rule.Kindly(t.c, n.Card, "", func(v rule.Voice) chat.Text { return v.Say("seats.yours", "community", t.name(v)) })...)
	if isHuman {
		t.want(rule.Reply(t.e, rule.Speak(t.c, t.e).Say("approve.done", "name", n.Card.Name)))
	}
}

// left frees the seat of somebody who is in none of the chats any more. Who looks after the community keeps it. That a
// guest has gone is told to nobody, as it was not told that he had come.
func (t *turn) left(who chat.Person) {
	card, ok := t.c.Members.Of(who.Identity)
	if ok && card.Level < chat.Member {
		t.want(chat.Drop{})
	}
	if !ok || card.Level != chat.Member || len(card.In) > 0 || card.Settings[mark] == markComing {
		return // that he was taken out before he got his seat may be told late
	}
	if isBarred(card, t.e.Now) {
		t.remember(card.Identities) // a ban that is lifted gives him the way back, too
	}
	t.unseat(card)
}

// unseat makes a member a guest.
func (t *turn) unseat(card chat.Card) {
	t.seats[card.ID] = false
	t.want(chat.Appoint{Who: card.ID, Level: chat.Guest})
	if card.Settings[mark] != "" {
		t.want(chat.Set{Member: card.ID, Key: mark})
	}
	t.s.Coming = slices.DeleteFunc(t.s.Coming, func(c Coming) bool { return c.Who == card.ID })
}

// settle notes that somebody who has a seat is in.
func (t *turn) settle(card chat.Card) {
	if card.Settings[mark] == "" {
		return
	}
	t.want(chat.Set{Member: card.ID, Key: mark})
	t.seats[card.ID] = true
	t.s.Coming = slices.DeleteFunc(t.s.Coming, func(c Coming) bool { return c.Who == card.ID })
}

// appointed follows what others do to a level: a guest who is made a member has a seat, a member who becomes a guest of
// his own will may come back.
func (t *turn) appointed(b chat.Appointed) {
	card, ok := t.c.Members.ByID(b.Who)
	if !ok {
		return
	}
	switch {
	case b.To == chat.Guest && slices.Contains(card.Identities, t.e.By.Identity):
		t.remember(card.Identities)
	case b.From == chat.Guest && b.To > chat.Guest:
		if p, waits := t.takeOut(b.Who); waits {
			t.seat(card, p, false)
		}
	}
}

// linked keeps the seats of those who came with a chat and have not been seen since.
func (t *turn) linked() {
	for _, card := range t.c.Members.All() {
		if card.Level == chat.Member && len(card.In) == 0 && card.Settings[mark] == "" {
			t.want(
				chat.Set{Member: card.ID, Key: mark, Value: markHeld},
				chat.Wake{Rule: presenceTitle, Key: rule.PersonKey(t.c.ID, card.ID), At: byDay(t.c.ZoneOf(card), t.e.Now.Add(firstNudge))},
			)
			t.seats[card.ID] = true
		}
	}
}

// claimed makes one place of those of two accounts that are one person; whoever has a seat needs none.
func (t *turn) claimed(b chat.Claimed) {
	for _, p := range t.allPlaces() {
		if p.Who == b.Gone && b.Gone != "" {
			p.Who = b.Kept
		}
	}
	for i := range t.s.Coming {
		if t.s.Coming[i].Who == b.Gone {
			t.s.Coming[i].Who = b.Kept
		}
	}
	t.oneOf(b.Kept)
	card, ok := t.c.Members.ByID(b.Kept)
	if !ok || card.Level < chat.Member {
		return
	}
	p, waits := t.takeOut(b.Kept)
	for _, k := range p.Knocks {
		t.want(chat.Admit{To: k.At, Who: k.By, Tag: tagAdmit + string(card.ID)})
	}
	if waits {
		t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("seats.one") })...)
	}
}

// forgotten gives up the place of somebody who is about to be erased.
func (t *turn) forgotten(b chat.Forgotten) {
	if p, waits := t.takeOut(b.Who); waits {
		t.turnAway(p)
	}
	t.s.Coming = slices.DeleteFunc(t.s.Coming, func(c Coming) bool { return c.Who == b.Who })
}

// remember lets somebody come back without waiting, without keeping who it is.
func (t *turn) remember(who []chat.Identity) {
	for _, i := range who {
		t.forgive(i)
		t.s.Left = append(t.s.Left, Leaver{Sign: t.c.Members.Pseudonym(i), Until: t.e.Now.Add(returnTime)})
	}
	t.s.Left = t.s.Left[max(0, len(t.s.Left)-maxLeavers):]
}

// forgive forgets that somebody may come back: he has, or he may no longer.
func (t *turn) forgive(who chat.Identity) {
	sign := t.c.Members.Pseudonym(who)
	t.s.Left = slices.DeleteFunc(t.s.Left, func(l Leaver) bool { return l.Sign == sign })
}

func (t *turn) returns(who chat.Identity) bool {
	sign := t.c.Members.Pseudonym(who)
	return slices.ContainsFunc(t.s.Left, func(l Leaver) bool { return l.Sign == sign && t.e.Now.Before(l.Until) })
}

// isModerators tells whether a chat is part of the moderators' own room.
func (t *turn) isModerators(at chat.Chat) bool {
	room, ok := t.c.RoomOf(at)
	return ok && room.Settings[rule.Moderators] == "on"
}

// cutTag returns what stands behind a tag's beginning.
func cutTag(tag, prefix string) (chat.MemberID, bool) {
	rest, ok := strings.CutPrefix(tag, prefix)
	return chat.MemberID(rest), ok && rest != ""
}
