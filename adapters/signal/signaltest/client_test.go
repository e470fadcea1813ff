package signaltest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// testClient speaks lines with the daemon.
type testClient struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	next int
}

func dialTest(t *testing.T, s *Server) *testClient {
	t.Helper()
	network, address := "unix", s.Address()
	if a, ok := strings.CutPrefix(address, "tcp://"); ok {
		network, address = "tcp", a
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &testClient{t: t, conn: conn, r: bufio.NewReader(conn)}
}

func (c *testClient) write(line string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(line + "\n")); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testClient) read() string {
	c.t.Helper()
	line, err := c.readLine()
	if err != nil {
		c.t.Fatalf("read line: %v", err)
	}
	return line
}

func (c *testClient) readLine() (string, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := c.r.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	ID     string          `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// call sends a request and returns the next line as its answer.
func (c *testClient) call(method string, params map[string]any) answer {
	c.t.Helper()
	c.next++
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": fmt.Sprint(c.next), "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(string(b))
	var a answer
	if err := json.Unmarshal([]byte(c.read()), &a); err != nil {
		c.t.Fatal(err)
	}
	return a
}

// must is call for requests that succeed.
func (c *testClient) must(method string, params map[string]any) answer {
	c.t.Helper()
	a := c.call(method, params)
	if a.Error != nil || a.Result == nil {
		c.t.Fatalf("%s: %+v", method, a)
	}
	return a
}

// timestamp is that of a sending method's result.
func (a answer) timestamp(t *testing.T) int64 {
	t.Helper()
	var r struct {
		Timestamp int64 `json:"timestamp"`
	}
	if err := json.Unmarshal(a.Result, &r); err != nil || r.Timestamp == 0 {
		t.Fatalf("no timestamp in %s", a.Result)
	}
	return r.Timestamp
}

func textOf(s string) chat.Text { return chat.Plain(s) }

func (w *fixtureWorld) says(who, where, text string) error {
	_, err := w.Say(who, where, world.Say{Text: textOf(text)})
	return err
}

// lines is a connection for benchmarks.
type lines struct {
	conn net.Conn
	r    *bufio.Reader
}

func dialLines(s *Server) (*lines, error) {
	conn, err := net.Dial("unix", s.Address())
	if err != nil {
		return nil, err
	}
	return &lines{conn, bufio.NewReader(conn)}, nil
}

func (l *lines) close() error { return l.conn.Close() }

func (l *lines) exchange(line string) error {
	if _, err := l.conn.Write([]byte(line + "\n")); err != nil {
		return err
	}
	_, err := l.r.ReadString('\n')
	return err
}
