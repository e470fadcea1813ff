package breakouts

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// few is how many people a group has at least before it is asked whether it should be put together with another.
const few = 4

// mergeUntil is how long before the end groups are still put together.
const mergeUntil = 10 * time.Minute

// answeredLate notes who comes when there are groups already, and who goes.
func (t *turn) answeredLate(r *Round, card chat.Card, what reply) {
	g := r.groupOf(card.ID)
	switch {
	case what == isOut && g == nil:
		t.answer("breakout.out", "topic", r.Topic)
	case what == isOut:
		t.leave(r, g, card.ID)
		t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say("breakout.left", "topic", r.Topic) })...)
	case g == nil:
		t.join(r, card, what == withNotes)
	}
}

// join puts who comes late into the smallest group.
func (t *turn) join(r *Round, card chat.Card, notes bool) {
	g := t.smallest(r, []chat.MemberID{card.ID}, nil)
	if g == nil || len(g.Members) >= r.High || r.people() >= maxPeople {
		t.answer("breakout.full")
		return
	}
	g.Members = append(g.Members, card.ID)
	g.Offered = g.Offered && len(g.Members) < few
	t.remember(r)
	t.inRoom(g, func(v rule.Voice) chat.Text { return v.Say("breakout.joins", "name", nameOf(card)) })
	room, there := g.Room.In(t.c)
	switch _, taken := t.c.Members.ByID(g.Notes); {
	case !notes || taken || g.Here:
	case !there:
		g.Willing = append(g.Willing, card.ID)
	case isInside(room, card):
		g.Notes = card.ID
		t.inRoom(g, func(v rule.Voice) chat.Text {
			return v.Say("breakout.notes.thanks", "name", nameOf(card), "room", t.roomName(r))
		})
	}
	t.apart(r, g, []chat.MemberID{card.ID})
}

// smallest returns the group with fewest people, of those where nobody would rather not be with one of who; nil if there is
// none but one. One person is never kept out of a group with a place by that: a refusal would tell. For several, who would
// make any group too large, it matters more than the size.
func (t *turn) smallest(r *Round, who []chat.MemberID, but *Group) *Group {
	const apart = maxPeople * maxPeople
	tooLarge := maxPeople
	if len(who) == 1 {
		tooLarge = 1 << 30
	}
	var best *Group
	lowest := 0
	for i := range r.Groups {
		g := &r.Groups[i]
		if g == but || g.Gone || len(g.Members) == 0 {
			continue
		}
		weight := len(g.Members)
		if weight+len(who) > r.High {
			weight += tooLarge
		}
		for _, w := range t.s.Avoid {
			if slices.Contains(g.Members, w.Who) && slices.Contains(who, w.Not) ||
				slices.Contains(g.Members, w.Not) && slices.Contains(who, w.Who) {
				weight += apart
			}
		}
		if best == nil || weight < lowest {
			best, lowest = g, weight
		}
	}
	return best
}

// leave takes a member out of his group.
func (t *turn) leave(r *Round, g *Group, who chat.MemberID) {
	g.Members, g.Told, g.Willing = without(g.Members, who), without(g.Told, who), without(g.Willing, who)
	t.remember(r)
	if g.Notes == who {
		g.Notes = ""
		if len(g.Members) > 0 {
			t.inRoom(g, func(v rule.Voice) chat.Text { return v.Say("breakout.notes.who", "room", t.roomName(r)) }, t.notesChoice(r, g)...)
		}
	}
	other := t.smallest(r, g.Members, g)
	switch {
	case len(g.Members) == 0:
		g.Gone = true
		t.do(g.Room.Shut(t.c)...)
	case len(g.Members) == 1 && other == nil:
		t.inRoom(g, func(v rule.Voice) chat.Text { return v.Say("breakout.alone") })
	case len(g.Members) < few && !g.Offered && other != nil && r.Ends.Sub(t.e.Now) > mergeUntil:
		g.Offered = true
		t.offerMerge(r, g, other)
	}
}

