// Package local is the operator's own line into the house: what `potluck do` types on the machine comes
// in through a unix socket in the data folder and is answered there. It is an adapter like any other, so that
// a command from the operator takes the same road as one from a chat. It does not know what commands there
// are; who may use the socket is decided by its file's permissions.
package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/local/chart"
	"github.com/potluck-chat/potluck/core/chat"
)

// Limits of one request.
const (
	maxLine    = 4096
	answerTime = 30 * time.Second
)

// Adapter serves the socket.
type Adapter struct {
	path  string
	tools Tools
	log   *slog.Logger

	mu      sync.Mutex // guards waiting
	waiting map[chat.Chat]chan chat.Text
}

var _ adapters.Adapter = (*Adapter)(nil)

// Tools are what the operator can do at a running Potluck that is no command of a rule.
type Tools struct {
	// Backup writes a copy of the state while all runs.
	Backup func(io.Writer) error
	// Captcha gives a platform the solution of the puzzle that it asked for.
	Captcha func(ctx context.Context, solution string) error
}

// New returns an adapter that will listen at path.
func New(path string, tools Tools, log *slog.Logger) *Adapter {
	return &Adapter{path: path, tools: tools, log: log, waiting: make(map[chat.Chat]chan chat.Text)}
}

// Platform returns chat.Local.
func (a *Adapter) Platform() chat.Platform { return chat.Local }

// Features shows text and nothing else.
func (a *Adapter) Features() chat.Features {
	shows := make(map[chat.Kind]chat.Support)
	for _, k := range chat.Kinds() {
		shows[k] = chat.Support{How: chat.Degraded, Note: "a line of text"}
	}
	shows["text"] = chat.Support{How: chat.Native}
	return chat.Features{Platform: chat.Local, Shows: shows, TextLimit: 1 << 20, CaptionLimit: 1 << 20, Idempotent: true}
}

// Check has nothing to look at.
func (a *Adapter) Check(context.Context) []adapters.Finding { return nil }

// Open draws the charts whose keys spell their numbers; nobody sends other files here.
func (a *Adapter) Open(_ context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	if !strings.HasPrefix(m.Key, chart.Prefix) {
		return nil, adapters.Refused(chat.Unsupported, errors.New("the local line has no files"))
	}
	picture, err := chart.Draw(m.Key)
	switch {
	case errors.Is(err, chart.ErrKey):
		return nil, adapters.Refused(chat.NotFound, err)
	case err != nil:
		return nil, err
	case int64(len(picture)) > limit:
		return nil, adapters.Refused(chat.TooLarge, fmt.Errorf("chart has %d bytes: %w", len(picture), adapters.ErrTooLarge))
	}
	return io.NopCloser(bytes.NewReader(picture)), nil
}

// Run listens until ctx ends. A socket file that a killed process has left is replaced.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	if err := os.Remove(a.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old socket: %w", err)
	}
	listener, err := net.Listen("unix", a.path)
	if err != nil {
		return fmt.Errorf("listen for potluck do: %w", err)
	}
	if err := os.Chmod(a.path, 0o600); err != nil {
		return fmt.Errorf("protect socket: %w", errors.Join(err, listener.Close()))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, in) })
	mux.HandleFunc("GET /backup", a.serveBackup)
	mux.HandleFunc("POST /captcha", a.serveCaptcha)
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = errors.Join(server.Close(), <-done)
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serve potluck do: %w", err)
}

// request is what Ask sends.
type request struct {
	Line string `json:"line"`
	In   string `json:"in,omitempty"` // a chat of the community that is meant
}

