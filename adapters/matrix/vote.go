package matrix

import (
	"context"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// receivePoll tells of polls, of votes in them and of their end.
func (a *Adapter) receivePoll(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	switch {
	case isPollStart(e.Type):
		return a.receivePollStart(ctx, s, room, e, c, b)
	case isPollResponse(e.Type):
		return a.receiveVote(ctx, s, room, e, c, b)
	default:
		return a.receivePollEnd(ctx, s, room, e, c, b)
	}
}

func (a *Adapter) receivePollStart(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	rel := relationOf(c)
	if rel.kind == "m.replace" {
		return a.receivePollEdit(ctx, s, room, e, c, rel, b)
	}
	part, ballot, ok := pollOf(c)
	if !ok {
		a.receiveUnknown(ctx, s, room, e, c, b)
		return nil
	}
	ballot.author = e.Sender
	b.later(func() { a.polls.set(e.ID, ballot) })
	a.tell(ctx, s, room, e, message{parts: []chat.Part{part}}, rel, b)
	return nil
}

// receivePollEdit tells that a poll asks something else, if its author says so.
func (a *Adapter) receivePollEdit(ctx context.Context, s *session, room string, e rawEvent, c object, rel relation, b *batch) error {
	old, known, err := a.ballot(ctx, s, room, rel.to)
	if err != nil {
		return err
	}
	part, ballot, ok := pollOf(c.sub("m.new_content"))
	if !known || !ok || old.author != e.Sender {
		return nil
	}
	ballot.author = e.Sender
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Edited{Ref: ref(room, rel.to), Parts: []chat.Part{part}}
	b.events = append(b.events, ev)
	b.later(func() {
		a.polls.set(rel.to, ballot)
		a.recent.revised(e.ID, rel.to, note{sender: e.Sender, name: ev.By.Name, quote: part.Describe(), room: room})
	})
	return nil
}

// receiveVote tells what somebody has chosen.
func (a *Adapter) receiveVote(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	rel := relationOf(c)
	if rel.kind != "m.reference" || !isEventID(rel.to) {
		return nil
	}
	ballot, known, err := a.ballot(ctx, s, room, rel.to)
	if err != nil || !known {
		return err
	}
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.Voted{Ref: ref(room, rel.to), Options: ballot.chosen(c)}
	b.events = append(b.events, ev)
	b.later(func() { a.recent.add(e.ID, note{sender: e.Sender, poll: rel.to, room: room}) })
	return nil
}

// receivePollEnd tells that a poll is over, if its author says so or somebody who may remove it.
func (a *Adapter) receivePollEnd(ctx context.Context, s *session, room string, e rawEvent, c object, b *batch) error {
	rel := relationOf(c)
	if rel.kind != "m.reference" || !isEventID(rel.to) {
		return nil
	}
	ballot, known, err := a.ballot(ctx, s, room, rel.to)
	if err != nil || !known {
		return err
	}
	if ballot.author != e.Sender {
		may, err := a.mayRedact(ctx, s, room, e.Sender)
		if err != nil || !may {
			return err
		}
	}
	ev := a.event(ctx, s, room, e)
	ev.Body = chat.PollEnded{Ref: ref(room, rel.to)}
	b.events = append(b.events, ev)
	return nil
}

// mayRedact tells whether an account may remove what others have written.
func (a *Adapter) mayRedact(ctx context.Context, s *session, room, user string) (bool, error) {
	levels, err := a.state(ctx, s, room, "m.room.power_levels", "")
	if err != nil {
		return false, err
	}
	p := powersOf(levels)
	own, err := a.powerIn(ctx, s, room, p, user)
	return own >= p.Redact.or50(), err
}

// ballot returns the ballot of a poll as it was edited last; false if there is no such poll.
func (a *Adapter) ballot(ctx context.Context, s *session, room, id string) (ballot, bool, error) {
	if b, ok := a.polls.get(id); ok {
		return b, true, nil
	}
	e, err := a.fetchEvent(ctx, s, room, id)
	if isAnswer(err) || isLost(err) {
		return ballot{}, false, nil
	}
	if err != nil {
		return ballot{}, false, err
	}
	_, b, ok := pollOf(objectOf(e.Content))
	if !ok || !isPollStart(e.Type) {
		return ballot{}, false, nil
	}
	edits, err := a.relatedTo(ctx, s, room, id, "m.replace", "")
	if err != nil && !isAnswer(err) {
		return ballot{}, false, err
	}
	for _, edit := range slices.Backward(edits) { // the newest comes first
		if _, newer, ok := pollOf(objectOf(edit.Content).sub("m.new_content")); ok && edit.Sender == e.Sender && !edit.isRedacted() {
			b = newer
		}
	}
	b.author = e.Sender
	a.polls.set(id, b)
	return b, true, nil
}

// relatedTo returns the events of a room that relate to another, newest first.
func (a *Adapter) relatedTo(ctx context.Context, s *session, room, id, rel, kind string) ([]rawEvent, error) {
	return (&job{a: a, s: s, room: room}).related(ctx, id, rel, kind)
}

// takeBackVote tells what somebody's choice is again after his newest response was redacted.
func (a *Adapter) takeBackVote(ctx context.Context, s *session, room string, e rawEvent, gone string, vote note, b *batch) error {
	ballot, known, err := a.ballot(ctx, s, room, vote.poll)
	if err != nil || !known {
		return err
	}
	kind := responseKey
	if ballot.stable {
		kind = "m.poll.response"
	}
	responses, err := a.relatedTo(ctx, s, room, vote.poll, "m.reference", kind)
	if err != nil && !isAnswer(err) {
		return err
	}
	var options []int
	for _, r := range responses {
		if r.Sender == vote.sender && r.ID != gone && !r.isRedacted() {
			options = ballot.chosen(objectOf(r.Content))
			break
		}
	}
	ev := a.event(ctx, s, room, e)
	ev.By = a.person(ctx, s, room, vote.sender)
	ev.Body = chat.Voted{Ref: ref(room, vote.poll), Options: options}
	b.events = append(b.events, ev)
	return nil
}

// vote gives one person's choice in the name of his ghost.
func (j *job) vote(ctx context.Context, e chat.Vote) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	v, err := j.a.voiceFor(ctx, j.s, j.room, &e.As)
	if err != nil {
		return err
	}
	if v.user == j.a.config.User {
		return refuse(chat.Unsupported, "only somebody with an account here can vote")
	}
	poll, b, err := j.poll(ctx, ids)
	if err != nil {
		return err
	}
	kind, content, err := b.response(poll, e.Options)
	if err != nil {
		return err
	}
	_, err = j.post(ctx, v, kind, "v", func() (map[string]any, error) { return content, nil })
	return err
}

