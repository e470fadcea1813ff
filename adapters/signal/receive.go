package signal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// receive turns a line of the daemon into events: none for what nobody needs to hear, several where a
// group has changed. It never fails: a line that cannot be read is logged, without what it says.
func (a *Adapter) receive(ctx context.Context, c *client, line []byte) []chat.Event {
	var n notice
	if err := decode(line, &n); err != nil {
		a.log.Warn("signal line not readable", "bytes", len(line), "error", err)
		return nil
	}
	p := n.Params.payload
	if n.Params.Result != nil {
		p = *n.Params.Result
	} else if p.Envelope != nil {
		a.notePlain()
	}
	if p.Account != "" && !a.isAccount(p.Account) {
		return nil // another account of the daemon
	}
	if p.Exception != nil {
		a.unreadable(p.Exception.Type)
	}
	e := p.Envelope
	if e == nil || p.Exception != nil {
		return nil
	}
	if s := e.SyncMessage; s != nil {
		// The operator's phone: what he writes with it is not a member's word. A change of a group and a pin count.
		switch m := s.SentMessage; {
		case m == nil || m.GroupInfo == nil || !m.GroupInfo.isPlace():
		case m.GroupInfo.isUpdate():
			return a.changed(ctx, c, m.GroupInfo.GroupID, moment{at: e.at(), by: a.self(), sent: e.Timestamp})
		case m.PinMessage != nil || m.UnpinMessage != nil:
			_, _ = a.pinned(m.pinning, a.self(), chatOf(m.GroupInfo.GroupID))
		}
		return nil
	}
	if !isACI(e.SourceUUID) || e.SourceUUID == a.self() {
		return nil
	}
	a.names.learn(e.SourceUUID, e.SourceName)
	switch {
	case e.EditMessage != nil:
		return a.readEdit(ctx, c, e)
	case given(e.DataMessage):
		return a.readData(ctx, c, e)
	case e.StoryMessage != nil && isGroup(e.StoryMessage.GroupID):
		return a.readService(ctx, c, e, &groupInfo{GroupID: e.StoryMessage.GroupID}, chat.Part{Kind: chat.Story, Line: "to be seen in Signal only"})
	case e.CallMessage != nil && e.CallMessage.Offer != nil:
		return a.readService(ctx, c, e, nil, chat.Part{Kind: chat.Call, Line: "nobody can take it here"})
	}
	return nil // typing, receipts, the rest of a call, stories for everybody, key distribution
}

// notePlain notes that the daemon receives without being asked: it then drops what comes while we are away.
func (a *Adapter) notePlain() {
	a.mu.Lock()
	again := a.plain
	a.plain = true
	a.mu.Unlock()
	if !again {
		a.log.Warn("signal-cli receives by itself and loses what comes while Potluck is away: start it with --receive-mode manual")
	}
}

// unreadable counts what Signal could not decrypt. The daemon asks the sender for another copy by itself;
// of an identity that changed, it withholds everything until that is trusted.
func (a *Adapter) unreadable(kind string) {
	a.log.Warn("signal message not readable", "type", kind)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lost++
	if strings.Contains(kind, "Untrusted") {
		a.untrusted++
	}
}

// isPlace tells whether something can have happened there: in no group at all, which is in private, or in one
// that Signal can have.
func (g *groupInfo) isPlace() bool { return g == nil || isGroup(g.GroupID) }

func (g *groupInfo) isUpdate() bool { return g != nil && g.Type == "UPDATE" }

// at is when Signal's server got the envelope; a sender's own clock may say anything.
func (e *envelope) at() time.Time {
	ms := e.ServerReceived
	if ms <= 0 {
		ms = e.Timestamp
	}
	return time.UnixMilli(ms).UTC()
}

// changed looks at a group again. If that fails, what changed is told when it can be looked at.
func (a *Adapter) changed(ctx context.Context, c *client, group string, m moment) []chat.Event {
	events, err := a.refresh(ctx, c, group, m)
	if err != nil {
		a.log.Warn("signal group not looked at", "error", err)
	}
	return events
}

// place is where an envelope's message is: a group, or the sender's private talk with the bot.
func (a *Adapter) place(ctx context.Context, c *client, e *envelope, g *groupInfo) (chat.Event, []chat.Event) {
	at := chat.Event{At: e.at(), By: a.person(e.SourceUUID)}
	if e.SourceName != "" && e.SourceName != e.SourceUUID {
		at.By.Name = e.SourceName
	}
	if g == nil {
		at.Chat, at.Private = chatOf(e.SourceUUID), true
		return at, nil
	}
	at.Chat, at.Title = chatOf(g.GroupID), g.GroupName
	r, known := a.groups.get(g.GroupID)
	m := moment{at: at.At}
	if g.isUpdate() {
		m.by, m.sent = e.SourceUUID, e.Timestamp
	}
	if g.isUpdate() || !known || r.stale || !r.In {
		return at, a.changed(ctx, c, g.GroupID, m)
	}
	return at, nil
}

// eventID names what an envelope tells: the sender's timestamps are his own, so the chat belongs to it.
func eventID(c chat.Chat, e *envelope, what string) chat.EventID {
	return chat.EventID(fmt.Sprintf("signal:%s:%s/%d%s", c.ID, e.SourceUUID, e.Timestamp, what))
}

func (a *Adapter) readEdit(ctx context.Context, c *client, e *envelope) []chat.Event {
	var d dataMessage
	if err := decode(e.EditMessage.DataMessage, &d); err != nil || e.EditMessage.Target <= 0 || !d.GroupInfo.isPlace() {
		return nil
	}
	event, events := a.place(ctx, c, e, d.GroupInfo)
	if d.GroupInfo != nil && !a.isMember(d.GroupInfo.GroupID, e.SourceUUID) {
		return events // the daemon checks this for all kinds but edits
	}
	if d.Timestamp <= 0 {
		d.Timestamp = e.Timestamp
	}
	text, parts := a.content(ctx, c, &d)
	event.ID = eventID(event.Chat, e, "")
	event.Body = chat.Edited{
		Ref:      name{e.SourceUUID, e.EditMessage.Target}.ref(event.Chat),
		Revision: name{e.SourceUUID, d.Timestamp}.ref(event.Chat),
		Text:     text, Parts: parts,
	}
	return append(events, event)
}

func (a *Adapter) readData(ctx context.Context, c *client, e *envelope) []chat.Event {
	var d dataMessage
	if err := decode(e.DataMessage, &d); err != nil || !d.GroupInfo.isPlace() {
		return nil
	}
	if d.Timestamp <= 0 {
		d.Timestamp = e.Timestamp
	}
	event, events := a.place(ctx, c, e, d.GroupInfo)
	event.ID = eventID(event.Chat, e, "")
	event.Body = a.body(ctx, c, e, &d, &event)
	if event.Body == nil {
		return events
	}
	return append(events, event)
}

// readService tells of something that has no message of its own, as one with a part.
func (a *Adapter) readService(ctx context.Context, c *client, e *envelope, g *groupInfo, p chat.Part) []chat.Event {
	event, events := a.place(ctx, c, e, g)
	if g != nil && !a.isMember(g.GroupID, e.SourceUUID) {
		return events
	}
	event.ID = eventID(event.Chat, e, "")
	event.Body = chat.Posted{Ref: name{e.SourceUUID, max(e.Timestamp, 1)}.ref(event.Chat), Parts: []chat.Part{p}}
	return append(events, event)
}