func (a *Adapter) serve(w http.ResponseWriter, r *http.Request, in adapters.In) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4*maxLine)).Decode(&req); err != nil || len(req.Line) > maxLine {
		http.Error(w, "that is not a command of at most 4096 characters", http.StatusBadRequest)
		return
	}
	id := rand.Text()
	c, answer := a.expect(req.In)
	defer a.forget(c)
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	err := in(ctx, chat.Event{
		ID: chat.EventID("local/" + id), At: time.Now(), Chat: c,
		By:   chat.Person{Identity: chat.Identity{Platform: chat.Local, ID: "operator"}, Name: "operator", Level: chat.Organiser},
		Body: chat.Posted{Ref: chat.Ref{Chat: c, ID: "1"}, Text: chat.Plain(req.Line)},
	})
	if err != nil {
		http.Error(w, "the house does not take it: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	select {
	case text := <-answer:
		if _, err := io.WriteString(w, text.Plain+"\n"); err != nil {
			a.log.Warn("answer to potluck do was not read", "error", err)
		}
	case <-ctx.Done():
		http.Error(w, "there was no answer in time; the log may say why", http.StatusGatewayTimeout)
	}
}

// expect takes the first free place for a question; there are never more of them than were asked at once.
func (a *Adapter) expect(about string) (chat.Chat, <-chan chat.Text) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := 1; ; i++ {
		c := chat.Chat{Platform: chat.Local, ID: "operator-" + strconv.Itoa(i)}
		if about != "" {
			c.ID += "@" + about
		}
		if a.waiting[c] == nil {
			a.waiting[c] = make(chan chat.Text, 1)
			return c, a.waiting[c]
		}
	}
}

func (a *Adapter) forget(c chat.Chat) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, c)
}

// Do gives a Send to the request that waits for it; one that nobody waits for any more is done, too.
func (a *Adapter) Do(_ context.Context, d chat.Dispatch) (adapters.Receipt, error) {
	send, ok := d.Effect.(chat.Send)
	if !ok {
		return adapters.Receipt{}, adapters.Refused(chat.Unsupported, fmt.Errorf("the local line cannot do a %T", d.Effect))
	}
	a.mu.Lock()
	ch := a.waiting[send.To]
	a.mu.Unlock()
	if ch != nil {
		select {
		case ch <- send.Text:
		default:
		}
	}
	return adapters.Receipt{Refs: []chat.Ref{{Chat: send.To, ID: string(d.ID)}}}, nil
}

// serveBackup writes a copy of the state; a copy that ends in the middle breaks the connection, so that
// nobody takes it for a whole one.
func (a *Adapter) serveBackup(w http.ResponseWriter, _ *http.Request) {
	if err := a.tools.Backup(w); err != nil {
		a.log.Error("backup failed", "error", err)
		panic(http.ErrAbortHandler)
	}
}

func (a *Adapter) serveCaptcha(w http.ResponseWriter, r *http.Request) {
	solution, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err == nil {
		err = a.tools.Captcha(r.Context(), string(solution))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	}
}

// ErrNotRunning is wrapped by Ask, Backup and Captcha when no potluck listens at the path.
var ErrNotRunning = errors.New("no potluck is running with this data folder")

// Ask types a line at the socket of a running Potluck and returns its answer. in names a chat of the
// community that is meant ("telegram:-100123"), empty = the only one.
func Ask(ctx context.Context, path, line, in string) (string, error) {
	body, err := json.Marshal(request{Line: line, In: in})
	if err != nil {
		return "", fmt.Errorf("encode command: %w", err)
	}
	resp, err := call(ctx, path, http.MethodPost, "do", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s", bytes.TrimSpace(raw))
	}
	return string(raw), nil
}

// Backup writes a copy of the state of the Potluck that runs at the path.
func Backup(ctx context.Context, path string, w io.Writer) error {
	resp, err := call(ctx, path, http.MethodGet, "backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	return nil
}

// Captcha gives the solution of a platform's puzzle to the Potluck that runs at the path.
func Captcha(ctx context.Context, path, solution string) error {
	resp, err := call(ctx, path, http.MethodPost, "captcha", strings.NewReader(solution))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return errors.Join(errors.New(string(bytes.TrimSpace(raw))), err)
	}
	return nil
}

// call makes one request over the socket. Its connection closes with the response's body.
func call(ctx context.Context, path, method, what string, body io.Reader) (*http.Response, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://potluck/"+what, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w (%s): %w", ErrNotRunning, path, err)
	}
	return resp, nil
}
