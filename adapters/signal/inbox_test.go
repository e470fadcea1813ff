package signal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func peeked(b *inbox) []string {
	lines, _ := b.peek()
	var out []string
	for _, l := range lines {
		out = append(out, string(l))
	}
	return out
}

func openTestInbox(t *testing.T, dir string) *inbox {
	t.Helper()
	b, err := openInbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.close() })
	return b
}

func TestInboxIsFoundAgainAfterAKill(t *testing.T) {
	dir := t.TempDir()
	b := openTestInbox(t, dir)
	for _, l := range []string{"one", "two", "three"} {
		if err := b.put([]byte(l)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.confirm(1); err != nil {
		t.Fatal(err)
	}
	// Killed here: nothing is closed. What is confirmed may come again, the rest must.
	again := peeked(openTestInbox(t, dir))
	if !slices.Equal(again, []string{"one", "two", "three"}) {
		t.Errorf("after a kill: %q", again)
	}
	// A line that was cut by the kill is none.
	path := filepath.Join(dir, "signal-inbox.jsonl")
	if err := os.WriteFile(path, []byte("whole\n\nhal"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := peeked(openTestInbox(t, dir)); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("with a cut line: %q", got)
	}
}

func TestInboxStaysSmall(t *testing.T) {
	dir := t.TempDir()
	b := openTestInbox(t, dir)
	line := bytes.Repeat([]byte("x"), 10_000)
	// Never empty, so the file is only made smaller by writing it anew.
	for i := range 1500 {
		if err := b.put(append([]byte(fmt.Sprint(i)), line...)); err != nil {
			t.Fatal(err)
		}
		if i > 5 {
			if err := b.confirm(1); err != nil {
				t.Fatal(err)
			}
		}
	}
	info, err := os.Stat(filepath.Join(dir, "signal-inbox.jsonl"))
	if err != nil || info.Size() > compactAt+20_000 {
		t.Errorf("file of %d bytes, %v", info.Size(), err)
	}
	if got := peeked(b); len(got) != 6 || got[0][:4] != "1494" || got[5][:4] != "1499" {
		t.Errorf("%d lines are left", len(got))
	}
	if err := b.confirm(6); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "signal-inbox.jsonl")); err != nil || info.Size() != 0 {
		t.Errorf("empty inbox has %d bytes, %v", info.Size(), err)
	}
}

func TestFullInboxMakesItsReaderWait(t *testing.T) {
	b := openTestInbox(t, t.TempDir())
	for range maxWaiting {
		if err := b.put([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	put := make(chan error, 2)
	go func() { put <- b.put([]byte("one more")) }()
	select {
	case <-put:
		t.Error("a full inbox takes more")
	case <-time.After(20 * time.Millisecond):
	}
	if err := b.confirm(1); err != nil {
		t.Fatal(err)
	}
	if err := <-put; err != nil {
		t.Error(err)
	}
	go func() { put <- b.put([]byte("the last before the end")) }()
	b.setOpen(true)
	if err := <-put; err != nil {
		t.Error(err)
	}
}
