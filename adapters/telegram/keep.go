package telegram

import (
	"fmt"
	"time"
)

// updateLife is how long Telegram keeps what nobody fetches (core.telegram.org/bots/api#getting-updates), less
// an hour to be on the safe side of clocks.
const updateLife = 23 * time.Hour

// recall takes up what the cursor kept, once. Nothing is kept before that: it would be lost.
func (a *Adapter) recall() error {
	a.keeping.Lock()
	defer a.keeping.Unlock()
	return a.recallOnce()
}

// recallOnce is recall; a.keeping is held.
func (a *Adapter) recallOnce() error {
	if a.recalled {
		return nil
	}
	position, err := a.cursor.Load()
	if err != nil {
		return fmt.Errorf("read what was known before the restart: %w", err)
	}
	a.heard, a.recalled = a.memory.load(position), true
	if !a.heard.IsZero() && time.Since(a.heard) > updateLife {
		a.absent = a.heard
	}
	return nil
}

// remember takes up what the cursor kept, and says so if messages must have been lost meanwhile.
func (a *Adapter) remember() {
	if err := a.recall(); err != nil {
		a.log.Warn("what was known before the restart is not there yet", "error", err)
	}
	a.keeping.Lock()
	absent := a.absent
	a.keeping.Unlock()
	if !absent.IsZero() {
		a.log.Warn("telegram keeps messages for a day only: what came since then and more than a day ago is lost", "since", absent)
	}
}

// keep saves what is worth knowing after a restart. heard is when Telegram last answered a poll, zero where that
// is not news.
func (a *Adapter) keep(heard time.Time) error {
	a.keeping.Lock()
	defer a.keeping.Unlock()
	if err := a.recallOnce(); err != nil {
		return err
	}
	if !heard.IsZero() {
		a.heard = heard
	}
	if err := a.cursor.Save(a.memory.save(a.heard)); err != nil {
		return fmt.Errorf("keep what is known for a restart: %w", err)
	}
	return nil
}

// note saves the same, where nothing waits for it.
func (a *Adapter) note(heard time.Time) {
	if err := a.keep(heard); err != nil {
		a.log.Warn("what is known cannot be kept for a restart", "error", err)
	}
}
