package rhythm

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	coretest.CheckOwn(t, New(), State{
		Rituals: []Ritual{{ID: "goals", Host: "m1"}, {ID: "tea", Host: "m2", Asked: "m1"}},
		Open:    []Occurrence{{Ritual: "goals", N: 1, At: at, Who: []chat.MemberID{"m2"}}, {Ritual: "tea", N: 2, At: at, Who: []chat.MemberID{"m1", "m2"}}},
		Letters: []Letter{{To: "m9", Ritual: "goals", What: askKeep}},
	}, map[chat.MemberID]string{
		"m1": `{"answered":[{"ritual":"tea","at":"2026-03-02T12:00:00Z"}],"host_of":["goals"],"asked_to_host":["tea"]}`,
		"m2": `{"answered":[{"ritual":"goals","at":"2026-03-02T12:00:00Z"},{"ritual":"tea","at":"2026-03-02T12:00:00Z"}],"host_of":["tea"]}`,
		"m9": "",
	})
}
