package telegramtest

import (
	"slices"
	"time"
)

// moderated finds whom a call moderates and refuses what the bot may not do.
func (s *Server) moderated(c *call) (*conversation, *user, error) {
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !to.members[botID].can("can_restrict_members"):
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

// kindOf refuses a method in chats of another kind, in the server's words.
func (s *Server) kindOf(c *call, words string, kinds ...string) error {
	to, err := s.target(c)
	if err == nil && !slices.Contains(kinds, to.kind) {
		return bad("%s", words)
	}
	return err
}

const (
	onlySupergroups = "method is available only for supergroups"
	onlyChannels    = "method is available for supergroup and channel chats only"
)

// until applies the platform's rule: less than 30 seconds or more than 366 days from now is for ever.
func (s *Server) until(c *call) int64 {
	date := c.number("until_date")
	left := time.Unix(date, 0).Sub(s.options.Now())
	if left < 30*time.Second || left > 366*24*time.Hour {
		return 0
	}
	return date
}

// restrictMember sets what somebody may do, of those too who are not there: a ban becomes a restriction by it. With
// all permissions there is no restriction.
func restrictMember(s *Server, c *call) (any, error) {
	if err := s.kindOf(c, onlySupergroups, "supergroup"); err != nil {
		return nil, err
	}
	to, u, err := s.moderated(c)
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	if err := c.object("permissions", &allowed); err != nil {
		return nil, err
	}
	imply(allowed, c.truth("use_independent_chat_permissions"))
	s.restrict(to, u, s.users[botID], allowed, s.until(c))
	return true, nil
}

// imply fills in the permissions that others bring with them (core.telegram.org/bots/api#restrictchatmember).
func imply(allowed map[string]bool, independent bool) {
	if _, given := allowed["can_react_to_messages"]; !given {
		allowed["can_react_to_messages"] = allowed["can_send_messages"]
	}
	if _, given := allowed["can_edit_tag"]; !given {
		allowed["can_edit_tag"] = allowed["can_pin_messages"]
	}
	if independent {
		return
	}
	if allowed["can_send_other_messages"] || allowed["can_add_web_page_previews"] {
		for _, p := range memberPermissions()[:7] {
			allowed[p] = true
		}
	}
	if allowed["can_send_polls"] {
		allowed["can_send_messages"] = true
	}
}

func (s *Server) restrict(c *conversation, u, by *user, allowed map[string]bool, until int64) {
	before := c.members[u.id]
	after := &membership{status: "restricted", allowed: allowed, inChat: before.isIn(), until: until}
	if !slices.ContainsFunc(memberPermissions(), func(p string) bool { return !allowed[p] }) {
		after = &membership{status: "left"}
		if before.isIn() {
			after.status = "member"
		}
	}
	c.members[u.id] = after
	c.liftAt(after.until)
	s.memberUpdate(c, by, u, before, after)
}

// banMember removes somebody and keeps him out; a basic group cannot keep anybody out.
func banMember(s *Server, c *call) (any, error) {
	if err := s.kindOf(c, "chat member status can't be changed in private chats", "group", "supergroup", "channel"); err != nil {
		return nil, err
	}
	to, u, err := s.moderated(c)
	if err != nil {
		return nil, err
	}
	after := &membership{status: "kicked", until: s.until(c)}
	if to.kind == "group" {
		after = &membership{status: "left"}
	}
	delete(to.requests, u.id)
	to.liftAt(after.until)
	s.exit(to, u, s.users[botID], after)
	return true, nil
}

// unbanMember removes a present member too, unless only_if_banned is set.
func unbanMember(s *Server, c *call) (any, error) {
	if err := s.kindOf(c, onlyChannels, "supergroup", "channel"); err != nil {
		return nil, err
	}
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, err
	}
	if c.truth("only_if_banned") && !to.members[u.id].isBanned() {
		return true, nil // it is not asked then whether the bot might
	}
	if to, u, err = s.moderated(c); err != nil {
		return nil, err
	}
	if m := to.members[u.id]; m != nil && m.status != "left" {
		s.exit(to, u, s.users[botID], &membership{status: "left"})
	}
	return true, nil
}

// senderChat finds the chat that a call keeps from posting in its own name.
func (s *Server) senderChat(c *call) (*conversation, int64, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, 0, err
	}
	sender := s.chats[c.number("sender_chat_id")]
	switch {
	case to.kind != "supergroup" && to.kind != "channel":
		return nil, 0, bad(onlyChannels)
	case sender == nil || sender.kind == "private":
		return nil, 0, bad("chat not found")
	case !to.members[botID].can("can_restrict_members"):
		return nil, 0, bad("not enough rights to restrict/unrestrict chat member")
	case sender == to || sender == to.linked:
		return nil, 0, bad("PARTICIPANT_ID_INVALID")
	}
	return to, sender.id, nil
}

func banSenderChat(s *Server, c *call) (any, error) {
	to, sender, err := s.senderChat(c)
	if err != nil {
		return nil, err
	}
	to.expelled[sender] = true
	s.changed()
	return true, nil
}

func unbanSenderChat(s *Server, c *call) (any, error) {
	to, sender, err := s.senderChat(c)
	if err != nil {
		return nil, err
	}
	delete(to.expelled, sender)
	s.changed()
	return true, nil
}
