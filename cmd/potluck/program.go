package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/drafter"
	"github.com/potluck-chat/potluck/adapters/local"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/cmd/potluck/order"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
	"github.com/potluck-chat/potluck/storage/state"
)

// program is everything wired together: the bus, the state, the engine and a pump for each platform.
type program struct {
	config Config
	log    *slog.Logger
	bus    *bus.Bus
	state  *state.Store
	engine *core.Engine
	legs   []*leg
	closes []func() error // in the order of opening
}

// leg is one platform's adapter with what it needs.
type leg struct {
	adapter adapters.Adapter
	journal *state.Journal
	newPump func() *adapters.Pump

	mu   sync.Mutex // guards pump
	pump *adapters.Pump
}

// restartLeg is how long an adapter that cannot go on rests before it is tried again: what it needs is an
// operator, and the other platforms go on meanwhile.
const restartLeg = time.Minute

// openProgram opens the state and the bus and makes the adapters of the platforms that have credentials.
// Nothing runs yet. unpaced lets adapters send as fast as they can, for fakes only.
func openProgram(ctx context.Context, c Config, log *slog.Logger, unpaced bool) (_ *program, err error) {
	p := &program{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	p.state, err = state.Open(c.statePath(), state.Options{}, log)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	p.closes = append(p.closes, p.state.Close)
	p.bus, err = bus.Open(ctx, bus.Config{Dir: c.busPath(), URL: c.Bus.URL}, log)
	if err != nil {
		return nil, err
	}
	p.closes = append(p.closes, func() error { p.bus.Close(); return nil })
	engine := core.Config{
		Store: p.state, Inbox: p.bus.Inbox(), Outbox: p.bus.Outbox(), Rules: order.Rules(), Log: log,
	}
	if engine.Seal, err = readSeal(c.sealPath()); err != nil {
		return nil, err
	}
	engine.NewSeal = c.Seal == "new"
	if _, err := rand.Read(engine.Secret[:]); err != nil {
		return nil, fmt.Errorf("make secret: %w", err)
	}
	p.engine, err = core.New(engine)
	if errors.Is(err, core.ErrSeal) {
		return nil, fmt.Errorf(`%w: put the seal.key that belongs to this state into %s; if it is lost for good, start once with`+
			` seal = "new" in the config: open reports, their evidence and the kept words of messages are then lost, too`, err, c.Data)
	}
	if err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	return p, p.addLegs(unpaced)
}

// addLegs makes an adapter, a journal and a pump for each platform that has credentials, and for the
// operator's own line.
func (p *program) addLegs(unpaced bool) error {
	makers := platforms(p.config, p.engine.Commands(), p.log)
	if len(makers) == 0 {
		p.log.Warn("no platform has credentials, so there is nothing to connect; the README says how to set each up")
	}
	makers[chat.Local] = func(adapters.Opener, adapters.Cursor) (adapters.Adapter, error) {
		return local.New(p.config.socketPath(), local.Tools{Backup: p.state.Backup, Captcha: p.captcha}, p.log), nil
	}
	makers[chat.Drafter] = func(adapters.Opener, adapters.Cursor) (adapters.Adapter, error) {
		model := p.config.model()
		return drafter.New(p.drafts(model), model), nil
	}
	makers[chat.Web] = talkMaker(p.config, p.engine.Page, p.log)
	for _, platform := range []chat.Platform{chat.Local, chat.Drafter, chat.Telegram, chat.Signal, chat.Matrix, chat.Web} {
		maker := makers[platform]
		if maker == nil {
			p.log.Info("platform is off: it has no credentials", "platform", platform)
			continue
		}
		journal, err := state.OpenJournal(p.config.journalPath(string(platform)), state.JournalOptions{}, p.log)
		if err != nil {
			return err
		}
		p.closes = append(p.closes, journal.Close)
		a, err := maker(p.open, journal)
		if err != nil {
			return fmt.Errorf("make %s adapter: %w", platform, err)
		}
		var options []adapters.Option
		if unpaced {
			options = append(options, adapters.Unpaced())
		}
		p.legs = append(p.legs, &leg{adapter: a, journal: journal, newPump: func() *adapters.Pump {
			return adapters.NewPump(a, p.bus.Feed(), p.engine, journal, p.log, options...)
		}})
	}
	return nil
}

// open fetches bytes from the platform that holds them.
func (p *program) open(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
	for _, l := range p.legs {
		if l.adapter.Platform() == m.Platform {
			return l.adapter.Open(ctx, m, limit)
		}
	}
	return nil, adapters.Refused(chat.NotFound, fmt.Errorf("open media: platform %q is off", m.Platform))
}

// captcha gives Signal the solution of the puzzle that it asked for.
func (p *program) captcha(ctx context.Context, solution string) error {
	for _, l := range p.legs {
		if s, ok := l.adapter.(*signal.Adapter); ok {
			return s.SubmitCaptcha(ctx, solution)
		}
	}
	return errors.New("signal is off")
}

// run runs the engine, the pumps and the operator's pages until ctx ends, and waits for all of them. An
// error is the engine's: going on would lose something.
func (p *program) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	for _, l := range p.legs {
		wait.Go(func() { p.runLeg(ctx, l) })
	}
	if p.config.Web.Listen != "" {
		wait.Go(func() { p.serveWeb(ctx) })
	}
	wait.Go(func() { p.tidyBus(ctx) })
	err := p.engine.Run(ctx)
	cancel()
	wait.Wait()
	return err
}

// runLeg runs one platform; when its adapter needs an operator, it says so and tries again later, so that the
// other platforms are not disturbed.
func (p *program) runLeg(ctx context.Context, l *leg) {
	for ctx.Err() == nil {
		err := l.fresh().Run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		p.log.Error("this platform needs an operator; trying again in a minute, potluck check tells more",
			"platform", l.adapter.Platform(), "error", err)
		select {
		case <-time.After(restartLeg):
		case <-ctx.Done():
		}
	}
}

// fresh makes a new pump; one runs only once.
func (l *leg) fresh() *adapters.Pump {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pump = l.newPump()
	return l.pump
}

// current returns the pump that runs, nil before the first.
func (l *leg) current() *adapters.Pump {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pump
}

// close closes everything in the reverse order of opening.
func (p *program) close() error {
	var errs []error
	for i := len(p.closes) - 1; i >= 0; i-- {
		errs = append(errs, p.closes[i]())
	}
	p.closes = nil
	return errors.Join(errs...)
}
