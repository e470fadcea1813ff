package breakouts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// The sizes that groups can have, and the usual ones.
const (
	leastLow, mostHigh  = 2, 30
	usualLow, usualHigh = 6, 10
)

// order is what somebody has asked for.
type order struct {
	low, high  int
	in, length time.Duration
	topic      string
}

// readOrder reads "6..10 in 30m for 2h Portfolio critique". key is the sentence that says what is wrong with word.
func readOrder(text string) (o order, key, word string) {
	o = order{low: usualLow, high: usualHigh, in: usualIn, length: usualFor}
	words := strings.Fields(text)
	for len(words) > 0 {
		first := strings.ToLower(words[0])
		if low, high, isSize := readSize(first); isSize {
			if low < leastLow || high > mostHigh || low > high {
				return o, "breakout.badsize", clip(words[0])
			}
			o.low, o.high, words = low, high, words[1:]
			continue
		}
		into, least, most := &o.in, minIn, maxIn
		if first == "for" {
			into, least, most = &o.length, minFor, maxFor
		}
		if len(words) < 2 || first != "for" && first != "in" || words[1][0] < '0' || words[1][0] > '9' {
			break
		}
		d, rest, ok := rule.Duration(words[1:])
		if !ok || d < least || d > most {
			return o, "breakout.badtime", clip(words[1])
		}
		*into, words = d, rest
	}
	if o.topic = smallroom.Title(strings.Join(words, " "), maxTopic); o.topic == "" {
		return o, "breakout.notopic", ""
	}
	return o, "", ""
}

// readSize reads "6..10", "6-10", "n=6..10" or "8".
func readSize(word string) (low, high int, ok bool) {
	word = strings.NewReplacer("..", "-", "–", "-").Replace(strings.TrimPrefix(word, "n="))
	from, to, both := strings.Cut(word, "-")
	if !both {
		to = from
	}
	low, err1 := strconv.Atoi(from)
	high, err2 := strconv.Atoi(to)
	return low, high, err1 == nil && err2 == nil
}

// askedBreakout is /breakout.
func (t *turn) askedBreakout(b chat.Asked) {
	text := b.Text.Plain
	switch {
	case len(b.Args) == 1 && strings.EqualFold(b.Args[0], "end"):
		t.askedEnd()
		return
	case len(b.Args) == 0:
		t.answer("breakout.usage")
		return
	case !t.mayStart():
		t.answer("breakout.notyours", "level", t.startLevel())
		return
	}
	o, wrong, word := readOrder(text)
	if wrong != "" {
		t.answer(wrong, "word", word, "low", leastLow, "high", mostHigh)
		return
	}
	active := 0
	for _, r := range t.s.Rounds {
		if r.Stage != ended {
			active++
		}
	}
	room, ok := t.room(t.e.Room)
	switch {
	case active >= maxActive:
		t.answer("breakout.toomany", "n", maxActive)
		return
	case !ok:
		t.answer("breakout.nowhere")
		return
	}
	t.start(room, o)
}

// start asks everybody in a room who is in.
func (t *turn) start(room chat.Room, o order) {
	t.s.Count++
	r := Round{
		ID: fmt.Sprintf("b%d", t.s.Count), Topic: o.topic, Room: room.ID, Low: o.low, High: o.high, By: t.e.Member,
		Stage: gathering, Closes: t.e.Now.Add(o.in), Length: o.length,
	}
	t.s.Rounds = append(t.s.Rounds, r)
	t.do(rule.Everywhere(t.c, room, r.tag(), func(v rule.Voice) chat.Text {
		card := v.Say("breakout.card", "topic", r.Topic, "low", r.Low, "high", r.High, "when", r.Closes, "zone", t.zone(), "length", r.Length)
		return card.Append(chat.Plain("\n"), v.Say("breakout.card.how"))
	}, t.choices(&r)...)...)
	if t.e.ReplyTo != nil {
		if session, ok := strings.CutPrefix(t.e.ReplyTo.Tag, sessionPrefix); ok {
			id, date, _ := strings.Cut(session, ":")
			t.do(chat.Emit{Body: chat.Asked{Command: commandWho, Alias: commandWho, Args: []string{id, date, r.ID}}, House: true})
		}
	}
	v := rule.Speak(t.c, t.e)
	told := rule.Discreetly(t.e, v.Say("breakout.started", "room", room.Name, "in", o.in),
		chat.Choice{Label: v.Say("breakout.now").Plain, Ask: commandBegin + " " + r.ID + " now"},
		chat.Choice{Label: v.Say("breakout.calloff").Plain, Ask: commandBegin + " " + r.ID + " off"},
	)
	switch x := told.(type) {
	case chat.Send:
		x.Tag = r.startTag()
		told = x
	case chat.Whisper:
		x.Tag = r.startTag()
		told = x
	}
	t.do(told)
}

