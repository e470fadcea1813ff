package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// maxStreams is how many pages may be open at once.
const maxStreams = 32

// The times of a live stream: how often an idle one says that it is alive, and how long a write may take
// before its page counts as gone.
const (
	heartbeat  = 15 * time.Second
	writeLimit = 10 * time.Second
)

// stream is one open page: it sends what has changed since it last did.
type stream struct {
	w    http.ResponseWriter
	out  *http.ResponseController
	sent map[string][]byte // what the page has already, by event and name
}

// serveLive sends server-sent events for as long as the page is open: `phone` (a messenger and its people),
// `chat` (a chat as it is now) and `tips`. At the start it sends them all.
func (t *Table) serveLive(w http.ResponseWriter, r *http.Request) {
	select {
	case t.streams <- struct{}{}:
		defer func() { <-t.streams }()
	default:
		writeJSON(w, http.StatusServiceUnavailable, problem{"too many pages are open: close one and load this again"})
		return
	}
	changed, stop := t.changes()
	defer stop()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s := &stream{w: w, out: http.NewResponseController(w), sent: map[string][]byte{}}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		if err := s.push(t.state()); err != nil {
			t.log.Debug("page is gone", "error", err)
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-t.done:
			return
		case <-time.After(t.pace): // many changes at once are one look
		}
		select {
		case <-r.Context().Done():
			return
		case <-t.done:
			return
		case <-alive.C:
			if err := s.write([]byte(": alive\n\n")); err != nil {
				t.log.Debug("page is gone", "error", err)
				return
			}
		case <-changed:
		}
	}
}

// push sends the parts of a state that the page does not have yet.
func (s *stream) push(p pageState) error {
	var out bytes.Buffer
	for _, phone := range p.Phones {
		if err := s.add(&out, "phone", string(phone.Platform), phone); err != nil {
			return err
		}
	}
	for _, c := range p.Chats {
		if err := s.add(&out, "chat", string(c.Platform)+" "+c.ID, c); err != nil {
			return err
		}
	}
	if err := s.add(&out, "tips", "", p.Tips); err != nil {
		return err
	}
	if out.Len() == 0 {
		return nil
	}
	return s.write(out.Bytes())
}

func (s *stream) add(out *bytes.Buffer, event, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", event, err)
	}
	key := event + " " + name
	if bytes.Equal(s.sent[key], b) {
		return nil
	}
	s.sent[key] = b
	fmt.Fprintf(out, "event: %s\ndata: %s\n\n", event, b)
	return nil
}

func (s *stream) write(b []byte) error {
	if err := s.out.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return fmt.Errorf("set the time for writing: %w", err)
	}
	if _, err := s.w.Write(b); err != nil {
		return fmt.Errorf("write to the page: %w", err)
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to the page: %w", err)
	}
	return nil
}
