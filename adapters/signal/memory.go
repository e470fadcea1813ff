package signal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxMarks is how many marks the memory keeps; the oldest go first. A community that changes a hundred
// copies a day remembers half a year.
const maxMarks = 20_000

// memory keeps what nobody but the adapter knows of the bot's own messages: which names are one message
// (an edit gives a further one), which messages grew more pieces by an edit, and which are gone; and which
// messages are pinned. It lives in a file and in memory.
type memory struct {
	path string

	mu       sync.Mutex // guards what follows
	marks    []mark
	original map[chat.Ref]chat.Ref   // revision → the first name
	latest   map[chat.Ref][]chat.Ref // first name → revisions, in order
	more     map[chat.Ref][]chat.Ref // first piece → pieces that edits added
	gone     map[chat.Ref]bool
	polls    map[chat.Ref]bool   // poll → it is over
	said     map[chat.Ref]string // piece of several → the sum of what it says
	top      map[chat.Chat]topmost
}

// mark is one line of the memory's file.
type mark struct {
	Kind markKind `json:"kind"`
	Of   chat.Ref `json:"of"`
	Is   chat.Ref `json:"is,omitzero"`
	Sum  string   `json:"sum,omitempty"`
}

type markKind string

const (
	markRevision markKind = "revision" // Is is a further name of Of
	markMore     markKind = "more"     // Is is a further piece of the message that begins with Of
	markGone     markKind = "gone"     // Of was deleted
	markPoll     markKind = "poll"     // Of is a poll of the bot's
	markEnded    markKind = "ended"    // Of is one that is over
	markSaid     markKind = "said"     // Of is one piece of several and says what has the sum
	// Of was put at the top of its talk, for ever or for a time, and taken from there.
	markPinned       markKind = "pinned"
	markPinnedAwhile markKind = "pinned awhile"
	markUnpinned     markKind = "unpinned"
)

// openMemory reads the memory of a folder. Lines that are no marks are skipped.
func openMemory(dir string) (*memory, error) {
	m := &memory{path: filepath.Join(dir, "signal-memory.jsonl")}
	m.forgetAll()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make memory folder: %w", err)
	}
	old, err := os.ReadFile(m.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(old))
	for lines.Scan() {
		var k mark
		if json.Unmarshal(lines.Bytes(), &k) == nil && !k.Of.IsZero() {
			m.learn(k)
		}
	}
	cut := len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) // by a kill; the next mark must not stand behind it
	if len(m.marks) <= maxMarks && !cut {
		return m, nil
	}
	return m, m.trim()
}

// add keeps a mark: in the file first.
func (m *memory) add(k mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	line, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode mark: %w", err)
	}
	f, err := os.OpenFile(m.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open memory: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	m.learn(k)
	if len(m.marks) > maxMarks+maxMarks/4 {
		return m.trim()
	}
	return nil
}

// learn takes a mark into the maps. The lock is held.
func (m *memory) learn(k mark) {
	m.marks = append(m.marks, k)
	switch k.Kind {
	case markRevision:
		m.original[k.Is] = k.Of
		m.latest[k.Of] = append(m.latest[k.Of], k.Is)
	case markMore:
		if !slices.Contains(m.more[k.Of], k.Is) {
			m.more[k.Of] = append(m.more[k.Of], k.Is)
		}
	case markPoll, markEnded:
		m.polls[k.Of] = k.Kind == markEnded
	case markSaid:
		m.said[k.Of] = k.Sum
	case markGone:
		m.gone[k.Of] = true
		m.top[k.Of.Chat] = m.top[k.Of.Chat].with(k)
	case markPinned, markPinnedAwhile, markUnpinned:
		m.top[k.Of.Chat] = m.top[k.Of.Chat].with(k)
	}
}

func (m *memory) forgetAll() {
	m.original, m.latest = map[chat.Ref]chat.Ref{}, map[chat.Ref][]chat.Ref{}
	m.more, m.gone = map[chat.Ref][]chat.Ref{}, map[chat.Ref]bool{}
	m.polls, m.said = map[chat.Ref]bool{}, map[chat.Ref]string{}
	m.top = map[chat.Chat]topmost{}
}

// trim drops the oldest marks and writes the file anew. The lock is held.
func (m *memory) trim() error {
	kept := slices.Clone(m.marks[max(0, len(m.marks)-maxMarks):])
	m.marks = nil
	m.forgetAll()
	var all bytes.Buffer
	for _, k := range kept {
		m.learn(k)
		line, err := json.Marshal(k)
		if err != nil {
			return fmt.Errorf("encode mark: %w", err)
		}
		all.Write(line)
		all.WriteByte('\n')
	}
	if err := os.WriteFile(m.path+".new", all.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	if err := os.Rename(m.path+".new", m.path); err != nil {
		return fmt.Errorf("replace memory: %w", err)
	}
	return nil
}

// first returns the message's first name, whichever it is given.
func (m *memory) first(r chat.Ref) chat.Ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.original[r]; ok {
		return o
	}
	return r
}

// newest returns the message's newest name and how often it was edited.
func (m *memory) newest(r chat.Ref) (chat.Ref, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.original[r]; ok {
		r = o
	}
	revisions := m.latest[r]
	if len(revisions) == 0 {
		return r, 0
	}
	return revisions[len(revisions)-1], len(revisions)
}

// poll tells whether a message, by its first name, is a poll of the bot's, and whether that is over.
func (m *memory) poll(first chat.Ref) (is, ended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ended, is = m.polls[first]
	return is, ended
}

// sumOf returns the sum of what a piece says, by its first name; empty if that is not known.
func (m *memory) sumOf(first chat.Ref) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.said[first]
}

// face returns the one of a message's pieces that stands for it: its poll, else the first. There must be one.
func (m *memory) face(refs []chat.Ref) chat.Ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range refs {
		if _, is := m.polls[r]; is {
			return r
		}
	}
	return refs[0]
}

// isGone tells whether the message was deleted.
func (m *memory) isGone(r chat.Ref) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.original[r]; ok {
		r = o
	}
	return m.gone[r]
}

// pieces returns the first names of all pieces of a message, in order, each once: those it is given and
// those that edits added. Gone ones are not among them.
func (m *memory) pieces(refs []chat.Ref) []chat.Ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []chat.Ref
	add := func(r chat.Ref) {
		if o, ok := m.original[r]; ok {
			r = o
		}
		if !m.gone[r] && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, r := range refs {
		add(r)
	}
	for _, r := range refs {
		for _, more := range m.more[r] {
			add(more)
		}
	}
	return out
}
