package flags

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), State{
		Weeks:   []Week{{Start: "2026-03-02", By: tally{"m1": 7, "m2": 2}, Promos: tally{"m1": 1}}},
		Sites:   visits{"m1": {{Site: "ana.org", At: at.Unix()}}},
		Rituals: map[string][]Turn{"goals": {{Tag: "ritual:goals:1", Who: []chat.MemberID{"m2"}}}},
		Audit:   []Action{{By: "m3", At: at}},
		Pulse:   Pulse{Energy: map[chat.MemberID]int{"m2": 4}, Drain: map[chat.MemberID]int{"m2": 1}},
	}, map[chat.MemberID]string{
		"m1": `{"weeks":[{"week":"2026-03-02","messages":7,"promos":1}],"sites":[{"site":"ana.org","at":"2026-03-02T12:00:00Z"}]}`,
		"m2": `{"weeks":[{"week":"2026-03-02","messages":2}],"rituals":["goals"],"energy":4,"drain":1}`,
		"m9": "",
	})
}
