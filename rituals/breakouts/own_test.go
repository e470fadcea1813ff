package breakouts

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), State{
		Rounds: []Round{
			{ID: "b1", Topic: "bread", By: "m2", Ends: at, Groups: []Group{{N: 1, Members: []chat.MemberID{"m1", "m3"}, Notes: "m1"}, {N: 2, Members: []chat.MemberID{"m4"}}}},
			{ID: "b2", Topic: "salt", By: "m1", In: []chat.MemberID{"m3"}, Willing: []chat.MemberID{"m3"}},
		},
		Past:  []Meeting{{ID: "b0", Groups: [][]chat.MemberID{{"m1", "m2"}, {"m3"}}}},
		Avoid: []Wish{{Who: "m1", Not: "m2"}, {Who: "m1", Not: "m9"}, {Who: "m3", Not: "m1"}},
	}, map[chat.MemberID]string{
		"m1": `{"rounds":[{"id":"b1","topic":"bread","in":true,"group":1,"takes_notes":true,"ends":"2026-03-02T12:00:00Z"},` +
			`{"id":"b2","topic":"salt","started_by_you":true}],"earlier_groups":1,"people_you_avoid":2}`,
		"m2": `{"rounds":[{"id":"b1","topic":"bread","started_by_you":true,"ends":"2026-03-02T12:00:00Z"}],"earlier_groups":1}`, // whom m1 avoids
		"m3": `{"rounds":[{"id":"b1","topic":"bread","in":true,"group":1,"ends":"2026-03-02T12:00:00Z"},` +
			`{"id":"b2","topic":"salt","in":true,"takes_notes":true}],"earlier_groups":1,"people_you_avoid":1}`,
		"m9": "",
	})
}
