package signaltest

import (
	"errors"
)

// Ask posts a poll as a person and returns the message's id.
func (s *Server) Ask(who, where, question string, multiple bool, options ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return "", err
	}
	return s.askAll(p, question, multiple, options)
}

// askAll posts a poll. The lock is held.
func (s *Server) askAll(p place, question string, multiple bool, options []string) (string, error) {
	if len(options) < 2 || len(options) > 10 {
		return "", errors.New("a poll has 2 to 10 options")
	}
	at := s.stamp(p.who.ACI)
	p.talk.add(&message{author: p.who.ACI, sent: at, at: s.opts.Now(), poll: &poll{
		question: question, options: options, multiple: multiple, votes: map[string]vote{},
	}})
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, PollCreate: &pollCreate{question, multiple, options}, GroupInfo: p.group.info("DELIVER"),
	}}, nil)
	return messageName(p.who.ACI, at), nil
}

// Vote is a person's choice in a poll.
func (s *Server) Vote(who, where, id string, options ...int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	switch {
	case err != nil:
		return err
	case m.poll == nil:
		return errors.New("not a poll")
	case m.poll.ended:
		return errors.New("the poll has ended")
	}
	v := vote{append([]int{}, options...), m.poll.votes[who].count + 1}
	m.poll.cast(who, v)
	if m.poll.votes[who].count != v.count {
		return errors.New("the poll has no such options")
	}
	at, to := s.stamp(who), s.people[m.author].target(m.sent)
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, GroupInfo: p.group.info("DELIVER"), PollVote: &pollVote{
			Author: to.Author, AuthorNumber: to.AuthorNumber, AuthorUUID: to.AuthorUUID, Target: to.Sent,
			Options: v.options, VoteCount: v.count,
		},
	}}, nil)
	return nil
}

// CastVote sets what a person chooses in a poll.
func (s *Server) CastVote(who, where, id string, options ...int) error {
	return s.Vote(who, where, id, options...)
}

// EndPoll closes a poll of the person's own.
func (s *Server) EndPoll(who, where, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	switch {
	case err != nil:
		return err
	case m.poll == nil || m.author != who:
		return errors.New("you can end your own polls only")
	case m.poll.ended:
		return errors.New("the poll has ended")
	}
	m.poll.ended = true
	at := s.stamp(who)
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, GroupInfo: p.group.info("DELIVER"), PollTerminate: &pollTerminate{m.sent},
	}}, nil)
	return nil
}

// SetPinned puts a message at the top of the group for ever, or takes it from there.
func (s *Server) SetPinned(who, where, id string, on bool) error {
	return s.Pin(who, where, id, -1, on)
}

// Ended returns how often people in a group were told that a poll is over.
func (s *Server) Ended(group string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.talk(group); t != nil {
		return t.endings
	}
	return 0
}
