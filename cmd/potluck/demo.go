package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/demo"
)

// runDemo starts the three pretended messengers, connects them with the real program and serves the page, or
// plays the scenario.
func runDemo(ctx context.Context, c *console, args []string) error {
	f := c.flags("demo")
	script := f.Bool("script", false, "play a scenario without a browser, print what each messenger shows, and fail if anything is missing")
	listen := f.String("listen", "127.0.0.1:8321", "where to serve the page; a loopback address")
	if err := parse(f, args); err != nil {
		return err
	}
	table, stop, err := startDemo(ctx, c.log)
	if err != nil {
		return err
	}
	if *script {
		return errors.Join(table.Script(ctx, c.out), stop())
	}
	return errors.Join(serveDemo(ctx, c, table, *listen), stop())
}

// startDemo starts everything of the demo in a temporary folder; stop ends it and takes the folder away.
func startDemo(ctx context.Context, log *slog.Logger) (*demo.Table, func() error, error) {
	messengers, err := newFakes(0)
	if err != nil {
		return nil, nil, err
	}
	data, remove, err := tempData()
	if err != nil {
		messengers.close()
		return nil, nil, err
	}
	// What the program tells an operator would only be in the way of the page's address.
	quiet := slog.New(quietHandler{log.Handler()})
	p, err := openProgram(ctx, messengers.config(data), quiet, true)
	if err != nil {
		messengers.close()
		return nil, nil, errors.Join(err, remove())
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.run(running) }()
	table := demo.New(messengers.worlds(), quiet)
	stop := func() error {
		table.Close()
		cancel()
		err := errors.Join(<-done, p.close())
		messengers.close()
		return errors.Join(err, remove())
	}
	return table, stop, nil
}

// quietHandler lets warnings and errors through only.
type quietHandler struct{ slog.Handler }

// Enabled tells whether the level is at least a warning.
func (h quietHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// serveDemo seats the people and serves the page until ctx ends.
func serveDemo(ctx context.Context, c *console, table *demo.Table, listen string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("serve page: %w: choose another address with --listen 127.0.0.1:0", err)
	}
	server := &http.Server{Handler: table.Handler(), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := table.Seat(); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := table.Link(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	fmt.Fprintf(c.out, "\n  Potluck's table is laid: http://%s\n\n  Open it in a browser, pick who you are, and type. Ctrl-C ends it; nothing is kept.\n\n", listener.Addr())
	select {
	case err = <-served:
		return fmt.Errorf("serve page: %w", err)
	case <-ctx.Done():
		table.Close()
		return server.Close()
	}
}
