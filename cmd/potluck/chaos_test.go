package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/chaostest"
	"github.com/potluck-chat/potluck/core"
)

var (
	chaosEvents = flag.Int("chaos.events", 10_000, "how many things people do while everything goes wrong")
	chaosSeed   = flag.Uint64("chaos.seed", 12, "of what they do and what goes wrong; 0 = another each time")
)

// chaosChild is the variable that makes the test binary the program: the path of its config file.
const chaosChild = "POTLUCK_CHAOS_CHILD"

// TestChaos lets people on three messengers do things while all goes wrong that can. A seed that fails is likely to fail
// again; what people see at a moment depends on the machine, too.
func TestChaos(t *testing.T) {
	o := chaostest.Options{Events: *chaosEvents, Seed: *chaosSeed, Short: testing.Short()}
	if o.Short {
		o.Events = min(o.Events, 1000)
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-chaos.seed %d", o.Seed)
	chaostest.World(t, chaosProgram(), o)
}

// TestLimits lets each messenger ask to wait, in all rooms at once.
func TestLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("waits as long as it is asked to")
	}
	chaostest.Limits(t, chaosProgram())
}

// TestChaosChild is the program as a process of its own, until it is killed.
func TestChaosChild(t *testing.T) {
	path := os.Getenv(chaosChild)
	if path == "" {
		t.Skip("started by TestChaos")
	}
	p, err := openChaos(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.run(t.Context()) // until it is killed
}

func chaosProgram() chaostest.Program {
	return chaostest.Program{
		Start: func(config string) (chaostest.Running, error) {
			p, err := openChaos(config)
			if err != nil {
				return nil, err
			}
			ctx, cancel := context.WithCancel(context.Background())
			r := &chaosRunning{program: p, cancel: cancel, done: make(chan error, 1)}
			go func() { r.done <- p.run(ctx) }()
			return r, nil
		},
		Child: func(config string) *exec.Cmd {
			cmd := exec.Command(os.Args[0], "-test.run=^TestChaosChild$")
			cmd.Env = append(os.Environ(), chaosChild+"="+config)
			return cmd
		},
	}
}

func openChaos(path string) (*program, error) {
	config, err := loadConfig(path, func(string) string { return "" })
	if err != nil {
		return nil, err
	}
	out := io.Discard
	if os.Getenv("POTLUCK_CHAOS_LOG") != "" {
		out = os.Stderr
	}
	p, err := openProgram(context.Background(), config, slog.New(quietHandler{slog.NewTextHandler(out, nil)}), true)
	if err != nil {
		return nil, fmt.Errorf("open the program: %w", err)
	}
	return p, nil
}

// chaosRunning is the program in this process.
type chaosRunning struct {
	*program
	cancel context.CancelFunc
	done   chan error
}

// Stop ends it.
func (r *chaosRunning) Stop() error {
	r.cancel()
	defer http.DefaultClient.CloseIdleConnections()
	return errors.Join(<-r.done, r.close())
}

// Ledger returns what its engine has counted.
func (r *chaosRunning) Ledger() []core.LedgerLine { return r.engine.Ledger() }
