package signaltest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxQuestion is how many units of a question the phones take (Signal Android of late 2025).
const maxQuestion = 100

// poll is a poll in a message.
type poll struct {
	question string
	options  []string
	multiple bool
	ended    bool
	votes    map[string]vote // by account id
}

type vote struct {
	options []int
	count   int
}

// part is the poll as the phones show it.
func (p *poll) part() chat.Part {
	return chat.Part{Kind: chat.Poll, Line: p.question, Poll: &chat.Question{
		Text: p.question, Options: slices.Clone(p.options), Multiple: p.multiple, Closed: p.ended,
	}}
}

// votes are the names of those who have chosen each option. The lock is held.
func (s *Server) votes(p *poll) map[int][]string {
	out := map[int][]string{}
	for _, who := range slices.Sorted(maps.Keys(p.votes)) {
		for _, o := range p.votes[who].options {
			out[o] = append(out[o], s.people[who].Name)
		}
	}
	return out
}

// cast counts a vote: the highest count of a person wins.
func (p *poll) cast(voter string, v vote) {
	if p.ended || (!p.multiple && len(v.options) > 1) || v.count <= p.votes[voter].count {
		return
	}
	for _, o := range v.options {
		if o < 0 || o >= len(p.options) {
			return
		}
	}
	p.votes[voter] = v
}

func (c *call) sendPollCreate() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	single, rerr := c.params.flag("noMulti")
	if rerr != nil {
		return nil, rerr
	}
	question, options := c.params.str("question"), c.params.list("option")
	switch {
	case question == "":
		return nil, missing("question")
	case len(options) < 2:
		return nil, userError("Poll needs at least two options")
	case len(options) > 10:
		return nil, userError("Poll cannot have more than 10 options")
	}
	for _, o := range options {
		if o == "" || len([]rune(o)) > 100 {
			return nil, userError("Poll option must be between 1 and 100 characters")
		}
	}
	at, self := s.stamp(c.account.ACI), c.account.ACI
	return c.deliver(t, at, outgoing{
		method: "sendPollCreate", content: true,
		show: func(talk *conversation) {
			if talk.group == nil || chat.Units(question) > maxQuestion {
				return // the phones ignore such a poll, the daemon says success
			}
			talk.add(&message{author: self, sent: at, at: s.opts.Now(), poll: &poll{
				question: question, options: options, multiple: !single, votes: map[string]vote{},
			}})
		},
	})
}

func (c *call) sendPollVote() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	author, rerr := c.author("pollAuthor")
	if rerr != nil {
		return nil, rerr
	}
	sent, rerr := c.needLong("pollTimestamp")
	if rerr != nil {
		return nil, rerr
	}
	count, ok, rerr := c.params.integer("voteCount")
	if rerr != nil || !ok {
		return nil, missing("voteCount")
	}
	v := vote{count: count}
	for _, o := range c.params.list("option") {
		n, err := strconv.Atoi(o)
		if err != nil {
			return nil, castError("Integer")
		}
		v.options = append(v.options, n)
	}
	self := c.account.ACI
	return c.deliver(t, s.stamp(self), outgoing{method: "sendPollVote", show: func(talk *conversation) {
		if m := talk.find(author, sent); m != nil && m.poll != nil {
			m.poll.cast(self, v)
		}
	}})
}

func (c *call) sendPollTerminate() (any, *rpcError) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	t, rerr := c.targets()
	if rerr != nil {
		return nil, rerr
	}
	sent, rerr := c.needLong("pollTimestamp")
	if rerr != nil {
		return nil, rerr
	}
	self := c.account.ACI
	return c.deliver(t, s.stamp(self), outgoing{method: "sendPollTerminate", show: func(talk *conversation) {
		if m := talk.find(self, sent); m != nil && m.poll != nil {
			m.poll.ended = true
			talk.endings++
		}
	}})
}
