package matrix

import (
	"context"

	"github.com/potluck-chat/potluck/core/chat"
)

// anchor is where in a room's talk a message stands: the message that it answers, and the one that begins its
// thread. The zero anchor is the open room.
type anchor struct{ reply, thread string }

// rest returns where the further events of a message stand, of which only the first answers.
func (a anchor) rest() anchor { return anchor{thread: a.thread} }

// relation writes the anchor as a content has it, nil if there is nothing to write. What answers nothing in its
// thread answers its beginning, for clients that know no threads.
func (a anchor) relation() map[string]any {
	switch {
	case a.thread != "" && a.reply == "":
		return map[string]any{
			"rel_type": "m.thread", "event_id": a.thread, "is_falling_back": true,
			"m.in_reply_to": map[string]string{"event_id": a.thread},
		}
	case a.thread != "":
		return map[string]any{
			"rel_type": "m.thread", "event_id": a.thread, "is_falling_back": false,
			"m.in_reply_to": map[string]string{"event_id": a.reply},
		}
	case a.reply != "":
		return map[string]any{"m.in_reply_to": map[string]string{"event_id": a.reply}}
	}
	return nil
}

// anchor finds where an answer stands: beside what it answers, in its thread if that stands in one. It is zero
// where the message is not in the room, as after the room was replaced.
func (j *job) anchor(ctx context.Context, a *chat.Answer) (anchor, error) {
	if a == nil {
		return anchor{}, nil
	}
	for _, r := range a.Target.Refs {
		if r.Chat.ID != j.room || !isEventID(r.ID) {
			continue
		}
		r.ID = trueID(r.ID)
		thread, err := j.threadOf(ctx, r.ID)
		if err != nil {
			return anchor{}, err
		}
		switch {
		case !a.Thread:
			return anchor{reply: r.ID, thread: thread}, nil
		case thread != "":
			return anchor{thread: thread}, nil
		}
		return anchor{thread: r.ID}, nil
	}
	return anchor{}, nil
}

// threadOf returns the message that begins the thread in which a message stands, empty if it stands in none.
func (j *job) threadOf(ctx context.Context, id string) (string, error) {
	if st, known, _ := j.a.messages.find(id); known {
		return st.thread, nil
	}
	if n, known := j.a.recent.get(id); known && n.name != "" {
		return n.thread, nil
	}
	e, err := j.a.fetchEvent(ctx, j.s, j.room, id)
	if isAnswer(err) || isLost(err) {
		return "", nil // a client shows as much of it as it can
	}
	return relationOf(objectOf(e.Content)).thread(), err
}

// lineOfAnswer tells what is answered where nothing can point to it.
func lineOfAnswer(a chat.Answer) chat.Text {
	line := oneLine(a.Quote)
	if name := cleanName(a.Name); name != "" && line != "" {
		line = name + ": " + line
	}
	return chat.Styled(chat.Quote, line, "")
}
