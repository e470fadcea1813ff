package bus

import (
	"errors"
	"fmt"
	"syscall"
)

// dirLock keeps a second process out of the directory: two servers on the same files would destroy them.
// The kernel lets go of it when the process ends, however it ends.
type dirLock struct{ handle syscall.Handle }

const errSharingViolation = syscall.Errno(32)

func lockDir(path string) (*dirLock, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	const shareNothing = 0
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shareNothing, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	return &dirLock{handle: h}, nil
}

func (l *dirLock) unlock() error { return syscall.CloseHandle(l.handle) }
