package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

const journalKind = "journal"

// journalVersion is the layout below.
const journalVersion = 1

// The journal's buckets.
const (
	receiptsBucket = "receipts" // number → outcome, until its receipt is published
	refsBucket     = "refs"     // effect id → number, refs
	effectsBucket  = "effects"  // number → effect id, to trim by
	lastBucket     = "last"     // chat → number
	positionBucket = "position" // startKey → number, cursorKey → text
	startKey       = "start"
	cursorKey      = "cursor"
)

// trimGroup is how many effects one commit forgets, so that lanes need not wait long for it.
const trimGroup = 500

// JournalOptions say how a Journal is opened.
type JournalOptions struct {
	// NoSync does not wait for the disk: a killed process loses nothing, a power cut may destroy the
	// file, and with it the knowledge of what has been carried out. The next OpenJournal then finds that out.
	NoSync bool
}

// Journal is one platform's memory of what it has carried out.
type Journal struct {
	file   *file
	commit *committer
	close  sync.Once
}

var _ adapters.Journal = (*Journal)(nil)

// OpenJournal opens or makes the file. A damaged one is put aside, beside it, and a new one begun, which it logs
// as an error: effects that are still on the bus may then be carried out a second time. Errors wrap ErrLocked,
// ErrNewer or ErrForeign.
func OpenJournal(path string, o JournalOptions, log *slog.Logger) (*Journal, error) {
	f, err := openFile(path, journalKind, o.NoSync)
	if errors.Is(err, ErrBroken) {
		aside, moveErr := putAside(path)
		if moveErr != nil {
			return nil, fmt.Errorf("open journal: %w", errors.Join(err, moveErr))
		}
		log.Error("journal is damaged, beginning a new one: some messages may appear twice",
			"journal", filepath.Base(path), "kept", aside, "err", err)
		f, err = openFile(path, journalKind, o.NoSync)
	}
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := layOutJournal(f); err != nil {
		return nil, fmt.Errorf("open journal %s: %w", path, errors.Join(err, f.close()))
	}
	j := &Journal{file: f, commit: newCommitter(f.db)}
	go j.commit.run() // ended by Close
	return j, nil
}

// putAside gives a damaged file another name.
func putAside(path string) (string, error) {
	for n := 1; ; n++ {
		name := path + ".damaged"
		if n > 1 {
			name += "." + strconv.Itoa(n)
		}
		if _, err := os.Lstat(name); err == nil {
			continue
		}
		return name, os.Rename(path, name)
	}
}

func layOutJournal(f *file) error {
	return f.db.Update(func(tx *bbolt.Tx) error {
		if v := versionOf(tx); v > journalVersion {
			return fmt.Errorf("%w: the journal has version %d, this program knows up to %d", ErrNewer, v, journalVersion)
		}
		for _, name := range []string{receiptsBucket, refsBucket, effectsBucket, lastBucket, positionBucket} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return setVersion(tx, journalVersion)
	})
}

// Record is adapters.Journal's. Many callers at once share one commit.
func (j *Journal) Record(d adapters.Done) error {
	n, outcome := number(d.N), encodeDone(d)
	refs := append(number(d.N), encodeRefs(d.Refs)...)
	err := j.commit.do(func(tx *bbolt.Tx) error {
		if err := tx.Bucket([]byte(receiptsBucket)).Put(n, outcome); err != nil {
			return err
		}
		if err := tx.Bucket([]byte(effectsBucket)).Put(n, []byte(d.Effect)); err != nil {
			return err
		}
		if err := tx.Bucket([]byte(refsBucket)).Put([]byte(d.Effect), refs); err != nil {
			return err
		}
		last, chatKey := tx.Bucket([]byte(lastBucket)), chatKey(d.Chat)
		if before := last.Get(chatKey); before != nil && bytes.Compare(before, n) >= 0 {
			return nil
		}
		return last.Put(chatKey, n)
	})
	if err != nil {
		return fmt.Errorf("record effect %d: %w", d.N, err)
	}
	return nil
}

