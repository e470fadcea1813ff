package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// soon is within which everything ends when its context does.
const soon = 2 * time.Second

func testBusCancel(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	publish(t, b, "a")
	for name, run := range map[string]func(context.Context) error{
		"read":   func(ctx context.Context) error { return b.Inbox.Read(ctx, 1, func(core.Entry) error { return nil }) },
		"follow": func(ctx context.Context) error { return b.Feed.Follow(ctx, chat.Signal, 0, func(adapters.Numbered) {}) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- run(ctx) }()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s ended with its context and returned %v", name, err)
			}
		case <-time.After(soon):
			t.Errorf("%s goes on after its context ended", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Inbox.Publish(ctx, "late", chat.Signal, nil); err == nil {
		t.Error("publishing after the context's end returned no error")
	}
	if err := b.Outbox.Append(ctx, rowsOf(1, 1, house())); err == nil {
		t.Error("appending after the context's end returned no error")
	}
}

func testBusClosed(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	publish(t, b, "a")
	reading, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- b.Inbox.Read(t.Context(), 1, func(core.Entry) error { close(reading); return nil })
	}()
	<-reading
	b.Close()
	b.Close()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a reader ended with the bus and returned no error")
		}
	case <-time.After(soon):
		t.Fatal("a reader goes on after the bus was closed")
	}
	start := time.Now()
	if _, err := b.Inbox.Publish(t.Context(), "b", chat.Signal, nil); err == nil {
		t.Error("a closed bus took an event")
	}
	if err := b.Outbox.Append(t.Context(), rowsOf(1, 1, house())); err == nil {
		t.Error("a closed bus took an effect")
	}
	if _, _, err := b.Inbox.Bounds(t.Context()); err == nil {
		t.Error("a closed bus told its bounds")
	}
	if took := time.Since(start); took > soon {
		t.Errorf("a closed bus took %s to say so", took)
	}
}

// busModel is what a bus must have.
type busModel struct {
	events  map[uint64]string
	ids     map[string]uint64
	next    uint64 // sequence of the next event
	first   uint64
	skips   int // an id that was skipped over may or may not be known still
	effects []core.Row
}

// testBusRestarts does random things and starts the bus again between any two of them.
func testBusRestarts(t *testing.T, open OpenBus) {
	r, dir := newRand(t), t.TempDir()
	m := busModel{events: map[uint64]string{}, ids: map[string]uint64{}, next: 1, first: 1}
	b := open(t, dir)
	defer func() { b.Close() }()
	restarts := 25
	if testing.Short() {
		restarts = 5
	}
	for restarts > 0 {
		switch r.IntN(10) {
		case 0, 1, 2, 3:
			m.publish(t, b, fmt.Sprint("e", r.IntN(200)))
		case 4, 5, 6:
			from := uint64(len(m.effects)) - uint64(r.IntN(min(len(m.effects), 5)+1))
			m.append(t, b, from, r.IntN(40))
		case 7:
			if r.IntN(4) == 0 {
				m.skip(t, b, m.next+uint64(r.IntN(50)))
			}
		default:
			b.Close()
			b = open(t, dir)
			restarts--
		}
	}
	m.verify(t, b)
}

func (m *busModel) publish(t *testing.T, b Bus, id string) {
	t.Helper()
	id = fmt.Sprint(id, " ", m.skips)
	seq := publish(t, b, id)
	if known, ok := m.ids[id]; ok {
		if seq != known {
			t.Fatalf("event %s is at %d and got %d", id, known, seq)
		}
		return
	}
	if seq != m.next {
		t.Fatalf("event %s got %d, want %d", id, seq, m.next)
	}
	m.ids[id], m.events[seq] = seq, "data of "+id
	m.next++
}

// append writes effects again from behind number from, and n new ones.
func (m *busModel) append(t *testing.T, b Bus, from uint64, n int) {
	t.Helper()
	for range n {
		i := uint64(len(m.effects) + 1)
		c := chat.Chat{Platform: chat.Signal, ID: fmt.Sprint(i % 7)}
		m.effects = append(m.effects, core.Row{N: i, To: c, Data: fmt.Appendf(nil, "effect %d", i)})
	}
	if rows := m.effects[from:]; len(rows) > 0 {
		appendRows(t, b, rows)
	}
}

func (m *busModel) skip(t *testing.T, b Bus, to uint64) {
	t.Helper()
	if err := b.Inbox.SkipTo(t.Context(), to); err != nil {
		t.Fatalf("skip to %d: %v", to, err)
	}
	m.first, m.next, m.skips = to+1, to+1, m.skips+1
	m.ids, m.events = map[string]uint64{}, map[uint64]string{}
}

func (m *busModel) verify(t *testing.T, b Bus) {
	t.Helper()
	wantBounds(t, b, m.first, m.next-1)
	for i, got := range read(t, b, m.first, int(m.next-m.first)) {
		if want := m.events[m.first+uint64(i)]; got != want {
			t.Errorf("event %d is %q, want %q", m.first+uint64(i), got, want)
		}
	}
	if n := outboxLast(t, b); n != uint64(len(m.effects)) {
		t.Errorf("last effect is %d, want %d", n, len(m.effects))
	}
	for i, e := range follow(t, b, chat.Signal, 0, len(m.effects)) {
		if w := m.effects[i]; e.N != w.N || e.Chat != w.To || string(e.Data) != string(w.Data) {
			t.Errorf("effect %d is %d %q for %s", w.N, e.N, e.Data, e.Chat)
		}
	}
}
