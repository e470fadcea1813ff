package breakouts

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// announce welcomes a group where its room is, and tells its members who do not know yet. It waits until all platforms
// have answered, but not for ever.
func (t *turn) announce(r *Round, g *Group) {
	if g.Gone || len(g.Members) == 0 || !g.Room.IsSettled() && t.e.Now.Before(r.Made.Add(patience)) {
		return
	}
	room, there := g.Room.In(t.c)
	if there && !g.Here && len(g.Greeted) == 0 {
		t.settle(g, room)
	}
	for _, to := range room.Chats {
		if !g.Here && !slices.Contains(g.Greeted, to) {
			g.Greeted = append(g.Greeted, to)
			t.welcome(r, g, room, to)
		}
	}
	for _, who := range g.Members {
		card, ok := t.c.Members.ByID(who)
		if ok && !slices.Contains(g.Told, who) && t.lead(r, g, card) {
			g.Told = append(g.Told, who)
		}
	}
}

// settle decides, as soon as there is a room, whether the group meets in it and who takes notes: somebody who can read it.
// Nobody is sent to a room where only they would be.
func (t *turn) settle(g *Group, room chat.Room) {
	inside := func(who chat.MemberID) bool {
		card, ok := t.c.Members.ByID(who)
		return ok && isInside(room, card)
	}
	outside := slices.DeleteFunc(slices.Clone(g.Members), inside)
	if n := len(g.Members); n > 1 && n-len(outside) < 2 && g.Room.IsSettled() {
		g.Here, g.Notes, g.Willing = true, "", nil
		t.do(g.Room.Shut(t.c)...)
		return
	}
	if i := slices.IndexFunc(g.Willing, inside); !inside(g.Notes) {
		g.Notes = ""
		if i >= 0 {
			g.Notes = g.Willing[i]
		}
	}
	g.Willing = nil
}

// isInside tells whether a member has a chat in a room.
func isInside(room chat.Room, card chat.Card) bool {
	_, in := smallroom.Account(room, card)
	return in
}

// lead tells a member where the group meets; false as long as that is not known.
func (t *turn) lead(r *Round, g *Group, card chat.Card) bool {
	beside, _ := t.room(r.Room)
	if g.Here {
		t.privately(r, card, func(v rule.Voice) chat.Text {
			return v.Say("breakout.group.here", "topic", r.Topic, "names", t.names(g.Members), "room", beside.Name, "when", r.Ends)
		})
		return true
	}
	effects, ready := g.Room.Ask(t.c, beside, card)
	if !ready && g.Room.IsSettled() { // he may have another account that is on a platform of the room's
		effects, ready = g.Room.Invite(t.c, card)
	}
	t.do(effects...)
	_, there := g.Room.In(t.c)
	switch {
	case ready && there:
		t.privately(r, card, func(v rule.Voice) chat.Text {
			return v.Say("breakout.group", "topic", r.Topic, "names", t.names(g.Members), "room", g.Room.Title, "when", r.Ends)
		})
	case g.Room.IsSettled():
		t.byHand(r, g, beside, card)
	default:
		return false
	}
	return true
}

// byHand tells a member that there is no room for him, and how one is made.
func (t *turn) byHand(r *Round, g *Group, beside chat.Room, card chat.Card) {
	t.privately(r, card, func(v rule.Voice) chat.Text {
		return v.Say("breakout.group.byhand", "topic", r.Topic, "names", t.names(g.Members), "room", beside.Name,
			"platform", say.Platform(v.Language, home(beside, card)))
	})
}

// home is the platform on which a member takes part in a room, else where he is written to in private.
func home(beside chat.Room, card chat.Card) chat.Platform {
	i, ok := smallroom.Account(beside, card)
	if !ok {
		i, _ = rule.Door(card)
	}
	return i.Platform
}

// welcome says in a chat of a group's room who meets there, and asks for somebody who takes notes.
func (t *turn) welcome(r *Round, g *Group, room chat.Room, to chat.Chat) {
	v := rule.Aloud(t.c, to.Platform)
	out := v.Say("breakout.welcome", "topic", r.Topic, "names", t.names(g.Members), "when", r.Ends, "zone", t.zone()).
		Append(t.absent(v, r, g, room), chat.Plain("\n"))
	notes, ok := t.c.Members.ByID(g.Notes)
	if ok {
		out = out.Append(v.Say("breakout.notes.by", "name", nameOf(notes), "room", t.roomName(r)))
		t.do(chat.Send{To: to, Text: out, Tag: g.Room.Tag + ":hello"})
		return
	}
	out = out.Append(v.Say("breakout.notes.who", "room", t.roomName(r)))
	t.do(chat.Send{To: to, Text: out, Tag: g.Room.Tag + ":hello", Choices: t.notesChoice(r, g)})
}

// absent says who of a group cannot read its room, and how that is mended: a line for each platform.
func (t *turn) absent(v rule.Voice, r *Round, g *Group, room chat.Room) (out chat.Text) {
	beside, _ := t.room(r.Room)
	var platforms []chat.Platform
	who := make(map[chat.Platform][]chat.MemberID)
	for _, id := range g.Members {
		card, ok := t.c.Members.ByID(id)
		if !ok || isInside(room, card) {
			continue
		}
		on := home(beside, card)
		if len(who[on]) == 0 {
			platforms = append(platforms, on)
		}
		who[on] = append(who[on], id)
	}
	for _, on := range platforms {
		out = out.Append(chat.Plain("\n"),
			v.Say("breakout.welcome.absent", "names", t.names(who[on]), "platform", say.Platform(v.Language, on)))
	}
	return out
}
