// Package coretest runs the engine without a disk, a bus or a clock: a state in memory, and conversations
// written as scripts. It does not know which rules there are.
package coretest

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"github.com/potluck-chat/potluck/core"
)

// Store is a state in memory. An Update that fails leaves no trace.
type Store struct {
	buckets map[core.Bucket]map[string][]byte
}

var _ core.Store = (*Store)(nil)

// NewStore returns an empty state.
func NewStore() *Store { return &Store{buckets: make(map[core.Bucket]map[string][]byte)} }

// View runs fn on the state.
func (s *Store) View(fn func(core.Tx) error) error { return fn(&tx{store: s}) }

// Update runs fn and keeps its changes if it returns nil.
func (s *Store) Update(fn func(core.Tx) error) error {
	before := make(map[core.Bucket]map[string][]byte, len(s.buckets))
	t := &tx{store: s, before: before, writable: true}
	if err := fn(t); err != nil {
		maps.Copy(s.buckets, before)
		return err
	}
	return nil
}

// Dump returns the whole state, for comparing two.
func (s *Store) Dump() map[core.Bucket]map[string][]byte { return s.buckets }

type tx struct {
	store    *Store
	before   map[core.Bucket]map[string][]byte // buckets as they were, saved at their first change
	writable bool
}

var errReadOnly = errors.New("the transaction is read only")

func (t *tx) Get(b core.Bucket, key []byte) []byte { return t.store.buckets[b][string(key)] }

func (t *tx) change(b core.Bucket) (map[string][]byte, error) {
	if !t.writable {
		return nil, errReadOnly
	}
	if _, saved := t.before[b]; !saved {
		t.before[b] = maps.Clone(t.store.buckets[b])
	}
	if t.store.buckets[b] == nil {
		t.store.buckets[b] = make(map[string][]byte)
	}
	return t.store.buckets[b], nil
}

func (t *tx) Put(b core.Bucket, key, value []byte) error {
	m, err := t.change(b)
	if err != nil {
		return err
	}
	m[string(key)] = append([]byte{}, value...)
	return nil
}

func (t *tx) Delete(b core.Bucket, key []byte) error {
	m, err := t.change(b)
	if err != nil {
		return err
	}
	delete(m, string(key))
	return nil
}

func (t *tx) Scan(b core.Bucket, from []byte, fn func(key, value []byte) bool) error {
	keys := slices.Sorted(maps.Keys(t.store.buckets[b]))
	for _, k := range keys {
		if bytes.Compare([]byte(k), from) < 0 {
			continue
		}
		if !fn([]byte(k), t.store.buckets[b][k]) {
			return nil
		}
	}
	return nil
}
