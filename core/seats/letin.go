package seats

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
)

// What the effects of the door are called, so that their receipts are known; the member's id stands behind.
const (
	tagAdmit  = title + "/admit/"
	tagInvite = title + "/invite/"
	tagRemove = title + "/remove/"
	tagTold   = title + "/told/"
	tagOffer  = title + "/offer/"
)

// The line about people who could not be told comes a minute after the first of them, so that it counts those who come
// together, and at most every ten minutes.
const (
	unreadSoon  = time.Minute
	unreadAgain = 10 * time.Minute
)

// seat gives somebody a seat, and lets him in if he is not inside already.
func (t *turn) seat(card chat.Card, p Place, inside bool) {
	if old, waited := t.takeOut(card.ID); waited {
		p = merged(old, p)
	}
	for _, i := range card.Identities {
		t.forgive(i)
	}
	t.seats[card.ID] = true
	if card.Settings[knocking] != "" {
		t.want(chat.Set{Member: card.ID, Key: knocking})
	}
	if card.Level < chat.Member {
		t.want(chat.Appoint{Who: card.ID, Level: chat.Member})
	}
	if inside {
		for _, k := range p.Knocks {
			t.want(chat.Admit{To: k.At, Who: k.By, Tag: tagAdmit + string(card.ID)})
		}
		return
	}
	t.want(chat.Set{Member: card.ID, Key: mark, Value: markComing})
	t.s.Coming = slices.DeleteFunc(t.s.Coming, func(c Coming) bool { return c.Who == card.ID })
	t.s.Coming = append(t.s.Coming, Coming{Who: card.ID, Until: t.e.Now.Add(comingTime)})
	t.bringIn(card, p)
}

// bringIn opens the door: who has knocked is admitted, everybody else invited.
func (t *turn) bringIn(card chat.Card, p Place) {
	for _, k := range p.Knocks {
		t.want(chat.Admit{To: k.At, Who: k.By, Tag: tagAdmit + string(card.ID)})
	}
	if len(p.Knocks) == 0 {
		t.invite(card, p.At)
	}
}

// invite asks a person into the room of a chat, on every messenger where he has an account and the room a chat.
func (t *turn) invite(card chat.Card, at chat.Chat) {
	room, ok := t.c.RoomOf(at)
	if !ok || room.Settings[rule.Moderators] == "on" {
		room = chat.Room{}
	}
	some := false
	for _, i := range card.Identities {
		to, there := room.On(i.Platform)
		if !there {
			to = t.home(i.Platform)
		}
		if to.IsZero() {
			continue
		}
		some = true
		t.want(chat.Invite{To: to, Who: i, Tag: tagInvite + string(card.ID)})
	}
	if !some {
		t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
			return v.Say("seats.nowhere", "name", t.called(card.ID))
		}, nil)...)
	}
}

// neverCame frees the seat of somebody who took it and did not come in.
func (t *turn) neverCame(id chat.MemberID) {
	t.s.Coming = slices.DeleteFunc(t.s.Coming, func(c Coming) bool { return c.Who == id })
	card, ok := t.c.Members.ByID(id)
	if !ok || card.Level != chat.Member || len(card.In) > 0 || card.Settings[mark] != markComing {
		return
	}
	t.unseat(card)
	t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("seats.never", "community", t.name(v)) })...)
}

// sent brings somebody the link that an invitation has made.
func (t *turn) sent(b chat.Sent) {
	id, ok := cutTag(t.e.Tag, tagInvite)
	card, known := t.c.Members.ByID(id)
	if !ok || !known || b.Link == "" {
		return
	}
	t.want(rule.Secretly(t.c, card, tagInvite+"link", func(v rule.Voice) chat.Text {
		return v.Say("seats.link", "link", b.Link)
	})...)
}

// failed does what is to be done when a platform refuses.
func (t *turn) failed(b chat.Failed) {
	if id, ok := cutTag(t.e.Tag, tagOffer); ok {
		t.unheard(id)
		return
	}
	if id, ok := cutTag(t.e.Tag, tagTold); ok {
		if p, waits := t.placeOf(id); waits && len(p.Knocks) == 0 && !t.isRaid() {
			t.unread(p.At)
		}
		return
	}
	if id, ok := cutTag(t.e.Tag, tagAdmit); ok { // the request is not there any more: then by invitation
		if card, known := t.c.Members.ByID(id); known && len(card.In) == 0 {
			t.invite(card, t.e.Chat)
		}
		return
	}
	if id, ok := cutTag(t.e.Tag, tagInvite); ok {
		t.cannotInvite(id, b.Why)
		return
	}
	if strings.HasPrefix(t.e.Tag, tagRemove) {
		t.cannotRemove(b.Why)
	}
}

// cannotInvite tells whoever waits for the way in that it will take a human, and the moderators what went wrong.
func (t *turn) cannotInvite(id chat.MemberID, why chat.Reason) {
	card, known := t.c.Members.ByID(id)
	if !known {
		return
	}
	where := t.titleOf(t.e.Chat)
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
		return v.Say("seats.invite.failed", "name", t.called(id), "title", where, "platform", say.Platform(v.Language, t.e.Chat.Platform),
			"why", reasonOf(v, why))
	}, nil)...)
	t.want(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("seats.invite.sorry") })...)
}

// cannotRemove tells moderators, once a day, that who has no seat stays in a chat all the same.
func (t *turn) cannotRemove(why chat.Reason) {
	if t.e.Now.Sub(t.s.Helpless) < helplessFor {
		return
	}
	t.s.Helpless = t.e.Now
	where := t.titleOf(t.e.Chat)
	t.want(rule.ToModerators(t.c, "", func(v rule.Voice) chat.Text {
		return v.Say("seats.remove.failed", "title", where, "platform", say.Platform(v.Language, t.e.Chat.Platform), "why", reasonOf(v, why))
	}, nil)...)
}

func reasonOf(v rule.Voice, why chat.Reason) chat.Text {
	return say.Text(v.Language, "why."+string(why), "prefix", v.Prefix)
}

func (t *turn) titleOf(at chat.Chat) string {
	room, ok := t.c.RoomOf(at)
	if !ok {
		return at.ID
	}
	return room.Title(at)
}

// unread counts somebody who was sent away from a chat and could not be told. It is said there, a number only: whoever
// wants his name read by all would just have to be sent away.
func (t *turn) unread(at chat.Chat) {
	i := slices.IndexFunc(t.s.Unread, func(u Unread) bool { return u.At == at })
	if i < 0 {
		t.s.Unread = append(t.s.Unread, Unread{At: at})
		i = len(t.s.Unread) - 1
	}
	t.s.Unread[i].N++
	if t.s.Line.IsZero() {
		t.s.Line = t.e.Now.Add(unreadSoon)
		if again := t.s.Said.Add(unreadAgain); again.After(t.s.Line) {
			t.s.Line = again
		}
	}
}

func (t *turn) sayUnread() {
	for _, u := range t.s.Unread {
		if _, ok := t.c.RoomOf(u.At); !ok {
			continue
		}
		v := rule.Aloud(t.c, u.At.Platform)
		t.want(chat.Send{To: u.At, Text: v.Say("seats.unread", "n", u.N)})
	}
	t.s.Unread, t.s.Line, t.s.Said = nil, time.Time{}, t.e.Now
}
