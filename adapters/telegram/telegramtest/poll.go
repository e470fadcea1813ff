package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// poll is one that the bot has posted; of other people's polls the bot gets no updates.
type poll struct {
	wire  *wirePoll
	votes map[int64][]int
}

func sendPoll(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	options, err := pollOptions(c)
	if err != nil {
		return nil, err
	}
	anonymous := c.values["is_anonymous"] == "" || c.truth("is_anonymous")
	p := &wirePoll{
		ID: fmt.Sprint(5000000 + len(s.polls)), Question: c.values["question"], Options: options,
		IsAnonymous: anonymous, Type: "regular", AllowsMultipleAnswers: c.truth("allows_multiple_answers"), AllowsRevoting: true,
	}
	s.polls[p.ID] = &poll{wire: p, votes: map[int64][]int{}}
	d.m.media = &attachment{kind: chat.Poll, poll: p}
	return s.finish(d)
}

func pollOptions(c *call) ([]wirePollOption, error) {
	var raw []json.RawMessage
	if err := c.object("options", &raw); err != nil {
		return nil, err
	}
	if n := len([]rune(c.values["question"])); n < 1 || n > 300 {
		return nil, bad("poll question length must not exceed 300")
	}
	if len(raw) < 1 || len(raw) > 12 {
		return nil, bad("poll must have 1-12 options")
	}
	var out []wirePollOption
	for i, r := range raw {
		o := struct{ Text string }{}
		if json.Unmarshal(r, &o.Text) != nil {
			_ = json.Unmarshal(r, &o)
		}
		if n := len([]rune(o.Text)); n < 1 || n > 100 {
			return nil, bad("poll options length must not exceed 100")
		}
		out = append(out, wirePollOption{PersistentID: fmt.Sprint(i + 1), Text: o.Text})
	}
	return out, nil
}

// Vote votes in a poll of the bot; no options takes the vote back.
func (s *Server) Vote(person, group, id string, options ...int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	m, err := c.find(id)
	if err != nil || m.media == nil || m.media.poll == nil {
		return fmt.Errorf("message %s is no poll", id)
	}
	p := s.polls[m.media.poll.ID]
	for _, o := range options {
		if o < 0 || o >= len(p.wire.Options) {
			return bad("OPTION_INVALID")
		}
	}
	p.votes[u.id] = options
	p.count()
	if !p.wire.IsAnonymous {
		ids := []string{}
		for _, o := range options {
			ids = append(ids, p.wire.Options[o].PersistentID)
		}
		s.emit("poll_answer", wirePollAnswer{PollID: p.wire.ID, User: u.wire(), OptionIDs: append([]int{}, options...), OptionPersistentIDs: ids}, lane{"poll_answer", u.id})
	}
	s.emit("poll", m.media.wire().Poll, lane{"poll", 0})
	return nil
}

func (p *poll) count() {
	p.wire.TotalVoterCount = 0
	for i := range p.wire.Options {
		p.wire.Options[i].VoterCount = 0
	}
	for _, v := range p.votes {
		if len(v) > 0 {
			p.wire.TotalVoterCount++
		}
		for i := range p.wire.Options {
			if slices.Contains(v, i) {
				p.wire.Options[i].VoterCount++
			}
		}
	}
}
