package web

import (
	"context"
	"io"
	"net/http"
	"time"
)

// How long requests wait.
const (
	maxWaits   = 512              // requests that wait for something new at the same time
	newsTime   = 25 * time.Second // the longest that one of them waits
	takenTime  = 10 * time.Second // for the bus to take what was sent
	answerTime = 2 * time.Second  // for the house's first answer after that
)

// news answers with the conversation's version as soon as it is another than the one asked about, or after newsTime.
func (t *Talk) news(w http.ResponseWriter, r *http.Request, _ *shelf, c *conversation) {
	select {
	case t.waits <- struct{}{}:
		defer func() { <-t.waits }()
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), newsTime)
	defer cancel()
	known := r.URL.Query().Get("since")
	c.await(ctx, func() bool { return t.version(c.version) != known || c.forsaken })
	c.mu.Lock()
	version := c.version
	c.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, t.version(version)) // who has gone needs no answer
}

// settle waits for an entry to be on the bus, and then as long as the patience lasts for the house to answer, so that a page
// without scripts mostly has the answer already.
func (c *conversation) settle(ctx context.Context, n int, patience time.Duration) {
	on, cancel := context.WithTimeout(ctx, takenTime)
	defer cancel()
	if !c.await(on, func() bool { _, waits := c.unsent[n]; return !waits }) {
		return
	}
	answer, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.await(answer, func() bool { return c.answer > n })
}

// await waits until something is so, which is asked with c.mu held; false if ctx ended before.
func (c *conversation) await(ctx context.Context, isSo func() bool) bool {
	for {
		c.mu.Lock()
		so, changed := isSo(), c.changed
		c.mu.Unlock()
		if so {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
