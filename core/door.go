package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
)

var errNoCommunity = errors.New("its community is not there")

// door adds to an event what the house knows: where it happened, who did it and which message it is
// about. It returns false for an event that needs no rule.
func (f *fold) door(e *chat.Event) (bool, error) {
	e.Now = f.now
	e.Seed = f.seed(e.ID)
	tidy(e)
	if err := f.where(e); err != nil {
		return false, err
	}
	f.who(e)
	return f.what(e)
}

// tidy makes names that strangers have chosen fit for one line: nobody gets to write a second one, or
// to turn the direction of what is written behind his name.
func tidy(e *chat.Event) {
	e.Title = tidyName(e.Title)
	e.By.Name = tidyName(e.By.Name)
	switch b := e.Body.(type) {
	case chat.Joined:
		b.Who.Name = tidyName(b.Who.Name)
		e.Body = b
	case chat.Left:
		b.Who.Name = tidyName(b.Who.Name)
		e.Body = b
	}
}

// maxName is the most characters of a name or a title.
const maxName = 100

func tidyName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName]) + "…"
	}
	return s
}

func (f *fold) seed(id chat.EventID) (seed [16]byte) {
	mac := hmac.New(sha256.New, f.engine.secret[:])
	mac.Write([]byte(id))
	copy(seed[:], mac.Sum(nil))
	return seed
}

// where finds the community and the room. A group that nobody knows yet becomes a community of its own.
func (f *fold) where(e *chat.Event) error {
	if e.Community != "" {
		return nil // an event of the engine's own, which has said so
	}
	if e.Chat.Platform == chat.Local {
		f.atHome(e)
		return nil
	}
	if e.Chat.IsZero() || e.Private {
		return nil
	}
	h := f.engine.house
	at, known := h.chats[e.Chat]
	if !known {
		switch e.Body.(type) {
		case chat.Sent, chat.Failed, chat.Parted, chat.Migrated, chat.Deleted:
			return nil
		}
		id := chat.CommunityID("c" + strconv.FormatUint(f.entry.Seq, 36))
		c, err := h.found(f.tx, id, e.Chat, e.Title)
		if err != nil {
			return err
		}
		at = place{community: c.ID, room: c.Rooms[0].ID}
	}
	e.Community, e.Room = at.community, at.room
	if e.Title != "" {
		return h.communities[at.community].retitle(f.tx, e.Chat, e.Title)
	}
	return nil
}

// atHome finds the community that the operator means: the one named behind '@' in the chat's id by one of
// its chats, else the only one that has connected chats, else the only one.
func (f *fold) atHome(e *chat.Event) {
	h := f.engine.house
	if _, named, ok := strings.Cut(e.Chat.ID, "@"); ok {
		if c, err := chat.ParseChat(named); err == nil {
			e.Community = h.chats[c].community
		}
		return
	}
	var linked, all []chat.CommunityID
	for id, c := range h.communities {
		all = append(all, id)
		for _, r := range c.Rooms {
			if len(r.Chats) > 1 {
				linked = append(linked, id)
				break
			}
		}
	}
	switch {
	case len(linked) == 1:
		e.Community = linked[0]
	case len(all) == 1:
		e.Community = all[0]
	}
}

// who finds the member and his level.
func (f *fold) who(e *chat.Event) {
	e.Level = e.By.Level
	if c := f.engine.house.communities[e.Community]; c != nil {
		if card, ok := c.Of(e.By.Identity); ok {
			e.Member, e.Level = card.ID, max(card.Level, e.By.Level)
		}
	}
}

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
		m, err := f.graph.settle(body.Effect, body.Refs, body.Names, "")
		e.Message = m
		return true, err
	case chat.Failed:
		m, err := f.graph.settle(body.Effect, nil, nil, body.Why)
		e.Message = m
		return true, err
	case chat.Migrated:
		return true, f.migrated(e, body)
	case chat.Due:
		return body.Rule != "", nil // a bare tick has done its work by coming in
	}
	return true, nil
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
		f.who(e)
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
	return true, nil
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
	out := chat.Room{ID: r.ID, Name: r.Name, Titles: make(map[chat.Chat]string)}
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
