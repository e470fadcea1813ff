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
	"time"

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
	mergedBucket   = "merged"   // effect id → '>' and the merged message's id, or the merged message as JSON
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
	notes  *notes
	quit   chan struct{} // closed to end keep
	ended  chan struct{} // closed when keep has ended
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
	kept, left, err := openNotes(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", errors.Join(err, f.close()))
	}
	j := &Journal{file: f, commit: newCommitter(f.db), notes: kept, quit: make(chan struct{}), ended: make(chan struct{})}
	go j.commit.run() // ended by Close
	go j.keep()       // ended by Close
	if err := j.takeOver(left); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// takeOver commits what an earlier process has noted but not committed.
func (j *Journal) takeOver(left []adapters.Done) error {
	if len(left) > 0 {
		if err := j.commitAll(left); err != nil {
			return fmt.Errorf("open journal: %w", err)
		}
	}
	for _, f := range j.notes.files {
		if err := empty(f); err != nil {
			return fmt.Errorf("open journal: %w", err)
		}
	}
	return nil
}

// keep commits the notes soon after they are made, until Close.
func (j *Journal) keep() {
	defer close(j.ended)
	for {
		select {
		case <-j.notes.more:
		case <-j.quit:
			return
		}
		select {
		case <-time.After(noteDelay):
		case <-j.quit:
			return
		}
		// A failure stays with the notes: the next Record tells it.
		_ = j.settle()
	}
}

// settle commits everything that is noted.
func (j *Journal) settle() error { return j.notes.flush(j.commitAll) }

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
		for _, name := range []string{receiptsBucket, refsBucket, effectsBucket, lastBucket, positionBucket, mergedBucket} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return setVersion(tx, journalVersion)
	})
}

// Record is adapters.Journal's. It writes the outcomes to a plain file, which survives a kill, and does not wait
// for the disk: a power cut may take the outcomes of the last moments, whose effects are then carried out
// again.
func (j *Journal) Record(ds ...adapters.Done) error {
	for _, d := range ds {
		// What cannot be a key is refused alone, before it lies among the others.
		if n := len(chatKey(d.Chat)); len(d.Effect) == 0 || len(d.Effect) > bbolt.MaxKeySize || n == 0 || n > bbolt.MaxKeySize {
			return fmt.Errorf("record effect %d: %w", d.N, errRow)
		}
	}
	if err := j.notes.put(ds...); err != nil {
		return fmt.Errorf("record %d effects: %w", len(ds), err)
	}
	return nil
}

// commitAll brings outcomes into the journal's file.
func (j *Journal) commitAll(ds []adapters.Done) error {
	return j.commit.do(func(tx *bbolt.Tx) error {
		for _, d := range ds {
			if err := putOutcome(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func putOutcome(tx *bbolt.Tx, d adapters.Done) error {
	n := number(d.N)
	receipts := tx.Bucket([]byte(receiptsBucket))
	if len(d.Receipt) > 0 {
		if err := receipts.Put(n, encodeDone(d)); err != nil {
			return err
		}
	} else if err := receipts.Delete(n); err != nil { // it was published before it was committed
		return err
	}
	if err := tx.Bucket([]byte(effectsBucket)).Put(n, []byte(d.Effect)); err != nil {
		return err
	}
	if err := tx.Bucket([]byte(refsBucket)).Put([]byte(d.Effect), append(number(d.N), encodeRefs(d.Refs)...)); err != nil {
		return err
	}
	last, chatKey := tx.Bucket([]byte(lastBucket)), chatKey(d.Chat)
	if before := last.Get(chatKey); before != nil && bytes.Compare(before, n) >= 0 {
		return nil
	}
	return last.Put(chatKey, n)
}

// Published is adapters.Journal's.
func (j *Journal) Published(ns ...uint64) error {
	ns = j.notes.published(ns)
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
	err = errors.Join(j.settle(), j.commit.do(func(*bbolt.Tx) error { return nil })) // with what was to come later
	if err != nil {
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
	if refs, ok := j.notes.refsOf(id); ok {
		return refs, true, nil
	}
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
	if err := j.settle(); err != nil {
		return nil, fmt.Errorf("read last effects: %w", err)
	}
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
	if err := j.settle(); err != nil {
		return fmt.Errorf("trim journal: %w", err)
	}
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
			if err := errors.Join(refs.Delete(ids[i]), tx.Bucket([]byte(mergedBucket)).Delete(ids[i])); err != nil {
				return false, err
			}
		}
	}
	return len(numbers) == trimGroup, nil
}

// Close ends what is running and closes the file. It does nothing the second time.
func (j *Journal) Close() (err error) {
	j.close.Do(func() {
		close(j.quit)
		<-j.ended
		err = j.settle()
		j.notes.stop()
		j.commit.stop()
		err = errors.Join(err, j.notes.close(), j.file.close())
	})
	if err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
