package signal_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

// patience is how long tests wait for what must happen.
const patience = 30 * time.Second

// ear is an In that remembers what it hears, in order.
type ear struct {
	mu      sync.Mutex // guards what follows
	events  []chat.Event
	changed chan struct{}
	block   chan struct{} // while not nil, nothing is taken
}

func newEar() *ear { return &ear{changed: make(chan struct{})} }

func (e *ear) in(ctx context.Context, events ...chat.Event) error {
	e.mu.Lock()
	block := e.block
	e.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, events...)
	close(e.changed)
	e.changed = make(chan struct{})
	return nil
}

// hold makes in wait until the returned function is called.
func (e *ear) hold() (release func()) {
	block := make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.block = block
	return func() {
		e.mu.Lock()
		e.block = nil
		e.mu.Unlock()
		close(block)
	}
}

// all returns what was heard so far.
func (e *ear) all() []chat.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.events[:len(e.events):len(e.events)] // only ever appended to
}

// wait waits until what was heard is as wanted and returns it.
func (e *ear) wait(t testing.TB, wanted func([]chat.Event) bool) []chat.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		all, changed := e.events[:len(e.events):len(e.events)], e.changed // only ever appended to
		e.mu.Unlock()
		if wanted(all) {
			return all
		}
		select {
		case <-changed:
		case <-deadline:
			for _, x := range all[max(0, len(all)-10):] {
				t.Logf("heard %s by %s: %T %+v", x.ID, x.By.Identity, x.Body, x.Body)
			}
			t.Fatal("what was heard is not what should be heard")
		}
	}
}

// first waits for an event that matches.
func (e *ear) first(t testing.TB, match func(chat.Event) bool) chat.Event {
	t.Helper()
	var found chat.Event
	e.wait(t, func(all []chat.Event) bool {
		i := slices.IndexFunc(all, match)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

// cursor is one that lives as long as its test.
type cursor struct {
	mu       sync.Mutex // guards position
	position string
}

func (c *cursor) Load() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.position, nil
}

func (c *cursor) Save(s string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.position = s
	return nil
}

// house is a daemon with a group in it, and our adapter.
type house struct {
	*signaltest.Server
	t       testing.TB
	cfg     signal.Config
	cursor  *cursor
	open    adapters.Opener
	adapter *signal.Adapter
	heard   *ear
	chat    chat.Chat
	olga    string // owns the group
	ana     string
	effects int

	cancel context.CancelFunc
	done   chan error
}

func start(t testing.TB, o signaltest.Options, cfg signal.Config) *house {
	t.Helper()
	s := signaltest.New(o)
	t.Cleanup(s.Close)
	cfg.Socket, cfg.Dir = s.Address(), t.TempDir()
	h := &house{Server: s, t: t, cfg: cfg, cursor: &cursor{}, heard: newEar(), olga: s.NewPerson("Olga"), ana: s.NewPerson("Ana")}
	h.chat = chat.Chat{Platform: chat.Signal, ID: s.NewGroup("Table", h.olga, h.ana)}
	h.run()
	t.Cleanup(h.stop)
	return h
}

// run starts a fresh adapter.
func (h *house) run() {
	h.t.Helper()
	a, err := signal.New(h.cfg, h.open, h.cursor, slog.New(slog.NewTextHandler(h.t.Output(), nil)))
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.adapter, h.cancel, h.done = a, cancel, make(chan error, 1)
	go func() { h.done <- a.Run(ctx, h.heard.in) }()
}

func (h *house) stop() {
	h.cancel()
	select {
	case err := <-h.done:
		if err != nil {
			h.t.Errorf("run: %v", err)
		}
		h.done <- nil
	case <-time.After(patience):
		h.t.Error("run does not end")
	}
}

func (h *house) restart() {
	h.stop()
	h.run()
}

// says posts in the group.
func (h *house) says(who, text string) chat.Ref {
	h.t.Helper()
	id, err := h.Say(who, h.chat.ID, world.Say{Text: chat.Plain(text)})
	if err != nil {
		h.t.Fatalf("say: %v", err)
	}
	return chat.Ref{Chat: h.chat, ID: id}
}

// hears waits for the event of a message.
func (h *house) hears(ref chat.Ref) chat.Event {
	h.t.Helper()
	return h.heard.first(h.t, func(e chat.Event) bool {
		p, ok := e.Body.(chat.Posted)
		return ok && p.Ref == ref
	})
}

func (h *house) listening() {
	h.t.Helper()
	h.hears(h.says(h.olga, "is anybody there?"))
}

// try carries out an effect; do must succeed.
func (h *house) try(e chat.Outgoing) (adapters.Receipt, error) {
	h.effects++
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return h.adapter.Do(ctx, chat.Dispatch{ID: chat.EffectID(fmt.Sprintf("test#%d", h.effects)), Effect: e})
}

func (h *house) do(e chat.Outgoing) adapters.Receipt {
	h.t.Helper()
	r, err := h.try(e)
	if err != nil {
		h.t.Fatalf("do %T: %v", e, err)
	}
	return r
}

func (h *house) send(text string) []chat.Ref {
	h.t.Helper()
	return h.do(chat.Send{To: h.chat, Text: chat.Plain(text)}).Refs
}

// shown returns what people see of a message.
func (h *house) shown(ref chat.Ref) world.Shown {
	h.t.Helper()
	for _, m := range h.Messages(ref.Chat.ID) {
		if m.ID == ref.ID {
			return m
		}
	}
	h.t.Fatalf("people do not see %v", ref)
	return world.Shown{}
}

// reconnected waits until the adapter hears people and can post again, after a connection has broken.
func (h *house) reconnected() {
	h.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		ref := h.says(h.olga, "is anybody there again?")
		_, err := h.try(chat.Send{To: h.chat, Text: chat.Plain("we are")})
		if err == nil && h.heard.within(50*time.Millisecond, ref) {
			return
		}
	}
	h.t.Fatal("the adapter does not connect again")
}

// within tells whether a message is heard soon.
func (e *ear) within(soon time.Duration, ref chat.Ref) bool {
	deadline := time.After(soon)
	for {
		e.mu.Lock()
		changed := e.changed
		found := slices.ContainsFunc(e.events, func(e chat.Event) bool {
			p, ok := e.Body.(chat.Posted)
			return ok && p.Ref == ref
		})
		e.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}
