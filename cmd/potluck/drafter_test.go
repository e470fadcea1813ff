package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// llm is a server like OpenAI's whose model copies the first words of each line that it is shown.
type llm struct {
	*httptest.Server

	mu   sync.Mutex // guards what follows
	down bool
	seen string // all that has left the house
}

var shownToModel = regexp.MustCompile(`(?m)^[0-9a-f]{12} (a\d+)\|P\d+\|[^|]*\|[^|]*\|(.*)$`)

func newLLM(t *testing.T) *llm {
	t.Helper()
	m := new(llm)
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var q struct {
			Messages []struct {
				Content string `json:"content"`
			} `json:"messages"`
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.seen += string(raw)
		if err := json.Unmarshal(raw, &q); err != nil || len(q.Messages) != 2 || m.down {
			http.Error(w, "down", http.StatusUnauthorized)
			return
		}
		var bullets []any
		for _, l := range shownToModel.FindAllStringSubmatch(q.Messages[1].Content, -1) {
			quote := strings.Join(strings.Fields(l[2])[:min(5, len(strings.Fields(l[2])))], " ")
			bullets = append(bullets, map[string]any{"section": "topic", "text": "it is about " + quote, "ids": []string{l[1]}, "quote": quote})
		}
		content, _ := json.Marshal(map[string]any{"bullets": bullets})
		_ = json.NewEncoder(w).Encode(map[string]any{
			"choices": []any{map[string]any{"finish_reason": "stop", "message": map[string]any{"content": string(content)}}},
		})
	}))
	t.Cleanup(m.Close)
	return m
}

// TestRecap asks a whole Potluck for recaps: of quotations, by a model where the room has agreed, and of quotations again
// when the model fails.
func TestRecap(t *testing.T) {
	h, m := newHouse(t), newLLM(t)
	inner := h.env
	h.env = func(name string) string {
		switch name {
		case "POTLUCK_LLM_URL":
			return m.URL + "/v1"
		case "POTLUCK_LLM_MODEL":
			return "parrot"
		}
		return inner(name)
	}
	tg, mx := world.World(h.messengers.Telegram), world.World(h.messengers.Matrix.World())
	ana, greta := tg.NewPerson("Ana"), mx.NewPerson("Greta")
	kitchen, garden := tg.NewGroup("Kitchen", ana), mx.NewGroup("Garden", greta)
	stop := h.start()
	defer stop()
	h.link(tg, ana, kitchen, mx, greta, garden)
	h.say(tg, ana, kitchen, "Who brings the big table to the street party on Friday?")
	h.say(mx, greta, garden, "I bring the big table, call me at +49 171 2345678, Ana.")
	h.await("both", func() bool { return shows(mx, garden, "street party") && shows(tg, kitchen, "I bring the big table") })
	private := tg.Private(ana)
	for _, step := range []struct {
		what, foot string
		before     func()
	}{
		{what: "quotations", foot: "Quoted by Potluck on this server, no AI."},
		{what: "a model's words", foot: "Written by parrot at 127.0.0.1", before: func() {
			if m.seen != "" {
				t.Errorf("without anybody's leave the house sends %s", m.seen)
			}
			h.say(tg, ana, kitchen, "/room ai on")
			h.await("the notice", func() bool {
				return shows(tg, kitchen, "language model may") && shows(mx, garden, "language model may")
			})
		}},
		{what: "quotations instead", foot: "the language model was not used this time", before: func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.down = true
		}},
	} {
		if step.before != nil {
			step.before()
		}
		h.say(tg, ana, kitchen, "/recap 24h")
		h.await(step.what, func() bool { return shows(tg, private, step.foot) })
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, leaked := range []string{"Ana", "Greta", "2345678"} {
		if strings.Contains(m.seen, leaked) {
			t.Errorf("%s has left the house: %s", leaked, m.seen)
		}
	}
	if !strings.Contains(m.seen, "street party") {
		t.Errorf("the model was shown %q", m.seen)
	}
}

// TestConfigOfTheModel refuses what would send words or keys where nobody meant them to go.
func TestConfigOfTheModel(t *testing.T) {
	for url, want := range map[string]bool{"http://127.0.0.1:11434/v1": true, "https://api.example.org/v1": true, "http://api.example.org/v1": false, "x": false} {
		_, err := loadConfig("", env("POTLUCK_LLM_URL", url, "POTLUCK_LLM_MODEL", "m", "POTLUCK_LLM_KEY", "k"))
		if (err == nil) != want {
			t.Errorf("%s: %v", url, err)
		}
	}
}
