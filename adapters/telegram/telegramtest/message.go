package telegramtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// message is one message of a conversation, for ever: a deleted one stays to be shown as such.
type message struct {
	id        int
	thread    int
	date      int64
	edited    int64
	from      int64
	as        *conversation // posted in the name of a chat
	signature string
	text      styled
	reply     int
	quote     string // the part of the answered text
	media     *attachment
	album     string
	forwarded bool // automatically, from the linked channel
	origin    json.RawMessage
	markup    json.RawMessage
	service   *wireMessage // what a service message says
	reactions []reaction
	deleted   bool
	until     int64 // when it is gone by itself, in Unix seconds; 0 = never
}

type reaction struct {
	by    int64
	emoji string
}

// post adds a message to a conversation and lets the bot see what it may see.
func (s *Server) post(c *conversation, m *message) (*message, error) {
	m.id = c.next
	c.next++
	m.date = s.options.Now().Unix()
	if c.vanish > 0 && m.service == nil {
		m.until = m.date + int64(c.vanish/time.Second)
	}
	c.messages[m.id] = m
	c.order = append(c.order, m)
	s.changed()
	if s.botSees(c, m) {
		kind := "message"
		if c.kind == "channel" {
			kind = "channel_post"
		}
		s.emit(kind, s.wire(c, m, true), lane{"message", c.id})
	}
	if c.kind == "channel" && c.linked != nil && m.service == nil {
		s.forward(c, m)
	}
	return m, nil
}

// forward puts a channel's post into its discussion group, where the bot sees it even if it is its own.
func (s *Server) forward(c *conversation, m *message) {
	who := c.wire()
	origin, _ := json.Marshal(map[string]any{"type": "channel", "date": m.date, "chat": who, "message_id": m.id})
	_, _ = s.post(c.linked, &message{
		from: serviceID, as: c, forwarded: true, origin: origin,
		text: m.text, media: m.media, signature: m.signature,
	})
}

// botSees tells which messages the platform shows the bot: never its own, and with privacy mode only what
// concerns it. Of its own service messages the server passes on a few, like a new topic.
func (s *Server) botSees(c *conversation, m *message) bool {
	member := c.members[botID]
	if !member.isIn() || m.from == botID && (m.service == nil || m.service.ForumTopicCreated == nil && m.service.PinnedMessage == nil) {
		return false
	}
	if u := s.users[m.from]; u != nil && u.bot && m.as == nil && m.service == nil {
		return false
	}
	if !s.options.Privacy || member.isAdministrator() || c.person != nil || m.service != nil {
		return true
	}
	if replied := c.messages[m.reply]; replied != nil && replied.from == botID {
		return true
	}
	return strings.HasPrefix(m.text.plain, "/") || strings.Contains(m.text.plain, "@"+s.options.Bot)
}

// wire returns a message as the API writes it; full adds the message it replies to, one level deep.
func (s *Server) wire(c *conversation, m *message, full bool) *wireMessage {
	w := &wireMessage{}
	if m.service != nil {
		*w = *m.service
	}
	w.MessageID, w.Date, w.EditDate, w.Chat = m.id, m.date, m.edited, c.wire()
	w.MediaGroupID, w.AuthorSignature, w.IsAutomaticForward = m.album, m.signature, m.forwarded
	w.ForwardOrigin, w.ReplyMarkup = m.origin, m.markup
	s.sign(c, m, w)
	if c.forum && m.thread > 0 {
		w.MessageThreadID, w.IsTopicMessage = m.thread, true
	} else if m.reply > 0 && c.kind == "supergroup" {
		w.MessageThreadID = s.threadOf(c, m.reply)
	}
	reply := m.reply
	if reply == 0 && c.forum && m.thread != m.id {
		reply = m.thread // an unquoted message in a topic answers the topic's first message
	}
	if target := c.messages[reply]; full && target != nil && !target.deleted {
		w.ReplyToMessage = s.wire(c, target, false)
		w.Quote = quoteOf(target, m.quote)
	}
	entities := append(s.found(m.text.plain), m.text.entities...)
	if m.media == nil {
		w.Text, w.Entities = m.text.plain, entities
		return w
	}
	w.Caption, w.CaptionEntities = m.text.plain, entities
	w.wireMedia, w.HasMediaSpoiler = m.media.wire(), m.media.hidden
	w.Extra, w.Future = m.media.extra, m.media.future
	return w
}

