package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// TestAsk types a command at the socket and gets what the house answers.
func TestAsk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.sock")
	a := New(path, Tools{
		Backup: func(w io.Writer) error { _, err := io.WriteString(w, "the state"); return err },
		Captcha: func(_ context.Context, solution string) error {
			if solution != "right" {
				return errors.New("that is not it")
			}
			return nil
		},
	}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		stopped <- a.Run(ctx, func(ctx context.Context, events ...chat.Event) error {
			e := events[0]
			line := e.Body.(chat.Posted).Text.Plain
			_, err := a.Do(ctx, chat.Dispatch{ID: e.ID.Effect(1), Effect: chat.Send{To: e.Chat, Text: chat.Plain("you said " + line + " in " + e.Chat.ID)}})
			return err
		})
	}()
	answer := ask(t, path)
	if !strings.HasPrefix(answer, "you said links in operator-") || !strings.HasSuffix(answer, "@telegram:1\n") {
		t.Errorf("got answer %q", answer)
	}
	var copied bytes.Buffer
	if err := Backup(t.Context(), path, &copied); err != nil || copied.String() != "the state" {
		t.Errorf("got backup %q, %v", copied.String(), err)
	}
	if err := Captcha(t.Context(), path, "right"); err != nil {
		t.Errorf("a right solution: %v", err)
	}
	if err := Captcha(t.Context(), path, "wrong"); err == nil || err.Error() != "that is not it" {
		t.Errorf("a wrong solution: got %v", err)
	}
	cancel()
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Run did not end after cancel")
	}
	if _, err := Ask(t.Context(), path, "links", ""); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got error %v from a stopped house, want ErrNotRunning", err)
	}
}

// ask tries until the socket listens.
func ask(t *testing.T, path string) string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		answer, err := Ask(t.Context(), path, "links", "telegram:1")
		if err == nil {
			return answer
		}
		if !errors.Is(err, ErrNotRunning) || time.Now().After(deadline) {
			t.Fatalf("ask: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestDoOthers refuses what the line cannot show.
func TestDoOthers(t *testing.T) {
	a := New("", Tools{}, slog.New(slog.DiscardHandler))
	_, err := a.Do(t.Context(), chat.Dispatch{ID: "e#1", Effect: chat.Delete{}})
	var refused *adapters.RefusedError
	if !errors.As(err, &refused) || refused.Why != chat.Unsupported {
		t.Errorf("got %v, want it refused as unsupported", err)
	}
}

// A key that spells numbers is a picture; nothing else can be opened here.
func TestChartsAreDrawn(t *testing.T) {
	a := New("", Tools{}, slog.New(slog.DiscardHandler))
	open := func(key string, limit int64) ([]byte, error) {
		r, err := a.Open(t.Context(), chat.Media{Platform: chat.Local, Key: key}, limit)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	key := "chart/20260302-50-33.20260309-61-34"
	picture, err := open(key, 1<<20)
	if err != nil || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
		t.Errorf("opened %d bytes, %v", len(picture), err)
	}
	if _, err := open(key, 100); !errors.Is(err, adapters.ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	for _, key := range []string{"", "photo/1", "chart/", "chart/../../etc/passwd"} {
		if b, err := open(key, 1<<20); err == nil {
			t.Errorf("%q opened %d bytes", key, len(b))
		}
	}
}
