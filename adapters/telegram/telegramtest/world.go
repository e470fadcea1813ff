package telegramtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

var _ world.World = (*Server)(nil)

// styleTypes pairs the house's styles with the API's entity types.
func styleTypes() map[chat.Style]string {
	return map[chat.Style]string{
		chat.Quote: "blockquote", chat.Hyperlink: "text_link", chat.Mention: "text_mention",
		chat.Bold: "bold", chat.Italic: "italic", chat.Underline: "underline", chat.Strike: "strikethrough",
		chat.Spoiler: "spoiler", chat.Code: "code", chat.Pre: "pre",
	}
}

// fromWorld turns what a person writes into what the platform stores.
func (s *Server) fromWorld(t chat.Text) (styled, error) {
	types := styleTypes()
	var list []wireEntity
	for _, span := range t.Spans {
		e := wireEntity{Type: types[span.Style], Offset: span.Start, Length: span.End - span.Start}
		switch span.Style {
		case chat.Hyperlink:
			e.URL = span.Value
		case chat.Pre:
			e.Language = span.Value
		case chat.Mention:
			id, err := strconv.ParseInt(strings.TrimPrefix(span.Value, "telegram:"), 10, 64)
			if err != nil || s.users[id] == nil {
				continue
			}
			u := s.users[id].wire()
			e.User = &u
		default:
		}
		list = append(list, e)
	}
	return normalise(t.Plain, list)
}

// toWorld turns what the platform stores into what a person reads.
func toWorld(t styled) chat.Text {
	out := chat.Text{Plain: t.plain}
	types := styleTypes()
	for _, e := range t.entities {
		span := chat.Span{Start: e.Offset, End: e.Offset + e.Length, Value: e.URL}
		for style, kind := range types {
			if kind == e.Type || kind == strings.TrimPrefix(e.Type, "expandable_") {
				span.Style = style
			}
		}
		if e.Type == "pre" {
			span.Value = e.Language
		}
		if e.User != nil {
			span.Value = fmt.Sprintf("telegram:%d", e.User.ID)
		}
		out.Spans = append(out.Spans, span)
	}
	return out.Normal()
}

// finder finds one type of entity that the platform marks by itself.
type finder struct {
	kind    string
	pattern *regexp.Regexp
}

func newFinders() []finder {
	return []finder{
		{"url", regexp.MustCompile(`https?://[^\s]+`)},
		{"bot_command", regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)`)},
		{"mention", regexp.MustCompile(`(?:^|\s)(@[A-Za-z0-9_]{4,32})`)},
		{"hashtag", regexp.MustCompile(`(?:^|\s)(#[\pL\pN_]{1,256})`)},
	}
}

// found returns the entities that the platform itself finds in a text, as far as the fake looks.
func (s *Server) found(plain string) []wireEntity {
	if !strings.ContainsAny(plain, "/@#") {
		return nil
	}
	var out []wireEntity
	for _, f := range s.finders {
		for _, at := range f.pattern.FindAllStringSubmatchIndex(plain, 100) {
			from, to := at[len(at)-2], at[len(at)-1]
			out = append(out, wireEntity{Type: f.kind, Offset: units(plain[:from]), Length: units(plain[from:to])})
		}
	}
	return out
}

// React sets or takes back a person's emoji; a person may give up to three to a message.
func (s *Server) React(person, group, id, emoji string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.both(person, group)
	if err != nil {
		return err
	}
	m, err := c.find(id)
	if err != nil {
		return err
	}
	emoji = strings.ReplaceAll(emoji, "\uFE0F", "") // the client's list has none
	if !c.members[u.id].mayReact() || m.deleted || !slices.Contains(s.schema.reactions, emoji) {
		return bad("REACTION_INVALID")
	}
	m = c.albumHead(m)
	before := m.given(u.id)
	m.reactions = slices.DeleteFunc(m.reactions, func(r reaction) bool { return r.by == u.id && r.emoji == emoji })
	if on && len(m.given(u.id)) >= 3 {
		return bad("REACTIONS_TOO_MANY")
	}
	if on {
		m.reactions = append(m.reactions, reaction{by: u.id, emoji: emoji})
	}
	s.changed()
	if member := c.members[botID]; c.person != nil || member.isAdministrator() && !u.bot {
		from := u.wire()
		s.emit("message_reaction", wireReactionUpdate{
			Chat: c.wire(), MessageID: m.id, User: &from,
			Date: s.options.Now().Unix(), OldReaction: before, NewReaction: m.given(u.id),
		}, lane{"message_reaction", c.id})
	}
	return nil
}

func (m *message) given(by int64) []wireReaction {
	out := []wireReaction{}
	for _, r := range m.reactions {
		if r.by == by {
			out = append(out, wireReaction{Type: "emoji", Emoji: r.emoji})
		}
	}
	return out
}

// Messages returns a group's or topic's messages as people see them.
func (s *Server) Messages(group string) []world.Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, thread, err := s.place(group)
	if err != nil {
		return nil
	}
	var out []world.Shown
	for _, m := range c.order {
		if c.forum && m.thread != thread {
			continue
		}
		out = append(out, s.show(m))
	}
	return out
}

func (s *Server) show(m *message) world.Shown {
	w := world.Shown{
		ID: strconv.Itoa(m.id), Author: strconv.FormatInt(m.from, 10), FromBot: m.from == botID,
		Text: toWorld(m.text), Edited: m.edited != 0, Deleted: m.deleted, Service: m.service != nil, At: time.Unix(m.date, 0),
	}
	if u := s.users[m.from]; u != nil {
		w.Name = u.name
	}
	if m.as != nil {
		w.Author, w.Name = m.as.name(0), m.as.title
	}
	if m.reply > 0 {
		w.ReplyTo = strconv.Itoa(m.reply)
	}
	if m.until != 0 && s.options.Now().Unix() >= m.until {
		w.Deleted = true
	}
	w.Quote = m.quote
	if a := m.media; a != nil && a.file != nil {
		w.Media = []world.Media{{Kind: a.kind, Name: a.file.name, MIME: a.file.mime, Bytes: a.file.bytes, Hidden: a.hidden}}
	}
	if a := m.media; a != nil && a.file == nil {
		w.Things, w.Votes = []chat.Part{a.thing()}, s.votes(a.poll)
	}
	w.Choices, _ = m.buttons()
	for _, r := range m.reactions {
		if w.Reactions == nil {
			w.Reactions = map[string][]string{}
		}
		w.Reactions[r.emoji] = append(w.Reactions[r.emoji], s.users[r.by].name)
	}
	return w
}

// Changes returns a channel that gets a value after each change of what people see.
func (s *Server) Changes() (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	s.listeners[ch] = struct{}{}
	s.mu.Unlock()
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, ch)
	}
}

// changed tells who listens; the lock is held.
func (s *Server) changed() {
	for ch := range s.listeners {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
