package matrix

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

// receiveRedaction tells that a message or a reaction is gone. Of an edit it tells what the message says without it,
// of a vote what was chosen before. From room version 11 on the target is in the content.
func (a *Adapter) receiveRedaction(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	target := e.Redacts
	if target == "" {
		target = c.str("redacts")
	}
	if !isEventID(target) {
		return nil
	}
	b.later(func() { a.messages.goes(target) })
	was, _ := a.recent.get(target)
	switch {
	case was.poll != "":
		return a.takeBackVote(ctx, s, room, e, target, was, b)
	case was.of != "":
		return a.takeBackEdit(ctx, s, room, e, target, was, b)
	}
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Deleted{Ref: ref(room, target)}
	b.events = append(b.events, ev)
	return nil
}

// takeBackEdit tells what a message says after one of its edits is gone. A message that is gone, too, says nothing.
func (a *Adapter) takeBackEdit(ctx context.Context, s *session, room string, e rawEvent, gone string, edit note, b *batch) error {
	original, err := a.fetchEvent(ctx, s, room, edit.of)
	if isAnswer(err) || isLost(err) || err == nil && original.isRedacted() {
		return nil
	}
	if err != nil {
		return err
	}
	edits, err := a.relatedTo(ctx, s, room, edit.of, "m.replace", "")
	if err != nil && !isAnswer(err) {
		return err
	}
	content := objectOf(original.Content)
	for _, r := range edits {
		newer := objectOf(r.Content).sub("m.new_content")
		if r.Sender == original.Sender && r.ID != gone && !r.isRedacted() && newer != nil {
			content = newer
			break
		}
	}
	n := a.nameOf(ctx, s, room, original.Sender)
	m := messageOf(original.Type, content, n, relationOf(objectOf(original.Content)).reply != "", a.whose)
	if part, ballot, ok := pollOf(content); ok {
		ballot.author = original.Sender
		m = message{parts: []chat.Part{part}}
		b.later(func() { a.polls.set(edit.of, ballot) })
	}
	if m.isEmpty() {
		return nil
	}
	ev := a.event(ctx, s, room, e)
	ev.By = a.person(ctx, s, room, original.Sender)
	ev.Body = chat.Edited{Ref: ref(room, edit.of), Text: m.text, Parts: m.parts}
	b.events = append(b.events, ev)
	return nil
}
