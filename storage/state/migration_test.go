package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/storage/state"
)

// put returns a step that writes one value and then ends as told.
func put(key string, err error) state.Step {
	return state.Step{Name: key, Run: func(tx core.Tx) error {
		return errors.Join(tx.Put("steps", []byte(key), []byte("taken")), err)
	}}
}

func taken(t *testing.T, s core.Store) string {
	t.Helper()
	var keys []string
	err := s.View(func(tx core.Tx) error {
		return tx.Scan("steps", nil, func(k, _ []byte) bool { keys = append(keys, string(k)); return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(keys, " ")
}

func mustOpen(t *testing.T, path string, steps []state.Step) *state.Store {
	t.Helper()
	s, err := state.Open(path, state.Options{Steps: steps}, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t *testing.T, s interface{ Close() error }) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMigrationTakesEachStepOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	steps := []state.Step{{}, put("one", nil)}
	mustClose(t, mustOpen(t, path, steps))
	if copies, _ := filepath.Glob(path + ".*"); len(copies) != 0 {
		t.Errorf("a new file was copied: %v", copies)
	}

	steps = append(steps, put("two", nil), put("three", nil))
	s := mustOpen(t, path, steps)
	if got := taken(t, s); got != "one three two" {
		t.Errorf("steps taken: %s", got)
	}
	mustClose(t, s)

	// The copy is the file as it was, and can be opened by the program of then.
	old := mustOpen(t, path+".v1", steps[:2])
	if got := taken(t, old); got != "one" {
		t.Errorf("the copy has taken: %s", got)
	}
	mustClose(t, old)

	again := append([]state.Step{{}}, put("never", errors.New("taken twice")), put("never", nil), put("never", nil))
	mustClose(t, mustOpen(t, path, again))
}

func TestMigrationStopsWhereAStepFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustClose(t, mustOpen(t, path, []state.Step{{}, put("one", nil)}))
	broken := errors.New("broken")
	_, err := state.Open(path, state.Options{Steps: []state.Step{{}, put("one", nil), put("two", nil), put("three", broken)}}, testLog(t))
	if !errors.Is(err, broken) {
		t.Fatalf("open returned %v", err)
	}
	s := mustOpen(t, path, []state.Step{{}, put("one", nil), put("two", errors.New("taken twice"))})
	if got := taken(t, s); got != "one two" {
		t.Errorf("steps taken: %s", got)
	}
	mustClose(t, s)
}

func TestANewerFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	mustClose(t, mustOpen(t, path, []state.Step{{}, put("one", nil), put("two", nil)}))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the refusal does not keep the lock
		if _, err := state.Open(path, state.Options{}, testLog(t)); !errors.Is(err, state.ErrNewer) {
			t.Fatalf("open returned %v, want a refusal", err)
		}
	}
	s := mustOpen(t, path, []state.Step{{}, put("one", nil), put("two", nil)})
	defer mustClose(t, s)
	if got := taken(t, s); got != "one two" {
		t.Errorf("after a refusal: %s (%d bytes before)", got, len(before))
	}
}

func TestTheReleasedStepsLeadToTheirVersion(t *testing.T) {
	if n := len(state.Steps()); n != 2 {
		t.Errorf("%d entries: a new step needs a test of its own here", n)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	mustClose(t, mustOpen(t, path, nil))
	if _, err := state.Open(path, state.Options{Steps: []state.Step{{}}}, testLog(t)); !errors.Is(err, state.ErrNewer) {
		t.Errorf("a program without steps opened the file: %v", err)
	}
}
