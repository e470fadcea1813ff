package care

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, NewFlood(), Pace{Now: []int64{at.UnixMilli()}, At: []int64{at.Add(-time.Second).UnixMilli()}, Until: at.Add(time.Hour)},
		map[chat.MemberID]string{"m1": `{"wrote_lately":["2026-03-02T11:59:59Z"],"timed_out_until":"2026-03-02T13:00:00Z"}`})
	coretest.CheckOwn(t, NewBacks(), Backs{Items: []Back{{ID: "x", At: at, Room: "r1", Text: chat.Plain("calm down")}}},
		map[chat.MemberID]string{"m1": `{"not_given_back":1,"newest":[{"at":"2026-03-02T12:00:00Z","words":"calm down"}]}`})
}

// What is known of rooms and reports is nobody's to see.
func TestAlertsAreToldNobody(t *testing.T) {
	if _, tells, err := New().About(nil, "m1"); tells || err != nil {
		t.Errorf("tells %v, %v", tells, err)
	}
}
