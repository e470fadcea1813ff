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
	lines  func(line []byte) // called for each line on its way to the program, if set

	mu       sync.Mutex // guards what follows
	address  string
	listener net.Listener // nil while shut
	open     map[net.Conn]struct{}
	idle     *sync.Cond // tells when open has become less
	wait     sync.WaitGroup
}

// newGate opens a gate before an address.
func newGate(t *testing.T, target string, lines func([]byte)) *gate {
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

// shut breaks all connections and refuses new ones.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return
	}
	_ = g.listener.Close()
	g.listener = nil
	for c := range g.open {
		_ = c.Close()
	}
}

// pass carries one connection.
func (g *gate) pass(program net.Conn) {
	defer program.Close()
	messenger, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer messenger.Close()
	if !g.note(program, messenger) {
		return
	}
	defer g.forget(program, messenger)
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(messenger, program)
		_ = messenger.Close()
	})
	both.Go(func() {
		g.back(program, messenger)
		_ = program.Close()
	})
	both.Wait()
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
		g.lines(line)
		if _, err := program.Write(line); err != nil {
			return
		}
	}
}

// note remembers connections while the gate is open.
func (g *gate) note(cs ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return false
	}
	for _, c := range cs {
		g.open[c] = struct{}{}
	}
	return true
}

func (g *gate) forget(cs ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range cs {
		delete(g.open, c)
	}
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
