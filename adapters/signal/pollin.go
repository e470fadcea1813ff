package signal

import (
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

// The limits of a poll that chat.Question has; Signal's own are not above them.
const (
	maxAsked   = 300
	maxOption  = 100
	maxOptions = 10
)

// part is a poll as a member has posted it.
func (p *pollCreate) part() chat.Part {
	q := &chat.Question{Text: shorten(p.Question, maxAsked), Multiple: p.Multiple}
	line := q.Text
	for i, o := range p.Options[:min(len(p.Options), maxOptions)] {
		o = shorten(o, maxOption)
		q.Options = append(q.Options, o)
		line += " · " + strconv.Itoa(i+1) + ") " + o
	}
	return chat.Part{Kind: chat.Poll, Line: line, Poll: q}
}

// maxBallots is how many votes are remembered by their count; beyond, all are forgotten.
const maxBallots = 20_000

// ballot is one person's vote in one poll.
type ballot struct {
	poll chat.Ref
	by   string // ACI
}

// voted is what somebody chooses in a poll. Votes of one person can overtake each other on their way; the clients
// count them, and take the one with the highest count.
func (a *Adapter) voted(v *pollVote, by string, in chat.Chat) chat.Body {
	if !isACI(v.Author) || v.Sent <= 0 {
		return nil
	}
	b := ballot{a.memory.first(name{v.Author, v.Sent}.ref(in)), by}
	a.mu.Lock()
	defer a.mu.Unlock()
	if v.Count < a.ballots[b] {
		return nil
	}
	if a.ballots == nil || len(a.ballots) >= maxBallots {
		a.ballots = map[ballot]int{}
	}
	a.ballots[b] = v.Count
	body := chat.Voted{Ref: b.poll}
	for _, o := range v.Options[:min(len(v.Options), maxOptions)] {
		if o >= 0 && o < maxOptions {
			body.Options = append(body.Options, o)
		}
	}
	return body
}
