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
		return true, f.sent(e, body)
	case chat.Failed:
		return true, f.failed(e, body)
	case chat.Pinned:
		return f.known(e, body.Ref)
	case chat.Voted:
		return f.known(e, body.Ref)
	case chat.PollEnded:
		return f.known(e, body.Ref)
	case chat.Pressed:
		return f.known(e, body.Ref)
	case chat.Left:
		return true, f.hasLeft(e, body)
	case chat.Migrated:
		return true, f.migrated(e, body)
	case chat.Due:
		return body.Rule != "", nil // a bare tick has done its work by coming in
	}
	return true, nil
}

// known finds the message that something is done to; what is done to an unknown one is nothing for the rules, until it
// comes: a vote can be faster than the receipt of the poll.
func (f *fold) known(e *chat.Event, r chat.Ref) (bool, error) {
	m, _, err := f.graph.byRef(r)
	e.Message = m
	if m == nil && err == nil {
		switch e.Body.(type) {
		case chat.Voted, chat.PollEnded, chat.Pinned:
			return false, f.waits(e, r)
		}
	}
	return m != nil, err
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
		By: e.By.Identity, Name: e.By.Name, At: f.written(e.At), Original: p.Ref, More: p.More,
	}
	if e.ReplyTo != nil {
		m.ReplyTo = e.ReplyTo.ID
	}
	x, err := f.earlyOf(p.Ref)
	if err != nil {
		return false, err
	}
	if m.Gone = x.isGone(); m.Gone { // nobody has seen it, and nobody will
		f.graph.touch(m)
		return false, firstError(f.attribute(m), f.graph.name(p.Ref, m))
	}
	if edited, ok := x.edit(e.By.Identity); ok && len(p.More) == 0 {
		p.Text, p.Parts = edited.Text, edited.Parts
		e.Body = p
		if err := f.revise(m, edited.Revision); err != nil {
			return false, err
		}
	}
	e.Message = m
	return true, firstError(f.nameAll(m), f.keep(m, p), f.attribute(m), f.overtaken(e, append([]chat.Ref{p.Ref}, p.More...)))
}

// nameAll lets all the names of a new message name it.
func (f *fold) nameAll(m *chat.Message) error {
	f.graph.touch(m)
	for _, r := range append([]chat.Ref{m.Original}, m.More...) {
		if err := f.graph.name(r, m); err != nil {
			return err
		}
	}
	return nil
}

// keep remembers what a new message says, until it vanishes.
func (f *fold) keep(m *chat.Message, p chat.Posted) error {
	c := content{Text: p.Text, Parts: p.Parts, Forward: p.Forward}
	if len(p.More) > 0 && len(f.items) == 1+len(p.More) {
		c.Text, c.Parts, c.Items = chat.Text{}, nil, f.items
	}
	if r := p.Reply; r != nil {
		c.Reply = &quoted{Name: r.Name, Quote: r.Quote, Partial: r.Partial, Thread: r.Thread}
	}
	if p.Vanish > 0 && p.Vanish < maxKeptWords*24*time.Hour {
		c.Until = f.now.Add(p.Vanish)
		if err := putTimer(f.tx, chat.Wake{Rule: vanishTimer, Key: string(m.ID), At: c.Until}, ""); err != nil {
			return err
		}
	}
	return f.remember(m, c)
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
	if err != nil {
		return false, err
	}
	if m == nil {
		return false, f.waits(e, b.Ref)
	}
	if m.Gone || m.By != e.By.Identity {
		return false, nil // nobody edits another's words
	}
	e.Message = m
	next := content{Text: b.Text, Parts: b.Parts}
	if had := f.kept(m); had != nil {
		next.Reply, next.Forward, next.Until = had.Reply, had.Forward, had.Until
		if next.Items = changedItem(had.Items, b); next.Items != nil {
			b.Ref = m.Original
			b.Text, b.Parts = next.said()
			next.Text, next.Parts, e.Body = chat.Text{}, nil, b
		}
	}
	if err := firstError(f.remember(m, next), f.revise(m, b.Revision)); err != nil {
		return false, err
	}
	return true, f.findReplyTo(e, m)
}

// changedItem returns the items of an album of which one has changed; nil if none is the one.
func changedItem(items []item, b chat.Edited) []item {
	i := slices.IndexFunc(items, func(x item) bool { return x.Ref == b.Ref })
	if i < 0 {
		return nil
	}
	items = slices.Clone(items)
	items[i].Text, items[i].Parts = b.Text, b.Parts
	return items
}

