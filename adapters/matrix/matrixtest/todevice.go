package matrixtest

import (
	"encoding/json"
	"maps"
	"slices"
)

// mark takes a position in the log that says nothing in any room, and wakes whoever waits for an account.
func (s *Server) mark(users ...string) int {
	e := &event{pos: len(s.log) + 1}
	s.log = append(s.log, e)
	for w := range s.waiters {
		if contains(users, w.user) {
			w.wake()
		}
	}
	return e.pos
}

// keysChange notes that an account's keys are others now, for everybody who shares a room with it.
func (s *Server) keysChange(user string) {
	s.keysAt[user] = s.mark(slices.Collect(maps.Keys(s.sharing(user)))...)
}

// sharing returns the accounts that are in a room with one, and itself.
func (s *Server) sharing(user string) map[string]bool {
	out := map[string]bool{user: true}
	a := s.accounts[user]
	if a == nil {
		return out
	}
	for _, r := range a.rooms {
		if r.membership(user) != "join" {
			continue
		}
		for other, m := range r.members {
			if m.membership == "join" {
				out[other] = true
			}
		}
	}
	return out
}

func (s *Server) sendToDevice(c *call) (any, error) {
	key := txnKey{c.who, "", "to device " + c.path("type"), c.path("txn")}
	if _, done := s.txns[key]; done {
		return empty{}, nil
	}
	var q struct {
		Messages map[string]map[string]json.RawMessage `json:"messages"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	for user, to := range q.Messages {
		for id, content := range to {
			if checkContent(content) != nil {
				return nil, fail(400, "M_BAD_JSON", "Content is no object")
			}
			if id == "*" {
				for _, each := range s.devicesOf(user) {
					s.deliver(deviceName{user, each}, c.user, c.path("type"), content)
				}
				continue
			}
			if contains(s.devicesOf(user), id) {
				s.deliver(deviceName{user, id}, c.user, c.path("type"), content)
			}
		}
	}
	s.txns[key] = "done"
	return empty{}, nil
}

// deliver puts a message into a device's letter box, unless it is to be lost.
func (s *Server) deliver(to deviceName, from, kind string, content json.RawMessage) {
	if s.lose > 0 && kind == "m.room.encrypted" {
		s.lose--
		return
	}
	d := s.devices[to]
	if d == nil {
		d = s.makeDevice(to)
	}
	raw := mustJSON(map[string]any{"type": kind, "sender": from, "content": content})
	if s.holding {
		s.held = append(s.held, func() { d.letters = append(d.letters, letter{s.mark(to.user), raw}) })
		return
	}
	d.letters = append(d.letters, letter{s.mark(to.user), raw})
	if s.twice > 0 {
		s.twice--
		d.letters = append(d.letters, letter{s.mark(to.user), raw})
	}
}

// HoldLetters holds all messages from device to device back, or lets them go.
func (s *Server) HoldLetters(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = hold
	if hold {
		return
	}
	for _, deliver := range s.held {
		deliver()
	}
	s.held = nil
}

// LoseLetters makes the next n encrypted messages from device to device never arrive, RepeatLetters the next n
// messages arrive twice.
func (s *Server) LoseLetters(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = n
}

// RepeatLetters is described there.
func (s *Server) RepeatLetters(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.twice = n
}

// deviceJSON is what /sync says to a device.
type deviceJSON struct {
	ToDevice *eventsJSON    `json:"to_device,omitempty"`
	Lists    *listsJSON     `json:"device_lists,omitempty"`
	Left     map[string]int `json:"device_one_time_keys_count,omitempty"`
}

type listsJSON struct {
	Changed []string `json:"changed,omitempty"`
	Left    []string `json:"left,omitempty"`
}

// syncDevice writes what is new for a device; what it has confirmed is forgotten. It tells whether there was anything.
func (s *Server) syncDevice(c *call, since int, v *deviceJSON) bool {
	news := false
	if d := s.devices[deviceName{c.user, c.deviceOf()}]; d != nil {
		d.letters = slices.DeleteFunc(d.letters, func(l letter) bool { return l.pos <= since })
		for _, l := range d.letters {
			if v.ToDevice == nil {
				v.ToDevice = &eventsJSON{}
			}
			v.ToDevice.Events = append(v.ToDevice.Events, l.raw)
			news = true
		}
		v.Left = d.keysLeft()
	}
	if since == 0 {
		return news
	}
	changed, left := s.deviceLists(c.user, since)
	if len(changed)+len(left) > 0 {
		v.Lists = &listsJSON{Changed: changed, Left: left}
		news = true
	}
	return news
}

// deviceLists returns whose devices somebody must ask for anew, and whose he need not follow any more.
func (s *Server) deviceLists(user string, since int) (changed, left []string) {
	shares := s.sharing(user)
	news, gone := map[string]bool{}, map[string]bool{}
	for other := range shares {
		if s.keysAt[other] > since {
			news[other] = true
		}
	}
	for _, e := range s.log[since:] {
		r := s.accounts[user].rooms[e.room]
		if r == nil || e.kind != "m.room.member" {
			continue
		}
		switch {
		case !shares[*e.key]:
			gone[*e.key] = true
		case *e.key != user:
			news[*e.key] = true
		default: // he has come: all who are there are new to him
			for other, m := range r.members {
				if m.membership == "join" {
					news[other] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(news)), slices.Sorted(maps.Keys(gone))
}
