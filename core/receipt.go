package core

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// The most notes that are kept of a copy, and the most characters of one.
const (
	maxNotes = 5
	maxNote  = 100
)

// sent notes that a platform has done what an effect said.
func (f *fold) sent(e *chat.Event, b chat.Sent) error {
	u, known, err := f.settled(b.Effect)
	if err != nil || !known {
		return err
	}
	f.engine.books.done(u, len(b.Notes) > 0)
	m, err := f.about(u)
	if err != nil {
		return err
	}
	if u.n > 0 && isAboutMessage(u.of) {
		b.Of = u.of
		e.Body = b
	}
	f.isAbout(e, m, u)
	return firstError(f.release(u), f.arrived(m, u, e.Chat, b), f.offer(m, b.Refs), f.retried(u, ""), f.overtaken(e, b.Refs))
}

// failed notes that an effect will never be done. What was given up after many tries is a dead letter.
func (f *fold) failed(e *chat.Event, b chat.Failed) error {
	u, known, err := f.settled(b.Effect)
	if err != nil || !known {
		return err
	}
	f.engine.books.failed(u, b.Why)
	m, err := f.about(u)
	if err != nil {
		return err
	}
	if u.n > 0 && isAboutMessage(u.of) {
		b.Of = u.of
		e.Body = b
	}
	f.isAbout(e, m, u)
	if i := copyOf(m, b.Effect); i >= 0 {
		m.Copies[i].Failed, m.Copies[i].Told = b.Why, f.now
		f.graph.touch(m)
	}
	if u.letter != (messageKey{}) {
		return firstError(f.retried(u, b.Why), f.release(u))
	}
	return firstError(f.giveUp(b, u), f.release(u))
}

// about returns the message that an effect is about; nil if there is none (any more).
func (f *fold) about(u underway) (*chat.Message, error) {
	if u.message == (messageKey{}) {
		return nil, nil
	}
	return f.graph.message(u.message.id())
}

// copyOf finds the copy that a Send was to make; -1 = none.
func copyOf(m *chat.Message, id chat.EffectID) int {
	if m == nil {
		return -1
	}
	return slices.IndexFunc(m.Copies, func(c chat.Copy) bool { return c.Effect == id })
}

// arrived notes the names of a copy, and how it is shown there.
func (f *fold) arrived(m *chat.Message, u underway, in chat.Chat, b chat.Sent) error {
	if m == nil || !slices.Contains([]string{"send", "whisper", "edit"}, u.of) {
		return nil
	}
	for _, r := range b.Names {
		if err := f.graph.alias(r, m); err != nil {
			return err
		}
	}
	i := copyOf(m, b.Effect)
	if i < 0 {
		return f.changed(m, in, b)
	}
	c := &m.Copies[i]
	c.Refs, c.Failed, c.Notes, c.Told = b.Refs, "", notesOf(b.Notes), f.now
	if len(b.Refs) > 0 {
		c.Chat = b.Refs[0].Chat // of a whisper it was not known before
	}
	f.graph.touch(m)
	for _, r := range b.Refs {
		if err := f.graph.name(r, m); err != nil {
			return err
		}
	}
	return nil
}

// changed notes what an edit has made of the copy in a chat: it may be more messages now, and show less or more than before.
func (f *fold) changed(m *chat.Message, in chat.Chat, b chat.Sent) error {
	notes := notesOf(b.Notes)
	for i := range m.Copies {
		if c := &m.Copies[i]; c.Chat == in && c.Failed == "" && !slices.Equal(c.Notes, notes) {
			c.Notes = notes
			f.graph.touch(m)
		}
	}
	return f.graph.grow(m, b.Refs)
}

func notesOf(notes []string) []string {
	var out []string
	for _, n := range notes[:min(len(notes), maxNotes)] {
		r := []rune(strings.ToValidUTF8(n, "\uFFFD"))
		if len(r) > maxNote {
			r = append(r[:maxNote-1], '…')
		}
		out = append(out, string(r))
	}
	return out
}

// isAbout notes what a receipt is about: a receipt of the house's own message, or of an effect with a tag, belongs to the
// community that wanted it.
func (f *fold) isAbout(e *chat.Event, m *chat.Message, u underway) {
	e.Message = m
	tag := string(u.tag)
	if m != nil && m.Tag != "" {
		tag = string(m.Community) + "\x00" + m.Tag
	}
	in, tag, ok := strings.Cut(tag, "\x00")
	if !ok {
		return
	}
	e.Tag = tag
	if f.engine.house.communities[chat.CommunityID(in)] != nil && e.Community != chat.CommunityID(in) {
		e.Community, e.Room = chat.CommunityID(in), ""
	}
}
