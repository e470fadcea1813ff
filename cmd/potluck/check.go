package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/drafter"
	"github.com/potluck-chat/potluck/core/chat"
)

// checkTime bounds how long each platform may take to answer.
const checkTime = 30 * time.Second

// noCursor is for adapters that are only looked at.
type noCursor struct{}

var _ adapters.Cursor = noCursor{}

// Load returns nothing.
func (noCursor) Load() (string, error) { return "", nil }

// Save keeps nothing.
func (noCursor) Save(string) error { return nil }

// runCheck looks at everything that can be looked at without running, and tells each problem with what to
// do about it. It fails if there are problems.
func runCheck(ctx context.Context, c *console, args []string) error {
	f := c.flags("check")
	load := c.config(f)
	if err := parse(f, args); err != nil {
		return err
	}
	config, err := load()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "config: ok, data in %s\n", config.Data)
	problems, on := 0, 0
	makers := platforms(config, nil, c.log)
	for _, platform := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		maker := makers[platform]
		if maker == nil {
			fmt.Fprintf(c.out, "%s: off, it has no credentials\n", platform)
			continue
		}
		on++
		a, err := maker(closedOpener, noCursor{})
		if err != nil {
			fmt.Fprintf(c.out, "%s: PROBLEM: %v\n", platform, err)
			problems++
			continue
		}
		within, cancel := context.WithTimeout(ctx, checkTime)
		problems += report(c.out, platform, a.Check(within))
		cancel()
	}
	problems += checkTalk(ctx, c.out, config, c.log)
	if m := config.model(); m != nil {
		within, cancel := context.WithTimeout(ctx, checkTime)
		problems += report(c.out, chat.Drafter, drafter.New(nil, m).Check(within))
		cancel()
	}
	if on == 0 {
		fmt.Fprintln(c.out, "No platform has credentials. The README says how to set each up.")
		problems++
	}
	if problems > 0 {
		return errProblems
	}
	fmt.Fprintln(c.out, "All is well.")
	return nil
}

// report writes the findings and returns how many are problems.
func report(w io.Writer, p chat.Platform, findings []adapters.Finding) (problems int) {
	for _, f := range findings {
		if f.OK {
			fmt.Fprintf(w, "%s: ok: %s\n", p, f.What)
			continue
		}
		problems++
		fmt.Fprintf(w, "%s: PROBLEM: %s\n    → %s\n", p, f.What, f.Do)
	}
	return problems
}

// closedOpener is for adapters that send nothing.
func closedOpener(context.Context, chat.Media, int64) (io.ReadCloser, error) {
	return nil, adapters.Refused(chat.NotFound, errors.New("nothing is sent while checking"))
}
