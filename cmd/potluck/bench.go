package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/potluck-chat/potluck/cmd/potluck/bench"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// measured is what a measurement has found.
type measured interface {
	OK() bool // nothing was lost or shown twice
	WriteText(w io.Writer) error
}

// runBench measures the relay between three pretended messengers in this process, at full speed or while one of them is
// away. It fails if anything was lost or shown twice.
func runBench(ctx context.Context, c *console, args []string) error {
	what := ""
	if len(args) > 0 {
		what = args[0]
	}
	f := c.flags("bench " + what)
	asJSON := f.Bool("json", false, "print the numbers as JSON")
	start := func(ctx context.Context, h *hall.Hall) (func() error, error) { return startIn(ctx, h, "", c.log) }
	var measure func() (measured, error)
	switch what {
	case "relay":
		var o bench.Options
		o.Flags(f)
		measure = func() (measured, error) { return bench.Relay(ctx, o, start) }
	case "outage":
		var o bench.OutageOptions
		o.Flags(f)
		measure = func() (measured, error) { return bench.Outage(ctx, o, start) }
	default:
		return &usageError{"say what to measure: potluck bench relay [flags], or potluck bench outage [flags]"}
	}
	if err := parse(f, args[1:]); err != nil {
		return err
	}
	result, err := measure()
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(c.out).Encode(result)
	} else {
		err = result.WriteText(c.out)
	}
	if err == nil && !result.OK() {
		return errors.New("something was lost, shown twice or out of order")
	}
	return err
}
