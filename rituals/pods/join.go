package pods

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/core/say"
	"github.com/potluck-chat/potluck/rituals/recur"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// barred returns the sentence for somebody who cannot be in a pod now, empty if they can.
func (s *State) barred(c chat.Community, e chat.Event) string {
	card, ok := c.Members.ByID(e.Member)
	held := chat.Card{Settings: map[string]string{"sanction": card.Settings["sanction"]}}
	mine, _ := s.of(e.Member)
	switch {
	case !ok || e.Level < chat.Member:
		return "refuse.nobody"
	case rule.Away(held, e.Now):
		return "refuse.held"
	case mine != nil:
		return "pod.one"
	}
	return ""
}

// begin lets a pod be found in the room where that is typed. It begins as soon as there are three.
func (s *State) begin(c chat.Community, e chat.Event, v rule.Voice, name string) []chat.Effect {
	room, ok := c.Room(e.Room)
	name = smallroom.Title(name, maxName)
	problem := s.barred(c, e)
	switch {
	case e.Private || !ok || room.Settings["private"] == "on" || room.Settings[rule.Moderators] == "on":
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.new.where"))}
	case problem == "pod.one":
		mine, _ := s.of(e.Member)
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.one", "pod", mine.Name))}
	case problem != "":
		return []chat.Effect{rule.Discreetly(e, v.Say(problem))}
	case len([]rune(name)) < 2 || isNumber(name):
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.new.how"))}
	case s.named(name) != nil:
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.new.same", "pod", name))}
	case len(s.Pods) >= maxPods:
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.new.many"))}
	}
	card, _ := c.Members.ByID(e.Member)
	local := e.Now.In(c.ZoneOf(card))
	s.Count++
	p := Pod{N: s.Count, Name: name, By: e.Member, Beside: room.ID, Seats: []Seat{{Who: e.Member, Minute: usualMinute}}}
	p.Until = recur.OnWall(time.Date(local.Year(), local.Month(), local.Day()+formingFor, 10, 0, 0, 0, time.UTC), c.ZoneOf(card))
	s.Pods = append(s.Pods, p)
	return rule.Everywhere(c, room, p.tag(tagCard), p.card, p.join(rule.Aloud(c, ""))...)
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// card is what the room reads of a pod.
func (p *Pod) card(v rule.Voice) chat.Text {
	switch {
	case !p.Over.IsZero():
		return v.Say("pod.card.over", "pod", p.Name)
	case p.Since.IsZero():
		return v.Say("pod.card", "pod", p.Name, "number", p.N, "n", len(p.Seats), "few", few, "max", full)
	case p.isFull():
		return v.Say("pod.card.full", "pod", p.Name)
	}
	return v.Say("pod.card.begun", "pod", p.Name, "number", p.N, "free", full-len(p.Seats))
}

func (p *Pod) join(v rule.Voice) []chat.Choice {
	if p.isFull() || !p.Over.IsZero() || p.Moves >= maxMoves {
		return nil
	}
	return []chat.Choice{{Label: v.Say("pod.card.in").Plain, Ask: commandSet + " in " + strconv.Itoa(p.N)}}
}

// shown changes what the room reads of the pod. On Signal a message can be changed ten times, so it is not changed for ever.
func (p *Pod) shown(c chat.Community) []chat.Effect {
	room, there := c.Room(p.Beside)
	p.Moves++
	if !there || p.Moves > maxChanges && p.Over.IsZero() {
		return nil
	}
	return rule.Anew(c, room, p.tag(tagCard), p.card, p.join(rule.Aloud(c, ""))...)
}

// join is "/pod join", with a name or a number where there are several.
func (s *State) join(c chat.Community, e chat.Event, v rule.Voice, word string) []chat.Effect {
	p := s.named(word)
	if strings.TrimSpace(word) == "" {
		for i := range s.Pods {
			if o := &s.Pods[i]; o.Over.IsZero() && !o.isFull() {
				if p != nil {
					return s.status(c, e, v)
				}
				p = o
			}
		}
	}
	if p == nil {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.join.which"))}
	}
	return s.enter(c, e, v, p)
}

// enter gives somebody a place.
func (s *State) enter(c chat.Community, e chat.Event, v rule.Voice, p *Pod) []chat.Effect {
	if p.seat(e.Member) >= 0 {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.in.already", "pod", p.Name))}
	}
	if problem := s.barred(c, e); problem != "" {
		name := ""
		if mine, _ := s.of(e.Member); mine != nil {
			name = mine.Name
		}
		if problem == "pod.one" {
			return []chat.Effect{rule.Discreetly(e, v.Say("pod.one", "pod", name))}
		}
		return []chat.Effect{rule.Discreetly(e, v.Say(problem))}
	}
	if p.isFull() || p.Moves >= maxMoves {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.full", "pod", p.Name))}
	}
	card, _ := c.Members.ByID(e.Member)
	seat := Seat{Who: e.Member, Minute: usualMinute}
	if !p.Since.IsZero() {
		seat.Next = nextAt(e.Now, usualMinute, c.ZoneOf(card))
	}
	p.Seats = append(p.Seats, seat)
	switch {
	case !p.Since.IsZero():
		out := append(p.shown(c), rule.Discreetly(e, v.Say("pod.in.begun", "pod", p.Name, "time", clockOf(usualMinute))))
		return append(out, p.comes(c, e, card)...)
	case len(p.Seats) < few:
		return append(p.shown(c), rule.Discreetly(e, v.Say("pod.in", "pod", p.Name, "n", len(p.Seats), "few", few)))
	}
	out := append(p.start(c, e), rule.Discreetly(e, v.Say("pod.in.begun", "pod", p.Name, "time", clockOf(usualMinute))))
	return append(out, p.shown(c)...)
}

// comes lets somebody into a pod that has begun.
func (p *Pod) comes(c chat.Community, e chat.Event, card chat.Card) []chat.Effect {
	p.Notes++
	out := p.tell(c, Note{N: p.Notes, By: card.ID, Kind: noteJoin, Name: smallroom.Title(card.Name, maxName)}, p.saidTag(p.Notes), e.Now)
	return append(out, p.lead(c)...)
}

// lead brings everybody to where they can read the pod: into its room, or, where there is none for them, to their own chat with
// the house. Whoever has to wait for the platform is led behind its answer.
func (p *Pod) lead(c chat.Community) []chat.Effect {
	beside, _ := c.Room(p.Beside)
	var out []chat.Effect
	for i := range p.Seats {
		seat := &p.Seats[i]
		card, ok := c.Members.ByID(seat.Who)
		if !ok || seat.Led {
			continue
		}
		effects, ready := p.Room.Ask(c, beside, card)
		out = append(out, effects...)
		switch {
		case ready:
			seat.Led = true
			if seat.Waited {
				seat.Box = []Note{{Kind: noteBegun, Word: p.Name}}
			}
		case p.Room.IsSettled():
			seat.Led, seat.Box = true, []Note{{Kind: noteHello}}
		}
	}
	return out
}

// start begins a pod: its room is asked for.
func (p *Pod) start(c chat.Community, e chat.Event) []chat.Effect {
	p.Since, p.Until = e.Now, time.Time{}
	var cards []chat.Card
	for i := range p.Seats {
		if card, ok := c.Members.ByID(p.Seats[i].Who); ok {
			cards = append(cards, card)
			p.Seats[i].Next = nextAt(e.Now, p.Seats[i].Minute, c.ZoneOf(card))
			p.Seats[i].Waited = card.ID != e.Member
		}
	}
	beside, _ := c.Room(p.Beside)
	var out []chat.Effect
	p.Room, out = smallroom.Open(c, beside, p.tag(tagRoom), p.Name, cards)
	return append(out, p.lead(c)...) // nobody can be led yet but where there is no platform to ask
}

// roomed takes what the platforms say of the pods' rooms, and of those who were asked into them.
func (s *State) roomed(c chat.Community, e chat.Event) []chat.Effect {
	for i := range s.Pods {
		p := &s.Pods[i]
		if who, link, ok := p.Room.Invited(e); ok && p.Room.Tag != "" {
			return p.invited(c, e, who, link)
		}
		out, mine := p.Room.Take(c, e)
		if !mine {
			continue
		}
		if p.Over.IsZero() { // nothing that is behind the end of the event would be done
			out = append(append(p.lead(c), p.greet(c)...), out...)
		}
		return out
	}
	return nil
}

// invited brings somebody the link to the room, or what others say there, if they cannot come in.
func (p *Pod) invited(c chat.Community, e chat.Event, who chat.MemberID, link string) []chat.Effect {
	card, ok := c.Members.ByID(who)
	if _, failed := e.Body.(chat.Failed); failed || !ok || link == "" || p.seat(who) < 0 {
		return nil
	}
	return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("pod.link", "pod", p.Name, "link", link) })
}

// greet tells the pod how it goes, as soon as it is known where.
func (p *Pod) greet(c chat.Community) []chat.Effect {
	room, there := p.Room.In(c)
	if p.Greeted || !there || !p.Room.IsSettled() {
		return nil
	}
	p.Greeted = true
	var names []string
	for _, seat := range p.Seats {
		if card, ok := c.Members.ByID(seat.Who); ok {
			names = append(names, smallroom.Title(card.Name, maxName))
		}
	}
	return rule.Everywhere(c, room, p.saidTag(0), func(v rule.Voice) chat.Text {
		text := v.Say("pod.hello", "pod", p.Name, "names", strings.Join(names, ", "), "time", clockOf(usualMinute))
		for _, missing := range p.Room.Missing() {
			text = text.Append(chat.Plain("\n"), v.Say("pod.byhand", "platform", say.Platform(v.Language, missing.Platform)))
		}
		return text
	})
}
