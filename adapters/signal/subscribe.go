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

// drainTime is how long the end of a session may take: the reader must have what is on its way.
const drainTime = 400 * time.Millisecond

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
		err := a.session(ctx, box)
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

// session is one connection from its beginning to its end.
func (a *Adapter) session(ctx context.Context, box *inbox) error {
	calls, err := dial(ctx, a.cfg, maxAnswer, nil)
	if err != nil {
		return err
	}
	defer calls.close()
	if err := a.meet(ctx, calls); err != nil {
		return err
	}
	a.setCalls(calls)
	defer a.setCalls(nil)
	if err := a.request(ctx, calls, true); err != nil {
		return err
	}
	return a.subscribed(ctx, calls, box)
}

// request lets the consumer look at groups and waits for it.
func (a *Adapter) request(ctx context.Context, c *client, all bool) error {
	r := request{client: c, all: all, done: make(chan error, 1)}
	select {
	case a.requests <- r:
	case <-c.done:
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
func (a *Adapter) subscribed(ctx context.Context, calls *client, box *inbox) error {
	heard := make(chan struct{}, 1)
	sub, err := dial(ctx, a.cfg, maxNotification, func(line []byte) {
		if err := box.put(line); err != nil {
			a.log.Error("signal inbox not written, a crash would lose messages", "error", err)
		}
		select {
		case heard <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	var id int
	if err := a.subscribe(ctx, sub, &id); err != nil {
		sub.close()
		return err
	}
	a.log.Info("signal connected")
	err = a.watch(ctx, calls, sub, &id, heard)
	box.setOpen(true)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	if unsub := a.unsubscribe(end, sub, id); unsub != nil && ctx.Err() != nil {
		a.log.Warn("signal not unsubscribed", "error", unsub)
	}
	cancel()
	sub.close()
	box.setOpen(false)
	return err
}

// subscribe outlives ctx a little: whoever stops before he knows the subscription cannot end it, and the
// daemon would go on taking messages and writing them to nobody.
func (a *Adapter) subscribe(ctx context.Context, sub *client, id *int) error {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(drainTime, cancel) })
	defer stop()
	return a.ask(longer, sub, "subscribeReceive", a.params(), id)
}

func (a *Adapter) unsubscribe(ctx context.Context, sub *client, id int) error {
	params := a.params()
	params["subscription"] = id
	return sub.call(ctx, "unsubscribeReceive", params, nil)
}

// watch waits for the end of the session. When nothing was heard for long it subscribes anew: the daemon's
// receive thread can die while all else goes on, and only that starts another.
func (a *Adapter) watch(ctx context.Context, calls, sub *client, id *int, heard <-chan struct{}) error {
	idle := time.NewTimer(a.cfg.Idle)
	defer idle.Stop()
	look := time.NewTicker(min(a.cfg.Idle, time.Minute))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-sub.done:
			return errors.New("connection for receiving ended")
		case <-calls.done:
			return errors.New("connection for calls ended")
		case <-heard:
			idle.Reset(a.cfg.Idle)
		case <-idle.C:
			if err := a.subscribeAnew(ctx, sub, id); err != nil {
				return err
			}
			idle.Reset(a.cfg.Idle)
		case <-a.poke:
			if err := a.findAccount(ctx, calls); err != nil {
				return err
			}
		case <-look.C:
			if err := a.findAccount(ctx, calls); err != nil {
				return err
			}
			if len(a.groups.staleIDs()) > 0 {
				if err := a.request(ctx, calls, false); err != nil {
					a.log.Warn("signal groups not looked at", "error", err)
				}
			}
		}
	}
}

func (a *Adapter) subscribeAnew(ctx context.Context, sub *client, id *int) error {
	a.log.Debug("signal quiet for long, subscribing anew")
	params := a.params()
	params["subscription"] = *id
	if err := a.ask(ctx, sub, "unsubscribeReceive", params, nil); err != nil {
		return err
	}
	return a.subscribe(ctx, sub, id)
}