// sign fills in who posted: a person, or a chat with the platform's stand-in account.
func (s *Server) sign(c *conversation, m *message, w *wireMessage) {
	if m.as != nil {
		chat := m.as.wire()
		w.SenderChat = &chat
	}
	if c.kind == "channel" {
		chat := c.wire()
		w.SenderChat = &chat
		return
	}
	if u := s.users[m.from]; u != nil {
		from := u.wire()
		w.From = &from
	}
}

// threadOf returns the first message of a chain of replies, as the server numbers threads outside of forums.
func (s *Server) threadOf(c *conversation, id int) int {
	for range 1000 {
		m := c.messages[id]
		if m == nil || m.reply == 0 {
			break
		}
		id = m.reply
	}
	return id
}

// Say posts as a person. Several media become an album: one message each, the text on the first; the id
// returned is the first one's.
func (s *Server) Say(person, group string, say world.Say) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return "", err
	}
	c, thread, err := s.place(group)
	if err != nil {
		return "", err
	}
	if !c.members[u.id].mayPost(s.options.Now()) {
		return "", forbidden("CHAT_WRITE_FORBIDDEN")
	}
	if c.kind == "channel" && !c.members[u.id].isAdministrator() {
		return "", bad("CHAT_ADMIN_REQUIRED")
	}
	if t := c.topics[thread]; t != nil && t.closed && !c.members[u.id].can("can_manage_topics") {
		return "", bad("TOPIC_CLOSED")
	}
	return s.say(c, &message{from: u.id, thread: thread}, say)
}

// SayAs posts in the name of a chat: of the group itself as an anonymous administrator, or of a channel.
func (s *Server) SayAs(as, group string, say world.Say) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sender, _, err := s.place(as)
	if err != nil {
		return "", err
	}
	c, thread, err := s.place(group)
	if err != nil {
		return "", err
	}
	if c.expelled[sender.id] {
		return "", bad("CHAT_SEND_AS_FORBIDDEN")
	}
	m := &message{from: channelID, as: sender, thread: thread}
	if sender == c {
		m.from = anonymousID
	}
	return s.say(c, m, say)
}

func (s *Server) nextAlbum() string {
	s.albums++
	return fmt.Sprint(13900000000000000 + s.albums)
}

func (c *conversation) find(id string) (*message, error) {
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil || c.messages[n] == nil {
		return nil, bad("message not found")
	}
	return c.messages[n], nil
}

// Edit changes the text or caption of a person's own message.
func (s *Server) Edit(person, group, id string, text chat.Text) error {
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
	if m.deleted || m.from != u.id || m.service != nil {
		return bad("MESSAGE_AUTHOR_REQUIRED")
	}
	if s.options.Now().Sub(time.Unix(m.date, 0)) > 48*time.Hour {
		return bad("MESSAGE_EDIT_TIME_EXPIRED")
	}
	t, err := s.fromWorld(text)
	if err != nil {
		return err
	}
	m.text = t
	s.edited(c, m)
	return nil
}

// Touch sends the bot an edit of a message whose content is the same: the platform does so when something
// changed that bots are not shown.
func (s *Server) Touch(group, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(group)
	if err != nil {
		return err
	}
	m, err := c.find(id)
	if err != nil {
		return err
	}
	s.edited(c, m)
	return nil
}

func (s *Server) edited(c *conversation, m *message) {
	m.edited = s.options.Now().Unix()
	s.changed()
	if s.botSees(c, m) {
		kind := "edited_message"
		if c.kind == "channel" {
			kind = "edited_channel_post"
		}
		s.emit(kind, s.wire(c, m, true), lane{"message", c.id})
	}
}

// Delete removes a message. The bot is told nothing: the Bot API has no such update.
func (s *Server) Delete(person, group, id string) error {
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
	if m.deleted || m.from != u.id && !c.members[u.id].can("can_delete_messages") && c.person == nil {
		return bad("MESSAGE_DELETE_FORBIDDEN")
	}
	m.deleted = true
	s.changed()
	return nil
}
