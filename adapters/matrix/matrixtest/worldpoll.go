package matrixtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// The unstable names of polls, which Element sends and reads.
const (
	pollStart    = "org.matrix.msc3381.poll.start"
	pollResponse = "org.matrix.msc3381.poll.response"
	pollEnd      = "org.matrix.msc3381.poll.end"
)

// survey is a poll as clients show it.
type survey struct {
	author    string
	ids       []string
	most      int
	question  chat.Question
	responses []response
}

// response is one vote; the last of each person counts.
type response struct {
	id, sender string
	options    []int
}

// pollJSON is the content of a poll.
type pollJSON struct {
	Start *struct {
		Kind     string `json:"kind"`
		Most     int    `json:"max_selections"`
		Question struct {
			Text string `json:"org.matrix.msc1767.text"`
		} `json:"question"`
		Answers []struct {
			ID   string `json:"id"`
			Text string `json:"org.matrix.msc1767.text"`
		} `json:"answers"`
	} `json:"org.matrix.msc3381.poll.start"`
	Text string    `json:"org.matrix.msc1767.text"`
	New  *pollJSON `json:"m.new_content"`
}

// survey reads a poll as Element does: one that lacks anything is none.
func (p *pollJSON) survey(author string) *survey {
	if p == nil || p.Start == nil || p.Start.Question.Text == "" || len(p.Start.Answers) < 1 || len(p.Start.Answers) > 20 || p.Start.Most < 1 {
		return nil
	}
	if p.Start.Kind != "org.matrix.msc3381.poll.disclosed" && p.Start.Kind != "org.matrix.msc3381.poll.undisclosed" {
		return nil
	}
	s := &survey{author: author, most: p.Start.Most, question: chat.Question{Text: p.Start.Question.Text, Multiple: p.Start.Most > 1}}
	for _, a := range p.Start.Answers {
		if a.ID == "" || a.Text == "" || slices.Contains(s.ids, a.ID) {
			return nil
		}
		s.ids, s.question.Options = append(s.ids, a.ID), append(s.question.Options, a.Text)
	}
	return s
}

// part returns the poll as a thing that people see.
func (s *survey) part() chat.Part {
	q := s.question
	return chat.Part{Kind: chat.Poll, Line: q.Text, Poll: &q}
}

// votes returns who has chosen each option, by the names they have now.
func (s *survey) votes(nameOf func(string) string) map[int][]string {
	last := map[string][]int{}
	var order []string
	for _, r := range s.responses {
		if _, again := last[r.sender]; !again {
			order = append(order, r.sender)
		}
		last[r.sender] = r.options
	}
	out := map[int][]string{}
	for _, who := range order {
		for _, n := range last[who] {
			out[n] = append(out[n], nameOf(who))
		}
	}
	return out
}

// showPoll shows what happens to a poll.
func (w *World) showPoll(v *view, e seen) {
	rel := relationOf(e.Content)
	l := v.byID[rel.To]
	switch e.Type {
	case pollStart:
		var p pollJSON
		_ = json.Unmarshal(e.Content, &p) // what cannot be read is no poll
		if rel.Type == "m.replace" {
			if s := p.New.survey(e.Sender); l != nil && l.survey != nil && s != nil && l.survey.author == e.Sender {
				s.responses = l.survey.responses
				l.survey, l.shown.Edited = s, true
			}
			return
		}
		l := &line{shown: w.shown(e, chat.Text{}), survey: p.survey(e.Sender)}
		if l.survey == nil {
			l.original = chat.Plain(p.Text)
			l.shown.Text = l.original
		}
		l.stand(e.Content)
		l.shown.Deleted = isTaken(e)
		v.add(l)
	case pollResponse:
		if l != nil && l.survey != nil && rel.Type == "m.reference" && !l.survey.question.Closed && !isTaken(e) {
			l.survey.responses = append(l.survey.responses, response{e.ID, e.Sender, l.survey.chosen(e.Content)})
			v.responses[e.ID] = l
		}
	case pollEnd:
		if l != nil && l.survey != nil && rel.Type == "m.reference" && (l.survey.author == e.Sender || w.mayRedact(v, e)) {
			l.survey.question.Closed = true
		}
	}
}

