// Package coretest runs the engine without a disk, a bus or a clock: a state and streams in memory, and
// conversations written as scripts. It does not know which rules there are.
package coretest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/potluck-chat/potluck/core"
)

// Store is a state in memory, as strict as the one on the disk: an Update that fails leaves no trace, keys
// have 1 to 32,768 bytes, and what a transaction has returned is worthless after its end.
type Store struct {
	mu      sync.RWMutex // guards buckets
	buckets map[core.Bucket]*bucket
}

var _ core.Store = (*Store)(nil)

// bucket has its keys in order and its values.
type bucket struct {
	keys   []string
	values map[string][]byte
}

// NewStore returns an empty state.
func NewStore() *Store { return &Store{buckets: make(map[core.Bucket]*bucket)} }

// View runs fn on the state.
func (s *Store) View(fn func(core.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := &tx{store: s}
	defer t.end()
	return fn(t)
}

// Update runs fn and keeps its changes if it returns nil.
func (s *Store) Update(fn func(core.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{store: s, writable: true}
	defer t.end()
	err := fn(t)
	if err != nil {
		for _, u := range slices.Backward(t.undo) {
			s.set(u.bucket, u.key, u.value)
		}
	}
	return err
}

// Dump returns a copy of the whole state but for empty buckets, for comparing two.
func (s *Store) Dump() map[core.Bucket]map[string][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[core.Bucket]map[string][]byte)
	for name, b := range s.buckets {
		if len(b.keys) == 0 {
			continue
		}
		out[name] = make(map[string][]byte, len(b.keys))
		for k, v := range b.values {
			out[name][k] = bytes.Clone(v)
		}
	}
	return out
}

// Clone returns a state of its own with the same content.
func (s *Store) Clone() *Store {
	out := NewStore()
	for name, values := range s.Dump() {
		b := out.bucket(name)
		for k, v := range values {
			b.keys, b.values[k] = append(b.keys, k), v
		}
		slices.Sort(b.keys)
	}
	return out
}

func (s *Store) bucket(name core.Bucket) *bucket {
	b := s.buckets[name]
	if b == nil {
		b = &bucket{values: make(map[string][]byte)}
		s.buckets[name] = b
	}
	return b
}

// set puts a value, or takes it away if it is nil.
func (s *Store) set(name core.Bucket, key string, value []byte) {
	b := s.bucket(name)
	i, known := slices.BinarySearch(b.keys, key)
	switch {
	case value == nil && known:
		b.keys = slices.Delete(b.keys, i, i+1)
		delete(b.values, key)
	case value != nil:
		if !known {
			b.keys = slices.Insert(b.keys, i, key)
		}
		b.values[key] = value
	}
}

type tx struct {
	store    *Store
	writable bool
	scanning map[core.Bucket]int
	undo     []change
	lent     [][]byte // to be spoiled at the end
}

// change is a value as it was before.
type change struct {
	bucket core.Bucket
	key    string
	value  []byte
}

var (
	errReadOnly = errors.New("the transaction is read only")
	errKey      = errors.New("a key has 1 to 32768 bytes")
	errScanned  = errors.New("the bucket is being scanned")
)

// lend returns a copy that is spoiled when the transaction ends, as a page of a file would be.
func (t *tx) lend(value []byte) []byte {
	if value == nil {
		return nil
	}
	out := append([]byte{}, value...)
	t.lent = append(t.lent, out)
	return out
}

func (t *tx) end() {
	for _, b := range t.lent {
		for i := range b {
			b[i] = 0xAA
		}
	}
}

// Get is core.Tx's.
func (t *tx) Get(name core.Bucket, key []byte) []byte {
	b := t.store.buckets[name]
	if b == nil {
		return nil
	}
	return t.lend(b.values[string(key)])
}

// Put is core.Tx's.
func (t *tx) Put(name core.Bucket, key, value []byte) error {
	if len(key) == 0 || len(key) > 32768 {
		return fmt.Errorf("put into %s: %w", name, errKey)
	}
	return t.change(name, string(key), append([]byte{}, value...))
}

// Delete is core.Tx's.
func (t *tx) Delete(name core.Bucket, key []byte) error { return t.change(name, string(key), nil) }

func (t *tx) change(name core.Bucket, key string, value []byte) error {
	switch {
	case !t.writable:
		return fmt.Errorf("change %s: %w", name, errReadOnly)
	case t.scanning[name] > 0:
		return fmt.Errorf("change %s: %w", name, errScanned)
	}
	t.undo = append(t.undo, change{name, key, t.store.bucket(name).values[key]})
	t.store.set(name, key, value)
	return nil
}

// Scan is core.Tx's.
func (t *tx) Scan(name core.Bucket, from []byte, fn func(key, value []byte) bool) error {
	b := t.store.buckets[name]
	if b == nil {
		return nil
	}
	if t.scanning == nil {
		t.scanning = make(map[core.Bucket]int)
	}
	t.scanning[name]++
	defer func() { t.scanning[name]-- }()
	i, _ := slices.BinarySearch(b.keys, string(from))
	for ; i < len(b.keys); i++ {
		if !fn(t.lend([]byte(b.keys[i])), t.lend(b.values[b.keys[i]])) {
			return nil
		}
	}
	return nil
}
