package signal

import (
	"testing"
	"time"
)

// TestPulseTellsWhenTheDaemonWasThere follows it through a loss of the line.
func TestPulseTellsWhenTheDaemonWasThere(t *testing.T) {
	a := new(Adapter)
	if at, _ := a.Pulse(); !at.IsZero() {
		t.Errorf("before the first subscription: %v", at)
	}
	a.receiving(true)
	if at, every := a.Pulse(); time.Since(at) > time.Minute || every <= 0 {
		t.Errorf("while there is one: %v, %v", at, every)
	}
	a.receiving(false)
	at, _ := a.Pulse()
	if later, _ := a.Pulse(); at.IsZero() || !later.Equal(at) {
		t.Errorf("after it: %v, then %v", at, later)
	}
}
