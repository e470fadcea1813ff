package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// rig is an adapter at work on a fake server, and what it was heard to say.
type rig struct {
	t       *testing.T
	server  *matrixtest.Server
	world   *matrixtest.World
	adapter *matrix.Adapter
	config  matrix.Config
	cursor  *cursor
	cancel  context.CancelFunc
	ended   chan error
	// build makes the adapter, nil = a plain one.
	build func() *matrix.Adapter
	// patience is how long to wait for what must come.
	patience time.Duration

	mu     sync.Mutex // guards all below
	events []chat.Event
	more   chan struct{}
	gate   chan struct{} // what in waits for, nil = nothing
	count  int
}

type cursor struct {
	mu    sync.Mutex // guards place
	place string
}

func (c *cursor) Load() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place, nil
}

func (c *cursor) Save(p string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place = p
	return nil
}

var _ adapters.Cursor = (*cursor)(nil)

func noFiles(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, adapters.Refused(chat.NotFound, errors.New("no files here"))
}

func newRig(t *testing.T, o matrixtest.Options) *rig {
	t.Helper()
	s := newServer(t, o)
	r := &rig{t: t, server: s, world: s.World(), config: configFor(s, s.URL()), cursor: &cursor{}, more: make(chan struct{}), patience: 10 * time.Second}
	t.Cleanup(r.stop)
	return r
}

// start lets a fresh adapter run, and waits until it listens.
func (r *rig) start() *rig {
	r.t.Helper()
	if r.build == nil {
		r.build = func() *matrix.Adapter { return newAdapter(r.t, r.config, noFiles, r.cursor) }
	}
	r.adapter = r.build()
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan error, 1)
	a, ended := r.adapter, r.ended
	go func() { ended <- a.Run(ctx, r.in) }()
	r.listening()
	return r
}

// withFiles lets the adapter open files of other platforms.
func (r *rig) withFiles(open adapters.Opener) {
	r.build = func() *matrix.Adapter { return newAdapter(r.t, r.config, open, r.cursor) }
}

// listening waits until the adapter's /sync waits for something to happen; of a real server nobody knows.
func (r *rig) listening() {
	r.t.Helper()
	if r.server == nil {
		return
	}
	for deadline := time.Now().Add(5 * time.Second); r.server.Syncs(r.server.BotID()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("the adapter does not listen")
		}
	}
}

func (r *rig) stop() {
	if r.cancel == nil {
		return
	}
	r.open()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.t.Errorf("run: %v", err)
	}
	r.cancel = nil
}

func (r *rig) in(ctx context.Context, events ...chat.Event) error {
	r.mu.Lock()
	gate := r.gate
	r.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
	close(r.more)
	r.more = make(chan struct{})
	return nil
}

// shut makes in wait until open.
func (r *rig) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = make(chan struct{})
}

func (r *rig) open() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gate != nil {
		close(r.gate)
		r.gate = nil
	}
}

// until waits until the events so far are as wanted.
func (r *rig) until(what string, ok func([]chat.Event) bool) []chat.Event {
	r.t.Helper()
	deadline := time.After(r.patience)
	for {
		r.mu.Lock()
		events, more := slices.Clone(r.events), r.more
		r.mu.Unlock()
		if ok(events) {
			return events
		}
		select {
		case <-more:
		case <-deadline:
			for _, e := range events {
				r.t.Logf("%s %T %+v", e.ID, e.Body, e.Body)
			}
			r.t.Fatalf("not heard: %s", what)
		}
	}
}

// first waits for the first event with a body of a type.
func first[B chat.Body](r *rig, ok func(chat.Event, B) bool) (chat.Event, B) {
	r.t.Helper()
	var e chat.Event
	var b B
	r.until(fmt.Sprintf("%T", b), func(events []chat.Event) bool {
		for _, e = range events {
			var is bool
			if b, is = e.Body.(B); is && ok(e, b) {
				return true
			}
		}
		return false
	})
	return e, b
}

// settled says something and waits for it: all that came before has been heard then, or never will be.
func (r *rig) settled(person, group string) []chat.Event {
	r.t.Helper()
	r.mu.Lock()
	r.count++
	text := fmt.Sprintf("so far %d", r.count)
	r.mu.Unlock()
	r.say(person, group, text)
	return r.until(text, func(events []chat.Event) bool {
		return slices.ContainsFunc(events, func(e chat.Event) bool {
			p, ok := e.Body.(chat.Posted)
			return ok && p.Text.Plain == text
		})
	})
}

func (r *rig) say(person, group, text string) string {
	r.t.Helper()
	id, err := r.world.Say(person, group, world.Say{Text: chat.Plain(text)})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) inject(room, raw string) string {
	r.t.Helper()
	id, err := r.server.Inject(room, []byte(raw))
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func guest() *chat.Person {
	return &chat.Person{Identity: chat.Identity{Platform: chat.Telegram, ID: "52100473"}, Name: "Gita"}
}

// dispatch gives an effect an id.
func (r *rig) dispatch(e chat.Outgoing) chat.Dispatch {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	return chat.Dispatch{ID: chat.EventID(fmt.Sprintf("test:%d", r.count)).Effect(1), At: time.Now(), Effect: e}
}

func (r *rig) do(e chat.Outgoing) (adapters.Receipt, error) {
	return r.adapter.Do(context.Background(), r.dispatch(e))
}

func in(room string) chat.Chat { return chat.Chat{Platform: chat.Matrix, ID: room} }

// shownBy returns the texts that our side has posted and that still stand.
func (r *rig) shownByUs(group string) []string {
	var out []string
	for _, m := range r.world.Messages(group) {
		if m.FromBot && !m.Service && !m.Deleted {
			out = append(out, m.Text.Plain)
		}
	}
	return out
}

// refusedFor fails unless err is a refusal for the reason.
func refusedFor(t *testing.T, err error, why chat.Reason) {
	t.Helper()
	var refused *adapters.RefusedError
	if !errors.As(err, &refused) || refused.Why != why {
		t.Errorf("got %v, want refused for %q", err, why)
	}
}
