package adapters

// progress returns up to which number everything has been carried out, and what lies so far behind that it
// may be forgotten; false if the journal knows already.
func (l *lanes) progress() (start, trim uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	start = l.seen
	for _, ln := range l.open {
		start = min(start, ln.doneTo())
	}
	if start <= l.saved {
		return 0, 0, false
	}
	l.saved = start
	if start > kept {
		trim = start - kept
	}
	return start, trim, true
}

// doneTo returns the number up to which nothing of the lane is left to do.
func (ln *lane) doneTo() uint64 {
	switch {
	case ln.busy:
		return ln.begun - 1
	case len(ln.queue) > 0:
		return ln.queue[0].N - 1
	default:
		return ln.taken
	}
}

// trimTo notes how far the journal is trimmed; false if that is not worth its while yet.
func (l *lanes) trimTo(n uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < l.trimmed+1000 {
		return false
	}
	l.trimmed = n
	return true
}
