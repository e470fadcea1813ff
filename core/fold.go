package core

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// fold is the work on one batch: a transaction and what goes with it.
type fold struct {
	engine *Engine
	tx     Tx
	graph  *graph
	entry  Entry     // the one being folded
	now    time.Time // the clock: the bus's time, never going back
	effect uint64    // number of the last effect
	rows   []Row     // effects of this batch
	made   int       // effects and events made by this entry, for their ids
	emits  []chat.Event
	fresh  map[chat.MessageID]*content // what was remembered in this batch
	items  []item                      // of the album that is being folded
	again  *filed                      // the dead letter that is being tried again; nil once it has failed
}

// maxKey is the most bytes of an event's id and of a rule's key; the state's own limit is far above.
const maxKey = 4096

// maxEmits bounds how many events one entry may lead to, so that two rules cannot keep each other busy.
const maxEmits = 100

// Fold folds a batch of consecutive entries in one transaction and returns the effects that may go out now
// that it is on the disk. Run calls it; alone it is for replays and tests. After an error the engine is
// no longer of use: what it remembers may be ahead of the state.
func (e *Engine) Fold(batch []Entry) ([]Row, error) {
	if len(batch) == 0 || e.broken != nil {
		return nil, e.broken
	}
	var f *fold
	err := e.store.Update(func(tx Tx) error {
		f = &fold{engine: e, tx: tx, graph: newGraph(tx, e.recent, e.states), fresh: make(map[chat.MessageID]*content)}
		return f.run(batch)
	})
	if err != nil {
		e.broken = fmt.Errorf("the engine has stopped: %w", err)
		return nil, err
	}
	e.stats.batches.Add(1)
	e.books.show()
	e.applied.set(batch[len(batch)-1].Seq)
	return f.rows, nil
}

// NextDue returns when the next timer is due, zero if none is set. It is for whoever calls Fold.
func (e *Engine) NextDue() time.Time { return e.house.nextDue }

func (f *fold) run(batch []Entry) error {
	f.effect = number(f.tx.Get(bucketMeta, keyEffect))
	f.now = time.UnixMilli(int64(number(f.tx.Get(bucketMeta, keyClock)))).UTC()
	for _, entry := range batch {
		if err := f.one(entry); err != nil {
			return err
		}
	}
	if err := f.graph.flush(); err != nil {
		return err
	}
	return f.close(batch[len(batch)-1])
}

// close saves the position, the clock and the outbox, and finds the next timer.
func (f *fold) close(last Entry) error {
	for _, r := range f.rows {
		if err := f.tx.Put(bucketOutbox, numberKey(r.N), outboxValue(r)); err != nil {
			return err
		}
	}
	if err := firstError(f.trimOutbox(), f.engine.books.save(f.tx)); err != nil {
		return err
	}
	first, ok, err := firstTimer(f.tx)
	if err != nil {
		return err
	}
	f.engine.house.nextDue = time.Time{}
	if ok {
		f.engine.house.nextDue = first.at
	}
	if err := f.tx.Put(bucketMeta, keyLast, sumOf(last.Data)); err != nil {
		return err
	}
	for key, n := range map[string]uint64{
		string(keyApplied): last.Seq, string(keyEffect): f.effect, string(keyClock): uint64(f.now.UnixMilli()),
		string(keyPublished): min(f.engine.press.done(), f.effect),
	} {
		if err := f.tx.Put(bucketMeta, []byte(key), numberKey(n)); err != nil {
			return err
		}
	}
	return nil
}

