package killtest

import (
	"testing"
	"time"
)

// What the idle program may take with all three messengers: 10^6 bytes, and the time from its start to ready.
const (
	idleMemory = 60.0
	startTime  = time.Second
)

// TestIdle measures the start and the memory of a program that has relayed a little and has nothing to do.
func TestIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program")
	}
	h := newHall(t, 1)
	p := newProgram(t, h.config, h.pages)
	began := time.Now()
	p.start()
	p.ready()
	first := time.Since(began)
	h.link()
	c := newCrowd(h, 3)
	for range 30 {
		if err := c.act(); err != nil {
			t.Fatal(err)
		}
	}
	h.mustSettle(c.model)
	after := p.memory()
	p.stop()

	began = time.Now()
	p.start()
	p.ready()
	again := time.Since(began)
	if err := c.post(&said{from: telegram}); err != nil {
		t.Fatal(err)
	}
	h.until("the first message is relayed", 10*time.Second, func() error { return c.model.between([]int{telegram, signal, matrix}) })
	relayed := time.Since(began)
	h.mustSettle(c.model)
	idle := p.memory()
	p.stop()
	t.Logf("ready after %s at the first start and %s with a state, first message relayed after %s; %.1f MB after a little work, %.1f MB idle",
		first.Round(time.Millisecond), again.Round(time.Millisecond), relayed.Round(time.Millisecond), after, idle)
	if again > startTime {
		t.Errorf("ready after %s, want %s", again, startTime)
	}
	if idle > idleMemory {
		t.Errorf("idle with %.1f MB, want %.0f", idle, idleMemory)
	}
}
