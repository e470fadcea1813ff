package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// mapSize is mapped from the start, so that a growing file rarely waits for readers to let go of the map.
const mapSize = 64 << 20

// lockWait is how long a file held by another process is waited for: long enough for one that is
// just ending.
const lockWait = time.Second

// The package's own bucket, which no Bucket can be named like, and its keys.
const (
	metaBucket  = "\x00potluck"
	kindKey     = "kind"
	versionKey  = "version"
	unsyncedKey = "unsynced" // the boot id of whoever has the file open without flushing
)

// file is one bbolt file with our mark in it.
type file struct {
	db     *bbolt.DB
	path   string
	noSync bool
}

// openFile opens or makes the file of a kind, and looks it through if a power cut may have damaged it.
func openFile(path, kind string, noSync bool) (*file, error) {
	return openFileIn(path, kind, noSync, bootID())
}

func openFileIn(path, kind string, noSync bool, boot string) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	db, err := openBolt(path, lockWait)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	f := &file{db: db, path: path, noSync: noSync}
	if err := f.admit(kind, boot); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, guard(db.Close)))
	}
	return f, nil
}

func openBolt(path string, wait time.Duration) (db *bbolt.DB, err error) {
	o := &bbolt.Options{
		Timeout: wait, FreelistType: bbolt.FreelistMapType, NoStatistics: true, InitialMmapSize: mapSize,
	}
	if runtime.GOOS == "windows" {
		o.InitialMmapSize = 0 // there it would make the file that large
	}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, o)
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w on this file: stop it first", ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	case err != nil:
		return nil, err
	}
	return db, nil
}

// admit checks that the file is ours and whole, and marks it.
func (f *file) admit(kind, boot string) error {
	var mark []byte
	err := guard(func() error {
		return f.db.View(func(tx *bbolt.Tx) error {
			if err := checkKind(tx, kind); err != nil {
				return err
			}
			if m := tx.Bucket([]byte(metaBucket)); m != nil {
				mark = bytes.Clone(m.Get([]byte(unsyncedKey)))
			}
			if mark == nil || (boot != "" && string(mark) == boot) {
				return nil
			}
			return checkPages(tx, f.path)
		})
	})
	if err != nil {
		return err
	}
	return f.mark(kind, boot, mark != nil)
}

// mark writes the kind, and who has the file open without flushing, if anybody.
func (f *file) mark(kind, boot string, wasUnsynced bool) error {
	if wasUnsynced {
		// What the last run left to the kernel goes to the disk before the mark says that it is there.
		if err := f.db.Sync(); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
	}
	err := f.db.Update(func(tx *bbolt.Tx) error {
		m, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
		if err != nil {
			return err
		}
		if f.noSync {
			if err := m.Put([]byte(unsyncedKey), []byte(boot)); err != nil {
				return err
			}
		} else if err := m.Delete([]byte(unsyncedKey)); err != nil {
			return err
		}
		return m.Put([]byte(kindKey), []byte(kind))
	})
	if err != nil {
		return fmt.Errorf("mark file: %w", err)
	}
	f.db.NoSync = f.noSync
	return nil
}

// checkKind looks whether the file is empty or one of ours of the kind.
func checkKind(tx *bbolt.Tx, kind string) error {
	m := tx.Bucket([]byte(metaBucket))
	if m == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return ErrForeign
		}
		return nil
	}
	if got := m.Get([]byte(kindKey)); string(got) != kind {
		return fmt.Errorf("a %s, not a %s: %w", got, kind, ErrForeign)
	}
	return nil
}

// checkPages reads every page of the file. It reads them itself first, because bbolt's own check runs in
// a goroutine where a fault cannot be caught.
func checkPages(tx *bbolt.Tx, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at file: %w", err)
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: %d bytes of %d", ErrBroken, info.Size(), tx.Size())
	}
	limit := tx.Size() / leafElementSize
	err = tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(_, _ []byte) error {
			if limit--; limit < 0 {
				return fmt.Errorf("%w: more keys than fit", ErrBroken)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for problem := range tx.Check() {
		if err == nil {
			err = fmt.Errorf("%w: %w", ErrBroken, problem)
		}
	}
	return err
}

// leafElementSize is what bbolt needs for a key at least.
const leafElementSize = 16

func (f *file) version() (v uint64, err error) {
	err = f.db.View(func(tx *bbolt.Tx) error {
		v = versionOf(tx)
		return nil
	})
	return v, err
}

func versionOf(tx *bbolt.Tx) uint64 {
	m := tx.Bucket([]byte(metaBucket))
	if m == nil {
		return 0
	}
	b := m.Get([]byte(versionKey))
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func setVersion(tx *bbolt.Tx, v uint64) error {
	m, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
	if err != nil {
		return err
	}
	return m.Put([]byte(versionKey), number(v))
}

// number writes n so that byte order is number order.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// close flushes and takes the mark of an unflushed file away.
func (f *file) close() error {
	var err error
	if f.noSync {
		err = f.settle()
	}
	return errors.Join(err, f.db.Close())
}

func (f *file) settle() error {
	if err := f.db.Sync(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	f.db.NoSync = false
	return f.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(metaBucket)).Delete([]byte(unsyncedKey))
	})
}
