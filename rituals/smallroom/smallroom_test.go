package smallroom

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func kitchen(p chat.Platform) chat.Chat { return chat.Chat{Platform: p, ID: "kitchen"} }
func madeOn(p chat.Platform) chat.Chat  { return chat.Chat{Platform: p, ID: "small"} }

// house is the community beside whose room a small one is made.
func house() (chat.Community, chat.Room, []chat.Card) {
	room := chat.Room{ID: "r1", Chats: []chat.Chat{kitchen(chat.Telegram), kitchen(chat.Signal), kitchen(chat.Matrix)}}
	folk := coretest.Folk{
		{ID: "m1", Identities: []chat.Identity{{Platform: chat.Telegram, ID: "ana"}}, In: room.Chats[:1]},
		{ID: "m2", Identities: []chat.Identity{{Platform: chat.Signal, ID: "ben"}}},
		{ID: "m3", Identities: []chat.Identity{{Platform: chat.Telegram, ID: "cleo"}, {Platform: chat.Signal, ID: "cleo"}}, Home: chat.Signal},
		{ID: "m4", Identities: []chat.Identity{{Platform: chat.Web, ID: "dora"}}},
	}
	return chat.Community{ID: "c", Rooms: []chat.Room{room}, Members: folk}, room, folk
}

