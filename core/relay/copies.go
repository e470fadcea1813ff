package relay

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/say"
)

// posted sends a message to the other chats of its room.
func (r relay) posted(c chat.Community, s State, e chat.Event, p chat.Posted) (State, []chat.Effect) {
	to := others(c, e)
	if isPoll(p) {
		s.Bare = len(to) > 0 // polls stand as they are
		return s, nil
	}
	if len(to) == 0 || !carries(c, e, p) {
		return s, nil
	}
	s, over := s.vanishing(c, e, p)
	if over {
		return s, late(c, e, to)
	}
	parts := safeParts(p.Parts)
	text := newSpeech(c, e)
	var out []chat.Effect
	for _, in := range to {
		as := author(c, e)
		out = append(out, chat.Send{
			To: in, As: &as, Text: text.in(in, p.Text), Parts: parts, Answer: answer(e, p.Reply, in),
			Forward: safe(p.Forward), Message: e.Message.ID,
		})
	}
	return s, out
}

// isPoll tells whether a message is a poll that a rule of its own carries, with the votes.
func isPoll(p chat.Posted) bool {
	return slices.ContainsFunc(p.Parts, func(part chat.Part) bool { return part.Kind == chat.Poll && part.Poll != nil })
}

// carries tells whether a room wants a message to be carried: not what another program says, unless that is set; not what
// disappears, where that is switched off.
func carries(c chat.Community, e chat.Event, p chat.Posted) bool {
	room, _ := c.RoomOf(e.Chat)
	if e.By.Bot && room.Settings["bots"] != "on" {
		return false
	}
	return p.Vanish <= 0 || room.Settings["vanish"] != "off"
}

// safeParts returns the parts as others may see them: what is to be seen once is told and not shown, and nobody is called
// by what a part says.
func safeParts(parts []chat.Part) []chat.Part {
	out := slices.Clone(parts)
	for i, p := range out {
		if p.Kind == chat.ViewOnce {
			out[i].Media = chat.Media{}
		}
		out[i].Line = safe(p.Line)
		if p.Place != nil {
			place := *p.Place
			place.Name, place.Address = safe(place.Name), safe(place.Address)
			out[i].Place = &place
		}
		if p.Contact != nil {
			contact := *p.Contact
			contact.Name = safe(contact.Name)
			out[i].Contact = &contact
		}
	}
	return out
}

// answer finds what a message replies to in another chat; where that chat does not have it, its name and
// quote are told.
func answer(e chat.Event, r *chat.Reply, to chat.Chat) *chat.Answer {
	if r == nil {
		return nil
	}
	a := &chat.Answer{Name: safe(r.Name), Quote: safe(r.Quote), Partial: r.Partial, Thread: r.Thread}
	if e.ReplyTo != nil {
		if e.ReplyTo.Gone {
			return nil // it is not to be shown again in a quotation
		}
		a.Target, _ = e.ReplyTo.In(to)
		if e.ReplyTo.Name != "" {
			a.Name = safe(e.ReplyTo.Name)
		}
	}
	return a
}

// edited changes the copies in the room as it is now: what is written in a chat that has been taken out of
// it stays there. The line of reactions stays below them, as it is by now.
func (r relay) edited(c chat.Community, s State, e chat.Event, b chat.Edited) (State, []chat.Effect) {
	if r.facts[e.Chat.Platform].Deaf && isDot(b) && len(e.Message.Copies) > 0 {
		return s.dotted(), []chat.Effect{chat.Emit{Body: chat.Deleted{Ref: b.Ref}}}
	}
	var out []chat.Effect
	parts, text := safeParts(b.Parts), newSpeech(c, e)
	for _, to := range others(c, e) {
		target, ok := e.Message.In(to)
		if !ok {
			continue
		}
		as := author(c, e)
		edit := chat.Edit{To: to, Target: target, As: &as, Text: text.in(to, b.Text), Parts: parts}
		if e.ReplyTo != nil && !e.ReplyTo.Gone {
			if answered, ok := e.ReplyTo.In(to); ok {
				edit.Answer = &chat.Answer{Target: answered, Name: safe(e.ReplyTo.Name)}
			}
		}
		s, edit.Tail = r.retold(c, s, e, to, target)
		out = append(out, edit)
	}
	if len(out) > 0 {
		s.Edits++
	}
	return s, out
}

// author is whom a copy is posted for.
func author(c chat.Community, e chat.Event) chat.Person { return shown(c, e.By, e.Member) }

// shown returns a person as people elsewhere see him: somebody without a name gets a word for one, and who calls himself
// like one of those who look after the community, or like us, is shown with his own short name.
func shown(c chat.Community, p chat.Person, member chat.MemberID) chat.Person {
	p.Name = safe(p.Name)
	if p.Name == "" {
		p.Name = say.Text(c.Language(), "relay.nameless").Plain
	}
	if card, ok := c.Members.ByID(member); ok && passesFor(c, card, p.Name) {
		p.Name += " (@" + card.Handle + ")"
	}
	return p
}

// passesFor tells whether a member's name is that of somebody with a higher level, or ours.
func passesFor(c chat.Community, card chat.Card, name string) bool {
	same := func(other string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(name), ""), strings.Join(strings.Fields(other), ""))
	}
	if same("Potluck") {
		return true
	}
	return slices.ContainsFunc(c.Members.All(), func(other chat.Card) bool {
		return other.Level >= chat.Moderator && other.Level > card.Level && same(other.Name)
	})
}

// others returns the chats that are one room with the event's, except that.
func others(c chat.Community, e chat.Event) []chat.Chat {
	room, ok := c.RoomOf(e.Chat)
	if !ok {
		return nil
	}
	return room.Others(e.Chat)
}
