package core

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// letter is something that could not be handled, or that a platform has not taken after many tries.
type letter struct {
	N     uint64    `json:"n,omitempty"` // what the operator calls it
	Came  time.Time `json:"came,omitzero"`
	At    time.Time `json:"at"`             // when it failed last
	Rule  string    `json:"rule,omitempty"` // the rule that failed; empty = it was none
	Error string    `json:"error"`
	// Event is the event as it came from the bus, in letters of an older program.
	Event []byte `json:"event,omitempty"`
	// Sealed is a parcel: what is needed to try again. It is not kept for longer than keptUnderway.
	Sealed []byte `json:"sealed,omitempty"`
	// Again is the effect by which it is being tried again, Last the one by which it was tried before.
	Again chat.EffectID `json:"again,omitempty"`
	Last  chat.EffectID `json:"last,omitempty"`
}

// parcel is what a letter has in it: one of Entry, Event and Dispatch, or nothing if there is nothing to try again.
type parcel struct {
	Entry []byte `json:"entry,omitempty"` // as it came from the bus
	// Event is as the rule saw it, with what the door has added and an encoded event does not have.
	Event     json.RawMessage  `json:"event,omitempty"`
	Community chat.CommunityID `json:"community,omitempty"`
	Message   chat.MessageID   `json:"message,omitempty"`
	ReplyTo   chat.MessageID   `json:"reply_to,omitempty"`
	Tag       string           `json:"tag,omitempty"`
	// Dispatch is the effect that was given up; About is the message that it is about, Told the tag of its receipt.
	Dispatch json.RawMessage `json:"dispatch,omitempty"`
	About    chat.MessageID  `json:"about,omitempty"`
	Told     []byte          `json:"told,omitempty"`
}

// canBeTried tells whether what is in a letter is still kept.
func (l letter) canBeTried(now time.Time) bool {
	return l.Sealed != nil && now.Sub(l.Came) < keptUnderway
}

func (p parcel) isEmpty() bool { return p.Entry == nil && p.Event == nil && p.Dispatch == nil }

// parcelOf packs an event as a rule sees it.
func parcelOf(e *chat.Event) parcel {
	data, err := chat.EncodeEvent(*e)
	if err != nil {
		return parcel{} // it is told all the same
	}
	p := parcel{Event: data, Community: e.Community, Tag: e.Tag}
	if e.Message != nil {
		p.Message = e.Message.ID
	}
	if e.ReplyTo != nil {
		p.ReplyTo = e.ReplyTo.ID
	}
	return p
}

// bury makes a dead letter and tells the operator.
func (f *fold) bury(rule string, p parcel, cause error) error {
	f.engine.stats.dead.Add(1)
	var where []byte
	if x := (*panicError)(nil); errors.As(cause, &x) {
		where = x.where
	}
	f.engine.log.Error("an event could not be handled and lies with the dead letters; see: potluck do \"dead letters\"",
		"rule", rule, "seq", f.entry.Seq, "error", cause, "where", string(where))
	if l := f.again; l != nil && l.Rule == rule {
		f.again = nil
		return f.stays(*l, cause.Error())
	}
	return f.write(f.nextKey(), letter{At: f.now, Rule: rule, Error: cause.Error()}, p)
}

// write puts a new letter with the others.
func (f *fold) write(key messageKey, l letter, p parcel) error {
	l.N, l.Came = number(f.tx.Get(bucketMeta, keyLetters))+1, l.At
	if err := f.tx.Put(bucketMeta, keyLetters, numberKey(l.N)); err != nil {
		return err
	}
	if !p.isEmpty() {
		raw, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encode dead letter: %w", err)
		}
		l.Sealed = f.engine.seal.close(letterPlace(key), raw)
	}
	return f.saveLetter(key, l)
}

func letterPlace(key messageKey) string { return "dead/" + string(key.id()) }

func (f *fold) saveLetter(key messageKey, l letter) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode dead letter: %w", err)
	}
	return f.tx.Put(bucketDead, key.bytes(), raw)
}

