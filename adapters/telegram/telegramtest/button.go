package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// keyboard is the buttons under a message, as far as the fake knows kinds of them.
type keyboard struct {
	Rows [][]struct {
		Text string          `json:"text"`
		Data string          `json:"callback_data"`
		URL  string          `json:"url"`
		Copy json.RawMessage `json:"copy_text"`
	} `json:"inline_keyboard"`
}

// checkKeyboard refuses buttons that the platform does not take.
func checkKeyboard(raw json.RawMessage) error {
	var k keyboard
	if len(raw) == 0 || json.Unmarshal(raw, &k) != nil {
		return nil
	}
	n := 0
	for _, row := range k.Rows {
		for _, b := range row {
			n++
			switch {
			case b.Text == "":
				return bad("can't parse inline keyboard button: Can't find field \"text\"")
			case len(b.Data) > 64:
				return bad("BUTTON_DATA_INVALID")
			case (b.Data != "") == (b.URL != "") || len(b.Copy) > 0:
				return bad("text buttons are unallowed in the inline keyboard")
			}
		}
		if len(row) > 8 {
			return bad("REPLY_MARKUP_TOO_LONG")
		}
	}
	if n > 100 {
		return bad("REPLY_MARKUP_TOO_LONG")
	}
	return nil
}

// buttons returns what the buttons under a message say, and what each tells the bot.
func (m *message) buttons() (labels, data []string) {
	var k keyboard
	if len(m.markup) == 0 || json.Unmarshal(m.markup, &k) != nil {
		return nil, nil
	}
	for _, row := range k.Rows {
		for _, b := range row {
			labels, data = append(labels, b.Text), append(data, b.Data)
		}
	}
	return labels, data
}

// callback is a button that a person has pressed.
type callback struct {
	until    int64
	answered bool
}

// Press presses the n-th button under a message, counted from 0, row by row.
func (s *Server) Press(person, group, id string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, m, err := s.pressed(person, group, id)
	if err != nil {
		return err
	}
	_, data := m.buttons()
	if m.deleted || n < 0 || n >= len(data) {
		return fmt.Errorf("message %s has no button %d", id, n)
	}
	s.press(c, u, m, data[n])
	return nil
}

// PressButton presses the button with this data and returns the callback query's id. A message that was deleted
// meanwhile can still be pressed by who has not seen that: the bot is told no more of it than its name.
func (s *Server) PressButton(person, group, id, data string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, m, err := s.pressed(person, group, id)
	if err != nil {
		return "", err
	}
	if _, known := m.buttons(); !slices.Contains(known, data) {
		return "", fmt.Errorf("message %s has no button %q", id, data)
	}
	return s.press(c, u, m, data), nil
}

// pressed finds who presses where.
func (s *Server) pressed(person, group, id string) (*user, *conversation, *message, error) {
	u, c, err := s.both(person, group)
	if err != nil {
		return nil, nil, nil, err
	}
	if !c.members[u.id].isIn() {
		return nil, nil, nil, bad("CHANNEL_PRIVATE")
	}
	m, err := c.find(id)
	return u, c, m, err
}

func (s *Server) press(c *conversation, u *user, m *message, data string) string {
	id := strconv.Itoa(4000000 + len(s.callbacks))
	s.callbacks[id] = &callback{until: s.options.Now().Add(callbackLife).Unix()}
	var shown any = s.wire(c, m, false)
	if m.deleted {
		shown = wireGone{MessageID: m.id, Chat: c.wire()}
	}
	s.emit("callback_query", wireCallback{ID: id, From: u.wire(), Message: shown, ChatInstance: "1", Data: data}, lane{"callback_query", u.id})
	return id
}

// Unanswered returns how many presses the bot has not answered: so many people still see their button wait.
func (s *Server) Unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, q := range s.callbacks {
		if !q.answered {
			n++
		}
	}
	return n
}

func answerCallbackQuery(s *Server, c *call) (any, error) {
	q := s.callbacks[c.values["callback_query_id"]]
	if q == nil || q.answered || s.options.Now().Unix() > q.until {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	if utf8.RuneCountInString(c.values["text"]) > 200 {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	q.answered = true
	return true, nil
}
