package breakouts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// close ends the time to say who is in: it makes the groups, or asks how.
func (t *turn) close(r *Round) {
	r.In = slices.DeleteFunc(r.In, func(who chat.MemberID) bool {
		card, ok := t.c.Members.ByID(who)
		return !ok || card.Settings["match"] == "off" || rule.Away(card, t.e.Now)
	})
	if len(r.In) < 2 {
		t.strike(r, "breakout.few")
		return
	}
	t.withdraw(r)
	even, ok := sizes(len(r.In), r.Low, r.High)
	if ok {
		t.split(r, even)
		return
	}
	large, small := otherwise(len(r.In), r.Low)
	starter, ok := t.c.Members.ByID(r.By)
	if !ok {
		t.split(r, large) // there is nobody to ask
		return
	}
	r.Stage, r.Decide = asking, t.e.Now.Add(decideIn)
	ask := commandSplit + " " + r.ID + " "
	t.privately(r, starter, func(v rule.Voice) chat.Text {
		return v.Say("breakout.ask", "topic", r.Topic, "n", len(r.In), "low", r.Low, "high", r.High, "in", decideIn)
	}, t.way(large, ask+"large"), t.way(small, ask+"small"))
}

// way is one way to split, as a choice.
func (t *turn) way(sizes []int, ask string) chat.Choice {
	v := rule.Voice{Language: t.c.Language()}
	if len(sizes) == 1 {
		return chat.Choice{Label: v.Say("breakout.ask.one", "n", sizes[0]).Plain, Ask: ask}
	}
	var words []string
	for _, n := range sizes {
		words = append(words, strconv.Itoa(n))
	}
	return chat.Choice{Label: v.Say("breakout.ask.some", "sizes", strings.Join(words, " + ")).Plain, Ask: ask}
}

// chosenSplit is whoever has started a round saying how to split.
func (t *turn) chosenSplit(b chat.Asked) {
	r := t.named(b)
	switch {
	case r == nil || len(b.Args) != 2:
		return
	case !t.mayChange(r):
		t.answer("breakout.notmine")
		return
	case r.Stage != asking:
		t.answer("breakout.ask.late")
		return
	}
	large, small := otherwise(len(r.In), r.Low) // somebody may have come or gone meanwhile
	if even, ok := sizes(len(r.In), r.Low, r.High); ok {
		large, small = even, even
	}
	if b.Args[1] == "small" {
		large = small
	}
	t.split(r, large)
	t.answer("breakout.done.made", "topic", r.Topic)
}

// privately tells a member what is his own affair: in private, or, if that cannot be, in the round's room.
func (t *turn) privately(r *Round, card chat.Card, write func(rule.Voice) chat.Text, choices ...chat.Choice) {
	for _, x := range rule.Secretly(t.c, card, "", write, choices...) {
		w, _ := x.(chat.Whisper)
		room, _ := t.c.Room(r.Room)
		if to, ok := room.On(w.Who.Platform); ok {
			w.To, w.Secret = to, false
		}
		t.do(w)
	}
}

// split makes the groups and asks for their rooms.
func (t *turn) split(r *Round, sizes []int) {
	room, _ := t.room(r.Room)
	r.Room = room.ID
	r.Stage, r.Made, r.Ends = open, t.e.Now, t.e.Now.Add(r.Length)
	meeting := Meeting{ID: r.ID}
	for i, places := range mixed(sizes, t.costs(r.In), newDice(t.e.Seed)) {
		g := Group{N: i + 1}
		var cards []chat.Card
		for _, place := range places {
			who := r.In[place]
			g.Members = append(g.Members, who)
			if slices.Contains(r.Willing, who) {
				g.Willing = append(g.Willing, who)
			}
			if card, ok := t.c.Members.ByID(who); ok {
				cards = append(cards, card)
			}
		}
		slices.Sort(g.Members) // so that nothing shows how they came together
		var effects []chat.Effect
		g.Room, effects = smallroom.Open(t.c, room, fmt.Sprintf("%s%s:%d", tagPrefix, r.ID, g.N), t.roomTitle(r, g.N, len(sizes)), cards)
		t.do(effects...)
		meeting.Groups = append(meeting.Groups, slices.Clone(g.Members))
		r.Groups = append(r.Groups, g)
	}
	t.s.Past = append(t.s.Past, meeting)
	r.In, r.Willing = nil, nil
	t.showMade(r)
	for i := range r.Groups {
		t.apart(r, &r.Groups[i], r.Groups[i].Members)
	}
}

