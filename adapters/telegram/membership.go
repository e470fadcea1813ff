package telegram

import (
	"encoding/json"
	"fmt"

	"github.com/potluck-chat/potluck/core/chat"
)

// ownMembership tells that the bot came into a chat, or out of it.
func (r *receiver) ownMembership(raw json.RawMessage) ([]chat.Event, []func()) {
	var c rawMemberChange
	if err := json.Unmarshal(raw, &c); err != nil || c.Chat.ID == 0 {
		r.log.Warn("telegram sent a membership that cannot be read")
		return nil, nil
	}
	note := func() {
		r.memory.seat(c.Chat, c.New)
		if !c.New.isIn() {
			r.memory.leave(c.Chat.ID)
		}
	}
	before, after := c.Old.canWrite(), c.New.canWrite()
	if before == after {
		return nil, []func(){note}
	}
	e := r.memberEvent("bot", &c)
	e.Body = chat.Parted{}
	if after {
		e.Body = chat.Arrived{}
	}
	return []chat.Event{e}, []func(){note}
}

func (r *receiver) memberEvent(what string, c *rawMemberChange) chat.Event {
	at := place{id: c.Chat.ID}
	id := fmt.Sprintf("tg:%s:%d:%d:%d:%s", what, c.Chat.ID, c.New.User.ID, c.Date, c.New.Status)
	return chat.Event{
		ID: chat.EventID(id), At: when(c.Date), Chat: at.chat(), Title: c.Chat.name(),
		Private: c.Chat.Type == "private", By: c.From.person(),
	}
}

// membership tells who came and who went, as an administrator's bot hears it.
func (r *receiver) membership(raw json.RawMessage) ([]chat.Event, []func()) {
	var c rawMemberChange
	if err := json.Unmarshal(raw, &c); err != nil || c.Chat.ID == 0 || c.New.User.ID == 0 {
		r.log.Warn("telegram sent a membership that cannot be read")
		return nil, nil
	}
	r.forget(c.Chat.ID, c.New.User.ID)
	return r.change(&c)
}

// change makes the event of somebody else's coming or going, once: big groups tell it as chat_member only,
// others as a service message too, and a bot without rights hears the service message only.
func (r *receiver) change(c *rawMemberChange) ([]chat.Event, []func()) {
	who := c.New.User
	if who.ID == r.me().ID || (!c.joined() && !c.left()) || r.memory.knownPresence(c.Chat.ID, who.ID, c.joined(), c.Date) {
		return nil, nil
	}
	e := r.memberEvent("member", c)
	e.ID = chat.EventID(fmt.Sprintf("tg:member:%d:%d:%d:%v", c.Chat.ID, who.ID, c.Date, c.joined()))
	if c.From.ID == 0 {
		e.By = who.person()
	}
	r.memory.person(who)
	e.Body = chat.Left{Who: who.person()}
	if c.joined() {
		e.Body = chat.Joined{Who: who.person()}
	}
	return []chat.Event{e}, []func(){func() { r.memory.presence(c.Chat.ID, who.ID, c.joined(), c.Date) }}
}

// serviceMembers reads the same from a service message.
func (r *receiver) serviceMembers(m *rawMessage) (events []chat.Event, done []func()) {
	var by rawUser
	if m.From != nil {
		by = *m.From
	}
	in, out := rawMemberStatus{Status: "member"}, rawMemberStatus{Status: "left"}
	changes := make([]rawMemberChange, 0, len(m.NewMembers)+1)
	for _, u := range m.NewMembers {
		in.User = u
		changes = append(changes, rawMemberChange{Chat: m.Chat, From: by, Date: m.Date, Old: out, New: in})
	}
	if m.LeftMember != nil {
		out.User = *m.LeftMember
		changes = append(changes, rawMemberChange{Chat: m.Chat, From: by, Date: m.Date, Old: in, New: out})
	}
	for _, c := range changes {
		e, d := r.change(&c)
		events, done = append(events, e...), append(done, d...)
	}
	return events, done
}

// migrated tells that a group goes on as a supergroup. Both chats tell it, in either order: the event is one.
func (r *receiver) migrated(from, to, date int64) ([]chat.Event, []func()) {
	old, next := place{id: from}, place{id: to}
	r.memory.moved.put(from, to)
	return []chat.Event{{
		ID: chat.EventID(fmt.Sprintf("tg:migrated:%d:%d", from, to)), At: when(date),
		Chat: old.chat(), Body: chat.Migrated{To: next.chat()},
	}}, nil
}
