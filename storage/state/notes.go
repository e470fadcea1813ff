package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// noteDelay is how long outcomes may lie in the notes before they are committed: long enough that one
// commit serves many, short enough that a power cut takes few.
const noteDelay = 20 * time.Millisecond

// notes are the outcomes that are not in the journal's file yet. Each is written to one of two plain files
// before it counts, which a killed process finds again; the disk is not waited for. The two take turns: one
// is written while what the other holds is committed.
type notes struct {
	turn sync.Mutex // held by a flush: the next one would write into the file that this one empties

	mu      sync.Mutex // guards what follows
	files   [2]*os.File
	active  int
	waiting []adapters.Done
	refs    map[chat.EffectID][]chat.Ref // of those waiting or being committed
	broken  error                        // the files or the commits have failed: nothing is taken any more
	more    chan struct{}                // gets a value when something waits
}

// openNotes opens or makes the files beside a path and returns what an earlier process has left there.
func openNotes(path string) (*notes, []adapters.Done, error) {
	n := &notes{refs: make(map[chat.EffectID][]chat.Ref), more: make(chan struct{}, 1)}
	var left []adapters.Done
	for i := range n.files {
		f, err := os.OpenFile(fmt.Sprintf("%s.notes%d", path, i+1), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("open notes: %w", err), n.close())
		}
		n.files[i] = f
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("read notes: %w", err), n.close())
		}
		left = append(left, decodeNotes(raw)...)
	}
	return n, left, nil
}

// Each note is its length, a sum and an encoded outcome.
const noteHead = 8

func encodeNote(d adapters.Done) []byte {
	body := encodeDone(d)
	b := binary.BigEndian.AppendUint32(make([]byte, 0, noteHead+len(body)), uint32(len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return append(b, body...)
}

// decodeNotes reads notes up to the first that is not whole: that one was being written when the process
// was killed, so nobody was told that it counts.
func decodeNotes(b []byte) (out []adapters.Done) {
	for len(b) >= noteHead {
		size := binary.BigEndian.Uint32(b)
		if uint64(size) > uint64(len(b)-noteHead) {
			return out
		}
		body := b[noteHead : noteHead+size]
		d, err := decodeDone(body)
		if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(b[4:]) || err != nil {
			return out
		}
		out, b = append(out, d), b[noteHead+size:]
	}
	return out
}

// put writes outcomes down, all in one.
func (n *notes) put(ds ...adapters.Done) error {
	var b []byte
	for _, d := range ds {
		b = append(b, encodeNote(d)...)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil {
		return n.broken
	}
	if _, err := n.files[n.active].Write(b); err != nil {
		n.broken = fmt.Errorf("write note: %w", err)
		return n.broken
	}
	n.waiting = append(n.waiting, ds...)
	for _, d := range ds {
		n.refs[d.Effect] = d.Refs
	}
	select {
	case n.more <- struct{}{}:
	default:
	}
	return nil
}

// refsOf returns the refs of an outcome that is not committed yet.
func (n *notes) refsOf(id chat.EffectID) ([]chat.Ref, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	refs, ok := n.refs[id]
	return refs, ok
}

// published drops the receipts of outcomes that still wait and returns the numbers of the others. It waits for a flush that is
// under way: what that one commits after a receipt was forgotten would bring the receipt back.
func (n *notes) published(numbers []uint64) (others []uint64) {
	n.turn.Lock()
	defer n.turn.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	waits := make(map[uint64]bool, len(numbers))
	for _, number := range numbers {
		waits[number] = false
	}
	for i := range n.waiting { // one that was recorded twice is there twice
		if _, asked := waits[n.waiting[i].N]; asked {
			n.waiting[i].Receipt, waits[n.waiting[i].N] = nil, true
		}
	}
	for _, number := range numbers {
		if !waits[number] {
			others = append(others, number)
		}
	}
	return others
}

// flush commits what waits and forgets its file.
func (n *notes) flush(commit func([]adapters.Done) error) error {
	n.turn.Lock()
	defer n.turn.Unlock()
	n.mu.Lock()
	batch, file := n.waiting, n.files[n.active]
	if n.broken != nil || len(batch) == 0 {
		defer n.mu.Unlock()
		return n.broken
	}
	n.waiting, n.active = nil, 1-n.active
	n.mu.Unlock()

	err := commit(batch)
	if err == nil {
		err = empty(file)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.broken = fmt.Errorf("commit notes: %w", err)
		return n.broken
	}
	still := make(map[chat.EffectID]bool, len(n.waiting))
	for _, d := range n.waiting {
		still[d.Effect] = true
	}
	for _, d := range batch {
		if !still[d.Effect] {
			delete(n.refs, d.Effect)
		}
	}
	return nil
}

func empty(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("empty notes: %w", err)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return fmt.Errorf("empty notes: %w", err)
	}
	return nil
}

// stop refuses what comes from now on.
func (n *notes) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken == nil {
		n.broken = ErrClosed
	}
}

func (n *notes) close() error {
	var errs []error
	for _, f := range n.files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
