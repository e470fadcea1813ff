package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"maunium.net/go/mautrix"
)

// maxKnown is the most state events that are remembered per room; a room with more begins anew.
const maxKnown = 5000

// rooms remembers what the state of rooms says, as far as anybody asked. /sync keeps it true.
type rooms struct {
	mu      sync.Mutex // guards all below
	all     map[string]*room
	changes uint64 // of members, in all rooms
}

// room is what is known of one room.
type room struct {
	known map[stateKey]json.RawMessage // nil content = there is no such event
	heads int                          // joined accounts, 0 = not known
	moved uint64                       // which of all changes of members was the room's last
}

// turnedAway is the kind under which we remember ghosts that a room does not let in.
const turnedAway = "potluck.turned_away"

type stateKey struct{ kind, key string }

func newRooms() *rooms { return &rooms{all: map[string]*room{}} }

// room returns a room, making it. The caller holds the lock.
func (rs *rooms) room(id string) *room {
	r := rs.all[id]
	if r == nil || len(r.known) > maxKnown {
		rs.changes++
		r = &room{known: map[stateKey]json.RawMessage{}, moved: rs.changes}
		rs.all[id] = r
	}
	return r
}

// set remembers a state event that /sync told of.
func (rs *rooms) set(id, kind, key string, content json.RawMessage) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.room(id)
	r.known[stateKey{kind, key}] = content
	if kind == "m.room.member" {
		rs.changes++
		r.heads, r.moved = 0, rs.changes
	}
}

// reopen forgets who was turned away from a room.
func (rs *rooms) reopen(id string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for k := range rs.room(id).known {
		if k.kind == turnedAway {
			delete(rs.room(id).known, k)
		}
	}
}

// drop forgets one state event, so that it is asked for anew.
func (rs *rooms) drop(id, kind, key string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.room(id).known, stateKey{kind, key})
}

// forget forgets a room.
func (rs *rooms) forget(id string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.all, id)
}

func (rs *rooms) get(id, kind, key string) (json.RawMessage, bool) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.all[id]
	if r == nil {
		return nil, false
	}
	c, ok := r.known[stateKey{kind, key}]
	return c, ok
}

// learn remembers an answer, unless /sync was faster and knows better.
func (rs *rooms) learn(id, kind, key string, content json.RawMessage) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.room(id)
	if _, known := r.known[stateKey{kind, key}]; !known {
		r.known[stateKey{kind, key}] = content
	}
}

// state returns the content of a room's state event, nil if it has none, asking once.
func (a *Adapter) state(ctx context.Context, s *session, room, kind, key string) (json.RawMessage, error) {
	if c, ok := a.rooms.get(room, kind, key); ok {
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var content json.RawMessage
	_, err := s.bot.MakeRequest(ctx, http.MethodGet, s.bot.BuildClientURL("v3", "rooms", room, "state", kind, key), nil, &content)
	if statusOf(err) == http.StatusNotFound {
		content, err = nil, nil
	}
	if err != nil {
		a.lost(s, err)
		return nil, err
	}
	a.rooms.learn(room, kind, key, content)
	return content, nil
}

// text returns one string of a state event, empty if anything is in its way.
func (a *Adapter) stateText(ctx context.Context, s *session, room, kind, key, field string) string {
	c, err := a.state(ctx, s, room, kind, key)
	if err != nil || c == nil {
		return ""
	}
	return textField(c, field)
}

// textField returns a string field of a JSON object, empty if there is none.
func textField(object json.RawMessage, field string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(fields[field], &s) != nil {
		return ""
	}
	return s
}

// title returns the room's name, empty if it has none.
func (a *Adapter) title(ctx context.Context, s *session, room string) string {
	return cleanName(a.stateText(ctx, s, room, "m.room.name", "", "name"))
}

// nameOf returns how an account is called in a room; never empty.
func (a *Adapter) nameOf(ctx context.Context, s *session, room, user string) string {
	if name := cleanName(a.stateText(ctx, s, room, "m.room.member", user, "displayname")); name != "" {
		return name
	}
	return localpart(user)
}

// isEncrypted tells whether a room is encrypted, which it then is for ever.
func (a *Adapter) isEncrypted(ctx context.Context, s *session, room string) (bool, error) {
	c, err := a.state(ctx, s, room, "m.room.encryption", "")
	if err != nil {
		return false, err
	}
	return s.isSealed(room, textField(c, "algorithm") != "")
}

// isPrivate tells whether a room is the conversation of one person with the bot: at most two are in it,
// and it was begun as one, or has neither name nor address.
func (a *Adapter) isPrivate(ctx context.Context, s *session, room string) bool {
	if !a.direct.has(room) &&
		(a.title(ctx, s, room) != "" || a.stateText(ctx, s, room, "m.room.canonical_alias", "", "alias") != "") {
		return false
	}
	n, err := a.headsIn(ctx, s, room)
	return err == nil && n <= 2
}

// headsIn returns how many accounts are in a room, ghosts not counted.
func (a *Adapter) headsIn(ctx context.Context, s *session, room string) (int, error) {
	a.rooms.mu.Lock()
	n := a.rooms.room(room).heads
	a.rooms.mu.Unlock()
	if n > 0 {
		return n, nil
	}
	joined, err := joinedMembers(ctx, s.bot, room)
	if err != nil {
		return 0, err
	}
	for user := range joined {
		if user == a.config.User || !a.isOurs(user) {
			n++
		}
	}
	a.rooms.mu.Lock()
	defer a.rooms.mu.Unlock()
	a.rooms.room(room).heads = n
	return n, nil
}

// joinedMembers returns who is in a room.
func joinedMembers(ctx context.Context, cli *mautrix.Client, room string) (map[string]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var out struct {
		Joined map[string]json.RawMessage `json:"joined"`
	}
	_, err := cli.MakeRequest(ctx, http.MethodGet, cli.BuildClientURL("v3", "rooms", room, "joined_members"), nil, &out)
	return out.Joined, err
}
