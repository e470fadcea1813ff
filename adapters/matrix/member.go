package matrix

import (
	"context"
	"encoding/json"
	"net/http"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/core/chat"
)

// receiveState remembers a state event and tells what people did by it.
func (a *Adapter) receiveState(ctx context.Context, s *session, room string, e rawEvent, b *batch) error {
	switch e.Type {
	case "m.room.member":
		a.receiveMember(ctx, s, room, e, b)
	case "m.room.tombstone":
		a.rooms.set(room, e.Type, *e.Key, e.Content)
		return a.receiveTombstone(ctx, s, room, e, b)
	case "m.room.power_levels", "m.room.join_rules":
		a.rooms.reopen(room)
		fallthrough
	default:
		a.rooms.set(room, e.Type, *e.Key, e.Content)
		a.receiveChange(ctx, s, room, e, b)
	}
	return nil
}

// maxNote is the most characters of what somebody says when he knocks, as of chat.Knocked.
const maxNote = 500

// receiveMember tells who came, who went and who knocks. The bot's own coming is Arrived.
func (a *Adapter) receiveMember(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	user := *e.Key
	now, before := textField(e.Content, "membership"), textField(e.Unsigned.Prev, "membership")
	oldName := a.rooms.name(room, user)
	a.rooms.set(room, e.Type, user, e.Content)
	if a.isOurs(user) {
		if user == a.config.User {
			a.ownMember(ctx, s, room, e, now, before, b)
		}
		return
	}
	if !isUserID(user) {
		return
	}
	who := a.named(user, cleanName(textField(e.Content, "displayname")))
	if who.Name == "" {
		who.Name = oldName
	}
	if who.Name == "" {
		who.Name = localpart(user)
	}
	var body chat.Body
	switch {
	case now == "join" && before != "join":
		body = chat.Joined{Who: who}
	case (now == "leave" || now == "ban") && before == "join":
		body = chat.Left{Who: who}
	case now == "knock" && e.Sender == user:
		body = chat.Knocked{Who: who, Note: lineOfUpTo(textField(e.Content, "reason"), maxNote)}
	default:
		return
	}
	ev := a.event(ctx, s, room, e)
	if e.Sender == user {
		ev.By.Name = who.Name
	}
	ev.Body = body
	b.events = append(b.events, ev)
}

// name returns the display name that is remembered of an account, empty if none is.
func (rs *rooms) name(room, user string) string {
	c, _ := rs.get(room, "m.room.member", user)
	return cleanName(textField(c, "displayname"))
}

// ownMember tells that the bot has come or gone, but not of a room that it has just made itself.
func (a *Adapter) ownMember(ctx context.Context, s *session, room string, e rawEvent, now, before string, b *batch) {
	switch {
	case now == "join" && before == "" && a.stateText(ctx, s, room, "m.room.create", "", openKey) != "": // by open
	case now == "join" && before != "join":
		if objectOf(e.Unsigned.Prev).flag("is_direct") {
			a.begunAsDirect(ctx, s, room)
		}
		ev := a.event(ctx, s, room, e)
		ev.Body = chat.Arrived{}
		b.events = append(b.events, ev)
		a.succession(ctx, s, room, e, b)
	case (now == "leave" || now == "ban") && (before == "join" || before == ""):
		ev := chat.Event{
			ID: chat.EventID("matrix:" + e.ID), At: timeOf(e.At), Chat: chat.Chat{Platform: chat.Matrix, ID: room},
			By: a.named(e.Sender, a.rooms.name(room, e.Sender)), Body: chat.Parted{},
		}
		b.events = append(b.events, ev)
		b.later(func() { a.rooms.forget(room) })
	}
}

// begunAsDirect remembers that somebody has begun a private conversation with the bot.
func (a *Adapter) begunAsDirect(ctx context.Context, s *session, room string) {
	joined, err := joinedMembers(ctx, s.bot, room)
	if err != nil {
		return // the room's lack of a name will tell
	}
	for user := range joined {
		if !a.isOurs(user) {
			a.setDirect(ctx, s, user, room)
		}
	}
}

// receiveTombstone follows a room to its successor. Often the bot must be invited there first: then it is
// told when it arrives.
func (a *Adapter) receiveTombstone(ctx context.Context, s *session, room string, e rawEvent, b *batch) error {
	next := textField(e.Content, "replacement_room")
	if !isRoomID(next) {
		return nil
	}
	via := serverOf(e.Sender)
	callCtx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := s.bot.JoinRoom(callCtx, next, &mautrix.ReqJoinRoom{Via: []string{via}})
	switch {
	case err == nil:
		a.migrated(ctx, s, room, next, e, b)
		return nil
	case statusOf(err) != 0 && statusOf(err) != http.StatusTooManyRequests:
		a.log.Info("room was replaced, waiting for an invitation to the new one", "room", room)
		return nil
	default:
		return err
	}
}

// succession tells that a room which the bot has just come to continues another.
func (a *Adapter) succession(ctx context.Context, s *session, room string, e rawEvent, b *batch) {
	raw, err := a.state(ctx, s, room, "m.room.create", "")
	if err != nil {
		return
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
	if old := c.Predecessor.Room; isRoomID(old) {
		a.migrated(ctx, s, old, room, e, b)
	}
}

// migrated tells that old goes on as next, if both say so: the old one by its tombstone, the new one by
// its creation. Otherwise anybody could take over a room.
func (a *Adapter) migrated(ctx context.Context, s *session, old, next string, e rawEvent, b *batch) {
	if a.stateText(ctx, s, old, "m.room.tombstone", "", "replacement_room") != next {
		return
	}
	raw, err := a.state(ctx, s, next, "m.room.create", "")
	if err != nil {
		return
	}
	var c creation
	_ = json.Unmarshal(raw, &c) // an unreadable creation names no predecessor
	if c.Predecessor.Room != old {
		return
	}
	b.events = append(b.events, chat.Event{
		ID: chat.EventID("matrix:migrated:" + next), At: timeOf(e.At), Chat: chat.Chat{Platform: chat.Matrix, ID: old},
		By:   a.named(e.Sender, a.rooms.name(old, e.Sender)),
		Body: chat.Migrated{To: chat.Chat{Platform: chat.Matrix, ID: next}},
	})
}
