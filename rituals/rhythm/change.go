package rhythm

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// with returns the state with one ritual changed.
func (s State) with(i int, r Ritual) State {
	s.Rituals = slices.Clone(s.Rituals)
	s.Rituals[i] = r
	return s
}

// retext gives a ritual other words.
func retext(_ chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	text := behind(q.whole, q.name)
	switch {
	case text == "":
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.text.how", "id", r.ID, "text", r.text(v)))}
	case len([]rune(text)) > maxText:
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.text.long", "n", len([]rune(text)), "max", maxText))}
	}
	r.Text = text
	return s.with(q.index, r), []chat.Effect{
		audit(e, "%s: text", r.ID), rule.Reply(e, v.Say("ritual.text.done", "name", r.name(v), "text", text)),
	}
}

// reroom lets a ritual be in another room: the one that is named, or the one where that is typed.
func reroom(c chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	room := e.Room
	if len(q.rest) > 0 {
		words := q.rest
		if lexiconOf(v.Language)[bare(words[0].text)] == tokenIn && len(words) > 1 {
			words = words[1:]
		}
		named, ok := roomNamed(c, joined(words))
		if !ok {
			text := v.Say("ritual.noroom", "word", tidy(joined(words)), "rooms", roomNames(c, e.Chat.Platform))
			return s, []chat.Effect{rule.Reply(e, text)}
		}
		room = named
	}
	if _, ok := c.Room(room); !ok {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.room.how", "id", r.ID, "rooms", roomNames(c, e.Chat.Platform)))}
	}
	r.Room = room
	return s.with(q.index, r), []chat.Effect{
		audit(e, "%s: room %s", r.ID, room),
		rule.Reply(e, v.Say("ritual.room.done", "name", r.name(v), "room", nameOfRoom(c, room, e.Chat.Platform))),
	}
}

// The shortest and the longest that an occurrence can be open.
const (
	minOpen = time.Hour
	maxOpen = 14 * 24 * time.Hour
)

// reopen changes how long answers to a ritual are counted.
func reopen(_ chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	d, rest, ok := rule.Duration(textsOf(q.rest))
	if !ok || len(rest) > 0 || d < minOpen || d > maxOpen {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.open.how", "id", r.ID))}
	}
	r.Hours = int(d / time.Hour)
	return s.with(q.index, r), []chat.Effect{
		audit(e, "%s: open %d h", r.ID, r.Hours), rule.Reply(e, v.Say("ritual.open.done", "name", r.name(v), "time", r.openFor())),
	}
}

func pause(_ chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	r.Paused = true
	return s.with(q.index, r), []chat.Effect{
		audit(e, "%s: pause", r.ID), rule.Reply(e, v.Say("ritual.pause.done", "name", r.name(v), "id", r.ID)),
	}
}

// resume goes on with the next time that is to come: what was due in the pause is not made up for.
func resume(c chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	r.Paused, r.Low = false, 0
	r.Next = r.after(e.Now, c.Zone())
	if r.Next.IsZero() {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.never.again", "name", r.name(v), "id", r.ID))}
	}
	return s.with(q.index, r), []chat.Effect{
		audit(e, "%s: resume", r.ID), rule.Reply(e, v.Say("ritual.planned", "name", r.name(v), "id", r.ID, "at", r.Next)),
	}
}

func retire(_ chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	return s.retired(e, q.voice, q.index)
}

// retired takes a ritual out of the plan and keeps it for a while, should that have been a slip.
func (s State) retired(e chat.Event, v rule.Voice, i int) (State, []chat.Effect) {
	r := s.Rituals[i]
	s.Rituals = slices.Delete(slices.Clone(s.Rituals), i, i+1)
	if len(s.Rituals) == 0 {
		s.Rituals = nil
	}
	s.Retired = slices.DeleteFunc(slices.Clone(s.Retired), func(o Ritual) bool { return o.ID == r.ID })
	s.Retired = append(s.Retired, r)
	if len(s.Retired) > maxRetired {
		s.Retired = s.Retired[1:]
	}
	undo := chat.Choice{Label: v.Say("ritual.back").Plain, Ask: commandChange + " back " + r.ID}
	return s, []chat.Effect{audit(e, "%s: retire", r.ID), rule.Reply(e, v.Say("ritual.retired", "name", r.name(v)), undo)}
}

// back takes a retirement back.
func back(c chat.Community, s State, e chat.Event, id string) (State, []chat.Effect) {
	v := rule.Speak(c, e)
	i := slices.IndexFunc(s.Retired, func(r Ritual) bool { return r.ID == id })
	if i < 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.settled"))}
	}
	r := s.Retired[i]
	if key, full := s.isFull(c, r); full {
		return s, []chat.Effect{rule.Reply(e, v.Say(key, "name", r.name(v), "max", maxRituals))}
	}
	s.Retired = slices.Delete(slices.Clone(s.Retired), i, i+1)
	if len(s.Retired) == 0 {
		s.Retired = nil
	}
	r.Next = r.after(e.Now, c.Zone())
	s.Rituals = append(slices.Clone(s.Rituals), r)
	answer := v.Say("ritual.planned", "name", r.name(v), "id", r.ID, "at", r.Next)
	if r.Paused || r.Next.IsZero() {
		answer = s.list(c, e, v)
	}
	return s, []chat.Effect{audit(e, "%s: back", r.ID), rule.Reply(e, answer)}
}

