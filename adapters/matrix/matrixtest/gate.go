package matrixtest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Gate is a way to a homeserver that can be shut: while it is down, connections break and new ones are
// cut at once. It carries bytes and looks at none.
type Gate struct {
	ln     net.Listener
	target string
	work   sync.WaitGroup

	mu    sync.Mutex // guards all below
	down  bool
	conns map[net.Conn]struct{}
}

// NewGate opens a gate on loopback to the server at that URL. The caller must Close it.
func NewGate(url string) (*Gate, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	g := &Gate{ln: ln, target: strings.TrimPrefix(url, "http://"), conns: map[net.Conn]struct{}{}}
	g.work.Go(g.serve)
	return g, nil
}

// URL returns the address of the gate.
func (g *Gate) URL() string { return "http://" + g.ln.Addr().String() }

// Down shuts the gate (true) or opens it.
func (g *Gate) Down(down bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = down
	if down {
		g.cut()
	}
}

// cut ends all connections. The caller holds the lock.
func (g *Gate) cut() {
	for c := range g.conns {
		_ = c.Close()
	}
}

// Close ends the gate and everything in it.
func (g *Gate) Close() {
	_ = g.ln.Close()
	g.Down(true)
	g.work.Wait()
}

func (g *Gate) serve() {
	for {
		c, err := g.ln.Accept()
		if err != nil {
			return
		}
		g.work.Go(func() { g.carry(c) })
	}
}

// enter notes a connection; false if the gate is down.
func (g *Gate) enter(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.down {
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

func (g *Gate) carry(c net.Conn) {
	defer c.Close()
	if !g.enter(c) {
		return
	}
	to, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer to.Close()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.conns, c)
		delete(g.conns, to)
	}()
	if !g.enter(to) {
		return
	}
	g.work.Go(func() {
		_, _ = io.Copy(to, c) // a cut connection is what the gate is for
		_ = to.Close()
	})
	_, _ = io.Copy(c, to) // a cut connection is what the gate is for
}
