package telegramtest

import "time"

// moderated finds whom a call moderates and refuses what the bot may not do.
func (s *Server) moderated(c *call, right string, supergroupOnly bool) (*conversation, *user, error) {
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case to.kind == "private", supergroupOnly && to.kind != "supergroup":
		return nil, nil, bad("method is available only for supergroups")
	case !to.members[botID].can(right):
		return nil, nil, bad("not enough rights to restrict/unrestrict chat member")
	case u.id == botID:
		return nil, nil, bad("can't restrict self")
	case to.members[u.id] != nil && to.members[u.id].status == "creator":
		return nil, nil, bad("can't remove chat owner")
	case to.members[u.id].isAdministrator():
		return nil, nil, bad("user is an administrator of the chat")
	}
	return to, u, nil
}

// until applies the platform's rule: less than 30 seconds or more than 366 days from now is for ever.
func (s *Server) until(c *call) int64 {
	date := c.number("until_date")
	left := time.Unix(date, 0).Sub(s.options.Now())
	if left < 30*time.Second || left > 366*24*time.Hour {
		return 0
	}
	return date
}

func restrictMember(s *Server, c *call) (any, error) {
	to, u, err := s.moderated(c, "can_restrict_members", true)
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	if err := c.object("permissions", &allowed); err != nil {
		return nil, err
	}
	before := to.members[u.id]
	after := &membership{status: "restricted", allowed: allowed, inChat: before.isIn(), until: s.until(c)}
	if allowed["can_send_messages"] && allowed["can_send_other_messages"] && allowed["can_send_photos"] {
		after = &membership{status: "member"}
	}
	to.members[u.id] = after
	s.memberUpdate(to, s.users[botID], u, before, after)
	return true, nil
}

func banMember(s *Server, c *call) (any, error) {
	to, u, err := s.moderated(c, "can_restrict_members", false)
	if err != nil {
		return nil, err
	}
	s.exit(to, u, s.users[botID], &membership{status: "kicked", until: s.until(c)})
	return true, nil
}

// unbanMember removes a present member too, unless only_if_banned is set.
func unbanMember(s *Server, c *call) (any, error) {
	to, u, err := s.moderated(c, "can_restrict_members", false)
	if err != nil {
		return nil, err
	}
	m := to.members[u.id]
	if m.isIn() && c.truth("only_if_banned") || m == nil || m.status == "left" {
		return true, nil
	}
	s.exit(to, u, s.users[botID], &membership{status: "left"})
	return true, nil
}

func (s *Server) requested(c *call) (*conversation, *user, error) {
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, nil, err
	}
	if !to.members[botID].can("can_invite_users") {
		return nil, nil, bad("not enough rights")
	}
	if to.members[u.id].isIn() {
		return nil, nil, bad("USER_ALREADY_PARTICIPANT")
	}
	if to.requests[u.id] == nil {
		return nil, nil, bad("HIDE_REQUESTER_MISSING")
	}
	return to, u, nil
}

func approveJoin(s *Server, c *call) (any, error) {
	to, u, err := s.requested(c)
	if err != nil {
		return nil, err
	}
	s.private(u).open = time.Time{}
	s.enter(to, u, s.users[botID])
	return true, nil
}

func declineJoin(s *Server, c *call) (any, error) {
	to, u, err := s.requested(c)
	if err != nil {
		return nil, err
	}
	s.private(u).open = time.Time{}
	delete(to.requests, u.id)
	return true, nil
}
