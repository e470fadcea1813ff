package telegram

import (
	"context"
	"errors"
	"fmt"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// unbanParams are those of the call that removes a member from a supergroup and does not keep him out: "unban" is
// its name, and without OnlyBanned it also removes who is there (core.telegram.org/bots/api#unbanchatmember).
type unbanParams struct {
	ChatID     int64 `json:"chat_id"`
	UserID     int64 `json:"user_id"`
	OnlyBanned bool  `json:"only_if_banned,omitempty"`
}

type senderParams struct {
	ChatID   int64 `json:"chat_id"`
	SenderID int64 `json:"sender_chat_id"`
}

// kick takes somebody out who may come back. It is one call, not a ban and its end: nothing can happen between the
// two that would keep him out for ever. Who is not there is not touched, for the same call would end a ban.
func (a *Adapter) kick(ctx context.Context, e chat.Remove) error {
	g, err := a.governed(e.To, e.Who)
	if err != nil {
		return err
	}
	defer a.guards.hold(g)()
	s, err := a.standing(ctx, &g)
	switch {
	case err != nil:
		return err
	case s.isAdministrator():
		return errAdministrator
	case !s.isIn():
		return nil
	case g.isBasic():
		err = a.on(ctx, &g, "banChatMember", memberOf(g), nil) // where it does not keep him out
	default:
		err = a.on(ctx, &g, "unbanChatMember", func(chatID int64) any { return unbanParams{ChatID: chatID, UserID: g.user} }, nil)
	}
	if e := refusal(err); e != nil && e.says("USER_NOT_PARTICIPANT") {
		err = nil
	}
	return a.gone(g, err)
}

// gone forgets what was to be given back to somebody who is out: his restriction went with him.
func (a *Adapter) gone(g grounds, err error) error {
	if _, known := a.memory.holds.get(presenceKey{g.to.id, g.user}); err != nil || !known {
		return err
	}
	return a.keepHold(g, nil)
}

// ban takes somebody out and keeps him out for ever. A basic group can only do the first, and the note says so.
func (a *Adapter) ban(ctx context.Context, e chat.Ban) (adapters.Receipt, error) {
	g, err := a.ground(e.To, e.Who)
	if err != nil {
		return adapters.Receipt{}, err
	}
	if g.user < 0 {
		return adapters.Receipt{}, a.sender(ctx, g, "banChatSenderChat")
	}
	defer a.guards.hold(g)()
	s, err := a.standing(ctx, &g)
	switch {
	case err != nil:
		return adapters.Receipt{}, err
	case s.isAdministrator():
		return adapters.Receipt{}, errAdministrator
	case s.isBanned() && s.until == 0:
		return adapters.Receipt{}, nil
	}
	var r adapters.Receipt
	if g.isBasic() {
		r.Notes = []string{"removed only: a basic group of telegram keeps nobody out, its owner can make it a supergroup"}
	}
	if s.isIn() || !g.isBasic() {
		err = a.on(ctx, &g, "banChatMember", memberOf(g), nil)
	}
	if e := refusal(err); e != nil && e.says("USER_NOT_PARTICIPANT") && g.isBasic() {
		err = nil
	}
	return r, a.gone(g, err)
}

// unban lets somebody come again; who is there stays there.
func (a *Adapter) unban(ctx context.Context, e chat.Unban) error {
	g, err := a.ground(e.To, e.Who)
	switch {
	case err != nil:
		return err
	case g.user < 0:
		return a.sender(ctx, g, "unbanChatSenderChat")
	}
	defer a.guards.hold(g)()
	err = a.on(ctx, &g, "unbanChatMember", func(chatID int64) any {
		return unbanParams{ChatID: chatID, UserID: g.user, OnlyBanned: true}
	}, nil)
	if e := refusal(err); e != nil && g.isBasic() && e.reason() == chat.Unsupported {
		return nil // a basic group keeps nobody out
	}
	return err
}

// sender keeps a channel from posting in its own name, or lets it again.
func (a *Adapter) sender(ctx context.Context, g grounds, method string) error {
	err := a.on(ctx, &g, method, func(chatID int64) any { return senderParams{chatID, g.user} }, nil)
	if e := refusal(err); e != nil && e.says("PARTICIPANT_ID_INVALID") {
		return adapters.Refused(chat.Forbidden, fmt.Errorf("ban channel: it belongs to the group: %w", err))
	}
	return err
}

// isFinal tells whether an outcome is a refusal.
func isFinal(err error) bool {
	var refused *adapters.RefusedError
	return errors.As(err, &refused)
}
