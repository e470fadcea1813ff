package pods

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// due does what is due by now.
func (s *State) due(c chat.Community, now time.Time) []chat.Effect {
	var out []chat.Effect
	for i := range s.Pods {
		p := &s.Pods[i]
		if !p.Over.IsZero() {
			continue
		}
		for _, seat := range slices.Clone(p.Seats) {
			card, ok := c.Members.ByID(seat.Who)
			if !ok || card.Level < chat.Member || strings.HasPrefix(card.Settings["sanction"], "ban") {
				out = append(out, p.without(c, chat.Event{Now: now}, seat.Who)...)
			}
		}
		if !p.Since.IsZero() && len(p.Seats) < 2 && p.Over.IsZero() { // somebody was erased, or two were one
			out = append(out, p.finish(c, chat.Event{Now: now})...)
		}
		if !p.Until.IsZero() && !p.Until.After(now) && p.Over.IsZero() {
			out = append(out, p.lapse(c, now)...)
		}
		for at := range p.Seats {
			if next := p.Seats[at].Next; !next.IsZero() && !next.After(now) {
				out = append(out, p.ask(c, &p.Seats[at], now)...)
			}
		}
	}
	if !s.Retro.IsZero() && !s.Retro.After(now) {
		out = append(out, s.lookBack(c, now)...)
	}
	return out
}

// lapse lets a pod be that has not found its third. Whoever waited for it hears what else there is; in a quiet week it waits on.
func (p *Pod) lapse(c chat.Community, now time.Time) []chat.Effect {
	if rule.Quiet(c, now) {
		p.Until = now.AddDate(0, 0, 1)
		return nil
	}
	var out []chat.Effect
	for _, seat := range p.Seats {
		if card, ok := c.Members.ByID(seat.Who); ok && !rule.Away(card, now) && daytime(now, c.ZoneOf(card)).Equal(now) {
			out = append(out, rule.Secretly(c, card, "", func(v rule.Voice) chat.Text {
				return v.Say("pod.lapsed", "pod", p.Name, "few", few)
			})...)
		}
	}
	p.Seats = nil
	return append(out, p.finish(c, chat.Event{Now: now})...)
}

// The questions that may stay without an answer before somebody is asked whether a pause would help, and before they are
// asked no more.
const (
	careAfter  = 2
	stillAfter = 5
)

// ask is what somebody is asked today. Who is away, at rest or in a quiet week is not asked, and has missed nothing.
func (p *Pod) ask(c chat.Community, seat *Seat, now time.Time) []chat.Effect {
	card, _ := c.Members.ByID(seat.Who)
	zone := c.ZoneOf(card)
	was := seat.Next
	seat.Next = nextAt(now, seat.Minute, zone)
	open := seat.Day != "" && seat.Status == ""
	if rule.Quiet(c, now) || rule.Away(card, now) || seat.Rest.After(now) || seat.Still {
		seat.Day, seat.Status, seat.Word = "", "", ""
		return nil
	}
	if now.Sub(was) > tooLate { // the house stood still, so that nobody could answer
		return []chat.Effect{chat.Record{Log: logRhythm, Line: "pods: a question was too late"}}
	}
	if open {
		seat.Missed++
		seat.Run = 0
	}
	seat.Day, seat.Status, seat.Word, seat.Note, seat.Changes = now.In(zone).Format(time.DateOnly), "", "", 0, 0
	switch {
	case seat.Missed >= stillAfter:
		seat.Still, seat.Day = true, ""
		return rule.Secretly(c, card, "", func(v rule.Voice) chat.Text { return v.Say("pod.still", "pod", p.Name) })
	case seat.Missed >= careAfter && !seat.Cared:
		seat.Cared = true
		return p.care(c, card, *seat)
	}
	return p.question(c, card, *seat)
}

