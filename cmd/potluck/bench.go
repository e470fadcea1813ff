package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/potluck-chat/potluck/cmd/potluck/bench"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
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
	result, err := bench.Relay(ctx, o, func(ctx context.Context, h *hall.Hall) (func() error, error) {
		return startIn(ctx, h, c.log)
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
