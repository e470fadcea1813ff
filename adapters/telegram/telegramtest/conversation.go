package telegramtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// conversation is a private chat, basic group, supergroup or channel.
type conversation struct {
	id       int64
	kind     string
	title    string
	username string
	forum    bool
	person   *user // of a private chat
	next     int   // the next message's id
	messages map[int]*message
	order    []*message
	members  map[int64]*membership
	topics   map[int]*topic
	linked   *conversation // the discussion group of a channel, and back
	movedTo  int64         // the supergroup this group became
	requests map[int64]*wireInvite
	open     time.Time      // until when the bot may write to a person who asked to join and started nothing
	pins     []*message     // what stands at the top, the newest last
	links    []*invite      // made by the bot
	expelled map[int64]bool // chats that may not post here
	vanish   time.Duration  // how long messages are shown; 0 = for ever
	lifting  int64          // when the next restriction or ban is over by itself, in Unix seconds; 0 = never
}

type topic struct {
	name   string
	closed bool
}

func newConversation(id int64, kind, title string) *conversation {
	return &conversation{
		id: id, kind: kind, title: title, next: 1, messages: map[int]*message{},
		members: map[int64]*membership{}, topics: map[int]*topic{}, requests: map[int64]*wireInvite{}, expelled: map[int64]bool{},
	}
}

func (c *conversation) wire() wireChat {
	w := wireChat{ID: c.id, Type: c.kind, Title: c.title, Username: c.username, IsForum: c.forum}
	if c.person != nil {
		w.FirstName, w.Username = c.person.name, c.person.username
	}
	return w
}

// name returns the id that chat.Chat.ID has for a conversation or one of its topics.
func (c *conversation) name(thread int) string {
	if c.forum && thread > 0 {
		return fmt.Sprintf("%d/%d", c.id, thread)
	}
	return strconv.FormatInt(c.id, 10)
}

// place finds a group, a topic ("group/thread") or a private conversation by its name.
func (s *Server) place(name string) (*conversation, int, error) {
	group, sub, isTopic := strings.Cut(name, "/")
	id, err := strconv.ParseInt(group, 10, 64)
	if err != nil || s.chats[id] == nil {
		return nil, 0, fmt.Errorf("chat not found: %q", name)
	}
	c := s.chats[id]
	s.lift(c)
	if !isTopic {
		return c, 0, nil
	}
	thread, err := strconv.Atoi(sub)
	if err != nil || c.topics[thread] == nil {
		return nil, 0, fmt.Errorf("message thread not found: %q", name)
	}
	return c, thread, nil
}

// NewGroup makes a supergroup with the bot as administrator.
func (s *Server) NewGroup(title, owner string, others ...string) string {
	return s.newGroup("supergroup", title, owner, others)
}

// NewBasicGroup makes a group that is no supergroup yet, with the bot as administrator.
func (s *Server) NewBasicGroup(title, owner string, others ...string) string {
	return s.newGroup("group", title, owner, others)
}

// NewForum makes a supergroup with topics; its own id is the General topic's.
func (s *Server) NewForum(title, owner string, others ...string) string {
	return s.newGroup("forum", title, owner, others)
}

// NewChannel makes a channel with the bot as administrator.
func (s *Server) NewChannel(title, owner string) string {
	return s.newGroup("channel", title, owner, nil)
}

func (s *Server) newGroup(kind, title, owner string, others []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.user(owner)
	if err != nil {
		return ""
	}
	id := -s.nextChat
	if kind != "group" {
		id = -1000000000000 - s.nextChat
	}
	s.nextChat++
	c := newConversation(id, kind, title)
	if kind == "forum" {
		c.kind, c.forum = "supergroup", true
	}
	s.chats[id] = c
	s.groups = append(s.groups, c.name(0))
	c.members[o.id] = &membership{status: "creator"}
	for _, name := range others {
		if u, err := s.user(name); err == nil {
			c.members[u.id] = &membership{status: "member"}
		}
	}
	s.addBot(c, o)
	return c.name(0)
}

// addBot puts the bot in with the rights that the README asks for, and tells it so.
func (s *Server) addBot(c *conversation, by *user) {
	after := &membership{status: "administrator", rights: botRights()}
	c.members[botID] = after
	s.memberUpdate(c, by, s.users[botID], &membership{status: "left"}, after)
	if c.kind != "channel" {
		_, _ = s.post(c, &message{from: by.id, service: &wireMessage{NewChatMembers: []wireUser{s.users[botID].wire()}}})
	}
}

