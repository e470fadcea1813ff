package matrix

import "sync"

// maxRecent is how many events are remembered: more than the people of one server write in the time that
// a batch may repeat.
const maxRecent = 8192

// recent remembers the events that were handed on, to tell repetitions, to check who may edit, and to
// quote what a reply answers.
type recent struct {
	mu   sync.Mutex // guards all below
	byID map[string]note
	ring []string
	next int
}

// note is what is remembered of an event.
type note struct {
	sender string
	name   string
	quote  string
	room   string
	thread string // of a message: the one that begins its thread
	poll   string // of a response: the poll
	of     string // of an edit: the message
}

func newRecent() *recent {
	return &recent{byID: map[string]note{}, ring: make([]string, maxRecent)}
}

// add remembers an event in place of the oldest.
func (r *recent) add(id string, n note) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.byID[id]; known {
		r.byID[id] = n
		return
	}
	delete(r.byID, r.ring[r.next])
	r.ring[r.next] = id
	r.next = (r.next + 1) % len(r.ring)
	r.byID[id] = n
}

func (r *recent) get(id string) (note, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.byID[id]
	return n, ok
}

// revised remembers what a message says after an edit, and whose edit that was.
func (r *recent) revised(edit, message string, n note) {
	r.add(message, n)
	r.add(edit, note{sender: n.sender, room: n.room, of: message})
}
