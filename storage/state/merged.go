package state

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// A merged message lies under its id, its sections' ids point to it. Trim takes each with its effect; a pointer that is left
// alone points to a message that is not to be changed any more.

// Merged is adapters.Journal's.
func (j *Journal) Merged(id chat.EffectID) (m adapters.Merged, ok bool, err error) {
	err = j.file.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(mergedBucket))
		v := b.Get([]byte(id))
		if len(v) > 0 && v[0] == '>' {
			m.ID = chat.EffectID(v[1:])
			v = b.Get(v[1:])
			ok = true
		}
		if len(v) == 0 {
			return nil
		}
		ok = true
		return json.Unmarshal(v, &m)
	})
	if err != nil {
		return adapters.Merged{}, false, fmt.Errorf("read merged message of %s: %w", id, plainError(err))
	}
	return m, ok, nil
}

// SetMerged is adapters.Journal's.
func (j *Journal) SetMerged(m adapters.Merged) error {
	v, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode merged message: %w", err)
	}
	err = j.commit.do(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(mergedBucket))
		for _, s := range m.Sections {
			if s.Effect == m.ID {
				continue
			}
			if err := b.Put([]byte(s.Effect), append([]byte{'>'}, m.ID...)); err != nil {
				return err
			}
		}
		return b.Put([]byte(m.ID), v)
	})
	if err != nil {
		return fmt.Errorf("note merged message: %w", err)
	}
	return nil
}
