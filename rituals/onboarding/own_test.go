package onboarding

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), Course{Began: at, Sent: 2, Last: at, Intro: true, Stopped: true, Tries: 1}, map[chat.MemberID]string{
		"m1": `{"began":"2026-03-02T12:00:00Z","messages_sent":2,"last_sent":"2026-03-02T12:00:00Z","introduced":true,"stopped":true}`,
	})
	coretest.CheckOwn(t, NewGreetings(), Greeting{Waiting: []chat.MemberID{"m1"}, Recent: map[chat.MemberID]time.Time{"m2": at}}, map[chat.MemberID]string{
		"m1": `{"to_be_greeted":true}`, "m2": `{"greeted_or_left":"2026-03-02T12:00:00Z"}`, "m9": "",
	})
	coretest.CheckOwn(t, NewUnanswered(), Waits{List: []Wait{{Who: "m1", At: at, Tell: []Tell{{Who: "m2"}}}}}, map[chat.MemberID]string{
		"m1": `{"unanswered_since":"2026-03-02T12:00:00Z"}`, "m2": "", "m9": "",
	})
}
