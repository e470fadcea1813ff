package smallroom

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// Title makes what somebody has typed fit to be a title, or to be said by the house: one line of at most so many characters,
// without signs that hide or turn letters, and nobody is called by it.
func Title(text string, most int) string {
	text = chat.Uncalled(chat.OneLine(text))
	if r := []rune(text); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return text
}
