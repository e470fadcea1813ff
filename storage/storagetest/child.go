package storagetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	childEnv = "STORAGETEST_CHILD"
	dirEnv   = "STORAGETEST_DIR"
)

// Child is the life of a process that is killed. It says what has been promised to it, one line each,
// only after the promise.
type Child func(ctx context.Context, dir string, say func(format string, args ...any)) error

// Main is a TestMain: it runs the tests, or the child that Kill has started this binary for.
func Main(m *testing.M, children map[string]Child) {
	child, ok := children[os.Getenv(childEnv)]
	if !ok {
		os.Exit(m.Run())
	}
	err := child(context.Background(), os.Getenv(dirEnv), func(format string, args ...any) {
		// One write per line: a line is there as a whole or not at all.
		_, _ = os.Stdout.WriteString(fmt.Sprintf(format, args...) + "\n")
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// Kill starts a child on dir, kills it (SIGKILL where there is such a thing) some time after it has
// said its first line, and returns what it had said.
func Kill(t *testing.T, name, dir string, after time.Duration) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+name, dirEnv+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("pipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start child %s: %v", name, err)
	}
	lines := listen(stdout, func() { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) })
	err = cmd.Wait()
	if cmd.ProcessState.Exited() {
		t.Fatalf("child %s ended by itself after %d lines: %v\n%s", name, len(lines), err, stderr.String())
	}
	if len(lines) == 0 {
		t.Fatalf("child %s said nothing:\n%s", name, stderr.String())
	}
	return lines
}

// listen returns the whole lines that came until the end, and calls first after the first.
func listen(r io.Reader, first func()) (lines []string) {
	b := bufio.NewReader(r)
	for {
		line, err := b.ReadString('\n')
		if err != nil {
			return lines
		}
		if lines = append(lines, strings.TrimSuffix(line, "\n")); len(lines) == 1 {
			first()
		}
	}
}
