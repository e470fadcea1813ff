package swaps

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), Book{
		Rows: []Row{{N: 1, Who: "m1", Give: true, Words: "bread"}, {N: 2, Who: "m1", Words: "cello"}, {N: 3, Who: "m2", Give: true, Words: "chess"}},
		Deals: []Deal{
			{N: 4, Until: at, Legs: []Leg{{Who: "m1", Words: "bread", Sent: true, Yes: true}, {Who: "m2", Words: "chess", Sent: true}}},
			{N: 5, Until: at, Legs: []Leg{{Who: "m2", Words: "chess"}, {Who: "m3", Words: "salt"}}}, // nobody has been asked yet
		},
		Seen:    []Seen{{Who: "m3", At: at}},
		Letters: []Letter{{Who: "m3", Get: "chess", Give: "salt", Giver: "m1", Taker: "m2"}},
	}, map[chat.MemberID]string{
		"m1": `{"offers":[{"number":1,"words":"bread"}],"wants":[{"number":2,"words":"cello"}],` +
			`"swaps":[{"number":4,"you_give":"bread","you_said_yes":true,"until":"2026-03-02T12:00:00Z"}]}`,
		"m2": `{"offers":[{"number":3,"words":"chess"}],"swaps":[{"number":4,"you_give":"chess","until":"2026-03-02T12:00:00Z"}]}`,
		"m3": "",
		"m9": "",
	})
}