// withdraw takes the choices off what whoever has started a round was told: there is nothing to choose any more.
func (t *turn) withdraw(r *Round) {
	card, _ := t.c.Members.ByID(r.By)
	who, ok := rule.Door(card)
	to := chat.Chat(who)
	if t.e.ReplyTo != nil && t.e.ReplyTo.Tag == r.startTag() {
		to = t.e.Chat // it stands where it is pressed
	}
	if ok {
		text := rule.To(t.c, card, to.Platform).Say("breakout.started.over", "topic", r.Topic, "room", t.roomName(r))
		t.do(chat.Edit{To: to, Target: chat.Target{Tag: r.startTag()}, Text: text})
	}
}

// sessionPrefix begins the tag of the message under which people say whether they come to a session; the session and its date
// stand behind it.
const sessionPrefix = "session:"

// with takes over who comes to a session: the round's id, and members. Whoever has answered for himself meanwhile is left as
// he has said.
func (t *turn) with(b chat.Asked) {
	if t.e.By.Identity != chat.House() || len(b.Args) == 0 {
		return
	}
	r := t.round(b.Args[0])
	if r == nil || r.Stage != gathering {
		return
	}
	n := 0
	for _, id := range b.Args[1:] {
		card, ok := t.c.Members.ByID(chat.MemberID(id))
		if !ok || slices.Contains(r.In, card.ID) || len(r.In) >= maxPeople || card.Settings["match"] == "off" || rule.Away(card, t.e.Now) {
			continue
		}
		r.In = append(r.In, card.ID)
		n++
		if hour := t.e.Now.In(t.c.ZoneOf(card)).Hour(); hour < nightUntil || hour >= nightFrom {
			continue // he hears of it with his group
		}
		t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
			return v.Say("breakout.with", "topic", r.Topic, "when", r.Closes)
		})...)
	}
	if starter, ok := t.c.Members.ByID(r.By); ok {
		t.privately(r, starter, func(v rule.Voice) chat.Text { return v.Say("breakout.taken", "n", n) })
	}
}

// Nobody is written to between these hours of his day who has not asked for it.
const (
	nightFrom  = 22
	nightUntil = 8
)

// choices are what can be chosen under the message of a round.
func (t *turn) choices(r *Round) []chat.Choice {
	v := rule.Voice{Language: t.c.Language()}
	ask := commandAnswer + " " + r.ID + " "
	return []chat.Choice{
		{Label: v.Say("breakout.choose.in").Plain, Ask: ask + string(isIn)},
		{Label: v.Say("breakout.choose.notes").Plain, Ask: ask + string(withNotes)},
		{Label: v.Say("breakout.choose.out").Plain, Ask: ask + string(isOut)},
	}
}

// room returns the one with that id, or the first that is for everybody.
func (t *turn) room(id chat.RoomID) (chat.Room, bool) {
	if room, ok := t.c.Room(id); ok {
		return room, true
	}
	for _, room := range t.c.Rooms {
		if room.Settings[rule.Moderators] != "on" && room.Settings["private"] != "on" {
			return room, true
		}
	}
	return chat.Room{}, false
}

// reply is what somebody says to a round.
type reply string

// The replies.
const (
	isIn      reply = "in"
	withNotes reply = "notes"
	isOut     reply = "out"
)

// typed is an answer to the message of a round: a word says as much as a button.
func (t *turn) typed(b chat.Posted) {
	what, isReply := t.replyOf(b.Text.Plain)
	r := t.round(strings.TrimPrefix(t.e.ReplyTo.Tag, cardPrefix))
	if !isReply || len(b.Parts) > 0 || b.Forward != "" || t.e.By.Bot || t.e.Member == "" || t.e.Level < chat.Member {
		return
	}
	if r == nil || r.Stage == ended {
		t.answer("breakout.over")
	} else {
		t.answered(r, what)
	}
	if t.e.Private {
		t.do(chat.Drop{})
	}
}

