package telegramtest

import (
	"slices"
	"strconv"
)

// pinnable finds the message of a call that pins or unpins.
func (s *Server) pinnable(c *call, what string) (*conversation, *message, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	if m == nil || m.deleted {
		return nil, nil, bad("message to %s not found", what)
	}
	if to.kind != "private" && !to.members[botID].can("can_pin_messages") {
		return nil, nil, bad("not enough rights to manage pinned messages in the chat")
	}
	return to, m, nil
}

func pinMessage(s *Server, c *call) (any, error) {
	to, m, err := s.pinnable(c, "pin")
	if err != nil {
		return nil, err
	}
	if err := s.pin(to, m, botID); err != nil {
		return nil, err
	}
	return true, nil
}

// pin puts a message at the top and tells so in a line of the chat. To change nothing is refused, as
// messages.updatePinnedMessage does.
func (s *Server) pin(c *conversation, m *message, by int64) error {
	if slices.Contains(c.pins, m) {
		return bad("CHAT_NOT_MODIFIED")
	}
	c.pins = append(c.pins, m)
	_, err := s.post(c, &message{from: by, thread: m.thread, service: &wireMessage{PinnedMessage: s.wire(c, m, false)}})
	return err
}

func unpinMessage(s *Server, c *call) (any, error) {
	to, m, err := s.pinnable(c, "unpin")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(to.pins, m) {
		return nil, bad("CHAT_NOT_MODIFIED")
	}
	to.pins = slices.DeleteFunc(to.pins, func(o *message) bool { return o == m })
	s.changed()
	return true, nil
}

// SetPinned puts a message at the top of a group, as an administrator does, or takes it from there, which bots are told
// nothing of.
func (s *Server) SetPinned(person, group, id string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	m, err := c.find(id)
	if err != nil {
		return err
	}
	if c.person == nil && !c.members[u.id].can("can_pin_messages") {
		return bad("CHAT_ADMIN_REQUIRED")
	}
	if on {
		return s.pin(c, m, u.id)
	}
	c.pins = slices.DeleteFunc(c.pins, func(o *message) bool { return o == m })
	s.changed()
	return nil
}

// Pinned returns the messages at the top of a group or topic, the newest last.
func (s *Server) Pinned(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, thread, err := s.place(group)
	if err != nil {
		return nil
	}
	var out []string
	for _, m := range c.pins {
		if !m.deleted && (!c.forum || m.thread == thread) {
			out = append(out, strconv.Itoa(m.id))
		}
	}
	return out
}
