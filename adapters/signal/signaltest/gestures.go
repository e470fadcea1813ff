package signaltest

import (
	"errors"
	"maps"
	"slices"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// What people can do beside what every messenger's world has.

// Ask posts a poll as a person and returns the message's id.
func (s *Server) Ask(who, where, question string, multiple bool, options ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return "", err
	}
	if len(options) < 2 || len(options) > 10 {
		return "", errors.New("a poll has 2 to 10 options")
	}
	at := s.stamp(who)
	p.talk.add(&message{author: who, sent: at, at: s.opts.Now(), poll: &poll{
		question: question, options: options, multiple: multiple, votes: map[string]vote{},
	}})
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, PollCreate: &pollCreate{question, multiple, options}, GroupInfo: p.group.info("DELIVER"),
	}}, nil)
	return messageName(who, at), nil
}

// Vote is a person's choice in a poll.
func (s *Server) Vote(who, where, id string, options ...int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	if err != nil {
		return err
	}
	if m.poll == nil {
		return errors.New("not a poll")
	}
	v := vote{options, m.poll.votes[who].count + 1}
	m.poll.cast(who, v)
	at, to := s.stamp(who), s.people[m.author].target(m.sent)
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, GroupInfo: p.group.info("DELIVER"), PollVote: &pollVote{
			Author: to.Author, AuthorNumber: to.AuthorNumber, AuthorUUID: to.AuthorUUID, Target: to.Sent,
			Options: options, VoteCount: v.count,
		},
	}}, nil)
	return nil
}

// Type shows that a person is typing.
func (s *Server) Type(who, where string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return err
	}
	at := s.stamp(who)
	typing := &typingMessage{Action: "STARTED", Timestamp: at}
	if p.group != nil {
		typing.GroupID = p.group.id
	}
	s.send(p, at, content{TypingMessage: typing}, nil)
	return nil
}

// SayFromPhone posts in a group with another device of the bot's account, as its operator can.
func (s *Server) SayFromPhone(where, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bot := s.people[s.opts.Account.ACI]
	g := s.groups[where]
	if g == nil || g.member(bot.ACI) == nil {
		return "", errors.New("the bot is not a member of this group")
	}
	at := s.stamp(bot.ACI)
	g.talk.add(&message{author: bot.ACI, sent: at, text: s.shownText(text, nil, nil), at: s.opts.Now()})
	s.queueFor(bot.account, bot, at, content{SyncMessage: &syncMessage{SentMessage: &sentMessage{
		dataMessage: &dataMessage{Timestamp: at, Message: &text, GroupInfo: g.info("DELIVER")},
	}}}, g)
	s.changed()
	return messageName(bot.ACI, at), nil
}

// ViewOnce posts pictures that vanish after the first look.
func (s *Server) ViewOnce(who, where string, media world.Media) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, where)
	if err != nil {
		return "", err
	}
	at := s.stamp(who)
	d := &dataMessage{Timestamp: at, ViewOnce: true, GroupInfo: p.group.info("DELIVER")}
	files := s.attach(d, []world.Media{media}, at)
	p.talk.add(&message{author: who, sent: at, media: []world.Media{media}, viewOnce: true, at: s.opts.Now()})
	s.send(p, at, content{DataMessage: d}, files)
	return messageName(who, at), nil
}

// Groups returns the ids of all groups.
func (s *Server) Groups() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.groups))
}
