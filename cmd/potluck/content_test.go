package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/cmd/potluck/contenttest"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/state"
)

// TestContent proves the table of what each messenger shows through the whole program.
func TestContent(t *testing.T) { contenttest.Cells(t, startBeside) }

// TestTexts proves that texts come through whole.
func TestTexts(t *testing.T) { contenttest.Texts(t, startBeside) }

// TestStories proves what happens to messages after they were sent.
func TestStories(t *testing.T) { contenttest.Stories(t, startBeside) }

// startBeside runs the whole program on the messengers in a hall, and on one more, until the test is over.
func startBeside(t *testing.T, h *hall.Hall, beside adapters.Adapter) contenttest.Program {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	p, err := openProgram(t.Context(), configFor(h, t.TempDir(), ""), log, true)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := state.OpenJournal(p.config.journalPath(string(beside.Platform())), state.JournalOptions{}, log)
	if err != nil {
		t.Fatal(errors.Join(err, p.close()))
	}
	p.closes = append(p.closes, journal.Close)
	p.legs = append(p.legs, &leg{adapter: beside, journal: journal, newPump: func() *adapters.Pump {
		return adapters.NewPump(beside, p.bus.Feed(), p.engine, journal, log, adapters.Unpaced())
	}})
	running, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.run(running) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, p.close()); err != nil {
			t.Errorf("stop the program: %v", err)
		}
	})
	return contenttest.Program{Features: featuresOf(p), Do: p.doer()}
}

func featuresOf(p *program) map[chat.Platform]chat.Features {
	out := make(map[chat.Platform]chat.Features)
	for _, l := range p.legs {
		out[l.adapter.Platform()] = l.adapter.Features()
	}
	return out
}

// doer lets the house do something past its rules, degraded as the pump does it.
func (p *program) doer() func(context.Context, chat.Outgoing) (adapters.Receipt, error) {
	var n atomic.Int64
	return func(ctx context.Context, e chat.Outgoing) (adapters.Receipt, error) {
		for _, l := range p.legs {
			if l.adapter.Platform() != e.Where().Platform {
				continue
			}
			shown, _ := chat.Degrade(e, l.adapter.Features())
			d := chat.Dispatch{ID: chat.EffectID(fmt.Sprintf("content/%d#1", n.Add(1))), At: time.Now(), Effect: shown}
			return l.adapter.Do(ctx, d)
		}
		return adapters.Receipt{}, errors.New("no such platform")
	}
}
