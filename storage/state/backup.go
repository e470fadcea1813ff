package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"go.etcd.io/bbolt"
)

// Backup writes a copy of the state as it is at one moment, while everything runs. The disk space that is
// freed meanwhile is used again only afterwards, so w should not be slow for hours.
func (s *Store) Backup(w io.Writer) error {
	to := &backupWriter{w: w}
	err := s.file.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(to)
		return errors.Join(to.err, err)
	})
	if err != nil {
		return fmt.Errorf("write backup: %w", plainError(err))
	}
	return nil
}

// backupWriter remembers what went wrong, because bbolt tells only the words of it.
type backupWriter struct {
	w   io.Writer
	err error
}

// Write is io.Writer's.
func (b *backupWriter) Write(p []byte) (int, error) {
	n, err := b.w.Write(p)
	b.err = errors.Join(b.err, err)
	return n, err
}

// Restore makes what Backup wrote the state file at path, and returns where it has kept the file that was
// there (empty if there was none). The copy is read through first: if it is damaged (ErrBroken), newer
// than steps (ErrNewer; nil = Steps()) or no state of ours (ErrForeign), or if the file is in use (ErrLocked), nothing is
// changed.
func Restore(r io.Reader, path string, steps []Step) (kept string, err error) {
	if steps == nil {
		steps = Steps()
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("restore: make directory: %w", err)
	}
	tmp, err := receive(r, dir, filepath.Base(path)+".restore.*")
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	if err := inspect(tmp, uint64(len(steps)-1)); err != nil {
		return "", fmt.Errorf("restore: look at backup: %w", errors.Join(err, removeFile(tmp)))
	}
	kept, err = replace(tmp, path)
	if err != nil {
		return "", fmt.Errorf("restore: %w", errors.Join(err, removeFile(tmp)))
	}
	return kept, nil
}

// receive writes r to a new file and flushes it.
func receive(r io.Reader, dir, pattern string) (string, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", fmt.Errorf("make file: %w", err)
	}
	_, err = io.Copy(f, r)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("read backup: %w", errors.Join(err, removeFile(f.Name())))
	}
	return f.Name(), nil
}

// inspect reads the whole copy and takes away the mark of whoever had the original open.
func inspect(path string, newest uint64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: it is empty", ErrBroken) // bbolt would make a new file of it
	}
	db, err := openBolt(path, lockWait)
	if err != nil {
		return err
	}
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if err := checkKind(tx, storeKind); err != nil {
				return err
			}
			switch v := versionOf(tx); {
			case v == 0:
				return fmt.Errorf("it has no version: %w", ErrForeign)
			case v > newest:
				return fmt.Errorf("%w: it has version %d, this program knows up to %d", ErrNewer, v, newest)
			}
			return checkPages(tx, path)
		})
	})
	if err == nil {
		err = db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(metaBucket)).Delete([]byte(unsyncedKey))
		})
	}
	return errors.Join(err, guard(db.Close))
}

// replace puts tmp in the place of path in one step, and keeps what was there beside it. It holds path's
// lock meanwhile, unless that file is too damaged to be opened.
func replace(tmp, path string) (kept string, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", moveInto(tmp, path)
	}
	old, err := openBolt(path, lockWait)
	if errors.Is(err, ErrLocked) {
		return "", err
	}
	if old != nil {
		defer func() { err = errors.Join(err, guard(old.Close)) }()
	}
	if kept, err = keep(path); err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" && old != nil {
		// There an open file cannot be replaced.
		if err := guard(old.Close); err != nil {
			return "", fmt.Errorf("close old file: %w", err)
		}
	}
	return kept, moveInto(tmp, path)
}

// keep gives the file a second name, path.old or path.old.2 and so on: with a link there is a file at path
// at every moment.
func keep(path string) (string, error) {
	for n := 1; ; n++ {
		name := path + ".old"
		if n > 1 {
			name += "." + strconv.Itoa(n)
		}
		err := os.Link(path, name)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return name, copyFile(path, name) // a file system without links
		}
		return name, nil
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("keep old file: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep old file: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("keep old file: %w", err)
	}
	return nil
}

func moveInto(tmp, path string) error {
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("move into place: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes names in dir survive a power cut, where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("flush directory: %w", err)
	}
	return nil
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}
