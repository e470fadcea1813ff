package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// recordKind is what a line of a conversation's file tells.
type recordKind string

const (
	begun    recordKind = "begun"    // the first line: with whom, and since when
	said     recordKind = "said"     // the visitor wrote
	pressed  recordKind = "pressed"  // the visitor pressed a button
	taken    recordKind = "taken"    // what he wrote or pressed is on the bus
	answered recordKind = "answered" // the house wrote
)

// record is one line of a conversation's file.
type record struct {
	Kind recordKind `json:"kind"`
	// N numbers what was said, pressed and answered, in order from 1; of taken it is the one that was.
	N         int              `json:"n,omitempty"`
	At        time.Time        `json:"at,omitzero"`
	Community chat.CommunityID `json:"community,omitempty"`
	Text      chat.Text        `json:"text,omitzero"` // of pressed: the button's label
	Once      string           `json:"once,omitempty"`
	// About and Choice say which button was pressed, Revision on which state of the message.
	About    int `json:"about,omitempty"`
	Choice   int `json:"choice,omitempty"`
	Revision int `json:"revision,omitempty"` // of answered: how often it has been changed
	// Effects made and changed what the house wrote, the last at the end.
	Effects []chat.EffectID `json:"effects,omitempty"`
	Choices []chat.Choice   `json:"choices,omitempty"`
	Name    string          `json:"name,omitempty"` // for whom the house wrote, if for somebody
	Gone    bool            `json:"gone,omitempty"`
}

// conversation is one file. What it says is read when it is needed.
type conversation struct {
	name      string
	community chat.CommunityID
	path      string
	grown     func(bytes int64) // told how the file's size changes

	mu       sync.Mutex // guards what follows, and the file
	size     int64
	last     time.Time        // of the last word
	next     int              // the number of the next entry
	unsent   map[int]struct{} // what waits for the bus
	answer   int              // the number of the house's last entry
	version  int
	changed  chan struct{} // closed, and made anew, when something changes
	forsaken bool          // its time is over and its file is gone
}

// chat returns the conversation's name in the house.
func (c *conversation) chat() chat.Chat {
	return chat.Chat{Platform: chat.Web, ID: string(c.community) + "." + c.name}
}

func (c *conversation) ref(n int) chat.Ref { return chat.Ref{Chat: c.chat(), ID: strconv.Itoa(n)} }

// errGone is wrapped when a conversation, or what is meant in it, is not there (any more).
var errGone = errors.New("not there")

// read returns the lines; c.mu is held.
func (c *conversation) read() ([]record, error) {
	if c.forsaken {
		return nil, fmt.Errorf("read conversation: %w", errGone)
	}
	raw, err := os.ReadFile(c.path)
	if err != nil {
		return nil, fmt.Errorf("read conversation: %w", err)
	}
	return parse(raw[:min(int64(len(raw)), c.size)]), nil
}

// parse reads whole lines. What is no record, or one of a later version, is passed over: the rest is worth more than
// the order.
func parse(raw []byte) []record {
	var out []record
	for line := range bytes.Lines(raw) {
		var r record
		if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &r) != nil {
			continue
		}
		numbered := r.N > 0 && r.N < math.MaxInt32
		switch {
		case r.Kind == begun,
			numbered && (r.Kind == said || r.Kind == pressed || r.Kind == taken),
			numbered && r.Kind == answered && len(r.Effects) > 0:
			out = append(out, r)
		}
	}
	return out
}

// records returns the conversation as it is now, and its version.
func (c *conversation) records() ([]record, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rs, err := c.read()
	return rs, c.version, err
}

// append writes a record behind the others; on the disk, if it is durable. c.mu is held. After an error the file is as
// before, or will be before the next record.
func (c *conversation) append(r record, durable bool) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open conversation: %w", err)
	}
	line = append(line, '\n')
	err = f.Truncate(c.size) // what a write that failed may have left
	if err == nil {
		_, err = f.WriteAt(line, c.size)
	}
	if err == nil && durable {
		err = f.Sync()
	}
	if err != nil {
		err = errors.Join(err, f.Truncate(c.size))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write conversation: %w", err)
	}
	c.resize(c.size + int64(len(line)))
	return nil
}

// rewrite puts other lines in the place of all; c.mu is held.
func (c *conversation) rewrite(rs []record) error {
	raw, err := encode(rs)
	if err != nil {
		return err
	}
	if err := writeWhole(c.path, raw); err != nil {
		return fmt.Errorf("rewrite conversation: %w", err)
	}
	c.resize(int64(len(raw)))
	return nil
}

func encode(rs []record) ([]byte, error) {
	var out []byte
	for _, r := range rs {
		line, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("encode record: %w", err)
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// resize notes that the conversation has changed; c.mu is held.
func (c *conversation) resize(size int64) {
	c.grown(size - c.size)
	c.size = size
	c.tell()
}

// tell wakes who waits for a change; c.mu is held.
func (c *conversation) tell() {
	c.version++
	close(c.changed)
	c.changed = make(chan struct{})
}

// taken notes that an entry is on the bus.
func (c *conversation) taken(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.unsent, n)
	if c.forsaken {
		return nil
	}
	err := c.append(record{Kind: taken, N: n}, false)
	if err != nil {
		c.tell() // it is published all the same
	}
	return err
}

// unpublished returns the first of what waits for the bus, as an event, and its number; false if nothing does.
func (c *conversation) unpublished() (e chat.Event, n int, there bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forsaken || len(c.unsent) == 0 {
		return e, 0, false, nil
	}
	rs, err := c.read()
	if err != nil {
		return e, 0, false, err
	}
	for _, r := range rs {
		if _, waits := c.unsent[r.N]; waits && r.Kind != taken {
			return c.event(r), r.N, true, nil
		}
	}
	clear(c.unsent) // somebody has changed the file
	return e, 0, false, nil
}

// event returns what the house is told of an entry of the visitor's.
func (c *conversation) event(r record) chat.Event {
	e := chat.Event{
		ID: chat.EventID("web/" + c.name + "/" + strconv.Itoa(r.N)), At: r.At, Chat: c.chat(), Private: true,
		By: chat.Person{Identity: chat.Identity(c.chat())}, Body: chat.Posted{Ref: c.ref(r.N), Text: r.Text},
	}
	if r.Kind == pressed {
		e.Body = chat.Pressed{Ref: c.ref(r.About), N: r.Choice}
	}
	return e
}

// shareOf counts what the visitor has added: words and presses, and the bytes of his words.
func shareOf(rs []record) (entries, bytes int) {
	for _, r := range rs {
		if r.Kind == said || r.Kind == pressed {
			entries++
			bytes += len(r.Text.Plain)
		}
	}
	return entries, bytes
}

// find returns the index of an entry, -1 if it is not there.
func find(rs []record, n int) int {
	return slices.IndexFunc(rs, func(r record) bool { return r.N == n && r.Kind != taken && r.Kind != begun })
}
