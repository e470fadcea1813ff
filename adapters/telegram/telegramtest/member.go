package telegramtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// membership is what an account is in a chat. A nil one is "left".
type membership struct {
	status    string // creator, administrator, member, restricted, left, kicked
	anonymous bool
	title     string
	rights    map[string]bool // of an administrator
	allowed   map[string]bool // of a restricted member
	inChat    bool            // of a restricted member
	until     int64           // 0 = for ever
}

// botRights are the rights that the README asks for.
func botRights() map[string]bool {
	return map[string]bool{
		"can_manage_chat": true, "can_delete_messages": true, "can_restrict_members": true,
		"can_invite_users": true, "can_pin_messages": true, "can_manage_topics": true,
	}
}

func administratorRights() []string {
	return []string{
		"can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
		"can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
	}
}

func memberPermissions() []string {
	return []string{
		"can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
		"can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
		"can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users",
		"can_pin_messages", "can_manage_topics",
	}
}

func (m *membership) isIn() bool {
	if m == nil {
		return false
	}
	return m.status == "creator" || m.status == "administrator" || m.status == "member" || m.status == "restricted" && m.inChat
}

func (m *membership) isAdministrator() bool {
	return m != nil && (m.status == "creator" || m.status == "administrator")
}

func (m *membership) can(right string) bool {
	return m != nil && (m.status == "creator" || m.status == "administrator" && m.rights[right])
}

// mayPost tells whether a member may post, now.
func (m *membership) mayPost(now time.Time) bool {
	if !m.isIn() {
		return false
	}
	return m.status != "restricted" || m.allowed["can_send_messages"] || m.until != 0 && m.until <= now.Unix()
}

func (m *membership) wire(u *user) json.RawMessage {
	out := map[string]any{"user": u.wire(), "status": "left"}
	if m != nil {
		out["status"] = m.status
		switch m.status {
		case "creator":
			out["is_anonymous"] = m.anonymous
		case "administrator":
			out["is_anonymous"], out["can_be_edited"] = m.anonymous, false
			for _, r := range administratorRights() {
				out[r] = m.rights[r]
			}
			for r, on := range m.rights {
				out[r] = on
			}
		case "restricted":
			out["is_member"], out["until_date"] = m.inChat, m.until
			for _, p := range memberPermissions() {
				out[p] = m.allowed[p]
			}
		case "kicked":
			out["until_date"] = m.until
		}
		if m.title != "" && m.isAdministrator() {
			out["custom_title"] = m.title
		}
	}
	raw, _ := json.Marshal(out)
	return raw
}

// memberUpdate tells the bot about a change: of itself always, of others only as administrator.
func (s *Server) memberUpdate(c *conversation, by, who *user, before, after *membership) {
	kind := "chat_member"
	if who.id == botID {
		kind = "my_chat_member"
	} else if !c.members[botID].isAdministrator() {
		return
	}
	w := wireMemberUpdate{
		Chat: c.wire(), From: by.wire(), Date: s.options.Now().Unix(),
		OldChatMember: before.wire(who), NewChatMember: after.wire(who),
	}
	if link := c.requests[who.id]; link != nil && after.isIn() {
		w.InviteLink = link
	}
	s.emit(kind, w, lane{kind, who.id})
	s.changed()
}

// Join puts a person into a group, as by its link or an invitation.
func (s *Server) Join(person, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	before := c.members[u.id]
	switch {
	case before.isBanned():
		return bad("USER_KICKED")
	case before.isIn():
		return bad("USER_ALREADY_PARTICIPANT")
	}
	s.enter(c, u, u)
	return nil
}

// enter makes the account a member; a restriction that it had goes on.
func (s *Server) enter(c *conversation, u, by *user) {
	before := c.members[u.id]
	after := &membership{status: "member"}
	if before != nil && before.status == "restricted" {
		kept := *before
		kept.inChat = true
		after = &kept
	}
	c.members[u.id] = after
	s.memberUpdate(c, by, u, before, after)
	delete(c.requests, u.id)
	if c.kind != "channel" {
		_, _ = s.post(c, &message{from: by.id, service: &wireMessage{NewChatMembers: []wireUser{u.wire()}}})
	}
}

// Leave takes a person out of a group by his own will; a restriction goes on.
func (s *Server) Leave(person, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	if !c.members[u.id].isIn() {
		return bad("USER_NOT_PARTICIPANT")
	}
	after := &membership{status: "left"}
	if before := c.members[u.id]; before.status == "restricted" {
		kept := *before
		kept.inChat = false
		after = &kept
	}
	s.exit(c, u, u, after)
	return nil
}

// exit changes the membership to one outside of the chat and tells it.
func (s *Server) exit(c *conversation, u, by *user, after *membership) {
	before := c.members[u.id]
	c.members[u.id] = after
	s.memberUpdate(c, by, u, before, after)
	if before.isIn() && c.kind != "channel" {
		left := u.wire()
		_, _ = s.post(c, &message{from: by.id, service: &wireMessage{LeftChatMember: &left}})
	}
}

func (s *Server) both(person, group string) (*user, *conversation, error) {
	u, err := s.user(person)
	if err != nil {
		return nil, nil, err
	}
	c, _, err := s.place(group)
	return u, c, err
}

// Promote makes a person an administrator with all rights but promoting others; Demote takes that back.
func (s *Server) Promote(person, group string) error {
	rights := map[string]bool{}
	for _, r := range administratorRights() {
		rights[r] = r != "can_promote_members"
	}
	rights["can_pin_messages"] = true
	return s.appoint(person, group, &membership{status: "administrator", rights: rights})
}

// PromoteAnonymous makes a person an administrator who posts in the group's name.
func (s *Server) PromoteAnonymous(person, group string) error {
	return s.appoint(person, group, &membership{status: "administrator", anonymous: true, rights: botRights()})
}

// Demote makes an administrator a plain member again.
func (s *Server) Demote(person, group string) error {
	return s.appoint(person, group, &membership{status: "member"})
}

// SetBotRights gives the bot exactly these rights in a group; none at all makes it a plain member.
func (s *Server) SetBotRights(group string, rights ...string) error {
	after := &membership{status: "member"}
	if len(rights) > 0 {
		after = &membership{status: "administrator", rights: map[string]bool{"can_manage_chat": true}}
		for _, r := range rights {
			after.rights[r] = true
		}
	}
	return s.appoint(strconv.FormatInt(botID, 10), group, after)
}

// RemoveBot throws the bot out of a group; AddBot puts it back.
func (s *Server) RemoveBot(group string) error {
	return s.appoint(strconv.FormatInt(botID, 10), group, &membership{status: "kicked"})
}

// AddBot puts the bot into a group again, with all the rights it asks for.
func (s *Server) AddBot(group string) error {
	return s.appoint(strconv.FormatInt(botID, 10), group, &membership{status: "administrator", rights: botRights()})
}

func (s *Server) appoint(person, group string, after *membership) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	before := c.members[u.id]
	if before != nil && before.status == "creator" {
		return fmt.Errorf("%s owns the group", person)
	}
	c.members[u.id] = after
	s.memberUpdate(c, s.users[c.owner()], u, before, after)
	return nil
}

// Members returns the ids of the people in a group, in order.
func (s *Server) Members(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(group)
	if err != nil {
		return nil
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(c.members)) {
		if id != botID && c.members[id].isIn() {
			out = append(out, strconv.FormatInt(id, 10))
		}
	}
	return out
}
