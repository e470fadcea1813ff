package core

import (
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// what finds the message that the event is about.
func (f *fold) what(e *chat.Event) (bool, error) {
	switch body := e.Body.(type) {
	case chat.Posted:
		return f.posted(e, body)
	case chat.Edited:
		return f.edited(e, body)
	case chat.Deleted:
		return f.deleted(e, body)
	case chat.Reacted:
		return f.reacted(e, body)
	case chat.Sent:
		m, tag, err := f.graph.settle(body.Effect, body.Refs, body.Names, "")
		f.isAbout(e, m, tag)
		return true, firstError(err, f.offer(m, body.Refs))
	case chat.Failed:
		m, tag, err := f.graph.settle(body.Effect, nil, nil, body.Why)
		f.isAbout(e, m, tag)
		return true, err
	case chat.Pressed:
		m, _, err := f.graph.byRef(body.Ref)
		e.Message = m
		return m != nil, err
	case chat.Left:
		return true, f.hasLeft(e, body)
	case chat.Migrated:
		return true, f.migrated(e, body)
	case chat.Due:
		return body.Rule != "", nil // a bare tick has done its work by coming in
	}
	return true, nil
}

// isAbout notes what a receipt is about: a receipt of the house's own message, or of an effect with a tag, belongs to the
// community that wanted it.
func (f *fold) isAbout(e *chat.Event, m *chat.Message, tag string) {
	e.Message = m
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

// hasLeft notes that somebody is no longer in a chat.
func (f *fold) hasLeft(e *chat.Event, b chat.Left) error {
	c := f.engine.house.communities[e.Community]
	if c == nil {
		return nil
	}
	card := c.members[c.identities[b.Who.Identity]]
	if card == nil {
		return nil
	}
	return c.gone(f.tx, card, e.Chat)
}

func (f *fold) posted(e *chat.Event, p chat.Posted) (bool, error) {
	if p.Reply != nil {
		m, _, err := f.graph.byRef(p.Reply.Ref)
		if err != nil {
			return false, err
		}
		e.ReplyTo = m
	}
	if !p.Ref.IsZero() {
		if m, _, err := f.graph.byRef(p.Ref); err != nil || m != nil {
			return false, err // the same message under another event id, or a copy of ours that came back
		}
	}
	if e.Private || e.Chat.Platform == chat.Local {
		return true, nil
	}
	key := messageKey{Seq: f.entry.Seq}
	if f.made > 0 { // a rule has let it happen
		key = f.nextKey()
	}
	m := &chat.Message{
		ID: key.id(), Community: e.Community, Room: e.Room, Author: e.Member,
		By: e.By.Identity, Name: e.By.Name, At: f.written(e.At), Original: p.Ref,
	}
	if e.ReplyTo != nil {
		m.ReplyTo = e.ReplyTo.ID
	}
	e.Message = m
	f.graph.touch(m)
	if err := firstError(f.remember(m, p.Text), f.attribute(m)); err != nil {
		return false, err
	}
	return true, f.graph.name(p.Ref, m)
}

// written returns when a message was written: the platform's time, but never after the house's, for some
// platforms let the sender choose it, and messages are forgotten in the order of their coming.
func (f *fold) written(at time.Time) time.Time {
	if at.IsZero() || at.After(f.now) {
		return f.now
	}
	return at
}

func (f *fold) edited(e *chat.Event, b chat.Edited) (bool, error) {
	m, _, err := f.graph.byRef(b.Ref)
	if err != nil || m == nil {
		return false, err
	}
	if m.Gone || m.By != e.By.Identity {
		return false, nil // nobody edits another's words
	}
	e.Message = m
	if err := f.remember(m, b.Text); err != nil {
		return false, err
	}
	if m.ReplyTo != "" {
		if e.ReplyTo, err = f.graph.message(m.ReplyTo); err != nil {
			return false, err
		}
	}
	if b.Revision.IsZero() || b.Revision == m.Original || slices.Contains(m.Revisions, b.Revision) {
		return true, nil
	}
	m.Revisions = append(m.Revisions, b.Revision)
	f.graph.touch(m)
	return true, f.graph.name(b.Revision, m)
}

func (f *fold) deleted(e *chat.Event, b chat.Deleted) (bool, error) {
	m, re, err := f.graph.byRef(b.Ref)
	if err != nil {
		return false, err
	}
	if re != nil {
		if e.Message, err = f.graph.message(re.Message); err != nil || e.Message == nil {
			return false, err
		}
		// Whoever takes it back, it was the reaction of the one who gave it.
		e.By, e.Member = re.By, ""
		if err := f.who(e); err != nil {
			return false, err
		}
		e.Body = chat.Reacted{Ref: re.Ref, Emoji: re.Emoji, Change: chat.ReactionRemoved}
		return true, f.graph.forgetReaction(b.Ref, re)
	}
	if m == nil || m.Gone {
		return false, nil
	}
	f.graph.touch(m)
	if f.isStray(m, b.Ref) {
		return false, f.graph.lose(m, b.Ref)
	}
	e.Message = m
	m.Gone = true
	return true, f.unsay(m)
}

// isStray tells whether a ref names a copy in a chat that is no longer in one room with the original:
// people there have no say over it any more.
func (f *fold) isStray(m *chat.Message, r chat.Ref) bool {
	if m.Original.IsZero() || m.Original.Chat == r.Chat {
		return false
	}
	chats := f.engine.house.chats
	origin, known := chats[m.Original.Chat]
	if !known { // it has another name since
		origin = place{community: m.Community, room: m.Room}
	}
	return origin != chats[r.Chat]
}

func (f *fold) reacted(e *chat.Event, b chat.Reacted) (bool, error) {
	m, _, err := f.graph.byRef(b.Ref)
	if err != nil || m == nil {
		return false, err
	}
	e.Message = m
	if b.Own.IsZero() {
		return true, nil
	}
	return true, f.graph.nameReaction(b.Own, reaction{Message: m.ID, Ref: b.Ref, By: e.By, Emoji: b.Emoji})
}

// migrated puts the new name of a chat in the old one's place.
func (f *fold) migrated(e *chat.Event, b chat.Migrated) error {
	h := f.engine.house
	at, ok := h.chats[e.Chat]
	if !ok || b.To.IsZero() || b.To == e.Chat {
		return nil
	}
	if err := h.takeOut(f.tx, b.To); err != nil {
		return err
	}
	c := h.communities[at.community]
	if err := c.moveChat(f.tx, e.Chat, b.To); err != nil {
		return err
	}
	for i := range c.Rooms {
		if c.Rooms[i].ID == at.room {
			c.Rooms[i] = renamed(c.Rooms[i], e.Chat, b.To)
		}
	}
	delete(h.chats, e.Chat)
	h.index(c)
	e.Chat = b.To
	e.Community, e.Room = at.community, at.room
	return c.save(f.tx)
}

func renamed(r chat.Room, from, to chat.Chat) chat.Room {
	out := chat.Room{ID: r.ID, Name: r.Name, Titles: make(map[chat.Chat]string), Settings: r.Settings}
	for _, c := range r.Chats {
		if c == from {
			c = to
		}
		out.Chats = append(out.Chats, c)
	}
	for c, title := range r.Titles {
		if c != from && c != to {
			out.Titles[c] = title
		}
	}
	if title := r.Titles[from]; title != "" {
		out.Titles[to] = title
	}
	return out
}
