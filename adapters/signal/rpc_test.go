package signal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted is a daemon that answers every line as a test says, on a socket of its own.
func scripted(t *testing.T, answer func(conn net.Conn, id, line string)) Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		tasks.Wait()
	})
	tasks.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			var head struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(lines.Bytes(), &head) == nil {
				answer(conn, head.ID, lines.Text())
			}
		}
	})
	return Config{Socket: path}
}

func dialScripted(t *testing.T, answer func(conn net.Conn, id, line string), limit int, notify func([]byte)) *client {
	t.Helper()
	c, err := dial(t.Context(), scripted(t, answer), limit, notify)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func say(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	if _, err := conn.Write([]byte(line + "\n")); err != nil {
		t.Logf("write: %v", err)
	}
}

func TestAnswersFindTheirCallsInAnyOrder(t *testing.T) {
	var mu sync.Mutex // guards waiting
	var waiting []string
	const n = 50
	c := dialScripted(t, func(conn net.Conn, id, _ string) {
		mu.Lock()
		defer mu.Unlock()
		if waiting = append(waiting, id); len(waiting) < n {
			return
		}
		for i := len(waiting) - 1; i >= 0; i-- { // the last first, as a number instead of a string
			say(t, conn, fmt.Sprintf(`{"jsonrpc":"2.0","result":{"of":%q},"id":%s}`, waiting[i], waiting[i]))
		}
	}, maxAnswer, nil)
	var wg sync.WaitGroup
	seen := make(chan string, n)
	for range n {
		wg.Go(func() {
			var r struct {
				Of string `json:"of"`
			}
			if err := c.call(t.Context(), "x", nil, &r); err != nil {
				t.Error(err)
			}
			seen <- r.Of
		})
	}
	wg.Wait()
	close(seen)
	different := map[string]bool{}
	for of := range seen {
		different[of] = true
	}
	if len(different) != n {
		t.Errorf("%d different answers for %d calls", len(different), n)
	}
}

func TestCallsThatWaitFailWhenTheConnectionEnds(t *testing.T) {
	c := dialScripted(t, func(conn net.Conn, _, _ string) { _ = conn.Close() }, maxAnswer, nil)
	if err := c.call(t.Context(), "x", nil, nil); !errors.Is(err, errUnsure) {
		t.Errorf("the call under way: %v, want unsure", err)
	}
	<-c.done
	if err := c.call(t.Context(), "x", nil, nil); !errors.Is(err, errUnsent) {
		t.Errorf("a call after the end: %v, want unsent", err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	c := dialScripted(t, func(net.Conn, string, string) {}, maxAnswer, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := c.call(ctx, "x", nil, nil); !errors.Is(err, errUnsure) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call: %v", err)
	}
	if len(c.pending) != 0 {
		t.Error("the call is still waited for")
	}
}

func TestNonsenseOnTheLineDoesNoHarm(t *testing.T) {
	got := make(chan string, 10)
	c := dialScripted(t, func(conn net.Conn, id, _ string) {
		for _, line := range []string{
			"", "nonsense", `[1,2]`, `{"id":null}`, `{"jsonrpc":"2.0","result":{},"id":"9999"}`, `{"method":"other","params":{}}`,
			`{"method":"receive","params":"` + strings.Repeat("x", 5000) + `"}`, // too long
			`{"method":"receive","params":{}}`,
			`{"jsonrpc":"2.0","error":{"code":-1,"message":"no","data":null},"id":"` + id + `"}`,
		} {
			say(t, conn, line)
		}
	}, 1000, func(line []byte) { got <- string(line) })
	var called *callError
	if err := c.call(t.Context(), "x", map[string]any{"a": 1}, nil); !errors.As(err, &called) || called.Code != codeUser {
		t.Errorf("call: %v", err)
	}
	if len(got) != 1 || c.skipped != 1 {
		t.Errorf("%d notifications, %d skipped, want one each", len(got), c.skipped)
	}
}

func TestErrorsCarryNoNumbers(t *testing.T) {
	err := fmt.Errorf("call send: %w", &callError{Code: -1, Message: "The user +15550100002 is not registered."})
	if strings.Contains(err.Error(), "+1555") {
		t.Errorf("a phone number is in %q", err)
	}
}
