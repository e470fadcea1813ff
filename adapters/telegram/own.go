package telegram

import (
	"context"
	"sync"
	"time"
)

// ownPosts knows what the bot itself has posted, and where it is posting now: the platform copies a channel's
// posts into its discussion group, the bot's too, and may do so before it has answered the call.
type ownPosts struct {
	posts *recent[messageKey, bool]

	mu      sync.Mutex // guards what follows
	busy    map[int64]int
	changed chan struct{} // closed and replaced when a post is over
}

func newOwnPosts() *ownPosts {
	return &ownPosts{posts: newRecent[messageKey, bool](5000), busy: map[int64]int{}, changed: make(chan struct{})}
}

// begin notes that a post is under way; the function returned ends it with the ids that came of it.
func (o *ownPosts) begin(chatID int64) func(messages ...int) {
	o.mu.Lock()
	o.busy[chatID]++
	o.mu.Unlock()
	return func(messages ...int) {
		for _, id := range messages {
			o.posts.put(messageKey{chatID, id}, true)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.busy[chatID]--
		if o.busy[chatID] <= 0 {
			delete(o.busy, chatID)
		}
		close(o.changed)
		o.changed = make(chan struct{})
	}
}

// ownPostWait bounds how long an update waits for a call that may explain it.
const ownPostWait = 5 * time.Second

// has tells whether the bot has posted a message, waiting for posts that are under way.
func (o *ownPosts) has(ctx context.Context, chatID int64, message int) bool {
	ctx, cancel := context.WithTimeout(ctx, ownPostWait)
	defer cancel()
	for {
		o.mu.Lock()
		busy, changed := o.busy[chatID] > 0, o.changed
		o.mu.Unlock()
		if _, ok := o.posts.get(messageKey{chatID, message}); ok {
			return true
		}
		if !busy {
			return false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
