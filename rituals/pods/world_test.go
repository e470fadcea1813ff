package pods

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// world is a community with the pods in it, as the engine would keep them: the state encoded, one timer. No platform makes
// rooms, so all that is said goes to people in private.
type world struct {
	t     *testing.T
	now   time.Time
	c     chat.Community
	folk  coretest.Folk
	rule  rule.Rule
	state []byte
	timer time.Time
	out   []chat.Effect // of the last event
	// asked counts the questions of a day per member, cared those whether a pause would help.
	asked, cared map[chat.MemberID]int
	times        map[chat.MemberID][]time.Time
}

func newWorld(t *testing.T, zone string, start time.Time, n int) *world {
	t.Helper()
	kitchen := chat.Chat{Platform: chat.Signal, ID: "kitchen"}
	w := &world{
		t: t, now: start, rule: New(), asked: make(map[chat.MemberID]int), cared: make(map[chat.MemberID]int),
		times: make(map[chat.MemberID][]time.Time),
	}
	w.c = chat.Community{ID: "c1", Settings: map[string]string{"zone": zone}, Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: []chat.Chat{kitchen}}}}
	for i := range n {
		id := chat.MemberID(fmt.Sprint("m", i))
		w.folk = append(w.folk, chat.Card{
			ID: id, Name: "N" + string(id), Level: chat.Member, In: []chat.Chat{kitchen}, Settings: map[string]string{},
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

func (w *world) tell(e chat.Event) {
	w.t.Helper()
	e.Now, e.Community = w.now, "c1"
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
	w.state, w.out = state, out
	var refused []chat.Event
	for _, x := range out {
		switch x := x.(type) {
		case chat.Wake:
			w.timer = x.At
		case chat.Cancel:
			w.timer = time.Time{}
		case chat.Open:
			refused = append(refused, chat.Event{Chat: x.Beside, Tag: x.Tag, Body: chat.Failed{Why: chat.Unsupported}})
		case chat.Whisper:
			who := chat.MemberID(x.Who.ID)
			switch {
			case strings.HasPrefix(x.Tag, tagAsk):
				w.asked[who]++
				w.times[who] = append(w.times[who], w.now)
			case strings.HasPrefix(x.Tag, tagCare):
				w.cared[who]++
			}
		}
	}
	for _, e := range refused {
		w.tell(e)
	}
}

// says lets somebody type a command: in private, or in the kitchen.
func (w *world) says(who chat.MemberID, private bool, line string) string {
	w.t.Helper()
	words := strings.Fields(line)
	card := w.card(who)
	e := chat.Event{
		Chat: chat.Chat{Platform: chat.Signal, ID: "kitchen"}, Room: "r1", Member: who, Level: card.Level, By: chat.Person{Identity: card.Identities[0], Name: card.Name},
		Body: chat.Asked{Command: words[0], Alias: words[0], Args: words[1:], Text: chat.Plain(strings.TrimPrefix(line, words[0]))},
	}
	if private {
		e.Chat, e.Room, e.Private = chat.Chat(card.Identities[0]), "", true
	}
	w.tell(e)
	for _, x := range w.out {
		switch x := x.(type) {
		case chat.Whisper:
			if x.Who == card.Identities[0] {
				return x.Text.Plain
			}
		case chat.Send:
			if private && x.To == e.Chat {
				return x.Text.Plain
			}
		}
	}
	return ""
}

// until lets time go by, with every timer at its time.
func (w *world) until(t time.Time) {
	w.t.Helper()
	for range 100_000 {
		if w.timer.IsZero() || w.timer.After(t) {
			w.now = t
			return
		}
		if w.timer.After(w.now) {
			w.now = w.timer
		}
		w.ring()
	}
	w.t.Fatal("the timer never comes to rest")
}

func (w *world) ring() {
	w.t.Helper()
	w.timer = time.Time{}
	w.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
}

func (w *world) kept() State {
	w.t.Helper()
	var s State
	if w.state != nil {
		if err := json.Unmarshal(w.state, &s); err != nil {
			w.t.Fatal(err)
		}
	}
	return s
}

// pod lets the first n members begin a pod.
func (w *world) pod(n int) {
	w.t.Helper()
	w.says("m0", false, "pod new Pages")
	for i := 1; i < n; i++ {
		w.says(chat.MemberID(fmt.Sprint("m", i)), false, "pod join Pages")
	}
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
