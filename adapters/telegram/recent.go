package telegram

import "sync"

// recent remembers the last things put into it, up to a number; the oldest go first. It is what the adapter
// knows beyond what the platform tells: after a restart it is empty, and everything that uses it must do
// something sensible without.
type recent[K comparable, V any] struct {
	mu     sync.Mutex // guards what follows
	values map[K]V
	order  []K
	next   int
}

func newRecent[K comparable, V any](size int) *recent[K, V] {
	return &recent[K, V]{values: make(map[K]V), order: make([]K, 0, size)}
}

func (r *recent[K, V]) get(k K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[k]
	return v, ok
}

func (r *recent[K, V]) put(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.values[k]; known {
		r.values[k] = v
		return
	}
	r.values[k] = v
	if len(r.order) < cap(r.order) {
		r.order = append(r.order, k)
		return
	}
	delete(r.values, r.order[r.next])
	r.order[r.next] = k
	r.next = (r.next + 1) % len(r.order)
}

func (r *recent[K, V]) drop(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, k) // its place in the order is freed when its turn comes
}

// all returns a copy of what is remembered.
func (r *recent[K, V]) all() map[K]V {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[K]V, len(r.values))
	for k, v := range r.values {
		out[k] = v
	}
	return out
}

// latest returns up to n keys, the oldest of them first.
func (r *recent[K, V]) latest(n int) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	ordered := append(append([]K(nil), r.order[r.next:]...), r.order[:r.next]...)
	return ordered[max(0, len(ordered)-n):]
}

// size returns how many are remembered.
func (r *recent[K, V]) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.values)
}
