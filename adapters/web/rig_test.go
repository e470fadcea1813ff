package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// house is what stands behind the talk: it keeps what it hears, and answers if the test wants that.
type house struct {
	mu     sync.Mutex // guards what follows
	events []chat.Event
	gate   func(context.Context, chat.Event) error
	answer func(chat.Event)
}

func (h *house) in(ctx context.Context, events ...chat.Event) error {
	for _, e := range events {
		h.mu.Lock()
		gate, answer := h.gate, h.answer
		h.mu.Unlock()
		if gate != nil {
			if err := gate(ctx, e); err != nil {
				return err
			}
		}
		h.mu.Lock()
		h.events = append(h.events, e)
		h.mu.Unlock()
		if answer != nil {
			answer(e)
		}
	}
	return nil
}

func (h *house) heard() []chat.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

// rig is a talk that runs, on a folder that outlives it.
type rig struct {
	t      *testing.T
	dir    string
	house  *house
	log    *bytes.Buffer
	talk   *Talk
	url    string
	at     atomic.Int64 // Unix seconds
	client *http.Client
	stop   func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "web"), house: &house{}, log: &bytes.Buffer{}}
	r.at.Store(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).Unix())
	r.client = &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() { r.stop() })
	r.start()
	return r
}

// now is the talk's clock, which stands still but when a test lets time pass.
func (r *rig) now() time.Time { return time.Unix(r.at.Load(), 0).UTC() }

func (r *rig) pass(d time.Duration) { r.at.Add(int64(d / time.Second)) }

// make makes a talk on the folder.
func (r *rig) make() *Talk {
	r.t.Helper()
	talk, err := NewTalk(TalkConfig{Address: "https://table.example.org/", Listen: "127.0.0.1:0", Dir: r.dir}, slog.New(slog.NewTextHandler(r.log, nil)))
	if err != nil {
		r.t.Fatal(err)
	}
	talk.clock = r.now
	talk.patience = 0
	return talk
}

// start runs the talk, as after a restart.
func (r *rig) start() {
	r.t.Helper()
	r.talk = r.make()
	at := make(chan net.Addr, 1)
	r.talk.heard = func(a net.Addr) { at <- a }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.talk.Run(ctx, r.house.in) }()
	select {
	case a := <-at:
		r.url = "http://" + a.String()
	case err := <-done:
		r.t.Fatalf("the talk did not start: %v", err)
	}
	r.stop = sync.OnceFunc(func() {
		r.client.CloseIdleConnections()
		cancel()
		begun := time.Now()
		if err := <-done; err != nil {
			r.t.Errorf("Run returned %v", err)
		}
		if took := time.Since(begun); took > time.Second {
			r.t.Errorf("Run took %s to end", took)
		}
	})
}

func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

// from returns a request header of a visitor behind our proxy.
func from(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }

// visit makes one request and returns the answer's status, place to go on and body.
func (r *rig) visit(method, path string, form url.Values, h http.Header) (status int, location, body string) {
	r.t.Helper()
	resp := r.request(method, path, form, h)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(raw)
}

func (r *rig) request(method, path string, form url.Values, h http.Header) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range h {
		req.Header[k] = v
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp
}

// gate returns the path of a community's link, as the house gets it.
func (r *rig) gate(community string) string {
	r.t.Helper()
	receipt, err := r.talk.Do(r.t.Context(), chat.Dispatch{ID: "x#1", Effect: chat.Invite{To: chat.Chat{Platform: chat.Web, ID: community}}})
	if err != nil {
		r.t.Fatal(err)
	}
	path, ok := strings.CutPrefix(receipt.Link, "https://table.example.org/talk/"+community+".")
	if !ok || !isCode(path) {
		r.t.Fatalf("the link is %q", receipt.Link)
	}
	return "/talk/" + community + "." + path
}

// onceIn returns the name of the form on a page.
func (r *rig) onceIn(body string) string {
	r.t.Helper()
	m := regexp.MustCompile(`name="once" value="([a-z2-7]+)"`).FindStringSubmatch(body)
	if m == nil {
		r.t.Fatalf("the page has no form: %s", body)
	}
	return m[1]
}

// begin begins a conversation as a browser does and returns its path and the chat.
func (r *rig) begin(text string) (string, chat.Chat) {
	r.t.Helper()
	gate := r.gate("c1")
	_, _, body := r.visit("GET", gate, nil, nil)
	status, location, body := r.visit("POST", gate, url.Values{"text": {text}, "once": {r.onceIn(body)}}, nil)
	if status != http.StatusSeeOther {
		r.t.Fatalf("beginning gave %d: %s", status, body)
	}
	path, _, _ := strings.Cut(location, "#")
	return path, chat.Chat{Platform: chat.Web, ID: "c1." + nameOf(strings.TrimPrefix(path, "/c/"))}
}

// write sends a text from the conversation's page.
func (r *rig) write(path, text string) (status int, body string) {
	r.t.Helper()
	status, _, body = r.visit("POST", path, url.Values{"text": {text}, "once": {newToken()}}, nil)
	return status, body
}

func (r *rig) page(path string) string {
	r.t.Helper()
	status, _, body := r.visit("GET", path, nil, nil)
	if status != http.StatusOK {
		r.t.Fatalf("%s gave %d", path, status)
	}
	return body
}

// do carries out an effect that must succeed.
func (r *rig) do(id chat.EffectID, e chat.Outgoing) adapters.Receipt {
	r.t.Helper()
	receipt, err := r.talk.Do(r.t.Context(), chat.Dispatch{ID: id, Effect: e})
	if err != nil {
		r.t.Fatalf("%T: %v", e, err)
	}
	return receipt
}

// lines returns what the page shows in its messages, one line each, without the times.
func lines(t *testing.T, body string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range doc.Descendants() {
		if n.Data == "li" {
			out = append(out, strings.Join(strings.Fields(textOf(n)), " "))
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "time" {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
