package state

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/potluck-chat/potluck/core"
)

const storeKind = "state"

// Options say how a Store is opened. The zero value is right for the engine.
type Options struct {
	// Steps are the migrations; nil = Steps().
	Steps []Step
	// NoSync does not wait for the disk: a killed process loses nothing, a power cut may destroy the
	// file, which Open then finds out. For workers that can fetch a snapshot.
	NoSync bool
}

// Store is the state of one partition in one file. It is safe for concurrent use.
type Store struct {
	file  *file
	close sync.Once
}

var _ core.Store = (*Store)(nil)

// Open opens or makes the file and brings it to the newest version, keeping a copy of what it was beside
// it. Errors wrap ErrLocked, ErrNewer, ErrForeign or ErrBroken and say what to do.
func Open(path string, o Options, log *slog.Logger) (*Store, error) {
	f, err := openFile(path, storeKind, o.NoSync)
	if errors.Is(err, ErrBroken) {
		return nil, fmt.Errorf("%w: restore a backup (potluck restore)", err)
	}
	if err != nil {
		return nil, err
	}
	steps := o.Steps
	if steps == nil {
		steps = Steps()
	}
	if err := migrate(f, steps, log); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, f.close()))
	}
	return &Store{file: f}, nil
}

// View is core.Store's.
func (s *Store) View(fn func(core.Tx) error) error {
	return plainError(s.file.db.View(func(b *bbolt.Tx) error { return fn(newTx(b)) }))
}

// errUnchanged rolls a transaction back that has nothing to commit: a commit costs two flushes of the disk.
var errUnchanged = errors.New("nothing to commit")

// Update is core.Store's. An error that is not fn's means that the disk does not take what must be kept: the
// engine cannot go on.
func (s *Store) Update(fn func(core.Tx) error) error {
	err := s.file.db.Update(func(b *bbolt.Tx) error {
		t := newTx(b)
		if err := fn(t); err != nil || t.changed {
			return err
		}
		return errUnchanged
	})
	if err == errUnchanged { //nolint:errorlint // it is made in this function and never wrapped
		return nil
	}
	return plainError(err)
}

// Size returns the length of the file in bytes. It never shrinks; freed pages are used again.
func (s *Store) Size() (n int64, err error) {
	err = s.file.db.View(func(tx *bbolt.Tx) error {
		n = tx.Size()
		return nil
	})
	return n, plainError(err)
}

// Close waits for what is running and closes the file. It does nothing the second time.
func (s *Store) Close() (err error) {
	s.close.Do(func() { err = s.file.close() })
	if err != nil {
		return fmt.Errorf("close state: %w", err)
	}
	return nil
}

func plainError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}
