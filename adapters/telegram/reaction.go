package telegram

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// reaction tells what somebody gives a message now. What anonymous people give comes as counts alone
// (message_reaction_count), minutes late and by nobody: it is not asked for.
func (r *receiver) reaction(ctx context.Context, update int64, raw json.RawMessage) []chat.Event {
	var u rawReaction
	if err := json.Unmarshal(raw, &u); err != nil || u.Chat.ID == 0 || u.MessageID == 0 {
		r.log.Warn("telegram sent a reaction that cannot be read")
		return nil
	}
	var by chat.Person
	switch {
	case u.User != nil:
		by = u.User.person()
	case u.Actor != nil:
		by = chat.Person{Identity: userIdentity(u.Actor.ID), Name: u.Actor.name(), Nick: u.Actor.Username, Anonymous: true}
	}
	if by.Identity.IsZero() || by.Identity == userIdentity(r.me().ID) {
		return nil
	}
	reacted := chat.Reacted{Change: chat.ReactionsAre}
	for _, one := range u.New {
		switch {
		case one.Emoji != "":
			reacted.Emoji = append(reacted.Emoji, one.Emoji)
		case one.Type == "paid":
			reacted.Emoji = append(reacted.Emoji, "⭐")
		}
	}
	if u.User != nil && slices.ContainsFunc(reacted.Emoji, isKeycap) {
		r.rank(ctx, u.Chat, u.User.ID, &by)
	}
	at := place{id: u.Chat.ID, thread: r.memory.threadOf(u.Chat.ID, u.MessageID)}
	reacted.Ref = at.ref(u.MessageID)
	return []chat.Event{{
		ID: updateID(update, "reacted", u.Date), At: when(u.Date), Chat: at.chat(),
		Title: u.Chat.name(), Private: u.Chat.Type == "private", By: by, Body: reacted,
	}}
}
