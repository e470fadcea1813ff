package signaltest

import "strconv"

// These methods act on messages that exist. Like the daemon they do not look whether they do: the phones
// ignore what makes no sense to them.

func (c *call) sendReaction() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	emoji := c.params.str("emoji")
	if emoji == "" {
		return nil, missing("emoji")
	}
	off, rerr := c.params.flag("remove")
	if rerr != nil {
		return nil, rerr
	}
	if c.params.str("targetAuthor") == "" && len(t.people) == 1 && len(t.groups) == 0 && t.people[0].who != nil {
		c.params["targetAuthor"] = []byte(strconv.Quote(t.people[0].who.ACI))
	}
	to, rerr := c.target()
	if rerr != nil {
		return nil, rerr
	}
	at, self := s.stamp(c.account.ACI), c.account.ACI
	return c.deliver(t, at, outgoing{
		method: "sendReaction",
		show:   func(talk *conversation) { _ = talk.react(self, to.AuthorUUID, to.Sent, emoji, !off) },
		envelope: func(g *groupInfo) content {
			return content{DataMessage: &dataMessage{
				Timestamp: at, Reaction: &reaction{Emoji: emoji, target: to, IsRemove: off}, GroupInfo: g,
			}}
		},
	})
}

// target reads targetAuthor and targetTimestamp. The lock is held.
func (c *call) target() (target, *rpcError) {
	author, rerr := c.author("targetAuthor")
	if rerr != nil {
		return target{}, rerr
	}
	sent, rerr := c.needLong("targetTimestamp")
	if rerr != nil {
		return target{}, rerr
	}
	return c.server.somebody(author).target(sent), nil
}

func (c *call) needLong(name string) (int64, *rpcError) {
	n, ok, rerr := c.params.long(name)
	if rerr == nil && !ok {
		rerr = missing(name)
	}
	return n, rerr
}

func (c *call) remoteDelete() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	sent, rerr := c.needLong("targetTimestamp")
	if rerr != nil {
		return nil, rerr
	}
	at, self := s.stamp(c.account.ACI), c.account.ACI
	return c.deliver(t, at, outgoing{
		method: "remoteDelete",
		show:   func(talk *conversation) { _ = talk.remove(self, sent, at, s.opts.Window) },
		envelope: func(g *groupInfo) content {
			return content{DataMessage: &dataMessage{Timestamp: at, RemoteDelete: &remoteDelete{sent}, GroupInfo: g}}
		},
	})
}

func (c *call) sendAdminDelete() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.params.has("groupId") {
		return nil, userError("No recipients given")
	}
	delete(c.params, "recipient")
	delete(c.params, "recipients")
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
		method: "sendAdminDelete",
		show: func(talk *conversation) {
			// An admin delete of one's own message is ignored by the phones.
			if m := talk.group.member(self); m != nil && m.admin && to.AuthorUUID != self {
				_ = talk.remove(to.AuthorUUID, to.Sent, at, s.opts.Window)
			}
		},
		envelope: func(g *groupInfo) content {
			return content{DataMessage: &dataMessage{Timestamp: at, AdminDelete: &to, GroupInfo: g}}
		},
	})
}

func (c *call) sendTyping() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	stop, rerr := c.params.flag("stop")
	if rerr != nil {
		return nil, rerr
	}
	at := s.stamp(c.account.ACI)
	action := map[bool]string{false: "STARTED", true: "STOPPED"}[stop]
	return c.deliver(t, at, outgoing{method: "sendTyping", envelope: func(g *groupInfo) content {
		typing := &typingMessage{Action: action, Timestamp: at}
		if g != nil {
			typing.GroupID = g.GroupID
		}
		return content{TypingMessage: typing}
	}})
}

func (c *call) sendReceipt() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	to := c.params.str("recipient")
	stamps, rerr := c.params.longs("targetTimestamp")
	switch {
	case rerr != nil:
		return nil, rerr
	case to == "":
		return nil, missing("recipient")
	case len(stamps) == 0:
		return nil, missing("targetTimestamps")
	}
	kind := c.params.str("type")
	if kind != "" && kind != "read" && kind != "viewed" {
		return nil, userError("Unknown receipt type: " + kind)
	}
	r, rerr := s.resolve(to)
	if rerr != nil {
		return nil, rerr
	}
	at := s.stamp(c.account.ACI)
	return c.deliver(targets{people: []recipient{r}}, at, outgoing{
		method: "sendReceipt",
		envelope: func(*groupInfo) content {
			return content{ReceiptMessage: &receiptMessage{
				When: at, IsRead: kind != "viewed", IsViewed: kind == "viewed", Timestamps: stamps,
			}}
		},
	})
}