func TestNobodyIsAskedOnTwoPlatforms(t *testing.T) {
	c, room, cards := house()
	r, got := Open(c, room, "x:1", "Soup", cards)
	want := []chat.Effect{
		chat.Open{Beside: kitchen(chat.Telegram), Title: "Soup", Who: []chat.Identity{{Platform: chat.Telegram, ID: "ana"}}, Tag: "x:1 open"},
		chat.Open{Beside: kitchen(chat.Signal), Title: "Soup", Who: []chat.Identity{{Platform: chat.Signal, ID: "ben"}, {Platform: chat.Signal, ID: "cleo"}}, Tag: "x:1 open"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.IsSettled() {
		t.Error("settled before anybody has answered")
	}
	if none, effects := Open(c, room, "x:2", "Soup", cards[3:]); !none.IsSettled() || len(effects) > 0 {
		t.Error("a room for nobody on these platforms is not settled")
	}
}

// world links and unlinks as the engine does; known are the chats that the engine has heard of.
type world struct {
	c     chat.Community
	r     Room
	known map[chat.Chat]bool
	sets  []chat.Set
	drops int
}

func (w *world) tell(t *testing.T, e chat.Event) {
	t.Helper()
	if !Concerns(e, "x:") {
		t.Fatalf("the room does not hear of %T", e.Body)
	}
	out, mine := w.r.Take(w.c, e)
	if !mine {
		t.Fatalf("not the room's: %T", e.Body)
	}
	for _, x := range out {
		switch x := x.(type) {
		case chat.Link:
			w.link(t, e, x)
		case chat.Unlink:
			for i := range w.c.Rooms {
				w.c.Rooms[i].Chats = w.c.Rooms[i].Others(x.Chat)
			}
		case chat.Set:
			w.sets = append(w.sets, x)
		case chat.Drop:
			w.drops++
		}
	}
}

func (w *world) link(t *testing.T, e chat.Event, x chat.Link) {
	t.Helper()
	if x.Room == "" && !w.known[x.Chat] {
		w.tell(t, chat.Event{Chat: e.Chat, Body: chat.LinkRefused{Chat: x.Chat}})
		return
	}
	if x.Room == "" {
		x.Room = chat.RoomID(fmt.Sprint("r", len(w.c.Rooms)+1))
		w.c.Rooms = append(w.c.Rooms, chat.Room{ID: x.Room})
	}
	for i := range w.c.Rooms {
		if w.c.Rooms[i].ID == x.Room {
			w.c.Rooms[i].Chats = append(w.c.Rooms[i].Chats, x.Chat)
		}
	}
	w.tell(t, chat.Event{Chat: e.Chat, Body: chat.Linked{Chat: x.Chat, Code: x.Code}})
}

func TestWhateverOrderThePlatformsAnswerIn(t *testing.T) {
	type step struct {
		on  chat.Platform
		why chat.Reason
	}
	tg, sg := chat.Telegram, chat.Signal
	for name, tt := range map[string]struct {
		steps   []step
		known   []chat.Platform
		chats   int
		missing int
	}{
		"both":                        {[]step{{on: tg}, {on: sg}}, []chat.Platform{tg, sg}, 2, 0},
		"the other way round":         {[]step{{on: sg}, {on: tg}}, []chat.Platform{tg, sg}, 2, 0},
		"one cannot":                  {[]step{{tg, chat.Unsupported}, {on: sg}}, []chat.Platform{tg, sg}, 1, 1},
		"the other cannot":            {[]step{{on: tg}, {sg, chat.Forbidden}}, []chat.Platform{tg, sg}, 1, 1},
		"neither can":                 {[]step{{tg, chat.Unsupported}, {sg, chat.Forbidden}}, nil, 0, 2},
		"the first is not known yet":  {[]step{{on: tg}, {on: sg}}, []chat.Platform{sg}, 2, 0},
		"the second is not known yet": {[]step{{on: sg}, {on: tg}}, []chat.Platform{sg}, 2, 0},
		"none is known":               {[]step{{on: sg}, {on: tg}}, nil, 0, 2},
	} {
		c, room, cards := house()
		w := &world{c: c, known: map[chat.Chat]bool{}}
		for _, p := range tt.known {
			w.known[madeOn(p)] = true
		}
		w.r, _ = Open(c, room, "x:1", "Soup", cards)
		for i, s := range tt.steps {
			if w.r.IsSettled() {
				t.Errorf("%s: settled after %d answers", name, i)
			}
			e := chat.Event{Chat: kitchen(s.on), Tag: "x:1 open", Body: chat.Sent{Made: madeOn(s.on)}}
			if s.why != "" {
				e.Body = chat.Failed{Why: s.why}
			}
			w.tell(t, e)
			before := len(w.c.Rooms)
			w.tell(t, e) // a receipt that comes twice
			if len(w.c.Rooms) != before {
				t.Errorf("%s: a second room", name)
			}
		}
		got, _ := w.r.In(w.c)
		if !w.r.IsSettled() || len(got.Chats) != tt.chats || len(w.r.Missing()) != tt.missing {
			t.Errorf("%s: settled %v, chats %v, missing %v", name, w.r.IsSettled(), got.Chats, w.r.Missing())
		}
		if tt.chats > 0 && (len(w.sets) != 2 || w.sets[0].Value != "Soup" || w.sets[1].Key != "private") {
			t.Errorf("%s: set %v", name, w.sets)
		}
		for range w.r.Shut(w.c) {
			to := got.Chats[0]
			w.tell(t, chat.Event{Chat: to, Tag: "x:1 shut", Body: chat.Sent{}})
			got, _ = w.r.In(w.c)
		}
		if got, _ := w.r.In(w.c); len(got.Chats) != 0 {
			t.Errorf("%s: after the end its chats are %v", name, got.Chats)
		}
	}
}

func TestWhoComesLater(t *testing.T) {
	c, room, cards := house()
	w := &world{c: c, known: map[chat.Chat]bool{madeOn(chat.Telegram): true, madeOn(chat.Signal): true}}
	w.r, _ = Open(c, room, "x:1", "Soup", cards[:1]) // Ana alone, on Telegram
	w.tell(t, chat.Event{Chat: kitchen(chat.Telegram), Tag: "x:1 open", Body: chat.Sent{Made: madeOn(chat.Telegram)}})
	zoe := chat.Card{ID: "m8", Identities: []chat.Identity{{Platform: chat.Telegram, ID: "zoe"}}, In: []chat.Chat{kitchen(chat.Telegram)}}
	if out, ready := w.r.Ask(w.c, room, zoe); !ready || len(out) != 0 {
		t.Errorf("whoever is in the group is in its topics: %v", out)
	}
	zoe.ID, zoe.In, zoe.Identities = "m9", nil, []chat.Identity{{Platform: chat.Telegram, ID: "yan"}}
	want := []chat.Effect{chat.Invite{To: madeOn(chat.Telegram), Who: zoe.Identities[0], Tag: "x:1 invite m9"}}
	out, ready := w.r.Ask(w.c, room, zoe)
	if diff := cmp.Diff(want, out); diff != "" || !ready {
		t.Error(diff)
	}
	if again, ready := w.r.Invite(w.c, zoe); !ready || len(again) != 0 {
		t.Errorf("asked in twice: %v", again)
	}
	who, link, ok := w.r.Invited(chat.Event{Tag: "x:1 invite m9", Body: chat.Sent{Link: "https://t.me/+x"}})
	if who != "m9" || link == "" || !ok {
		t.Errorf("invited %s by %q", who, link)
	}
	if _, _, ok := w.r.Invited(chat.Event{Tag: "x:11 invite m9", Body: chat.Sent{}}); ok {
		t.Error("another room's invitation")
	}
	// on a platform where nobody was, a chat is made for him
	if _, ready := w.r.Invite(w.c, cards[1]); ready {
		t.Error("there is no chat to be asked into")
	}
	out, ready = w.r.Ask(w.c, room, cards[1])
	if _, isOpen := out[0].(chat.Open); !isOpen || ready || w.r.IsSettled() {
		t.Errorf("asks for %v", out)
	}
	if out, ready := w.r.Ask(w.c, room, cards[1]); ready || len(out) != 0 {
		t.Errorf("asks again for %v", out)
	}
	w.tell(t, chat.Event{Chat: kitchen(chat.Signal), Tag: "x:1 open", Body: chat.Sent{Made: madeOn(chat.Signal)}})
	if out, ready := w.r.Ask(w.c, room, cards[1]); !ready || len(out) != 0 {
		t.Errorf("who was asked when it was made: %v", out)
	}
	if got, _ := w.r.In(w.c); len(got.Chats) != 2 {
		t.Errorf("its chats are %v", got.Chats)
	}
}

func TestWhatIsNotTheRooms(t *testing.T) {
	c, room, cards := house()
	r, _ := Open(c, room, "x:1", "Soup", cards)
	for name, e := range map[string]chat.Event{
		"another room":      {Chat: kitchen(chat.Signal), Tag: "x:11 open", Body: chat.Sent{Made: madeOn(chat.Signal)}},
		"a message":         {Chat: kitchen(chat.Signal), Tag: "x:1:hello", Body: chat.Sent{}},
		"another's link":    {Body: chat.Linked{Chat: madeOn(chat.Signal), Code: "K7QM2XPA"}},
		"another's refusal": {Body: chat.LinkRefused{Chat: chat.Chat{Platform: chat.Signal, ID: "other"}}},
		"nothing":           {Body: chat.Arrived{}},
	} {
		if out, mine := r.Take(c, e); mine || len(out) > 0 {
			t.Errorf("%s: %v", name, out)
		}
	}
}
