package signaltest

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLine gives the daemon lines of all kinds: it answers each with valid JSON or not at all.
func FuzzLine(f *testing.F) {
	files, err := filepath.Glob("testdata/F*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if request, ok := strings.CutPrefix(strings.TrimSpace(line), "→ "); ok {
				f.Add([]byte(request))
			}
		}
	}
	s := New(Options{})
	f.Cleanup(s.Close)
	s.AddPerson(Person{ACI: alice, Number: "+15550100002", Name: "Alice"})
	s.AddPerson(Person{ACI: bob, Name: "Bob"})
	s.newGroup(testGroup, "Potluck").members = []groupMember{{aci: bot, admin: true}, {aci: alice}}
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	f.Cleanup(func() {
		_ = ours.Close()
		_ = theirs.Close()
	})
	c := &conn{server: s, run: s.run, net: ours}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.Contains(line, []byte(`receive"`)) || bytes.Contains(line, []byte(`\u`)) {
			return // it may wait for ever, as it should
		}
		answer, drop := s.handleLine(c, line)
		if drop || (answer != nil && !json.Valid(answer)) {
			t.Errorf("answer %q, dropped %v", answer, drop)
		}
	})
}
