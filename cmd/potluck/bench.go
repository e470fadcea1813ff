package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/potluck-chat/potluck/cmd/potluck/bench"
)

// runBench measures the relay between three pretended messengers in this process. It fails if anything was
// lost or shown twice.
func runBench(ctx context.Context, c *console, args []string) error {
	f := c.flags("bench relay")
	var o bench.Options
	o.Flags(f)
	asJSON := f.Bool("json", false, "print the numbers as JSON")
	if len(args) == 0 || args[0] != "relay" {
		return &usageError{"say what to measure: potluck bench relay [flags]"}
	}
	if err := parse(f, args[1:]); err != nil {
		return err
	}
	quiet := slog.New(quietHandler{c.log.Handler()})
	result, err := bench.Relay(ctx, o, func(ctx context.Context, at bench.Addresses) (func() error, error) {
		return startBench(ctx, at, quiet)
	})
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(c.out).Encode(result)
	} else {
		err = result.WriteText(c.out)
	}
	if err == nil && !result.OK() {
		return errors.New("something was lost or shown twice")
	}
	return err
}

// startBench runs the program on the messengers at the addresses, in a temporary folder.
func startBench(ctx context.Context, at bench.Addresses, log *slog.Logger) (func() error, error) {
	data, remove, err := tempData()
	if err != nil {
		return nil, err
	}
	p, err := openProgram(ctx, Config{
		Data:     data,
		Telegram: TelegramConfig{Token: at.TelegramToken, APIURL: at.TelegramURL},
		Signal:   SignalConfig{Account: at.SignalAccount, Socket: at.SignalSocket, Attachments: at.SignalAttachments},
		Matrix:   MatrixConfig{Homeserver: at.MatrixURL, UserID: at.MatrixUser, AppService: at.MatrixAppService},
	}, log, true)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.run(running) }()
	return func() error {
		cancel()
		return errors.Join(<-done, p.close(), remove())
	}, nil
}
