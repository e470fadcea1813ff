package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// maxSent is how many of our own messages are remembered.
	maxSent = 4096
	// lookBackPages is how many pages of a room are read back for a message that may have been sent.
	lookBackPages = 20
	// lookBackMargin is how much later the house's clock may be than the server's.
	lookBackMargin = 5 * time.Minute
)

// sent remembers which of our messages the server has: after a restart, and after a call whose outcome is
// not known, they are looked for before they are sent again. Servers keep transaction ids for minutes or
// not over their own restart, and Dendrite does not look at them while the first call is still running.
type sent struct {
	mu     sync.Mutex        // guards all below
	events map[string]string // room and origin → event id
	ring   []string
	next   int
	looked map[string]bool // rooms of which we know all that we have sent
}

func newSent() *sent {
	return &sent{events: map[string]string{}, ring: make([]string, maxSent), looked: map[string]bool{}}
}

// done notes that an origin is an event of a room.
func (s *sent) done(room, origin, event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := room + " " + origin
	if _, known := s.events[key]; known {
		return
	}
	delete(s.events, s.ring[s.next])
	s.ring[s.next] = key
	s.next = (s.next + 1) % len(s.ring)
	s.events[key] = event
}

// doubt notes that something may have been sent to a room without our knowing.
func (s *sent) doubt(room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.looked, room)
}

func (s *sent) find(room, origin string) (event string, looked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events[room+" "+origin], s.looked[room]
}

// originOf names one message of an effect, transactionOf the same as a transaction id, which counts for
// the whole application service and whose length servers limit.
func originOf(id chat.EffectID, part string) string { return string(id) + "/" + part }

func transactionOf(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return "potluck-" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// already returns the event that an earlier attempt of a message has made, empty if there is none.
func (a *Adapter) already(ctx context.Context, s *session, room, origin string, at time.Time) (string, error) {
	event, looked := a.sent.find(room, origin)
	if event != "" || looked {
		return event, nil
	}
	if err := a.lookBack(ctx, s, room, at); err != nil {
		return "", fmt.Errorf("look for sent messages: %w", err)
	}
	event, _ = a.sent.find(room, origin)
	return event, nil
}

// lookBack reads a room back to a time, for messages of our own.
func (a *Adapter) lookBack(ctx context.Context, s *session, room string, at time.Time) error {
	from := ""
	for range lookBackPages {
		pg, err := a.readBack(ctx, s, room, from, backPage)
		if err != nil {
			return err
		}
		older := true
		for _, e := range decodeEvents(pg.Chunk) {
			if a.isOurs(e.Sender) {
				e = a.reveal(ctx, s, room, e)
				a.echo(room, e, objectOf(e.Content))
			}
			older = older && timeOf(e.At).Before(at.Add(-lookBackMargin))
		}
		if older || pg.End == "" || pg.End == from || len(pg.Chunk) == 0 {
			break
		}
		from = pg.End
	}
	a.sent.mu.Lock()
	defer a.sent.mu.Unlock()
	a.sent.looked[room] = true
	return nil
}
