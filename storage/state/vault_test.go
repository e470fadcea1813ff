package state

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
)

func openVault(t *testing.T, path string) (*Journal, adapters.Vault) {
	t.Helper()
	j, err := OpenJournal(path, JournalOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, j.Vault()
}

func allIn(t *testing.T, v adapters.Vault, prefix string) map[string]string {
	t.Helper()
	got := map[string]string{}
	if err := v.Scan(prefix, func(k string, value []byte) bool { got[k] = string(value); return true }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestVaultKeepsWhatWasPutOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, v := openVault(t, path)
	if got := allIn(t, v, ""); len(got) != 0 {
		t.Errorf("a new vault holds %v", got)
	}
	if err := v.Put(map[string][]byte{"a\x001": []byte("x"), "a\x002": []byte("y"), "b\x001": {}}); err != nil {
		t.Fatal(err)
	}
	if err := v.Put(map[string][]byte{"a\x001": nil, "a\x003": []byte("z"), "never there": nil}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, v = openVault(t, path)
	if diff := cmp.Diff(map[string]string{"a\x002": "y", "a\x003": "z"}, allIn(t, v, "a\x00")); diff != "" {
		t.Error(diff)
	}
	gone, err := v.Get("a\x001")
	if err != nil || gone != nil {
		t.Errorf("what was taken away is %q, %v", gone, err)
	}
	empty, err := v.Get("b\x001")
	if err != nil || empty == nil || len(empty) != 0 {
		t.Errorf("an empty value is %v, %v, want there and empty", empty, err)
	}
}

func TestVaultMakesAllChangesOrNone(t *testing.T) {
	_, v := openVault(t, filepath.Join(t.TempDir(), "journal.db"))
	if err := v.Put(map[string][]byte{"good": []byte("x"), strings.Repeat("k", 40_000): []byte("y")}); err == nil {
		t.Error("a key of 40,000 bytes is taken")
	}
	if got := allIn(t, v, ""); len(got) != 0 {
		t.Errorf("half of the changes were made: %v", got)
	}
}

func TestVaultScanStopsWhenTold(t *testing.T) {
	_, v := openVault(t, filepath.Join(t.TempDir(), "journal.db"))
	if err := v.Put(map[string][]byte{"k1": []byte("1"), "k2": []byte("2"), "k3": []byte("3")}); err != nil {
		t.Fatal(err)
	}
	var seen []string
	if err := v.Scan("k", func(k string, _ []byte) bool { seen = append(seen, k); return len(seen) < 2 }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k1", "k2"}, seen); diff != "" {
		t.Error(diff)
	}
}
