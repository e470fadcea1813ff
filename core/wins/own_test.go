package wins

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), Book{
		Wins: []Win{{N: 1, Group: 1, Who: "m1", Kind: kindJob, Text: "a job", At: at, Room: "r1"}, {N: 2, Group: 2, Who: "m2", Text: "a boat", At: at, Bare: true}},
		Asks: []Ask{
			{N: 3, By: "m1", Who: "m2", Text: "a fine roof", Send: at, Sent: true},
			{N: 4, By: "m2", Who: "m3", Text: "a race", Send: at}, // not asked yet
		},
		Noes:    []No{{By: "m2", Who: "m1", At: at}},
		Letters: []Letter{{Who: "m3", Kind: letterAgreed, About: "m1"}},
	}, map[chat.MemberID]string{
		"m1": `{"wins":[{"number":1,"kind":"job","words":"a job","at":"2026-03-02T12:00:00Z"}],` +
			`"you_proposed":[{"number":3,"kind":"other","words":"a fine roof","at":"2026-03-02T12:00:00Z"}],"you_declined":["2026-03-02T12:00:00Z"]}`,
		"m2": `{"wins":[{"number":2,"kind":"other","words":"a boat","at":"2026-03-02T12:00:00Z","without_name":true}],` +
			`"you_proposed":[{"number":4,"kind":"other","words":"a race","at":"2026-03-02T12:00:00Z"}],` +
			`"waits_for_your_yes":[{"number":3,"kind":"other","at":"2026-03-02T12:00:00Z"}]}`,
		"m3": "",
		"m9": "",
	})
	coretest.CheckOwn(t, NewThanks(), Hint{At: at}, map[chat.MemberID]string{"m1": `{"last_hint":"2026-03-02T12:00:00Z"}`})
}

func TestTheNewestWinsAreShown(t *testing.T) {
	var s Book
	for n := range 3 * maxTold {
		s.Wins = append(s.Wins, Win{N: n, Who: "m1", Text: strings.Repeat("ä", maxText)})
	}
	raw, err := json.Marshal(s.mine("m1"))
	if err != nil || len(raw) > 16_000 || strings.Contains(string(raw), `"number":0,`) || !strings.Contains(string(raw), `"number":59,`) {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}
