package signal

import (
	"context"
	"errors"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// maxPins is how many messages the clients show at the top of a talk; a further one pushes the oldest out. It is
// global.pinned_message_limit of Signal Desktop, where no server says otherwise.
const maxPins = 3

// pin shows a message at the top, for ever. Nobody can be asked what is there, and the clients
// tell in a line of every pinning: what the memory knows to be there is not pinned again.
func (a *Adapter) pin(ctx context.Context, to chat.Chat, target chat.Target) error {
	ref, n, err := a.pinnable(ctx, to, target)
	if err != nil || a.memory.isPinned(ref) {
		return err
	}
	params := a.params()
	params["targetAuthor"], params["targetTimestamp"] = n.author, n.sent
	params["pinDuration"] = -1
	if err := a.tell(ctx, to, "sendPinMessage", params); err != nil {
		return err
	}
	a.remember(mark{Kind: markPinned, Of: ref})
	return nil
}

// unpin takes it from there. It is asked for whatever the memory says: the clients let it be where there is
// nothing to take down.
func (a *Adapter) unpin(ctx context.Context, to chat.Chat, target chat.Target) error {
	ref, n, err := a.pinnable(ctx, to, target)
	if err != nil {
		return err
	}
	params := a.params()
	params["targetAuthor"], params["targetTimestamp"] = n.author, n.sent
	if err := again(a.tell(ctx, to, "sendUnpinMessage", params)); err != nil {
		return err
	}
	a.remember(mark{Kind: markUnpinned, Of: ref})
	return nil
}

// pinnable returns the piece of a message that stands for it at the top, and its newest name. It fails,
// refused, where the clients would ignore the bot: who may change a group's details may pin.
func (a *Adapter) pinnable(ctx context.Context, to chat.Chat, target chat.Target) (chat.Ref, name, error) {
	if err := address(map[string]any{}, to); err != nil {
		return chat.Ref{}, name{}, err
	}
	refs, _, err := a.pieces(target.Refs)
	if err != nil {
		return chat.Ref{}, name{}, err
	}
	face := a.memory.face(refs)
	newest, _ := a.memory.newest(face)
	n, err := parseName(newest.ID)
	if err != nil {
		return chat.Ref{}, name{}, adapters.Refused(chat.Invalid, err)
	}
	if !isGroup(to.ID) {
		return face, n, nil
	}
	c, err := a.link()
	if err != nil {
		return chat.Ref{}, name{}, err
	}
	g, err := a.groupNow(ctx, c, to.ID)
	if err != nil {
		return chat.Ref{}, name{}, again(err)
	}
	if !g.lets(g.EditDetails) {
		return chat.Ref{}, name{}, adapters.Refused(chat.Forbidden, errors.New("only admins may pin in the group"))
	}
	return face, n, nil
}

// pinned notes that somebody has put a message at the top, or has taken it from there, and returns what to tell of
// it; false if it is not so. The daemon tells of that also where the clients do not let him.
func (a *Adapter) pinned(p pinning, by string, in chat.Chat) (chat.Pinned, bool) {
	if isGroup(in.ID) && !a.maySetDetails(in.ID, by) {
		return chat.Pinned{}, false
	}
	kind, to := markUnpinned, p.UnpinMessage
	if p.PinMessage != nil {
		kind, to = markPinnedAwhile, &p.PinMessage.targetMessage
		if p.PinMessage.Seconds < 0 {
			kind = markPinned
		}
	}
	if to == nil || !isACI(to.Author) || to.Sent <= 0 {
		return chat.Pinned{}, false
	}
	ref := a.memory.first(name{to.Author, to.Sent}.ref(in))
	a.remember(mark{Kind: kind, Of: ref})
	return chat.Pinned{Ref: ref, On: kind != markUnpinned}, true
}
