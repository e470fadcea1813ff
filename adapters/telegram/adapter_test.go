package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

const patience = 5 * time.Second

// stage is an adapter on a fake Telegram, with the events it told.
type stage struct {
	*telegramtest.Server
	t       *testing.T
	adapter *Adapter
	cursor  *cursor
	files   map[string][]byte
	logs    *logs
	prepare func(*Adapter) // called before an adapter runs, if set

	mu      sync.Mutex // guards what follows
	events  []chat.Event
	changed chan struct{}
	stop    func()
	count   int
}

// cursor is a Cursor in memory.
type cursor struct {
	mu       sync.Mutex // guards what follows
	position string
	failing  error
}

// fail lets saves fail from now on, or with nil no more.
func (c *cursor) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failing = err
}

func (c *cursor) Load() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.position, nil
}

func (c *cursor) Save(position string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failing != nil {
		return c.failing
	}
	c.position = position
	return nil
}

// logs keeps what the adapter logs.
type logs struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func options() telegramtest.Options {
	return telegramtest.Options{Strict: true, Second: 20 * time.Millisecond}
}

// newStage starts a server and an adapter that runs on it.
func newStage(t *testing.T, o telegramtest.Options) *stage {
	t.Helper()
	s := &stage{Server: startServer(t, o), t: t, cursor: &cursor{}, files: map[string][]byte{}, logs: &logs{}, changed: make(chan struct{})}
	s.start()
	t.Cleanup(func() {
		s.stop()
		if strings.Contains(s.logs.String(), s.Token()) {
			t.Error("the token is in the log")
		}
	})
	return s
}

// start makes a fresh adapter and lets it run.
func (s *stage) start() {
	s.t.Helper()
	log := slog.New(slog.NewTextHandler(s.logs, nil))
	a, err := New(Config{Token: s.Token(), API: s.URL()}, s.open, s.cursor, log)
	if err != nil {
		s.t.Fatal(err)
	}
	s.adapter = a
	if s.prepare != nil {
		s.prepare(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, s.in) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("run: %v", err)
		}
	})
}

func (s *stage) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

func (s *stage) in(ctx context.Context, events ...chat.Event) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

func (s *stage) open(_ context.Context, m chat.Media, _ int64) (io.ReadCloser, error) {
	b, ok := s.files[m.Key]
	if !ok {
		return nil, adapters.Refused(chat.NotFound, errors.New("no such file"))
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// heard returns the events so far, each id once.
func (s *stage) heard() ([]chat.Event, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[chat.EventID]bool{}
	var out []chat.Event
	for _, e := range s.events {
		if !seen[e.ID] {
			out = append(out, e)
		}
		seen[e.ID] = true
	}
	return out, s.changed
}

// hear waits for an event that matches.
func hear[B chat.Body](s *stage, match func(chat.Event, B) bool) (chat.Event, B) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		events, changed := s.heard()
		for _, e := range events {
			if b, ok := e.Body.(B); ok && match(e, b) {
				return e, b
			}
		}
		select {
		case <-changed:
		case <-deadline:
			var b B
			s.t.Fatalf("no such %T; heard %+v", b, events)
		}
	}
}

// settled says something and waits for it: everything before it has been heard then.
func (s *stage) settled(person, group string) []chat.Event {
	s.t.Helper()
	s.mu.Lock()
	s.count++
	text := fmt.Sprintf("that is all %d", s.count)
	s.mu.Unlock()
	s.say(person, group, text)
	s.hearText(text)
	events, _ := s.heard()
	return events
}

func (s *stage) say(person, group, text string) string {
	s.t.Helper()
	id, err := s.Say(person, group, world.Say{Text: chat.Plain(text)})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stage) hearText(text string) (chat.Event, chat.Posted) {
	s.t.Helper()
	return hear(s, func(_ chat.Event, p chat.Posted) bool { return p.Text.Plain == text })
}

