package sanctions

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), Record{
		Actor: "m2", Warnings: []Warning{{Turn: 1, At: at, Reason: "loud", By: "m2"}}, Appeal: Appeal{Open: true, At: at, Text: "it was not me", By: "m3"},
	}, map[chat.MemberID]string{"m1": `{"appeal":"it was not me","at":"2026-03-02T12:00:00Z"}`})
	coretest.CheckOwn(t, NewReviews(), Review{Opener: "m2", Other: "m3", Reason: "loud", Mine: "I sang", Theirs: "they shouted", Votes: map[chat.MemberID]int{"m4": 1}},
		map[chat.MemberID]string{"m1": `{"statement":"I sang"}`})
	coretest.CheckOwn(t, New(), Record{Actor: "m2"}, map[chat.MemberID]string{"m9": ""})
}
