package signal

import "time"

// State is how an adapter stands with its daemon.
type State struct {
	// Receiving: there is a subscription, and the daemon has answered the last look at it, which there is every
	// minute. Since is from when on; the zero time if it is not so.
	Receiving bool
	Since     time.Time
	// Heard is when the daemon last told anything; zero = not since the start. Anew is how often the adapter has
	// subscribed anew since, because nothing came for Config.Idle: the daemon's receiving can die unseen, and only
	// that wakes it. In a quiet community it is no sign of trouble.
	Heard time.Time
	Anew  int
	// Unreadable is how many messages since the start came that could not be read: most come again, because the
	// daemon asks for that; those of people whose safety number has changed do not before somebody trusts it.
	Unreadable int
}

// State returns how the adapter stands. It is safe for concurrent use.
func (a *Adapter) State() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.state
	s.Unreadable = a.lost
	return s
}

// receiving notes whether there is a subscription.
func (a *Adapter) receiving(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.Receiving == on {
		return
	}
	a.state.Receiving, a.state.Since = on, time.Time{}
	if on {
		a.state.Since = a.now()
		return
	}
	a.received = a.now()
}

// Pulse is adapters.Pulse's: while there is a subscription, the daemon is asked every minute.
func (a *Adapter) Pulse() (at time.Time, every time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.Receiving {
		return a.now(), time.Minute
	}
	return a.received, time.Minute
}

// noteHeard notes that the daemon has told something.
func (a *Adapter) noteHeard() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Heard, a.state.Anew = a.now(), 0
}

// noteAnew notes that it was asked once more to.
func (a *Adapter) noteAnew() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Anew++
}
