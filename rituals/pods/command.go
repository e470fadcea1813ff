package pods

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// asked is /pod and what is chosen.
func (s *State) asked(c chat.Community, e chat.Event, b chat.Asked) []chat.Effect {
	v := rule.Speak(c, e)
	switch {
	case e.By.Anonymous:
		return []chat.Effect{rule.Reply(e, v.Say("refuse.anonymous"))}
	case e.Member == "":
		return []chat.Effect{rule.Reply(e, v.Say("refuse.nobody"))}
	case b.Command == commandSet:
		return s.chosen(c, e, v, b.Args)
	}
	verb, rest := "", []string(nil)
	if len(b.Args) > 0 {
		verb, rest = strings.ToLower(b.Args[0]), b.Args[1:]
	}
	switch verb {
	case "":
		return s.status(c, e, v)
	case "new":
		return s.begin(c, e, v, strings.Join(rest, " "))
	case "join":
		return s.join(c, e, v, strings.Join(rest, " "))
	case "end":
		return s.askEnd(c, e, v, strings.Join(rest, " "))
	}
	p, seat := s.of(e.Member)
	if p == nil && slices.Contains(verbs(), verb) {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.none"))}
	}
	switch verb {
	case done, partial, "partly", skip, blocked, "stuck":
		return s.answered(c, e, v, b, verb)
	case "time":
		return p.setTime(c, e, v, seat, rest)
	case "rest":
		return p.rested(c, e, v, seat, rest)
	case "back":
		return p.back(c, e, v, seat)
	case "streak":
		return p.streak(e, v, seat, rest)
	case "leave":
		return s.leave(c, e, v)
	}
	return []chat.Effect{rule.Discreetly(e, v.Say("pod.how"))}
}

// verbs are those that only somebody in a pod can use.
func verbs() []string {
	return []string{done, partial, "partly", skip, blocked, "stuck", "time", "rest", "back", "streak", "leave"}
}

// chosen is a choice under one of the messages; what it says is checked again, for messages grow old.
func (s *State) chosen(c chat.Community, e chat.Event, v rule.Voice, args []string) []chat.Effect {
	over := []chat.Effect{rule.Discreetly(e, v.Say("pod.settled"))}
	if len(args) < 2 {
		return over
	}
	n, err := strconv.Atoi(args[1])
	p := s.byNumber(n)
	if err != nil || p == nil {
		return over
	}
	switch args[0] {
	case "in":
		return s.enter(c, e, v, p)
	case "end":
		return s.end(c, e, v, p)
	}
	at := p.seat(e.Member)
	if at < 0 || p.Since.IsZero() {
		return over
	}
	seat := &p.Seats[at]
	switch {
	case slices.Contains(answers(), args[0]):
		if len(args) != 3 || args[2] != seat.Day {
			return over
		}
		return p.answer(c, e, v, seat, args[0], "")
	case args[0] == "rest":
		return p.rested(c, e, v, seat, nil)
	case args[0] == "help":
		return p.help(c, e, v, seat)
	case args[0] == "on":
		return p.goOn(e, v, seat)
	}
	return over
}

// isHere tells whether what is said where an event is stays in the pod.
func (p *Pod) isHere(e chat.Event) bool {
	return e.Private || e.Room != "" && e.Room == p.Room.ID
}

// status is what somebody sees of their own pod, or of those that have a place.
func (s *State) status(c chat.Community, e chat.Event, v rule.Voice) []chat.Effect {
	p, seat := s.of(e.Member)
	if p == nil {
		text := v.Say("pod.open")
		some := false
		for i := range s.Pods {
			if o := &s.Pods[i]; o.Over.IsZero() && !o.isFull() {
				some = true
				text = text.Append(chat.Plain("\n"), v.Say("pod.open.line", "pod", o.Name, "number", o.N, "n", len(o.Seats), "max", full))
			}
		}
		if !some {
			text = v.Say("pod.open.none")
		}
		return []chat.Effect{rule.Discreetly(e, text)}
	}
	if p.Since.IsZero() {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.yours.forming", "pod", p.Name, "n", len(p.Seats), "few", few))}
	}
	text := v.Say("pod.yours", "pod", p.Name, "n", len(p.Seats), "time", clockOf(seat.Minute), "place", p.place(c, v))
	switch {
	case seat.Still:
		text = text.Append(chat.Plain("\n"), v.Say("pod.yours.still"))
	case seat.Rest.After(e.Now):
		text = text.Append(chat.Plain("\n"), v.Say("pod.yours.rest", "until", seat.Rest))
	}
	if seat.Counts {
		text = text.Append(chat.Plain("\n"), v.Say("pod.run", "n", seat.Run))
	}
	return []chat.Effect{rule.Discreetly(e, text)}
}

