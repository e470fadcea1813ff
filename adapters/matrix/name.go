package matrix

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most characters of a display name that we take or give.
const maxName = 100

// cleanName returns a display name without control characters and marks that turn the direction of what
// stands behind it, not longer than people can read.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > maxName {
		return string([]rune(s)[:maxName-1]) + "…"
	}
	return s
}

// localpart returns the part of an account's id between @ and colon.
func localpart(user string) string {
	local, _, _ := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	return local
}

// escapeLocal writes any string with the characters that a local part may have; what is not among them
// becomes =xx, as the specification advises ("Mapping from other character sets").
func escapeLocal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('=')
		b.WriteString(hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

// unescapeLocal reads what escapeLocal wrote; false if it cannot have.
func unescapeLocal(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		c, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.Write(c)
		i += 2
	}
	return b.String(), escapeLocal(b.String()) == s
}
