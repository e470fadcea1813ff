package health

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), State{
		People: people{"m1": {Acted: at, Wrote: at.Add(-time.Hour), Began: true}, "m2": {Acted: at}},
		Posts:  []Post{{ID: "1", Who: "m1", Room: "r1", At: at, Answered: at.Add(time.Hour), ByOrganiser: true}},
		Asks:   []Ask{{Who: "m3", Name: "Cleo"}},
	}, map[chat.MemberID]string{
		"m1": `{"last_did_something":"2026-03-02T12:00:00Z","last_wrote":"2026-03-02T11:00:00Z",` +
			`"posts_as_a_newcomer":[{"at":"2026-03-02T12:00:00Z","answered":"2026-03-02T13:00:00Z"}]}`,
		"m2": `{"last_did_something":"2026-03-02T12:00:00Z"}`,
		"m9": "",
	})
}
