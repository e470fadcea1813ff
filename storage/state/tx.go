package state

import (
	"fmt"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/potluck-chat/potluck/core"
)

// tx is one transaction on the buckets, all of which lie at the top of the file.
type tx struct {
	bolt    *bbolt.Tx
	buckets map[core.Bucket]*bbolt.Bucket
	changed bool
}

var _ core.Tx = (*tx)(nil)

func newTx(b *bbolt.Tx) *tx { return &tx{bolt: b, buckets: make(map[core.Bucket]*bbolt.Bucket)} }

// bucket returns nil for one that has never been put into.
func (t *tx) bucket(name core.Bucket) *bbolt.Bucket {
	b, ok := t.buckets[name]
	if !ok && isBucket(name) {
		b = t.bolt.Bucket([]byte(name))
		t.buckets[name] = b
	}
	return b
}

func isBucket(name core.Bucket) bool { return name != "" && name[0] != 0 }

// Get is core.Tx's.
func (t *tx) Get(name core.Bucket, key []byte) []byte {
	b := t.bucket(name)
	if b == nil || len(key) == 0 {
		return nil
	}
	return b.Get(key)
}

// Put is core.Tx's. A key has 1 to 32,768 bytes, a value less than 2 GiB.
func (t *tx) Put(name core.Bucket, key, value []byte) error {
	if err := t.writable(name); err != nil {
		return fmt.Errorf("put into %q: %w", name, err)
	}
	t.changed = true
	b := t.bucket(name)
	if b == nil {
		var err error
		if b, err = t.bolt.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %q: %w", name, err)
		}
		t.buckets[name] = b
	}
	// bbolt keeps the slice until the commit, and takes a nil value for no value.
	kept := append(make([]byte, 0, len(value)), value...)
	if err := b.Put(key, kept); err != nil {
		return fmt.Errorf("put into %q: %w", name, err)
	}
	return nil
}

// Delete is core.Tx's; deleting what is not there is no error.
func (t *tx) Delete(name core.Bucket, key []byte) error {
	if err := t.writable(name); err != nil {
		return fmt.Errorf("delete from %q: %w", name, err)
	}
	b := t.bucket(name)
	if b == nil || len(key) == 0 {
		return nil
	}
	t.changed = true
	if err := b.Delete(key); err != nil {
		return fmt.Errorf("delete from %q: %w", name, err)
	}
	return nil
}

func (t *tx) writable(name core.Bucket) error {
	switch {
	case !isBucket(name):
		return ErrBucket
	case t.bolt.DB() == nil:
		return bolterrors.ErrTxClosed
	case !t.bolt.Writable():
		return ErrReadOnly
	}
	return nil
}

// Scan is core.Tx's.
func (t *tx) Scan(name core.Bucket, from []byte, fn func(key, value []byte) bool) error {
	if !isBucket(name) {
		return fmt.Errorf("scan %q: %w", name, ErrBucket)
	}
	b := t.bucket(name)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	k, v := c.Seek(from)
	for ; k != nil; k, v = c.Next() {
		if !fn(k, v) {
			return nil
		}
	}
	return nil
}