// Groups returns the groups, channels and topics that are there. Nobody is asked to come: people use a link.
func (s *Server) Groups() []world.Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []world.Group
	for _, name := range s.groups {
		c, thread, err := s.place(name)
		if err != nil || c.movedTo != 0 {
			continue // a topic that was deleted, or a group that is a supergroup now
		}
		g := world.Group{ID: name, Title: c.title}
		if thread > 0 {
			g.Title = c.topics[thread].name
		}
		out = append(out, g)
	}
	return out
}

// NewTopic opens a topic in a forum and returns its chat id.
func (s *Server) NewTopic(person, group, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return "", err
	}
	c, _, err := s.place(group)
	if err != nil {
		return "", err
	}
	thread, err := s.openTopic(c, u.id, name)
	return c.name(thread), err
}

func (s *Server) openTopic(c *conversation, by int64, name string) (int, error) {
	if !c.forum {
		return 0, bad("the chat is not a forum")
	}
	thread := c.next
	c.topics[thread] = &topic{name: name}
	s.groups = append(s.groups, c.name(thread))
	_, err := s.post(c, &message{from: by, thread: thread, service: &wireMessage{ForumTopicCreated: &wireTopic{Name: name, IconColor: 7322096}}})
	return thread, err
}

// Link makes a supergroup the discussion group of a channel: its posts arrive there as automatic forwards.
func (s *Server) Link(channel, group string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(channel)
	if err != nil {
		return err
	}
	g, _, err := s.place(group)
	if err != nil {
		return err
	}
	c.linked, g.linked = g, c
	return nil
}

// Migrate turns a basic group into a supergroup, as the platform does when an owner changes a setting that
// only supergroups have. It returns the new chat id; message ids begin again.
func (s *Server) Migrate(group string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, _, err := s.place(group)
	if err != nil {
		return "", err
	}
	if old.kind != "group" || old.movedTo != 0 {
		return "", fmt.Errorf("chat %s is no basic group", group)
	}
	c := newConversation(-1000000000000-s.nextChat, "supergroup", old.title)
	s.nextChat++
	s.chats[c.id] = c
	s.groups = append(s.groups, c.name(0))
	for id, m := range old.members {
		kept := *m
		c.members[id] = &kept
	}
	by := old.owner()
	_, _ = s.post(old, &message{from: by, service: &wireMessage{MigrateToChatID: c.id}})
	old.movedTo = c.id
	_, _ = s.post(c, &message{from: by, service: &wireMessage{MigrateFromChatID: old.id}})
	return c.name(0), nil
}

func (c *conversation) owner() int64 {
	for id, m := range c.members {
		if m.status == "creator" {
			return id
		}
	}
	return anonymousID
}

// Retitle renames a group.
func (s *Server) Retitle(person, group, title string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return err
	}
	c, _, err := s.place(group)
	if err != nil {
		return err
	}
	if !c.members[u.id].can("can_change_info") {
		return bad("not enough rights to change chat title")
	}
	c.title = title
	_, err = s.post(c, &message{from: u.id, service: &wireMessage{NewChatTitle: title}})
	return err
}

// target finds the chat of a call and refuses what the bot may not reach.
func (s *Server) target(c *call) (*conversation, error) {
	name := c.values["chat_id"]
	if name == "" {
		return nil, bad("chat_id is empty")
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		if id = s.publicChat(name); id == 0 {
			return nil, bad("chat not found")
		}
	}
	t := s.chats[id]
	s.lift(t)
	if t == nil {
		if u := s.users[id]; u != nil && id > 0 {
			return nil, forbidden("bot can't initiate conversation with a user")
		}
		return nil, bad("chat not found")
	}
	if t.movedTo != 0 {
		return nil, &apiError{code: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrateTo: t.movedTo}
	}
	return t, s.reachable(t)
}

func (s *Server) publicChat(name string) int64 {
	for id, c := range s.chats {
		if c.username != "" && strings.EqualFold("@"+c.username, name) {
			return id
		}
	}
	return 0
}

func (s *Server) reachable(t *conversation) error {
	if t.person != nil {
		switch {
		case t.person.bot:
			return forbidden("bot can't send messages to bots")
		case t.person.blocked:
			return forbidden("bot was blocked by the user")
		case !t.person.started && !s.options.Now().Before(t.open):
			return forbidden("bot can't initiate conversation with a user")
		}
		return nil
	}
	what := map[string]string{"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}[t.kind]
	switch m := t.members[botID]; {
	case m != nil && m.status == "kicked":
		return forbidden("bot was kicked from the " + what)
	case !m.isIn():
		return forbidden("bot is not a member of the " + what)
	}
	return nil
}
