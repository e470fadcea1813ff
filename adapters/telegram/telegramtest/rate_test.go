package telegramtest

import (
	"testing"
	"time"
)

func TestRates(t *testing.T) {
	now := time.Unix(1800000000, 0)
	s := start(t, Options{Rates: true, Now: func() time.Time { return now }})
	group := s.NewGroup("Kitchen", s.NewPerson("Ana"))
	send := map[string]any{"chat_id": group, "text": "x"}
	for range shortBurst {
		must(t, ask(t, s, "sendMessage", send))
	}
	if g := ask(t, s, "sendMessage", send); g.Code != 429 || g.Parameters.RetryAfter != 1 {
		t.Errorf("a message behind a short burst: %+v", g)
	}
	refusals := 0
	for range 30 {
		now = now.Add(time.Second)
		if g := ask(t, s, "sendMessage", send); g.Code == 429 {
			refusals++
		}
	}
	if refusals == 0 {
		t.Error("thirty messages within a minute were all taken")
	}
}
