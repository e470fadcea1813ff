package chaostest

import (
	"net"
	"sync"
	"testing"
)

// gateState says what a gate does with what comes.
type gateState int

const (
	through gateState = iota // carried
	refused                  // connections are cut, new ones at once
	stalled                  // connections stand and nothing passes: half open
)

// gate stands before a messenger. It carries bytes and looks at none.
type gate struct {
	listener net.Listener
	target   string
	work     sync.WaitGroup

	mu      sync.Mutex // guards what follows
	state   gateState
	changed chan struct{} // closed, and made anew, when state changes
	open    map[net.Conn]struct{}
	over    bool
}

// newGate opens a gate before a loopback address until the test is over.
func newGate(t *testing.T, target string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("open gate: %v", err)
	}
	g := &gate{listener: l, target: target, changed: make(chan struct{}), open: map[net.Conn]struct{}{}}
	g.work.Go(g.serve)
	return g
}

func (g *gate) address() string { return g.listener.Addr().String() }

// close ends the gate and waits for all that is in it.
func (g *gate) close() {
	_ = g.listener.Close()
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.set(refused)
	g.work.Wait()
}

// set changes what the gate does. What was stalled is cut when it is refused, and goes on when it is let through.
func (g *gate) set(s gateState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = s
	close(g.changed)
	g.changed = make(chan struct{})
	if s == refused {
		for c := range g.open {
			_ = c.Close()
		}
	}
}

func (g *gate) serve() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.work.Go(func() { g.carry(c) })
	}
}

// enter notes a connection; false if none may be open.
func (g *gate) enter(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == refused || g.over {
		return false
	}
	g.open[c] = struct{}{}
	return true
}

func (g *gate) leave(c net.Conn) {
	_ = c.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, c)
}

func (g *gate) carry(in net.Conn) {
	defer g.leave(in)
	if !g.enter(in) {
		return
	}
	out, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer g.leave(out)
	if !g.enter(out) {
		return
	}
	g.work.Go(func() {
		g.copy(out, in)
		_ = out.Close()
	})
	g.copy(in, out)
}

// copy carries one direction until either end is closed.
func (g *gate) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !g.wait() {
			return
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

// wait returns when the gate does not stall; false if it refuses then.
func (g *gate) wait() bool {
	for {
		g.mu.Lock()
		state, changed := g.state, g.changed
		g.mu.Unlock()
		if state != stalled {
			return state == through
		}
		<-changed
	}
}
