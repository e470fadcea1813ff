package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/web"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
	"github.com/potluck-chat/potluck/core/chat"
)

// TestTalkReachesTheHouse runs the whole program and writes to it from a browser, as somebody who is in no chat.
func TestTalkReachesTheHouse(t *testing.T) {
	h, err := hall.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	config := configFor(h, t.TempDir(), "http://"+free(t))
	if err := config.validate(); err != nil {
		t.Fatal(err)
	}
	p, err := openProgram(t.Context(), config, slog.New(quietHandler{slog.DiscardHandler}), true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	kitchen := found(t, h.Telegram)
	await(t, "the talk is open", func() bool {
		resp, err := http.Get(config.Web.Talk + "/alive")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
	page := answered(t, p)
	if strings.Count(page, `class="house"`) != 1 || strings.Contains(page, "ana") {
		t.Errorf("the page is %s", page)
	}
	for _, m := range h.Telegram.Messages(kitchen) {
		if strings.Contains(m.Text.Plain, "good evening") {
			t.Errorf("what was written in private is in the group: %+v", m)
		}
	}
	var out strings.Builder
	if problems := checkTalk(t.Context(), &out, config, slog.New(slog.DiscardHandler)); problems != 0 || !strings.HasPrefix(out.String(), "web: ok: ") {
		t.Errorf("check says %q", out.String())
	}
}

// found lets a community come into being and returns its only chat.
func found(t *testing.T, w world.World) string {
	t.Helper()
	ana := w.NewPerson("ana")
	kitchen := w.NewGroup("Kitchen", ana)
	await(t, "the house has come in", func() bool {
		return slices.ContainsFunc(w.Messages(kitchen), func(m world.Shown) bool { return m.FromBot })
	})
	return kitchen
}

// await waits until something is so.
func await(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !isSo(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// answered writes to the first communities there can be until one has an answer, and returns the page that shows it:
// nobody outside the house knows their names.
func answered(t *testing.T, p *program) string {
	t.Helper()
	var talk *web.Talk
	for _, l := range p.legs {
		if a, ok := l.adapter.(*web.Talk); ok {
			talk = a
		}
	}
	for n := range 5 {
		community := fmt.Sprintf("c%d", n+1)
		effect := chat.Invite{To: chat.Chat{Platform: chat.Web, ID: community}}
		receipt, err := talk.Do(t.Context(), chat.Dispatch{ID: "x#1", Effect: effect})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.PostForm(receipt.Link, url.Values{"text": {"good evening"}})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("the page is %d %s, %v", resp.StatusCode, raw, err)
		}
		if strings.Contains(string(raw), `class="house"`) {
			return string(raw)
		}
	}
	t.Fatal("nobody has answered")
	return ""
}

// TestTalkIsOffWithoutAnAddress leaves no trace of it, and whoever asks for its address hears so.
func TestTalkIsOffWithoutAnAddress(t *testing.T) {
	config := Config{Data: t.TempDir()}
	var out strings.Builder
	if checkTalk(t.Context(), &out, config, slog.New(slog.DiscardHandler)) != 0 || out.String() != "" {
		t.Errorf("the talk is on; check says %q", out.String())
	}
	a, err := talkMaker(config, nil, slog.New(slog.DiscardHandler))(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Do(t.Context(), chat.Dispatch{ID: "local:1#1", Effect: chat.Invite{To: chat.Chat{Platform: chat.Web, ID: "c1"}}})
	if refused := new(adapters.RefusedError); !errors.As(err, &refused) || refused.Why != chat.Unsupported {
		t.Errorf("asking for the address ends with %v", err)
	}
	if _, err := os.Stat(config.talk().Dir); err == nil {
		t.Error("its folder is there")
	}
}
