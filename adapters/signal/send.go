package signal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core/chat"
)

// outgoing is one message on its way: a piece of a text, files, or both.
type outgoing struct {
	text  rendered
	files []file
	voice bool // the file is a voice message
}

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
	messages, notes, err := a.compose(ctx, e.As, e.Text, e.Parts)
	if err != nil {
		return adapters.Receipt{}, err
	}
	receipt := adapters.Receipt{Refs: a.progress.of(id), Notes: notes}
	for i := len(receipt.Refs); i < len(messages); i++ {
		params := a.params()
		if i == 0 {
			a.quote(params, e.Answer)
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
		a.progress.set(id, receipt.Refs, i == len(messages)-1)
	}
	return receipt, nil
}

// compose makes the messages of a text and its parts: the first piece of the text stands with the first
// files, voice messages stand alone, because the clients know them by that.
func (a *Adapter) compose(ctx context.Context, as *chat.Person, text chat.Text, parts []chat.Part) ([]outgoing, []string, error) {
	if text.IsEmpty() && len(parts) == 0 {
		return nil, nil, adapters.Refused(chat.Invalid, errors.New("nothing to send"))
	}
	files, lines, notes, err := a.files(ctx, parts)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range lines {
		if !text.IsEmpty() {
			text = text.Append(chat.Plain("\n"))
		}
		text = text.Append(chat.Plain(l))
	}
	all := header(as)
	if text.IsEmpty() {
		all = all.Slice(0, all.Len()-len(headerEnd)) // nothing that the name would introduce
	}
	all = all.Append(text)
	var pieces []rendered
	for _, p := range all.Split(textLimit, chat.Units) {
		if !p.IsEmpty() {
			pieces = append(pieces, render(p))
		}
	}
	out := bundle(files)
	if len(out) == 0 {
		out = []outgoing{{}}
	}
	for i, p := range pieces {
		if i == 0 {
			out[0].text = p
			continue
		}
		out = append(out, outgoing{text: p})
	}
	if len(pieces) == 0 && len(files) == 0 {
		return nil, nil, adapters.Refused(chat.Invalid, errors.New("nothing to send"))
	}
	return out, notes, nil
}

// maxBundle is the most bytes of files that one request carries.
const maxBundle = 40_000_000

// bundle puts files together that one message may have.
func bundle(files []file) []outgoing {
	var out []outgoing
	size := int64(0)
	for _, f := range files {
		voice := f.kind == chat.Voice
		n := len(out)
		fits := n > 0 && !voice && !out[n-1].voice && len(out[n-1].files) < maxAttachments && size+f.size() <= maxBundle
		if !fits {
			out, size = append(out, outgoing{voice: voice}), 0
			n++
		}
		out[n-1].files = append(out[n-1].files, f)
		size += f.size()
	}
	return out
}

// quote lets a message answer another. What cannot be named is left out.
func (a *Adapter) quote(params map[string]any, answer *chat.Answer) {
	if answer == nil || len(answer.Target.Refs) == 0 {
		return
	}
	newest, _ := a.memory.newest(answer.Target.Refs[0])
	n, err := parseName(newest.ID)
	if err != nil {
		return
	}
	words := answer.Quote
	if n.author == a.self() && answer.Name != "" {
		words = answer.Name + ": " + words
	}
	params["quoteTimestamp"], params["quoteAuthor"] = n.sent, n.author
	params["quoteMessage"] = shorten(words, maxQuote)
}

// post sends one message and returns its name.
func (a *Adapter) post(ctx context.Context, to chat.Chat, m outgoing, params map[string]any) (chat.Ref, string, error) {
	c, err := a.link()
	if err != nil {
		return chat.Ref{}, "", err
	}
	if err := address(params, to); err != nil {
		return chat.Ref{}, "", err
	}
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
	attachments, clean, err := a.attach(m.files)
	defer clean()
	if err != nil {
		return chat.Ref{}, "", err
	}
	if len(attachments) > 0 {
		params["attachments"] = attachments
	}
	var r sendResponse
	if err := c.call(ctx, "send", params, &r); err != nil {
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