// open returns what is in a letter, false if that is nothing (any more).
func (f *fold) open(key messageKey, l letter) (parcel, bool) {
	if !l.canBeTried(f.now) {
		return parcel{Entry: l.Event}, false // an older program's are told, but not tried again
	}
	raw, err := f.engine.seal.open(letterPlace(key), l.Sealed)
	if err != nil {
		return parcel{}, false
	}
	var p parcel
	if json.Unmarshal(raw, &p) != nil {
		return parcel{}, false
	}
	return p, true
}

// filed is a letter and where it lies.
type filed struct {
	letter
	key messageKey
}

// letters returns the newest ones that pass, at most limit, the oldest first, and how many there are.
func (f *fold) letters(limit int, passes func(letter) bool) (out []filed, all int, err error) {
	err = f.tx.Scan(bucketDead, nil, func(key, value []byte) bool {
		l := filed{key: messageKeyOf(key)}
		if json.Unmarshal(value, &l.letter) != nil || !passes(l.letter) {
			return true
		}
		if all++; len(out) < limit {
			out = append(out, l)
		} else if limit > 0 {
			out = append(append(out[:0], out[1:]...), l)
		}
		return true
	})
	return out, all, err
}

// giveUp makes a dead letter of an effect that its platform has not taken after many tries, if it is still known what it was.
func (f *fold) giveUp(b chat.Failed, u underway) error {
	if b.Why != chat.Broken || u.n == 0 || f.now.Sub(u.at) >= keptUnderway {
		return nil
	}
	row, there := f.row(u.n)
	if !there {
		return nil
	}
	p := parcel{Dispatch: row.Data, Told: u.tag}
	if u.message != (messageKey{}) {
		p.About = u.message.id()
	}
	f.engine.log.Warn("an effect was given up and lies with the dead letters; see: potluck do \"dead letters\"",
		"effect", string(b.Effect), "platform", string(u.to))
	return f.write(f.nextKey(), letter{At: f.now, Error: "given up after many tries"}, p)
}

// maxFilled is how many dead letters keep what is in them, the newest.
const maxFilled = 2000

// pruneLetters forgets up to limit dead letters that are older than a time, and what is in those that cannot be tried again
// any more, or that are too many.
func (f *fold) pruneLetters(before time.Time, limit int) error {
	_, filled, err := f.letters(0, func(l letter) bool { return l.Sealed != nil || l.Event != nil })
	if err != nil {
		return err
	}
	var old [][]byte
	var emptied []filed
	err = f.tx.Scan(bucketDead, nil, func(key, value []byte) bool {
		l := filed{key: messageKeyOf(key)}
		switch err := json.Unmarshal(value, &l.letter); {
		case len(old)+len(emptied) == limit:
			return false
		case err != nil || l.At.Before(before):
			old = append(old, bytes.Clone(key))
		case (l.Sealed != nil || l.Event != nil) && (!l.canBeTried(f.now) || filled-len(emptied) > maxFilled):
			emptied = append(emptied, l)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, key := range old {
		if err := f.tx.Delete(bucketDead, key); err != nil {
			return err
		}
	}
	for _, l := range emptied {
		l.Sealed, l.Event = nil, nil
		if err := f.saveLetter(l.key, l.letter); err != nil {
			return err
		}
	}
	return nil
}

// eraseLetters takes what somebody did or said out of the dead letters; that something failed stays there.
func (f *fold) eraseLetters(accounts []chat.Identity) error {
	letters, _, err := f.letters(1<<30, func(l letter) bool { return l.Sealed != nil || l.Event != nil })
	if err != nil {
		return fmt.Errorf("erase dead letters: %w", err)
	}
	for _, l := range letters {
		p, _ := f.open(l.key, l.letter)
		if !p.isOf(accounts) {
			continue
		}
		l.Sealed, l.Event = nil, nil
		if err := f.saveLetter(l.key, l.letter); err != nil {
			return err
		}
	}
	return nil
}

// isOf tells whether somebody with one of the accounts has done or said what is in the parcel.
func (p parcel) isOf(accounts []chat.Identity) bool {
	for _, data := range [][]byte{p.Entry, p.Event, p.Dispatch} {
		for _, i := range accounts {
			if name, err := json.Marshal(i); err == nil && bytes.Contains(data, bytes.Trim(name, `"`)) {
				return true
			}
		}
	}
	return false
}