// until waits for a condition on the server, which nothing tells of.
func (s *stage) until(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (s *stage) inject(update string) {
	s.t.Helper()
	if err := s.Inject(update); err != nil {
		s.t.Fatal(err)
	}
}

// try carries out an effect under a fresh id.
func (s *stage) try(e chat.Outgoing) (adapters.Receipt, error) {
	s.mu.Lock()
	s.count++
	id := chat.EventID(fmt.Sprintf("test:%d", s.count)).Effect(1)
	s.mu.Unlock()
	return s.tryAs(id, e)
}

func (s *stage) tryAs(id chat.EffectID, e chat.Outgoing) (adapters.Receipt, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := s.adapter.Do(ctx, chat.Dispatch{ID: id, At: time.Now(), Effect: e})
	if err != nil && strings.Contains(err.Error(), s.Token()) {
		s.t.Errorf("the token is in the error %v", err)
	}
	return r, err
}

func (s *stage) do(e chat.Outgoing) adapters.Receipt {
	s.t.Helper()
	r, err := s.try(e)
	if err != nil {
		s.t.Fatalf("do %T: %v", e, err)
	}
	return r
}

func (s *stage) refused(err error, why chat.Reason) {
	s.t.Helper()
	var refused *adapters.RefusedError
	if !errors.As(err, &refused) || refused.Why != why {
		s.t.Errorf("got %v, want refused: %s", err, why)
	}
}

func (s *stage) retried(err error, after time.Duration, unsure bool) {
	s.t.Helper()
	var retry *adapters.RetryError
	if !errors.As(err, &retry) || retry.After != after || retry.Unsure != unsure {
		s.t.Errorf("got %v, want retry after %s, unsure %v", err, after, unsure)
	}
}

// bySelf returns the messages of the bot that are there, service lines not counted.
func (s *stage) bySelf(group string) []world.Shown {
	var out []world.Shown
	for _, m := range s.Messages(group) {
		if m.FromBot && !m.Deleted && !m.Service {
			out = append(out, m)
		}
	}
	return out
}

// texts returns what the bot's messages say.
func (s *stage) texts(group string) []string {
	var out []string
	for _, m := range s.bySelf(group) {
		out = append(out, m.Text.Plain)
	}
	return out
}

func (s *stage) same(got, want any) {
	s.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		s.t.Errorf("(-want +got)\n%s", d)
	}
}

func at(group string) chat.Chat { return chat.Chat{Platform: chat.Telegram, ID: group} }

func refOf(group, id string) chat.Ref { return chat.Ref{Chat: at(group), ID: id} }

func gita() *chat.Person {
	return &chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: "5b2e"}, Name: "Gita"}
}

// part puts bytes on the shelf of another platform.
func (s *stage) part(kind chat.PartKind, name, mime string, b []byte) chat.Part {
	key := fmt.Sprintf("key-%d", len(s.files))
	s.files[key] = b
	return chat.Part{Kind: kind, Media: chat.Media{Platform: chat.Signal, Key: key, Name: name, MIME: mime, Size: int64(len(b))}}
}

func png(n byte) []byte { return append([]byte("\x89PNG\r\n\x1a\n"), n) }

// TestContractByWebhook keeps the same contract with updates that Telegram posts to us.
func TestContractByWebhook(t *testing.T) {
	if testing.Short() {
		t.Skip("the contract is kept by polling in short runs")
	}
	adaptertest.Run(t, adaptertest.Subject{Name: "telegram by webhook", New: func(t *testing.T) adaptertest.Fixture {
		fx := newFixture(t)
		s := fx.World.(*telegramtest.Server)
		address := freeAddress(t)
		fx.Adapter = func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
			return newAdapter(t, Config{
				Token: s.Token(), API: s.URL(), WebhookURL: "http://" + address + "/telegram",
				WebhookListen: address, WebhookSecret: "sesame-sesame-sesame",
			}, open, cursor)
		}
		return fx
	}})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// decoded reads a parameter that was sent as JSON.
func decoded[T any](t *testing.T, s string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
