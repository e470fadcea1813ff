package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/storage/state"
)

// keepEqual writes ever new numbers, the same one into two buckets, until stop is closed.
func keepEqual(s core.Store, started chan<- struct{}, stop <-chan struct{}) error {
	for i := 0; ; i++ {
		err := s.Update(func(tx core.Tx) error {
			v := fmt.Appendf(nil, "%0*d", 10+i%3000, i)
			return errors.Join(tx.Put("left", []byte("n"), v), tx.Put("right", []byte("n"), v))
		})
		if err != nil {
			return err
		}
		if i == 0 {
			close(started)
		}
		select {
		case <-stop:
			return nil
		default:
		}
	}
}

func TestABackupIsOneMoment(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, state.Options{NoSync: true})
	defer mustClose(t, s)
	fill(t, s, 5000, make([]byte, 100))
	started, stop, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { done <- keepEqual(s, started, stop) }()
	<-started
	for i := range 3 {
		var copied bytes.Buffer
		if err := s.Backup(&copied); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprint("restored", i), "state.db")
		kept, err := state.Restore(&copied, path, nil)
		if err != nil || kept != "" {
			t.Fatalf("restore: %q, %v", kept, err)
		}
		if isMarked(t, path) {
			t.Error("a restored file carries the mark of the running one")
		}
		checkEqual(t, path)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := s.Backup(brokenWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a backup that cannot be written returned %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func checkEqual(t *testing.T, path string) {
	t.Helper()
	r := mustOpen(t, path, nil)
	defer mustClose(t, r)
	err := r.View(func(tx core.Tx) error {
		left, right := tx.Get("left", []byte("n")), tx.Get("right", []byte("n"))
		if left == nil || !bytes.Equal(left, right) {
			t.Errorf("the backup has %.20q and %.20q", left, right)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// stateWith makes a file with one value and returns its backup.
func stateWith(t *testing.T, path, value string, steps []state.Step) []byte {
	t.Helper()
	s := mustOpen(t, path, steps)
	defer mustClose(t, s)
	err := s.Update(func(tx core.Tx) error { return tx.Put("a", []byte("value"), []byte(value)) })
	var b bytes.Buffer
	if err := errors.Join(err, s.Backup(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wantValue(t *testing.T, path, want string) {
	t.Helper()
	s := mustOpen(t, path, nil)
	defer mustClose(t, s)
	err := s.View(func(tx core.Tx) error {
		if got := tx.Get("a", []byte("value")); string(got) != want {
			t.Errorf("%s has %q, want %q", filepath.Base(path), got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRestoreKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	backup := stateWith(t, filepath.Join(dir, "other.db"), "backup", nil)
	stateWith(t, path, "now", nil)
	for i, want := range []string{"now", "backup"} {
		kept, err := state.Restore(bytes.NewReader(backup), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if wantKept := path + []string{".old", ".old.2"}[i]; kept != wantKept {
			t.Errorf("kept as %s, want %s", kept, wantKept)
		}
		wantValue(t, path, "backup")
		wantValue(t, kept, want)
	}
}

func TestRestoreReplacesADamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	backup := stateWith(t, filepath.Join(dir, "other.db"), "backup", nil)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := state.Restore(bytes.NewReader(backup), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantValue(t, path, "backup")
	if b, err := os.ReadFile(kept); string(b) != "damaged" {
		t.Errorf("kept is %q (%v)", b, err)
	}
}

func TestRestoreRefusesBadBackups(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	good := stateWith(t, filepath.Join(dir, "other.db"), "backup", nil)
	newer := stateWith(t, filepath.Join(dir, "newer.db"), "newer", []state.Step{{}, put("one", nil), put("two", nil)})
	stateWith(t, path, "now", nil)
	mustClose(t, openJournal(t, dir, state.JournalOptions{}))
	journal, err := os.ReadFile(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	withBolt(t, filepath.Join(dir, "empty.db"), func(*bbolt.Tx) error { return nil })
	empty, err := os.ReadFile(filepath.Join(dir, "empty.db"))
	if err != nil {
		t.Fatal(err)
	}
	zeroed := bytes.Clone(good)
	clear(zeroed[2*4096:])
	for name, c := range map[string]struct {
		backup []byte
		want   error
	}{
		"nothing":       {nil, state.ErrBroken},
		"a text":        {bytes.Repeat([]byte("text"), 10_000), state.ErrBroken},
		"half":          {good[:len(good)/2], state.ErrBroken},
		"one page less": {good[:len(good)-4096], state.ErrBroken},
		"zeroes":        {zeroed, state.ErrBroken},
		"a newer one":   {newer, state.ErrNewer},
		"a journal":     {journal, state.ErrForeign},
		"an empty one":  {empty, state.ErrForeign},
	} {
		if _, err := state.Restore(bytes.NewReader(c.backup), path, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	s := mustOpen(t, path, nil)
	if _, err := state.Restore(bytes.NewReader(good), path, nil); !errors.Is(err, state.ErrLocked) {
		t.Errorf("a file in use was replaced: %v", err)
	}
	mustClose(t, s)
	wantValue(t, path, "now")
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Errorf("refused backups left %v", left)
	}
}