// answered notes whether somebody is in.
func (t *turn) answered(r *Round, what reply) {
	card, ok := t.c.Members.ByID(t.e.Member)
	switch {
	case !ok || !slices.Contains([]reply{isIn, withNotes, isOut}, what):
		return
	case what != isOut && rule.Away(card, t.e.Now):
		t.answer("breakout.away")
		return
	case what != isOut && card.Settings["match"] == "off":
		t.answer("breakout.nomatch")
		return
	case r.Stage == open:
		t.answeredLate(r, card, what)
		return
	}
	was := slices.Contains(r.In, card.ID)
	willing := slices.Contains(r.Willing, card.ID)
	if what != isOut && !was && len(r.In) >= maxPeople {
		t.answer("breakout.full")
		return
	}
	r.In, r.Willing = without(r.In, card.ID), without(r.Willing, card.ID)
	if what != isOut {
		r.In = append(r.In, card.ID)
	}
	if what == withNotes {
		r.Willing = append(r.Willing, card.ID)
	}
	if was == (what != isOut) && willing == (what == withNotes) && !t.e.Private {
		return // said again
	}
	when := r.Closes
	if r.Stage == asking {
		when = r.Decide
	}
	key := map[reply]string{isIn: "breakout.in", withNotes: "breakout.in.notes", isOut: "breakout.out"}[what]
	t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text {
		return v.Say(key, "topic", r.Topic, "when", when)
	})...)
}

// chosenBegin is whoever has started a round making the groups now, or calling it off.
func (t *turn) chosenBegin(b chat.Asked) {
	r := t.named(b)
	switch {
	case r == nil || len(b.Args) != 2:
	case !t.mayChange(r):
		t.answer("breakout.notmine")
	case r.Stage != gathering:
		t.answer("breakout.ask.late")
	case b.Args[1] == "now":
		t.close(r)
		switch r.Stage {
		case open:
			t.answer("breakout.done.made", "topic", r.Topic)
		case ended:
			t.answer("breakout.few", "topic", r.Topic)
		}
	case b.Args[1] == "off":
		t.strike(r, "breakout.cancelled")
		t.answer("breakout.done.off", "topic", r.Topic)
	}
}

// askedEnd ends the round whose message is answered, else the last one under way.
func (t *turn) askedEnd() {
	var r *Round
	for i := range t.s.Rounds {
		x := &t.s.Rounds[i]
		if x.Stage == ended {
			continue
		}
		if t.e.ReplyTo != nil && t.e.ReplyTo.Tag == x.tag() {
			r = x
			break
		}
		r = x
	}
	switch {
	case r == nil:
		t.answer("breakout.none")
	case !t.mayChange(r):
		t.answer("breakout.notmine")
	case r.Stage == open:
		r.Ends = t.e.Now
		t.end(r)
		t.answer("breakout.done")
	default:
		t.strike(r, "breakout.cancelled")
		t.answer("breakout.done.off", "topic", r.Topic)
	}
}

// strike ends a round without groups, and says why in its message.
func (t *turn) strike(r *Round, key string) {
	if r.Stage == gathering {
		t.withdraw(r)
	}
	r.Stage, r.Ends = ended, t.e.Now
	t.edit(r, func(v rule.Voice) chat.Text { return v.Say(key, "topic", r.Topic) })
	for _, who := range r.In {
		if card, ok := t.c.Members.ByID(who); ok && who != t.e.Member {
			t.do(rule.Secretly(t.c, card, "", func(v rule.Voice) chat.Text { return v.Say(key, "topic", r.Topic) })...)
		}
	}
	r.In, r.Willing = nil, nil
}

// edit changes the message of a round in all chats of its room.
func (t *turn) edit(r *Round, write func(rule.Voice) chat.Text, choices ...chat.Choice) {
	if room, ok := t.c.Room(r.Room); ok {
		t.do(rule.Anew(t.c, room, r.tag(), write, choices...)...)
	}
}
