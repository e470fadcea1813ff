package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// pollNote says where a poll stands. Votes name the poll alone.
type pollNote struct {
	Chat    string `json:"c"`
	Message string `json:"m"`
	By      int64  `json:"by,omitempty"` // whose it is; 0 = ours
	Name    string `json:"n,omitempty"`
	Over    bool   `json:"over,omitempty"` // its end is told or our own doing
}

func (n pollNote) ref() chat.Ref {
	return chat.Ref{Chat: chat.Chat{Platform: chat.Telegram, ID: n.Chat}, ID: n.Message}
}

// pollNoteOf returns what notes a member's poll once its event is durable.
func (m *memory) pollNoteOf(msg *rawMessage) func() {
	return func() {
		if msg.Poll == nil || msg.Poll.ID == "" || msg.Origin != nil {
			return // a forwarded poll is the same as where it came from
		}
		by := msg.author()
		ref := msg.place().ref(msg.MessageID)
		note := pollNote{Chat: ref.Chat.ID, Message: ref.ID, Name: by.Name, Over: msg.Poll.Closed}
		if by.Identity.ID != "" {
			_, _ = fmt.Sscan(by.Identity.ID, &note.By)
		}
		m.polls.put(msg.Poll.ID, note)
	}
}

// vote tells what somebody has chosen in a poll of ours; of other people's the platform tells nothing.
func (r *receiver) vote(update int64, raw json.RawMessage) []chat.Event {
	var v rawVote
	if err := json.Unmarshal(raw, &v); err != nil || v.Poll == "" {
		r.log.Warn("telegram sent a vote that cannot be read")
		return nil
	}
	note, known := r.memory.pollOf(v.Poll)
	if !known {
		r.log.Warn("telegram sent a vote in a poll that is not known here any more")
		return nil
	}
	by := chat.Person{}
	switch {
	case v.User != nil:
		by = v.User.person()
		r.memory.person(*v.User)
	case v.Voter != nil:
		by = chat.Person{Identity: userIdentity(v.Voter.ID), Name: v.Voter.name(), Nick: v.Voter.Username, Anonymous: true}
	}
	if by.Identity.IsZero() || by.Identity == userIdentity(r.me().ID) {
		return nil
	}
	ref := note.ref()
	return []chat.Event{{
		// The poll stands beside the update's number because the numbers begin anew after a quiet week.
		ID: chat.EventID(fmt.Sprintf("tg:voted:%d:%.32s:%s", update, v.Poll, by.Identity.ID)), At: time.Now().UTC().Truncate(time.Second),
		Chat: ref.Chat, By: by, Body: chat.Voted{Ref: ref, Options: v.Options},
	}}
}

// poll tells that a poll is over, ours or a member's. That we have closed it ourselves is no news.
func (r *receiver) poll(raw json.RawMessage) []chat.Event {
	var p rawPoll
	if err := json.Unmarshal(raw, &p); err != nil || p.ID == "" {
		r.log.Warn("telegram sent a poll that cannot be read")
		return nil
	}
	note, known := r.memory.polls.get(p.ID)
	if !known || !p.Closed || note.Over {
		return nil
	}
	e := chat.Event{
		ID: chat.EventID(fmt.Sprintf("tg:poll ended:%.32s", p.ID)), At: time.Now().UTC().Truncate(time.Second),
		Chat: note.ref().Chat, Body: chat.PollEnded{Ref: note.ref()},
	}
	if note.By != 0 {
		e.By = chat.Person{Identity: userIdentity(note.By), Name: note.Name, Anonymous: note.By < 0}
	}
	return []chat.Event{e}
}

type stopParams struct {
	ChatID int64 `json:"chat_id"`
	ID     int   `json:"message_id"`
}

// endPoll closes a poll of ours, whichever of the target's messages it is. One that is closed already is done.
func (a *Adapter) endPoll(ctx context.Context, t chat.Target) error {
	refs, to, err := target(t)
	if err != nil {
		return err
	}
	err = adapters.Refused(chat.NotFound, errors.New("end poll: none of the messages is one"))
	for i := len(refs) - 1; i >= 0; i-- {
		id, noID := messageID(refs[i])
		if noID != nil {
			return noID
		}
		opened := a.pollOver(refs[i])
		fault := a.short(ctx, "stopPoll", stopParams{to.id, id}, nil)
		e := refusal(fault)
		switch {
		case fault == nil || e != nil && e.says("poll has already been closed", "message is not modified"):
			return nil
		case e != nil && e.says("is not a poll", "no poll in the message", "with poll to stop not found", "message can't be stopped"):
			opened() // a text above it
		default:
			opened()
			return fault
		}
	}
	return err
}

// pollOver notes that a poll's end is our doing, before the platform can tell of it; the function returned takes that back.
func (a *Adapter) pollOver(ref chat.Ref) (opened func()) {
	for id, note := range a.memory.polls.all() {
		if note.ref() == ref && !note.Over {
			closed := note
			closed.Over = true
			a.memory.polls.put(id, closed)
			return func() { a.memory.polls.put(id, note) }
		}
	}
	return func() {}
}
