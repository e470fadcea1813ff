package drafter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake is a server that answers as OpenAI's does, with faults.
type fake struct {
	*httptest.Server

	mu       sync.Mutex // guards what follows
	takes    string     // the highest form of an answer that it knows: "json_schema", "json_object" or ""
	faults   []int      // statuses of the next answers; 0 = none
	body     string     // instead of an answer
	finish   string
	keys     []string
	forms    []string
	question question
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{takes: "json_schema", finish: "stop"}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := io.ReadAll(r.Body)
	f.question = question{}
	if err != nil || json.Unmarshal(raw, &f.question) != nil || r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost {
		http.Error(w, "bad request", http.StatusTeapot)
		return
	}
	f.keys = append(f.keys, r.Header.Get("Authorization"))
	var form struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	}
	if len(f.question.Format) > 0 && json.Unmarshal(f.question.Format, &form) != nil {
		http.Error(w, "bad form", http.StatusTeapot)
		return
	}
	f.forms = append(f.forms, form.Type)
	rank := map[string]int{"": 0, "json_object": 1, "json_schema": 2}
	if rank[form.Type] > rank[f.takes] || form.Type == "json_schema" && (!form.JSONSchema.Strict || len(form.JSONSchema.Schema) == 0) {
		http.Error(w, "response_format is not supported", http.StatusBadRequest)
		return
	}
	if len(f.faults) > 0 {
		fault := f.faults[0]
		f.faults = f.faults[1:]
		if fault != 0 {
			http.Error(w, "sorry", fault)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if f.body != "" {
		_, _ = io.WriteString(w, f.body)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"choices": []any{map[string]any{"finish_reason": f.finish, "message": map[string]any{"role": "assistant", "content": `{"bullets":[]}`}}},
		"usage":   map[string]any{"prompt_tokens": 321},
	})
}

func (f *fake) model(key string) *Model {
	m := NewModel(Config{URL: f.URL + "/v1/", Model: "m", Key: key})
	m.pause = time.Millisecond
	return m
}

func ask() Request {
	return Request{System: "s", User: "u", Schema: json.RawMessage(`{"type":"object"}`)}
}

func TestAQuestion(t *testing.T) {
	f := newFake(t)
	m := f.model("k3y")
	reply, err := m.Ask(t.Context(), ask())
	if diff := cmp.Diff(Reply{Text: `{"bullets":[]}`, PromptTokens: 321}, reply); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if f.keys[0] != "Bearer k3y" || f.question.Model != "m" || f.question.Messages[0].Content != "s" || f.question.Messages[1].Content != "u" {
		t.Errorf("asked %+v with %q", f.question, f.keys)
	}
	if !strings.HasPrefix(m.Name(), "m at 127.0.0.1:") {
		t.Errorf("it is called %q", m.Name())
	}
}

func TestTheLadder(t *testing.T) {
	for takes, want := range map[string][]string{
		"json_schema": {"json_schema", "json_schema"},
		"json_object": {"json_schema", "json_object", "json_object"},
		"":            {"json_schema", "json_object", "", ""},
	} {
		f := newFake(t)
		f.takes = takes
		m := f.model("")
		for range 2 {
			if _, err := m.Ask(t.Context(), ask()); err != nil {
				t.Fatalf("%q: %v", takes, err)
			}
		}
		if diff := cmp.Diff(want, f.forms); diff != "" {
			t.Errorf("a server that takes %q is asked (-want +got):\n%s", takes, diff)
		}
		if takes == "" && !strings.Contains(f.question.Messages[0].Content, `{"type":"object"}`) {
			t.Errorf("in words the schema is missing: %s", f.question.Messages[0].Content)
		}
	}
	f := newFake(t)
	r := ask()
	r.Plainer = true
	if _, err := f.model("").Ask(t.Context(), r); err != nil || f.forms[0] != "" {
		t.Errorf("plainer: %v, %q", err, f.forms)
	}
}

func TestFaults(t *testing.T) {
	for name, fault := range map[string]struct {
		faults []int
		body   string
		finish string
		asked  int
		ok     bool
	}{
		"one 500":           {faults: []int{500}, asked: 2, ok: true},
		"500 for long":      {faults: []int{500, 503, 500, 500}, asked: 3},
		"a wrong key":       {faults: []int{401, 401, 401, 401}, asked: 1},
		"no such model":     {faults: []int{404, 404, 404, 404}, asked: 1},
		"half an answer":    {body: `{"choices":[{"message":{"content":"{\"bul`, asked: 1},
		"no answer":         {body: `{"choices":[]}`, asked: 1},
		"a page":            {body: `<html>login</html>`, asked: 1},
		"cut by the length": {finish: "length", asked: 1, ok: true},
	} {
		f := newFake(t)
		f.faults, f.body = fault.faults, fault.body
		if fault.finish != "" {
			f.finish = fault.finish
		}
		reply, err := f.model("").Ask(t.Context(), ask())
		if (err == nil) != fault.ok || err != nil && !errors.Is(err, ErrModel) || len(f.forms) != fault.asked {
			t.Errorf("%s: asked %d times, %v", name, len(f.forms), err)
		}
		if reply.Stopped != (fault.finish == "length") {
			t.Errorf("%s: %+v", name, reply)
		}
		if err != nil && strings.Contains(err.Error(), "login") {
			t.Errorf("%s: the error tells what the server said: %v", name, err)
		}
	}
}

func TestASlowModelIsNotWaitedFor(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := NewModel(Config{URL: server.URL, Model: "m"}).Ask(ctx, ask()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsSentGoesNowhereElse(t *testing.T) {
	other := newFake(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/v1/chat/completions", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	if _, err := NewModel(Config{URL: server.URL, Model: "m"}).Ask(t.Context(), ask()); err == nil || len(other.forms) != 0 {
		t.Errorf("a redirect is followed: %v, %q", err, other.forms)
	}
}

func TestCheckNamesTheModel(t *testing.T) {
	f := newFake(t)
	if got := New(nil, f.model("")).Check(t.Context()); len(got) != 1 || !got[0].OK {
		t.Errorf("got %+v", got)
	}
	f.faults = []int{401}
	if got := New(nil, f.model("")).Check(t.Context()); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Do, "llm.key_file") {
		t.Errorf("got %+v", got)
	}
	if got := New(nil, nil).Check(t.Context()); got != nil {
		t.Errorf("without a model: %+v", got)
	}
}

func TestConfig(t *testing.T) {
	for c, want := range map[Config]string{
		{}: "",
		{URL: "http://127.0.0.1:11434/v1", Model: "m"}:            "",
		{URL: "http://localhost:1/v1", Model: "m", Key: "k"}:      "",
		{URL: "https://api.example.org/v1", Model: "m", Key: "k"}: "",
		{URL: "http://10.0.0.7/v1", Model: "m"}:                   "",
		{URL: "http://api.example.org/v1", Model: "m", Key: "k"}:  "https",
		{URL: "https://u:p@api.example.org/v1", Model: "m"}:       "llm.url",
		{URL: "api.example.org", Model: "m"}:                      "llm.url",
		{URL: "file:///etc/passwd", Model: "m"}:                   "llm.url",
		{URL: "https://api.example.org/v1"}:                       "llm.model",
		{Model: "m"}:                                              "llm.url",
	} {
		err := c.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
