package rota

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// world is a community with the rota in it, as the engine would keep it: the state encoded, one timer.
type world struct {
	t       *testing.T
	now     time.Time
	c       chat.Community
	folk    coretest.Folk
	rule    rule.Rule
	state   []byte
	timer   time.Time
	whisper map[chat.MemberID]chat.Whisper // the last one with choices
	told    int                            // what moderators were told
	handed  int                            // handovers that the room was told of
}

func newWorld(t *testing.T, zone string, n int) *world {
	t.Helper()
	kitchen := chat.Chat{Platform: chat.Signal, ID: "kitchen"}
	mods := chat.Chat{Platform: chat.Signal, ID: "mods"}
	w := &world{t: t, now: time.Date(2026, 1, 7, 12, 0, 0, 0, time.UTC), rule: New(), whisper: make(map[chat.MemberID]chat.Whisper)}
	w.c = chat.Community{ID: "c1", Settings: map[string]string{"zone": zone}, Rooms: []chat.Room{
		{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen}},
		{ID: "r2", Name: "Mods", Chats: []chat.Chat{mods}, Settings: map[string]string{rule.Moderators: "on"}},
	}}
	for i := range n {
		id := chat.MemberID(fmt.Sprintf("m%03d", i))
		w.folk = append(w.folk, chat.Card{
			ID: id, Name: "N" + string(id), Level: chat.Moderator, In: []chat.Chat{kitchen}, Settings: map[string]string{},
			Identities: []chat.Identity{{Platform: chat.Signal, ID: string(id)}},
		})
	}
	w.c.Members = w.folk
	return w
}

func (w *world) card(id chat.MemberID) *chat.Card {
	for i := range w.folk {
		if w.folk[i].ID == id {
			return &w.folk[i]
		}
	}
	w.t.Fatalf("no member %s", id)
	return nil
}

func (w *world) happen(body chat.Body, by chat.MemberID) {
	w.t.Helper()
	e := chat.Event{Now: w.now, Community: "c1", Body: body, Member: by, Level: chat.Organiser, Private: true}
	if by != "" {
		e.By.Identity = w.card(by).Identities[0]
		e.Chat = chat.Chat(e.By.Identity)
	}
	key, ok := w.rule.Key(w.c, e)
	if !ok {
		return
	}
	if key != "c1" {
		w.t.Fatalf("key %q", key)
	}
	state, out, err := w.rule.Decide(w.c, w.state, e)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state = state
	for _, x := range out {
		switch x := x.(type) {
		case chat.Wake:
			w.timer = x.At
		case chat.Cancel:
			w.timer = time.Time{}
		case chat.Set:
			w.card(x.Member).Settings[x.Key] = x.Value
		case chat.Whisper:
			if len(x.Choices) > 0 {
				w.whisper[chat.MemberID(x.Who.ID)] = x
			}
		case chat.Send:
			switch x.To.ID {
			case "mods":
				w.told++
			case "kitchen":
				w.handed++
			}
		}
	}
}

func (w *world) says(by chat.MemberID, text string) {
	w.t.Helper()
	words := strings.Fields(text)
	behind := chat.Plain(strings.TrimSpace(strings.TrimPrefix(text, words[0])))
	w.happen(chat.Asked{Command: words[0], Alias: words[0], Args: words[1:], Text: behind}, by)
}

// presses chooses the n-th choice of the last question to somebody, counted from 0; false if they were not asked.
func (w *world) presses(by chat.MemberID, n int) bool {
	w.t.Helper()
	x, ok := w.whisper[by]
	if ok {
		delete(w.whisper, by)
		words := strings.Fields(x.Choices[n].Ask)
		w.happen(chat.Asked{Command: words[0], Chosen: true, Args: words[1:]}, by)
	}
	return ok
}

// waits lets time go by; the timer rings late by a given time.
func (w *world) waits(until time.Time, late time.Duration) {
	w.t.Helper()
	for range 10000 {
		at := w.timer.Add(late)
		if w.timer.IsZero() || at.After(until) {
			w.now = until
			return
		}
		if at.After(w.now) {
			w.now = at
		}
		w.timer = time.Time{}
		w.happen(chat.Due{Rule: title, Key: "c1"}, "")
	}
	w.t.Fatal("the timer rings for ever")
}

func (w *world) onDuty(role string) chat.MemberID {
	w.t.Helper()
	var who chat.MemberID
	for _, card := range w.folk {
		for _, word := range strings.Fields(card.Settings[settingDuty]) {
			if word == role && who != "" {
				w.t.Errorf("%s and %s are both %s", who, card.ID, role)
			} else if word == role {
				who = card.ID
			}
		}
	}
	return who
}

func (w *world) kept() State {
	w.t.Helper()
	var s State
	if len(w.state) > 0 {
		if err := json.Unmarshal(w.state, &s); err != nil {
			w.t.Fatal(err)
		}
	}
	return s
}
