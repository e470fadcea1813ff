package signaltest

import "errors"

// What people can do beside what every messenger's world has.

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
