package matrixtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter is the part of a sync filter that is honoured.
type filter struct {
	Room struct {
		Timeline struct {
			Limit    int      `json:"limit"`
			Types    []string `json:"types"`
			NotTypes []string `json:"not_types"`
		} `json:"timeline"`
		State struct {
			Types []string `json:"types"`
		} `json:"state"`
		Rooms    []string `json:"rooms"`
		NotRooms []string `json:"not_rooms"`
	} `json:"room"`
	raw json.RawMessage
}

// waiter is a /sync that waits for something to happen.
type waiter struct {
	user string
	c    chan struct{}
}

func (w *waiter) wake() {
	select {
	case w.c <- struct{}{}:
	default: // it is awake already
	}
}

// wake wakes every /sync that this event concerns, and the watchers of the World.
func (s *Server) wake(r *room, e *event) {
	for w := range s.waiters {
		if r.membership(w.user) == "join" || e.key != nil && *e.key == w.user {
			w.wake()
		}
	}
	for c := range s.watchers {
		select {
		case c <- struct{}{}:
		default: // it has been told already
		}
	}
}

// Syncs returns how many calls of /sync of an account wait for something to happen.
func (s *Server) Syncs(user string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for w := range s.waiters {
		if w.user == user {
			n++
		}
	}
	return n
}

func (s *Server) setFilter(c *call) (any, error) {
	f, err := parseFilter(c.body)
	if err != nil {
		return nil, err
	}
	id := strconv.Itoa(s.next())
	s.filters[c.user+" "+id] = f
	return map[string]string{"filter_id": id}, nil
}

func (s *Server) filter(c *call) (any, error) {
	if f, ok := s.filters[c.path("user")+" "+c.path("filter")]; ok && c.path("user") == c.user {
		return f.raw, nil
	}
	return nil, fail(404, "M_NOT_FOUND", "No such filter")
}

func parseFilter(b []byte) (filter, error) {
	f := filter{raw: b}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fail(400, "M_BAD_JSON", "Bad filter")
	}
	if f.Room.Timeline.Limit < 0 {
		return f, fail(400, "M_BAD_JSON", "Bad filter limit")
	}
	return f, nil
}

// filterOf returns the filter that a /sync names or brings.
func (s *Server) filterOf(c *call) (filter, error) {
	var f filter
	q := c.query("filter")
	switch {
	case strings.HasPrefix(q, "{"):
		var err error
		if f, err = parseFilter([]byte(q)); err != nil {
			return f, err
		}
	case q != "":
		var ok bool
		if f, ok = s.filters[c.user+" "+q]; !ok {
			return f, fail(400, "M_INVALID_PARAM", "No such filter")
		}
	}
	if f.Room.Timeline.Limit == 0 {
		f.Room.Timeline.Limit = 10
	}
	f.Room.Timeline.Limit = min(f.Room.Timeline.Limit, s.o.MaxTimeline)
	return f, nil
}

// sync answers at once when there is something new, else when something happens or the time is up.
func (s *Server) sync(w http.ResponseWriter, r *http.Request) {
	c, err := s.receive(w, r, true)
	if err != nil {
		write(w, nil, err)
		return
	}
	since, err := parsePos(c.query("since"), "s")
	if err != nil {
		write(w, nil, err)
		return
	}
	ms, _ := strconv.Atoi(c.query("timeout")) // anything else than a number means no waiting
	wait := &waiter{user: c.user, c: make(chan struct{}, 1)}
	timeout := time.NewTimer(time.Duration(min(max(ms, 0), 300_000)) * time.Millisecond)
	defer timeout.Stop()
	for last := ms <= 0; ; {
		s.mu.Lock()
		delete(s.waiters, wait)
		v, news, err := s.syncNow(c, since)
		if err == nil && !news && !last {
			s.waiters[wait] = struct{}{}
		}
		s.mu.Unlock()
		if err != nil || news || last {
			write(w, v, err)
			return
		}
		select {
		case <-wait.c:
		case <-timeout.C:
			last = true
		case <-r.Context().Done():
			last = true
		case <-s.stop:
			last = true
		}
	}
}

