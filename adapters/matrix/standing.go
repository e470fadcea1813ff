package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

// standing is what must be known of a message to change it.
type standing struct {
	id, sender string
	url, media string        // of a file: where it is, and which file of which platform it was
	thing      chat.PartKind // Poll or Location, empty for a text or a file
	thread     string        // the message that begins its thread
	sum        string        // of its content, if that is certainly what it is now
}

// maxStanding is how many messages are remembered.
const maxStanding = 4096

// messages remembers what we have sent and what is gone. Servers tell of both a little late: Dendrite
// does not know an event for some milliseconds after it has taken it.
type messages struct {
	mu   sync.Mutex // guards all below
	here map[string]standing
	gone map[string]bool
	ring []string
	next int
}

func newMessages() *messages {
	return &messages{here: map[string]standing{}, gone: map[string]bool{}, ring: make([]string, maxStanding)}
}

// turn makes room for an id in place of the oldest. The caller holds the lock.
func (m *messages) turn(id string) {
	if _, known := m.here[id]; known || m.gone[id] {
		return
	}
	delete(m.here, m.ring[m.next])
	delete(m.gone, m.ring[m.next])
	m.ring[m.next] = id
	m.next = (m.next + 1) % len(m.ring)
}

// stands notes a message that was sent.
func (m *messages) stands(s standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone[s.id] {
		return
	}
	m.turn(s.id)
	m.here[s.id] = s
}

// goes notes that a message is no more.
func (m *messages) goes(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(id)
	delete(m.here, id)
	m.gone[id] = true
}

func (m *messages) find(id string) (s standing, known, gone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, known = m.here[id]
	return s, known, m.gone[id]
}

// living returns the messages that are still there, in order; it refuses if none is.
func (j *job) living(ctx context.Context, ids []string) ([]standing, error) {
	out, _, err := j.find(ctx, ids)
	if err == nil && len(out) == 0 {
		return nil, refuse(chat.NotFound, "the message is gone")
	}
	return out, err
}

// find returns the messages that are still there, in order, and how many of the others once were.
func (j *job) find(ctx context.Context, ids []string) (out []standing, were int, err error) {
	for _, id := range ids {
		s, known, gone := j.a.messages.find(id)
		if gone {
			were++
			continue
		}
		if known {
			out = append(out, s)
			continue
		}
		e, err := j.a.fetchEvent(ctx, j.s, j.room, id)
		if statusOf(err) == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if c := objectOf(e.Content); e.isRedacted() || len(c) == 0 {
			were++
		} else {
			out = append(out, standingOf(id, e.Sender, c))
		}
	}
	return out, were, nil
}

// standingOf reads what somebody's message is; what it says may have been edited since.
func standingOf(id, sender string, c object) standing {
	st := standing{id: id, sender: sender, url: addressOf(c), media: c.str(mediaKey), thread: relationOf(c).thread()}
	switch {
	case c.has(pollKey) || c.has("m.poll"):
		st.thing = chat.Poll
	case c.str("msgtype") == "m.location":
		st.thing = chat.Location
	}
	return st
}

// standingAs returns what a message is that we have just sent.
func standingAs(id, user string, c map[string]any) standing {
	st := standing{id: id, sender: user, sum: sumOf(c)}
	st.url, _ = c["url"].(string)
	st.media, _ = c[mediaKey].(string)
	if rel, ok := c["m.relates_to"].(map[string]any); ok && rel["rel_type"] == "m.thread" {
		st.thread, _ = rel["event_id"].(string)
	}
	if _, ok := c[pollKey]; ok {
		st.thing = chat.Poll
	} else if c["msgtype"] == "m.location" {
		st.thing = chat.Location
	}
	return st
}

// sumOf returns a sum over what a content says, whatever it answers and whichever effect has made it.
func sumOf(c map[string]any) string {
	bare := maps.Clone(c)
	delete(bare, originKey)
	delete(bare, "m.relates_to")
	b, err := json.Marshal(bare)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return string(sum[:])
}
