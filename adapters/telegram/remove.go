package telegram

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-telegram/bot"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// target returns the refs of a target and where they stand. That is what the refs say, not where the effect is
// for: the ids of a group that has become a supergroup mean other messages there.
func target(t chat.Target) ([]chat.Ref, place, error) {
	if len(t.Refs) == 0 {
		return nil, place{}, adapters.Refused(chat.NotFound, errors.New("find message: nothing names it"))
	}
	at, err := parsePlace(t.Refs[0].Chat)
	if err != nil {
		return nil, place{}, err
	}
	refs := slices.DeleteFunc(slices.Clone(t.Refs), func(r chat.Ref) bool { return r.Chat != t.Refs[0].Chat })
	return refs, at, nil
}

// remove deletes all messages of a target, whoever's they are. Where the platform no longer lets us, our own say
// that they are gone.
func (a *Adapter) remove(ctx context.Context, d chat.Delete) (adapters.Receipt, error) {
	refs, to, err := target(d.Target)
	if err != nil {
		return adapters.Receipt{}, err
	}
	var ids []int
	for _, ref := range refs {
		n, err := messageID(ref)
		if err != nil {
			return adapters.Receipt{}, err
		}
		ids = append(ids, n)
	}
	if len(ids) > 1 && len(ids) <= 100 && a.deleteMany(ctx, to, ids) {
		return adapters.Receipt{}, nil
	}
	var r adapters.Receipt
	for _, id := range ids {
		err := a.deleteOne(ctx, to, id)
		if e := refusal(err); e != nil && e.code == http.StatusBadRequest && e.reason() == chat.TooOld {
			if a.blank(ctx, to, id) {
				r.Notes, err = append(r.Notes, "shown as deleted, too old to be deleted"), nil
			} else if !a.mayDelete(ctx, to) {
				err = adapters.Refused(chat.Forbidden, err)
			}
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// deleteMany deletes in one call; one message that may not be deleted fails it as a whole, before anything is
// deleted.
func (a *Adapter) deleteMany(ctx context.Context, to place, ids []int) bool {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	ok, err := a.bot.DeleteMessages(ctx, &bot.DeleteMessagesParams{ChatID: to.id, MessageIDs: ids})
	return ok && err == nil
}

// deleteOne deletes a message; one that is gone already is no failure.
func (a *Adapter) deleteOne(ctx context.Context, to place, id int) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := a.bot.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: to.id, MessageID: id})
	if e := refusal(err); e != nil && e.says("message to delete not found") {
		return nil
	}
	return err
}

// mayDelete tells whether the bot has the right to delete other people's messages: the platform refuses in the same
// words what is too old and what is not ours.
func (a *Adapter) mayDelete(ctx context.Context, to place) bool {
	var m rawMemberStatus
	err := a.short(ctx, "getChatMember", memberParams{to.id, a.me.Load().ID}, &m)
	return err != nil || m.CanDelete || m.Status == "creator" || to.id > 0
}

// blank writes over a message of ours.
func (a *Adapter) blank(ctx context.Context, to place, id int) bool {
	gone := chat.Styled(chat.Italic, "[deleted]", "")
	err := a.editText(ctx, to, id, gone, nil)
	if e := refusal(err); e != nil && e.says("there is no text") {
		err = a.editCaption(ctx, to, id, gone, nil)
	}
	return err == nil
}
