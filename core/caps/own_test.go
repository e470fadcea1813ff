package caps

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
)

func TestWhatIsSomebodysOwn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	answered := []Answered{{ID: "x", Name: "Ben", Quote: "a word of Ben's"}}
	coretest.CheckOwn(t, New(), State{
		Posts:   []Post{{ID: "1", At: at, Room: "r1"}, {ID: "2", At: at, Room: "r2", Promo: true}},
		Items:   []Item{{ID: "3", By: chat.Person{Name: "Ana"}, At: at, Due: at.Add(time.Hour), Pieces: []Piece{{Text: chat.Plain("my cake")}}, Offered: answered}},
		Sites:   []Site{{Name: "ana.org", At: at, In: "1"}, {Name: "ana.org", At: at, In: "2"}},
		Strikes: []time.Time{at},
	}, map[chat.MemberID]string{
		"m1": `{"posts_counted":["2026-03-02T12:00:00Z"],"promos_counted":["2026-03-02T12:00:00Z"],` +
			`"held":[{"written":"2026-03-02T12:00:00Z","words":"my cake","goes_out":"2026-03-02T13:00:00Z"}],` +
			`"sites":["ana.org"],"promos_elsewhere":["2026-03-02T12:00:00Z"]}`,
	})
	coretest.CheckOwn(t, New(), State{}, map[chat.MemberID]string{"m9": ""})
	coretest.CheckOwn(t, NewHints(), Hinted{At: at}, map[chat.MemberID]string{"m1": `{"last_hint":"2026-03-02T12:00:00Z"}`})
}