// chosen is what organisers choose: under a draft, under a retirement, under the question what to do with a ritual that
// few take part in.
func chosen(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	if len(b.Args) != 2 {
		return s, nil
	}
	v := rule.Speak(c, e)
	what, id := b.Args[0], b.Args[1]
	switch what {
	case "yes", "no":
		return agreed(c, s, e, what == "yes", id)
	case "back":
		return back(c, s, e, id)
	}
	i, there := s.byID(id)
	if !there {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.settled"))}
	}
	r := s.Rituals[i]
	switch what {
	case "keep":
		r.Low, r.Rest = 0, e.Now.Add(restFor)
		return s.with(i, r), []chat.Effect{audit(e, "%s: keep", r.ID), rule.Reply(e, v.Say("ritual.kept", "name", r.name(v)))}
	case "time":
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.time.how", "id", r.ID))}
	case "retire":
		return s.retired(e, v, i)
	}
	return s, nil
}

// rehost asks somebody whether they would be a ritual's host; who asks for themselves is it at once.
func rehost(c chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	if len(q.rest) == 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.host.how", "id", r.ID))}
	}
	switch word := bare(q.rest[0].text); {
	case word == "off" || word == "nobody":
		r.Host, r.Asked = "", ""
		return s.with(q.index, r), []chat.Effect{
			audit(e, "%s: host off", r.ID), rule.Reply(e, v.Say("ritual.host.none", "name", r.name(v))),
		}
	case word == "me" && e.Member != "":
		r.Host, r.Asked = e.Member, ""
		return s.with(q.index, r), []chat.Effect{audit(e, "%s: host", r.ID), rule.Reply(e, v.Say("ritual.host.you", "name", r.name(v)))}
	}
	asked, _ := e.Body.(chat.Asked)
	at := len(q.whole) - len(strings.TrimLeft(q.whole[q.name.end:], " \t\n"))
	asked.Text = asked.Text.Slice(chat.Units(q.whole[:at]), asked.Text.Len())
	asked.Args, asked.Reply = textsOf(q.rest), nil
	card, _, key := rule.Target(c, chat.Event{Body: asked})
	switch {
	case key != "":
		return s, []chat.Effect{rule.Reply(e, v.Say(key, rule.Meant(c, asked)...))}
	case card.Level < chat.Member || rule.Away(card, e.Now):
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.host.away", "member", card.Name))}
	case card.ID == r.Host:
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.host.already", "member", card.Name, "name", r.name(v)))}
	}
	r.Asked = card.ID
	s = s.with(q.index, r)
	s = s.letter(c, card, Letter{To: card.ID, Ritual: r.ID, What: askHost}, e.Now)
	return s, []chat.Effect{
		audit(e, "%s: host asked", r.ID), rule.Reply(e, v.Say("ritual.host.asked", "member", card.Name, "name", r.name(v))),
	}
}

// hosting is the answer of who is asked to be a host.
func hosting(c chat.Community, s State, e chat.Event, b chat.Asked) (State, []chat.Effect) {
	if len(b.Args) != 2 {
		return s, nil
	}
	v := rule.Speak(c, e)
	i, there := s.byID(b.Args[1])
	if !there || e.Member == "" || s.Rituals[i].Asked != e.Member {
		return s, []chat.Effect{rule.Discreetly(e, v.Say("ritual.settled"))}
	}
	r := s.Rituals[i]
	r.Asked = ""
	if b.Args[0] != "yes" {
		return s.with(i, r), []chat.Effect{rule.Discreetly(e, v.Say("ritual.host.declined"))}
	}
	r.Host = e.Member
	thanks := v.Say("ritual.host.thanks", "name", r.name(v), "next", s.comes(c, v, r, e.Now))
	return s.with(i, r), []chat.Effect{rule.Discreetly(e, thanks)}
}

// openNow opens a ritual at an organiser's word; its own times stay what they are.
func openNow(c chat.Community, s State, e chat.Event, q request) (State, []chat.Effect) {
	r, v := s.Rituals[q.index], q.voice
	if o, ok := s.openOf(r.ID); ok && e.Now.Sub(o.At) < soonAgain {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.now.open", "name", r.name(v), "at", o.At))}
	}
	room, ok := c.Room(r.Room)
	if !ok || len(room.Chats) == 0 {
		return s, []chat.Effect{rule.Reply(e, v.Say("ritual.room.gone", "name", r.name(v), "id", r.ID))}
	}
	s, out := s.begin(c, q.index, opening{at: e.Now, byHand: true}, e.Now)
	out = append(out, audit(e, "%s: now", r.ID))
	if e.Room != room.ID || e.Private {
		out = append(out, rule.Reply(e, v.Say("ritual.now.done", "name", r.name(v), "room", nameOfRoom(c, room.ID, e.Chat.Platform))))
	}
	return s, out
}

// soonAgain is how long after an opening an organiser's word opens none.
const soonAgain = time.Hour

// numbered is a tag's last part.
func numbered(tag string, n int) string { return tag + ":" + strconv.Itoa(n) }
