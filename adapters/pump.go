package adapters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// Pump carries events from one adapter to the bus and effects from the bus to the adapter. It keeps no
// state but what its journal holds: a pump that is killed at any moment and started again loses nothing,
// and does twice only what the platform did and the journal did not hear of.
type Pump struct {
	adapter   Adapter
	platform  chat.Platform
	features  chat.Features
	feed      Feed
	publisher Publisher
	journal   Journal
	log       *slog.Logger
	timeout   time.Duration
	paced     bool
	counters  *counters
	receipts  *receipts
	lanes     *lanes
}

// Option changes how a pump works.
type Option func(*Pump)

// Unpaced lets effects go as fast as the adapter takes them, for measurements against a fake.
func Unpaced() Option { return func(p *Pump) { p.paced = false } }

// CallTimeout sets how long one call of Do may take; the default is two minutes, for large files.
func CallTimeout(d time.Duration) Option { return func(p *Pump) { p.timeout = d } }

// NewPump returns a pump for one adapter. The feed, the publisher and the journal are the platform's own
// and are not closed by it.
func NewPump(a Adapter, feed Feed, publisher Publisher, j Journal, log *slog.Logger, options ...Option) *Pump {
	p := &Pump{
		adapter: a, platform: a.Platform(), features: a.Features(), feed: feed, publisher: publisher, journal: j,
		log: log.With("platform", string(a.Platform())), timeout: 2 * time.Minute, paced: true, counters: newCounters(),
	}
	for _, o := range options {
		o(p)
	}
	p.receipts = newReceipts(publisher, j)
	p.lanes = newLanes(p)
	return p
}

// errStopped is the error of an adapter whose Run ended by itself and gave no reason.
var errStopped = errors.New("adapter stopped without being asked to")

// Run works until ctx ends, then returns nil within about a second. It may be called once. Its error is the
// adapter's (an operator must mend something), or that of a journal or a bus that failed; all it started has
// ended when it returns.
func (p *Pump) Run(ctx context.Context) error {
	unpublished, err := p.begin()
	if err != nil {
		return err
	}
	outer := ctx
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var wg sync.WaitGroup
	work := func(fn func(context.Context) error) {
		wg.Go(func() {
			if err := fn(ctx); err != nil && ctx.Err() == nil {
				fail(err)
			}
		})
	}
	work(func(ctx context.Context) error { return p.receipts.run(ctx, unpublished) })
	work(p.lanes.run)
	work(p.keepStart)
	work(func(ctx context.Context) error {
		err := p.adapter.Run(ctx, p.in)
		if err == nil && ctx.Err() == nil {
			err = errStopped
		}
		if err != nil {
			return fmt.Errorf("run %s: %w", p.platform, err)
		}
		return nil
	})
	wg.Wait()
	if err := context.Cause(ctx); outer.Err() == nil || !errors.Is(err, context.Cause(outer)) {
		return err
	}
	return p.saveStart()
}

// begin reads how far the journal has come.
func (p *Pump) begin() ([]Done, error) {
	start, err := p.journal.Start()
	if err != nil {
		return nil, fmt.Errorf("read start of %s: %w", p.platform, err)
	}
	last, err := p.journal.Last()
	if err != nil {
		return nil, fmt.Errorf("read last effects of %s: %w", p.platform, err)
	}
	unpublished, err := p.journal.Unpublished()
	if err != nil {
		return nil, fmt.Errorf("read receipts of %s: %w", p.platform, err)
	}
	p.lanes.begin(start, last)
	return unpublished, nil
}

// kept is how many effects behind the start the journal still knows the refs of: an effect that names a
// message by the Send that made it may be decided long before it is carried out.
const kept = 100_000

// keepStart saves the start once per second, so that a restart does not look at everything again.
func (p *Pump) keepStart(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := p.saveStart(); err != nil {
				return err
			}
			p.lanes.pace.forget(time.Now())
		case <-ctx.Done():
			return nil
		}
	}
}

// saveStart saves up to which number everything has been carried out, and lets the journal forget what lies
// far behind it.
func (p *Pump) saveStart() error {
	start, trim, ok := p.lanes.progress()
	if !ok {
		return nil
	}
	if err := p.journal.SetStart(start); err != nil {
		return fmt.Errorf("save start of %s: %w", p.platform, err)
	}
	// A receipt that is not on the bus yet is not to be forgotten, however old.
	trim = min(trim, p.receipts.lowest()-1)
	if trim == 0 || !p.lanes.trimTo(trim) {
		return nil
	}
	if err := p.journal.Trim(trim); err != nil {
		return fmt.Errorf("trim journal of %s: %w", p.platform, err)
	}
	return nil
}
