package caps

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// asked answers /caps and what is chosen under what the rule has said.
func asked(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	switch b.Command {
	case "capsallow", "capsrefuse", "capsback", "capsleave":
		return moderated(c, s, e, b)
	}
	if e.Member == "" {
		return State{}, []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("refuse.nobody"))}
	}
	verb, arg := "", ""
	if len(b.Args) > 0 {
		verb = strings.ToLower(b.Args[0])
	}
	if len(b.Args) > 1 {
		arg = b.Args[1]
	}
	switch verb {
	case "":
		return s, []chat.Effect{rule.Discreetly(e, s.overview(c, e))}
	case "queue", "ask", "drop", "human":
		return s.decided(c, e, verb, arg)
	case "reply":
		return s.reply(c, e, b, arg)
	}
	if !e.Private {
		return s, []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("caps.private"))}
	}
	n := s.named(verb)
	if n < 0 {
		return s, []chat.Effect{rule.Discreetly(e, rule.Speak(c, e).Say("caps.none"))}
	}
	return s, []chat.Effect{rule.Discreetly(e, s.whole(c, e, n), s.choices(c, rule.Speak(c, e), s.Items[n], e.Now)...)}
}

// named finds an item that waits by the word for it: "=ID" under a choice, else its number in the list, from 1; -1 =
// none.
func (s State) named(word string) int {
	if id, ok := strings.CutPrefix(word, "="); ok {
		n := s.item(chat.MessageID(id))
		if n >= 0 && s.Items[n].isOut() {
			return -1
		}
		return n
	}
	k, err := strconv.Atoi(word)
	if err != nil || k < 1 {
		return -1
	}
	for n, i := range s.Items {
		if i.isOut() {
			continue
		}
		if k--; k == 0 {
			return n
		}
	}
	return -1
}

// overview tells what is left of the week and what waits. In a room only the numbers are told.
func (s State) overview(c chat.Community, e chat.Event) chat.Text {
	v := rule.Speak(c, e)
	week := weekOf(e.Now, c.Zone())
	var names []string
	for _, r := range c.Rooms {
		if r.Settings[capped] == "on" && r.Settings[promos] != "on" {
			names = append(names, r.Name)
		}
	}
	var out chat.Text
	switch promo, some := c.With(promos); {
	case len(names) == 0 && !some:
		out = v.Say("caps.nowhere")
	case isExempt(c, e.Level):
		out = v.Say("caps.exempt")
	default:
		if len(names) > 0 {
			used, of := s.used(false, week), limit(c, false)
			out = v.Say("caps.left", "left", max(of-used, 0), "cap", of, "rooms", strings.Join(names, ", "), "reset", after(week))
		}
		if some {
			used := s.used(true, week)
			out = lines(out, v.Say("caps.left.promo", "left", max(promosAWeek-used, 0), "cap", promosAWeek, "room", promo.Name))
		}
	}
	if s.open() == 0 {
		return out
	}
	if !e.Private {
		return lines(out, v.Say("caps.waiting", "n", s.open()))
	}
	out = lines(out, v.Say("caps.waiting.here"))
	k := 0
	for _, i := range s.Items {
		if i.isOut() {
			continue
		}
		k++
		out = lines(out, v.Say("caps.line", "n", k, "state", i.state(v), "words", i.snippet()))
	}
	return out
}

// state says what an item waits for.
func (i Item) state(v rule.Voice) chat.Text {
	switch {
	case i.Asked:
		return v.Say("caps.state.asked")
	case !i.Due.IsZero():
		return v.Say("caps.state.queued", "when", i.Due)
	}
	return v.Say("caps.state.waits")
}

// whole shows one item.
func (s State) whole(c chat.Community, e chat.Event, n int) chat.Text {
	v, i := rule.Speak(c, e), s.Items[n]
	room, _ := c.Room(i.Room)
	return v.Say("caps.one", "room", room.Name, "state", i.state(v)).Append(chat.Plain("\n\n"), i.shown())
}

// decided does what the author has chosen for an item.
func (s State) decided(c chat.Community, e chat.Event, verb, arg string) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	answer := func(key string, pairs ...any) []chat.Effect {
		return []chat.Effect{rule.Discreetly(e, v.Say(key, pairs...))}
	}
	if verb == "human" {
		return s.objects(c, e, arg)
	}
	n := s.named(arg)
	if n < 0 {
		return s, answer("caps.none")
	}
	room, there := c.Room(s.Items[n].Room)
	switch {
	case verb == "drop":
		item := s.Items[n]
		s = s.drop(n)
		return s, append(append(answer("caps.dropped"), wake(c, e.Member, s)...), withdraw(c, item)...)
	case !there || !s.Items[n].mayGo(c, e.Member):
		return s, answer("caps.absent", "room", room.Name)
	case verb == "ask":
		return s.askModerators(c, e, n)
	}
	return s.queue(c, e, n)
}

// queue puts an item into the queue, or posts it at once if the week has room by now.
func (s State) queue(c chat.Community, e chat.Event, n int) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	item := &s.Items[n]
	room, _ := c.Room(item.Room)
	if !item.Due.IsZero() {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("caps.queued", "room", room.Name, "when", item.Due))}
	}
	at := s.slot(c, item.Promo, e.Now)
	out := withdraw(c, *item)
	item.Asked = false
	if at.After(e.Now) {
		item.Due = at
		out = append(out, rule.Discreetly(e, v.Say("caps.queued", "room", room.Name, "when", at)))
		return s, append(out, wake(c, e.Member, s)...)
	}
	s, posts := s.deliver(c, e.Member, n, e, nil, true)
	return s, append(append(out, posts...), rule.Discreetly(e, v.Say("caps.posted", "room", room.Name)))
}

// due posts what is due, and keeps it for its author if he may not post there now.
func due(c chat.Community, s State, e chat.Event, who chat.MemberID) (State, []chat.Effect) {
	card, ok := c.Members.ByID(who)
	if !ok {
		return s, nil
	}
	var out []chat.Effect
	for n := range s.Items {
		item := &s.Items[n]
		if item.isOut() || item.Due.IsZero() || item.Due.After(e.Now) {
			continue
		}
		room, _ := c.Room(item.Room)
		if until, isCooling := cooling(room); isCooling && until.After(e.Now) {
			item.Due = until.Add(time.Second)
			continue
		}
		item.Due = time.Time{}
		if !item.mayGo(c, who) {
			write := func(v rule.Voice) chat.Text { return v.Say("caps.absent", "room", room.Name) }
			out = append(out, rule.Secretly(c, card, "", write)...)
			continue
		}
		var posts []chat.Effect
		s, posts = s.deliver(c, who, n, e, nil, true)
		write := func(v rule.Voice) chat.Text { return v.Say("caps.posted", "room", room.Name) }
		out = append(append(out, posts...), rule.Secretly(c, card, "", write)...)
	}
	return s, append(out, wake(c, who, s)...)
}
