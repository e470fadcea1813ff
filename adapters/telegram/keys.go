package telegram

import (
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/core/chat"
)

// keyboard is the buttons under a message. The library's own type adds to every button a member that the platform
// refuses.
type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

// button is a choice. What it tells us when it is pressed is its number alone: what that means is known where the
// message is.
type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

const (
	// shortLabel is the most UTF-16 units of a label that has room beside another one, on a narrow screen.
	shortLabel = 14
	// longLabel is the most characters of a label; a client shows no more of it than one line.
	longLabel = 60
)

// keysOf returns the buttons for choices, nil for none: two in a row where both are short, else one.
func keysOf(choices []chat.Choice) *keyboard {
	choices = choices[:min(len(choices), chat.MaxChoices)]
	if len(choices) == 0 {
		return nil
	}
	k := &keyboard{}
	for i, c := range choices {
		b := button{Text: label(c.Label, i), Data: strconv.Itoa(i)}
		if n := len(k.Rows); n > 0 && len(k.Rows[n-1]) == 1 && isShort(b) && isShort(k.Rows[n-1][0]) {
			k.Rows[n-1] = append(k.Rows[n-1], b)
			continue
		}
		k.Rows = append(k.Rows, []button{b})
	}
	return k
}

func isShort(b button) bool { return chat.Units(b.Text) <= shortLabel }

// label makes one line of a label; a button without a word on it is refused.
func label(s string, n int) string {
	s = strings.Join(strings.Fields(legible(chat.Plain(s)).Plain), " ")
	if s == "" {
		return strconv.Itoa(n + 1)
	}
	if r := []rune(s); len(r) > longLabel {
		s = string(r[:longLabel-1]) + "…"
	}
	return s
}

// markup returns the buttons as the library takes them; nil is none.
func (k *keyboard) markup() models.ReplyMarkup {
	if k == nil {
		return nil
	}
	return k
}

// chosen reads what a button tells; false for one that is none of ours.
func chosen(data string) (int, bool) {
	if len(data) != 1 || data[0] < '0' || data[0] >= '0'+chat.MaxChoices {
		return 0, false
	}
	return int(data[0] - '0'), true
}

// isNumber tells whether a text chooses by its number, as an answer does where nobody sees buttons.
func isNumber(t chat.Text) bool {
	s := strings.TrimSpace(t.Plain)
	return len(s) == 1 && s[0] >= '1' && s[0] <= '9'
}

// isKeycap tells whether an emoji chooses.
func isKeycap(emoji string) bool {
	bare := strings.ReplaceAll(emoji, "\uFE0F", "")
	for n := range chat.MaxChoices {
		if bare == strings.ReplaceAll(chat.Keycap(n), "\uFE0F", "") {
			return true
		}
	}
	return false
}
