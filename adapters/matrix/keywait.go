//go:build goolm

package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// keyWait is how long a room waits for the key of a message, so that all comes in its order; askAfter is when the
	// key is asked for. Keys often come some hundred milliseconds after their first message.
	keyWait, askAfter = 20 * time.Second, 3 * time.Second
	// maxWaiting is how many events wait in all; each has at most 64 KiB.
	maxWaiting = 1000
	// maxUnread is how many messages without a key are remembered, and keptUnread for how long, so that they still
	// come if the key does.
	maxUnread, keptUnread = 2000, 30 * 24 * time.Hour
)

// waiting is an event that cannot be told yet: its key has not come, or it stands behind one whose key has not.
type waiting struct {
	Room  string
	Event rawEvent
	Since time.Time
	// Told: that it cannot be read was told; it waits apart from the others.
	Told bool
	key  string
}

// waitRow is how one lies in the vault: of the event what servers may not leave out.
type waitRow struct {
	Room    string          `json:"room"`
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Sender  string          `json:"sender"`
	At      int64           `json:"at"`
	Redacts string          `json:"redacts,omitempty"`
	Content json.RawMessage `json:"content"`
	Since   time.Time       `json:"since"`
	Told    bool            `json:"told,omitempty"`
}

func (w *waiting) row() waitRow {
	e := w.Event
	return waitRow{w.Room, e.ID, e.Type, e.Sender, e.At, e.Redacts, e.Content, w.Since, w.Told}
}

func (r waitRow) waiting(key string) *waiting {
	e := rawEvent{ID: r.ID, Type: r.Type, Sender: r.Sender, At: r.At, Redacts: r.Redacts, Content: r.Content}
	return &waiting{Room: r.Room, Event: e, Since: r.Since, Told: r.Told, key: key}
}

// content returns what is encrypted.
func (w *waiting) content() (*event.EncryptedEventContent, bool) {
	var c event.EncryptedEventContent
	if w.Event.Type != "m.room.encrypted" || json.Unmarshal(w.Event.Content, &c) != nil || c.Algorithm != id.AlgorithmMegolmV1 {
		return nil, false
	}
	return &c, true
}

// waits are the events that wait, per room in their order, and apart from them those that were given up. They are on
// the disk before /sync goes on. Only Run uses them.
type waits struct {
	rows   *rows
	hold   time.Duration
	queues map[string][]*waiting
	unread []*waiting
	byID   map[string]*waiting
	asked  map[id.SessionID]bool // in this run
	serial uint64
	// open: a batch is being taken in. If the next begins while this still holds, it has failed: what is on the disk
	// counts.
	open bool
}

func newWaits(r *rows, hold time.Duration) *waits {
	if hold == 0 {
		hold = keyWait
	}
	return &waits{rows: r, hold: hold, asked: map[id.SessionID]bool{}}
}

// load reads what waits on the disk.
func (w *waits) load() error {
	w.queues, w.unread, w.byID, w.serial = map[string][]*waiting{}, nil, map[string]*waiting{}, 0
	found, err := w.rows.list(key("wait", ""))
	if err != nil {
		return fmt.Errorf("read waiting events: %w", err)
	}
	for _, p := range found {
		var row waitRow
		if err := json.Unmarshal(p.value, &row); err != nil {
			return fmt.Errorf("read waiting events: %w", err)
		}
		if w.serial, err = strconv.ParseUint(nameIn(p.key), 10, 64); err != nil {
			return fmt.Errorf("read waiting events: %w", err)
		}
		w.keep(row.waiting(p.key))
	}
	return nil
}

// keep takes an event among the others.
func (w *waits) keep(one *waiting) {
	w.byID[one.Event.ID] = one
	if one.Told {
		w.unread = append(w.unread, one)
		return
	}
	w.queues[one.Room] = append(w.queues[one.Room], one)
}

// begin makes ready for a batch of /sync.
func (w *waits) begin() error {
	if w.open || w.byID == nil {
		if err := w.load(); err != nil {
			return err
		}
	}
	w.open = true
	return nil
}

// patience returns how long nothing is due.
func (w *waits) patience(longest time.Duration, now time.Time) time.Duration {
	for _, q := range w.queues {
		due := q[0].Since.Add(w.hold)
		if c, ok := q[0].content(); ok && !w.asked[c.SessionID] {
			due = q[0].Since.Add(min(askAfter, w.hold))
		}
		longest = min(longest, max(due.Sub(now), 50*time.Millisecond))
	}
	return longest
}

// has tells whether an event waits or was given up.
func (w *waits) has(event string) bool { return w.byID[event] != nil }

// isFull tells whether no more events may wait.
func (w *waits) isFull() bool { return len(w.byID)-len(w.unread) >= maxWaiting }

// add makes an event wait; it is on the disk when the batch is.
func (w *waits) add(ctx context.Context, room string, e rawEvent) error {
	w.serial++
	one := &waiting{Room: room, Event: e, Since: time.Now(), key: key("wait", fmt.Sprintf("%016d", w.serial))}
	w.keep(one)
	return w.rows.putJSON(ctx, one.key, one.row())
}

// pop takes the first event from a room's queue; it stays on the disk until it has been told.
func (w *waits) pop(room string) {
	q := w.queues[room]
	delete(w.byID, q[0].Event.ID)
	if w.queues[room] = q[1:]; len(q) == 1 {
		delete(w.queues, room)
	}
}

// forget takes an event away for good.
func (w *waits) forget(ctx context.Context, one *waiting) error {
	if w.byID[one.Event.ID] == one {
		delete(w.byID, one.Event.ID)
	}
	w.unread = slices.DeleteFunc(w.unread, func(o *waiting) bool { return o == one })
	return w.rows.put(ctx, one.key, nil)
}

// setAside keeps an event that was told as unreadable, in place of the oldest if there are too many. Its noise is not
// kept: when the key comes, it is asked for again.
func (w *waits) setAside(ctx context.Context, one *waiting) error {
	if c, ok := one.content(); ok {
		small, err := json.Marshal(map[string]any{"algorithm": c.Algorithm, "session_id": c.SessionID, "ciphertext": ""})
		if err != nil {
			return fmt.Errorf("set event aside: %w", err)
		}
		one.Event.Content = small
	}
	one.Told = true
	w.keep(one)
	err := w.rows.putJSON(ctx, one.key, one.row())
	for len(w.unread) > maxUnread || time.Since(w.unread[0].Since) > keptUnread {
		err = errors.Join(err, w.forget(ctx, w.unread[0]))
	}
	return err
}
