package matrixtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// readable returns the room of a path if the caller is or was in it.
func (s *Server) readable(c *call) (*room, error) {
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	m := r.members[c.user]
	if m == nil || m.forgotten || m.membership != "join" && m.joinedAt == 0 {
		return nil, fail(403, "M_FORBIDDEN", "User "+c.user+" not in room "+r.id)
	}
	return r, nil
}

// span returns the indexes of the timeline between which the caller may read.
func (r *room) span(user string) (from, to int) {
	m := r.members[user]
	to = len(r.timeline)
	if m.membership != "join" {
		to = r.after(m.changedAt)
	}
	if !r.historyOpen() {
		from = r.after(m.joinedAt - 1)
	}
	return from, to
}

func (s *Server) roomState(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	all := []json.RawMessage{}
	for _, e := range r.sortedState() {
		all = append(all, e.full())
	}
	return all, nil
}

func (s *Server) roomStateOf(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	e := r.state[stateKey{c.path("type"), c.path("key")}]
	if e == nil {
		return nil, fail(404, "M_NOT_FOUND", "Event not found.")
	}
	if c.query("format") == "event" {
		if s.o.BareState {
			w := e.wire()
			w.Room = e.room
			return w, nil
		}
		return e.full(), nil
	}
	return e.content, nil
}

type messagesJSON struct {
	Chunk []json.RawMessage `json:"chunk"`
	Start string            `json:"start"`
	End   string            `json:"end,omitempty"`
}

// messages pages through a room. A token "t<n>" stands just before the event at position n, a token
// "s<n>" of /sync just behind it.
func (s *Server) messages(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	low, high := r.span(c.user)
	back := c.query("dir") != "f"
	at := low
	if back {
		at = high
	}
	if from := c.query("from"); from != "" {
		if at, err = r.index(from); err != nil {
			return nil, err
		}
	}
	if to := c.query("to"); to != "" {
		i, err := r.index(to)
		if err != nil {
			return nil, err
		}
		if back {
			low = max(low, i)
		} else {
			high = min(high, i)
		}
	}
	limit := limitOf(c)
	out := messagesJSON{Chunk: []json.RawMessage{}, Start: r.token(at)}
	if back {
		start := max(low, at-limit)
		for i := min(at, high) - 1; i >= start; i-- {
			out.Chunk = append(out.Chunk, r.timeline[i].full())
		}
		if start > low {
			out.End = r.token(start)
		}
		return out, nil
	}
	end := min(high, at+limit)
	for i := max(at, low); i < end; i++ {
		out.Chunk = append(out.Chunk, r.timeline[i].full())
	}
	if len(out.Chunk) > 0 {
		out.End = r.token(end)
	}
	return out, nil
}

func limitOf(c *call) int {
	limit, err := strconv.Atoi(c.query("limit"))
	if err != nil || limit <= 0 {
		limit = 10
	}
	return min(limit, 1000)
}

// index returns where in the timeline a token stands.
func (r *room) index(token string) (int, error) {
	if strings.HasPrefix(token, "s") {
		pos, err := parsePos(token, "s")
		return r.after(pos), err
	}
	pos, err := parsePos(token, "t")
	return r.after(pos - 1), err
}

// token names the place before the event with that index.
func (r *room) token(i int) string {
	if i < len(r.timeline) {
		return "t" + strconv.Itoa(r.timeline[max(i, 0)].pos)
	}
	return "t" + strconv.Itoa(r.timeline[len(r.timeline)-1].pos+1)
}

func (s *Server) event(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	e := s.events[c.path("event")]
	if e == nil || e.room != r.id {
		return nil, fail(404, "M_NOT_FOUND", "Event not found.")
	}
	if from, to := r.span(c.user); e.pos < r.timeline[from].pos || e.pos > r.timeline[to-1].pos {
		return nil, fail(404, "M_NOT_FOUND", "Event not found.")
	}
	return e.full(), nil
}

// relations returns the events that relate to another, newest first.
func (s *Server) relations(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	if e := s.events[c.path("event")]; e == nil || e.room != r.id {
		return nil, fail(404, "M_NOT_FOUND", "Unknown event")
	}
	end, err := parsePos(c.query("from"), "t")
	if err != nil {
		return nil, err
	}
	out := struct {
		Chunk []json.RawMessage `json:"chunk"`
		Next  string            `json:"next_batch,omitempty"`
	}{Chunk: []json.RawMessage{}}
	limit := limitOf(c)
	for _, e := range slices.Backward(r.related[c.path("event")]) {
		if rel := c.path("rel"); e.redacted || end > 0 && e.pos >= end || rel != "" && e.rel.Type != rel {
			continue
		}
		if kind := c.path("type"); kind != "" && e.kind != kind {
			continue
		}
		if len(out.Chunk) == limit {
			out.Next = "t" + strconv.Itoa(s.events[lastID(out.Chunk)].pos)
			break
		}
		out.Chunk = append(out.Chunk, e.full())
	}
	return out, nil
}

func lastID(chunk []json.RawMessage) string {
	var e wire
	_ = json.Unmarshal(chunk[len(chunk)-1], &e) // we wrote it ourselves
	return e.ID
}