// roomTitle is what a group's room is called; a group alone needs no number.
func (t *turn) roomTitle(r *Round, n, of int) string {
	topic := smallroom.Title(r.Topic, maxRoom)
	if of == 1 {
		return topic
	}
	return rule.Voice{Language: t.c.Language()}.Say("breakout.room", "topic", topic, "n", n).Plain
}

// showMade says in the round's message that there are groups now.
func (t *turn) showMade(r *Round) {
	key := "breakout.card.made"
	if len(r.Groups) == 1 && r.people() < r.Low {
		key = "breakout.card.single"
	}
	t.edit(r, func(v rule.Voice) chat.Text {
		return v.Say(key, "topic", r.Topic, "n", r.people(), "groups", len(r.Groups), "when", r.Ends, "zone", t.zone())
	}, t.choices(r)...)
}

// apart tells those who would rather not share a group with somebody that there was no other way, and nobody else.
func (t *turn) apart(r *Round, g *Group, newly []chat.MemberID) {
	var told []chat.MemberID
	for _, w := range t.s.Avoid {
		both := slices.Contains(g.Members, w.Who) && slices.Contains(g.Members, w.Not)
		isNew := slices.Contains(newly, w.Who) || slices.Contains(newly, w.Not)
		card, ok := t.c.Members.ByID(w.Who)
		if !both || !isNew || !ok || slices.Contains(told, w.Who) {
			continue
		}
		told = append(told, w.Who)
		label := rule.Voice{Language: t.c.LanguageOf(card)}.Say("breakout.apart.out").Plain
		t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("breakout.apart") },
			chat.Choice{Label: label, Ask: commandAnswer + " " + r.ID + " " + string(isOut)})...)
	}
}

func (t *turn) notesChoice(r *Round, g *Group) []chat.Choice {
	label := rule.Voice{Language: t.c.Language()}.Say("breakout.notes.choose").Plain
	return []chat.Choice{{Label: label, Ask: fmt.Sprintf("%s %s %d", commandNotes, r.ID, g.N)}}
}

// chosenNotes is a member of a group taking the notes.
func (t *turn) chosenNotes(b chat.Asked) {
	r := t.named(b)
	if r == nil || len(b.Args) != 2 {
		return
	}
	g := r.group(b.Args[1])
	if g == nil || !slices.Contains(g.Members, t.e.Member) {
		t.answer("breakout.notes.notyours")
		return
	}
	if card, ok := t.c.Members.ByID(g.Notes); ok {
		if card.ID != t.e.Member {
			t.answer("breakout.notes.taken", "name", nameOf(card))
		}
		return
	}
	card, _ := t.c.Members.ByID(t.e.Member)
	g.Notes = card.ID
	t.inRoom(g, func(v rule.Voice) chat.Text {
		return v.Say("breakout.notes.thanks", "name", nameOf(card), "room", t.roomName(r))
	})
}

// inRoom says something in a group's room.
func (t *turn) inRoom(g *Group, write func(rule.Voice) chat.Text, choices ...chat.Choice) {
	if room, ok := g.Room.In(t.c); ok {
		t.do(rule.Everywhere(t.c, room, "", write, choices...)...)
	}
}

// invited gives a member the link into his group's room, where the platform has asked him in by none itself.
func (t *turn) invited(_ *Round, who chat.MemberID, link string) {
	if card, ok := t.c.Members.ByID(who); ok && link != "" {
		t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("breakout.link", "link", link) })...)
	}
}
