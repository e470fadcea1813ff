package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/potluck-chat/potluck/adapters/local"
)

func runRun(ctx context.Context, c *console, args []string) error {
	f := c.flags("run")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	config, err := load()
	if err != nil {
		return err
	}
	// For pretended messengers, which do not mind; real ones would answer with longer and longer waits.
	unpaced := c.env("POTLUCK_UNPACED") != ""
	p, err := openProgram(ctx, config, c.log, unpaced)
	if err != nil {
		return err
	}
	c.log.Info("potluck runs", "version", version(), "data", config.Data)
	return errors.Join(p.run(ctx), p.close())
}

func runDo(ctx context.Context, c *console, args []string) error {
	f := c.flags("do")
	load := c.config(f)
	in := f.String("in", "", "a chat of the community that is meant, like telegram:-1001234 (default: the only one)")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return &usageError{`say what to do, like: potluck do "links"`}
	}
	config, err := load()
	if err != nil {
		return err
	}
	answer, err := local.Ask(ctx, config.socketPath(), strings.Join(f.Args(), " "), *in)
	if err != nil {
		if errors.Is(err, local.ErrNotRunning) {
			return fmt.Errorf("%w: start it with: potluck run", err)
		}
		return err
	}
	fmt.Fprint(c.out, answer)
	return nil
}

// runCaptcha hands a solved captcha to the running program, which knows what it is the answer to.
func runCaptcha(ctx context.Context, c *console, args []string) error {
	f := c.flags("captcha")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return &usageError{"give the solution, as the page shows it: potluck captcha 'signalcaptcha://…'"}
	}
	config, err := load()
	if err != nil {
		return err
	}
	if err := local.Captcha(ctx, config.socketPath(), f.Arg(0)); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Signal has taken it. What waits will be sent now.")
	return nil
}
