package matrixtest

import (
	"encoding/json"
	"slices"
)

type membershipRequest struct {
	User   string `json:"user_id"`
	Reason string `json:"reason"`
	Direct bool   `json:"is_direct"`
}

// memberContent is the content of m.room.member.
type memberContent struct {
	Membership string `json:"membership"` // invite, join, knock, leave, ban
	Name       string `json:"displayname,omitempty"`
	Avatar     string `json:"avatar_url,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Direct     bool   `json:"is_direct,omitempty"`
}

// addMember writes a membership that was checked before.
func (s *Server) addMember(r *room, sender, target, membership, reason string) {
	s.addMemberContent(r, sender, target, memberContent{Membership: membership, Reason: reason})
}

func (s *Server) addMemberContent(r *room, sender, target string, m memberContent) {
	if a := s.accounts[target]; a != nil && m.Membership != "leave" {
		m.Name, m.Avatar = a.profile.Name, a.profile.Avatar
	}
	s.add(r, s.newEvent(r.id, sender, "m.room.member", &target, mustJSON(m)))
}

// changeMember sets a membership after all checks of room version 10.
func (s *Server) changeMember(r *room, sender, target, membership, reason string) error {
	old := r.membership(target)
	var err error
	switch membership {
	case "join":
		if old == "join" {
			return nil
		}
		err = s.mayJoin(r, sender, target, old)
	case "invite":
		err = r.mayInvite(sender, old)
	case "knock":
		err = r.mayKnock(sender, target, old)
	case "leave":
		err = r.mayRemove(sender, target, old)
	case "ban":
		err = r.mayBan(sender, target)
		if err == nil && old == "ban" {
			return nil
		}
	default:
		return fail(400, "M_BAD_JSON", "Unknown membership "+membership)
	}
	if err != nil {
		return err
	}
	s.addMember(r, sender, target, membership, reason)
	return nil
}

func (s *Server) mayJoin(r *room, sender, target, old string) error {
	if sender != target {
		return fail(403, "M_FORBIDDEN", "Cannot force another user to join.")
	}
	if old == "ban" {
		return fail(403, "M_FORBIDDEN", "You are banned from this room")
	}
	rule, allow := r.joinRule()
	if old == "invite" || rule == "public" {
		return nil
	}
	if rule == "restricted" && slices.ContainsFunc(allow, func(id string) bool {
		via := s.rooms[id]
		return via != nil && via.membership(target) == "join"
	}) {
		return nil
	}
	return fail(403, "M_FORBIDDEN", "You are not invited to this room.")
}

func (r *room) mayInvite(sender, old string) error {
	switch {
	case r.membership(sender) != "join":
		return fail(403, "M_FORBIDDEN", sender+" not in room "+r.id)
	case old == "ban":
		return fail(403, "M_FORBIDDEN", "User is banned from the room")
	case old == "join":
		return fail(403, "M_FORBIDDEN", "User is already in the room.")
	case r.level(sender) < r.power.Invite:
		return fail(403, "M_FORBIDDEN", "You don't have permission to invite users")
	}
	return nil
}

func (r *room) mayKnock(sender, target, old string) error {
	rule, _ := r.joinRule()
	switch {
	case sender != target:
		return fail(403, "M_FORBIDDEN", "Cannot force another user to knock.")
	case rule != "knock" && rule != "knock_restricted":
		return fail(403, "M_FORBIDDEN", "You don't have permission to knock")
	case old == "ban":
		return fail(403, "M_FORBIDDEN", "You are banned from this room")
	case old == "join" || old == "invite":
		return fail(403, "M_FORBIDDEN", "You cannot knock on a room you are already in or invited to.")
	}
	return nil
}

func (r *room) mayRemove(sender, target, old string) error {
	if sender == target {
		if old == "join" || old == "invite" || old == "knock" {
			return nil
		}
		return fail(403, "M_FORBIDDEN", "User "+sender+" not in room "+r.id)
	}
	if r.membership(sender) != "join" {
		return fail(403, "M_FORBIDDEN", sender+" not in room "+r.id)
	}
	switch {
	case old == "ban" && r.level(sender) < r.power.Ban:
		return fail(403, "M_FORBIDDEN", "You don't have permission to unban users")
	case old == "leave":
		return fail(403, "M_FORBIDDEN", "The target user is not in the room")
	case r.level(sender) < r.power.Kick || r.level(sender) <= r.level(target):
		return fail(403, "M_FORBIDDEN", "You cannot kick user "+target+".")
	}
	return nil
}

func (r *room) mayBan(sender, target string) error {
	switch {
	case r.membership(sender) != "join":
		return fail(403, "M_FORBIDDEN", sender+" not in room "+r.id)
	case r.level(sender) < r.power.Ban || r.level(sender) <= r.level(target):
		return fail(403, "M_FORBIDDEN", "You don't have permission to ban")
	}
	return nil
}

func (s *Server) join(c *call) (any, error) {
	id := c.path("room")
	if known, ok := s.aliases[id]; ok {
		id = known
	}
	r, err := s.room(id)
	if err != nil {
		return nil, err
	}
	var q membershipRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if err := s.changeMember(r, c.user, c.user, "join", q.Reason); err != nil {
		return nil, err
	}
	return map[string]string{"room_id": r.id}, nil
}

// knock asks to be let into a room.
func (s *Server) knock(c *call) (any, error) {
	if s.o.BareKnocks {
		return nil, fail(404, "M_UNRECOGNIZED", "Unrecognized request")
	}
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	var q membershipRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if err := s.changeMember(r, c.user, c.user, "knock", q.Reason); err != nil {
		return nil, err
	}
	return map[string]string{"room_id": r.id}, nil
}

// invite asks somebody in. One who has knocked and still stands at the door comes in at once.
func (s *Server) invite(c *call) (any, error) {
	out, err := s.moderate(c, "invite", func(_ *room, q membershipRequest) error {
		if s.accounts[q.User] == nil {
			return fail(404, "M_NOT_FOUND", "User "+q.User+" not found")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var q membershipRequest
	_ = c.decode(&q) // it was decoded before
	if at := (doorstep{q.User, c.path("room")}); s.doorsteps[at] {
		delete(s.doorsteps, at)
		s.addMember(s.rooms[at.room], at.user, at.user, "join", "")
	}
	return out, nil
}

func (s *Server) kick(c *call) (any, error) {
	return s.moderate(c, "leave", func(r *room, q membershipRequest) error {
		if m := r.membership(q.User); m == "leave" || m == "ban" || m == "knock" && s.o.BareKnocks {
			return fail(403, "M_FORBIDDEN", "The target user is not in the room")
		}
		return nil
	})
}

func (s *Server) ban(c *call) (any, error) {
	return s.moderate(c, "ban", func(*room, membershipRequest) error { return nil })
}

func (s *Server) unban(c *call) (any, error) {
	return s.moderate(c, "leave", func(r *room, q membershipRequest) error {
		if r.membership(q.User) != "ban" {
			return fail(403, "M_FORBIDDEN", "The target user is not banned")
		}
		return nil
	})
}

// moderate changes somebody else's membership.
func (s *Server) moderate(c *call, membership string, check func(*room, membershipRequest) error) (any, error) {
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	var q membershipRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.User == "" {
		return nil, fail(400, "M_MISSING_PARAM", "user_id missing")
	}
	if err := check(r, q); err != nil {
		return nil, err
	}
	if err := s.changeMember(r, c.user, q.User, membership, q.Reason); err != nil {
		return nil, err
	}
	return empty{}, nil
}

func (s *Server) leave(c *call) (any, error) {
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	if s.o.BareKnocks && r.membership(c.user) == "knock" {
		return nil, fail(400, "M_UNKNOWN", "user is not joined to the room (membership is \"knock\")")
	}
	if err := s.changeMember(r, c.user, c.user, "leave", ""); err != nil {
		return nil, err
	}
	return empty{}, nil
}

func (s *Server) forget(c *call) (any, error) {
	r, err := s.room(c.path("room"))
	if err != nil {
		return nil, err
	}
	m := r.members[c.user]
	if m != nil && (m.membership == "join" || m.membership == "invite") {
		return nil, fail(400, "M_UNKNOWN", "User "+c.user+" is in room "+r.id)
	}
	if m != nil {
		m.forgotten = true
	}
	return empty{}, nil
}

func (s *Server) joinedRooms(c *call) (any, error) {
	ids := []string{}
	for id, r := range s.accounts[c.user].rooms {
		if r.membership(c.user) == "join" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return map[string][]string{"joined_rooms": ids}, nil
}

func (s *Server) roomMembers(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	want, not := c.query("membership"), c.query("not_membership")
	chunk := []json.RawMessage{}
	for _, e := range r.sortedState() {
		if e.kind != "m.room.member" {
			continue
		}
		if m := r.membership(*e.key); (want == "" || m == want) && (not == "" || m != not) {
			chunk = append(chunk, e.full())
		}
	}
	return map[string]any{"chunk": chunk}, nil
}

func (s *Server) joinedMembers(c *call) (any, error) {
	r, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	joined := map[string]any{}
	for id, m := range r.members {
		if m.membership != "join" {
			continue
		}
		var p memberContent
		_ = json.Unmarshal(m.event.content, &p) // an injected member may be anything: it has no name then
		joined[id] = map[string]string{"display_name": p.Name, "avatar_url": p.Avatar}
	}
	return map[string]any{"joined": joined}, nil
}
