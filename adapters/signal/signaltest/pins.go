package signaltest

import (
	"errors"
	"slices"
)

// maxPins is how many messages the phones show at the top; a further one pushes the oldest out (Signal Desktop's
// global.pinned_message_limit, by default).
const maxPins = 3

// pin puts a message at the top, or takes it from there, if the official clients would: whoever may change the
// group's details may pin. One that is there already becomes the newest.
func (t *conversation) pin(by, author string, sent int64, on bool) error {
	m := t.find(author, sent)
	switch {
	case t.group != nil && !t.group.may(by, t.group.editDetails):
		return errors.New("only admins can pin messages")
	case m == nil || m.deleted:
		return errNotFound
	}
	t.unpin(m)
	if !on {
		return nil
	}
	t.pins = append(t.pins, m)
	t.pins = t.pins[max(0, len(t.pins)-maxPins):]
	t.pinnings++
	return nil
}

// unpin takes a message from the top.
func (t *conversation) unpin(m *message) {
	t.pins = slices.DeleteFunc(t.pins, func(p *message) bool { return p == m })
}

// Pinned returns the messages at the top of a group, or of a person's talk with the bot, the newest last.
func (s *Server) Pinned(where string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.talk(where)
	if t == nil {
		return nil
	}
	var out []string
	for _, m := range t.pins {
		out = append(out, messageName(m.author, m.sent))
	}
	return out
}

// Pinnings returns how often a message was put at the top there: each time the phones say so in a line.
func (s *Server) Pinnings(where string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.talk(where); t != nil {
		return t.pinnings
	}
	return 0
}

// Pin puts a message at the top as a person, for so many seconds (-1 = for ever), or takes it from there. The
// phones take it down by themselves when its time is over; here nobody waits for that.
func (s *Server) Pin(who, where, id string, seconds int, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, m, err := s.find(who, where, id)
	if err != nil {
		return err
	}
	if err := p.talk.pin(who, m.author, m.sent, on); err != nil {
		return err
	}
	at := s.stamp(who)
	d := &dataMessage{Timestamp: at, GroupInfo: p.group.info("DELIVER")}
	d.pin(s.people[m.author].target(m.latest()), seconds, on)
	s.send(p, at, content{DataMessage: d}, nil)
	return nil
}

// pin makes the message tell of a pinning or of its end.
func (d *dataMessage) pin(to target, seconds int, on bool) {
	if on {
		d.PinMessage = &pinMessage{to, seconds}
		return
	}
	d.UnpinMessage = &to
}

// talk returns a group's talk, or a person's with the bot, or nil. The lock is held.
func (s *Server) talk(where string) *conversation {
	if g := s.groups[where]; g != nil {
		return g.talk
	}
	if s.people[where] != nil {
		return s.private(s.opts.Account.ACI, where)
	}
	return nil
}

func (c *call) sendPin() (any, *rpcError) {
	seconds, ok, rerr := c.params.integer("pinDuration")
	if rerr != nil || !ok {
		// The command line's default does not reach JSON-RPC.
		return nil, missing("pinDuration")
	}
	return c.pin("sendPinMessage", seconds, true)
}

func (c *call) sendUnpin() (any, *rpcError) { return c.pin("sendUnpinMessage", 0, false) }

func (c *call) pin(method string, seconds int, on bool) (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	to, rerr := c.target()
	if rerr != nil {
		return nil, rerr
	}
	at, self := s.stamp(c.account.ACI), c.account.ACI
	return c.deliver(t, at, outgoing{
		method: method,
		// The phones' refusal reaches nobody: the daemon says success.
		show: func(talk *conversation) { _ = talk.pin(self, to.AuthorUUID, to.Sent, on) },
		envelope: func(g *groupInfo) content {
			d := &dataMessage{Timestamp: at, GroupInfo: g}
			d.pin(to, seconds, on)
			return content{DataMessage: d}
		},
	})
}
