package matrixtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxEvent is the size of a complete event in canonical JSON, and envelope what a server adds to what
// the client sends: hashes, signatures, previous and authorising events (Synapse 1.160 takes a plain
// body of 64,893 bytes).
const (
	maxEvent = 65536
	envelope = 540
)

// event is one thing that happened in a room. All but raw, content and redacted never change.
type event struct {
	id, kind, sender, room string
	key                    *string // state key
	content                json.RawMessage
	at                     int64
	redacts                string
	rel                    relation
	pos                    int
	raw                    []byte // as /sync shows it, without room_id
	redacted               bool
	prev                   *event // the state event that this one replaced
	session                *session
	txn                    string
}

// relation is what m.relates_to says.
type relation struct {
	Type string `json:"rel_type"`
	To   string `json:"event_id"`
	Key  string `json:"key"`
}

// wire is an event as the client-server API writes it.
type wire struct {
	Type     string          `json:"type"`
	Sender   string          `json:"sender"`
	ID       string          `json:"event_id"`
	Room     string          `json:"room_id,omitempty"`
	At       int64           `json:"origin_server_ts"`
	Key      *string         `json:"state_key,omitempty"`
	Content  json.RawMessage `json:"content"`
	Redacts  string          `json:"redacts,omitempty"`
	Unsigned *unsigned       `json:"unsigned,omitempty"`
}

type unsigned struct {
	PrevContent json.RawMessage `json:"prev_content,omitempty"`
	Replaces    string          `json:"replaces_state,omitempty"`
	Because     json.RawMessage `json:"redacted_because,omitempty"`
	Txn         string          `json:"transaction_id,omitempty"`
}

// newEvent returns an event that is not in the room yet. The caller holds the lock.
func (s *Server) newEvent(room, sender, kind string, key *string, content json.RawMessage) *event {
	sum := sha256.Sum256([]byte(s.salt + strconv.Itoa(s.next())))
	return &event{
		id: "$" + base64.RawURLEncoding.EncodeToString(sum[:]), kind: kind, sender: sender, room: room,
		key: key, content: content, at: time.Now().UnixMilli(), rel: relationOf(content),
	}
}

func relationOf(content json.RawMessage) relation {
	if !bytes.Contains(content, []byte(`"m.relates_to"`)) {
		return relation{}
	}
	var c struct {
		Relates relation `json:"m.relates_to"`
	}
	if json.Unmarshal(content, &c) != nil {
		return relation{}
	}
	return c.Relates
}

// encode writes raw anew, after the event was made or redacted.
func (e *event) encode(because *event) {
	w := e.wire()
	if because != nil {
		w.Unsigned = &unsigned{Because: because.full()}
	} else if e.prev != nil {
		w.Unsigned = &unsigned{PrevContent: e.prev.content, Replaces: e.prev.id}
	}
	e.raw = mustJSON(w)
}

func (e *event) wire() wire {
	return wire{
		Type: e.kind, Sender: e.sender, ID: e.id, At: e.at, Key: e.key,
		Content: e.content, Redacts: e.redacts,
	}
}

// full returns the event with its room_id, as all calls but /sync show it.
func (e *event) full() json.RawMessage {
	return append([]byte(`{"room_id":`+string(mustJSON(e.room))+","), e.raw[1:]...)
}

// seenBy returns the event for /sync of one session: its own sender learns the transaction id.
func (e *event) seenBy(sess *session) json.RawMessage {
	if e.txn == "" || e.session != sess || e.redacted {
		return e.raw
	}
	w := e.wire()
	w.Unsigned = &unsigned{Txn: e.txn}
	return mustJSON(w)
}

// kept lists what room version 10 leaves in a redacted event.
func kept(kind string) []string {
	switch kind {
	case "m.room.member":
		return []string{"membership", "join_authorised_via_users_server"}
	case "m.room.create":
		return []string{"creator"}
	case "m.room.join_rules":
		return []string{"join_rule", "allow"}
	case "m.room.history_visibility":
		return []string{"history_visibility"}
	case "m.room.power_levels":
		return []string{"ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"}
	default:
		return nil
	}
}

// redact removes the event's content for good.
func (e *event) redact(because *event) {
	var old map[string]json.RawMessage
	_ = json.Unmarshal(e.content, &old) // content that is no object keeps nothing
	left := map[string]json.RawMessage{}
	for _, k := range kept(e.kind) {
		if v, ok := old[k]; ok {
			left[k] = v
		}
	}
	e.content, e.redacted, e.rel = mustJSON(left), true, relation{}
	e.encode(because)
}

// checkContent refuses what is no canonical JSON object of room version 10.
func checkContent(content json.RawMessage) error {
	if !bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) || !json.Valid(content) || !utf8.Valid(content) {
		return fail(400, "M_NOT_JSON", "Content not JSON.")
	}
	if hasFloat(content) {
		return fail(400, "M_BAD_JSON", "Bad JSON value: float")
	}
	return nil
}

// checkSize refuses what is too large for an event.
func checkSize(e *event) error {
	var b bytes.Buffer
	if err := json.Compact(&b, e.content); err != nil {
		return fail(400, "M_NOT_JSON", "Content not JSON.")
	}
	if b.Len()+len(e.sender)+len(e.room)+len(e.kind)+envelope > maxEvent {
		return fail(413, "M_TOO_LARGE", "event too large")
	}
	if len(e.kind) > 255 || e.key != nil && len(*e.key) > 255 {
		return fail(413, "M_TOO_LARGE", "event field too large")
	}
	return nil
}

// hasFloat tells whether valid JSON has a number with a fraction or an exponent.
func hasFloat(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case c >= '0' && c <= '9':
			for i+1 < len(b) && strings.IndexByte("0123456789.eE+-", b[i+1]) >= 0 {
				i++
				if strings.IndexByte(".eE", b[i]) >= 0 {
					return true
				}
			}
		}
	}
	return false
}

// mustJSON encodes what can always be encoded: our own structs, and raw JSON that was checked before.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}
