package library

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), Catalogue{Shelf: "ab", Tags: map[string]int{"bread": 1}, Adds: []Add{{Who: "m1", At: at}, {Who: "m2", At: at.Add(time.Hour)}}},
		map[chat.MemberID]string{"m1": `{"added":["2026-03-02T12:00:00Z"]}`, "m2": `{"added":["2026-03-02T13:00:00Z"]}`, "m9": ""})
	s := Shelf{Entries: []Entry{
		{N: 1, URL: "https://a.org/?x=1&y=2", Tags: []string{"bread"}, Summary: "about bread", By: "m1", At: at, Room: "r1"},
		{N: 2, URL: "https://b.org", Tags: []string{"salt"}, Summary: "about salt", By: "m2", At: at},
	}}
	coretest.CheckOwn(t, NewShelves(), s, map[chat.MemberID]string{
		"m1": `{"entries":1,"newest":[{"number":1,"link":"https://a.org/?x=1&y=2","tags":["bread"],"words":"about bread","at":"2026-03-02T12:00:00Z"}]}`,
		"m2": `{"entries":1,"newest":[{"number":2,"link":"https://b.org","tags":["salt"],"words":"about salt","at":"2026-03-02T12:00:00Z"}]}`,
		"m9": "",
	})
}
