package rhythm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// mayNotPlan tells why somebody may only read what is planned.
func mayNotPlan(e chat.Event) (key string, refused bool) {
	switch {
	case e.By.Anonymous:
		return "refuse.anonymous", true
	case e.Level >= chat.Organiser:
		return "", false
	case e.By.Unsure:
		return "refuse.unsure", true
	}
	return "ritual.organisers", true
}

// audit is the line in the moderators' record of what an organiser has changed.
func audit(e chat.Event, format string, args ...any) chat.Effect {
	return chat.Record{Log: "audit", By: e.Member, Line: string(e.By.Identity.Platform) + " ritual: " + fmt.Sprintf(format, args...)}
}

// askedRituals is /rituals: what is planned, or a first plan.
func askedRituals(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	if len(b.Args) == 0 || !strings.EqualFold(b.Args[0], "init") {
		return s, []chat.Effect{rule.Reply(e, s.list(c, e, v))}
	}
	if key, refused := mayNotPlan(e); refused {
		return s, []chat.Effect{rule.Reply(e, v.Say(key))}
	}
	room := roomHere(c, e)
	if room == "" {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.noplace"))}
	}
	added := 0
	for _, r := range usual() {
		if _, there := s.byID(r.ID); there || len(s.Rituals) >= maxRituals {
			continue
		}
		r.Room = room
		if r, ok := r.begun(clock{hour: usualClock}, e.Now, c.Zone()); ok {
			s.Rituals = append(s.Rituals, r)
			added++
		}
	}
	if added == 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.init.there").Append(chat.Plain("\n"), s.list(c, e, v)))}
	}
	text := v.Say("ritual.init", "room", nameOfRoom(c, room, e.Chat.Platform))
	text = text.Append(chat.Plain("\n"), s.list(c, e, v), chat.Plain("\n"), v.Say("ritual.init.next"))
	return s, []chat.Effect{audit(e, "init"), rule.Reply(e, text)}
}

// list shows the rituals, the next time of each in the reader's zone.
func (s State) list(c chat.Community, e chat.Event, v rule.Voice) chat.Text {
	if !slices.ContainsFunc(s.Rituals, func(r Ritual) bool { return r.mayHear(c, e) }) {
		return v.Say("ritual.none")
	}
	out := v.Say("ritual.list", "zone", c.Zone().String())
	for i, r := range s.Rituals {
		if !r.mayHear(c, e) {
			continue
		}
		room := nameOfRoom(c, r.Room, e.Chat.Platform)
		line := v.Say("ritual.line", "n", i+1, "name", r.name(v), "when", spoken(v, r), "next", s.comes(c, v, r, e.Now), "room", room)
		out = out.Append(chat.Plain("\n"), line)
	}
	for _, d := range rule.QuietDays(c) {
		if !e.Now.Before(firstMoment(d, c.Zone()).AddDate(0, 0, -listAhead)) && e.Now.Before(lastMoment(d, c.Zone())) {
			out = out.Append(chat.Plain("\n"), v.Say("ritual.quiet", "from", dayText(v, d.First), "to", dayText(v, d.Last)))
		}
	}
	if v.Zone.String() != c.Zone().String() {
		out = out.Append(chat.Plain("\n"), v.Say("ritual.yourzone", "zone", v.Zone.String()))
	}
	return out
}

// listAhead is how many days before a quiet week the list tells of it.
const listAhead = 28

// comes says when a ritual is next, or why it is not.
func (s State) comes(c chat.Community, v rule.Voice, r Ritual, now time.Time) chat.Text {
	if r.Paused {
		return v.Say("ritual.paused")
	}
	next := r.coming(c, now, 1)
	if r.Next.IsZero() || len(next) == 0 {
		return v.Say("ritual.over")
	}
	return v.Say("ritual.next", "at", next[0])
}

// askedRitual is /ritual: what an organiser changes.
func askedRitual(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	words := wordsOf(b.Text.Plain)
	if len(words) == 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.how"))}
	}
	verb := bare(words[0].text)
	if verb == "add" {
		return add(c, s, e, b.Text.Plain, words[1:])
	}
	var change func(chat.Community, State, chat.Event, request) (State, []chat.Effect)
	switch verb {
	case "time":
		change = retime
	case "text":
		change = retext
	case "room":
		change = reroom
	case "open":
		change = reopen
	case "host":
		change = rehost
	case "pause":
		change = pause
	case "resume":
		change = resume
	case "retire":
		change = retire
	case "now":
		change = openNow
	default:
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.how"))}
	}
	i, n, ok := s.find(v, textsOf(words[1:]))
	if !ok {
		names := s.names(c, e, v)
		if len(names) == 0 {
			return s, []chat.Effect{rule.Reply(e, v.Say("ritual.none"))}
		}
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.which", "names", strings.Join(names, ", ")))}
	}
	return change(c, s, e, request{voice: v, index: i, whole: b.Text.Plain, name: words[n], rest: words[n+1:]})
}

// request is a change of one ritual.
type request struct {
	voice rule.Voice
	index int
	whole string // the command's text
	name  word   // the last word of the ritual's name
	rest  []word // the words behind it
}

func textsOf(words []word) []string {
	var out []string
	for _, w := range words {
		out = append(out, w.text)
	}
	return out
}

// names lists the rituals so that one can be picked.
func (s State) names(c chat.Community, e chat.Event, v rule.Voice) (out []string) {
	for i, r := range s.Rituals {
		if r.mayHear(c, e) {
			out = append(out, fmt.Sprintf("%d %s", i+1, r.name(v)))
		}
	}
	return out
}
