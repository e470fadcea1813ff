package state

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/core"
)

// Step brings the file from one version to the next. It runs in a transaction of its own: all of it
// happens, and the version with it, or nothing.
type Step struct {
	Name string // for the log
	Run  func(core.Tx) error
}

// Steps returns the migrations of Potluck's state file. The index is the version that a step leads to; the
// first entry is unused, because 0 is the empty file. A step that was released is never changed.
func Steps() []Step {
	return []Step{
		{},
		{Name: "layout", Run: layout},
	}
}

// layout is the first version: buckets are made when they are first used, so nothing but the version is
// written.
func layout(core.Tx) error { return nil }

// migrate takes the steps that the file has not taken.
func migrate(f *file, steps []Step, log *slog.Logger) error {
	newest := uint64(len(steps) - 1)
	at, err := f.version()
	switch {
	case err != nil:
		return fmt.Errorf("read version: %w", err)
	case at > newest:
		return fmt.Errorf("%w: the file has version %d, this program knows up to %d: start the newer program, or restore a backup of this one",
			ErrNewer, at, newest)
	case at == newest:
		return nil
	case at > 0:
		kept := fmt.Sprintf("%s.v%d", f.path, at)
		if err := copyTo(f.db, kept); err != nil {
			return fmt.Errorf("keep a copy before migrating: %w", err)
		}
		log.Info("state copied before migrating", "version", at, "copy", kept)
	}
	for v := at + 1; v <= newest; v++ {
		if err := takeStep(f.db, steps[v].Run, v); err != nil {
			return fmt.Errorf("migrate to version %d (%s): %w", v, steps[v].Name, err)
		}
		log.Info("state migrated", "version", v, "step", steps[v].Name)
	}
	return nil
}

func takeStep(db *bbolt.DB, run func(core.Tx) error, v uint64) error {
	return db.Update(func(b *bbolt.Tx) error {
		if err := run(newTx(b)); err != nil {
			return err
		}
		return setVersion(b, v)
	})
}

// copyTo writes a flushed copy of the database to path, in place of what was there.
func copyTo(db *bbolt.DB, path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("make copy: %w", err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(tmp)
		return err
	})
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write copy: %w", errors.Join(err, removeFile(tmp.Name())))
	}
	return syncDir(filepath.Dir(path))
}
