package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// Config is what an engine works with.
type Config struct {
	Store  Store
	Inbox  Inbox
	Outbox Outbox
	Rules  []rule.Rule // in the order in which they see an event
	Log    *slog.Logger
	// Pace is the least time between two commits; 0 = DefaultPace.
	Pace time.Duration
	// Keep is how long messages can be referred to; 0 = a year.
	Keep time.Duration
	// Secret seeds the rules' randomness; it is used when the state has none yet and must then be
	// unpredictable.
	Secret [32]byte
	// Seal is the key of what the state keeps sealed. It lies beside the state, not in it, and must stay the same.
	Seal [32]byte
	// NewSeal gives up what an old, lost Seal has sealed.
	NewSeal bool
}

// The engine's measures.
const (
	// DefaultPace lets one flush of the disk serve many events: 3 ms keeps the 99th percentile of a
	// lone event under 2 ms up to 200 events a second and still folds more than 20,000 a second.
	DefaultPace = 3 * time.Millisecond
	maxBatch    = 2000
	clockLead   = time.Hour // how far the bus's clock may be ahead without a warning
	readAhead   = 4096
)

// Engine folds the events of one partition.
type Engine struct {
	store  Store
	inbox  Inbox
	outbox Outbox
	rules  []rule.Rule
	desk   *desk
	log    *slog.Logger
	pace   time.Duration
	keep   time.Duration
	secret [32]byte
	seal   seal

	house   *house   // owned by Run
	recent  *recent  // owned by Run
	books   *books   // owned by Run, but for what it shows
	trimmed uint64   // up to which number the outbox has been trimmed since the start; owned by Run
	states  []Bucket // of the rules
	broken  error    // what ended Fold
	applied progress // how far the state on the disk has come
	press   *press   // publishes the outbox
	stats   counters
}

// New returns an engine over the state, which it reads; it fails if the state cannot be read.
func New(c Config) (*Engine, error) {
	d, err := newDesk(c.Rules)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		store: c.Store, inbox: c.Inbox, outbox: c.Outbox, rules: c.Rules, desk: d, log: c.Log,
		pace: c.Pace, keep: c.Keep, secret: c.Secret,
	}
	if e.seal, err = newSeal(c.Seal); err != nil {
		return nil, err
	}
	if e.pace == 0 {
		e.pace = DefaultPace
	}
	if e.keep == 0 {
		e.keep = 365 * 24 * time.Hour
	}
	e.recent = newRecent()
	for _, r := range c.Rules {
		e.states = append(e.states, bucketRule+Bucket(r.Name()))
	}
	if err := e.load(c.NewSeal); err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	e.press = newPress(c.Outbox, e.log)
	return e, nil
}

// load reads the house and the position from the state, and gives a new state its secret.
func (e *Engine) load(newSeal bool) error {
	return e.store.Update(func(tx Tx) error {
		if err := e.checkSeal(tx, newSeal); err != nil {
			return err
		}
		secret := tx.Get(bucketMeta, keySecret)
		if secret == nil {
			if e.secret == [32]byte{} {
				return errors.New("a new state needs a secret: without one anybody could work out the codes")
			}
			secret = e.secret[:]
			if err := tx.Put(bucketMeta, keySecret, secret); err != nil {
				return err
			}
		}
		copy(e.secret[:], secret)
		h, err := loadHouse(tx, e.secret[:])
		if err != nil {
			return err
		}
		e.house = h
		if tx.Get(bucketMeta, keySince) == nil {
			if err := tx.Put(bucketMeta, keySince, numberKey(number(tx.Get(bucketMeta, keyEffect)))); err != nil {
				return err
			}
		}
		if e.books, err = loadBooks(tx); err != nil {
			return err
		}
		if err := e.loadAlbums(tx); err != nil {
			return err
		}
		if tx.Get(bucketTimerName, joinKey(pruneTimer, "")) == nil {
			if err := putTimer(tx, chat.Wake{Rule: pruneTimer, At: time.UnixMilli(0)}, ""); err != nil {
				return err
			}
			h.nextDue = time.UnixMilli(0)
		}
		e.applied.set(number(tx.Get(bucketMeta, keyApplied)))
		return nil
	})
}

