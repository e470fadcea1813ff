package state

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var (
	// ErrLocked is wrapped when another process has the file open.
	ErrLocked = errors.New("another potluck is running")
	// ErrNewer is wrapped for a file that a newer potluck has written.
	ErrNewer = errors.New("written by a newer potluck")
	// ErrForeign is wrapped for a file that is not one of ours, or another one than was asked for.
	ErrForeign = errors.New("not a potluck file of this kind")
	// ErrBroken is wrapped for a file that is damaged.
	ErrBroken = errors.New("damaged file")
	// ErrReadOnly is wrapped by a change within a View.
	ErrReadOnly = errors.New("view cannot change the state")
	// ErrBucket is wrapped for a bucket without a name, or with a name that is the package's own.
	ErrBucket = errors.New("not a bucket name")
	// ErrClosed is wrapped by everything that is asked of a closed Journal or Store.
	ErrClosed = errors.New("closed")
)

// guard runs fn and turns its panics, and reading where the file has no bytes, into ErrBroken: bbolt
// trusts its pages, and a damaged file makes it panic or fault.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	return fn()
}
