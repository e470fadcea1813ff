package telegramtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	// joinWindow is how long the bot may write to somebody who asks to join
	// (core.telegram.org/bots/api#chatjoinrequest).
	joinWindow = 5 * time.Minute
	// maxBio is the most characters that a person can tell about himself, with a subscription.
	maxBio = 140
)

// invite is a link that lets people in.
type invite struct {
	wire wireInvite
	used int
}

// Knock asks to be let in by a link whose people an administrator approves; the bot may approve or decline it.
// There is no note: what the platform shows is what the person tells about himself, his bio.
func (s *Server) Knock(person, group, bio string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(bio) > maxBio {
		return bad("ABOUT_TOO_LONG")
	}
	u.bio = bio
	s.links++
	link := &wireInvite{InviteLink: linkTo(s.links), Creator: s.users[c.owner()].wire(), CreatesJoinRequest: true}
	return s.request(c, u, link)
}

func linkTo(n int) string { return fmt.Sprintf("https://t.me/+FakeInvite%08d", n) }

// request notes that somebody asks to be let in and tells the bot, if it could let him in.
func (s *Server) request(c *conversation, u *user, link *wireInvite) error {
	switch {
	case c.members[u.id].isIn():
		return bad("USER_ALREADY_PARTICIPANT")
	case c.members[u.id].isBanned():
		return bad("USER_KICKED")
	case c.requests[u.id] != nil:
		return bad("INVITE_REQUEST_SENT")
	}
	c.requests[u.id] = link
	s.changed()
	if c.members[botID].can("can_invite_users") {
		s.private(u).open = s.options.Now().Add(joinWindow)
		s.emit("chat_join_request", wireJoinRequest{
			Chat: c.wire(), From: u.wire(), UserChatID: u.id,
			Date: s.options.Now().Unix(), Bio: u.bio, InviteLink: link,
		}, lane{"chat_join_request", u.id})
	}
	return nil
}

// Waiting returns the ids of those who have asked to be let in and have no answer yet, in order.
func (s *Server) Waiting(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(group)
	if err != nil {
		return nil
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(c.requests)) {
		out = append(out, strconv.FormatInt(id, 10))
	}
	return out
}

// WithdrawKnock takes back that a person has asked; the bot is told nothing of it.
func (s *Server) WithdrawKnock(person, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	delete(c.requests, u.id)
	s.changed()
	return nil
}

// JoinByLink lets a person in, or lets him ask, by a link that the bot has made.
func (s *Server) JoinByLink(person, link string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return err
	}
	c, l := s.linked(link)
	if l == nil {
		return bad("INVITE_HASH_INVALID")
	}
	s.lift(c)
	w := &l.wire
	over := w.ExpireDate != 0 && s.options.Now().Unix() >= w.ExpireDate
	switch {
	case w.IsRevoked || over || w.MemberLimit > 0 && l.used >= w.MemberLimit || c.members[u.id].isBanned():
		return bad("INVITE_HASH_EXPIRED") // the platform tells those whom it keeps out no more than that
	case c.members[u.id].isIn():
		return bad("USER_ALREADY_PARTICIPANT")
	case w.CreatesJoinRequest:
		return s.request(c, u, w)
	}
	l.used++
	s.enter(c, u, u)
	return nil
}

func (s *Server) linked(link string) (*conversation, *invite) {
	for _, c := range s.chats {
		for _, l := range c.links {
			if l.wire.InviteLink == link {
				return c, l
			}
		}
	}
	return nil, nil
}

// doorkeeper finds the chat of a call that is about who comes in.
func (s *Server) doorkeeper(c *call) (*conversation, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	switch {
	case to.kind == "private":
		return nil, bad("chat not found")
	case !to.members[botID].can("can_invite_users"):
		return nil, bad("not enough rights to manage chat invite link")
	}
	return to, nil
}

func createLink(s *Server, c *call) (any, error) {
	to, err := s.doorkeeper(c)
	if err != nil {
		return nil, err
	}
	limit, expire := int(c.number("member_limit")), c.number("expire_date")
	switch {
	case limit < 0 || limit > 99999:
		return nil, bad("USAGE_LIMIT_INVALID")
	case limit > 0 && c.truth("creates_join_request"):
		return nil, bad("member limit can't be specified for links requiring administrator approval")
	case expire != 0 && expire <= s.options.Now().Unix():
		return nil, bad("EXPIRE_DATE_INVALID")
	case utf8.RuneCountInString(c.values["name"]) > 32:
		return nil, bad("invite link name is too long")
	}
	s.links++
	l := &invite{wire: wireInvite{
		InviteLink: linkTo(s.links), Creator: s.users[botID].wire(), CreatesJoinRequest: c.truth("creates_join_request"),
		Name: c.values["name"], ExpireDate: expire, MemberLimit: limit,
	}}
	to.links = append(to.links, l)
	return l.wire, nil
}

func revokeLink(s *Server, c *call) (any, error) {
	to, err := s.doorkeeper(c)
	if err != nil {
		return nil, err
	}
	for _, l := range to.links {
		if l.wire.InviteLink == c.values["invite_link"] {
			l.wire.IsRevoked = true
			return l.wire, nil
		}
	}
	return nil, bad("INVITE_HASH_INVALID")
}

// requested finds whose request a call answers.
func (s *Server) requested(c *call) (*conversation, *user, error) {
	to, u, err := s.askedMember(c)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !to.members[botID].can("can_invite_users"):
		return nil, nil, bad("not enough rights")
	case to.members[u.id].isIn():
		return nil, nil, bad("USER_ALREADY_PARTICIPANT")
	case to.requests[u.id] == nil:
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
	s.changed()
	return true, nil
}