type eventsJSON struct {
	Events []json.RawMessage `json:"events"`
}

type timelineJSON struct {
	Events  []json.RawMessage `json:"events"`
	Limited bool              `json:"limited"`
	Prev    string            `json:"prev_batch,omitempty"`
}

type joinedJSON struct {
	Timeline timelineJSON   `json:"timeline"`
	State    eventsJSON     `json:"state"`
	Summary  map[string]int `json:"summary,omitempty"`
}

type invitedJSON struct {
	State eventsJSON `json:"invite_state"`
}

type syncJSON struct {
	Next  string `json:"next_batch"`
	Rooms struct {
		Join   map[string]joinedJSON  `json:"join,omitempty"`
		Invite map[string]invitedJSON `json:"invite,omitempty"`
		Leave  map[string]joinedJSON  `json:"leave,omitempty"`
	} `json:"rooms"`
	AccountData *eventsJSON `json:"account_data,omitempty"`
	deviceJSON
}

// syncNow writes what is new for the caller behind a position; news tells whether there is anything.
// Its cost is that of what happened since, whatever the age of the server.
func (s *Server) syncNow(c *call, since int) (v syncJSON, news bool, err error) {
	if _, alive := s.sessions[tokenOf(c.r)]; !alive {
		return v, false, fail(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
	}
	f, err := s.filterOf(c)
	if err != nil {
		return v, false, err
	}
	if since > len(s.log) {
		return v, false, fail(400, "M_UNKNOWN", "Invalid stream token")
	}
	var repeat int
	v.Rooms.Join, v.Rooms.Invite, v.Rooms.Leave = map[string]joinedJSON{}, map[string]invitedJSON{}, map[string]joinedJSON{}
	touched := s.touched(c.user, since)
	if since > 0 && len(touched) > 0 {
		if fault, ok := s.faults.take(c.r, true); ok {
			repeat = fault.Repeat
		}
	}
	for _, r := range touched {
		if !f.wants(r.id) {
			continue
		}
		s.syncRoom(c, f, r, since, repeat, &v)
	}
	v.AccountData = s.newAccountData(c.user, since)
	letters := s.syncDevice(c, since, &v.deviceJSON)
	v.Next = "s" + strconv.Itoa(len(s.log))
	news = since == 0 || len(v.Rooms.Join)+len(v.Rooms.Invite)+len(v.Rooms.Leave) > 0 || v.AccountData != nil || letters
	return v, news, nil
}

func (f filter) wants(room string) bool {
	return (f.Room.Rooms == nil || slices.Contains(f.Room.Rooms, room)) && !slices.Contains(f.Room.NotRooms, room)
}

// touched returns the user's rooms in which something happened since, in order of the first event.
func (s *Server) touched(user string, since int) []*room {
	var all []*room
	own := s.accounts[user].rooms
	if since == 0 {
		for _, r := range own {
			all = append(all, r)
		}
		slices.SortFunc(all, func(a, b *room) int { return a.timeline[0].pos - b.timeline[0].pos })
		return all
	}
	seen := map[string]bool{}
	for _, e := range s.log[since:] {
		if r := own[e.room]; r != nil && !seen[e.room] {
			seen[e.room] = true
			all = append(all, r)
		}
	}
	return all
}

func (s *Server) newAccountData(user string, since int) *eventsJSON {
	a := s.accounts[user]
	var out eventsJSON
	for kind, pos := range a.dataAt {
		if pos > since {
			out.Events = append(out.Events, mustJSON(map[string]any{"type": kind, "content": a.data[kind]}))
		}
	}
	if out.Events == nil {
		return nil
	}
	return &out
}
