package recap

import (
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// How a posted recap follows what it quotes: for a day, and no oftener than every platform lets a message be changed (Signal:
// 10 times). A bullet whose message is changed over and over is dropped.
const (
	followFor  = 24 * time.Hour
	maxEdits   = 9
	maxChanges = 3
)

// changed has the bullets made anew that quote a message which was edited.
func (r recaps) changed(c chat.Community, s State, e chat.Event) (State, []chat.Effect) {
	id := e.Message.ID
	s = s.heed(id)
	var out []chat.Effect
	for i := range s.Recaps {
		made := s.Recaps[i]
		for _, b := range made.Bullets {
			if !slices.Contains(b.Cites, id) {
				continue
			}
			if b.Changes++; b.Changes > maxChanges || e.Now.Sub(made.At) > followFor {
				return r.gone(c, s, id, e.Now)
			}
			var ordered []chat.Effect
			s, ordered = s.order(c, Order{
				Kind: mending, Room: made.Room, In: made.In, From: made.From, Until: made.Until, Only: b.Cites, Recap: made.N, Cites: b.Cites,
			}, e.Now)
			if len(ordered) == 0 { // too much is going on to do it well
				return r.gone(c, s, id, e.Now)
			}
			out = append(out, ordered...)
		}
	}
	return s, out
}

// heed lets what the Drafter is making be without a message that has changed meanwhile.
func (s State) heed(id chat.MessageID) State {
	s.Orders = slices.Clone(s.Orders)
	for i, o := range s.Orders {
		if o.Kind != mending && len(o.Changed) < maxChanged && !slices.Contains(o.Changed, id) {
			s.Orders[i].Changed = append(slices.Clone(o.Changed), id)
		}
	}
	if len(s.Orders) == 0 {
		s.Orders = nil
	}
	return s
}

// mended puts a bullet that was made anew in its place, or drops it if nothing is left of it.
func (r recaps) mended(c chat.Community, s State, o Order, b chat.Summarised, now time.Time) (State, []chat.Effect) {
	i := slices.IndexFunc(s.Recaps, func(x Recap) bool { return x.N == o.Recap })
	if i < 0 {
		return s, nil
	}
	s.Recaps = slices.Clone(s.Recaps)
	made := &s.Recaps[i]
	at := slices.IndexFunc(made.Bullets, func(x Bullet) bool { return slices.Equal(x.Cites, o.Cites) })
	if at < 0 {
		return s, nil
	}
	made.Bullets = slices.Clone(made.Bullets)
	if len(b.Bullets) == 0 || !o.mayShow(c, b.Bullets[0]) {
		made.Bullets = slices.Delete(made.Bullets, at, at+1)
	} else {
		fresh := bulletOf(b.Bullets[0])
		fresh.Section, fresh.Changes = made.Bullets[at].Section, made.Bullets[at].Changes+1
		if fresh.Text == made.Bullets[at].Text {
			made.Bullets[at].Changes++
			return s, nil // what was changed is not what is quoted
		}
		made.Bullets[at] = fresh
	}
	return s, r.edit(c, made, now)
}

// gone drops the bullets about a message that is not there any more.
func (r recaps) gone(c chat.Community, s State, id chat.MessageID, now time.Time) (State, []chat.Effect) {
	s = s.heed(id).unnote(id)
	return r.drop(c, s, func(b Bullet) bool { return slices.Contains(b.Cites, id) }, now)
}

// drop takes bullets out of all recaps. Those of the last day are changed wherever they are shown; of older ones only the
// house forgets them.
func (r recaps) drop(c chat.Community, s State, of func(Bullet) bool, now time.Time) (State, []chat.Effect) {
	var out []chat.Effect
	s.Recaps = slices.Clone(s.Recaps)
	for i := range s.Recaps {
		made := &s.Recaps[i]
		if !slices.ContainsFunc(made.Bullets, of) {
			continue
		}
		made.Bullets = without(made.Bullets, of)
		out = append(out, r.edit(c, made, now)...)
	}
	if len(s.Recaps) == 0 {
		s.Recaps = nil
	}
	return s, out
}

// edit shows a recap as it is now. One that was changed too often is taken back.
func (r recaps) edit(c chat.Community, made *Recap, now time.Time) []chat.Effect {
	if now.Sub(made.At) > followFor || made.Edits > maxEdits {
		return nil
	}
	if made.Edits++; made.Edits > maxEdits-1 {
		made.Bullets, made.Edits = nil, maxEdits+1
	}
	write := func(v rule.Voice, p chat.Platform) chat.Text {
		if len(made.Bullets) == 0 {
			return v.Say("recap.withdrawn")
		}
		return r.render(c, v, p, *made)
	}
	target := chat.Target{Tag: made.tag()}
	if made.Kind == asked {
		card, ok := c.Members.ByID(made.Who)
		if !ok || made.To.IsZero() {
			return nil
		}
		p := made.To.Platform
		return []chat.Effect{chat.Edit{To: made.To, Target: target, Text: write(rule.To(c, card, p), p)}}
	}
	room, ok := c.Room(made.In)
	if !ok {
		return nil
	}
	var out []chat.Effect
	for _, to := range room.Chats {
		out = append(out, chat.Edit{To: to, Target: target, Text: write(rule.Aloud(c, to.Platform), to.Platform)})
	}
	return out
}

// leaveOut forgets what is quoted of somebody who wants to be in no recap.
func (r recaps) leaveOut(c chat.Community, s State, who chat.MemberID, now time.Time) (State, []chat.Effect) {
	card, ok := c.Members.ByID(who)
	if !ok || card.Settings["recap"] != "off" {
		return s, nil
	}
	return r.forgetting(c, s, who, now)
}

// maxTold is how many of somebody's messages are looked through for what is quoted of them.
const maxTold = 500

// forgetting drops what names somebody, asks what they have said, to drop what is quoted of it, and has made anew what is being
// made.
func (r recaps) forgetting(c chat.Community, s State, who chat.MemberID, now time.Time) (State, []chat.Effect) {
	s.Orders = slices.Clone(s.Orders)
	for i := range s.Orders {
		s.Orders[i].Again = true
	}
	if len(s.Orders) == 0 {
		s.Orders = nil
	}
	if len(s.Recaps) == 0 {
		return s, nil
	}
	card, _ := c.Members.ByID(who)
	s, out := r.drop(c, s, func(b Bullet) bool { return card.Name != "" && (b.Name == card.Name || isNamed(b.Text, card.Name)) }, now)
	return s, append(out, chat.Look{Rule: title, Key: string(c.ID) + " out", View: chat.Said, Arg: string(who), Limit: maxTold})
}