// question asks in private, or, where somebody has not written to the house yet and it may not write first, in the pod's chat.
func (p *Pod) question(c chat.Community, card chat.Card, seat Seat) []chat.Effect {
	who, ok := rule.Door(card)
	if !ok {
		return nil
	}
	x := chat.Whisper{To: chat.Chat(who), Who: who, Secret: true, Tag: p.dayTag(tagAsk, seat)}
	if room, there := p.Room.In(c); there && who.Platform == chat.Telegram && !slices.Contains(card.Reach, who) {
		if in, here := room.On(who.Platform); here {
			x.To, x.Secret = in, false
		}
	}
	v := rule.To(c, card, who.Platform)
	x.Text, x.Choices = v.Say("pod.ask", "pod", p.Name), p.choices(v, seat.Day)
	return []chat.Effect{x}
}

// care asks somebody who has not answered for some days what would help. Nobody else reads it.
func (p *Pod) care(c chat.Community, card chat.Card, seat Seat) []chat.Effect {
	who, ok := rule.Door(card)
	if !ok {
		return nil
	}
	v, n := rule.To(c, card, who.Platform), strconv.Itoa(p.N)
	return rule.Secretly(c, card, p.ownTag(tagCare, seat), func(v rule.Voice) chat.Text { return v.Say("pod.care", "pod", p.Name) },
		chat.Choice{Label: v.Say("pod.care.rest").Plain, Ask: commandSet + " rest " + n},
		chat.Choice{Label: v.Say("pod.care.help").Plain, Ask: commandSet + " help " + n},
		chat.Choice{Label: v.Say("pod.care.on").Plain, Ask: commandSet + " on " + n})
}

// help tells the pod that somebody could use a hand: only at their own word, and once a day.
func (p *Pod) help(c chat.Community, e chat.Event, v rule.Voice, seat *Seat) []chat.Effect {
	if seat.Changes > 0 {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.settled"))}
	}
	seat.Changes = 1
	seat.Missed, seat.Still = 0, false
	p.Notes++
	out := p.tell(c, Note{N: p.Notes, By: e.Member, Kind: noteHelp, Name: nameOf(c, e, v)}, p.saidTag(p.Notes), e.Now)
	return append(out, rule.Discreetly(e, v.Say("pod.help.done")))
}

// goOn asks somebody today's question after all.
func (p *Pod) goOn(e chat.Event, v rule.Voice, seat *Seat) []chat.Effect {
	seat.Missed, seat.Still = 0, false
	if seat.Day == "" || seat.Status != "" {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.settled"))}
	}
	ask := rule.Discreetly(e, v.Say("pod.ask", "pod", p.Name), p.choices(v, seat.Day)...)
	return []chat.Effect{tagged(ask, p.dayTag(tagAsk, *seat))}
}

// lookBack asks each pod on Friday how the week was, with what all together have done in it.
func (s *State) lookBack(c chat.Community, now time.Time) []chat.Effect {
	was := s.Retro
	s.Retro = friday(now, c.Zone())
	late := now.Sub(was)
	if late > tooLate {
		return []chat.Effect{chat.Record{Log: logRhythm, Line: "pods: the look back was too late"}}
	}
	if rule.Quiet(c, now) {
		return nil
	}
	var out []chat.Effect
	for i := range s.Pods {
		p := &s.Pods[i]
		if p.Since.IsZero() || !p.Over.IsZero() || now.Sub(p.Since) < 48*time.Hour {
			continue
		}
		out = append(out, p.retro(c, now, late > time.Minute)...)
	}
	return out
}

func (p *Pod) retro(c chat.Community, now time.Time, late bool) []chat.Effect {
	p.bring(c, Note{Kind: noteRetro}, now)
	said := []int{p.Done, p.Partial, p.Blocked}
	p.Done, p.Partial, p.Blocked, p.Skip = 0, 0, 0, 0
	room, there := p.Room.In(c)
	if !there {
		return nil
	}
	return rule.Everywhere(c, room, p.tag(tagRetro), func(v rule.Voice) chat.Text {
		text := v.Say("pod.retro")
		if said[0]+said[1]+said[2] > 0 {
			text = text.Append(chat.Plain("\n"), v.Say("pod.retro.week", "done", said[0], "partial", said[1], "blocked", said[2]))
		}
		if late {
			text = text.Append(chat.Plain(" "), v.Say("pod.late"))
		}
		return text
	})
}
