package killtest

import (
	"bufio"
	"io"
	"net"
	"sync"
	"testing"
)

// gate stands before a messenger: what the program says goes through it, until it is shut.
type gate struct {
	t      *testing.T
	target string
	lines  *lines // notes what passes, if set

	mu       sync.Mutex // guards what follows
	address  string
	listener net.Listener          // nil while shut
	open     map[net.Conn]struct{} // to the program
	idle     *sync.Cond            // tells when open has become less
	wait     sync.WaitGroup
}

// newGate opens a gate before an address.
func newGate(t *testing.T, target string, lines *lines) *gate {
	t.Helper()
	g := &gate{t: t, target: target, lines: lines, address: "127.0.0.1:0", open: map[net.Conn]struct{}{}}
	g.idle = sync.NewCond(&g.mu)
	g.unshut()
	t.Cleanup(func() {
		g.shut()
		g.wait.Wait()
	})
	return g
}

// unshut lets the program through again, at the same address.
func (g *gate) unshut() {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	l, err := net.Listen("tcp", g.address)
	if err != nil {
		g.t.Fatalf("open gate: %v", err)
	}
	g.listener, g.address = l, l.Addr().String()
	g.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.wait.Go(func() { g.pass(c) })
		}
	})
}

// shut breaks all connections, refuses new ones and returns when the messenger knows.
func (g *gate) shut() {
	g.mu.Lock()
	if g.listener != nil {
		_ = g.listener.Close()
		g.listener = nil
	}
	for program := range g.open {
		_ = program.Close()
	}
	g.mu.Unlock()
	g.drained()
}

// pass carries one connection.
func (g *gate) pass(program net.Conn) {
	defer program.Close()
	messenger, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer messenger.Close()
	if !g.note(program) {
		return
	}
	defer g.forget(program)
	var both sync.WaitGroup
	both.Go(func() {
		if g.lines == nil {
			_, _ = io.Copy(messenger, program)
			_ = messenger.Close()
			return
		}
		g.forth(messenger, program)
		// What the messenger still writes before it finds out must be noted.
		_ = messenger.(*net.TCPConn).CloseWrite()
	})
	both.Go(func() {
		g.back(program, messenger)
		_ = program.Close()
		_ = messenger.Close()
	})
	both.Wait()
}

// forth carries the lines that the program says.
func (g *gate) forth(messenger io.Writer, program io.Reader) {
	r := bufio.NewReaderSize(program, 64<<10)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		g.lines.ask(line)
		if _, err := messenger.Write(line); err != nil {
			return
		}
	}
}

// back carries what the messenger says.
func (g *gate) back(program io.Writer, messenger io.Reader) {
	if g.lines == nil {
		_, _ = io.Copy(program, messenger)
		return
	}
	r := bufio.NewReaderSize(messenger, 64<<10)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		g.lines.pass(line)
		_, _ = program.Write(line) // an error comes back as the end of what the program says
	}
}

// note remembers a connection while the gate is open.
func (g *gate) note(program net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return false
	}
	g.open[program] = struct{}{}
	return true
}

func (g *gate) forget(program net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, program)
	g.idle.Broadcast()
}

// drained returns when no connection is open any more, as after the program has been killed.
func (g *gate) drained() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.open) > 0 {
		g.idle.Wait()
	}
}
