package telegram

import (
	"context"
	"fmt"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// govern carries out what moderators and the door need. All of it may be asked twice.
func (a *Adapter) govern(ctx context.Context, d chat.Dispatch) (r adapters.Receipt, err error) {
	switch e := d.Effect.(type) {
	case chat.Pin:
		err = a.pin(ctx, e.Target)
	case chat.Unpin:
		err = a.unpin(ctx, e.Target)
	case chat.EndPoll:
		err = a.endPoll(ctx, e.Target)
	case chat.Open:
		r, err = a.openRoom(ctx, d.ID, e)
	case chat.Shut:
		err = a.shut(ctx, e)
	case chat.Restrict:
		err = a.restrict(ctx, e)
	case chat.Release:
		err = a.release(ctx, e)
	case chat.Remove:
		err = a.kick(ctx, e)
	case chat.Ban:
		r, err = a.ban(ctx, e)
	case chat.Unban:
		err = a.unban(ctx, e)
	case chat.Admit:
		err = a.admit(ctx, e)
	case chat.Decline:
		err = a.decline(ctx, e)
	case chat.Invite:
		r, err = a.invite(ctx, d.ID, e)
	default:
		err = adapters.Refused(chat.Unsupported, fmt.Errorf("do %T: telegram has no such thing", d.Effect))
	}
	return r, err
}
