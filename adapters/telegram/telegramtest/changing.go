package telegramtest

import (
	"encoding/json"
	"slices"
	"time"
)

// own finds the message that a call wants to change and refuses what is not the bot's.
func (s *Server) own(c *call) (*conversation, *message, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	if m == nil || m.deleted {
		return nil, nil, bad("message to edit not found")
	}
	if m.from != botID || m.service != nil {
		return nil, nil, bad("message can't be edited")
	}
	return to, m, nil
}

// rewrite stores new content unless it is what was there.
func (s *Server) rewrite(c *call, to *conversation, m *message, text styled, media *attachment) (any, error) {
	markup := json.RawMessage(c.values["reply_markup"])
	if err := checkKeyboard(markup); err != nil {
		return nil, err
	}
	same := text.plain == m.text.plain && slices.EqualFunc(text.entities, m.text.entities, equalEntities)
	if same && media == m.media && string(markup) == string(m.markup) {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.text, m.media, m.markup = text, media, markup
	m.edited = s.options.Now().Unix()
	s.changed()
	return s.wire(to, m, true), nil
}

func equalEntities(a, b wireEntity) bool {
	if (a.User == nil) != (b.User == nil) || a.User != nil && a.User.ID != b.User.ID {
		return false
	}
	a.User, b.User = nil, nil
	return a == b
}

func editMessageText(s *Server, c *call) (any, error) {
	to, m, err := s.own(c)
	if err != nil {
		return nil, err
	}
	if m.media != nil {
		return nil, bad("there is no text in the message to edit")
	}
	text, err := s.textOf(c, "text", "entities")
	if err != nil {
		return nil, err
	}
	if err := checkText(text); err != nil {
		return nil, err
	}
	return s.rewrite(c, to, m, text, nil)
}

func editMessageCaption(s *Server, c *call) (any, error) {
	to, m, err := s.own(c)
	if err != nil {
		return nil, err
	}
	if !m.media.hasCaption() {
		return nil, bad("there is no caption in the message to edit")
	}
	text, err := s.textOf(c, "caption", "caption_entities")
	if err != nil {
		return nil, err
	}
	if err := checkCaption(text); err != nil {
		return nil, err
	}
	return s.rewrite(c, to, m, text, m.media)
}

func editMessageMedia(s *Server, c *call) (any, error) {
	to, m, err := s.own(c)
	if err != nil {
		return nil, err
	}
	if m.media != nil && !m.media.hasCaption() {
		return nil, bad("message can't be edited")
	}
	var item inputMedia
	if err := c.object("media", &item); err != nil {
		return nil, err
	}
	next := *m
	if err := s.fill(c, &next, item); err != nil {
		return nil, err
	}
	if m.album != "" && checkMix([]inputMedia{{Type: m.media.albumType()}, item}) != nil {
		return nil, bad("message can't be edited")
	}
	return s.rewrite(c, to, m, next.text, next.media)
}

func editMessageReplyMarkup(s *Server, c *call) (any, error) {
	to, m, err := s.own(c)
	if err != nil {
		return nil, err
	}
	return s.rewrite(c, to, m, m.text, m.media)
}

// deletable tells whether the bot may delete a message, as the server decides it.
func (s *Server) deletable(to *conversation, m *message) bool {
	old := s.options.Now().Sub(time.Unix(m.date, 0)) > 48*time.Hour
	limited := s.options.StrictDelete || to.kind == "private" || to.kind == "group"
	if old && limited {
		return false
	}
	return m.from == botID || to.kind == "private" || to.members[botID].can("can_delete_messages")
}

func deleteMessage(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	if m == nil || m.deleted {
		return nil, bad("message to delete not found")
	}
	if !s.deletable(to, m) {
		return nil, bad("message can't be deleted")
	}
	m.deleted = true
	s.changed()
	return true, nil
}

// deleteMessages skips unknown ids, but one that may not be deleted fails the whole call.
func deleteMessages(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	var ids []int
	if err := c.object("message_ids", &ids); err != nil {
		return nil, err
	}
	if len(ids) == 0 || len(ids) > 100 {
		return nil, bad("there must be 1-100 message identifiers")
	}
	var found []*message
	for _, id := range ids {
		m := to.messages[id]
		if m == nil || m.deleted {
			continue
		}
		if !s.deletable(to, m) {
			return nil, bad("message can't be deleted for everyone")
		}
		found = append(found, m)
	}
	for _, m := range found {
		m.deleted = true
	}
	s.changed()
	return true, nil
}

// setMessageReaction replaces the bot's reactions: at most one, of the allowed ones.
func setMessageReaction(s *Server, c *call) (any, error) {
	to, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := to.messages[int(c.number("message_id"))]
	if m == nil || m.deleted {
		return nil, bad("message to react not found")
	}
	var list []wireReaction
	if err := c.object("reaction", &list); err != nil {
		return nil, err
	}
	if len(list) > 1 {
		return nil, bad("REACTIONS_TOO_MANY")
	}
	if len(list) == 1 && (list[0].Type != "emoji" || !slices.Contains(s.schema.reactions, list[0].Emoji)) {
		return nil, bad("REACTION_INVALID")
	}
	m = to.albumHead(m)
	m.reactions = slices.DeleteFunc(m.reactions, func(r reaction) bool { return r.by == botID })
	for _, r := range list {
		m.reactions = append(m.reactions, reaction{by: botID, emoji: r.Emoji})
	}
	s.changed()
	return true, nil
}

// albumHead returns the first message of an album that is not deleted: the one that shows its reactions.
func (c *conversation) albumHead(m *message) *message {
	if m.album == "" {
		return m
	}
	head := m
	for id := m.id - 1; id > m.id-10; id-- {
		if o := c.messages[id]; o != nil && o.album == m.album && !o.deleted {
			head = o
		}
	}
	return head
}

func (a *attachment) hasCaption() bool {
	if a == nil {
		return false
	}
	switch a.albumType() {
	case "":
		return a.kind == "voice" || a.kind == "animation"
	}
	return true
}

func (a *attachment) albumType() string {
	return map[string]string{"photo": "photo", "video": "video", "file": "document", "audio": "audio"}[string(a.kind)]
}
