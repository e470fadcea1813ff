package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// The measures of what is kept that happened to a message before the message came: some platforms hand on an edit, a
// deletion or a reaction by another way than messages, and it overtakes them.
const (
	keptEarly     = 24 * time.Hour
	maxEarly      = 10_000    // messages; the newest stay
	maxEarlyOf    = 20        // events of one message
	maxEarlyBytes = 16 * 1024 // of one event
)

// early is what has overtaken one message.
type early struct {
	Place  []byte            `json:"place"` // in the order of time
	Events []json.RawMessage `json:"events"`

	ref chat.Ref
	by  []chat.Event // Events, decoded
}

// waits keeps an event until the message that it is about comes.
func (f *fold) waits(e *chat.Event, r chat.Ref) error {
	if e.Private || r.IsZero() || r.Chat != e.Chat || e.Chat.Platform == chat.Local || e.Chat.Platform == chat.Web {
		return nil
	}
	data, err := chat.EncodeEvent(*e)
	if err != nil || len(data) > maxEarlyBytes {
		return nil // what could not be written never came from a platform; what is too large is as it was before: lost
	}
	x, err := f.earlyOf(r)
	if err != nil {
		return err
	}
	if x == nil {
		x = &early{ref: r, Place: append(timeKey(f.now), f.nextKey().bytes()...)}
		if err := f.tx.Put(bucketEarlyTime, x.Place, []byte(r.String())); err != nil {
			return err
		}
		f.engine.house.early++
	}
	if len(x.Events) >= maxEarlyOf {
		return nil
	}
	x.Events = append(x.Events, data)
	if err := f.saveEarly(x); err != nil {
		return err
	}
	return f.pruneEarly(2)
}

func earlyPlace(r chat.Ref) string { return "early/" + r.String() }

// earlyOf returns what has overtaken the message with that name, nil if nothing has.
func (f *fold) earlyOf(r chat.Ref) (*early, error) {
	if f.engine.house.early == 0 || r.IsZero() {
		return nil, nil
	}
	sealed := f.tx.Get(bucketEarly, []byte(r.String()))
	if sealed == nil {
		return nil, nil
	}
	raw, err := f.engine.seal.open(earlyPlace(r), sealed)
	if err != nil {
		return nil, fmt.Errorf("open what came early: %w", err)
	}
	x := &early{ref: r}
	if err := json.Unmarshal(raw, x); err != nil {
		return nil, fmt.Errorf("read what came early: %w", err)
	}
	for _, ev := range x.Events {
		e, err := chat.DecodeEvent(ev)
		if err != nil {
			return nil, fmt.Errorf("read what came early: %w", err)
		}
		x.by = append(x.by, e)
	}
	return x, nil
}

func (f *fold) saveEarly(x *early) error {
	raw, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("encode what came early: %w", err)
	}
	return f.tx.Put(bucketEarly, []byte(x.ref.String()), f.engine.seal.close(earlyPlace(x.ref), raw))
}

func (f *fold) dropEarly(r chat.Ref, place []byte) error {
	f.engine.house.early--
	return firstError(f.tx.Delete(bucketEarly, []byte(r.String())), f.tx.Delete(bucketEarlyTime, place))
}

// isGone tells whether a message was deleted before it came. Whoever did it: platforms tell only of deletions that they have
// allowed. It stays known, for the message can come again under another name.
func (x *early) isGone() bool {
	return x != nil && slices.ContainsFunc(x.by, func(e chat.Event) bool { _, ok := e.Body.(chat.Deleted); return ok })
}

// edit returns the last change that the author made to a message before it came.
func (x *early) edit(author chat.Identity) (chat.Edited, bool) {
	if x == nil {
		return chat.Edited{}, false
	}
	for _, e := range slices.Backward(x.by) {
		if edited, ok := e.Body.(chat.Edited); ok && e.By.Identity == author {
			return edited, true
		}
	}
	return chat.Edited{}, false
}

// overtaken lets what has happened to messages before they came happen now, behind the event itself: reactions to a
// member's message, and everything to a copy.
func (f *fold) overtaken(e *chat.Event, refs []chat.Ref) error {
	_, copied := e.Body.(chat.Sent)
	for _, r := range refs {
		x, err := f.earlyOf(r)
		if err != nil {
			return err
		}
		if x == nil || x.isGone() && !copied {
			continue
		}
		for _, late := range x.by {
			if _, reaction := late.Body.(chat.Reacted); reaction || copied {
				f.emits = append(f.emits, late)
			}
		}
		if err := f.dropEarly(r, x.Place); err != nil {
			return err
		}
	}
	return nil
}

// pruneEarly forgets, of up to limit messages that never came, what is too old or too much.
func (f *fold) pruneEarly(limit int) error {
	before := timeKey(f.now.Add(-keptEarly))
	var places [][]byte
	var refs []chat.Ref
	var broken error
	err := f.tx.Scan(bucketEarlyTime, nil, func(key, value []byte) bool {
		tooMany := f.engine.house.early-len(places) > maxEarly
		if len(places) == limit || !tooMany && bytes.Compare(key[:8], before) >= 0 {
			return false
		}
		var r chat.Ref
		r, broken = chat.ParseRef(string(value))
		places, refs = append(places, bytes.Clone(key)), append(refs, r)
		return broken == nil
	})
	if err := firstError(err, broken); err != nil {
		return fmt.Errorf("prune what came early: %w", err)
	}
	for i, place := range places {
		if err := f.dropEarly(refs[i], place); err != nil {
			return err
		}
	}
	return nil
}

// eraseEarly forgets what somebody has done to messages that never came.
func (f *fold) eraseEarly(accounts []chat.Identity) error {
	var refs []chat.Ref
	var broken error
	err := f.tx.Scan(bucketEarlyTime, nil, func(_, value []byte) bool {
		var r chat.Ref
		r, broken = chat.ParseRef(string(value))
		refs = append(refs, r)
		return broken == nil
	})
	if err := firstError(err, broken); err != nil {
		return fmt.Errorf("erase what came early: %w", err)
	}
	for _, r := range refs {
		x, err := f.earlyOf(r)
		if err != nil {
			return err
		}
		if x != nil && slices.ContainsFunc(x.by, func(e chat.Event) bool { return slices.Contains(accounts, e.By.Identity) }) {
			if err := f.dropEarly(r, x.Place); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadEarly counts what waits.
func (h *house) loadEarly(tx Tx) error {
	return tx.Scan(bucketEarlyTime, nil, func(_, _ []byte) bool {
		h.early++
		return true
	})
}
