package onboarding

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// world is a community with some rules in it, as the engine would keep them: states encoded, timers beside them.
type world struct {
	t       *testing.T
	now     time.Time
	c       chat.Community
	cards   map[chat.MemberID]*chat.Card
	rules   []rule.Rule
	states  map[string][]byte
	timers  map[string]chat.Wake
	shut    map[chat.Identity]chat.Reason // who cannot be reached in private
	seq     int
	said    []said // what the house has said, in order
	wins    []chat.Record
	dropped bool // the last event was taken by a rule
}

// said is one thing that the house has done in a chat or in private.
type said struct {
	at     time.Time
	effect chat.Effect
	asked  bool // as the answer to what somebody did in private
}

var _ chat.MemberIndex = (*world)(nil)

func newWorld(t *testing.T, rules ...rule.Rule) *world {
	t.Helper()
	w := &world{
		t: t, now: time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC), cards: make(map[chat.MemberID]*chat.Card), rules: rules,
		states: make(map[string][]byte), timers: make(map[string]chat.Wake), shut: make(map[chat.Identity]chat.Reason),
	}
	room := chat.Room{ID: "r1", Name: "Kitchen", Settings: map[string]string{}}
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		room.Chats = append(room.Chats, chat.Chat{Platform: p, ID: "kitchen"})
	}
	w.c = chat.Community{
		ID: "c1", Name: "Kitchen", Settings: map[string]string{"purpose": "We bake.", "firstwin": "a guide"},
		Rooms: []chat.Room{room}, Members: w,
	}
	return w
}

func (w *world) Of(i chat.Identity) (chat.Card, bool) {
	for _, card := range w.cards {
		if slices.Contains(card.Identities, i) {
			return *card, true
		}
	}
	return chat.Card{}, false
}

func (w *world) ByID(id chat.MemberID) (chat.Card, bool) {
	card := w.cards[id]
	if card == nil {
		return chat.Card{}, false
	}
	return *card, true
}

func (w *world) All() []chat.Card {
	var out []chat.Card
	for _, id := range slices.Sorted(maps.Keys(w.cards)) {
		out = append(out, *w.cards[id])
	}
	return out
}

func (w *world) Named(string) []chat.Card         { return nil }
func (w *world) Pseudonym(i chat.Identity) string { return "~" + i.ID }

// add makes a member who was here before.
func (w *world) add(id chat.MemberID, p chat.Platform, level chat.Level) *chat.Card {
	i := chat.Identity{Platform: p, ID: string(id)}
	card := &chat.Card{
		ID: id, Name: strings.ToUpper(string(id)), Level: level, Identities: []chat.Identity{i}, Since: w.now.Add(-1000 * time.Hour),
		In: []chat.Chat{{Platform: p, ID: "kitchen"}},
	}
	w.cards[id] = card
	return card
}

// joins lets somebody join who was never here.
func (w *world) joins(id chat.MemberID, p chat.Platform) *chat.Card {
	card := w.cards[id]
	if card == nil {
		card = w.add(id, p, chat.Member)
		card.Since = w.now
	}
	card.In = []chat.Chat{{Platform: p, ID: "kitchen"}}
	w.happen(chat.Event{Chat: card.In[0], Room: "r1", Member: id, Body: chat.Joined{Who: w.person(id)}})
	return card
}

func (w *world) leaves(id chat.MemberID) {
	in := w.cards[id].In
	w.cards[id].In = nil
	w.happen(chat.Event{Chat: in[0], Room: "r1", Member: id, Body: chat.Left{Who: w.person(id)}})
}

func (w *world) person(id chat.MemberID) chat.Person {
	return chat.Person{Identity: w.cards[id].Identities[0], Name: w.cards[id].Name}
}

// writes lets somebody write in the room.
func (w *world) writes(id chat.MemberID, text string, answers *chat.Message) *chat.Message {
	p := w.person(id)
	in := chat.Chat{Platform: p.Identity.Platform, ID: "kitchen"}
	m := &chat.Message{
		ID: chat.MessageID(fmt.Sprint("x", w.seq)), Community: "c1", Room: "r1", Author: id, By: p.Identity, Original: chat.Ref{Chat: in, ID: fmt.Sprint(w.seq)},
	}
	b := chat.Posted{Ref: m.Original, Text: chat.Plain(text)}
	if answers != nil {
		b.Reply = &chat.Reply{Ref: answers.Original}
	}
	w.happen(chat.Event{Chat: in, Room: "r1", By: p, Member: id, Level: chat.Member, Message: m, ReplyTo: answers, Body: b})
	return m
}

