package signal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// The bounds of the inbox: a reader that is so far ahead of the bus waits, and the daemon with it.
const (
	maxWaiting      = 2000
	maxWaitingBytes = 32 << 20
	maxBatch        = 200
	compactAt       = 1 << 20
)

// inbox holds the raw lines that were read from the daemon and are not on the bus yet, in a file and in
// memory. The file has them all before put returns, so that a killed process finds them again; it is not
// flushed to the disk, a power loss may take the last of them.
type inbox struct {
	path string

	mu      sync.Mutex // guards what follows
	file    *os.File
	size    int64
	waiting [][]byte
	bytes   int
	open    bool          // put never waits
	changed chan struct{} // closed and made anew at every change
}

// openInbox opens the inbox of a folder, with the lines that an earlier process has left there.
func openInbox(dir string) (*inbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make inbox folder: %w", err)
	}
	b := &inbox{path: filepath.Join(dir, "signal-inbox.jsonl"), changed: make(chan struct{})}
	old, err := os.ReadFile(b.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	for line := range bytes.Lines(old) {
		// A line without an end was cut by a kill: the daemon's write of it was cut as well, or its rest
		// went down with us.
		if !bytes.HasSuffix(line, []byte("\n")) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		b.waiting = append(b.waiting, bytes.TrimSuffix(line, []byte("\n")))
		b.bytes += len(line)
	}
	if err := b.rewrite(); err != nil {
		return nil, err
	}
	return b, nil
}

// rewrite makes a new file of what waits. The lock is held, or nobody else has the inbox yet.
func (b *inbox) rewrite() error {
	next := b.path + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make inbox: %w", err)
	}
	var all bytes.Buffer
	for _, line := range b.waiting {
		all.Write(line)
		all.WriteByte('\n')
	}
	_, err = f.Write(all.Bytes())
	if err == nil {
		err = os.Rename(next, b.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write inbox: %w", err), f.Close())
	}
	if b.file != nil {
		_ = b.file.Close()
	}
	b.file, b.size = f, int64(all.Len())
	return nil
}

// put keeps a line; it waits while the inbox is full. If the file cannot be written the line is kept in
// memory alone and the error says so.
func (b *inbox) put(line []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.open && b.isFull() {
		changed := b.changed
		b.mu.Unlock()
		<-changed
		b.mu.Lock()
	}
	b.waiting = append(b.waiting, line)
	b.bytes += len(line) + 1
	b.signal()
	n, err := b.file.Write(append(line[:len(line):len(line)], '\n'))
	b.size += int64(n)
	if err != nil {
		return fmt.Errorf("write inbox: %w", err)
	}
	return nil
}

// isFull tells whether put waits. The lock is held.
func (b *inbox) isFull() bool { return len(b.waiting) >= maxWaiting || b.bytes >= maxWaitingBytes }

// full tells whether lines wait for room.
func (b *inbox) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isFull()
}

// peek returns the first lines that wait, in order, and a channel that closes when there may be more. The
// lines stay until confirmed.
func (b *inbox) peek() (batch [][]byte, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.waiting[:min(len(b.waiting), maxBatch)]), b.changed
}

// confirm forgets the first n lines.
func (b *inbox) confirm(n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.waiting[:n] {
		b.bytes -= len(line) + 1
	}
	b.waiting = append([][]byte(nil), b.waiting[n:]...)
	b.signal()
	if len(b.waiting) == 0 {
		b.size = 0
		_, err := b.file.Seek(0, 0)
		if err = errors.Join(b.file.Truncate(0), err); err != nil {
			return fmt.Errorf("empty inbox: %w", err)
		}
		return nil
	}
	if b.size > compactAt && int64(b.bytes) < b.size/4 {
		return b.rewrite()
	}
	return nil
}

// setOpen lets put never wait (true): what is on its way must be taken before the connection closes.
func (b *inbox) setOpen(open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = open
	b.signal()
}

// signal tells those who wait. The lock is held.
func (b *inbox) signal() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// close closes the file; what waits stays in it.
func (b *inbox) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.file.Close(); err != nil {
		return fmt.Errorf("close inbox: %w", err)
	}
	return nil
}
