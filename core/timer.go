package core

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// timers keeps when rules want to be woken, in the state: one timer per rule and key.

func putTimer(tx Tx, w chat.Wake, in chat.CommunityID) error {
	name := joinKey(w.Rule, w.Key)
	if err := dropTimer(tx, w.Rule, w.Key); err != nil {
		return err
	}
	due := timeKey(w.At)
	if err := tx.Put(bucketTimerName, name, due); err != nil {
		return err
	}
	return tx.Put(bucketTimer, append(due, name...), []byte(in))
}

func dropTimer(tx Tx, rule, key string) error {
	name := joinKey(rule, key)
	due := tx.Get(bucketTimerName, name)
	if due == nil {
		return nil
	}
	old := append(bytes.Clone(due), name...)
	if err := tx.Delete(bucketTimerName, name); err != nil {
		return err
	}
	return tx.Delete(bucketTimer, old)
}

// timer is one wake-up that was set.
type timer struct {
	at   time.Time
	rule string
	key  string
	in   chat.CommunityID // where it was set
}

// firstTimer returns the timer that is due next.
func firstTimer(tx Tx) (t timer, ok bool, err error) {
	err = tx.Scan(bucketTimer, nil, func(k, in []byte) bool {
		rule, key, _ := bytes.Cut(k[8:], []byte{0})
		t = timer{at: time.UnixMilli(int64(number(k))).UTC(), rule: string(rule), key: string(key), in: chat.CommunityID(in)}
		ok = true
		return false
	})
	return t, ok, err
}

// alarm publishes a tick when the next timer is due, so that time enters the house through the same
// door as everything else and a replay sees the same ticks.
type alarm struct {
	inbox Inbox
	mu    sync.Mutex // guards next
	next  time.Time
	moved chan struct{}
}

func newAlarm(inbox Inbox) *alarm { return &alarm{inbox: inbox, moved: make(chan struct{}, 1)} }

// set tells when the next timer is due; zero = none.
func (a *alarm) set(at time.Time) {
	a.mu.Lock()
	same := a.next.Equal(at)
	a.next = at
	a.mu.Unlock()
	if same {
		return
	}
	select {
	case a.moved <- struct{}{}:
	default:
	}
}

func (a *alarm) run(ctx context.Context) error {
	for {
		a.mu.Lock()
		next := a.next
		a.mu.Unlock()
		wait := time.Duration(1<<63 - 1)
		if !next.IsZero() {
			wait = time.Until(next)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-a.moved:
			timer.Stop()
			continue
		case <-timer.C:
		}
		if err := a.tick(ctx, next); err != nil {
			return err
		}
		// The fold moves the alarm when it has seen the tick.
		select {
		case <-ctx.Done():
			return nil
		case <-a.moved:
		case <-time.After(5 * time.Second):
		}
	}
}

func (a *alarm) tick(ctx context.Context, due time.Time) error {
	id := chat.EventID("tick/" + strconv.FormatInt(due.UnixMilli(), 10) + "/" + strconv.FormatInt(time.Now().UnixMilli(), 10))
	data, err := chat.EncodeEvent(chat.Event{ID: id, At: due, Body: chat.Due{}})
	if err != nil {
		return err
	}
	if _, err := a.inbox.Publish(ctx, id, chat.Local, data); err != nil && ctx.Err() == nil {
		return fmt.Errorf("publish tick: %w", err)
	}
	return nil
}
