package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

func testEmptyBus(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	wantBounds(t, b, 1, 0)
	if n := outboxLast(t, b); n != 0 {
		t.Errorf("last effect of an empty bus is %d", n)
	}
}

func testPublish(t *testing.T, open OpenBus) {
	dir := t.TempDir()
	b := open(t, dir)
	for i := range 3 {
		if seq := publish(t, b, fmt.Sprint("e", i)); seq != uint64(i+1) {
			t.Errorf("event %d got sequence %d", i, seq)
		}
	}
	wantBounds(t, b, 1, 3)
	b.Close()
	b = open(t, dir)
	defer b.Close()
	wantBounds(t, b, 1, 3)
	wantSame(t, "what is read after a restart", read(t, b, 1, 3), []string{"data of e0", "data of e1", "data of e2"})
}

func testPublishTwice(t *testing.T, open OpenBus) {
	dir := t.TempDir()
	b := open(t, dir)
	first := publish(t, b, "same")
	publish(t, b, "other")
	if again := publish(t, b, "same"); again != first {
		t.Errorf("the second of the same id got %d, the first %d", again, first)
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	if again := publish(t, b, "same"); again != first {
		t.Errorf("the same id after a restart got %d, the first %d", again, first)
	}
	wantBounds(t, b, 1, 2)
}

func testStrangeIDs(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	long := string(bytes.Repeat([]byte("x"), 3000))
	ids := []string{"a b", "a\nb", "a\r\nb", " a", "a ", "a", "ä", "\x00", "a:b#1", long, long + "y"}
	for i, id := range ids {
		if seq := publish(t, b, id); seq != uint64(i+1) {
			t.Errorf("id %.20q was taken for another one's: sequence %d, want %d", id, seq, i+1)
		}
	}
	for i, id := range ids {
		if seq := publish(t, b, id); seq != uint64(i+1) {
			t.Errorf("id %.20q again: sequence %d, want %d", id, seq, i+1)
		}
	}
	if _, err := b.Inbox.Publish(t.Context(), "", chat.Telegram, nil); err == nil {
		t.Error("an event without an id was taken")
	}
	if _, err := b.Inbox.Publish(t.Context(), "x", "tele.gram", nil); err == nil {
		t.Error("a platform that is no name was taken")
	}
}

func testReadFrom(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	for i := range 5 {
		publish(t, b, fmt.Sprint("e", i))
	}
	wantSame(t, "reading from 4", read(t, b, 4, 2), []string{"data of e3", "data of e4"})
	wantSame(t, "reading from 0", read(t, b, 0+1, 1), []string{"data of e0"})
}

func testReadWaits(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	publish(t, b, "before")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	entries, done := make(chan core.Entry, 10), make(chan error, 1)
	go func() {
		done <- b.Inbox.Read(ctx, 2, func(e core.Entry) error { entries <- e; return nil })
	}()
	for i := range 3 {
		seq := publish(t, b, fmt.Sprint("later", i))
		select {
		case e := <-entries:
			if e.Seq != seq || string(e.Data) != fmt.Sprint("data of later", i) {
				t.Errorf("event %d came as %d %q", seq, e.Seq, e.Data)
			}
		case err := <-done:
			t.Fatalf("reading ended: %v", err)
		case <-time.After(patience):
			t.Fatalf("event %d did not come", seq)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("reading ended with its context and returned %v", err)
	}
}

func testReadError(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	publish(t, b, "a")
	publish(t, b, "b")
	stop := errors.New("stop")
	calls := 0
	err := b.Inbox.Read(t.Context(), 1, func(core.Entry) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("after %d calls reading returned %v, want the function's error after 1", calls, err)
	}
}

func testReadGap(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	publish(t, b, "a")
	never := func(e core.Entry) error { return fmt.Errorf("entry %d was read over a gap", e.Seq) }
	if err := b.Inbox.Read(ctx, 3, never); !errors.Is(err, core.ErrGap) {
		t.Errorf("reading behind the end returned %v, want a gap", err)
	}
	if err := b.Inbox.SkipTo(ctx, 9); err != nil {
		t.Fatalf("skip: %v", err)
	}
	if err := b.Inbox.Read(ctx, 2, never); !errors.Is(err, core.ErrGap) {
		t.Errorf("reading what was removed from an empty stream returned %v, want a gap", err)
	}
	publish(t, b, "b")
	if err := b.Inbox.Read(ctx, 2, never); !errors.Is(err, core.ErrGap) {
		t.Errorf("reading what was removed returned %v, want a gap", err)
	}
	wantSame(t, "reading behind the gap", read(t, b, 10, 1), []string{"data of b"})
}

func testSkipTo(t *testing.T, open OpenBus) {
	dir := t.TempDir()
	b := open(t, dir)
	publish(t, b, "a")
	if err := b.Inbox.SkipTo(t.Context(), 100); err != nil {
		t.Fatalf("skip: %v", err)
	}
	wantBounds(t, b, 101, 100)
	b.Close()
	b = open(t, dir)
	wantBounds(t, b, 101, 100)
	if err := b.Inbox.SkipTo(t.Context(), 100); err != nil {
		t.Errorf("skip to where it is: %v", err)
	}
	if err := b.Inbox.SkipTo(t.Context(), 99); err == nil {
		t.Error("the inbox went back")
	}
	if seq := publish(t, b, "b"); seq != 101 {
		t.Errorf("the event after the skip got %d, want 101", seq)
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	wantBounds(t, b, 101, 101)
	if seq := publish(t, b, "a"); seq != 102 {
		t.Errorf("an event that was removed counts as there: %d, want 102", seq)
	}
	if err := b.Inbox.SkipTo(t.Context(), 101); err == nil {
		t.Error("the inbox went back over an event")
	}
	wantBounds(t, b, 101, 102)
}

func testTooLarge(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	huge := make([]byte, 2<<20)
	if _, err := b.Inbox.Publish(ctx, "huge", chat.Telegram, huge); err == nil || ctx.Err() != nil {
		t.Errorf("2 MiB were published: %v", err)
	}
	if err := b.Outbox.Append(ctx, []core.Row{{N: 1, To: house(), Data: huge}}); err == nil || ctx.Err() != nil {
		t.Errorf("2 MiB were appended: %v", err)
	}
	large := bytes.Repeat([]byte("l"), 900_000)
	for i := range 12 {
		if _, err := b.Inbox.Publish(ctx, chat.EventID(fmt.Sprint("large", i)), chat.Telegram, large); err != nil {
			t.Fatalf("publish 900 kB: %v", err)
		}
	}
	for i, got := range read(t, b, 1, 12) {
		if got != string(large) {
			t.Errorf("large event %d came back as %d bytes", i, len(got))
		}
	}
}

func testReadMany(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	const n = 3000
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	written := make(chan error, 1)
	go func() {
		for i := range n {
			if _, err := b.Inbox.Publish(ctx, chat.EventID(fmt.Sprint(i)), chat.Signal, fmt.Appendf(nil, "%d", i)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	for i, got := range read(t, b, 1, n) {
		if got != fmt.Sprint(i) {
			t.Fatalf("entry %d has the data of %s", i, got)
		}
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}
