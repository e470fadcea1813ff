package signaltest

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// maxString is the longest string in a request, in characters, that the daemon's JSON reader takes; a
// longer one ends the connection.
const maxString = 20_000_000

// conn is one client's connection.
type conn struct {
	server *Server
	run    *daemonRun
	net    net.Conn
	calls  sync.WaitGroup

	writing sync.Mutex // one line at a time: answers and notifications share the connection
}

// serve reads requests until the client goes, each run by its own goroutine as the daemon does.
func (c *conn) serve() {
	s := c.server
	defer s.tasks.Done()
	if s.opts.Mode != Manual {
		for _, a := range s.loaded() {
			s.subscribe(a, c, false)
		}
	}
	r := bufio.NewReaderSize(c.net, 64<<10)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil || (len(line) > maxString && longestString(line) > maxString) {
			break
		}
		c.calls.Add(1)
		go func() {
			defer c.calls.Done()
			c.answer(bytes.TrimRight(line, "\r\n"))
		}()
	}
	s.forget(c) // first: what is taken from the queue from now on is not written into a connection of ours that is closed
	_ = c.net.Close()
	c.calls.Wait()
}

// answer runs one line of the client and writes what it has to say.
func (c *conn) answer(line []byte) {
	c.server.jitter(c.run)
	out, drop := c.server.handleLine(c, line)
	if drop {
		_ = c.net.Close()
		return
	}
	if out != nil {
		c.writeLine(out)
	}
}

// writeLine writes a line at once; on an error the reader will find out.
func (c *conn) writeLine(line []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.net.Write(append(line, '\n'))
}

// writeHalf writes the first half of a line and breaks the connection.
func (c *conn) writeHalf(line []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.net.Write(line[:len(line)/2])
	_ = c.net.Close()
}

// jitter waits a chance part of the server's jitter.
func (s *Server) jitter(run *daemonRun) {
	if s.opts.Jitter > 0 {
		s.mu.Lock()
		d := time.Duration(s.rng.Int64N(int64(s.opts.Jitter)))
		s.mu.Unlock()
		pause(run, d)
	}
}

// pause waits, but not longer than the daemon lives.
func pause(run *daemonRun, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-run.done:
	}
}

// longestString returns the length of the longest JSON string of the line, roughly: escapes count as
// they are written.
func longestString(line []byte) int {
	longest, start := 0, -1
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == '"' && start < 0:
			start = i + 1
		case line[i] == '"':
			longest = max(longest, i-start)
			start = -1
		}
	}
	return longest
}

// shuffle is the order in which Java's Map.of gives its keys in this run of a JVM: any.
func shuffle(rng *rand.Rand, n int) []int { return rng.Perm(n) }