// offerMerge asks whoever has started the round whether two groups should become one; is he not there any more, the
// moderators.
func (t *turn) offerMerge(r *Round, g, other *Group) {
	write := func(v rule.Voice) chat.Text {
		return v.Say("breakout.merge", "topic", r.Topic, "n", g.N, "count", len(g.Members), "other", other.N, "size", len(other.Members))
	}
	v := rule.Voice{Language: t.c.Language()}
	ask := fmt.Sprintf("%s %s %d %d ", commandMerge, r.ID, g.N, other.N)
	choices := []chat.Choice{
		{Label: v.Say("breakout.merge.yes").Plain, Ask: ask + "yes"}, {Label: v.Say("breakout.merge.no").Plain, Ask: ask + "no"},
	}
	starter, ok := t.c.Members.ByID(r.By)
	if !ok {
		t.do(rule.ToModerators(t.c, "", write, nil, choices...)...)
		return
	}
	t.privately(r, starter, write, choices...)
}

// chosenMerge is what is decided about a group that has become small.
func (t *turn) chosenMerge(b chat.Asked) {
	r := t.named(b)
	if r == nil || len(b.Args) != 4 {
		return
	}
	g, other := r.group(b.Args[1]), r.group(b.Args[2])
	switch {
	case !t.mayChange(r):
		t.answer("breakout.notmine")
	case r.Stage != open || g == nil || other == nil || g == other || len(g.Members) >= few || len(other.Members) == 0:
		t.answer("breakout.merge.old")
	case b.Args[3] == "no":
		t.answer("breakout.merge.left")
	case b.Args[3] == "yes":
		t.merge(r, g, other)
		t.answer("breakout.done")
	}
}

// merge puts a group together with another, in that one's room; if only the first has one, in that.
func (t *turn) merge(r *Round, g, other *Group) {
	if other.Here {
		g, other = other, g
	}
	newly := g.Members
	t.inRoom(other, func(v rule.Voice) chat.Text { return v.Say("breakout.merge.come", "names", t.names(newly)) })
	t.inRoom(g, func(v rule.Voice) chat.Text { return v.Say("breakout.merge.go", "room", other.Room.Title) })
	if _, taken := t.c.Members.ByID(other.Notes); !taken {
		other.Notes = g.Notes
	}
	other.Members = append(other.Members, newly...)
	g.Members, g.Told, g.Gone = nil, nil, true
	t.do(g.Room.Shut(t.c)...)
	t.remember(r)
	t.apart(r, other, newly)
}

// remember notes who is with whom now, for the next rounds.
func (t *turn) remember(r *Round) {
	for i := range t.s.Past {
		if t.s.Past[i].ID != r.ID {
			continue
		}
		t.s.Past[i].Groups = nil
		for _, g := range r.Groups {
			if len(g.Members) > 0 {
				t.s.Past[i].Groups = append(t.s.Past[i].Groups, slices.Clone(g.Members))
			}
		}
	}
}

// gone takes somebody out of all rounds who is not there any more.
func (t *turn) gone(who chat.MemberID) {
	for i := range t.s.Rounds {
		r := &t.s.Rounds[i]
		r.In, r.Willing = without(r.In, who), without(r.Willing, who)
		if r.By == who {
			r.By = ""
		}
		if g := r.groupOf(who); g != nil && r.Stage == open {
			t.leave(r, g, who)
		} else if g != nil {
			g.Members, g.Told, g.Willing = without(g.Members, who), without(g.Told, who), without(g.Willing, who)
		}
	}
}

// forgetPast takes somebody out of what is remembered.
func (t *turn) forgetPast(who chat.MemberID) {
	for _, m := range t.s.Past {
		for i := range m.Groups {
			m.Groups[i] = without(m.Groups[i], who)
		}
	}
}

// renamed puts one member in the place of another: two have turned out to be one.
func (t *turn) renamed(gone, kept chat.MemberID) {
	for i := range t.s.Rounds {
		r := &t.s.Rounds[i]
		r.In, r.Willing = renamed(r.In, gone, kept), renamed(r.Willing, gone, kept)
		if r.By == gone {
			r.By = kept
		}
		if g := r.groupOf(gone); g != nil && r.groupOf(kept) != nil && r.groupOf(kept) != g {
			g.Members = without(g.Members, gone) // he was in two groups, and stays in the one
		}
		for j := range r.Groups {
			g := &r.Groups[j]
			g.Members, g.Told, g.Willing = renamed(g.Members, gone, kept), renamed(g.Told, gone, kept), renamed(g.Willing, gone, kept)
			if g.Notes == gone {
				g.Notes = kept
			}
		}
	}
	for _, m := range t.s.Past {
		for i := range m.Groups {
			m.Groups[i] = renamed(m.Groups[i], gone, kept)
		}
	}
	t.renamedWishes(gone, kept)
}
