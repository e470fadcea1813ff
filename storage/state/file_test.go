package state_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/storage/state"
)

func TestAFileIsOpenOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	s := mustOpen(t, path, nil)
	defer mustClose(t, s)
	if _, err := state.Open(path, state.Options{}, testLog(t)); !errors.Is(err, state.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := state.Restore(strings.NewReader("x"), path, nil); err == nil {
		t.Error("nonsense was restored")
	}
	j := openJournal(t, dir, state.JournalOptions{})
	defer mustClose(t, j)
	if _, err := state.OpenJournal(filepath.Join(dir, "journal.db"), state.JournalOptions{}, testLog(t)); !errors.Is(err, state.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
}

func TestAForeignFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir, state.JournalOptions{})
	mustClose(t, j)
	if _, err := state.Open(filepath.Join(dir, "journal.db"), state.Options{}, testLog(t)); !errors.Is(err, state.ErrForeign) {
		t.Errorf("a journal was opened as a state: %v", err)
	}
	other := filepath.Join(dir, "other.db")
	withBolt(t, other, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("somebody's"))
		return err
	})
	if _, err := state.Open(other, state.Options{}, testLog(t)); !errors.Is(err, state.ErrForeign) {
		t.Errorf("somebody else's file was opened: %v", err)
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := state.Open(text, state.Options{}, testLog(t)); !errors.Is(err, state.ErrBroken) {
		t.Errorf("a text was opened: %v", err)
	}
}

func withBolt(t *testing.T, path string, fn func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// cutPower makes the file look as if it was open, unflushed, when the machine went down.
func cutPower(t *testing.T, path string) {
	t.Helper()
	withBolt(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("\x00potluck")).Put([]byte("unsynced"), []byte("another boot"))
	})
}

func isMarked(t *testing.T, path string) (marked bool) {
	t.Helper()
	withBolt(t, path, func(tx *bbolt.Tx) error {
		marked = tx.Bucket([]byte("\x00potluck")).Get([]byte("unsynced")) != nil
		return nil
	})
	return marked
}

func TestAnUnflushedFileIsMarkedWhileOpen(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "state.db"), filepath.Join(dir, "copy.db")
	s := openStore(t, dir, state.Options{NoSync: true})
	copyFile(t, path, copied)
	mustClose(t, s)
	if !isMarked(t, copied) || isMarked(t, path) {
		t.Errorf("marked while open: %t, afterwards: %t", isMarked(t, copied), isMarked(t, path))
	}
	cutPower(t, path)
	mustClose(t, openStore(t, dir, state.Options{}))
	if isMarked(t, path) {
		t.Error("a file that was looked through is still marked")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamageIsFound damages a file of which a power cut may have destroyed any page. It must never be
// believed in silence where it cannot be read, and must never end the process.
func TestDamageIsFound(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	whole := filepath.Join(dir, "state.db")
	s := openStore(t, dir, state.Options{})
	fill(t, s, 3000, make([]byte, 200))
	shrink(t, s, whole)
	cutPower(t, whole)
	if mustClose(t, mustOpen(t, whole, nil)); isMarked(t, whole) {
		t.Fatal("a whole file is still marked")
	}
	cutPower(t, whole)
	found, rounds := 0, 60
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		path := filepath.Join(t.TempDir(), "state.db")
		copyFile(t, whole, path)
		damage(t, r, path)
		s, err := state.Open(path, state.Options{}, testLog(t))
		if errors.Is(err, state.ErrBroken) {
			found++
			continue
		}
		if err != nil {
			t.Fatalf("damage was reported as %v", err)
		}
		n := 0
		err = s.View(func(tx core.Tx) error {
			return tx.Scan("messages", nil, func(_, _ []byte) bool { n++; return true })
		})
		if err != nil || n == 0 {
			t.Errorf("a file that was found whole has %d keys (%v)", n, err)
		}
		mustClose(t, s)
	}
	if found < rounds*3/4 {
		t.Errorf("only %d of %d damages were found", found, rounds)
	}
	t.Logf("%d of %d damages were found", found, rounds)
}

// shrink closes s and leaves a file without the room that bbolt takes in advance.
func shrink(t *testing.T, s *state.Store, path string) {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(&b); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// damage does what a power cut may do behind the two first pages, which bbolt protects itself.
func damage(t *testing.T, r *rand.Rand, path string) {
	t.Helper()
	const page = 4096
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	at, other := page*(2+r.Int64N(size/page-2)), page*(2+r.Int64N(size/page-2))
	b := make([]byte, page)
	switch r.IntN(4) {
	case 0: // never written
		_, err = f.WriteAt(b, at)
	case 1: // another time's content
		if _, err = f.ReadAt(b, other); err == nil {
			_, err = f.WriteAt(b, at)
		}
	case 2: // anything
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		_, err = f.WriteAt(b, at)
	default: // the end is missing
		err = f.Truncate(at + r.Int64N(page))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedJournalIsPutAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	if err := os.WriteFile(path+".damaged", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, dir, state.JournalOptions{NoSync: true})
	if err := j.Save("here"); err != nil {
		t.Fatal(err)
	}
	mustClose(t, j)
	cutPower(t, path)
	if err := os.Truncate(path, 9000); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	j, err := state.OpenJournal(path, state.JournalOptions{}, textLog(&told))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told.String(), "level=ERROR") {
		t.Errorf("the operator was told: %q", told.String())
	}
	if s, err := j.Load(); s != "" || err != nil {
		t.Errorf("a new journal knows %q (%v)", s, err)
	}
	mustClose(t, j)
	if info, err := os.Stat(path + ".damaged.2"); err != nil || info.Size() != 9000 {
		t.Errorf("the damaged one was not kept: %v", err)
	}
}
