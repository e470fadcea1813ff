package state_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/potluck-chat/potluck/storage/state"
	"github.com/potluck-chat/potluck/storage/storagetest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	storagetest.RunStore(t, func(t testing.TB, dir string) storagetest.Store { return openStore(t, dir, state.Options{}) })
}

func TestUnflushedStoreKeepsTheContract(t *testing.T) {
	storagetest.RunStore(t, func(t testing.TB, dir string) storagetest.Store {
		return openStore(t, dir, state.Options{NoSync: true})
	})
}

func TestJournalKeepsTheContract(t *testing.T) {
	storagetest.RunJournal(t, func(t testing.TB, dir string) storagetest.Journal {
		return openJournal(t, dir, state.JournalOptions{})
	})
}

func TestUnflushedJournalKeepsTheContract(t *testing.T) {
	storagetest.RunJournal(t, func(t testing.TB, dir string) storagetest.Journal {
		return openJournal(t, dir, state.JournalOptions{NoSync: true})
	})
}

func openStore(t testing.TB, dir string, o state.Options) *state.Store {
	t.Helper()
	s, err := state.Open(filepath.Join(dir, "state.db"), o, testLog(t))
	if err != nil {
		t.Fatalf("open state: %v", err)
	}
	return s
}

func openJournal(t testing.TB, dir string, o state.JournalOptions) *state.Journal {
	t.Helper()
	j, err := state.OpenJournal(filepath.Join(dir, "journal.db"), o, testLog(t))
	if err != nil {
		t.Fatalf("open journal: %v", err)
	}
	return j
}

func testLog(t testing.TB) *slog.Logger { return textLog(t.Output()) }

func textLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
