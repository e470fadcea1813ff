package signal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// The daemon's error codes (JsonRpcResponse.java, SignalJsonRpcCommandHandler.java of 0.14.6).
const (
	codeMethod    = -32601
	codeAccount   = -32602
	codeUser      = -1
	codeIO        = -3
	codeUntrusted = -4
	codeRateLimit = -5
	codeCaptcha   = -6
)

// callError is the daemon's answer that it has not done what was asked.
type callError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// Error gives code and text. The text may name phone numbers: it is for judging, not for logs.
func (e *callError) Error() string { return fmt.Sprintf("signal-cli error %d", e.Code) }

// errUnsent is wrapped by the errors of calls that surely were not executed.
var errUnsent = errors.New("not sent")

// errUnsure is wrapped by the errors of calls that may have been executed: the answer did not come.
var errUnsure = errors.New("answer lost")

// The largest lines that are taken: an answer may hold a file of 100 MB in base64, a notification a text
// and the descriptions of its files.
const (
	maxAnswer       = 150_000_000
	maxNotification = 8_000_000
)

// client is one connection to the daemon. Its reader reads as long as the connection lives.
type client struct {
	conn    net.Conn
	notify  func(line []byte) // gets every notification, in order; while it blocks, nothing is read
	maxLine int
	done    chan struct{} // closed when the reader has ended

	writing sync.Mutex // one request at a time on the wire

	mu      sync.Mutex // guards what follows
	pending map[string]chan answer
	next    int
	err     error // why the connection ended
	skipped int   // lines that were too long
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *callError      `json:"error"`
}

// dial connects. notify may be nil.
func dial(ctx context.Context, cfg Config, maxLine int, notify func([]byte)) (*client, error) {
	network, address := cfg.address()
	d := net.Dialer{Timeout: 10 * time.Second}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect to signal-cli: %w", err)
	}
	c := &client{
		conn: conn, notify: notify, maxLine: maxLine, done: make(chan struct{}), pending: map[string]chan answer{},
	}
	go c.read()
	return c, nil
}

// close ends the connection and waits for its reader.
func (c *client) close() {
	_ = c.conn.Close()
	<-c.done
}

// read takes lines until the connection ends, then fails all calls that wait.
func (c *client) read() {
	defer close(c.done)
	r := bufio.NewReaderSize(c.conn, 64<<10)
	var err error
	for {
		var line []byte
		line, err = readLine(r, c.maxLine)
		if errors.Is(err, errTooLong) {
			c.mu.Lock()
			c.skipped++
			c.mu.Unlock()
			continue
		}
		if err != nil {
			break
		}
		c.take(line)
	}
	_ = c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = fmt.Errorf("connection to signal-cli ended: %w", err)
	for id, waiting := range c.pending {
		delete(c.pending, id)
		close(waiting)
	}
}

// take gives a line to whom it is for.
func (c *client) take(line []byte) {
	var head struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		answer
	}
	if err := json.Unmarshal(line, &head); err != nil && head.ID == nil && head.Method == "" {
		return // not a line of the protocol
	}
	if head.Method != "" {
		if c.notify != nil && head.Method == "receive" {
			c.notify(line)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := string(bytes.Trim(head.ID, `"`))
	if waiting := c.pending[id]; waiting != nil {
		delete(c.pending, id)
		waiting <- head.answer
	}
}

// call runs a method and reads its result into out (nil = not wanted). Errors are a *callError, or wrap
// errUnsent or errUnsure.
func (c *client) call(ctx context.Context, method string, params, out any) error {
	id, waiting, err := c.register()
	if err != nil {
		return fmt.Errorf("call %s: %w: %w", method, errUnsent, err)
	}
	line, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      string `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{"2.0", id, method, params})
	if err != nil {
		c.forget(id)
		return fmt.Errorf("call %s: encode: %w", method, err)
	}
	if err := c.write(append(line, '\n')); err != nil {
		c.forget(id)
		return fmt.Errorf("call %s: %w: %w", method, errUnsent, err)
	}
	select {
	case a, ok := <-waiting:
		return c.result(method, a, ok, out)
	case <-ctx.Done():
		c.forget(id)
		return fmt.Errorf("call %s: %w: %w", method, errUnsure, ctx.Err())
	}
}

func (c *client) result(method string, a answer, ok bool, out any) error {
	switch {
	case !ok:
		c.mu.Lock()
		defer c.mu.Unlock()
		return fmt.Errorf("call %s: %w: %w", method, errUnsure, c.err)
	case a.Error != nil:
		return fmt.Errorf("call %s: %w", method, a.Error)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(a.Result, out); err != nil {
		return fmt.Errorf("call %s: decode result: %w", method, err)
	}
	return nil
}

func (c *client) register() (string, chan answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return "", nil, c.err
	}
	c.next++
	id := strconv.Itoa(c.next)
	waiting := make(chan answer, 1)
	c.pending[id] = waiting
	return id, waiting, nil
}

func (c *client) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, id)
}

// write puts a whole line on the wire. The daemon executes whole lines only, so what fails half-way was
// not executed; the connection is of no use after that.
func (c *client) write(line []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	if _, err := c.conn.Write(line); err != nil {
		_ = c.conn.Close()
		return fmt.Errorf("write request: %w", err)
	}
	return nil
}

// errTooLong is what readLine says of a line over its limit, which it has skipped.
var errTooLong = errors.New("line too long")

// readLine reads a line without its end. A line without an end, as a broken connection leaves it, is not
// one.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	skip := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			skip, line = true, nil
		}
		if !skip {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, fmt.Errorf("read line: %w", err)
		case skip:
			return nil, errTooLong
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}
