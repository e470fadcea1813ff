package rhythm

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

// house is a community in which the rule lives as in the engine: its state is bytes, its settings and timer are carried out.
type house struct {
	t     *testing.T
	c     chat.Community
	rule  rule.Rule
	state []byte
	now   time.Time
	due   time.Time // of the timer
	// said is what came out since it was last asked for; marks are the lines of the logs "rhythm" and "promises".
	said  []chat.Effect
	marks []string
	refs  int
}

func chats() []chat.Chat {
	return []chat.Chat{{Platform: chat.Telegram, ID: "kitchen"}, {Platform: chat.Signal, ID: "kitchen"}, {Platform: chat.Matrix, ID: "kitchen"}}
}

func newHouse(t *testing.T, zone string, start time.Time) *house {
	t.Helper()
	var folk coretest.Folk
	for n := 1; n <= 600; n++ {
		id := chat.MemberID(fmt.Sprint("m", n))
		card := chat.Card{ID: id, Name: fmt.Sprint("M", n), Level: chat.Member, Identities: []chat.Identity{{Platform: chat.Signal, ID: string(id)}}, In: chats()[1:2]}
		if n == 1 {
			card.Level = chat.Organiser
		}
		folk = append(folk, card)
	}
	mods := chat.Room{ID: "r2", Name: "Mods", Chats: []chat.Chat{{Platform: chat.Signal, ID: "mods"}}, Settings: map[string]string{rule.Moderators: "on"}}
	return &house{
		t: t, rule: New(), now: start,
		c: chat.Community{
			ID: "c1", Name: "Kitchen", Members: folk, Settings: map[string]string{"zone": zone},
			Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: chats()}, mods},
		},
	}
}

// tell lets the rule see an event, and shows what it sends to its chats.
func (h *house) tell(e chat.Event) []chat.Effect {
	h.t.Helper()
	e.Now, e.Community = h.now, h.c.ID
	if e.At.IsZero() {
		e.At = h.now
	}
	if _, mine := h.rule.Key(h.c, e); !mine {
		return nil
	}
	next, out, err := h.rule.Decide(h.c, h.state, e)
	if err != nil {
		h.t.Fatal(err)
	}
	h.state = next
	for _, x := range out {
		switch x := x.(type) {
		case chat.Set:
			h.c.Settings[x.Key] = x.Value
		case chat.Wake:
			h.due = x.At
		case chat.Cancel:
			h.due = time.Time{}
		case chat.Record:
			if x.Log != "audit" {
				h.marks = append(h.marks, x.Line)
			}
		}
	}
	h.said = append(h.said, out...)
	for _, x := range out {
		if send, ok := x.(chat.Send); ok && strings.HasPrefix(send.Tag, openingTag) {
			h.refs++
			h.tell(chat.Event{Chat: send.To, Tag: send.Tag, Body: chat.Sent{Refs: []chat.Ref{{Chat: send.To, ID: fmt.Sprint(h.refs)}}}})
		}
	}
	return out
}

// ask lets somebody give a command in the kitchen.
func (h *house) ask(who chat.MemberID, line string) string {
	h.t.Helper()
	card, _ := h.c.Members.ByID(who)
	name, rest, _ := strings.Cut(line, " ")
	e := chat.Event{
		Chat: chats()[1], Room: "r1", Member: who, Level: card.Level, By: chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: string(who)}},
		Body: chat.Asked{Command: name, Args: strings.Fields(rest), Text: chat.Plain(rest), Chosen: strings.HasPrefix(name, "ritual") && name != "ritual"},
	}
	return said(h.tell(e))
}

// said is the first answer among effects.
func said(out []chat.Effect) string {
	for _, x := range out {
		switch x := x.(type) {
		case chat.Send:
			return x.Text.Plain
		case chat.Whisper:
			return x.Text.Plain
		}
	}
	return ""
}

// until lets the time go by, with every timer at its time.
func (h *house) until(t time.Time) {
	h.t.Helper()
	for range 10_000 {
		if h.due.IsZero() || h.due.After(t) {
			h.now = t
			return
		}
		if h.due.After(h.now) {
			h.now = h.due
		}
		h.ring()
	}
	h.t.Fatal("the timer never comes to rest")
}

// ring lets the timer be due now.
func (h *house) ring() {
	h.t.Helper()
	at := h.due
	h.due = time.Time{}
	h.tell(chat.Event{At: at, Body: chat.Due{Rule: title, Key: "c1"}})
}

// take returns what was said since it was last taken.
func (h *house) take() []chat.Effect {
	out := h.said
	h.said = nil
	return out
}

// openings are the openings among effects in one of the chats.
func openings(out []chat.Effect) (tags, texts []string) {
	for _, x := range out {
		if send, ok := x.(chat.Send); ok && strings.HasPrefix(send.Tag, openingTag) && send.To == chats()[0] {
			tags, texts = append(tags, send.Tag), append(texts, send.Text.Plain)
		}
	}
	return tags, texts
}

func (h *house) kept() State {
	h.t.Helper()
	var s State
	if h.state != nil {
		if err := json.Unmarshal(h.state, &s); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

// plan makes a ritual with a yes.
func (h *house) plan(line string) {
	h.t.Helper()
	answer := h.ask("m1", "ritual add "+line)
	s := h.kept()
	if len(s.Drafts) == 0 {
		h.t.Fatalf("no draft of %q: %s", line, answer)
	}
	h.ask("m1", fmt.Sprint("ritualset yes ", s.Drafts[len(s.Drafts)-1].N))
	h.take()
}

// answer lets somebody answer what is open.
func (h *house) answer(who chat.MemberID, tag string) {
	h.t.Helper()
	h.tell(chat.Event{
		Chat: chats()[1], Room: "r1", Member: who, By: chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: string(who)}},
		ReplyTo: &chat.Message{Tag: tag}, Body: chat.Posted{Text: chat.Plain("x")},
	})
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
