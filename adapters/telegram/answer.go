package telegram

import (
	"strings"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

// reply returns what a message answers. In a topic every message answers the one that opened it: that is none.
func (r *receiver) reply(m *rawMessage) *chat.Reply {
	target := m.ReplyTo
	if target == nil || (m.IsTopic && target.MessageID == m.ThreadID) {
		return m.externalReply()
	}
	at := place{id: m.Chat.ID}
	if target.IsTopic {
		at.thread = target.ThreadID
	} else if m.IsTopic {
		at.thread = m.ThreadID
	}
	out := &chat.Reply{Ref: at.ref(target.MessageID), Name: target.name(), Quote: quoted(target.words())}
	m.quoteIn(out)
	return out
}

// externalReply returns the answer to a message of another chat, or to a story, by what is told of it. Its ref is left out: who may
// write here need not be somebody there.
func (m *rawMessage) externalReply() *chat.Reply {
	if m.ReplyToStory != nil {
		return &chat.Reply{Name: m.ReplyToStory.Chat.name(), Quote: chat.Part{Kind: chat.Story}.Describe()}
	}
	if m.ExternalReply == nil {
		return nil
	}
	out := &chat.Reply{Name: m.ExternalReply.Origin.name()}
	for _, p := range m.ExternalReply.parts() {
		out.Quote = quoted(p.Describe())
	}
	m.quoteIn(out)
	return out
}

// quoteIn fills in the part of the answered text, and whether the author has chosen it.
func (m *rawMessage) quoteIn(out *chat.Reply) {
	if m.Quote != nil && m.Quote.Text != "" {
		out.Quote, out.Partial = quoted(m.Quote.Text), m.Quote.Manual
	}
}

func (t *rawReply) name() string {
	if t.SenderChat != nil {
		return t.SenderChat.name()
	}
	if t.From != nil {
		return t.From.name()
	}
	return t.Chat.name()
}

// words returns what the answered message says, a line for its media where it says nothing.
func (t *rawReply) words() string {
	if t.Text != "" {
		return covered(t.Text, t.Entities)
	}
	if t.Caption != "" {
		return covered(t.Caption, t.CaptionEntities)
	}
	for _, p := range t.parts() {
		return p.Describe()
	}
	return ""
}

// covered returns a text with what its author has covered still covered: a quote of it stands open before everybody.
func covered(plain string, entities []rawEntity) string {
	t := readText(plain, entities, rawUser{}, func(string) (int64, bool) { return 0, false })
	var out strings.Builder
	at := 0
	for _, s := range t.Spans {
		if s.Style != chat.Spoiler || s.Start < at {
			continue
		}
		out.WriteString(t.Slice(at, s.Start).Plain)
		out.WriteString(strings.Repeat("█", utf8.RuneCountInString(t.Slice(s.Start, s.End).Plain)))
		at = s.End
	}
	out.WriteString(t.Slice(at, t.Len()).Plain)
	return out.String()
}
