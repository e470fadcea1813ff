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
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
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

// startDemo starts the messengers and the program; stop ends both.
func startDemo(ctx context.Context, log *slog.Logger) (*demo.Table, func() error, error) {
	h, err := hall.Open(0)
	if err != nil {
		return nil, nil, err
	}
	talk, err := freeAddress(ctx)
	if err != nil {
		h.Close()
		return nil, nil, err
	}
	stopProgram, err := startIn(ctx, h, "http://"+talk, log)
	if err != nil {
		h.Close()
		return nil, nil, err
	}
	worlds := h.Worlds()
	table := demo.New(worlds[:], slog.New(quietHandler{log.Handler()}))
	return table, func() error {
		table.Close()
		defer h.Close()
		return stopProgram()
	}, nil
}

// freeAddress returns a loopback address where nothing listens now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
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
