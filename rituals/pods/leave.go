package pods

import (
	"slices"
	"strconv"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// leave gives somebody's place back.
func (s *State) leave(c chat.Community, e chat.Event, v rule.Voice) []chat.Effect {
	p, _ := s.of(e.Member)
	out := []chat.Effect{rule.Discreetly(e, v.Say("pod.leave.done", "pod", p.Name))}
	return append(out, p.without(c, e, e.Member)...)
}

// gone gives back the place of whoever has left the pod's chat.
func (s *State) gone(c chat.Community, e chat.Event, b chat.Left) []chat.Effect {
	card, ok := c.Members.Of(b.Who.Identity)
	if !ok {
		return nil
	}
	p, _ := s.of(card.ID)
	if p == nil || p.Room.ID == "" || p.Room.ID != e.Room {
		return nil
	}
	return p.without(c, e, card.ID)
}

// without takes somebody out of the pod, and tells it that there is a place. Two are no pod that could go on for long, but
// they are asked for company first; one alone has none.
func (p *Pod) without(c chat.Community, e chat.Event, who chat.MemberID) []chat.Effect {
	name := ""
	if card, ok := c.Members.ByID(who); ok {
		name = smallroom.Title(card.Name, maxName)
	}
	p.Seats = slices.DeleteFunc(p.Seats, func(s Seat) bool { return s.Who == who })
	var out []chat.Effect
	if !p.Since.IsZero() && len(p.Seats) > 1 {
		p.Notes++
		out = p.tell(c, Note{N: p.Notes, By: who, Kind: noteLeft, Name: name}, p.saidTag(p.Notes), e.Now)
	}
	if len(p.Seats) == 0 || !p.Since.IsZero() && len(p.Seats) < 2 {
		return append(out, p.finish(c, e)...)
	}
	return append(out, p.shown(c)...)
}

// finish ends a pod: its room can still be read.
func (p *Pod) finish(c chat.Community, e chat.Event) []chat.Effect {
	var out []chat.Effect
	if room, there := p.Room.In(c); there {
		out = rule.Everywhere(c, room, "", func(v rule.Voice) chat.Text { return v.Say("pod.over", "pod", p.Name) })
		out = append(out, p.Room.Shut(c)...)
	}
	for _, seat := range p.Seats {
		if card, ok := c.Members.ByID(seat.Who); ok && seat.Who != e.Member && p.outside(c, card) && !rule.Away(card, e.Now) {
			out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("pod.over", "pod", p.Name) })...)
		}
	}
	p.Over, p.Seats, p.Until = e.Now, nil, time.Time{}
	return append(out, p.shown(c)...)
}

// mayEnd tells whether somebody may end a pod for all: who has begun it, while they are in it, and organisers.
func (p *Pod) mayEnd(e chat.Event) bool {
	return e.Level >= chat.Organiser || e.Member == p.By && p.seat(e.Member) >= 0
}

// askEnd asks whether a pod is to end.
func (s *State) askEnd(_ chat.Community, e chat.Event, v rule.Voice, word string) []chat.Effect {
	p := s.named(word)
	if word == "" {
		p, _ = s.of(e.Member)
	}
	switch {
	case p == nil:
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.end.which"))}
	case !p.mayEnd(e):
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.end.who", "pod", p.Name))}
	}
	yes := chat.Choice{Label: v.Say("pod.end.yes").Plain, Ask: commandSet + " end " + strconv.Itoa(p.N)}
	return []chat.Effect{rule.Discreetly(e, v.Say("pod.end.sure", "pod", p.Name), yes)}
}

func (s *State) end(c chat.Community, e chat.Event, v rule.Voice, p *Pod) []chat.Effect {
	if !p.mayEnd(e) {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.end.who", "pod", p.Name))}
	}
	out := []chat.Effect{
		chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " pod: end " + strconv.Itoa(p.N)},
		rule.Discreetly(e, v.Say("pod.end.done", "pod", p.Name)),
	}
	return append(out, p.finish(c, e)...)
}
