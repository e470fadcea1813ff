package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// What is kept at most, and how long after the last word.
const (
	maxConversations = 10_000
	maxBytes         = 512 << 20 // of all files; the house may go on to answer beyond it
	keepFor          = 180 * 24 * time.Hour
)

// suffix is how a conversation's file ends; what else lies in the folder is left alone.
const suffix = ".talk"

// partPrefix is how files begin that are not whole yet.
const partPrefix = ".part-"

// errFull is wrapped when there is no place for another conversation.
var errFull = errors.New("too many conversations")

// shelf is the folder of the conversations.
type shelf struct {
	dir string
	key key
	log *slog.Logger

	mu    sync.Mutex // guards what follows; never held while a conversation's is taken
	talks map[string]*conversation
	bytes int64
	queue []*conversation // one for each thing that waits for the bus
	more  chan struct{}   // has a value when the queue may have something
}

// openShelf reads a folder, making it if it is not there. What was said and is not known to be on the bus waits for it.
func openShelf(dir string, now time.Time, log *slog.Logger) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	k, err := ownKey(dir)
	if err != nil {
		return nil, err
	}
	s := &shelf{dir: dir, key: k, log: log, talks: map[string]*conversation{}, more: make(chan struct{}, 1)}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), partPrefix) { // a kill has left it; nobody knows it
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return nil, fmt.Errorf("remove part of a file: %w", err)
			}
			continue
		}
		name, ok := strings.CutSuffix(f.Name(), suffix)
		if !ok || !isCode(name) {
			continue
		}
		if err := s.load(name); err != nil {
			return nil, err
		}
	}
	s.expire(now)
	return s, nil
}

// load reads one file. One whose first line was not written to its end was never told to anybody and goes; one that
// is not a conversation is left alone, loudly.
func (s *shelf) load(name string) error {
	path := filepath.Join(s.dir, name+suffix)
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read conversation: %w", err)
	}
	whole := raw[:bytes.LastIndexByte(raw, '\n')+1]
	rs := parse(whole)
	switch {
	case len(whole) == 0:
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove conversation that never began: %w", err)
		}
		return nil
	case len(rs) == 0 || rs[0].Kind != begun || !isCommunity(string(rs[0].Community)):
		s.log.Error("a file is no conversation and is left alone; repair it from a copy of the folder, or take it away", "path", path)
		return nil
	}
	s.put(s.conversation(name, rs[0].Community), rs, int64(len(whole)))
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// conversation returns one with nothing in it that nobody can find yet.
func (s *shelf) conversation(name string, in chat.CommunityID) *conversation {
	return &conversation{
		name: name, community: in, path: filepath.Join(s.dir, name+suffix), next: 1,
		unsent: map[int]struct{}{}, changed: make(chan struct{}),
		grown: func(n int64) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.bytes += n
		},
	}
}

// put lets a conversation with these lines be found, and what is not on the bus wait for it.
func (s *shelf) put(c *conversation, rs []record, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resize(size)
	for _, r := range rs {
		c.last = later(c.last, r.At)
		if r.Kind != taken {
			c.next = max(c.next, r.N+1)
		}
		switch r.Kind {
		case said, pressed:
			c.unsent[r.N] = struct{}{}
		case answered:
			c.answer = max(c.answer, r.N)
		case taken:
			delete(c.unsent, r.N)
		}
	}
	for range c.unsent {
		s.wait(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.talks[c.name] = c
}

// hasRoom tells whether another conversation can begin.
func (s *shelf) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.talks) < maxConversations && s.bytes < maxBytes
}

// hasBytes tells whether another word can be taken.
func (s *shelf) hasBytes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes < maxBytes
}

// begin makes a conversation whose first words these are; they are on the disk and wait for the bus when it returns.
// The error wraps errFull where there is no place.
func (s *shelf) begin(name string, in chat.CommunityID, first record) (*conversation, error) {
	if !s.hasRoom() {
		return nil, fmt.Errorf("begin conversation: %w", errFull)
	}
	first.Kind, first.N = said, 1
	rs := []record{{Kind: begun, At: first.At, Community: in}, first}
	raw, err := encode(rs)
	if err != nil {
		return nil, err
	}
	c := s.conversation(name, in)
	if err := writeWhole(c.path, raw); err != nil {
		return nil, fmt.Errorf("begin conversation: %w", err)
	}
	s.put(c, rs, int64(len(raw)))
	return c, nil
}

// add writes what a visitor says or presses; it is on the disk and waits for the bus when add returns its number.
func (s *shelf) add(c *conversation, r record) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forsaken {
		return 0, fmt.Errorf("add to conversation: %w", errGone)
	}
	r.N = c.next
	if err := c.append(r, true); err != nil {
		return 0, err
	}
	c.next++
	c.last = later(c.last, r.At)
	c.unsent[r.N] = struct{}{}
	s.wait(c)
	return r.N, nil
}

// find returns the conversation with a name, nil if there is none (any more).
func (s *shelf) find(name string) *conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talks[name]
}

// in returns the conversation that a chat names, nil if there is none (any more).
func (s *shelf) in(at chat.Chat) *conversation {
	_, name, _ := strings.Cut(at.ID, ".")
	if c := s.find(name); c != nil && c.chat() == at {
		return c
	}
	return nil
}

// wait puts a conversation behind those that have something for the bus.
func (s *shelf) wait(c *conversation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, c)
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// next takes the conversation that has waited longest; false when ctx ends.
func (s *shelf) next(ctx context.Context) (*conversation, bool) {
	for ctx.Err() == nil {
		if c := s.first(); c != nil {
			return c, true
		}
		select {
		case <-s.more:
		case <-ctx.Done():
		}
	}
	return nil, false
}

func (s *shelf) first() *conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil
	}
	c := s.queue[0]
	s.queue = s.queue[1:]
	return c
}

// expire takes conversations away whose last word is too long ago.
func (s *shelf) expire(now time.Time) {
	s.mu.Lock()
	all := make([]*conversation, 0, len(s.talks))
	for _, c := range s.talks {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		if err := s.forsake(c, now); err != nil {
			s.log.Warn("an old conversation could not be removed; it is tried again in an hour", "error", err)
		}
	}
}

// forsake removes a conversation if its time is over.
func (s *shelf) forsake(c *conversation, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forsaken || len(c.unsent) > 0 || now.Sub(c.last) < keepFor {
		return nil
	}
	if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove conversation: %w", err)
	}
	c.forsaken = true
	c.resize(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.talks, c.name)
	return nil
}

// writeWhole writes a file, for its owner alone, that after a crash is there whole or as it was before.
func writeWhole(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), partPrefix+"*") // 0600
	if err != nil {
		return fmt.Errorf("make file: %w", err)
	}
	_, err = io.Copy(f, bytes.NewReader(raw))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir puts what has been renamed in a folder onto the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write folder: %w", err)
	}
	return nil
}
