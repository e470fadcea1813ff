package matrixtest

import (
	"encoding/json"
)

type createRequest struct {
	Visibility string                     `json:"visibility"`
	Alias      string                     `json:"room_alias_name"`
	Name       string                     `json:"name"`
	Topic      string                     `json:"topic"`
	Invite     []string                   `json:"invite"`
	Version    string                     `json:"room_version"`
	Preset     string                     `json:"preset"`
	Direct     bool                       `json:"is_direct"`
	Creation   map[string]json.RawMessage `json:"creation_content"`
	Powers     map[string]json.RawMessage `json:"power_level_content_override"`
	State      []struct {
		Type    string          `json:"type"`
		Key     string          `json:"state_key"`
		Content json.RawMessage `json:"content"`
	} `json:"initial_state"`
}

func (s *Server) createRoom(c *call) (any, error) {
	var q createRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.Version == "" {
		q.Version = "10"
	}
	if q.Version != "10" {
		return nil, fail(400, "M_UNSUPPORTED_ROOM_VERSION", "Only room version 10 is known here")
	}
	for _, u := range q.Invite {
		if s.accounts[u] == nil {
			return nil, fail(404, "M_NOT_FOUND", "User "+u+" not found")
		}
	}
	alias := ""
	if q.Alias != "" {
		alias = "#" + q.Alias + ":" + s.o.ServerName
		if _, taken := s.aliases[alias]; taken {
			return nil, fail(400, "M_ROOM_IN_USE", "Room alias already taken")
		}
	}
	r := s.makeRoom(q.Version)
	if alias != "" {
		s.aliases[alias] = r.id
	}
	if err := s.found(r, c.user, q, alias); err != nil {
		return nil, err
	}
	return map[string]string{"room_id": r.id}, nil
}

// found writes the first events of a room.
func (s *Server) found(r *room, creator string, q createRequest, alias string) error {
	if q.Preset == "" {
		q.Preset = map[bool]string{true: "public_chat", false: "private_chat"}[q.Visibility == "public"]
	}
	creation := map[string]json.RawMessage{}
	for k, v := range q.Creation {
		creation[k] = v
	}
	creation["creator"], creation["room_version"] = mustJSON(creator), mustJSON(r.version)
	none := ""
	s.add(r, s.newEvent(r.id, creator, "m.room.create", &none, mustJSON(creation)))
	s.addMember(r, creator, creator, "join", "")
	s.add(r, s.newEvent(r.id, creator, "m.room.power_levels", &none, mustJSON(q.powers(creator))))

	set := func(kind, key string, content any) error {
		_, err := s.putState(r, creator, kind, key, mustJSON(content))
		return err
	}
	rule := "invite"
	if q.Preset == "public_chat" {
		rule = "public"
	}
	steps := []func() error{
		func() error { return set("m.room.join_rules", "", map[string]string{"join_rule": rule}) },
		func() error {
			return set("m.room.history_visibility", "", map[string]string{"history_visibility": "shared"})
		},
	}
	for _, st := range q.State {
		steps = append(steps, func() error { return set(st.Type, st.Key, st.Content) })
	}
	if alias != "" {
		steps = append(steps, func() error { return set("m.room.canonical_alias", "", map[string]string{"alias": alias}) })
	}
	if q.Name != "" {
		steps = append(steps, func() error { return set("m.room.name", "", map[string]string{"name": q.Name}) })
	}
	if q.Topic != "" {
		steps = append(steps, func() error { return set("m.room.topic", "", map[string]string{"topic": q.Topic}) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for _, u := range q.Invite {
		if u != creator {
			s.addMemberContent(r, creator, u, memberContent{Membership: "invite", Direct: q.Direct})
		}
	}
	return nil
}

// powers returns the levels that Synapse gives to a new room.
func (q createRequest) powers(creator string) map[string]json.RawMessage {
	users := map[string]int{creator: 100}
	if q.Preset == "trusted_private_chat" {
		for _, u := range q.Invite {
			users[u] = 100
		}
	}
	p := map[string]json.RawMessage{
		"users": mustJSON(users), "users_default": mustJSON(0), "events_default": mustJSON(0),
		"state_default": mustJSON(50), "ban": mustJSON(50), "kick": mustJSON(50), "redact": mustJSON(50),
		"invite": mustJSON(50), "historical": mustJSON(100),
		"events": mustJSON(map[string]int{
			"m.room.name": 50, "m.room.avatar": 50, "m.room.canonical_alias": 50, "m.room.power_levels": 100,
			"m.room.history_visibility": 100, "m.room.tombstone": 100, "m.room.server_acl": 100,
			"m.room.encryption": 100,
		}),
	}
	if q.Preset != "public_chat" {
		p["invite"] = mustJSON(0)
	}
	for k, v := range q.Powers {
		p[k] = v
	}
	return p
}

func (s *Server) resolve(c *call) (any, error) {
	if id, ok := s.aliases[c.path("alias")]; ok {
		return map[string]any{"room_id": id, "servers": []string{s.o.ServerName}}, nil
	}
	return nil, fail(404, "M_NOT_FOUND", "Room alias not found")
}

// upgrade makes a successor room and closes the old one; members do not come along, bans do.
func (s *Server) upgrade(c *call) (any, error) {
	old, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	var q struct {
		Version string `json:"new_version"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.Version != "10" {
		return nil, fail(400, "M_UNSUPPORTED_ROOM_VERSION", "Only room version 10 is known here")
	}
	if err := old.maySend(c.user, "m.room.tombstone", true); err != nil {
		return nil, err
	}
	next := s.makeRoom(q.Version)
	none := ""
	stone := mustJSON(map[string]string{"body": "This room has been replaced", "replacement_room": next.id})
	last := s.newEvent(old.id, c.user, "m.room.tombstone", &none, stone)
	s.add(old, last)
	s.succeed(old, next, c.user, last.id)
	p := old.power
	level := max(p.UsersDefault+1, 50)
	var content map[string]json.RawMessage
	_ = json.Unmarshal(old.stateContent("m.room.power_levels", ""), &content) // it was checked when it was set
	content["events_default"], content["invite"] = mustJSON(max(level, p.EventsDefault)), mustJSON(max(level, p.Invite))
	s.add(old, s.newEvent(old.id, c.user, "m.room.power_levels", &none, mustJSON(content)))
	return map[string]string{"replacement_room": next.id}, nil
}

// succeed writes the first events of an upgraded room.
func (s *Server) succeed(old, next *room, user, stone string) {
	none := ""
	creation := map[string]any{
		"creator": user, "room_version": next.version,
		"predecessor": map[string]string{"room_id": old.id, "event_id": stone},
	}
	s.add(next, s.newEvent(next.id, user, "m.room.create", &none, mustJSON(creation)))
	s.addMember(next, user, user, "join", "")
	for _, kind := range []string{
		"m.room.power_levels", "m.room.join_rules", "m.room.history_visibility", "m.room.name",
		"m.room.topic", "m.room.avatar", "m.room.encryption", "m.room.server_acl",
	} {
		if content := old.stateContent(kind, ""); content != nil {
			s.add(next, s.newEvent(next.id, user, kind, &none, content))
		}
	}
	for _, e := range old.sortedState() {
		if e.kind == "m.room.member" && old.membership(*e.key) == "ban" {
			s.addMember(next, user, *e.key, "ban", "")
		}
	}
}
