package core

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// cited makes the links to messages in an effect lead to where its reader can see them.
func (f *fold) cited(x chat.Outgoing) (chat.Outgoing, error) {
	var err error
	switch y := x.(type) {
	case chat.Send:
		y.Text, err = f.lead(y.Text, y.To)
		return y, err
	case chat.Edit:
		y.Text, err = f.lead(y.Text, y.To)
		return y, err
	case chat.Whisper:
		at := y.To
		if at.IsZero() || at.Platform != y.Who.Platform {
			at = chat.Chat{Platform: y.Who.Platform, ID: y.Who.ID}
		}
		y.Text, err = f.lead(y.Text, at)
		return y, err
	}
	return x, nil
}

// lead gives every link to a message the message's name in a chat, or in another chat of its platform; where there is none
// the words stand alone.
func (f *fold) lead(t chat.Text, in chat.Chat) (chat.Text, error) {
	if !slices.ContainsFunc(t.Spans, func(s chat.Span) bool { return s.Style == chat.Cite }) {
		return t, nil
	}
	spans := make([]chat.Span, 0, len(t.Spans))
	for _, s := range t.Spans {
		if s.Style != chat.Cite {
			spans = append(spans, s)
			continue
		}
		m, err := f.graph.message(chat.MessageID(s.Value))
		if err != nil {
			return t, err
		}
		if ref, ok := seenOn(m, in); ok {
			s.Value = ref.String()
			spans = append(spans, s)
		}
	}
	return chat.Text{Plain: t.Plain, Spans: spans}, nil
}

// seenOn returns the name of a message in a chat, else in any chat of the same platform.
func seenOn(m *chat.Message, in chat.Chat) (chat.Ref, bool) {
	if m == nil || m.Gone {
		return chat.Ref{}, false
	}
	if t, ok := m.In(in); ok && len(t.Refs) > 0 {
		return t.Refs[0], true
	}
	if m.Original.Chat.Platform == in.Platform {
		return m.Original, true
	}
	for _, c := range m.Copies {
		if c.Chat.Platform == in.Platform && c.Failed == "" && len(c.Refs) > 0 {
			return c.Refs[0], true
		}
	}
	return chat.Ref{}, false
}
