package prompts

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// world is a room with the rules of this package in it, as the engine would keep them: states encoded, timers beside them.
type world struct {
	t      *testing.T
	now    time.Time
	c      chat.Community
	rules  []rule.Rule
	states map[string][]byte
	timers map[string]time.Time
	seq    uint64
	out    []chat.Effect // of the last thing that happened
	asked  []time.Time   // when the room was asked
	texts  []string
}

func newWorld(t *testing.T, zone string) *world {
	t.Helper()
	kitchen := chat.Chat{Platform: chat.Signal, ID: "kitchen"}
	w := &world{
		t: t, now: time.Date(2026, 1, 7, 12, 0, 0, 0, time.UTC), rules: []rule.Rule{New(), NewStillness(), NewAsks()},
		states: make(map[string][]byte), timers: make(map[string]time.Time),
	}
	folk := coretest.Folk{}
	for _, id := range []string{"ana", "ben", "mia"} {
		folk = append(folk, chat.Card{
			ID: chat.MemberID(id), Name: "Name of " + id, Handle: id + "~1", Level: chat.Member, In: []chat.Chat{kitchen},
			Identities: []chat.Identity{{Platform: chat.Signal, ID: "account-" + id}}, Settings: map[string]string{},
		})
	}
	w.c = chat.Community{ID: "c1", Settings: map[string]string{"zone": zone}, Members: folk, Rooms: []chat.Room{
		{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen}, Settings: map[string]string{}},
	}}
	return w
}

func (w *world) happen(e chat.Event) {
	w.t.Helper()
	w.seq++
	e.Now, e.Community, w.out = w.now, "c1", nil
	binary.BigEndian.PutUint64(e.Seed[:], w.seq*0x9E3779B97F4A7C15)
	w.fold(e)
}

func (w *world) fold(e chat.Event) {
	w.t.Helper()
	var emitted []chat.Event
	for _, r := range w.rules {
		if due, ok := e.Body.(chat.Due); ok && due.Rule != r.Name() {
			continue
		}
		key, ok := r.Key(w.c, e)
		if !ok {
			continue
		}
		state, out, err := r.Decide(w.c, w.states[r.Name()+" "+key], e)
		if err != nil {
			w.t.Fatal(err)
		}
		w.states[r.Name()+" "+key] = state
		w.out = append(w.out, out...)
		for _, x := range out {
			switch x := x.(type) {
			case chat.Wake:
				w.timers[x.Rule+" "+x.Key] = x.At
			case chat.Cancel:
				delete(w.timers, x.Rule+" "+x.Key)
			case chat.Set:
				w.c.Rooms[0].Settings[x.Key] = x.Value
			case chat.Emit:
				next := e
				next.Body, next.By, next.Member, next.Level = x.Body, chat.Person{Identity: chat.House()}, "", chat.Organiser
				emitted = append(emitted, next)
			case chat.Send:
				if x.To.ID == "kitchen" && len(x.Tag) > len(promptTag) && x.Tag[:len(promptTag)] == promptTag {
					w.asked, w.texts = append(w.asked, w.now), append(w.texts, x.Text.Plain)
				}
			}
		}
	}
	for _, next := range emitted {
		w.fold(next)
	}
}

func (w *world) by(who chat.MemberID) chat.Event {
	card, _ := w.c.Members.ByID(who)
	in := card.In[0]
	return chat.Event{Chat: in, Room: "r1", By: chat.Person{Identity: card.Identities[0], Name: card.Name}, Member: who, Level: card.Level}
}

func (w *world) writes(who chat.MemberID, text string, replyTo *chat.Message) {
	w.t.Helper()
	e := w.by(who)
	e.Body, e.ReplyTo = chat.Posted{Ref: chat.Ref{Chat: e.Chat, ID: fmt.Sprint(w.seq)}, Text: chat.Plain(text)}, replyTo
	w.happen(e)
}

// commands lets somebody ask a command; the text is what stands behind its name.
func (w *world) commands(who chat.MemberID, level chat.Level, private bool, b chat.Asked) {
	w.t.Helper()
	e := w.by(who)
	e.Level, e.Private = level, private
	if private {
		e.Chat, e.Room = chat.Chat(e.By.Identity), ""
	}
	if !b.Chosen {
		b.Ref = chat.Ref{Chat: e.Chat, ID: fmt.Sprint(w.seq)}
	}
	e.Body = b
	w.happen(e)
}

// waits lets time go by; each timer rings late by a given time.
func (w *world) waits(d, late time.Duration) {
	w.t.Helper()
	until := w.now.Add(d)
	for range 10000 {
		first := ""
		for key, at := range w.timers {
			if at.Add(late).After(until) || first != "" && !at.Before(w.timers[first]) {
				continue
			}
			first = key
		}
		if first == "" {
			w.now = until
			return
		}
		if at := w.timers[first].Add(late); at.After(w.now) {
			w.now = at
		}
		delete(w.timers, first)
		var name, key string
		if _, err := fmt.Sscan(first, &name, &key); err != nil {
			w.t.Fatal(err)
		}
		w.happen(chat.Event{Body: chat.Due{Rule: name, Key: key}})
	}
	w.t.Fatal("the timers ring for ever")
}
