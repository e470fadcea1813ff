package signal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// revision is an edit under way: the pieces that the message has, by their first names, and what they are to say.
// Polls are not among them, nobody can change one.
type revision struct {
	to       chat.Chat
	answer   *chat.Answer
	first    chat.Ref // of the whole message
	refs     []chat.Ref
	messages []outgoing
	drop     []chat.Ref // polls that the message has no more
	// done are the pieces that an earlier try has made so.
	done  []chat.Ref
	names []chat.Ref // the revisions made
}

// edit gives a message new content: its pieces one by one, further ones where it has grown, and what it does not need
// any more is deleted. A piece that says the same already is left alone, because only so many edits are allowed. The
// daemon accepts any edit, so the clients' rules are checked here.
func (a *Adapter) edit(ctx context.Context, id chat.EffectID, e chat.Edit) (adapters.Receipt, error) {
	if err := address(map[string]any{}, e.To); err != nil {
		return adapters.Receipt{}, err
	}
	refs, names, err := a.pieces(e.Target.Refs)
	if err != nil {
		return adapters.Receipt{}, err
	}
	for _, n := range names {
		if n.author != a.self() {
			return adapters.Receipt{}, adapters.Refused(chat.Forbidden, errForeign)
		}
	}
	messages, notes, err := a.compose(ctx, e.To, e.As, e.Text, e.Parts)
	if err != nil {
		return adapters.Receipt{}, err
	}
	r := a.revision(e, refs, messages)
	r.done = a.progress.of(id)
	if err := a.mayEdit(r); err != nil {
		return adapters.Receipt{}, err
	}
	receipt := adapters.Receipt{Notes: notes}
	for i := len(r.done); i < max(len(r.messages), len(r.refs)); i++ {
		ref, note, err := a.editStep(ctx, &r, i)
		if err != nil {
			return adapters.Receipt{}, err
		}
		r.done = append(r.done, ref)
		receipt.Notes = appendNew(receipt.Notes, note)
		a.progress.set(id, r.done, false)
	}
	for _, poll := range r.drop {
		if err := a.unsend(ctx, e.To, poll); err != nil {
			return adapters.Receipt{}, err
		}
	}
	receipt.Refs, receipt.Names = a.added(e.Target.Refs, r), r.names
	a.progress.set(id, nil, true)
	return receipt, nil
}

// added are the pieces that the message has in addition to those that it is known by.
func (a *Adapter) added(known []chat.Ref, r revision) []chat.Ref {
	var out []chat.Ref
	for _, ref := range r.done[:min(len(r.done), len(r.messages))] {
		if !slices.ContainsFunc(known, func(k chat.Ref) bool { return a.memory.first(k) == ref }) {
			out = append(out, ref)
		}
	}
	return out
}

// revision puts the pieces that are there against those that are wanted. A poll stays as it is; one that was none
// before is posted, as a further piece.
func (a *Adapter) revision(e chat.Edit, refs []chat.Ref, messages []outgoing) revision {
	r := revision{to: e.To, answer: e.Answer, first: refs[0]}
	var polls []chat.Ref
	for _, ref := range refs {
		if is, _ := a.memory.poll(ref); is {
			polls = append(polls, ref)
			continue
		}
		r.refs = append(r.refs, ref)
	}
	var asked []outgoing
	for _, m := range messages {
		if m.poll != nil {
			asked = append(asked, m)
			continue
		}
		r.messages = append(r.messages, m)
	}
	if n := len(asked); n < len(polls) {
		r.drop = polls[n:]
	} else if len(r.messages) >= len(r.refs) {
		r.messages = append(r.messages, asked[len(polls):]...)
	}
	return r
}

// mayEdit tells, refused, whether the clients would ignore what is to be done yet.
func (a *Adapter) mayEdit(r revision) error {
	for i := len(r.done); i < len(r.refs); i++ {
		n, err := parseName(r.refs[i].ID)
		if err != nil {
			return adapters.Refused(chat.Invalid, err)
		}
		_, count := a.memory.newest(r.refs[i])
		switch {
		case r.says(a, i):
		case a.tooLate(n):
			return adapters.Refused(chat.TooOld, fmt.Errorf("signal lets messages be edited for %v", window))
		case i < len(r.messages) && count >= maxEdits:
			return adapters.Refused(chat.TooMany, fmt.Errorf("signal lets messages be edited %d times", maxEdits))
		}
	}
	return nil
}

// says tells whether the i-th piece is as it is wanted: it says the same, or is a voice message, which the clients
// let nobody edit; what is said about one stands in a piece of its own.
func (r revision) says(a *Adapter, i int) bool {
	if i >= len(r.messages) || i >= len(r.refs) {
		return false
	}
	return r.messages[i].voice || a.memory.sumOf(r.refs[i]) == r.messages[i].sum()
}

// editStep does what has to be done with the i-th piece and returns its name.
func (a *Adapter) editStep(ctx context.Context, r *revision, i int) (chat.Ref, string, error) {
	switch {
	case r.says(a, i):
		return r.refs[i], "", nil
	case i >= len(r.messages):
		return r.refs[i], "", a.unsend(ctx, r.to, r.refs[i])
	}
	m := r.messages[i]
	if i >= len(r.refs) {
		ref, note, err := a.post(ctx, r.to, m, a.params())
		if err == nil {
			a.remember(mark{Kind: markMore, Of: r.first, Is: ref})
			a.note(ref, m, true)
		}
		return ref, note, err
	}
	newest, _ := a.memory.newest(r.refs[i])
	n, err := parseName(newest.ID)
	if err != nil {
		return chat.Ref{}, "", adapters.Refused(chat.Invalid, err)
	}
	params := a.params()
	params["editTimestamp"] = n.sent
	if i == 0 {
		_ = a.quote(params, r.answer, m) // the edited message is whole: what it does not say again is gone
	}
	revised, note, err := a.post(ctx, r.to, m, params)
	if err != nil {
		return chat.Ref{}, "", err
	}
	a.remember(mark{Kind: markRevision, Of: r.refs[i], Is: revised})
	a.note(r.refs[i], m, len(r.messages) > 1 || len(r.refs) > 1)
	r.names = append(r.names, revised)
	return r.refs[i], note, nil
}

var (
	errGone    = errors.New("the message is not there any more")
	errForeign = errors.New("not a message of the bot")
)