// trimOutbox drops effects that have been on the bus for long. Those that are under way stay until they are settled, so
// that they can be tried again.
func (f *fold) trimOutbox() error {
	published := f.engine.press.done()
	if published <= keepPublished {
		return nil
	}
	var old [][]byte
	passed := 0
	err := f.tx.Scan(bucketOutbox, numberKey(f.engine.trimmed+1), func(key, _ []byte) bool {
		n := number(key)
		if passed++; n > published-keepPublished || passed > maxBatch {
			return false
		}
		f.engine.trimmed = n
		if !f.engine.books.numbers[n] {
			old = append(old, append([]byte(nil), key...))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range old {
		if err := f.tx.Delete(bucketOutbox, key); err != nil {
			return err
		}
	}
	return nil
}

// one folds one entry: first the timers that were due before it, then itself.
func (f *fold) one(entry Entry) error {
	f.entry, f.made = entry, 0
	// The state keeps milliseconds: with more of them a restart between two entries would show.
	if at := entry.At.UTC().Truncate(time.Millisecond); at.After(f.now) {
		f.now = at
	}
	e, err := chat.DecodeEvent(entry.Data)
	if err = firstError(err, checkID(e)); err != nil {
		f.engine.books.received(sourceIn(entry.Data), isDead)
		return f.bury("", parcel{Entry: entry.Data}, err)
	}
	if err := f.wake(); err != nil {
		return err
	}
	known, err := f.seen(e.ID)
	if err != nil {
		return err
	}
	if known {
		f.engine.stats.duplicates.Add(1)
		f.engine.books.received(sourceOf(e), isDuplicate)
		return nil
	}
	f.engine.stats.events.Add(1)
	f.engine.books.received(sourceOf(e), isFolded)
	held, err := f.hold(e)
	if err != nil || held {
		return err
	}
	return f.all(e)
}

func checkID(e chat.Event) error {
	if e.ID == "" || len(e.ID) > maxKey {
		return fmt.Errorf("an event's id has %d bytes", len(e.ID))
	}
	return nil
}

// wake lets every timer that is due happen.
func (f *fold) wake() error {
	for i := range maxBatch {
		t, ok, err := firstTimer(f.tx)
		if err != nil || !ok || t.at.After(f.now) {
			return err
		}
		if err := dropTimer(f.tx, t.rule, t.key); err != nil {
			return err
		}
		if t.rule == albumTimer {
			if err := f.flushBy(t.key); err != nil {
				return err
			}
			continue
		}
		// A timer may be set again for the same time, so where it happens is part of its name.
		id := chat.EventID(fmt.Sprintf("due/%s/%s/%d/%d.%d", t.rule, t.key, t.at.UnixMilli(), f.entry.Seq, i))
		if err := f.all(chat.Event{ID: id, At: t.at, Community: f.still(t.in), Body: chat.Due{Rule: t.rule, Key: t.key}}); err != nil {
			return err
		}
	}
	return nil
}

// all folds an event and those that it leads to.
func (f *fold) all(e chat.Event) error {
	f.emits = append(f.emits[:0], e)
	for i := 0; i < len(f.emits); i++ {
		if i > maxEmits {
			return f.bury("", parcel{}, fmt.Errorf("fold %s: it leads to more than %d events", e.ID, maxEmits))
		}
		if err := f.event(f.emits[i]); err != nil {
			return err
		}
	}
	return nil
}

// event lets one event through the door, the desk and the rules.
func (f *fold) event(e chat.Event) error {
	goOn, err := f.door(&e)
	if err != nil || !goOn {
		return err
	}
	if due, ok := e.Body.(chat.Due); ok {
		switch due.Rule {
		case pruneTimer:
			return f.prune()
		case forgetTimer:
			return f.erase(&e, due.Key)
		case vanishTimer:
			return f.vanished(chat.MessageID(due.Key))
		}
	}
	if f.engine.desk.isCommand(&e) {
		if e.Message != nil && e.Message.Tag == "" { // what is asked of the house is no talk of the room
			if err := f.unsay(e.Message); err != nil {
				return err
			}
		}
		answers, forRules := f.engine.desk.answer(f.view(e.Community), e, f)
		for _, effect := range answers {
			if _, err := f.apply(&e, effect); err != nil {
				return err
			}
		}
		if !forRules {
			return nil
		}
	}
	for _, r := range f.engine.rules {
		if one := ruleFor(e.Body); one != "" && one != r.Name() {
			continue
		}
		dropped, err := f.decide(r, &e)
		if err != nil {
			return err
		}
		if dropped {
			return nil
		}
	}
	return nil
}

// ruleFor names the only rule that sees an event; empty = all do.
func ruleFor(b chat.Body) string {
	switch b := b.(type) {
	case chat.Due:
		return b.Rule
	case chat.Found:
		return b.Rule
	}
	return ""
}

// still returns a community if it is still there.
func (f *fold) still(id chat.CommunityID) chat.CommunityID {
	if f.engine.house.communities[id] == nil {
		return ""
	}
	return id
}

// nextKey returns a key that nothing else of this entry has.
func (f *fold) nextKey() messageKey {
	f.made++
	return messageKey{Seq: f.entry.Seq, N: uint32(f.made)}
}

// view is the community as the rules see it; an empty one where there is none.
func (f *fold) view(id chat.CommunityID) chat.Community {
	if c := f.engine.house.communities[id]; c != nil {
		return c.view()
	}
	return chat.Community{Members: nobody{}}
}

// decide lets one rule see the event. What the rule does wrong becomes a dead letter, and the other rules
// go on; an error is the state's or the bus's.
func (f *fold) decide(r ruleOf, e *chat.Event) (dropped bool, err error) {
	c := f.view(e.Community)
	var had []byte
	key, next, effects, mine, err := ask(r, c, *e, func(key string) (_ []byte, err error) {
		had, err = f.state(r, key)
		return had, err
	})
	if err != nil {
		return false, f.bury(r.Name(), parcelOf(e), err)
	}
	if !mine {
		return false, nil
	}
	if !bytes.Equal(next, had) { // most often: nothing before, nothing now
		if err := f.setState(r, key, next); err != nil {
			return false, err
		}
	}
	for _, effect := range effects {
		drop, err := f.apply(e, effect)
		if err != nil {
			return false, err
		}
		dropped = dropped || drop
	}
	return dropped, nil
}

// state returns what a rule keeps under a key; nil = nothing.
func (f *fold) state(r ruleOf, key string) ([]byte, error) {
	bucket := bucketRule + Bucket(r.Name())
	raw := f.tx.Get(bucket, stateKey(key))
	if raw == nil || !r.Sealed() {
		return raw, nil
	}
	return f.engine.seal.open(string(bucket)+"/"+key, raw)
}

// setState keeps it, or forgets it if it is nil.
func (f *fold) setState(r ruleOf, key string, state []byte) error {
	bucket := bucketRule + Bucket(r.Name())
	switch {
	case state == nil:
		return f.tx.Delete(bucket, stateKey(key))
	case r.Sealed():
		state = f.engine.seal.close(string(bucket)+"/"+key, state)
	}
	return f.tx.Put(bucket, stateKey(key), state)
}

// stateKey is where a rule's state lies: an empty key is one, too, but not for the state.
func stateKey(key string) []byte {
	if key == "" {
		return []byte{0}
	}
	return []byte(key)
}

// ruleOf is what decide needs of a rule.
type ruleOf interface {
	Name() string
	Key(c chat.Community, e chat.Event) (string, bool)
	Decide(c chat.Community, state []byte, e chat.Event) ([]byte, []chat.Effect, error)
	Sealed() bool
}

// ask calls the rule; a panic in it is an error.
func ask(r ruleOf, c chat.Community, e chat.Event, state func(string) ([]byte, error)) (
	key string, next []byte, effects []chat.Effect, mine bool, err error,
) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{fmt.Errorf("rule %s panics: %v", r.Name(), p), debug.Stack()}
		}
	}()
	key, mine = r.Key(c, e)
	if !mine {
		return key, nil, nil, false, nil
	}
	if len(key) > maxKey {
		return "", nil, nil, false, fmt.Errorf("the key of rule %s has %d bytes", r.Name(), len(key))
	}
	had, err := state(key)
	if err != nil {
		return key, nil, nil, false, err
	}
	next, effects, err = r.Decide(c, had, e)
	return key, next, effects, true, err
}

// panicError is what a rule died of. Where is for the log only: it is another on every replay.
type panicError struct {
	error
	where []byte
}
