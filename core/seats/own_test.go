package seats

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	place := func(who chat.MemberID) Place {
		return Place{Who: who, Since: at, Knocks: []Knock{{By: chat.Identity{Platform: chat.Telegram, ID: string(who)}}}}
	}
	coretest.CheckOwn(t, NewSeats(), State{
		Queue:  []Place{place("m3"), place("m1")},
		Offers: []Offer{{Place: place("m2"), N: 1, Until: at.Add(time.Hour)}},
		Coming: []Coming{{Who: "m4", Until: at.Add(2 * time.Hour)}},
		Left:   []Leaver{{Sign: "m9"}},
	}, map[chat.MemberID]string{
		"m1": `{"place":2,"waits_since":"2026-03-02T12:00:00Z"}`,
		"m2": `{"waits_since":"2026-03-02T12:00:00Z","seat_held_until":"2026-03-02T13:00:00Z"}`,
		"m4": `{"come_in_until":"2026-03-02T14:00:00Z"}`,
		"m9": "",
	})
	coretest.CheckOwn(t, NewPresence(), Presence{Seen: at, Nudged: 1, Paused: true, Until: at.Add(time.Hour)}, map[chat.MemberID]string{
		"m1": `{"last_seen":"2026-03-02T12:00:00Z","asked_whether_all_is_fine":1,"paused":true,"paused_until":"2026-03-02T13:00:00Z"}`,
	})
	by := chat.Identity{Platform: chat.Telegram, ID: "mia"}
	coretest.CheckOwn(t, NewGate(), Applicant{Stage: beingRead, By: by, Note: "hello", Begun: at, Answers: []string{"a friend"}}, map[chat.MemberID]string{
		"m1": `{"step":"read","begun":"2026-03-02T12:00:00Z","note":"hello","answers":["a friend"]}`,
	})
	coretest.CheckOwn(t, NewFarewell(), Leave{Step: askData, At: at, Note: "bye"}, map[chat.MemberID]string{
		"m1": `{"asked_for":"data","at":"2026-03-02T12:00:00Z","note":"bye"}`,
	})
}
