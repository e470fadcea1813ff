package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

func testAppend(t *testing.T, open OpenBus) {
	dir := t.TempDir()
	b := open(t, dir)
	appendRows(t, b, rowsOf(1, 700, house()))
	appendRows(t, b, rowsOf(1, 700, house()))
	appendRows(t, b, rowsOf(600, 710, house()))
	appendRows(t, b, rowsOf(300, 301, house()))
	if err := b.Outbox.Append(t.Context(), nil); err != nil {
		t.Errorf("append nothing: %v", err)
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	appendRows(t, b, rowsOf(705, 711, house()))
	if n := outboxLast(t, b); n != 711 {
		t.Errorf("last is %d, want 711", n)
	}
	for i, e := range follow(t, b, chat.Telegram, 0, 711) {
		if e.N != uint64(i+1) || string(e.Data) != fmt.Sprint("effect ", i+1) {
			t.Fatalf("effect %d came as %d %q", i+1, e.N, e.Data)
		}
	}
}

func testAppendHole(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.Outbox.Append(ctx, rowsOf(2, 3, house())); !errors.Is(err, core.ErrGap) {
		t.Errorf("effect 2 onto an empty stream: %v, want a gap", err)
	}
	appendRows(t, b, rowsOf(1, 3, house()))
	if err := b.Outbox.Append(ctx, rowsOf(5, 6, house())); !errors.Is(err, core.ErrGap) {
		t.Errorf("effect 5 onto 3: %v, want a gap", err)
	}
	torn := append(rowsOf(4, 5, house()), rowsOf(7, 7, house())...)
	if err := b.Outbox.Append(ctx, torn); err == nil {
		t.Error("rows with a hole between them were taken")
	}
	if err := b.Outbox.Append(ctx, []core.Row{{N: 4, To: chat.Chat{Platform: "no.name", ID: "x"}}}); err == nil {
		t.Error("a platform that is no name was taken")
	}
	if n := outboxLast(t, b); n != 3 {
		t.Errorf("last is %d, want 3", n)
	}
}

func testAppendRace(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const writers, n = 4, 500
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			for from := uint64(1); from <= n; from += uint64(10 + w) {
				if err := b.Outbox.Append(ctx, rowsOf(from, min(from+uint64(9+w), n), house())); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if last := outboxLast(t, b); last != n {
		t.Errorf("last is %d, want %d", last, n)
	}
	for i, e := range follow(t, b, chat.Telegram, 0, n) {
		if e.N != uint64(i+1) || string(e.Data) != fmt.Sprint("effect ", i+1) {
			t.Fatalf("effect %d came as %d %q", i+1, e.N, e.Data)
		}
	}
}

func testFollow(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	var rows []core.Row
	var want []adapters.Numbered
	for n := uint64(1); n <= 60; n++ {
		c := chat.Chat{Platform: chat.Signal, ID: fmt.Sprint("group", n%4)}
		if n%3 == 0 {
			c.Platform = chat.Matrix
		}
		rows = append(rows, core.Row{N: n, To: c, Data: []byte{byte(n)}})
		if c.Platform == chat.Matrix && n > 10 {
			want = append(want, adapters.Numbered{N: n, Chat: c, Data: []byte{byte(n)}})
		}
	}
	appendRows(t, b, rows[:30])
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	effects, done := make(chan adapters.Numbered, 100), make(chan error, 1)
	go func() {
		done <- b.Feed.Follow(ctx, chat.Matrix, 10, func(e adapters.Numbered) { effects <- e })
	}()
	var got []adapters.Numbered
	for len(got) < len(want) {
		select {
		case e := <-effects:
			got = append(got, e)
			if len(got) == 3 {
				appendRows(t, b, rows[30:])
			}
		case err := <-done:
			t.Fatalf("following ended: %v", err)
		case <-time.After(patience):
			t.Fatalf("after %d effects no more came", len(got))
		}
	}
	wantSame(t, "what matrix sees", got, want)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("following ended with its context and returned %v", err)
	}
	if err := b.Feed.Follow(t.Context(), "no.name", 0, func(adapters.Numbered) {}); err == nil {
		t.Error("a platform that is no name was followed")
	}
}

func testNext(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	a, c := chat.Chat{Platform: chat.Signal, ID: "a"}, chat.Chat{Platform: chat.Signal, ID: "c"}
	rows := rowsOf(1, 6, a)
	rows[1].To, rows[4].To = c, c
	appendRows(t, b, rows)
	for _, q := range []struct {
		chat        chat.Chat
		after, want uint64 // 0 = none
	}{
		{a, 0, 1},
		{a, 1, 3},
		{a, 4, 6},
		{a, 6, 0},
		{a, 99, 0},
		{c, 0, 2},
		{c, 2, 5},
		{c, 5, 0},
		{chat.Chat{Platform: chat.Matrix, ID: "a"}, 0, 0},
		{house(), 0, 0},
	} {
		e, ok, err := b.Feed.Next(t.Context(), q.chat, q.after)
		if err != nil || ok != (q.want != 0) || e.N != q.want {
			t.Errorf("next for %s after %d is %d (%t, %v), want %d", q.chat, q.after, e.N, ok, err, q.want)
		}
		if ok && (e.Chat != q.chat || string(e.Data) != fmt.Sprint("effect ", q.want)) {
			t.Errorf("next for %s after %d is %q for %s", q.chat, q.after, e.Data, e.Chat)
		}
	}
	appendRows(t, b, rowsOf(7, 7, a))
	if e, ok, err := b.Feed.Next(t.Context(), a, 6); !ok || err != nil || e.N != 7 {
		t.Errorf("next after one more is %d (%t, %v), want 7", e.N, ok, err)
	}
}

func testStrangeChats(t *testing.T, open OpenBus) {
	b := open(t, t.TempDir())
	defer b.Close()
	ids := []string{"", "!a:b.org", "a b", "a.b.*", ">", "*", "\x00\xff", "ä\n", "+/=", strings.Repeat("z", 255)}
	var rows []core.Row
	for i, id := range ids {
		rows = append(rows, core.Row{N: uint64(i + 1), To: chat.Chat{Platform: chat.Matrix, ID: id}, Data: []byte(id)})
	}
	appendRows(t, b, rows)
	for i, e := range follow(t, b, chat.Matrix, 0, len(ids)) {
		if e.Chat.ID != ids[i] {
			t.Errorf("chat %q came back as %q", ids[i], e.Chat.ID)
		}
	}
	for i, id := range ids {
		e, ok, err := b.Feed.Next(t.Context(), chat.Chat{Platform: chat.Matrix, ID: id}, 0)
		if !ok || err != nil || e.N != uint64(i+1) {
			t.Errorf("next for chat %q is %d (%t, %v), want %d", id, e.N, ok, err, i+1)
		}
	}
}

func testOutboxSkip(t *testing.T, open OpenBus) {
	dir := t.TempDir()
	b := open(t, dir)
	appendRows(t, b, rowsOf(1, 3, house()))
	for _, n := range []uint64{3, 50} {
		if err := b.Outbox.SkipTo(t.Context(), n); err != nil {
			t.Fatalf("skip to %d: %v", n, err)
		}
	}
	if err := b.Outbox.SkipTo(t.Context(), 49); err == nil {
		t.Error("the outbox went back")
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	if n := outboxLast(t, b); n != 50 {
		t.Errorf("last is %d, want 50", n)
	}
	if err := b.Outbox.Append(t.Context(), rowsOf(52, 52, house())); !errors.Is(err, core.ErrGap) {
		t.Errorf("effect 52 onto 50: %v, want a gap", err)
	}
	appendRows(t, b, rowsOf(40, 60, house()))
	for i, e := range follow(t, b, chat.Telegram, 0, 10) {
		if e.N != uint64(51+i) {
			t.Errorf("effect %d came as %d", 51+i, e.N)
		}
	}
	if _, ok, err := b.Feed.Next(t.Context(), house(), 60); ok || err != nil {
		t.Errorf("there is an effect after the last one (%v)", err)
	}
}