// Published is adapters.Journal's.
func (j *Journal) Published(ns ...uint64) error {
	if len(ns) == 0 {
		return nil
	}
	// A kill may forget this: the receipts are then published again, and the fold knows them.
	err := j.commit.doLater(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(receiptsBucket))
		for _, n := range ns {
			if err := b.Delete(number(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget receipts: %w", err)
	}
	return nil
}

// Unpublished is adapters.Journal's.
func (j *Journal) Unpublished() (all []adapters.Done, err error) {
	if err := j.commit.do(func(*bbolt.Tx) error { return nil }); err != nil {
		return nil, fmt.Errorf("read receipts: %w", err)
	}
	err = j.file.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(receiptsBucket)).ForEach(func(_, v []byte) error {
			d, err := decodeDone(v)
			all = append(all, d)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", plainError(err))
	}
	return all, nil
}

// Refs is adapters.Journal's.
func (j *Journal) Refs(id chat.EffectID) (refs []chat.Ref, ok bool, err error) {
	err = j.file.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket([]byte(refsBucket)).Get([]byte(id))
		if ok = len(v) >= 8; !ok {
			return nil
		}
		refs, err = decodeRefs(v[8:])
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read refs of effect %s: %w", id, plainError(err))
	}
	return refs, ok, nil
}

// Last is adapters.Journal's.
func (j *Journal) Last() (map[chat.Chat]uint64, error) {
	all := make(map[chat.Chat]uint64)
	err := j.file.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(lastBucket)).ForEach(func(k, v []byte) error {
			c, err := parseChatKey(k)
			if err != nil || len(v) != 8 {
				return errors.Join(errRow, err)
			}
			all[c] = binary.BigEndian.Uint64(v)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read last effects: %w", plainError(err))
	}
	return all, nil
}

// Start is adapters.Journal's.
func (j *Journal) Start() (uint64, error) {
	b, err := j.position(startKey)
	if err != nil || len(b) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}

// SetStart is adapters.Journal's.
func (j *Journal) SetStart(n uint64) error { return j.setPosition(startKey, number(n)) }

// Load is adapters.Cursor's.
func (j *Journal) Load() (string, error) {
	b, err := j.position(cursorKey)
	return string(b), err
}

// Save is adapters.Cursor's.
func (j *Journal) Save(position string) error { return j.setPosition(cursorKey, []byte(position)) }

func (j *Journal) position(key string) (b []byte, err error) {
	err = j.file.db.View(func(tx *bbolt.Tx) error {
		b = bytes.Clone(tx.Bucket([]byte(positionBucket)).Get([]byte(key)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, plainError(err))
	}
	return b, nil
}

func (j *Journal) setPosition(key string, value []byte) error {
	err := j.commit.do(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(positionBucket)).Put([]byte(key), value)
	})
	if err != nil {
		return fmt.Errorf("save %s: %w", key, err)
	}
	return nil
}

// Trim is adapters.Journal's. It forgets in small commits, between which others record.
func (j *Journal) Trim(upTo uint64) error {
	for more := true; more; {
		err := j.commit.do(func(tx *bbolt.Tx) (err error) {
			more, err = trim(tx, upTo)
			return err
		})
		if err != nil {
			return fmt.Errorf("trim journal: %w", err)
		}
	}
	return nil
}

// trim forgets up to trimGroup effects and tells whether there may be more.
func trim(tx *bbolt.Tx, upTo uint64) (bool, error) {
	effects, refs, receipts := tx.Bucket([]byte(effectsBucket)), tx.Bucket([]byte(refsBucket)), tx.Bucket([]byte(receiptsBucket))
	limit := number(upTo)
	var numbers, ids [][]byte
	c := effects.Cursor()
	for n, id := c.First(); n != nil && bytes.Compare(n, limit) <= 0 && len(numbers) < trimGroup; n, id = c.Next() {
		numbers, ids = append(numbers, bytes.Clone(n)), append(ids, bytes.Clone(id))
	}
	for i, n := range numbers {
		if err := errors.Join(effects.Delete(n), receipts.Delete(n)); err != nil {
			return false, err
		}
		// An effect that was recorded again under a later number stays.
		if v := refs.Get(ids[i]); len(v) >= 8 && bytes.Equal(v[:8], n) {
			if err := refs.Delete(ids[i]); err != nil {
				return false, err
			}
		}
	}
	return len(numbers) == trimGroup, nil
}

// Close ends what is running and closes the file. It does nothing the second time.
func (j *Journal) Close() (err error) {
	j.close.Do(func() {
		j.commit.stop()
		err = j.file.close()
	})
	if err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
