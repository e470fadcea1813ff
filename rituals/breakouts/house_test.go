package breakouts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// house is a community in which the rule lives as in the engine: its state is bytes, its timer is kept, and chats that it
// asks for are made and linked.
type house struct {
	t     *testing.T
	c     chat.Community
	rule  rule.Rule
	state []byte
	now   time.Time
	due   time.Time
	said  []chat.Effect
	marks []string
	rooms int
	count byte
	// deaf platforms answer no Open, poor ones refuse it.
	deaf, poor chat.Platform
}

func newHouse(t *testing.T) *house {
	t.Helper()
	kitchen := []chat.Chat{{Platform: chat.Telegram, ID: "kitchen"}, {Platform: chat.Signal, ID: "kitchen"}, {Platform: chat.Matrix, ID: "kitchen"}}
	var folk coretest.Folk
	for n := 1; n <= 500; n++ {
		id := chat.MemberID(fmt.Sprint("m", n))
		in := kitchen[n%3]
		card := chat.Card{ID: id, Name: fmt.Sprint("M", n), Level: chat.Member, Identities: []chat.Identity{{Platform: in.Platform, ID: string(id)}}, In: []chat.Chat{in}}
		if n == 1 {
			card.Level = chat.Moderator
		}
		folk = append(folk, card)
	}
	return &house{t: t, rule: New(), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), c: chat.Community{
		ID: "c1", Members: folk, Settings: map[string]string{}, Rooms: []chat.Room{{ID: "r1", Name: "Kitchen", Chats: kitchen}},
	}}
}

// tell lets the rule see an event, and all that comes of it.
func (h *house) tell(e chat.Event) {
	h.t.Helper()
	e.Now, e.At, e.Community = h.now, h.now, h.c.ID
	h.count++
	e.Seed[0] = h.count
	if _, mine := h.rule.Key(h.c, e); !mine {
		return
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
		h.apply(e, x)
	}
}

func (h *house) apply(e chat.Event, x chat.Effect) {
	h.t.Helper()
	switch x := x.(type) {
	case chat.Wake:
		h.due = x.At
	case chat.Cancel:
		h.due = time.Time{}
	case chat.Record:
		h.marks = append(h.marks, x.Line)
	case chat.Open:
		switch x.Beside.Platform {
		case h.deaf:
		case h.poor:
			h.tell(chat.Event{Chat: x.Beside, Tag: x.Tag, Body: chat.Failed{Why: chat.Unsupported}})
		default:
			h.tell(chat.Event{Chat: x.Beside, Tag: x.Tag, Body: chat.Sent{Made: chat.Chat{Platform: x.Beside.Platform, ID: strings.ReplaceAll(x.Tag, " ", "-")}}})
		}
	case chat.Link:
		h.link(x)
		h.tell(chat.Event{Chat: e.Chat, Body: chat.Linked{Chat: x.Chat, Code: x.Code}})
	case chat.Shut:
		h.said = append(h.said, x)
		h.tell(chat.Event{Chat: x.To, Tag: x.Tag, Body: chat.Sent{}})
	case chat.Unlink:
		for i := range h.c.Rooms {
			h.c.Rooms[i].Chats = h.c.Rooms[i].Others(x.Chat)
		}
		h.c.Rooms = slices.DeleteFunc(h.c.Rooms, func(r chat.Room) bool { return len(r.Chats) == 0 })
	default:
		h.said = append(h.said, x)
	}
}

func (h *house) link(x chat.Link) {
	if x.Room == "" {
		h.rooms++
		h.c.Rooms = append(h.c.Rooms, chat.Room{ID: chat.RoomID(fmt.Sprint("small", h.rooms)), Chats: []chat.Chat{x.Chat}})
		return
	}
	for i := range h.c.Rooms {
		if h.c.Rooms[i].ID == x.Room {
			h.c.Rooms[i].Chats = append(h.c.Rooms[i].Chats, x.Chat)
		}
	}
}

// wait lets time go by, with the timers that are due on the way.
func (h *house) wait(d time.Duration) {
	h.t.Helper()
	end := h.now.Add(d)
	for n := 0; !h.due.IsZero() && !h.due.After(end); n++ {
		if n > 1000 {
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
	h.tell(chat.Event{Body: chat.Due{Rule: title, Key: "c1"}})
}

// asks lets somebody type or choose a command.
func (h *house) asks(who, line string) {
	h.t.Helper()
	h.asked(who, line, chat.Event{Chat: h.c.Rooms[0].Chats[1], Room: "r1"})
}

// whispers lets him do that in private.
func (h *house) whispers(who, line string) {
	h.t.Helper()
	h.asked(who, line, chat.Event{Chat: chat.Chat{Platform: chat.Signal, ID: who}, Private: true})
}

func (h *house) asked(who, line string, e chat.Event) {
	h.t.Helper()
	card, _ := h.c.Members.ByID(chat.MemberID(who))
	name, rest, _ := strings.Cut(line, " ")
	e.Member, e.Level = card.ID, card.Level
	if len(card.Identities) > 0 {
		e.By = chat.Person{Identity: card.Identities[0], Name: card.Name}
	}
	asked := chat.Asked{Command: name, Alias: name, Args: strings.Fields(rest), Text: chat.Plain(rest)}
	if name == commandAvoid { // the members of a test have no names that can be looked up
		for _, w := range asked.Args {
			if other, ok := h.c.Members.ByID(chat.MemberID(w)); ok {
				at := strings.Index(rest, w)
				asked.Text.Spans = []chat.Span{{Start: at, End: at + len(w), Style: chat.Mention, Value: other.Identities[0].String()}}
			}
		}
	}
	e.Body = asked
	h.tell(e)
}

// gather starts a round and lets the first n people behind the moderator be in.
func (h *house) gather(order string, n int) *Round {
	h.t.Helper()
	h.asks("m1", "breakout "+order)
	s := h.read()
	if len(s.Rounds) == 0 {
		h.t.Fatalf("no round of %q: %q", order, h.texts())
	}
	id := s.Rounds[len(s.Rounds)-1].ID
	for i := range n {
		h.asks(fmt.Sprint("m", i+2), "breakoutanswer "+id+" in")
	}
	return h.round(id)
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

func (h *house) round(id string) *Round {
	h.t.Helper()
	for _, r := range h.read().Rounds {
		if r.ID == id {
			return &r
		}
	}
	return nil
}

// texts are what the house has said since they were last asked for, with where.
func (h *house) texts() []string {
	var out []string
	for _, x := range h.said {
		switch x := x.(type) {
		case chat.Send:
			out = append(out, x.To.ID+": "+x.Text.Plain)
		case chat.Whisper:
			out = append(out, "to "+x.Who.ID+": "+x.Text.Plain)
		case chat.Edit:
			out = append(out, "edit: "+x.Text.Plain)
		case chat.Shut:
			out = append(out, "shut "+x.To.ID)
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