// Run checks that the streams and the state fit together, publishes what the outbox still holds and folds
// events until ctx ends; then it returns nil. An error means that going on would lose something; the
// process should end.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.boot(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()

	failed := make(chan error, 4) // one for each of the workers, so that none waits
	entries := make(chan Entry, readAhead)
	start := func(work func() error) {
		wait.Go(func() {
			if err := work(); err != nil {
				failed <- err
			}
		})
	}
	start(func() error { return e.press.run(ctx) })
	start(func() error {
		return e.inbox.Read(ctx, e.applied.get()+1, func(entry Entry) error {
			select {
			case entries <- entry:
				return nil
			case <-ctx.Done():
				return nil
			}
		})
	})
	alarm := newAlarm(e.inbox)
	start(func() error { return alarm.run(ctx) })
	alarm.set(e.house.nextDue)
	start(func() error { return e.foldAll(ctx, entries, alarm) })

	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// foldAll commits batches of entries, not more often than the pace.
func (e *Engine) foldAll(ctx context.Context, entries <-chan Entry, alarm *alarm) error {
	var last time.Time
	var batch []Entry
	for {
		batch = batch[:0]
		select {
		case <-ctx.Done():
			return nil
		case entry := <-entries:
			batch = append(batch, entry)
		}
		if wait := e.pace - time.Since(last); wait > 0 {
			timer := time.NewTimer(wait)
			batch = gather(batch, entries, timer.C)
			timer.Stop()
		}
		batch = drain(batch, entries)
		rows, err := e.Fold(batch)
		if err != nil {
			return fmt.Errorf("fold events from %d: %w", batch[0].Seq, err)
		}
		e.press.add(rows)
		last = time.Now()
		if ahead := batch[len(batch)-1].At.Sub(last); ahead > clockLead {
			e.log.Warn("the bus's clock is ahead of this machine's: timers come early, and time stands still until it is caught up",
				"ahead", ahead.Round(time.Second))
		}
		alarm.set(e.house.nextDue)
	}
}

// gather collects entries until the time is over or the batch is full.
func gather(batch []Entry, entries <-chan Entry, over <-chan time.Time) []Entry {
	for len(batch) < maxBatch {
		select {
		case entry := <-entries:
			batch = append(batch, entry)
		case <-over:
			return batch
		}
	}
	return batch
}

// drain collects what is there already.
func drain(batch []Entry, entries <-chan Entry) []Entry {
	for len(batch) < maxBatch {
		select {
		case entry := <-entries:
			batch = append(batch, entry)
		default:
			return batch
		}
	}
	return batch
}

// Commands returns everything that can be asked, the house's own commands and the rules', in the order of the help.
func (e *Engine) Commands() []rule.Command { return slices.Clone(e.desk.all) }

// Publish encodes an event and puts it on the bus; it returns its place in the stream. It retries by
// itself until ctx ends.
func (e *Engine) Publish(ctx context.Context, ev chat.Event) (uint64, error) {
	data, err := chat.EncodeEvent(ev)
	if err != nil {
		return 0, err
	}
	seq, err := e.inbox.Publish(ctx, ev.ID, ev.Chat.Platform, data)
	if err != nil {
		return 0, fmt.Errorf("publish event: %w", err)
	}
	return seq, nil
}

// Applied returns once everything up to seq is part of the state on the disk, or ctx's error.
func (e *Engine) Applied(ctx context.Context, seq uint64) error { return e.applied.wait(ctx, seq) }

// Position returns the sequence of the last event that is part of the state on the disk.
func (e *Engine) Position() uint64 { return e.applied.get() }

// progress is a number that only grows, and that can be waited for.
type progress struct {
	mu      sync.Mutex // guards both fields
	n       uint64
	changed chan struct{}
}

func (p *progress) get() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

func (p *progress) set(n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n = n
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func (p *progress) wait(ctx context.Context, n uint64) error {
	for {
		p.mu.Lock()
		if p.n >= n {
			p.mu.Unlock()
			return nil
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
