package signaltest

import (
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// conversation is a talk as the phones of the people in it show it.
type conversation struct {
	group    *group // nil for a private one
	messages []*message
	byName   map[string]*message // "<author>/<timestamp>" of every revision
	services int
	pins     []*message // at the top, the newest last
	pinnings int
	endings  int // of polls; each time the phones say so in a line
}

// message is one message on the phones.
type message struct {
	author    string
	sent      int64 // of the first revision, ms
	revisions []int64
	text      chat.Text
	replyTo   string
	media     []world.Media
	reactions []given // in order
	poll      *poll
	things    []chat.Part
	viewOnce  bool
	deleted   bool
	service   string // the id of a line of the messenger itself
	at        time.Time
}

// given is one person's reaction.
type given struct{ by, emoji string }

func newConversation(g *group) *conversation {
	return &conversation{group: g, byName: map[string]*message{}}
}

func messageName(author string, sent int64) string { return author + "/" + strconv.FormatInt(sent, 10) }

func (t *conversation) add(m *message) {
	m.revisions = append(m.revisions, m.sent)
	t.messages = append(t.messages, m)
	t.byName[messageName(m.author, m.sent)] = m
}

// serve adds a line of the messenger itself.
func (t *conversation) serve(line string, at time.Time) {
	t.services++
	t.messages = append(t.messages, &message{
		service: "service/" + strconv.Itoa(t.services), text: chat.Plain(line), at: at,
	})
}

// find returns a message by any of its revisions, or nil.
func (t *conversation) find(author string, sent int64) *message {
	return t.byName[messageName(author, sent)]
}

// name returns the id of the message that the author sent then, whichever revision that was.
func (t *conversation) name(author string, sent int64) string {
	if m := t.find(author, sent); m != nil {
		sent = m.sent
	}
	return messageName(author, sent)
}

// errNotFound is the clients' silence about a message they do not have.
var errNotFound = errors.New("message not found")

// edit gives a message of the author a new revision, if the official clients would: with all of the new
// content, so that what the edit does not carry is gone.
func (t *conversation) edit(
	author string, target, at int64, text chat.Text, media []world.Media, window time.Duration,
) error {
	m := t.find(author, target)
	switch {
	case m == nil || m.deleted:
		return errNotFound
	case at-m.sent > window.Milliseconds():
		return fmt.Errorf("messages can be edited for %v only", window)
	case len(m.revisions) > maxEdits:
		return fmt.Errorf("messages can be edited %d times only", maxEdits)
	case m.poll != nil || m.viewOnce || !editable(m.media):
		return errors.New("this kind of message cannot be edited")
	}
	m.text, m.media = text, media
	m.revisions = append(m.revisions, at)
	t.byName[messageName(author, at)] = m
	return nil
}

// editable: no voice messages, no stickers.
func editable(media []world.Media) bool {
	for _, m := range media {
		if m.Kind == chat.Sticker || m.Kind == chat.Voice {
			return false
		}
	}
	return true
}

// remove deletes for everyone. Whether an admin may is the caller's question.
func (t *conversation) remove(author string, target, at int64, window time.Duration) error {
	m := t.find(author, target)
	switch {
	case m == nil || m.deleted:
		return errNotFound
	case at-m.sent > window.Milliseconds():
		return fmt.Errorf("messages can be deleted for everyone for %v only", window)
	}
	m.deleted, m.text, m.media, m.reactions, m.poll, m.things = true, chat.Text{}, nil, nil, nil, nil
	t.unpin(m)
	return nil
}

// react sets or takes back the one reaction that a person has on a message.
func (t *conversation) react(by, author string, target int64, emoji string, on bool) error {
	m := t.find(author, target)
	if m == nil || m.deleted {
		return errNotFound
	}
	if !isEmoji(emoji) {
		return fmt.Errorf("%q is no emoji", emoji)
	}
	kept := m.reactions[:0]
	for _, g := range m.reactions {
		if g.by != by {
			kept = append(kept, g)
		}
	}
	m.reactions = kept
	if on {
		m.reactions = append(m.reactions, given{by, emoji})
	}
	return nil
}

func isEmoji(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return s != "" && len([]rune(s)) <= 16
}

// shown is the message as a phone displays it. The lock is held.
func (s *Server) shown(m *message) world.Shown {
	out := world.Shown{
		Text: m.text, ReplyTo: m.replyTo, Media: append([]world.Media(nil), m.media...),
		Edited: len(m.revisions) > 1, Deleted: m.deleted, At: m.at,
	}
	if m.service != "" {
		out.ID, out.Service = m.service, true
		return out
	}
	out.Things = append(out.Things, m.things...)
	if m.poll != nil {
		out.Things, out.Votes = append(out.Things, m.poll.part()), s.votes(m.poll)
	}
	author := s.people[m.author]
	out.ID, out.Author = messageName(m.author, m.sent), m.author
	out.Name, out.FromBot = author.Name, author.account != nil
	if len(m.reactions) > 0 {
		out.Reactions = map[string][]string{}
	}
	for _, g := range m.reactions {
		out.Reactions[g.emoji] = append(out.Reactions[g.emoji], s.people[g.by].Name)
	}
	return out
}