// findReplyTo finds the message that the event's answers.
func (f *fold) findReplyTo(e *chat.Event, m *chat.Message) (err error) {
	if m.ReplyTo != "" {
		e.ReplyTo, err = f.graph.message(m.ReplyTo)
	}
	return err
}

// revise gives a message the further name that an edit has made.
func (f *fold) revise(m *chat.Message, r chat.Ref) error {
	if r.IsZero() || r == m.Original || slices.Contains(m.Revisions, r) {
		return nil
	}
	m.Revisions = append(m.Revisions, r)
	f.graph.touch(m)
	return f.graph.name(r, m)
}

func (f *fold) deleted(e *chat.Event, b chat.Deleted) (bool, error) {
	m, re, err := f.graph.byRef(b.Ref)
	if err != nil {
		return false, err
	}
	if re != nil {
		return f.unreacted(e, b.Ref, re)
	}
	if m == nil {
		return false, f.waits(e, b.Ref)
	}
	if m.Gone {
		return false, nil
	}
	f.graph.touch(m)
	if f.isStray(m, b.Ref) {
		return false, f.graph.lose(m, b.Ref)
	}
	e.Message = m
	if rest, some := f.rest(m, b.Ref); some && !f.isMade(*e) {
		return true, f.lessened(e, m, b.Ref, rest)
	}
	m.Gone = true
	return true, f.unsay(m)
}

// unreacted makes the deletion of a reaction what it means.
func (f *fold) unreacted(e *chat.Event, r chat.Ref, re *reaction) (bool, error) {
	var err error
	if e.Message, err = f.graph.message(re.Message); err != nil || e.Message == nil {
		return false, err
	}
	// Whoever takes it back, it was the reaction of the one who gave it.
	e.By, e.Member = re.By, ""
	if err := f.who(e); err != nil {
		return false, err
	}
	e.Body = chat.Reacted{Ref: re.Ref, Emoji: re.Emoji, Change: chat.ReactionRemoved}
	return true, f.graph.forgetReaction(r, re)
}

// isMade tells whether a rule has let an event happen. One that deletes means all of an album, whatever name it calls it by.
func (f *fold) isMade(e chat.Event) bool {
	return len(f.emits) > 0 && strings.HasPrefix(string(e.ID), string(f.emits[0].ID)+"+")
}

// rest returns what is left of an album when one of its messages is gone; false if that was the last, or none. Where
// it is not kept any more what was in which of them the whole goes: better too much than what its author wants gone.
func (f *fold) rest(m *chat.Message, gone chat.Ref) (*content, bool) {
	if len(m.More) == 0 || m.Original != gone && !slices.Contains(m.More, gone) {
		return nil, false
	}
	c := f.kept(m)
	if c == nil || !slices.ContainsFunc(c.Items, func(i item) bool { return i.Ref == gone }) {
		return nil, false
	}
	left := *c
	left.Items = slices.DeleteFunc(slices.Clone(c.Items), func(i item) bool { return i.Ref == gone })
	left.Shown = nil
	return &left, len(left.Items) > 0
}

// lessened makes the deletion of one message of an album a change of the whole, by its author.
func (f *fold) lessened(e *chat.Event, m *chat.Message, gone chat.Ref, left *content) error {
	if m.Original == gone {
		m.Original, m.More = m.More[0], m.More[1:]
	} else {
		m.More = slices.DeleteFunc(slices.Clone(m.More), func(r chat.Ref) bool { return r == gone })
	}
	if len(left.Items) == 1 {
		left.Text, left.Parts, left.Items = left.Items[0].Text, left.Items[0].Parts, nil
	}
	edited := chat.Edited{Ref: m.Original}
	edited.Text, edited.Parts = left.said()
	e.By, e.Member, e.Body = chat.Person{Identity: m.By, Name: m.Name}, "", edited
	return firstError(f.graph.forget(gone), f.remember(m, *left), f.who(e), f.findReplyTo(e, m))
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
	if err != nil {
		return false, err
	}
	if m == nil {
		return false, f.waits(e, b.Ref)
	}
	e.Message = m
	if b.Own.IsZero() {
		return true, nil
	}
	x, err := f.earlyOf(b.Own)
	if err != nil || x.isGone() { // it was taken back before it came
		return false, err
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
