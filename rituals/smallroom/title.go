package smallroom

import (
	"strings"
	"unicode"
)

// Title makes what somebody has typed fit to be a title, or to be said by the house: one line of at most so many characters,
// without signs that hide or turn letters, and nobody is called by it.
func Title(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF':
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, text)
	const joiner = "\u2060" // between '@' and a name it keeps every messenger from calling somebody
	text = strings.ReplaceAll(strings.ReplaceAll(text, "@"+joiner, "@"), "@", "@"+joiner)
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return text
}
