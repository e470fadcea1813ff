package matrixtest

import (
	"encoding/json"
	"sort"
	"strings"
)

// room is one room with its whole history.
type room struct {
	id       string
	version  string
	timeline []*event // in order of pos
	state    map[stateKey]*event
	members  map[string]*member
	joined   int
	power    powers
	annots   map[annotation]string // → event id
	related  map[string][]*event   // target → events
}

type stateKey struct{ kind, key string }

// annotation names a reaction: the same one twice is refused.
type annotation struct{ sender, target, key string }

// member is one account's place in a room.
type member struct {
	membership string // invite, join, leave, ban
	event      *event
	joinedAt   int  // position of the latest join from outside, 0 = never
	changedAt  int  // position of the latest change of membership
	wasIn      bool // joined just before the latest change
	forgotten  bool
}

func (s *Server) makeRoom(version string) *room {
	r := &room{
		id: "!" + random()[:12] + string(rune('a'+s.next()%26)) + ":" + s.o.ServerName, version: version,
		state: map[stateKey]*event{}, members: map[string]*member{}, annots: map[annotation]string{},
		related: map[string][]*event{},
	}
	s.rooms[r.id] = r
	return r
}

// add puts an event at the end of the room: the only way anything happens. The caller holds the lock
// and has checked that it may.
func (s *Server) add(r *room, e *event) {
	if e.key != nil {
		e.prev = r.state[stateKey{e.kind, *e.key}]
	}
	e.encode(nil)
	s.log = append(s.log, e)
	e.pos = len(s.log)
	s.events[e.id] = e
	r.timeline = append(r.timeline, e)
	if e.key != nil {
		s.setState(r, e)
	}
	if e.rel.To != "" {
		r.related[e.rel.To] = append(r.related[e.rel.To], e)
		if e.rel.Type == "m.annotation" {
			r.annots[annotation{e.sender, e.rel.To, e.rel.Key}] = e.id
		}
	}
	if e.kind == "m.room.redaction" {
		s.applyRedaction(r, e)
	}
	s.wake(r, e)
}

func (s *Server) setState(r *room, e *event) {
	r.state[stateKey{e.kind, *e.key}] = e
	switch e.kind {
	case "m.room.member":
		s.setMember(r, e)
	case "m.room.power_levels":
		r.power, _ = parsePowers(e.content) // only injected events can be unreadable: they mean the defaults
	}
}

func (s *Server) setMember(r *room, e *event) {
	var c struct {
		Membership string `json:"membership"`
	}
	_ = json.Unmarshal(e.content, &c) // an unreadable membership is none
	m := r.members[*e.key]
	if m == nil {
		m = &member{membership: "leave"}
		r.members[*e.key] = m
	}
	m.event = e
	if c.Membership == m.membership {
		return
	}
	m.wasIn = m.membership == "join"
	if m.wasIn {
		r.joined--
	}
	m.membership, m.changedAt, m.forgotten = c.Membership, e.pos, false
	if c.Membership == "join" {
		m.joinedAt = e.pos
		r.joined++
	}
	if a := s.accounts[*e.key]; a != nil {
		a.rooms[r.id] = r
	}
}

func (s *Server) applyRedaction(r *room, e *event) {
	target := s.events[e.redacts]
	if target == nil || target.room != r.id || target.redacted {
		return
	}
	if target.rel.Type == "m.annotation" {
		delete(r.annots, annotation{target.sender, target.rel.To, target.rel.Key})
	}
	target.redact(e)
}

// membership returns join, invite, leave or ban.
func (r *room) membership(user string) string {
	if m := r.members[user]; m != nil {
		return m.membership
	}
	return "leave"
}

// stateContent returns the content of a state event, nil if there is none.
func (r *room) stateContent(kind, key string) json.RawMessage {
	if e := r.state[stateKey{kind, key}]; e != nil {
		return e.content
	}
	return nil
}

// State returns the content of a room's state event, nil if there is none.
func (s *Server) State(roomID, kind, key string) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[roomID]; r != nil {
		return r.stateContent(kind, key)
	}
	return nil
}

// sortedState returns the room's state in the order in which it was set.
func (r *room) sortedState() []*event {
	all := make([]*event, 0, len(r.state))
	for _, e := range r.state {
		all = append(all, e)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].pos < all[j].pos })
	return all
}

// after returns the index in the timeline of the first event behind a position.
func (r *room) after(pos int) int {
	return sort.Search(len(r.timeline), func(i int) bool { return r.timeline[i].pos > pos })
}

// joinRule returns invite, public, restricted …
func (r *room) joinRule() (rule string, allow []string) {
	var c struct {
		Rule  string `json:"join_rule"`
		Allow []struct {
			Room string `json:"room_id"`
		} `json:"allow"`
	}
	_ = json.Unmarshal(r.stateContent("m.room.join_rules", ""), &c) // none = invite
	for _, a := range c.Allow {
		allow = append(allow, a.Room)
	}
	if c.Rule == "" {
		c.Rule = "invite"
	}
	return c.Rule, allow
}

// historyOpen tells whether newcomers may read what was said before they came.
func (r *room) historyOpen() bool {
	var c struct {
		V string `json:"history_visibility"`
	}
	_ = json.Unmarshal(r.stateContent("m.room.history_visibility", ""), &c) // none = shared
	return c.V == "" || c.V == "shared" || c.V == "world_readable"
}

// room returns the room that a path names.
func (s *Server) room(id string) (*room, error) {
	if r := s.rooms[id]; r != nil {
		return r, nil
	}
	if !strings.HasPrefix(id, "!") {
		return nil, fail(400, "M_INVALID_PARAM", "Invalid room id")
	}
	return nil, fail(404, "M_NOT_FOUND", "Unknown room")
}
