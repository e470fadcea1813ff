package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
)

const patience = 30 * time.Second

func port(s *server.Server) int { return s.Addr().(*net.TCPAddr).Port }

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func publish(ctx context.Context, b *bus.Bus, n uint64) error {
	seq, err := b.Inbox().Publish(ctx, chat.EventID(fmt.Sprint("n", n)), chat.Telegram, fmt.Append(nil, n))
	if err == nil && seq != n {
		err = fmt.Errorf("event %d got %d", n, seq)
	}
	return err
}

func row(n uint64) core.Row {
	return core.Row{N: n, To: chat.Chat{Platform: chat.Signal, ID: "g"}, Data: fmt.Append(nil, n)}
}

// TestAnOutageCostsNothing takes the server away under everything that runs.
func TestAnOutageCostsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for connections")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dir := t.TempDir()
	s := startServer(t, dir, -1)
	b := openBus(t, bus.Config{URL: s.ClientURL()})
	turn, back := make(chan struct{}), make(chan struct{})
	published, appended := make(chan uint64, 1), make(chan uint64, 1)
	go func() { published <- countOn(t, turn, back, func(n uint64) error { return publish(ctx, b, n) }) }()
	go func() {
		appended <- countOn(t, nil, back, func(n uint64) error {
			return b.Outbox().Append(ctx, []core.Row{row(3*n - 2), row(3*n - 1), row(3 * n)})
		})
	}()
	events, effects := make(chan uint64, 1<<20), make(chan uint64, 1<<20)
	ended := make(chan error, 2)
	watching, enough := context.WithCancel(ctx)
	go func() {
		ended <- b.Inbox().Read(watching, 1, func(e core.Entry) error { events <- e.Seq; return nil })
	}()
	go func() {
		ended <- b.Feed().Follow(watching, chat.Signal, 0, func(e adapters.Numbered) {
			if string(e.Data) != fmt.Sprint(e.N) {
				t.Errorf("effect %d has %q", e.N, e.Data)
			}
			effects <- e.N
		})
	}()
	<-turn
	at := port(s)
	stop(s)
	startServer(t, dir, at)
	start := time.Now()
	close(back)
	last, lastEffect := <-published, 3*<-appended
	wantNumbers(ctx, t, "event", events, last)
	wantNumbers(ctx, t, "effect", effects, lastEffect)
	t.Logf("%d events, %d effects; all there %s after the server was back", last, lastEffect, time.Since(start).Round(time.Millisecond))
	enough()
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Error(err)
	}
}

// countOn does things until some have been done after the server was back, and returns how many.
func countOn(t *testing.T, turn chan<- struct{}, back <-chan struct{}, do func(n uint64) error) uint64 {
	const warm, after = 100, 100
	for n, end := uint64(1), uint64(0); ; n++ {
		if err := do(n); err != nil {
			t.Errorf("number %d: %v", n, err)
			return n
		}
		if n == warm && turn != nil {
			close(turn)
		}
		select {
		case <-back:
			back, end = nil, n+after
		default:
		}
		if n == end {
			return n
		}
	}
}

func wantNumbers(ctx context.Context, t *testing.T, what string, got <-chan uint64, last uint64) {
	t.Helper()
	for want := uint64(1); want <= last; want++ {
		select {
		case n := <-got:
			if n != want {
				t.Fatalf("%s %d came where %d should", what, n, want)
			}
		case <-ctx.Done():
			t.Fatalf("%s %d of %d did not come", what, want, last)
		}
	}
}

// TestALostTailIsNoticed gives a running reader a server that has forgotten what it had delivered; in one
// case other events have taken its place.
func TestALostTailIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for connections")
	}
	for name, others := range map[string]uint64{"an end that is gone": 0, "an end that is another": 40} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			dir := t.TempDir()
			s := startServer(t, dir, -1)
			at := port(s)
			b := openBus(t, bus.Config{URL: s.ClientURL()})
			read, ended := make(chan struct{}), make(chan error, 1)
			go func() {
				ended <- b.Inbox().Read(ctx, 1, func(e core.Entry) error {
					if e.Seq == 20 {
						close(read)
					}
					if e.Seq > 20 {
						return fmt.Errorf("entry %d was read over the gap", e.Seq)
					}
					return nil
				})
			}()
			for i := uint64(1); i <= 20; i++ {
				if err := publish(ctx, b, i); err != nil {
					t.Fatal(err)
				}
			}
			<-read
			stop(s)
			forget(t, dir, 700)
			replaceTail(ctx, t, dir, others)
			start := time.Now()
			startServer(t, dir, at)
			if err := <-ended; !errors.Is(err, core.ErrGap) {
				t.Errorf("the reader ended with %v, want a gap", err)
			}
			t.Logf("noticed after %s", time.Since(start).Round(time.Millisecond))
		})
	}
}

// forget cuts the end off the only block of the events.
func forget(t *testing.T, dir string, bytes int64) {
	t.Helper()
	msgs := filepath.Join(dir, "jetstream", "$G", "streams", "EV_0", "msgs")
	block := filepath.Join(msgs, "1.blk")
	info, err := os.Stat(block)
	if err == nil {
		err = errors.Join(os.Truncate(block, info.Size()-bytes), os.Remove(filepath.Join(msgs, "index.db")))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func replaceTail(ctx context.Context, t *testing.T, dir string, n uint64) {
	t.Helper()
	if n == 0 {
		return
	}
	s := startServer(t, dir, -1)
	defer stop(s)
	b := openBus(t, bus.Config{URL: s.ClientURL()})
	defer b.Close()
	_, last, err := b.Inbox().Bounds(ctx)
	if err != nil || last < 2 || last >= 20 {
		t.Fatalf("the stream ends at %d (%v), want a part of 20", last, err)
	}
	for i := range n {
		if err := publish(ctx, b, last+1+i); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullStreamTakesNothingMore(t *testing.T) {
	c := bus.Config{Dir: t.TempDir(), MaxEvents: 50_000, MaxEffects: 50_000}
	b := openBus(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	data := make([]byte, 1000)
	full, taken := false, uint64(0)
	for !full {
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		seq, err := b.Inbox().Publish(ctx, chat.EventID(fmt.Sprint(taken)), chat.Telegram, data)
		full = err != nil
		if full && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a full stream's error is %v", err)
		}
		if !full {
			taken = seq
		}
		cancel()
	}
	if first, last, err := b.Inbox().Bounds(ctx); err != nil || first != 1 || last != taken || taken < 40 {
		t.Errorf("bounds of the full stream are %d to %d (%v), %d were taken", first, last, err, taken)
	}
	b.Close()
	// More room, and it goes on where it was.
	c.MaxEvents *= 2
	b = openBus(t, c)
	if seq, err := b.Inbox().Publish(ctx, "one more", chat.Telegram, data); err != nil || seq != taken+1 {
		t.Errorf("with more room the next event got %d (%v), want %d", seq, err, taken+1)
	}
}
