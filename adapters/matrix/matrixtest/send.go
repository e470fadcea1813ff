package matrixtest

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// txnKey is within what a transaction id counts: a session (the whole application service is one, as on
// Dendrite and Synapse, whichever ghost it plays) and the path.
type txnKey struct {
	who             *session
	room, kind, txn string
}

// ForgetTransactions forgets every transaction id, as Dendrite does when it restarts.
func (s *Server) ForgetTransactions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.txns = map[txnKey]string{}
}

func (s *Server) send(c *call) (any, error) {
	key := txnKey{c.who, c.path("room"), c.path("type"), c.path("txn")}
	if id, ok := s.txns[key]; ok {
		return eventID(id), nil
	}
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	if err := checkContent(c.body); err != nil {
		return nil, err
	}
	if err := r.maySend(c.user, key.kind, false); err != nil {
		return nil, err
	}
	e := s.newEvent(r.id, c.user, key.kind, nil, c.body)
	if err := s.checkNew(r, e); err != nil {
		return nil, err
	}
	e.session, e.txn = c.who, key.txn
	if ts, err := strconv.ParseInt(c.query("ts"), 10, 64); err == nil && c.who.service {
		e.at = ts
	}
	s.add(r, e)
	s.txns[key] = e.id
	return eventID(e.id), nil
}

// checkNew refuses an event for what it is, not for who sends it.
func (s *Server) checkNew(r *room, e *event) error {
	if err := checkSize(e); err != nil {
		return err
	}
	if e.rel.Type == "m.annotation" && !s.o.DuplicateReactions {
		if _, twice := r.annots[annotation{e.sender, e.rel.To, e.rel.Key}]; twice {
			return fail(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")
		}
	}
	if e.kind == "m.room.redaction" {
		return fail(400, "M_UNKNOWN", "Use the redaction call")
	}
	return nil
}

type eventID string

func (id eventID) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"event_id":%s}`, mustJSON(string(id))), nil
}

func (s *Server) redact(c *call) (any, error) {
	key := txnKey{c.who, c.path("room"), "m.room.redaction " + c.path("event"), c.path("txn")}
	if id, ok := s.txns[key]; ok {
		return eventID(id), nil
	}
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	body := json.RawMessage(c.body)
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	if err := checkContent(body); err != nil {
		return nil, err
	}
	if err := r.maySend(c.user, "m.room.redaction", false); err != nil {
		return nil, err
	}
	target := s.events[c.path("event")]
	if target == nil || target.room != r.id {
		return nil, fail(404, "M_NOT_FOUND", "Could not find event to redact")
	}
	if target.sender != c.user && r.level(c.user) < r.power.Redact {
		return nil, fail(403, "M_FORBIDDEN", "You don't have permission to redact events")
	}
	e := s.newEvent(r.id, c.user, "m.room.redaction", nil, body)
	e.redacts, e.session, e.txn = target.id, c.who, key.txn
	s.add(r, e)
	s.txns[key] = e.id
	return eventID(e.id), nil
}

func (s *Server) setRoomState(c *call) (any, error) {
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	if err := checkContent(c.body); err != nil {
		return nil, err
	}
	id, err := s.putState(r, c.user, c.path("type"), c.path("key"), c.body)
	if err != nil {
		return nil, err
	}
	return eventID(id), nil
}

// putState sets one state event after all checks; the same content again is the old event.
func (s *Server) putState(r *room, user, kind, key string, content json.RawMessage) (string, error) {
	if kind == "m.room.create" || kind == "m.room.redaction" {
		return "", fail(403, "M_FORBIDDEN", "Cannot send "+kind)
	}
	if kind == "m.room.member" {
		return s.putMember(r, user, key, content)
	}
	if err := r.maySend(user, kind, true); err != nil {
		return "", err
	}
	if len(key) > 0 && key[0] == '@' && key != user {
		return "", fail(403, "M_FORBIDDEN", "You are not allowed to set others state")
	}
	if kind == "m.room.power_levels" {
		if err := r.mayRepower(user, content); err != nil {
			return "", err
		}
	}
	if old := r.state[stateKey{kind, key}]; old != nil && sameJSON(old.content, content) {
		return old.id, nil
	}
	e := s.newEvent(r.id, user, kind, &key, content)
	if err := checkSize(e); err != nil {
		return "", err
	}
	s.add(r, e)
	return e.id, nil
}

// putMember is the long way to the membership calls: PUT state/m.room.member/@who.
func (s *Server) putMember(r *room, user, target string, content json.RawMessage) (string, error) {
	var m struct {
		Membership string `json:"membership"`
		Reason     string `json:"reason"`
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return "", fail(400, "M_BAD_JSON", "Bad membership")
	}
	if m.Membership == "knock" && r.membership(user) == "knock" {
		return r.members[target].event.id, nil
	}
	if err := s.changeMember(r, user, target, m.Membership, m.Reason); err != nil {
		return "", err
	}
	return r.members[target].event.id, nil
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return string(mustJSON(x)) == string(mustJSON(y))
}

// Inject puts a raw event into a room, whatever it is: no right, size or shape is checked. Fields that
// are missing are filled in; the sender defaults to the room's creator. It returns the event's id.
func (s *Server) Inject(roomID string, raw []byte) (string, error) {
	var in struct {
		ID      string          `json:"event_id"`
		Type    string          `json:"type"`
		Sender  string          `json:"sender"`
		Key     *string         `json:"state_key"`
		Content json.RawMessage `json:"content"`
		Redacts string          `json:"redacts"`
		At      int64           `json:"origin_server_ts"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return "", fmt.Errorf("inject event: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.room(roomID)
	if err != nil {
		return "", err
	}
	if in.Sender == "" {
		in.Sender = r.timeline[0].sender
	}
	if in.Content == nil {
		in.Content = json.RawMessage("{}")
	}
	e := s.newEvent(r.id, in.Sender, in.Type, in.Key, in.Content)
	e.redacts = in.Redacts
	if in.ID != "" {
		e.id = in.ID
	}
	if in.At != 0 {
		e.at = in.At
	}
	s.add(r, e)
	return e.id, nil
}
