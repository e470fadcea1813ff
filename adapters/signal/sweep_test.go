package signal

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestSweepDeletesOldFilesOnly(t *testing.T) {
	a := reader(t)
	a.cfg.Attachments, a.cfg.KeepFiles = t.TempDir(), time.Hour
	for name, age := range map[string]time.Duration{"old.jpg": 2 * time.Hour, "new.jpg": time.Minute} {
		path := filepath.Join(a.cfg.Attachments, name)
		then := time.Now().Add(-age)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(a.cfg.Attachments, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	a.sweepOnce()
	entries, err := os.ReadDir(a.cfg.Attachments)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if !slices.Equal(left, []string{"folder", "new.jpg"}) {
		t.Errorf("left are %q", left)
	}
}
