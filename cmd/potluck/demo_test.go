package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/demo/demotest"
)

// TestDemoScript plays the scenario of the demo over the whole program, as `potluck demo --script` does.
func TestDemoScript(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, problems bytes.Buffer
	c := &console{out: &out, err: &problems, log: slog.New(slog.DiscardHandler), env: func(string) string { return "" }}
	if code := run(ctx, c, []string{"demo", "--script"}); code != 0 {
		t.Fatalf("exit code %d: %s\n%s", code, problems.String(), out.String())
	}
	if !strings.Contains(out.String(), "All 21 steps arrived as expected") {
		t.Errorf("the transcript does not end well:\n%s", out.String())
	}
}

// TestDemoPage lets visitors use the page of the demo in a real browser, over the whole program.
func TestDemoPage(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	for name, visit := range map[string]func(*testing.T, string){"browse": demotest.Browse, "meet": demotest.Meet} {
		t.Run(name, func(t *testing.T) { visit(t, serveTable(t)) })
	}
}

// serveTable starts the demo, lays its table and returns the page's address.
func serveTable(t *testing.T) string {
	t.Helper()
	table, stop, err := startDemo(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	if err := table.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(table.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(table.Close)
	return server.URL
}
