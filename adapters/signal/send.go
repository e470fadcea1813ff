package signal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// address writes the parameter that says whom a call is for; an id that is neither a group nor an account
// is nothing that Signal has.
func address(params map[string]any, to chat.Chat) error {
	switch {
	case isACI(to.ID):
		params["recipient"] = []string{to.ID}
	case isGroup(to.ID):
		params["groupId"] = to.ID
	default:
		return adapters.Refused(chat.NotFound, errors.New("no such chat on Signal"))
	}
	return nil
}

// send posts a message, as several where it is long or its files do not go together. What an earlier try
// of the same effect has posted is not posted again.
func (a *Adapter) send(ctx context.Context, id chat.EffectID, e chat.Send) (adapters.Receipt, error) {
	if err := address(map[string]any{}, e.To); err != nil {
		return adapters.Receipt{}, err
	}
	messages, notes, err := a.compose(ctx, e.To, e.As, e.Text, e.Parts)
	if err != nil {
		return adapters.Receipt{}, err
	}
	receipt := adapters.Receipt{Refs: a.progress.of(id), Notes: notes}
	for i := len(receipt.Refs); i < len(messages); i++ {
		params := a.params()
		if i == 0 {
			receipt.Notes = appendNew(receipt.Notes, a.quote(params, e.Answer, messages[i]))
		}
		ref, note, err := a.post(ctx, e.To, messages[i], params)
		var refused *adapters.RefusedError
		if err = a.judge(err); i > 0 && errors.As(err, &refused) {
			receipt.Notes = append(receipt.Notes, "the end of the message was not taken")
			a.progress.set(id, nil, true)
			break
		}
		if err != nil {
			return adapters.Receipt{}, err
		}
		receipt.Refs = append(receipt.Refs, ref)
		receipt.Notes = appendNew(receipt.Notes, note)
		a.note(ref, messages[i], len(messages) > 1)
		a.progress.set(id, receipt.Refs, i == len(messages)-1)
	}
	return receipt, nil
}

// note keeps what later changes of a message must know of it: that it is a poll, and, where it is one piece of
// several, what it says.
func (a *Adapter) note(ref chat.Ref, m outgoing, piece bool) {
	if m.poll != nil {
		a.remember(mark{Kind: markPoll, Of: ref})
	} else if piece || a.memory.sumOf(ref) != "" {
		a.remember(mark{Kind: markSaid, Of: ref, Sum: m.sum()})
	}
}

// quote lets a message answer another. What cannot be named is left out; a poll cannot answer, which the note tells.
func (a *Adapter) quote(params map[string]any, answer *chat.Answer, m outgoing) (note string) {
	if answer == nil || len(answer.Target.Refs) == 0 {
		return ""
	}
	newest, _ := a.memory.newest(a.memory.face(answer.Target.Refs))
	n, err := parseName(newest.ID)
	if err != nil {
		return ""
	}
	if m.poll != nil {
		return "what the poll answers is not shown"
	}
	words := answer.Quote
	if n.author == a.self() && answer.Name != "" {
		words = answer.Name + ": " + words
	}
	params["quoteTimestamp"], params["quoteAuthor"] = n.sent, n.author
	params["quoteMessage"] = shorten(words, maxQuote)
	return ""
}

// post sends one message and returns its name. A text that is not taken with its styles, mentions or its answer is
// sent again without: it must not be lost for that.
func (a *Adapter) post(ctx context.Context, to chat.Chat, m outgoing, params map[string]any) (chat.Ref, string, error) {
	c, err := a.link()
	if err != nil {
		return chat.Ref{}, "", err
	}
	if err := address(params, to); err != nil {
		return chat.Ref{}, "", err
	}
	if m.poll != nil {
		return a.sent(ctx, c, to, "sendPollCreate", m.poll.write(params))
	}
	attachments, clean, err := a.attach(m.files)
	defer clean()
	if err != nil {
		return chat.Ref{}, "", err
	}
	ref, note, err := a.sent(ctx, c, to, "send", m.write(params, attachments))
	var called *callError
	if !errors.As(err, &called) || !called.isAboutForm() || !m.strip(params) {
		return ref, note, err
	}
	a.log.Warn("signal text sent again without its form", "error", err)
	ref, note, err = a.sent(ctx, c, to, "send", params)
	return ref, cmp.Or(note, "the text is shown plain"), err
}

// write puts a message into the parameters of send.
func (m outgoing) write(params map[string]any, attachments []string) map[string]any {
	if m.text.body != "" {
		params["message"] = m.text.body
	}
	if len(m.text.styles) > 0 {
		params["textStyles"] = m.text.styles
	}
	if len(m.text.mentions) > 0 {
		params["mentions"] = m.text.mentions
	}
	if m.voice {
		params["voiceNote"] = true
	}
	if len(attachments) > 0 {
		params["attachments"] = attachments
	}
	return params
}

// strip takes all form from the parameters; false if there is none.
func (m outgoing) strip(params map[string]any) (had bool) {
	for _, key := range []string{"textStyles", "mentions", "quoteTimestamp", "quoteAuthor", "quoteMessage"} {
		_, has := params[key]
		had = had || has
		delete(params, key)
	}
	if m.text.plain != "" {
		params["message"] = m.text.plain
	}
	return had
}

// sent calls a method that makes a message and returns the message's name.
func (a *Adapter) sent(ctx context.Context, c *client, to chat.Chat, method string, params map[string]any) (chat.Ref, string, error) {
	var r sendResponse
	if err := c.call(ctx, method, params, &r); err != nil {
		return chat.Ref{}, "", err
	}
	for _, one := range r.Results {
		if one.Token != "" {
			a.setChallenge(one.Token)
		}
	}
	return name{a.self(), r.Timestamp}.ref(to), r.note(), nil
}

// note tells of recipients that a message did not reach; empty if it reached all.
func (r sendResponse) note() string {
	missed := 0
	for _, one := range r.Results {
		if one.Type != "SUCCESS" {
			missed++
		}
	}
	if missed == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d people did not get it", missed, len(r.Results))
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	if s == "" {
		return list
	}
	return append(list, s)
}

// maxProgress is how many unfinished effects are remembered.
const maxProgress = 1000

// progress remembers which messages of an effect were posted before a later one failed.
type progress struct {
	mu   sync.Mutex // guards refs
	refs map[chat.EffectID][]chat.Ref
}

func (p *progress) of(id chat.EffectID) []chat.Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]chat.Ref(nil), p.refs[id]...)
}

func (p *progress) set(id chat.EffectID, refs []chat.Ref, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done {
		delete(p.refs, id)
		return
	}
	if p.refs == nil || len(p.refs) >= maxProgress {
		p.refs = map[chat.EffectID][]chat.Ref{}
	}
	p.refs[id] = append([]chat.Ref(nil), refs...)
}
