package bench

import (
	"strconv"
	"sync"
	"time"
)

// mark is one message that people were given to carry: what was said, where, and where it was shown.
type mark struct {
	number int
	room   *room
	from   int    // the place of the messenger it was posted on
	who    string // its author
	said   time.Time
	// measured: it counts; others only warm up.
	measured bool
	// hanging: it was posted while another room hung.
	hanging bool
	ids     [platforms]string // the names of the message, where they are known
	shown   [platforms]time.Time
	left    int           // on how many other messengers it is not shown yet
	full    chan struct{} // closed when it is shown on all
	doings  doings
}

// doings is what happened to a message after it was posted.
type doings struct {
	reply   *mark // what it answers
	picture bool
	text    string // its last text; empty = as it was posted
	gone    bool
	emoji   string // given on the messenger where
	where   int
}

// ledger matches what is shown with what was said. Its methods are safe for concurrent use.
type ledger struct {
	mu      sync.Mutex // guards all below, and every mark
	marks   []*mark
	waiting int // how many measured marks are not shown on both other messengers
	done    int // how many measured ones are
	last    time.Time
	moved   chan struct{} // gets a value when a mark is complete
}

func newLedger() *ledger { return &ledger{moved: make(chan struct{}, 1)} }

// add notes a message that is about to be posted and returns its number.
func (l *ledger) add(m *mark) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.left, m.full = platforms-1, make(chan struct{})
	if m.measured {
		l.waiting++
	}
	l.marks = append(l.marks, m)
	m.number = len(l.marks) - 1
	m.said = time.Now()
	return m.number
}

// see notes that a message with these numbers in its text is shown on a messenger under a name.
func (l *ledger) see(numbers []int, platform int, id string, r *room, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range numbers {
		if n >= len(l.marks) {
			continue
		}
		m := l.marks[n]
		if m.room != r {
			continue
		}
		if m.ids[platform] == "" {
			m.ids[platform] = id
		}
		if platform == m.from || !m.shown[platform].IsZero() {
			continue
		}
		m.shown[platform] = at
		m.left--
		if m.left == 0 {
			l.complete(m, at)
		}
	}
}

// complete notes that a message is shown everywhere. The lock is held.
func (l *ledger) complete(m *mark, at time.Time) {
	close(m.full)
	if m.measured {
		l.waiting--
		l.done++
		l.last = at
		select {
		case <-m.room.under:
		default: // there is a rate, and no bound
		}
	}
	m.room.arrived = append(m.room.arrived, m)
	select {
	case l.moved <- struct{}{}:
	default:
	}
}

// open returns how many measured messages are not shown everywhere.
func (l *ledger) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}

// times returns how long the copies that want took to be shown, of the measured messages.
func (l *ledger) times(want func(m *mark, on int) bool) []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []time.Duration
	for _, m := range l.marks {
		if !m.measured {
			continue
		}
		for on, at := range m.shown {
			if !at.IsZero() && want(m, on) {
				out = append(out, at.Sub(m.said))
			}
		}
	}
	return out
}

// text writes what is posted: words that end in a message's number.
func text(words string, n int) string { return words + " [" + strconv.Itoa(n) + "]" }

// numbers returns the numbers in a text that text wrote, each once; several where copies were merged.
func numbers(s string) []int {
	var out []int
	for i := 0; i < len(s); i++ {
		if s[i] != '[' {
			continue
		}
		j := i + 1
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i+1 || j == len(s) || s[j] != ']' {
			continue
		}
		if n, err := strconv.Atoi(s[i+1 : j]); err == nil {
			out = append(out, n)
		}
		i = j
	}
	return out
}
