package chat

import (
	"strings"
	"unicode"
)

// OneLine makes one line of words that a stranger has typed, so that nobody writes a second line into what the house says, or turns
// or hides the words around his: white space and control characters become single blanks, the signs that steer the direction of
// writing (Unicode's Bidi_Control), the byte order mark and U+FFFD are left out.
func OneLine(words ...string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF', r == unicode.ReplacementChar:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.Join(words, " "))
	return strings.Join(strings.Fields(s), " ")
}

// joiner between '@' and a name keeps every messenger from calling somebody.
const joiner = "\u2060"

// Uncalled returns a text in which no '@' calls anybody.
func Uncalled(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "@"+joiner, "@"), "@", "@"+joiner)
}
