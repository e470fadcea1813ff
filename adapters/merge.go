package adapters

import (
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// What is merged of a backlog: lines of one author that follow each other and have waited for mergeAfter, on a platform
// that counts the messages of a chat.
const (
	mergeAfter = 10 * time.Second
	maxMerged  = 20   // messages in one
	mergedText = 2000 // UTF-16 units of one; it is meant to be read
)

// Merged is what one message on a platform shows of several.
type Merged struct {
	ID       chat.EffectID `json:"id"` // the first Send's
	As       chat.Person   `json:"as"` // whose they are
	Sections []Section     `json:"sections"`
}

// Section is one of them.
type Section struct {
	Effect chat.EffectID `json:"effect"` // the Send that it came with
	Text   chat.Text     `json:"text"`
}

// mark stands before each message of a merged one, so that people see that it is several.
const mark = "• "

// joined returns what a message with these sections says.
func joined(sections []Section) chat.Text {
	if len(sections) == 1 {
		return sections[0].Text
	}
	var out chat.Text
	for i, s := range sections {
		if i > 0 {
			out = out.Append(chat.Plain("\n"))
		}
		out = out.Append(chat.Plain(mark), s.Text)
	}
	return out.Normal()
}

// plainLine returns a message that may be merged with its neighbours: a member's own words and nothing else.
func plainLine(r row) (chat.Send, bool) {
	s, ok := r.dispatch.Effect.(chat.Send)
	if !ok || r.unreadable != nil || s.As == nil || s.Message == "" || s.Text.IsEmpty() {
		return s, false
	}
	isBlock := func(s chat.Span) bool { return s.Style == chat.Quote || s.Style == chat.Pre }
	ok = len(s.Parts) == 0 && s.Answer == nil && s.Forward == "" && s.Tag == "" && len(s.Choices) == 0 &&
		s.Text.Len() <= mergedText/2 && !slices.ContainsFunc(s.Text.Spans, isBlock)
	return s, ok
}

// waited tells whether an effect is part of a backlog.
func (l *lanes) waited(r row) bool {
	return l.pump.features.Pace.ChatMinute > 0 && !r.dispatch.At.IsZero() && time.Since(r.dispatch.At) >= mergeAfter
}

// gather takes the messages out of the lane's queue that are to be shown as one with its present effect, and returns all of
// them, the present one first.
func (l *lanes) gather(ln *lane, first row) []row {
	rows := []row{first}
	send, ok := plainLine(first)
	if !ok || ln.deeds || !l.waited(first) {
		return rows
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	size := send.Text.Len()
	for len(ln.queue) > 0 && len(rows) < maxMerged {
		r := ln.queue[0]
		next, ok := plainLine(r)
		size += next.Text.Len() + len(mark)
		if !ok || *next.As != *send.As || size > min(mergedText, l.pump.features.TextLimit) {
			break
		}
		if other := l.open[ln.other()]; other != nil && other.owes(r.N) {
			break // no word overtakes a deed
		}
		ln.queue[0] = row{}
		ln.queue = ln.queue[1:]
		l.queued--
		ln.taken = r.N
		l.last[ln.laneKey] = max(l.last[ln.laneKey], r.N)
		rows = append(rows, r)
	}
	return rows
}

// merged makes one dispatch of several messages and notes which they are.
func (l *lanes) merged(rows []row) (chat.Dispatch, error) {
	d := rows[0].dispatch
	if len(rows) == 1 {
		return d, nil
	}
	send := d.Effect.(chat.Send)
	m := Merged{ID: d.ID, As: *send.As}
	for _, r := range rows {
		degraded, _ := chat.Degrade(r.dispatch.Effect.(chat.Send), l.pump.features)
		m.Sections = append(m.Sections, Section{Effect: r.dispatch.ID, Text: degraded.(chat.Send).Text})
	}
	if err := l.pump.journal.SetMerged(m); err != nil {
		return d, fmt.Errorf("note merged messages: %w", err)
	}
	send.Text = joined(m.Sections)
	d.Effect = send
	return d, nil
}

// within changes an Edit or a Delete of one message of a merged one into what it means for the whole. It is called at the
// chat's turn, so that two of them come one after another.
func (p *Pump) within(e chat.Outgoing) (chat.Outgoing, error) {
	var target chat.Target
	switch e := e.(type) {
	case chat.Edit:
		target = e.Target
	case chat.Delete:
		target = e.Target
	}
	if target.Effect == "" || p.features.Pace.ChatMinute == 0 {
		return e, nil
	}
	m, merged, err := p.mergedWith(target)
	if err != nil || !merged {
		return e, err
	}
	i := slices.IndexFunc(m.Sections, func(s Section) bool { return s.Effect == target.Effect })
	edit, isEdit := e.(chat.Edit)
	switch {
	case isEdit && i < 0:
		return nil, Refused(chat.NotFound, fmt.Errorf("edit a merged message: %s is not in it any more", target.Effect))
	case isEdit:
		m.Sections[i].Text = edit.Text
	case i >= 0: // else it was taken out before, and the platform has not said yes yet
		m.Sections = slices.Delete(m.Sections, i, i+1)
	}
	if err := p.journal.SetMerged(m); err != nil {
		return nil, fmt.Errorf("note merged messages: %w", err)
	}
	if len(m.Sections) == 0 {
		return e, nil
	}
	return chat.Edit{To: e.Where(), Target: target, As: &m.As, Text: joined(m.Sections)}, nil
}

// mergedWith returns what a message is merged with; false if it stands alone. A kill may have let the note of a merging
// that was not done: then the others have refs of their own.
func (p *Pump) mergedWith(t chat.Target) (Merged, bool, error) {
	m, ok, err := p.journal.Merged(t.Effect)
	if err != nil || !ok {
		return m, false, err
	}
	for _, s := range m.Sections {
		refs, _, err := p.journal.Refs(s.Effect)
		if err != nil {
			return m, false, err
		}
		if !slices.Equal(refs, t.Refs) && s.Effect != t.Effect {
			return m, false, nil
		}
	}
	return m, true, nil
}

// isSuperseded tells whether an effect that waits need not be done because a later one of the lane says all that it says:
// a newer content of the same message, or a newer reaction where the bot has a single one.
func (l *lanes) isSuperseded(ln *lane, r row) bool {
	target, what := standing(r.dispatch.Effect, l.pump.features)
	if what == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(ln.queue, func(later row) bool {
		other, same := standing(later.dispatch.Effect, l.pump.features)
		return same == what && slices.Equal(other.Refs, target.Refs) && other.Effect == target.Effect
	})
}

// standing returns the message that an effect sets something of as a whole, and what; empty for other effects.
func standing(e chat.Outgoing, f chat.Features) (t chat.Target, what string) {
	switch e := e.(type) {
	case chat.Edit:
		t, what = e.Target, "edit"
	case chat.React:
		if f.Shows["reaction"].How != chat.Native {
			t, what = e.Target, "react"
		}
	}
	if len(t.Refs) == 0 && t.Effect == "" {
		return t, ""
	}
	return t, what
}
