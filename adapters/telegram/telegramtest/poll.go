package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// poll is one that somebody has posted. Of other people's polls the bot is told when they are stopped by hand, and
// nothing else.
type poll struct {
	wire  *wirePoll
	by    int64
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
	if n := len([]rune(c.values["question"])); n < 1 || n > 300 {
		return nil, bad("poll question length must not exceed 300")
	}
	kind := c.values["type"]
	if kind == "" {
		kind = "regular"
	}
	p := s.addPoll(botID, &wirePoll{
		Question: c.values["question"], Options: options, IsAnonymous: c.values["is_anonymous"] == "" || c.truth("is_anonymous"), Type: kind,
		AllowsMultipleAnswers: c.truth("allows_multiple_answers"), AllowsRevoting: kind == "regular", IsClosed: c.truth("is_closed"),
	})
	if err := c.object("correct_option_ids", &p.wire.CorrectOptionIDs); err != nil {
		return nil, err
	}
	if kind == "quiz" && len(p.wire.CorrectOptionIDs) == 0 {
		return nil, bad("correct option identifiers must be specified")
	}
	d.m.media = &attachment{kind: chat.Poll, poll: p}
	return s.finish(d)
}

func (s *Server) addPoll(by int64, w *wirePoll) *poll {
	w.ID = fmt.Sprint(5000000 + len(s.polls))
	p := &poll{wire: w, by: by, votes: map[int64][]int{}}
	s.polls[w.ID] = p
	return p
}

func pollOptions(c *call) ([]wirePollOption, error) {
	var raw []json.RawMessage
	if err := c.object("options", &raw); err != nil {
		return nil, err
	}
	var texts []string
	for _, r := range raw {
		o := struct{ Text string }{}
		if json.Unmarshal(r, &o.Text) != nil {
			_ = json.Unmarshal(r, &o)
		}
		texts = append(texts, o.Text)
	}
	return checkOptions(texts)
}

func checkOptions(texts []string) ([]wirePollOption, error) {
	if len(texts) < 1 || len(texts) > 12 {
		return nil, bad("poll must have 1-12 options")
	}
	var out []wirePollOption
	for i, text := range texts {
		if n := len([]rune(text)); n < 1 || n > 100 {
			return nil, bad("poll options length must not exceed 100")
		}
		out = append(out, wirePollOption{PersistentID: fmt.Sprint(i + 1), Text: text})
	}
	return out, nil
}

// personsPoll makes a poll as a person's client does.
func (s *Server) personsPoll(q chat.Question, by int64) (*poll, error) {
	options, err := checkOptions(q.Options)
	if err != nil {
		return nil, err
	}
	if n := len([]rune(q.Text)); n < 1 || n > 300 {
		return nil, bad("poll question length must not exceed 300")
	}
	w := &wirePoll{
		Question: q.Text, Options: options, IsAnonymous: q.Secret, Type: "regular",
		AllowsMultipleAnswers: q.Multiple, AllowsRevoting: !q.Quiz, IsClosed: q.Closed,
	}
	if q.Quiz {
		w.Type = "quiz"
	}
	return s.addPoll(by, w), nil
}

// snapshot returns the poll as it is now.
func (p *poll) snapshot() *wirePoll {
	copied := *p.wire
	copied.Options = slices.Clone(p.wire.Options)
	return &copied
}

// question returns the poll as a person sees it.
func (p *poll) question() *chat.Question {
	w := p.wire
	q := &chat.Question{Text: w.Question, Multiple: w.AllowsMultipleAnswers, Secret: w.IsAnonymous, Quiz: w.Type == "quiz", Closed: w.IsClosed}
	for _, o := range w.Options {
		q.Options = append(q.Options, o.Text)
	}
	return q
}

// votes returns the names of those who chose each option; of an anonymous poll nobody's.
func (s *Server) votes(p *poll) map[int][]string {
	if p == nil || p.wire.IsAnonymous {
		return nil
	}
	out := map[int][]string{}
	for by, options := range p.votes {
		for _, o := range options {
			out[o] = append(out[o], s.users[by].name)
		}
	}
	for _, names := range out {
		slices.Sort(names)
	}
	return out
}

// CastVote sets what a person chooses in a poll; no options take the vote back.
func (s *Server) CastVote(person, group, id string, options ...int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, p, err := s.pollOf(person, group, id)
	if err != nil {
		return err
	}
	for _, o := range options {
		if o < 0 || o >= len(p.wire.Options) {
			return bad("OPTION_INVALID")
		}
	}
	switch {
	case p.wire.IsClosed:
		return bad("MESSAGE_POLL_CLOSED")
	case len(options) > 1 && !p.wire.AllowsMultipleAnswers:
		return bad("OPTIONS_TOO_MUCH")
	case len(p.votes[u.id]) > 0 && !p.wire.AllowsRevoting:
		return bad("REVOTE_NOT_ALLOWED")
	}
	p.votes[u.id] = slices.Clone(options)
	p.count()
	s.changed()
	if p.by != botID {
		return nil
	}
	if !p.wire.IsAnonymous {
		ids := []string{}
		for _, o := range options {
			ids = append(ids, p.wire.Options[o].PersistentID)
		}
		s.emit("poll_answer", wirePollAnswer{PollID: p.wire.ID, User: u.wire(), OptionIDs: append([]int{}, options...), OptionPersistentIDs: ids}, lane{"poll_answer", u.id})
	}
	s.emit("poll", p.snapshot(), lane{"poll", 0})
	return nil
}

func (s *Server) pollOf(person, group, id string) (*user, *poll, error) {
	u, c, err := s.both(person, group)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.find(id)
	if err != nil || m.media == nil || m.media.poll == nil {
		return nil, nil, fmt.Errorf("message %s is no poll", id)
	}
	if !c.members[u.id].isIn() {
		return nil, nil, bad("CHANNEL_PRIVATE")
	}
	return u, m.media.poll, nil
}

// EndPoll closes a poll of the person's own, which the bot is told of like of its own.
func (s *Server) EndPoll(person, group, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, p, err := s.pollOf(person, group, id)
	if err != nil {
		return err
	}
	if p.by != u.id {
		return bad("MESSAGE_AUTHOR_REQUIRED")
	}
	if p.wire.IsClosed {
		return bad("MESSAGE_NOT_MODIFIED")
	}
	s.closePoll(p)
	return nil
}

func (s *Server) closePoll(p *poll) {
	p.wire.IsClosed = true
	s.changed()
	s.emit("poll", p.snapshot(), lane{"poll", 0})
}

// stopPoll closes a poll of the bot's.
func stopPoll(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	switch {
	case m == nil || m.deleted:
		return nil, bad("message with poll to stop not found")
	case m.media == nil || m.media.poll == nil:
		return nil, bad("message is not a poll")
	case m.media.poll.by != botID:
		return nil, bad("poll can't be stopped")
	case m.media.poll.wire.IsClosed:
		return nil, bad("poll has already been closed")
	}
	s.closePoll(m.media.poll)
	return m.media.poll.snapshot(), nil
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
