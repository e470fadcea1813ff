//go:build unix

package bus

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// dirLock keeps a second process out of the directory: two servers on the same files would destroy them.
// The kernel lets go of it when the process ends, however it ends.
type dirLock struct{ file *os.File }

func lockDir(path string) (*dirLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &dirLock{file: f}, nil
}

func (l *dirLock) unlock() error { return l.file.Close() }
