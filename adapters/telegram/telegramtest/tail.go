package telegramtest

import "github.com/potluck-chat/potluck/adapters/adaptertest/world"

// Tail returns the messages posted in a group or topic from a position on, as they are now, and the position
// to go on from; the first is 0. Unlike Messages it costs no more in a long chat than in a short one.
func (s *Server) Tail(group string, from int) (news []world.Shown, next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, thread, err := s.place(group)
	if err != nil || from >= len(c.order) {
		return nil, from
	}
	for _, m := range c.order[from:] {
		if c.forum && m.thread != thread {
			continue
		}
		news = append(news, s.show(m))
	}
	return news, len(c.order)
}