// poll returns the first of some events that is a poll.
func (j *job) poll(ctx context.Context, ids []string) (string, ballot, error) {
	for _, id := range ids {
		b, known, err := j.a.ballot(ctx, j.s, j.room, id)
		if err != nil {
			return "", ballot{}, err
		}
		if known {
			return id, b, nil
		}
	}
	return "", ballot{}, refuse(chat.NotFound, "there is no such poll")
}

// endPoll lets nobody vote any more, in the name of who asks if that is one of ours, else by the bot's rights. What
// is closed already is as it should be.
func (j *job) endPoll(ctx context.Context, e chat.EndPoll) error {
	ids, err := j.refsOf(e.Target)
	if err != nil {
		return err
	}
	poll, b, err := j.poll(ctx, ids)
	if err != nil {
		return err
	}
	v := voice{user: j.a.config.User}
	if j.a.isOurs(b.author) {
		v.user = b.author
	} else if may, err := j.a.mayRedact(ctx, j.s, j.room, v.user); err != nil || !may {
		if err == nil {
			err = refuse(chat.Forbidden, "only %s can close the poll", b.author)
		}
		return err
	}
	kind, key := pollEndKey, pollEndKey
	if b.stable {
		kind, key = "m.poll.end", "m.poll.results"
	}
	_, err = j.post(ctx, v, kind, "p", func() (map[string]any, error) {
		const words = "The poll has ended."
		return map[string]any{
			key: map[string]any{}, "org.matrix.msc1767.text": words, "body": words,
			"m.relates_to": map[string]string{"rel_type": "m.reference", "event_id": poll},
		}, nil
	})
	return err
}
