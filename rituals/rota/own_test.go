package rota

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	week := 7 * 24 * time.Hour
	coretest.CheckOwn(t, New(), State{
		Roles: map[string]*Role{
			roleGreeter: {
				List: []Volunteer{{Who: "m1", Since: at, Owed: 500_000}, {Who: "m2", Since: at, Silent: 1}},
				Now:  Turn{From: at, Until: at.Add(week), Who: "m2"},
				Next: Turn{From: at.Add(week), Until: at.Add(2 * week), Asked: "m1", Passed: []chat.MemberID{"m3"}},
				Past: []Served{{Who: "m1", From: at.Add(-week), Until: at}},
			},
		},
		Swaps: []Swap{{N: 1, Role: roleGreeter, By: "m2", To: "m3", From: at}},
	}, map[chat.MemberID]string{
		"m1": `{"volunteers_for":[{"role":"greeter","since":"2026-03-02T12:00:00Z","turns_owed":0.5}],` +
			`"turns":[{"role":"greeter","what":"had","from":"2026-02-23T12:00:00Z","until":"2026-03-02T12:00:00Z"},` +
			`{"role":"greeter","what":"asked","from":"2026-03-09T12:00:00Z","until":"2026-03-16T12:00:00Z"}]}`,
		"m2": `{"volunteers_for":[{"role":"greeter","since":"2026-03-02T12:00:00Z","questions_not_answered":1}],` +
			`"turns":[{"role":"greeter","what":"said yes","from":"2026-03-02T12:00:00Z","until":"2026-03-09T12:00:00Z"},` +
			`{"role":"greeter","what":"wants to swap","from":"2026-03-02T12:00:00Z"}]}`,
		"m3": `{"turns":[{"role":"greeter","what":"asked to swap","from":"2026-03-02T12:00:00Z"},` +
			`{"role":"greeter","what":"passed","from":"2026-03-09T12:00:00Z","until":"2026-03-16T12:00:00Z"}]}`,
		"m9": "",
	})
	coretest.CheckOwn(t, NewCalls(), Calls{Wait: []Call{{Name: "Ben", Text: "help"}}, Times: []time.Time{at}}, map[chat.MemberID]string{
		"m1": `{"calls_for_the_morning":1,"called":["2026-03-02T12:00:00Z"]}`,
	})
}
