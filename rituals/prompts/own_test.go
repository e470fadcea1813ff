package prompts

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, NewAsks(), Asks{
		Drafts: []Question{{N: 3, Who: "m2", Room: "r1", Text: "may I?", At: at}},
		Open:   []Question{{N: 1, Who: "m1", Room: "r1", Text: "how?", At: at, Passed: 2}, {N: 2, Who: "m2", Room: "r1", Text: "why?", At: at, Closed: true}},
		Barred: []Bar{{Who: "m2", Until: at.Add(time.Hour)}},
	}, map[chat.MemberID]string{
		"m1": `{"asked_without_a_name":[{"number":1,"words":"how?","at":"2026-03-02T12:00:00Z","answers_passed_on":2}]}`,
		"m2": `{"drafts":[{"number":3,"words":"may I?","at":"2026-03-02T12:00:00Z"}],` +
			`"asked_without_a_name":[{"number":2,"words":"why?","at":"2026-03-02T12:00:00Z","taken_away":true}],"may_ask_none_until":"2026-03-02T13:00:00Z"}`,
		"m9": "",
	})
}
