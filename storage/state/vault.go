package state

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/adapters"
)

// vaultBucket holds what the platform's adapter keeps by name. Journals that were made before there was one
// get it with the first change.
const vaultBucket = "vault"

// vault is the part of a journal that belongs to the adapter.
type vault struct{ journal *Journal }

var (
	_ adapters.Vault   = vault{}
	_ adapters.Vaulted = (*Journal)(nil)
)

// Vault is adapters.Vaulted's. With NoSync a power cut may take the last changes.
func (j *Journal) Vault() adapters.Vault { return vault{j} }

// Get is adapters.Vault's.
func (v vault) Get(key string) (value []byte, err error) {
	err = v.journal.file.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket([]byte(vaultBucket)); b != nil {
			value = bytes.Clone(b.Get([]byte(key)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read vault: %w", plainError(err))
	}
	return value, nil
}

// Scan is adapters.Vault's.
func (v vault) Scan(prefix string, fn func(key string, value []byte) bool) error {
	err := v.journal.file.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(vaultBucket))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, value := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, value = c.Next() {
			if !fn(string(k), value) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read vault: %w", plainError(err))
	}
	return nil
}

// Put is adapters.Vault's.
func (v vault) Put(changes map[string][]byte) error {
	for key := range changes {
		if key == "" || len(key) > bbolt.MaxKeySize {
			return fmt.Errorf("change vault: a key of %d bytes: %w", len(key), errRow)
		}
	}
	err := v.journal.commit.do(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(vaultBucket))
		if err != nil {
			return err
		}
		for key, value := range changes {
			if value == nil {
				err = b.Delete([]byte(key))
			} else {
				err = b.Put([]byte(key), value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("change vault: %w", err)
	}
	return nil
}
