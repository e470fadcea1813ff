package telegramtest

import "fmt"

// topicOf finds a topic by the name of its chat.
func (s *Server) topicOf(person, name string) (*user, *conversation, int, error) {
	u, err := s.user(person)
	if err != nil {
		return nil, nil, 0, err
	}
	c, thread, err := s.place(name)
	if err == nil && thread == 0 {
		err = fmt.Errorf("%q is no topic", name)
	}
	return u, c, thread, err
}

func (s *Server) changeTopic(person, name string, change func(*topic) map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, thread, err := s.topicOf(person, name)
	if err != nil {
		return err
	}
	if !c.members[u.id].can("can_manage_topics") {
		return bad("not enough rights to manage topics")
	}
	_, err = s.post(c, &message{from: u.id, thread: thread, service: &wireMessage{Extra: change(c.topics[thread])}})
	return err
}

// RenameTopic gives a topic another name.
func (s *Server) RenameTopic(person, topicChat, name string) error {
	return s.changeTopic(person, topicChat, func(t *topic) map[string]any {
		t.name = name
		return map[string]any{"forum_topic_edited": map[string]any{"name": name}}
	})
}

// CloseTopic lets nobody but administrators write in a topic, or everybody again.
func (s *Server) CloseTopic(person, topicChat string, closed bool) error {
	return s.changeTopic(person, topicChat, func(t *topic) map[string]any {
		t.closed = closed
		if closed {
			return map[string]any{"forum_topic_closed": map[string]any{}}
		}
		return map[string]any{"forum_topic_reopened": map[string]any{}}
	})
}

// DeleteTopic deletes a topic with all its messages. Bots are told nothing of it.
func (s *Server) DeleteTopic(person, topicChat string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, thread, err := s.topicOf(person, topicChat)
	if err != nil {
		return err
	}
	if !c.members[u.id].can("can_delete_messages") {
		return bad("CHAT_ADMIN_REQUIRED")
	}
	for _, m := range c.order {
		if m.thread == thread {
			m.deleted = true
		}
	}
	delete(c.topics, thread)
	s.changed()
	return nil
}

func closeForumTopic(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	thread := int(c.number("message_thread_id"))
	t := to.topics[thread]
	switch {
	case !to.forum:
		return nil, bad("the chat is not a forum")
	case t == nil:
		return nil, bad("TOPIC_ID_INVALID")
	case !to.members[botID].can("can_manage_topics"):
		return nil, bad("not enough rights to close the topic")
	case t.closed:
		return nil, bad("TOPIC_NOT_MODIFIED")
	}
	t.closed = true
	_, err = s.post(to, &message{from: botID, thread: thread, service: &wireMessage{Extra: map[string]any{"forum_topic_closed": map[string]any{}}}})
	return err == nil, err
}
