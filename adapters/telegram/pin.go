package telegram

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

type pinParams struct {
	ChatID int64 `json:"chat_id"`
	ID     int   `json:"message_id"`
	Silent bool  `json:"disable_notification,omitempty"`
}

// pin shows a message at the top, the first where it is several, and disturbs nobody with it.
func (a *Adapter) pin(ctx context.Context, t chat.Target) error {
	return a.pinning(ctx, "pinChatMessage", t, true, "CHAT_NOT_MODIFIED")
}

// unpin takes it from there. What is gone stands there no more.
func (a *Adapter) unpin(ctx context.Context, t chat.Target) error {
	return a.pinning(ctx, "unpinChatMessage", t, false, "CHAT_NOT_MODIFIED", "message to unpin not found")
}

func (a *Adapter) pinning(ctx context.Context, method string, t chat.Target, silent bool, done ...string) error {
	refs, to, err := target(t)
	if err != nil {
		return err
	}
	id, err := messageID(refs[0])
	if err != nil {
		return err
	}
	err = a.short(ctx, method, pinParams{ChatID: to.id, ID: id, Silent: silent}, nil)
	if e := refusal(err); e != nil && e.says(done...) {
		return nil
	}
	return err
}
