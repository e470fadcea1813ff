package matrixtest

import (
	"context"
	"net/url"
	"time"
)

// Changes returns a channel that tells of every change.
func (w *World) Changes() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	lock, set := &w.mu, w.changed
	if w.fake != nil {
		lock, set = &w.fake.mu, w.fake.watchers
	}
	lock.Lock()
	set[c] = struct{}{}
	lock.Unlock()
	return c, func() {
		lock.Lock()
		delete(set, c)
		lock.Unlock()
	}
}

// follow tells of changes that a person of a real homeserver sees; our own server tells by itself.
func (w *World) follow(as login) {
	if w.fake != nil {
		return
	}
	w.reader.Go(func() {
		const filter = `{"room":{"timeline":{"limit":1}},"presence":{"not_types":["*"]}}`
		since := ""
		for w.ctx.Err() == nil {
			var out struct {
				Next  string `json:"next_batch"`
				Rooms struct {
					Invite map[string]struct{} `json:"invite"`
				} `json:"rooms"`
			}
			q := url.Values{"timeout": {"20000"}, "filter": {filter}}
			if since != "" {
				q.Set("since", since)
			}
			if err := w.api.call(w.ctx, as, "GET", v3+"/sync?"+q.Encode(), nil, &out); err != nil {
				pause(w.ctx, 100*time.Millisecond)
				continue
			}
			since = out.Next
			for room := range out.Rooms.Invite {
				w.comeIn(as, room)
			}
			w.tell()
		}
	})
}

func (w *World) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.changed {
		select {
		case c <- struct{}{}:
		default: // it has been told already
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
