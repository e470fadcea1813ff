package matrix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/potluck-chat/potluck/core/chat"
)

// Polls are events of their own (MSC3381). What clients send and show is still the unstable form; the stable
// one of the specification is read, too.
const (
	pollKey     = "org.matrix.msc3381.poll.start"
	responseKey = "org.matrix.msc3381.poll.response"
	pollEndKey  = "org.matrix.msc3381.poll.end"
)

const (
	// maxAnswers is the most answers that a poll has; the proposal says 20.
	maxAnswers = 20
	// What Potluck carries of a poll, as chat.Question says; longer words are cut, more answers are told in a line.
	mostOptions, maxQuestion, maxOption = 10, 300, 100
	// maxPolls is how many polls are remembered.
	maxPolls = 1024
)

func isPollStart(kind string) bool    { return kind == pollKey || kind == "m.poll.start" }
func isPollResponse(kind string) bool { return kind == responseKey || kind == "m.poll.response" }
func isPollEnd(kind string) bool      { return kind == pollEndKey || kind == "m.poll.end" }

// ballot is what must be known of a poll to read a vote in it and to give one.
type ballot struct {
	author string
	ids    []string // of its answers, in order
	most   int      // how many of them one may choose
	stable bool     // it was written in the stable form
}

// polls remembers the ballots of polls.
type polls struct {
	mu   sync.Mutex // guards all below
	byID map[string]ballot
	ring []string
	next int
}

func newPolls() *polls { return &polls{byID: map[string]ballot{}, ring: make([]string, maxPolls)} }

// set remembers a ballot in place of the oldest.
func (p *polls) set(id string, b ballot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.byID[id]; !known {
		delete(p.byID, p.ring[p.next])
		p.ring[p.next] = id
		p.next = (p.next + 1) % len(p.ring)
	}
	p.byID[id] = b
}

func (p *polls) get(id string) (ballot, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.byID[id]
	return b, ok
}

// pollOf reads a poll and its ballot, which has no author yet; false if the content is no poll. One that
// Potluck cannot carry has no Poll, only a line.
func pollOf(c object) (chat.Part, ballot, bool) {
	poll, b := c.sub(pollKey), ballot{}
	if poll == nil {
		poll, b.stable = c.sub("m.poll"), true
	}
	if poll == nil {
		return chat.Part{}, b, false
	}
	q := chat.Question{Text: lineOfUpTo(plainOf(poll.sub("question")), maxQuestion)}
	var answers []json.RawMessage
	_ = json.Unmarshal(poll["answers"], &answers) // a poll without answers is told by its question
	whole := true
	for _, raw := range answers[:min(len(answers), maxAnswers)] {
		o := objectOf(raw)
		id, words := o.str("id"), lineOfUpTo(plainOf(o), maxOption)
		if id == "" {
			id = o.str("m.id")
		}
		if words == "" || id != "" && slices.Contains(b.ids, id) {
			continue
		}
		whole = whole && id != ""
		b.ids, q.Options = append(b.ids, id), append(q.Options, words)
	}
	b.most = int(min(max(poll.num("max_selections"), 1), maxAnswers))
	q.Multiple = b.most > 1
	part := chat.Part{Kind: chat.Poll, Line: lineOfPoll(q, c)}
	if whole && q.Text != "" && len(q.Options) >= 2 && len(q.Options) <= mostOptions {
		part.Poll = &q
	}
	return part, b, true
}

// lineOfPoll tells a poll in one line; c is where the words for old clients are.
func lineOfPoll(q chat.Question, c object) string {
	line := q.Text
	if len(q.Options) > 0 {
		line += " — " + strings.Join(q.Options, " / ")
	}
	if line == "" {
		line = plainOf(c)
	}
	return cut(line, 2000)
}

// chosen returns the places of the answers of a response to a poll. One that names what the poll does not have
// is void, and so takes back what was chosen before; more than one may choose are cut.
func (b ballot) chosen(c object) []int {
	var ids []string
	raw, unstable := c.sub(responseKey)["answers"]
	if !unstable {
		raw = c["m.selections"]
	}
	if json.Unmarshal(raw, &ids) != nil {
		return nil
	}
	var out []int
	for _, id := range ids[:min(len(ids), b.most)] {
		i := slices.Index(b.ids, id)
		if i < 0 {
			return nil
		}
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

// response writes a vote; places that the poll does not have are an error.
func (b ballot) response(poll string, options []int) (kind string, c map[string]any, err error) {
	ids := []string{}
	for _, i := range options {
		if i < 0 || i >= len(b.ids) {
			return "", nil, refuse(chat.Invalid, "the poll has no answer %d", i)
		}
		ids = append(ids, b.ids[i])
	}
	c = map[string]any{"m.relates_to": map[string]string{"rel_type": "m.reference", "event_id": poll}}
	if b.stable {
		c["m.selections"] = ids
		return "m.poll.response", c, nil
	}
	c[responseKey] = map[string]any{"answers": ids}
	return responseKey, c, nil
}

// pollContent writes a poll that the bot or a ghost asks, with a text for clients that know no polls.
func pollContent(q chat.Question) map[string]any {
	words := q.Text
	var answers []map[string]any
	for i, o := range q.Options {
		answers = append(answers, map[string]any{"id": strconv.Itoa(i), "org.matrix.msc1767.text": o})
		words += fmt.Sprintf("\n%d. %s", i+1, o)
	}
	most := 1
	if q.Multiple {
		most = len(q.Options)
	}
	return map[string]any{
		pollKey: map[string]any{
			"kind": "org.matrix.msc3381.poll.disclosed", "max_selections": most, "answers": answers,
			"question": map[string]any{"org.matrix.msc1767.text": q.Text, "body": q.Text, "msgtype": "m.text"},
		},
		"org.matrix.msc1767.text": words, "body": words, "m.mentions": map[string]any{},
	}
}

// plainOf returns the plain text of an extensible event, in the forms that the proposals had, or its body.
func plainOf(c object) string {
	for _, key := range []string{"org.matrix.msc1767.text", "m.text", "body"} {
		if s := c.str(key); s != "" {
			return oneLine(s)
		}
		var list []object
		if json.Unmarshal(c[key], &list) != nil {
			continue
		}
		for _, o := range list[:min(len(list), 8)] {
			if m := o.str("mimetype"); m == "" || m == "text/plain" {
				return oneLine(o.str("body"))
			}
		}
	}
	return ""
}
