package signal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
)

// The pauses before connecting again.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// drainTime is how long the end of a session may take: the reader must have what is on its way, and Run has
// a second to end.
const drainTime = 800 * time.Millisecond

// operatorError is what only an operator can mend.
type operatorError struct{ error }

// Run connects, receives and hands events to in until ctx ends. It returns an error only for a version of
// signal-cli that is too old, an account that the daemon does not have, or a folder that cannot be written.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	box, err := openInbox(a.cfg.Dir)
	if err != nil {
		return fmt.Errorf("%w: let Potluck write to its data folder", err)
	}
	if err := a.load(); err != nil {
		return errors.Join(err, box.close())
	}
	var tasks sync.WaitGroup
	tasksCtx, stop := context.WithCancel(ctx)
	tasks.Go(func() { a.consume(tasksCtx, in, box) })
	tasks.Go(func() { a.sweep(tasksCtx) })
	err = a.sessions(ctx, box)
	stop()
	tasks.Wait()
	return errors.Join(err, box.close())
}

// sessions connects again and again until ctx ends or only an operator can help.
func (a *Adapter) sessions(ctx context.Context, box *inbox) error {
	pause := firstPause
	for {
		begun := a.now()
		err := a.connect(ctx, box)
		var mend operatorError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &mend):
			return mend.error
		case a.now().Sub(begun) > lastPause:
			pause = firstPause
		}
		a.log.Warn("signal not connected", "error", err, "again_in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		pause = min(2*pause, lastPause)
	}
}

// session is a time in which we are connected.
type session struct {
	calls, sub *client
	box        *inbox
	heard      <-chan struct{} // a line has come
	id         *int            // of the subscription
}

// connect makes a session and returns when it has ended.
func (a *Adapter) connect(ctx context.Context, box *inbox) error {
	heard := make(chan struct{}, 1)
	keep := func(line []byte) {
		if err := box.put(line); err != nil {
			a.log.Error("signal inbox not written, a crash would lose messages", "error", err)
		}
		select {
		case heard <- struct{}{}:
		default:
		}
	}
	// A daemon that receives by itself gives every connection what comes, so this one keeps it, too.
	calls, err := dial(ctx, a.cfg, maxAnswer, keep)
	if err != nil {
		return err
	}
	defer hangUp(calls, box)
	if err := a.meet(ctx, calls); err != nil {
		return err
	}
	a.setCalls(calls)
	defer a.setCalls(nil)
	if err := a.request(ctx, request{client: calls, look: lookAll}); err != nil {
		return err
	}
	var tasks sync.WaitGroup
	defer tasks.Wait()
	lookCtx, stop := context.WithCancel(ctx)
	defer stop()
	tasks.Go(func() { a.lookForKnocks(lookCtx, calls) })
	sub, err := dial(ctx, a.cfg, maxNotification, keep)
	if err != nil {
		return err
	}
	defer hangUp(sub, box)
	return a.subscribed(ctx, session{calls: calls, sub: sub, box: box, heard: heard})
}

// hangUp closes a connection. Its reader may wait for room in the inbox, and gets it.
func hangUp(c *client, box *inbox) {
	box.setOpen(true)
	c.close()
	box.setOpen(false)
}

// request lets the consumer look at groups and waits for it.
func (a *Adapter) request(ctx context.Context, r request) error {
	r.done = make(chan error, 1)
	select {
	case a.requests <- r:
	case <-r.client.done:
		return errAway
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// subscribed receives until the connection or ctx ends, and then unsubscribes: what comes until the answer
// to that is still taken into the inbox, so that nothing the daemon has acknowledged is lost.
func (a *Adapter) subscribed(ctx context.Context, s session) error {
	longer, cancel := linger(ctx, drainTime)
	defer cancel()
	var id int
	if err := a.subscribe(longer, s.sub, &id); err != nil {
		return err
	}
	a.receiving(true)
	defer a.receiving(false)
	a.groups.touch(a.now())
	a.log.Info("signal connected")
	s.id = &id
	err := a.watch(ctx, longer, s)
	s.box.setOpen(true)
	if ctx.Err() == nil {
		var stop context.CancelFunc
		longer, stop = context.WithTimeout(longer, drainTime)
		defer stop()
	}
	if unsub := a.unsubscribe(longer, s.sub, id); unsub != nil && ctx.Err() != nil {
		a.log.Warn("signal not unsubscribed in time, what was on its way may be lost", "error", unsub)
	}
	return err
}

// linger returns a context that ends a while after ctx.
func linger(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(while, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// subscribe must be given a context that outlives ctx: whoever stops before he knows the subscription
// cannot end it, and the daemon would go on taking messages and writing them to nobody.
func (a *Adapter) subscribe(longer context.Context, sub *client, id *int) error {
	return a.ask(longer, sub, "subscribeReceive", a.params(), id)
}

func (a *Adapter) unsubscribe(ctx context.Context, sub *client, id int) error {
	params := a.params()
	params["subscription"] = id
	return sub.call(ctx, "unsubscribeReceive", params, nil)
}

// maxSilent is how many looks at the daemon in a row may fail before the session is given up: a daemon
// under load answers late.
const maxSilent = 3

// watch waits for the end of the session. When nothing was heard for long it subscribes anew: the daemon's
// receive thread can die while all else goes on, and only that starts another.
func (a *Adapter) watch(ctx, longer context.Context, s session) error {
	idle := time.NewTimer(a.cfg.Idle)
	defer idle.Stop()
	look := time.NewTicker(min(a.cfg.Idle, time.Minute))
	defer look.Stop()
	silent := 0
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.sub.done:
			return errors.New("connection for receiving ended")
		case <-s.calls.done:
			return errors.New("connection for calls ended")
		case <-s.heard:
			a.noteHeard()
			idle.Reset(a.cfg.Idle)
		case <-idle.C:
			idle.Reset(a.cfg.Idle)
			if s.box.full() {
				continue // it is we who do not listen
			}
			if err := a.subscribeAnew(longer, s.sub, s.id); err != nil {
				return err
			}
			a.noteAnew()
		case <-a.poke:
			look.Reset(time.Millisecond)
		case <-look.C:
			look.Reset(min(a.cfg.Idle, time.Minute))
			err := a.lookAround(ctx, s.calls)
			var mend operatorError
			if silent++; err == nil {
				silent = 0
			}
			a.receiving(err == nil)
			if errors.As(err, &mend) || silent >= maxSilent {
				return err
			}
		}
	}
}

// lookAround makes sure that the daemon lives and has the account, and looks at groups that could not be
// looked at before.
func (a *Adapter) lookAround(ctx context.Context, calls *client) error {
	if err := a.findAccount(ctx, calls); err != nil {
		return err
	}
	if again := a.groups.touch(a.now()); !again && len(a.groups.staleIDs()) == 0 {
		return nil
	}
	return a.request(ctx, request{client: calls, look: lookStale})
}

func (a *Adapter) subscribeAnew(longer context.Context, sub *client, id *int) error {
	a.log.Debug("signal quiet for long, subscribing anew")
	params := a.params()
	params["subscription"] = *id
	if err := a.ask(longer, sub, "unsubscribeReceive", params, nil); err != nil {
		return err
	}
	return a.subscribe(longer, sub, id)
}
