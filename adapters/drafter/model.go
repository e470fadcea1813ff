package drafter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Limits of one request to a model.
const (
	maxAnswer  = 1 << 20
	maxTokens  = 2000
	maxRetries = 2
	maxPause   = 10 * time.Second
)

// ErrModel is wrapped by what a model's server answers instead of an answer.
var ErrModel = errors.New("the model gave no answer")

// Config says where a model is.
type Config struct {
	URL   string // of an API like OpenAI's, up to its version: "http://127.0.0.1:11434/v1"
	Model string // "qwen3:8b"
	Key   string // sent as a bearer token; may be empty
}

// Validate tells what an operator has to mend. Keys are not sent over a network unencrypted.
func (c Config) Validate() error {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "" && c.Model == "" && c.Key == "":
		return nil
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil:
		return errors.New("llm.url: write the address of an API like OpenAI's, up to its version, like http://127.0.0.1:11434/v1")
	case c.Model == "":
		return errors.New("llm.model: name the model, like qwen3:8b")
	case u.Scheme == "http" && c.Key != "" && !isNear(u.Hostname()):
		return errors.New("llm.url: write https, or the key can be read on the way")
	}
	return nil
}

// isNear tells whether a host is this machine.
func isNear(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Request is one question. Schema is the JSON schema that the answer shall have; Plainer asks for it in words only.
type Request struct {
	System, User string
	Schema       json.RawMessage
	Plainer      bool
}

// Reply is the model's answer. PromptTokens is how many the server has read, 0 = it does not say. Stopped: the answer is not
// whole, or a refusal.
type Reply struct {
	Text         string
	PromptTokens int
	Stopped      bool
}

// Model asks a language model over an API like OpenAI's. It keeps nothing of what is asked or said, and logs none of it.
type Model struct {
	config Config
	client *http.Client
	pause  time.Duration // before the first repetition; each further one waits twice as long

	mu   sync.Mutex // guards rung
	rung int        // of the ladder: how the server takes the form of an answer
}

// The ladder: servers differ in how the form of an answer can be asked for.
const (
	bySchema = iota
	byObject
	byWords
)

// NewModel returns a client for a model.
func NewModel(c Config) *Model {
	c.URL = strings.TrimRight(c.URL, "/")
	return &Model{config: c, pause: time.Second, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // what is sent stays with the host that was agreed on
	}}}
}

// Name says which model it is and where: "qwen3:8b at 127.0.0.1:11434".
func (m *Model) Name() string {
	u, err := url.Parse(m.config.URL)
	if err != nil {
		return m.config.Model
	}
	return m.config.Model + " at " + u.Host
}

// Ping asks for one word.
func (m *Model) Ping(ctx context.Context) error {
	_, _, err := m.post(ctx, Request{System: "Answer with one word.", User: "Are you there?"}, byWords)
	return err
}

// Ask puts a question. It tries again after short outages within ctx's time, and steps down the ladder where the server does not
// take the form. Errors wrap ErrModel or ctx's.
func (m *Model) Ask(ctx context.Context, r Request) (Reply, error) {
	if r.Plainer {
		m.lower(byWords)
	}
	pause := m.pause
	for try := 0; ; {
		rung := m.current()
		reply, status, err := m.post(ctx, r, rung)
		switch {
		case err == nil:
			return reply, nil
		case ctx.Err() != nil:
			return Reply{}, fmt.Errorf("ask model: %w", ctx.Err())
		case isForm(status) && rung < byWords:
			m.lower(rung + 1)
			continue
		case status != 0 && status != http.StatusTooManyRequests && status < 500, try >= maxRetries:
			return Reply{}, err
		}
		try++
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Reply{}, fmt.Errorf("ask model: %w", ctx.Err())
		}
		pause = min(2*pause, maxPause)
	}
}

// isForm tells whether a server refuses how something was asked.
func isForm(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity || status == http.StatusNotImplemented
}

func (m *Model) current() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rung
}

// lower remembers that the server takes no higher rung than this.
func (m *Model) lower(rung int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rung = max(m.rung, rung)
}

// question is what is sent.
type question struct {
	Model       string          `json:"model"`
	Messages    []message       `json:"messages"`
	Temperature float64         `json:"temperature"`
	MaxTokens   int             `json:"max_tokens"`
	Stream      bool            `json:"stream"`
	Format      json.RawMessage `json:"response_format,omitempty"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Refusal string `json:"refusal,omitempty"`
}

// post makes one request. status is 0 where there was no answer at all.
func (m *Model) post(ctx context.Context, r Request, rung int) (reply Reply, status int, err error) {
	q := question{
		Model: m.config.Model, MaxTokens: maxTokens, Format: formOf(r, rung),
		Messages: []message{{Role: "system", Content: r.System}, {Role: "user", Content: r.User}},
	}
	if rung == byWords && len(r.Schema) > 0 {
		q.Messages[0].Content += "\nAnswer with one JSON object of this schema and nothing else:\n" + string(r.Schema)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return Reply{}, 0, fmt.Errorf("encode question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.config.URL+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return Reply{}, 0, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if m.config.Key != "" {
		req.Header.Set("Authorization", "Bearer "+m.config.Key)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return Reply{}, 0, fmt.Errorf("%w: %w", ErrModel, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Reply{}, 0, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if resp.StatusCode != http.StatusOK { // its words may repeat the question's, so they are not told
		return Reply{}, resp.StatusCode, fmt.Errorf("%w: its server says %s", ErrModel, resp.Status)
	}
	reply, err = replyOf(raw)
	return reply, resp.StatusCode, err
}

// formOf is how the form of the answer is asked for on a rung of the ladder.
func formOf(r Request, rung int) json.RawMessage {
	switch {
	case len(r.Schema) == 0 || rung == byWords:
		return nil
	case rung == byObject:
		return json.RawMessage(`{"type":"json_object"}`)
	}
	raw, err := json.Marshal(map[string]any{
		"type": "json_schema", "json_schema": map[string]any{"name": "recap", "strict": true, "schema": r.Schema},
	})
	if err != nil {
		return nil // a schema that is none
	}
	return raw
}

// replyOf reads what a server answers.
func replyOf(raw []byte) (Reply, error) {
	var a struct {
		Choices []struct {
			Message      message `json:"message"`
			FinishReason string  `json:"finish_reason"`
		} `json:"choices"`
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return Reply{}, fmt.Errorf("%w: what its server says cannot be read", ErrModel)
	}
	if len(a.Choices) == 0 {
		return Reply{}, fmt.Errorf("%w: its server says nothing", ErrModel)
	}
	c := a.Choices[0]
	return Reply{
		Text: c.Message.Content, PromptTokens: a.Usage.PromptTokens,
		Stopped: c.Message.Refusal != "" || c.FinishReason == "length" || c.FinishReason == "content_filter",
	}, nil
}
