package telegramtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestWebhookDeliversUntilTaken(t *testing.T) {
	s := start(t, fast())
	ana := s.NewPerson("Ana")
	group := s.NewGroup("Kitchen", ana)
	drain(t, s)
	say(t, s, ana, group, "waited")
	type hit struct {
		secret, text string
	}
	hits := make(chan hit, 10)
	refusals := 2
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u struct {
			Message struct{ Text string } `json:"message"`
		}
		_ = json.NewDecoder(r.Body).Decode(&u)
		if refusals > 0 {
			refusals--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		hits <- hit{r.Header.Get("X-Telegram-Bot-Api-Secret-Token"), u.Message.Text}
		if u.Message.Text == "second" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"method": "sendMessage", "chat_id": group, "text": "from the answer"})
		}
	}))
	defer bot.Close()
	must(t, ask(t, s, "setWebhook", map[string]any{"url": bot.URL, "secret_token": "sesame"}))
	for i, want := range []string{"waited", "second"} {
		if i == 1 {
			say(t, s, ana, group, want)
		}
		select {
		case h := <-hits:
			if h.secret != "sesame" || h.text != want {
				t.Errorf("got %+v, want %q", h, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("nothing was delivered")
		}
	}
	waitUntil(t, func() bool { list := s.Messages(group); return list[len(list)-1].Text.Plain == "from the answer" })
	must(t, ask(t, s, "deleteWebhook", nil))
	if s.Pending() != 0 {
		t.Errorf("%d delivered updates are still pending", s.Pending())
	}
}
