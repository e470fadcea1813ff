package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
)

// maxQuote is the most characters of an answered text's part.
const maxQuote = 1024

// say posts what somebody says. Nobody here has pictures that can be seen once, for those are for private chats with
// people alone, nor threads inside a group, which are what topics are for.
func (s *Server) say(c *conversation, first *message, say world.Say) (string, error) {
	if say.Once || say.Thread != "" {
		return "", world.ErrNone
	}
	if err := s.answerTo(c, first, say); err != nil {
		return "", err
	}
	if say.Forward != "" {
		first.origin, _ = json.Marshal(map[string]any{"type": "hidden_user", "date": s.options.Now().Unix(), "sender_user_name": say.Forward})
	}
	if err := s.vanishing(c, first, say.Vanish); err != nil {
		return "", err
	}
	if say.Thing != nil {
		return s.sayThing(c, first, *say.Thing)
	}
	text, err := s.fromWorld(say.Text)
	if err != nil {
		return "", err
	}
	first.text = text
	limit := 4096
	if len(say.Media) > 0 {
		limit = 1024
	} else if text.plain == "" {
		return "", bad("message text is empty")
	}
	if text.length() > limit {
		return "", bad("message is too long")
	}
	if len(say.Media) == 0 {
		m, err := s.post(c, first)
		return fmt.Sprint(m.id), err
	}
	return s.sayMedia(c, first, say.Media)
}

// answerTo fills in the message that is answered, and the part of it.
func (s *Server) answerTo(c *conversation, m *message, say world.Say) error {
	if say.ReplyTo == "" {
		return nil
	}
	target, err := c.find(say.ReplyTo)
	if err != nil || target.deleted {
		return bad("message to be replied not found")
	}
	m.reply = target.id
	if say.Quote == "" {
		return nil
	}
	m.quote = say.Quote
	return checkQuote(target, say.Quote)
}

// checkQuote refuses what is no part of the answered text.
func checkQuote(target *message, quote string) error {
	if utf8.RuneCountInString(quote) > maxQuote || !strings.Contains(target.text.plain, quote) {
		return bad("QUOTE_TEXT_INVALID")
	}
	return nil
}

// isStyled tells whether the part of the text has styles that a quote must have, too
// (core.telegram.org/bots/api#replyparameters).
func (m *message) isStyled(quote string) bool {
	before, _, _ := strings.Cut(m.text.plain, quote)
	from := units(before)
	to := from + units(quote)
	return slices.ContainsFunc(m.text.entities, func(e wireEntity) bool {
		style := slices.Contains([]string{"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"}, e.Type)
		return style && e.Offset < to && e.Offset+e.Length > from
	})
}

func quoteOf(target *message, quote string) *wireQuote {
	before, _, ok := strings.Cut(target.text.plain, quote)
	if quote == "" || !ok {
		return nil
	}
	return &wireQuote{Text: quote, Position: units(before), IsManual: true}
}

// vanishing sets the chat's timer, which is what a person can do here, and says so in the chat if it is another than
// before.
func (s *Server) vanishing(c *conversation, m *message, after time.Duration) error {
	if after > 0 && after != c.vanish {
		if err := s.setTimer(c, m.from, m.thread, after); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) setTimer(c *conversation, by int64, thread int, after time.Duration) error {
	c.vanish = after
	_, err := s.post(c, &message{from: by, thread: thread, service: &wireMessage{
		Extra: map[string]any{"message_auto_delete_timer_changed": map[string]any{"message_auto_delete_time": int(after / time.Second)}},
	}})
	return err
}

func (s *Server) sayMedia(c *conversation, first *message, media []world.Media) (string, error) {
	id := ""
	album := ""
	if len(media) > 1 {
		album = s.nextAlbum()
	}
	for i, item := range media {
		m := *first
		m.album = album
		if i > 0 {
			m.text = styled{}
		}
		m.media = s.attach(item.Kind, &upload{name: item.Name, mime: item.MIME, bytes: item.Bytes})
		m.media.hidden = item.Hidden
		posted, err := s.post(c, &m)
		if err != nil {
			return "", err
		}
		if i == 0 {
			id = fmt.Sprint(posted.id)
		}
	}
	return id, nil
}

// SetTimer sets after what time messages of a group vanish, as if that had been done before the bot came: no line tells it.
func (s *Server) SetTimer(group string, after time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(group)
	if err != nil {
		return err
	}
	c.vanish = after
	return nil
}
