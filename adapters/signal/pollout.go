package signal

import (
	"context"
	"errors"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// pollQuestion is how many units of a poll's question all clients take: those of late 2025 ignored a poll with more
// (DataMessageProcessor of Signal Android), newer ones take twice as many, the daemon does not look.
const pollQuestion = 100

// question is a poll on its way.
type question struct {
	text     string
	options  []string
	multiple bool
}

// questions takes the polls out of the parts. One that Signal does not have becomes a line: it has them in groups
// only, with two options or more, and none that is over already.
func questions(to chat.Chat, parts []chat.Part) (polls []*question, rest []chat.Part, lines, notes []string) {
	for _, p := range parts {
		if p.Kind != chat.Poll || p.Poll == nil {
			rest = append(rest, p)
			continue
		}
		q := p.Poll
		if !isGroup(to.ID) || q.Closed || !isAskable(*q) {
			lines = append(lines, p.Describe())
			notes = appendNew(notes, "poll told in a line")
			continue
		}
		text := shortenUnits(oneLine(q.Text), pollQuestion)
		polls = append(polls, &question{text, q.Options, q.Multiple})
		if text != oneLine(q.Text) {
			lines = append(lines, q.Text)
			notes = appendNew(notes, "the poll's question is shown apart")
		}
		if q.Quiz {
			notes = appendNew(notes, "a poll that does not tell which option is right")
		}
		if q.Secret {
			notes = appendNew(notes, "a poll that shows who has voted for what")
		}
	}
	return polls, rest, lines, notes
}

// isAskable tells whether the daemon and the clients take a poll.
func isAskable(q chat.Question) bool {
	if oneLine(q.Text) == "" || len(q.Options) < 2 || len(q.Options) > maxOptions {
		return false
	}
	for _, o := range q.Options {
		if n := chat.Units(o); oneLine(o) == "" || n > maxOption {
			return false
		}
	}
	return true
}

// write puts a poll into the parameters of sendPollCreate.
func (q *question) write(params map[string]any) map[string]any {
	params["question"], params["options"], params["noMulti"] = q.text, q.options, !q.multiple
	return params
}

// endPoll lets nobody vote any more in a poll of the bot's. The clients tell of it in a line, so it is done once.
func (a *Adapter) endPoll(ctx context.Context, e chat.EndPoll) error {
	if err := address(map[string]any{}, e.To); err != nil {
		return err
	}
	refs, names, err := a.pieces(e.Target.Refs)
	if err != nil {
		return err
	}
	for i, ref := range refs {
		if names[i].author != a.self() {
			return adapters.Refused(chat.Forbidden, errForeign)
		}
		poll, ended := a.memory.poll(ref)
		if !poll {
			continue
		}
		if ended {
			return nil
		}
		params := a.params()
		params["pollTimestamp"] = names[i].sent
		if err := a.tell(ctx, e.To, "sendPollTerminate", params); err != nil {
			return err
		}
		a.remember(mark{Kind: markEnded, Of: ref})
		return nil
	}
	return adapters.Refused(chat.NotFound, errors.New("the message is no poll"))
}