// tells lets somebody write to the house in private; a command begins with '/'.
func (w *world) tells(id chat.MemberID, text string) {
	p := w.person(id)
	e := chat.Event{Chat: chat.Chat(p.Identity), Private: true, By: p, Member: id, Level: w.cards[id].Level}
	e.Body = chat.Posted{Text: chat.Plain(text)}
	if words := strings.Fields(text); strings.HasPrefix(text, "/") {
		e.Body = chat.Asked{Command: words[0][1:], Args: words[1:], Ref: chat.Ref{Chat: e.Chat, ID: "1"}}
	}
	if delete(w.shut, p.Identity); !slices.Contains(w.cards[id].Reach, p.Identity) {
		w.cards[id].Reach = append(w.cards[id].Reach, p.Identity)
	}
	w.happen(e)
}

// waits lets time go by; every timer rings late by the given time, as if the house had been down.
func (w *world) waits(d, late time.Duration) {
	end := w.now.Add(d)
	for {
		var first *chat.Wake
		for _, key := range slices.Sorted(maps.Keys(w.timers)) {
			t := w.timers[key]
			if first == nil || t.At.Before(first.At) {
				first = &t
			}
		}
		if first == nil || first.At.Add(late).After(end) {
			break
		}
		delete(w.timers, first.Rule+" "+first.Key)
		if at := first.At.Add(late); at.After(w.now) {
			w.now = at
		}
		w.happen(chat.Event{Body: chat.Due{Rule: first.Rule, Key: first.Key}})
	}
	w.now = end
}

func (w *world) happen(e chat.Event) {
	w.t.Helper()
	w.seq++
	e.ID, e.Now, e.At, e.Community = chat.EventID(fmt.Sprint("e", w.seq)), w.now, w.now, w.c.ID
	e.Seed[0] = byte(w.seq)
	w.dropped = false
	var receipts []chat.Event
	for _, r := range w.rules {
		if due, ok := e.Body.(chat.Due); ok && due.Rule != r.Name() {
			continue
		}
		key, mine := r.Key(w.c, e)
		if !mine {
			continue
		}
		at := r.Name() + " " + key
		next, effects, err := r.Decide(w.c, w.states[at], e)
		if err != nil {
			w.t.Fatal(err)
		}
		w.states[at] = next
		for i, effect := range effects {
			receipts = append(receipts, w.apply(e, effect, e.ID.Effect(i+1))...)
		}
		if w.dropped {
			break
		}
	}
	taken := w.dropped
	for _, receipt := range receipts {
		w.happen(receipt)
	}
	w.dropped = taken
}

func (w *world) apply(e chat.Event, effect chat.Effect, id chat.EffectID) []chat.Event {
	switch x := effect.(type) {
	case chat.Wake:
		w.timers[x.Rule+" "+x.Key] = x
		return nil
	case chat.Cancel:
		delete(w.timers, x.Rule+" "+x.Key)
		return nil
	case chat.Drop:
		w.dropped = true
		return nil
	case chat.Record:
		w.wins = append(w.wins, x)
		return nil
	case chat.Set:
		w.set(x)
		return nil
	case chat.Whisper:
		if why, shut := w.shut[x.Who]; shut {
			return []chat.Event{{Chat: chat.Chat(x.Who), Private: true, Tag: x.Tag, Body: chat.Failed{Effect: id, Why: why}}}
		}
		w.said = append(w.said, said{w.now, x, e.Private})
		return []chat.Event{{Chat: chat.Chat(x.Who), Private: true, Tag: x.Tag, Body: chat.Sent{Effect: id}}}
	}
	w.said = append(w.said, said{w.now, effect, e.Private})
	return nil
}

func (w *world) set(x chat.Set) {
	if x.Member == "" {
		w.t.Fatalf("it sets %+v", x)
	}
	settings := maps.Clone(w.cards[x.Member].Settings)
	if settings == nil {
		settings = make(map[string]string)
	}
	settings[x.Key] = x.Value
	w.cards[x.Member].Settings = settings
}

// course is what a member has got of the five messages: their numbers, with when and whether he asked.
func (w *world) course(id chat.MemberID) (numbers []int, all []said) {
	for _, s := range w.said {
		x, ok := s.effect.(chat.Whisper)
		if !ok {
			continue
		}
		if who, n, mine := partsOf(x.Tag); mine && who == id {
			numbers, all = append(numbers, n), append(all, s)
		}
	}
	return numbers, all
}
