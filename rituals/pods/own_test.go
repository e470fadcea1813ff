package pods

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), State{Pods: []Pod{
		{N: 1, Name: "Pages", By: "m2", Seats: []Seat{
			{Who: "m1", Minute: 9*60 + 5, Next: at, Day: "2026-03-01", Status: done, Word: "three pages", Missed: 1, Rest: at, Counts: true, Run: 4},
			{Who: "m3", Minute: 19 * 60, Word: "ill", Box: []Note{{By: "m1", Word: "three pages"}}},
		}},
		{N: 2, Name: "Runs", By: "m2"},
	}}, map[chat.MemberID]string{
		"m1": `[{"pod":"Pages","asked_at":"09:05","asked_next":"2026-03-02T12:00:00Z","last_asked":"2026-03-01","answer":"done","words":"three pages",` +
			`"questions_not_answered":1,"rests_until":"2026-03-02T12:00:00Z","days_in_a_row":4}]`,
		"m2": `[{"pod":"Pages","begun_by_you":true},{"pod":"Runs","begun_by_you":true}]`,
		"m3": `[{"pod":"Pages","asked_at":"19:00","words":"ill"}]`,
		"m9": "",
	})
}
