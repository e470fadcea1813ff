package pods

import (
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// answered is "/pod done two pages". What is typed where others read is taken away: it is for the pod.
func (s *State) answered(c chat.Community, e chat.Event, v rule.Voice, b chat.Asked, verb string) []chat.Effect {
	p, seat := s.of(e.Member)
	if !p.isHere(e) {
		return []chat.Effect{
			chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}}, rule.Discreetly(e, v.Say("pod.elsewhere")),
		}
	}
	if p.Since.IsZero() || seat.Day == "" {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.notyet"))}
	}
	switch verb {
	case "partly":
		verb = partial
	case "stuck":
		verb = blocked
	}
	return p.answer(c, e, v, seat, verb, strings.Join(b.Args[1:], " "))
}

// answer notes how somebody's day went, and tells the pod: once a day, later changes change what was said.
func (p *Pod) answer(c chat.Community, e chat.Event, v rule.Voice, seat *Seat, status, word string) []chat.Effect {
	first, untold := seat.Status == "", seat.Note == 0
	word = smallroom.Title(word, maxWord)
	if word == "" {
		word = seat.Word
	}
	if seat.Status == status && seat.Word == word {
		return []chat.Effect{p.noted(e, v, seat)}
	}
	if seat.Changes >= maxChanges {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.changed.enough"))}
	}
	p.count(seat.Status, -1)
	p.count(status, 1)
	seat.Status, seat.Word = status, word
	seat.Changes++
	seat.Missed, seat.Cared, seat.Still = 0, false, false
	if first && status != skip {
		seat.Run++
	}
	n := Note{N: seat.Note, By: e.Member, Kind: status, Name: nameOf(c, e, v), Word: word}
	if untold {
		p.Notes++
		seat.Note, n.N = p.Notes, p.Notes
		return append(p.tell(c, n, p.saidTag(n.N), e.Now), p.noted(e, v, seat))
	}
	p.bring(c, n, e.Now)
	var out []chat.Effect
	if room, there := p.Room.In(c); there {
		out = rule.Anew(c, room, p.saidTag(n.N), n.in)
	}
	return append(out, p.noted(e, v, seat))
}

func nameOf(c chat.Community, e chat.Event, v rule.Voice) string {
	card, _ := c.Members.ByID(e.Member)
	for _, name := range []string{card.Name, e.By.Name} {
		if name = smallroom.Title(name, maxName); name != "" {
			return name
		}
	}
	return v.Say("pod.somebody").Plain
}

// noted tells somebody that their answer stands; words can still be added by answering that.
func (p *Pod) noted(e chat.Event, v rule.Voice, seat *Seat) chat.Effect {
	text := v.Say("pod.noted")
	if seat.Word == "" {
		text = v.Say("pod.noted.word")
	}
	if seat.Counts {
		text = text.Append(chat.Plain("\n"), v.Say("pod.run", "n", seat.Run))
	}
	return tagged(rule.Discreetly(e, text), p.dayTag(tagAck, *seat))
}

// tagged is an answer with a tag, so that it can be answered.
func tagged(x chat.Effect, tag string) chat.Effect {
	switch x := x.(type) {
	case chat.Send:
		x.Tag = tag
		return x
	case chat.Whisper:
		x.Tag = tag
		return x
	default:
		return x
	}
}

// worded takes the words that somebody answers to one of the house's messages: those to the day's question are the day's
// answer, others are brought to the pod. In its room they stand there already.
func (s *State) worded(c chat.Community, e chat.Event, b chat.Posted) []chat.Effect {
	p, seat := s.of(e.Member)
	if p == nil || p.N != numberOf(e.ReplyTo.Tag) || p.Since.IsZero() {
		if e.Private {
			return []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("pod.settled")), chat.Drop{}}
		}
		return nil
	}
	v := rule.Speak(c, e)
	day, isAsk := dayIn(e.ReplyTo.Tag)
	if !e.Private {
		if isAsk && day == seat.Day && e.Room == p.Room.ID && seat.Status == "" {
			seat.Status = worded
			seat.Missed, seat.Cared, seat.Still = 0, false, false
			seat.Run++
		}
		return nil
	}
	word := smallroom.Title(b.Text.Plain, maxWord)
	switch {
	case word == "":
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.words")), chat.Drop{}}
	case isAsk && day != seat.Day:
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.settled")), chat.Drop{}}
	case isAsk:
		status, rest := statusIn(v, word, seat.Status)
		return append(p.answer(c, e, v, seat, status, rest), chat.Drop{})
	}
	p.Notes++
	n := Note{N: p.Notes, By: e.Member, Kind: noteTalk, Name: nameOf(c, e, v), Word: word}
	out := p.tell(c, n, p.saidTag(n.N), e.Now)
	return append(out, tagged(rule.Discreetly(e, v.Say("pod.passed")), p.ownTag(tagBox, *seat)), chat.Drop{})
}

// statusIn reads an answer that begins with its status ("done, two pages"); words alone leave the status as it is.
func statusIn(v rule.Voice, word, now string) (status, rest string) {
	first, behind, _ := strings.Cut(word, " ")
	bare := strings.Trim(first, ".,;:!-–")
	for _, o := range offers(v) {
		if strings.EqualFold(bare, o.status) || strings.EqualFold(word, o.label) || strings.EqualFold(bare, o.label) {
			if strings.EqualFold(word, o.label) {
				behind = ""
			}
			return o.status, strings.TrimLeft(behind, " -–:,")
		}
	}
	if now == "" {
		now = worded
	}
	return now, word
}

// offer is an answer and what stands on its button.
type offer struct{ status, label string }

func offers(v rule.Voice) []offer {
	return []offer{
		{done, v.Say("pod.ask.done").Plain},
		{partial, v.Say("pod.ask.partial").Plain},
		{skip, v.Say("pod.ask.skip").Plain},
		{blocked, v.Say("pod.ask.blocked").Plain},
	}
}

// choices are the answers to a day's question.
func (p *Pod) choices(v rule.Voice, day string) []chat.Choice {
	var out []chat.Choice
	for _, o := range offers(v) {
		out = append(out, chat.Choice{Label: o.label, Ask: strings.Join([]string{commandSet, o.status, strconv.Itoa(p.N), day}, " ")})
	}
	return out
}
