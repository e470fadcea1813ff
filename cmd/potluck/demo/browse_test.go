package demo

import (
	"net/http/httptest"
	"testing"

	"github.com/potluck-chat/potluck/cmd/potluck/demo/demotest"
)

func TestPageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	table := newTable(t, "")
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	if err := table.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(table.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(table.Close)
	demotest.Browse(t, server.URL)
}
