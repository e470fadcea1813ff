package adapters

import (
	"fmt"

	"github.com/potluck-chat/potluck/core/chat"
)

// resolve fills in the refs that were not known when the rule decided. It is false where the message that
// is to be changed was never made; an answer to such a message keeps only its words.
func (p *Pump) resolve(e chat.Outgoing) (chat.Outgoing, bool, error) {
	switch e := e.(type) {
	case chat.Send:
		answer, err := p.resolveAnswer(e.Answer)
		e.Answer = answer
		return e, true, err
	case chat.Whisper:
		answer, err := p.resolveAnswer(e.Answer)
		e.Answer = answer
		return e, true, err
	case chat.Edit:
		known, err := p.resolveTarget(&e.Target)
		if err != nil || !known {
			return e, known, err
		}
		e.Answer, err = p.resolveAnswer(e.Answer)
		return e, true, err
	case chat.Delete:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	case chat.React:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	case chat.Pin:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	case chat.Unpin:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	case chat.Vote:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	case chat.EndPoll:
		known, err := p.resolveTarget(&e.Target)
		return e, known, err
	}
	return e, true, nil
}

// resolveTarget is true when the target has refs.
func (p *Pump) resolveTarget(t *chat.Target) (bool, error) {
	if len(t.Refs) > 0 {
		return true, nil
	}
	if t.Effect == "" {
		return false, nil
	}
	refs, _, err := p.journal.Refs(t.Effect)
	if err != nil {
		return false, fmt.Errorf("look up refs of %s: %w", t.Effect, err)
	}
	t.Refs = refs
	return len(refs) > 0, nil
}

func (p *Pump) resolveAnswer(a *chat.Answer) (*chat.Answer, error) {
	if a == nil {
		return nil, nil
	}
	answer := *a
	known, err := p.resolveTarget(&answer.Target)
	if err != nil {
		return nil, err
	}
	if !known {
		answer.Target = chat.Target{}
	}
	return &answer, nil
}

// costOf returns how many messages a platform will count for an effect. What is done to people, and taking a
// message away, is none: it has its place among all calls and no more.
func costOf(e chat.Outgoing, f chat.Features) int {
	if isDeed(e) {
		return 0
	}
	var text chat.Text
	var parts int
	switch e := e.(type) {
	case chat.Send:
		text, parts = e.Text, len(e.Parts)
		if e.As != nil && parts > 0 && !hasCaption(e.Parts[0]) {
			parts++ // whose it is stands in a message of its own
		}
	case chat.Edit:
		text = e.Text
	case chat.Whisper:
		text = e.Text
	}
	if f.TextLimit <= 0 {
		return max(1, parts)
	}
	return max(1, parts, (text.Len()+f.TextLimit-1)/f.TextLimit)
}

// hasCaption tells whether words can stand with a part, on platforms where the author's name is one of them.
func hasCaption(p chat.Part) bool {
	switch p.Kind {
	case chat.Photo, chat.Video, chat.Animation, chat.Audio, chat.Voice, chat.File:
		return true
	}
	return false
}
