package main

import (
	"context"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
)

// defaultHold is how long messages that have arrived stay on the bus if the config does not say, and tidyEvery how often
// they are looked for.
const (
	defaultHold = 24 * time.Hour
	tidyEvery   = 10 * time.Minute
)

// hold returns how long messages that have arrived stay on the bus.
func (c Config) hold() time.Duration {
	d, err := time.ParseDuration(c.Bus.Hold)
	if err != nil {
		return defaultHold
	}
	return d
}

// tidyBus takes from the bus what everybody has had for long, until ctx ends: there are people's words in it.
func (p *program) tidyBus(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := p.forget(ctx, time.Now().Add(-p.config.hold())); err != nil && ctx.Err() == nil {
			p.log.Warn("messages stay on the bus for longer than they need, trying again later", "error", err)
		}
	}
}

// forget takes from the bus what is older than a time and has arrived everywhere.
func (p *program) forget(ctx context.Context, before time.Time) error {
	served := bus.Served{Applied: p.engine.Position(), Done: map[chat.Platform]uint64{}}
	for _, l := range p.legs {
		done, err := l.journal.Start()
		if err != nil {
			return fmt.Errorf("look how far %s is: %w", l.adapter.Platform(), err)
		}
		served.Done[l.adapter.Platform()] = done
	}
	return p.bus.Forget(ctx, served, before)
}