// place says where the pod reads what its people answer.
func (p *Pod) place(c chat.Community, v rule.Voice) chat.Text {
	if room, there := p.Room.In(c); there {
		return v.Say("pod.place.room", "room", room.Name)
	}
	return v.Say("pod.place.private")
}

// clockOf writes a minute of the day: "9:05".
func clockOf(minute int) string {
	return strconv.Itoa(minute/60) + ":" + strconv.Itoa(minute%60/10) + strconv.Itoa(minute%10)
}

// minuteIn reads "9", "9:30", "9.30" or "7pm".
func minuteIn(words []string) (int, bool) {
	word := strings.ToLower(strings.Join(words, ""))
	bare := strings.TrimSuffix(strings.TrimSuffix(word, "am"), "pm")
	hour, minute, both := strings.Cut(strings.ReplaceAll(bare, ".", ":"), ":")
	h, err := strconv.Atoi(hour)
	m := 0
	if both && err == nil {
		m, err = strconv.Atoi(minute)
	}
	if err != nil || len(words) == 0 || both && len(minute) != 2 {
		return 0, false
	}
	if bare != word {
		if h < 1 || h > 12 {
			return 0, false
		}
		h %= 12
		if strings.HasSuffix(word, "pm") {
			h += 12
		}
	}
	return 60*h + m, h >= 0 && h < 24 && m >= 0 && m < 60
}

// setTime changes when somebody is asked.
func (p *Pod) setTime(c chat.Community, e chat.Event, v rule.Voice, seat *Seat, words []string) []chat.Effect {
	minute, ok := minuteIn(words)
	if !ok {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.time.how", "time", clockOf(seat.Minute)))}
	}
	seat.Minute = minute
	if p.Since.IsZero() {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.time.later", "time", clockOf(minute)))}
	}
	card, _ := c.Members.ByID(e.Member)
	zone := c.ZoneOf(card)
	seat.Next = nextAt(e.Now, minute, zone)
	if seat.Day == seat.Next.In(zone).Format(time.DateOnly) { // asked today already
		seat.Next = nextAt(seat.Next, minute, zone)
	}
	next := rule.To(c, card, e.Chat.Platform).Say("pod.time.done", "time", clockOf(minute), "zone", zone.String(), "next", seat.Next)
	return []chat.Effect{rule.Discreetly(e, next)}
}

// maxRest is the longest that somebody can be left alone by one word.
const maxRest = 60 * 24 * time.Hour

// rested leaves somebody alone for a while; their place stays theirs.
func (p *Pod) rested(_ chat.Community, e chat.Event, v rule.Voice, seat *Seat, words []string) []chat.Effect {
	d := restFor
	if len(words) > 0 {
		typed, rest, ok := rule.Duration(words)
		if !ok || len(rest) > 0 || typed > maxRest {
			return []chat.Effect{rule.Discreetly(e, v.Say("pod.rest.how"))}
		}
		d = typed
	}
	seat.Rest = e.Now.Add(d)
	seat.Missed, seat.Cared, seat.Still = 0, false, false
	return []chat.Effect{rule.Discreetly(e, v.Say("pod.rest.done", "until", seat.Rest))}
}

// back lets somebody be asked again.
func (p *Pod) back(c chat.Community, e chat.Event, v rule.Voice, seat *Seat) []chat.Effect {
	if p.Since.IsZero() {
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.yours.forming", "pod", p.Name, "n", len(p.Seats), "few", few))}
	}
	card, _ := c.Members.ByID(e.Member)
	seat.Rest, seat.Missed, seat.Cared, seat.Still = time.Time{}, 0, false, false
	seat.Next = nextAt(e.Now, seat.Minute, c.ZoneOf(card))
	return []chat.Effect{rule.Discreetly(e, v.Say("pod.back.done", "next", seat.Next))}
}

// streak lets somebody's days in a row be counted, or not; nobody else sees it.
func (p *Pod) streak(e chat.Event, v rule.Voice, seat *Seat, words []string) []chat.Effect {
	switch strings.ToLower(strings.Join(words, " ")) {
	case "on":
		seat.Counts = true
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.streak.on", "n", seat.Run))}
	case "off":
		seat.Counts, seat.Run = false, 0
		return []chat.Effect{rule.Discreetly(e, v.Say("pod.streak.off"))}
	}
	return []chat.Effect{rule.Discreetly(e, v.Say("pod.streak.how"))}
}

// named finds a pod by its number or its name.
func (s *State) named(word string) *Pod {
	if n, err := strconv.Atoi(strings.TrimSpace(word)); err == nil {
		return s.byNumber(n)
	}
	word = smallroom.Title(word, maxName)
	for i := range s.Pods {
		if p := &s.Pods[i]; p.Over.IsZero() && strings.EqualFold(p.Name, word) {
			return p
		}
	}
	return nil
}
