package recap

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	from := at.Add(-24 * time.Hour)
	coretest.CheckOwn(t, New(), State{
		Orders: []Order{{N: 3, Kind: asked, Who: "m1", At: at, From: from, Until: at}, {N: 4, Kind: weekly, At: at}},
		Recaps: []Recap{{N: 1, Kind: asked, Who: "m2", At: at, From: from, Until: at, Bullets: []Bullet{{Text: "m1 bakes", Name: "Ana"}}}, {N: 2, Kind: weekly, At: at}},
		Notes:  []Notes{{Room: "r1", From: at, Who: []chat.MemberID{"m2"}}},
		Asked:  []Asking{{Who: "m1", At: at}},
		Silent: []Silent{{At: at, Room: "r1", Who: "m1", N: 2}, {At: from, Room: "r1", Who: "m1", N: 1}, {At: at, Room: "r1", Who: "m3", N: 5}},
	}, map[chat.MemberID]string{
		"m1": `{"waits_for":[{"asked":"2026-03-02T12:00:00Z","from":"2026-03-01T12:00:00Z","until":"2026-03-02T12:00:00Z"}],` +
			`"asked_lately":["2026-03-02T12:00:00Z"],"messages_not_to_be_quoted":3}`,
		"m2": `{"got":[{"asked":"2026-03-02T12:00:00Z","from":"2026-03-01T12:00:00Z","until":"2026-03-02T12:00:00Z"}],"takes_notes_since":["2026-03-02T12:00:00Z"]}`,
		"m9": "",
	})
}
