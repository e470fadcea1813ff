package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// keptWhispers is how long an answer to what was said in private is still understood: as long as reports are kept after
// they are closed. Then it is forgotten with whom it was said to, for what it was about can be told from its tag.
const keptWhispers = 90 * 24 * time.Hour

// prune forgets up to limit messages that are older than a time, with all their names; it tells whether
// there are more.
func (g *graph) prune(before time.Time, limit int) (more bool, err error) {
	var old []*chat.Message
	var broken error
	err = g.tx.Scan(bucketMessage, nil, func(_, value []byte) bool {
		m := new(chat.Message)
		if broken = json.Unmarshal(value, m); broken != nil {
			return false
		}
		if !m.At.Before(before) {
			return false
		}
		if len(old) == limit {
			more = true
			return false
		}
		old = append(old, m)
		return true
	})
	if err := firstError(err, broken); err != nil {
		return false, fmt.Errorf("prune messages: %w", err)
	}
	for _, m := range old {
		if err := g.drop(m); err != nil {
			return false, err
		}
	}
	return more, nil
}

// pruneWhispers forgets up to limit messages that were said in private before a time.
func (g *graph) pruneWhispers(before time.Time, limit int) (more bool, err error) {
	var old [][]byte
	var ms []*chat.Message
	var broken error
	err = g.tx.Scan(bucketWhisper, nil, func(key, _ []byte) bool {
		m, err := g.message(messageKeyOf(key).id())
		if err != nil {
			broken = err
			return false
		}
		if m != nil && !m.At.Before(before) || len(old) == limit {
			more = len(old) == limit
			return false
		}
		old = append(old, bytes.Clone(key))
		if m != nil {
			ms = append(ms, m)
		}
		return true
	})
	if err := firstError(err, broken); err != nil {
		return false, fmt.Errorf("prune whispers: %w", err)
	}
	for _, m := range ms {
		if err := g.drop(m); err != nil {
			return false, err
		}
	}
	for _, key := range old {
		if err := g.tx.Delete(bucketWhisper, key); err != nil {
			return false, err
		}
	}
	return more, nil
}

// drop forgets a message, its names, what is expected of it and the reactions to it.
func (g *graph) drop(m *chat.Message) error {
	delete(g.dirty, m.ID)
	g.recent.forget(m.ID)
	refs := append(append([]chat.Ref{m.Original}, m.More...), m.Revisions...)
	for _, c := range m.Copies {
		refs = append(append(refs, c.Refs...), c.Names...)
		// What an older program has noted of an effect goes; what this one has is needed until the effect is settled.
		if raw := g.tx.Get(bucketPending, []byte(c.Effect)); len(raw) == messageKeySize {
			if err := g.tx.Delete(bucketPending, []byte(c.Effect)); err != nil {
				return err
			}
		}
	}
	key, _ := messageKeyOfID(m.ID)
	err := g.tx.Scan(bucketReaction, key.bytes(), func(k, _ []byte) bool {
		if !bytes.HasPrefix(k, key.bytes()) {
			return false
		}
		r, err := chat.ParseRef(string(k[messageKeySize:]))
		if err == nil {
			refs = append(refs, r)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, r := range refs {
		if err := g.forget(r); err != nil {
			return err
		}
		if err := g.tx.Delete(bucketReaction, reactionKey(m.ID, r)); err != nil {
			return err
		}
	}
	if tag := joinKey(string(m.Community), m.Tag); m.Tag != "" && bytes.Equal(g.tx.Get(bucketTag, tag), key.bytes()) {
		if err := g.tx.Delete(bucketTag, tag); err != nil {
			return err
		}
	}
	if err := g.tx.Delete(bucketWords, key.bytes()); err != nil {
		return err
	}
	if err := g.tx.Delete(bucketSaid, saidKey(m, key)); err != nil {
		return err
	}
	for _, b := range g.states {
		if err := g.tx.Delete(b, stateKey(string(m.ID))); err != nil {
			return err
		}
	}
	return g.tx.Delete(bucketMessage, key.bytes())
}
