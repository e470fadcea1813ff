package breakouts

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/rituals/smallroom"
)

// A group without a room that is put together with one that has one goes to that, whichever of them has become small.
func TestTwoGroupsMeetWhereThereIsARoom(t *testing.T) {
	for _, line := range []string{"breakoutmerge b1 1 2 yes", "breakoutmerge b1 2 1 yes"} {
		h := newHouse(t)
		kitchen := h.c.Rooms[0].Chats
		made := chat.Chat{Platform: chat.Matrix, ID: "small"}
		h.c.Rooms = append(h.c.Rooms, chat.Room{ID: "small1", Chats: []chat.Chat{made}})
		room := smallroom.Room{Tag: "breakout:b1:1", Title: "Soup 1", ID: "small1", Places: []smallroom.Place{
			{Beside: kitchen[2], Made: made, State: "joined"}, {Beside: kitchen[0], State: "failed"}, {Beside: kitchen[1], State: "failed"},
		}}
		state, err := json.Marshal(State{Rounds: []Round{{
			ID: "b1", Topic: "Soup", Room: "r1", Low: 2, High: 6, By: "m1", Stage: open, Made: h.now, Ends: h.now.Add(time.Hour),
			Groups: []Group{
				{N: 1, Members: []chat.MemberID{"m2", "m5"}, Room: room, Greeted: []chat.Chat{made}, Told: []chat.MemberID{"m2", "m5"}},
				{N: 2, Members: []chat.MemberID{"m8"}, Here: true, Told: []chat.MemberID{"m8"}},
			},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		h.state = state
		h.asks("m1", line)
		if texts := h.texts(); counted(texts, "small: Another group joins you: M8.") != 1 || counted(texts, "to m8: Your group for Soup is ready") != 1 ||
			counted(texts, "shut") != 0 {
			t.Errorf("%s: %q", line, texts)
		}
	}
}

// Whoever has another account is asked in there, where the messenger he writes on has no room.
func TestAnotherAccountOpensTheRoom(t *testing.T) {
	h := newHouse(t)
	h.poor = chat.Telegram
	card := &h.c.Members.(coretest.Folk)[2] // m3, on Telegram
	card.Identities = append(card.Identities, chat.Identity{Platform: chat.Matrix, ID: "m3"})
	h.gather("6..9 in 10m for 2h Soup", 6)
	h.texts()
	h.wait(10 * time.Minute)
	texts := h.texts()
	if counted(texts, "to m3: Your group for Soup is ready") != 1 || counted(texts, "Not in this room: M6. On Telegram") != 2 {
		t.Errorf("they hear %q", texts)
	}
}
