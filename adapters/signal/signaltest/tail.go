package signaltest

import "github.com/potluck-chat/potluck/adapters/adaptertest/world"

// Tail returns the messages posted in a group from a position on, as they are now, and the position to go
// on from; the first is 0. Unlike Messages it costs no more in a long chat than in a short one.
func (s *Server) Tail(group string, from int) (news []world.Shown, next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[group]
	if g == nil || from >= len(g.talk.messages) {
		return nil, from
	}
	for _, m := range g.talk.messages[from:] {
		news = append(news, s.shown(m))
	}
	return news, len(g.talk.messages)
}
