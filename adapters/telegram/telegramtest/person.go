package telegramtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// user is an account.
type user struct {
	id       int64
	bot      bool
	name     string
	username string
	// started tells that the person opened the private conversation with the bot, blocked that he stopped it.
	started, blocked bool
	bio              string     // what he tells about himself, shown when he asks to be let in
	picture          []wireFile // its sizes; nil = none
}

// The accounts of the platform itself, behind which anonymous posters stand.
const (
	anonymousID = 1087968824
	channelID   = 136817688
	serviceID   = 777000
)

func platformUsers() []*user {
	return []*user{
		{id: anonymousID, bot: true, name: "Group", username: "GroupAnonymousBot"},
		{id: channelID, bot: true, name: "Channel", username: "Channel_Bot"},
		{id: serviceID, name: "Telegram"},
	}
}

func (u *user) wire() wireUser {
	return wireUser{ID: u.id, IsBot: u.bot, FirstName: u.name, Username: u.username}
}

// Platform is Telegram.
func (s *Server) Platform() chat.Platform { return chat.Telegram }

// NewPerson makes an account without a user name.
func (s *Server) NewPerson(name string) string { return s.newUser(name, false) }

// NewBot makes another bot's account. Our bot does not see what it posts.
func (s *Server) NewBot(name string) string { return s.newUser(name, true) }

func (s *Server) newUser(name string, bot bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &user{id: s.nextUser, bot: bot, name: name}
	s.nextUser++
	s.users[u.id] = u
	return strconv.FormatInt(u.id, 10)
}

// Rename changes the display name; Telegram tells bots nothing of it until the person posts.
func (s *Server) Rename(person, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, err := s.user(person); err == nil {
		u.name = name
		s.changed()
	}
}

// SetUsername gives a person a public @name.
func (s *Server) SetUsername(person, username string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, err := s.user(person); err == nil {
		u.username = strings.TrimPrefix(username, "@")
	}
}

func (s *Server) user(id string) (*user, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || s.users[n] == nil {
		return nil, fmt.Errorf("no person %q", id)
	}
	return s.users[n], nil
}

// Private opens the private conversation with the bot by /start when it is not open yet.
func (s *Server) Private(person string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return ""
	}
	c := s.private(u)
	if !u.started {
		u.started = true
		_, _ = s.post(c, &message{from: u.id, text: styled{plain: "/start"}})
	}
	return person
}

func (s *Server) private(u *user) *conversation {
	c := s.chats[u.id]
	if c == nil {
		c = newConversation(u.id, "private", "")
		c.person = u
		c.members[u.id] = &membership{status: "member"}
		c.members[botID] = &membership{status: "member"}
		s.chats[u.id] = c
	}
	return c
}

// Block stops the private conversation, Unblock takes that back; the bot hears of both.
func (s *Server) Block(person string) { s.block(person, true) }

// Unblock opens a blocked private conversation again.
func (s *Server) Unblock(person string) { s.block(person, false) }

func (s *Server) block(person string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil || u.blocked == on {
		return
	}
	u.blocked = on
	c := s.private(u)
	before, after := &membership{status: "member"}, &membership{status: "kicked"}
	if !on {
		before, after = after, before
	}
	s.memberUpdate(c, u, s.users[botID], before, after)
}