// chosen reads a response as the proposal says: one with an answer that is not there is void.
func (s *survey) chosen(content json.RawMessage) []int {
	var c struct {
		Response struct {
			Answers []string `json:"answers"`
		} `json:"org.matrix.msc3381.poll.response"`
	}
	_ = json.Unmarshal(content, &c) // what cannot be read is void
	var out []int
	for i, id := range c.Response.Answers {
		n := slices.Index(s.ids, id)
		if n < 0 || i >= s.most {
			return nil
		}
		out = append(out, n)
	}
	return out
}

func (w *World) mayRedact(v *view, e seen) bool {
	var levels json.RawMessage
	if err := w.api.call(w.ctx, w.reading(v), "GET", roomPath(v.room)+"/state/m.room.power_levels", nil, &levels); err != nil {
		return false
	}
	p, err := parsePowers(levels)
	return err == nil && p.user(e.Sender) >= p.Redact
}

// surveyOf returns the poll that a message is, as it stands now.
func (w *World) surveyOf(group, message string) (survey, error) {
	v := w.look(group)
	if v == nil {
		return survey{}, fail(404, "M_NOT_FOUND", "Unknown room")
	}
	defer v.mu.Unlock()
	l := v.byID[message]
	if l == nil || l.survey == nil || l.shown.Deleted {
		return survey{}, fail(404, "M_NOT_FOUND", "There is no such poll")
	}
	return *l.survey, nil
}

// CastVote sets what a person chooses in a poll. That a poll is over only clients know.
func (w *World) CastVote(person, group, message string, options ...int) error {
	s, err := w.surveyOf(group, message)
	if err != nil {
		return err
	}
	ids := []string{}
	for _, n := range options {
		if n < 0 || n >= len(s.ids) {
			return fail(400, "M_INVALID_PARAM", fmt.Sprintf("The poll has no answer %d", n))
		}
		ids = append(ids, s.ids[n])
	}
	if s.question.Closed || len(ids) > s.most {
		return fail(400, "M_INVALID_PARAM", "The poll is over, or does not take so many answers")
	}
	_, err = w.post(person, group, pollResponse, map[string]any{
		pollResponse: map[string]any{"answers": ids}, "m.relates_to": map[string]string{"rel_type": "m.reference", "event_id": message},
	})
	return err
}

// EndPoll closes a poll of the person's own.
func (w *World) EndPoll(person, group, message string) error {
	s, err := w.surveyOf(group, message)
	if err != nil {
		return err
	}
	if s.author != person {
		return fail(403, "M_FORBIDDEN", "Only who asks can end a poll")
	}
	_, err = w.post(person, group, pollEnd, map[string]any{
		pollEnd: empty{}, "org.matrix.msc1767.text": "The poll has ended",
		"m.relates_to": map[string]string{"rel_type": "m.reference", "event_id": message},
	})
	return err
}

// pollContent writes a poll as Element does, with ids that tell nothing.
func pollContent(q chat.Question) map[string]any {
	var answers []map[string]string
	text := q.Text
	for i, o := range q.Options {
		answers = append(answers, map[string]string{"id": random()[:16], "org.matrix.msc1767.text": o})
		text += fmt.Sprintf("\n%d. %s", i+1, o)
	}
	most := 1
	if q.Multiple {
		most = len(q.Options)
	}
	return map[string]any{
		"org.matrix.msc1767.text": text,
		pollStart: map[string]any{
			"kind": "org.matrix.msc3381.poll.disclosed", "max_selections": most, "answers": answers,
			"question": map[string]string{"org.matrix.msc1767.text": q.Text, "body": q.Text, "msgtype": "m.text"},
		},
	}
}

// EditPoll gives a person's own poll another question, as Element does where nobody has voted yet.
func (w *World) EditPoll(person, group, message string, q chat.Question) error {
	inner := pollContent(q)
	outer := pollContent(q)
	outer["m.new_content"] = inner
	outer["m.relates_to"] = map[string]string{"rel_type": "m.replace", "event_id": message}
	_, err := w.post(person, group, pollStart, outer)
	return err
}

// SetPinned puts a message at the top of the room, or takes it from there.
func (w *World) SetPinned(person, group, message string, on bool) error {
	pins := slices.DeleteFunc(w.Pinned(group), func(id string) bool { return id == message })
	if on {
		pins = append(pins, message)
	}
	if pins == nil {
		pins = []string{}
	}
	return w.api.call(w.ctx, w.as(person), "PUT", roomPath(group)+"/state/m.room.pinned_events", map[string][]string{"pinned": pins}, nil)
}
