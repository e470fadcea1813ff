package signal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/potluck-chat/potluck/core/chat"
)

func botRef(n int) chat.Ref { return name{bot, int64(1790000000000 + n)}.ref(chatOf(group)) }

func openTestMemory(t *testing.T, dir string) *memory {
	t.Helper()
	m, err := openMemory(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMemoryKnowsAfterARestart(t *testing.T) {
	dir := t.TempDir()
	m := openTestMemory(t, dir)
	for _, k := range []mark{
		{Kind: markRevision, Of: botRef(1), Is: botRef(11)},
		{Kind: markRevision, Of: botRef(1), Is: botRef(12)},
		{Kind: markMore, Of: botRef(1), Is: botRef(13)},
		{Kind: markMore, Of: botRef(1), Is: botRef(14)},
		{Kind: markRevision, Of: botRef(13), Is: botRef(15)},
		{Kind: markGone, Of: botRef(14)},
		{Kind: markGone, Of: botRef(2)},
	} {
		if err := m.add(k); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, "signal-memory.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("not a mark\n{\"kind\":\"gone\",\"of\":\"sig"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	m = openTestMemory(t, dir)
	if r, n := m.newest(botRef(11)); r != botRef(12) || n != 2 {
		t.Errorf("newest is %v after %d edits", r, n)
	}
	if m.first(botRef(12)) != botRef(1) || m.first(botRef(99)) != botRef(99) {
		t.Error("first names are wrong")
	}
	if !m.isGone(botRef(2)) || m.isGone(botRef(1)) {
		t.Error("what is gone is wrong")
	}
	for _, given := range [][]chat.Ref{{botRef(1)}, {botRef(1), botRef(12)}, {botRef(1), botRef(13), botRef(14)}} {
		if got := m.pieces(given); !slices.Equal(got, []chat.Ref{botRef(1), botRef(13)}) {
			t.Errorf("pieces of %v are %v", given, got)
		}
	}
	// A mark that was cut by a kill must not spoil the next one.
	if err := m.add(mark{Kind: markGone, Of: botRef(3)}); err != nil {
		t.Fatal(err)
	}
	if !openTestMemory(t, dir).isGone(botRef(3)) {
		t.Error("the mark behind a cut one is lost")
	}
}

func TestMemoryForgetsTheOldest(t *testing.T) {
	dir := t.TempDir()
	m := openTestMemory(t, dir)
	m.marks = make([]mark, maxMarks+maxMarks/4)
	for i := range m.marks {
		m.marks[i] = mark{Kind: markGone, Of: botRef(i)}
	}
	if err := m.add(mark{Kind: markGone, Of: botRef(999_999)}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*memory{m, openTestMemory(t, dir)} {
		if len(x.marks) != maxMarks || !x.isGone(botRef(999_999)) || x.isGone(botRef(0)) {
			t.Errorf("%d marks, newest gone %v", len(x.marks), x.isGone(botRef(999_999)))
		}
	}
}

func TestConfigSaysWhatToWrite(t *testing.T) {
	good := Config{Socket: "/run/signal.sock", Account: "+15550100001", Dir: "/var/lib/potluck"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for i, change := range []func(*Config){
		func(c *Config) { c.Socket = "" },
		func(c *Config) { c.Socket = "tcp://localhost" },
		func(c *Config) { c.Account = "0155 500100001" },
		func(c *Config) { c.Dir = "" },
		func(c *Config) { c.Attachments = "relative/path" },
		func(c *Config) { c.Outbox = "relative/path" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("config %d is taken", i)
		}
	}
}

func TestVersionFloor(t *testing.T) {
	for version, want := range map[string]bool{
		"0.14.4": true, "0.13.24": true, "0.14.5": false, "0.14.6": false, "0.14.10": false, "0.15.0": false, "1.0": false,
		"0.14.5-SNAPSHOT": false, "0.14.4-rc1": true, "": false, "nightly": false,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("%q too old: %v", version, got)
		}
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{
		alice: true, "AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa": false, group: false, "": false, alice + "0": false,
		"aaaaaaaaa-aaa-4aaa-8aaa-aaaaaaaaaaaa": false, "+15550100001": false,
	} {
		if isACI(id) != want {
			t.Errorf("isACI(%q) is %v", id, !want)
		}
	}
	if !isGroup(group) || isGroup("Zm9v") || isGroup(alice) || isGroup("no such chat") {
		t.Error("group ids are mistaken")
	}
	for i, ids := range []string{"", "x/1", alice, alice + "/", alice + "/0", alice + "/-5", alice + "/1x", fmt.Sprint(alice, "/", "99999999999999999999")} {
		if _, err := parseName(ids); err == nil {
			t.Errorf("name %d (%q) is taken", i, ids)
		}
	}
}
