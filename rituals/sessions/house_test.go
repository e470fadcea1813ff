package sessions

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

// house is a community in which the rule lives as in the engine: its state is bytes, its timer and its pages are kept.
type house struct {
	t     *testing.T
	c     chat.Community
	rule  rule.Rule
	state []byte
	now   time.Time
	due   time.Time // of the timer
	said  []chat.Effect
	pages map[string]string
	marks []string
	count byte
}

func monday() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func newHouse(t *testing.T, zone string) *house {
	t.Helper()
	kitchen := []chat.Chat{{Platform: chat.Telegram, ID: "kitchen"}, {Platform: chat.Signal, ID: "kitchen"}, {Platform: chat.Matrix, ID: "kitchen"}}
	var folk coretest.Folk
	for n := 1; n <= 600; n++ {
		id := chat.MemberID(fmt.Sprint("m", n))
		card := chat.Card{ID: id, Name: fmt.Sprint("M", n), Level: chat.Member, Identities: []chat.Identity{{Platform: chat.Signal, ID: string(id)}}, In: kitchen[1:2]}
		switch n {
		case 1:
			card.Level = chat.Organiser
		case 2:
			card.Level = chat.Moderator
		}
		folk = append(folk, card)
	}
	limits := Limits{chat.Signal: {Gaps: []time.Duration{time.Minute, time.Hour}, Edits: 3, Within: 23 * time.Hour}}
	return &house{
		t: t, rule: New(limits), now: monday(), pages: make(map[string]string),
		c: chat.Community{
			ID: "c1", Name: "Kitchen", Members: folk, Settings: map[string]string{"zone": zone},
			Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: kitchen}, {
				ID: "r2", Name: "Mods", Chats: []chat.Chat{{Platform: chat.Signal, ID: "mods"}}, Settings: map[string]string{rule.Moderators: "on"},
			}},
		},
	}
}

// tell lets the rule see an event.
func (h *house) tell(e chat.Event) []chat.Effect {
	h.t.Helper()
	e.Now, e.At, e.Community = h.now, h.now, h.c.ID
	h.count++
	e.Seed[0] = h.count
	if _, mine := h.rule.Key(h.c, e); !mine {
		return nil
	}
	if _, woken := e.Body.(chat.Due); woken {
		h.due = time.Time{}
	}
	next, out, err := h.rule.Decide(h.c, h.state, e)
	if err != nil {
		h.t.Fatal(err)
	}
	h.state = next
	for _, x := range out {
		switch x := x.(type) {
		case chat.Wake:
			h.due = x.At
		case chat.Cancel:
			h.due = time.Time{}
		case chat.Set:
			h.c.Settings[x.Key] = x.Value
		case chat.Record:
			h.marks = append(h.marks, x.Line)
		case chat.Show:
			if len(x.Data) == 0 {
				delete(h.pages, x.Page)
			} else {
				h.pages[x.Page] = string(x.Data)
			}
		default:
			h.said = append(h.said, x)
		}
	}
	return out
}

// wait lets time go by, with the timers that are due on the way.
func (h *house) wait(d time.Duration) {
	h.t.Helper()
	end := h.now.Add(d)
	for n := 0; !h.due.IsZero() && !h.due.After(end); n++ {
		if n > 5000 {
			h.t.Fatalf("the timer rings again and again at %s", h.due)
		}
		if h.due.After(h.now) {
			h.now = h.due
		}
		h.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
	}
	h.now = end
}

// late lets the house be off for a while: the timer rings when it is over.
func (h *house) late(d time.Duration) {
	h.t.Helper()
	h.now = h.now.Add(d)
	if !h.due.IsZero() && !h.due.After(h.now) {
		h.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
	}
}

func (h *house) card(who string) chat.Card {
	card, _ := h.c.Members.ByID(chat.MemberID(who))
	return card
}

// asks lets somebody type a command in the kitchen.
func (h *house) asks(who, line string) {
	h.t.Helper()
	h.asked(who, line, false)
}

// chooses lets him choose it.
func (h *house) chooses(who, line string) {
	h.t.Helper()
	h.asked(who, line, true)
}

func (h *house) asked(who, line string, chosen bool) {
	h.t.Helper()
	card := h.card(who)
	name, rest, _ := strings.Cut(line, " ")
	h.tell(chat.Event{
		Chat: h.c.Rooms[0].Chats[1], Room: "r1", By: chat.Person{Identity: card.Identities[0], Name: card.Name}, Member: card.ID, Level: card.Level,
		Body: chat.Asked{
			Ref: chat.Ref{Chat: h.c.Rooms[0].Chats[1], ID: "1"}, Command: name, Alias: name, Chosen: chosen, Args: strings.Fields(rest), Text: chat.Plain(rest),
		},
	})
}

// plan lets the moderator plan a session and say yes to what was understood.
func (h *house) plan(line string) Session {
	h.t.Helper()
	h.asks("m2", "session new "+line)
	s := h.read()
	if len(s.Drafts) == 0 {
		h.t.Fatalf("no draft of %q: %q", line, h.texts())
	}
	h.chooses("m2", fmt.Sprintf("sessiondraft %d yes", s.Drafts[len(s.Drafts)-1].N))
	s = h.read()
	if len(s.Sessions) == 0 {
		h.t.Fatalf("no session of %q: %q", line, h.texts())
	}
	h.said = nil
	return s.Sessions[len(s.Sessions)-1]
}

func (h *house) read() State {
	h.t.Helper()
	var s State
	if h.state != nil {
		if err := json.Unmarshal(h.state, &s); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

// texts are what the house has said since they were last asked for, with where.
func (h *house) texts() []string {
	var out []string
	for _, x := range h.said {
		switch x := x.(type) {
		case chat.Send:
			out = append(out, string(x.To.Platform)+": "+x.Text.Plain)
		case chat.Whisper:
			out = append(out, x.Who.ID+": "+x.Text.Plain)
		case chat.Edit:
			out = append(out, string(x.To.Platform)+" edit: "+x.Text.Plain)
		}
	}
	h.said = nil
	return out
}

// counted is how many of some texts have a part.
func counted(texts []string, part string) int {
	n := 0
	for _, x := range texts {
		if strings.Contains(x, part) {
			n++
		}
	}
	return n
}
