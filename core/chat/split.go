package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Split cuts a canonical text into pieces of at most limit, as measured by size (Units for Telegram,
// bytes for others). Pieces put together give the text again. It cuts where a reader would: after a blank
// line, a line, a sentence or a word, within a span of links or code only where nothing else is left, and
// never inside what is seen as one character. A character larger than limit is a piece of its own.
func (t Text) Split(limit int, size func(string) int) []Text {
	var out []Text
	rest := t
	for rest.Plain != "" {
		cut := len(rest.Plain)
		if size(rest.Plain) > limit {
			cut = rest.bestCut(limit, size)
		}
		units := Units(rest.Plain[:cut])
		out = append(out, rest.Slice(0, units))
		rest = rest.Slice(units, rest.Len())
	}
	return out
}

// bestCut returns the byte offset to cut at so that the first piece is within limit.
func (t Text) bestCut(limit int, size func(string) int) int {
	end, used := 0, 0 // the last character boundary within limit
	for end < len(t.Plain) {
		next := end + firstCharacter(t.Plain[end:])
		n := size(t.Plain[end:next])
		if used+n > limit {
			break
		}
		end, used = next, used+n
	}
	if end == 0 {
		return firstCharacter(t.Plain)
	}
	kept := t.wholeSpans()
	for _, mark := range []string{"\n\n", "\n", ". ", " "} {
		if i := lastBreak(t.Plain[:end], mark, kept); i > end/3 {
			return i
		}
	}
	return end
}

// wholeSpans returns the byte ranges of the spans that are better not cut.
func (t Text) wholeSpans() [][2]int {
	var out [][2]int
	for _, s := range t.Spans {
		if s.Style != Hyperlink && s.Style != Mention && s.Style != Code && s.Style != Pre {
			continue
		}
		from, _ := t.byteAt(s.Start, true)
		to, _ := t.byteAt(s.End, false)
		out = append(out, [2]int{from, to})
	}
	return out
}

// lastBreak returns the offset behind the last mark in s that is in none of the ranges, or -1.
func lastBreak(s, mark string, ranges [][2]int) int {
	for {
		i := strings.LastIndex(s, mark)
		if i < 0 {
			return -1
		}
		at := i + len(mark)
		if !within(at, ranges) {
			return at
		}
		s = s[:i]
	}
}

func within(at int, ranges [][2]int) bool {
	for _, r := range ranges {
		if r[0] < at && at < r[1] {
			return true
		}
	}
	return false
}

// maxCharacter bounds how many bytes may count as one character, so that a text of nothing but
// combining marks can still be cut.
const maxCharacter = 128

// firstCharacter returns the number of bytes of what a reader sees as the first character of s: a letter
// with its marks, an emoji with its joiners and skin tones, a flag. It follows the grapheme clusters of
// Unicode UAX #29 as far as chats need them.
func firstCharacter(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == '\r' && strings.HasPrefix(s[n:], "\n") {
		return n + 1
	}
	if isFlagHalf(r) {
		if next, size := utf8.DecodeRuneInString(s[n:]); isFlagHalf(next) {
			n += size
		}
	}
	for n < len(s) && n < maxCharacter {
		next, size := utf8.DecodeRuneInString(s[n:])
		if next == zeroWidthJoiner {
			n += size
			if after, more := utf8.DecodeRuneInString(s[n:]); n < len(s) && after > 0x2000 {
				n += more
			}
			continue
		}
		if !isExtending(next) {
			break
		}
		n += size
	}
	return n
}

const zeroWidthJoiner = '\u200D'

func isFlagHalf(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func isExtending(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || // marks, variation selectors, keycap
		(r >= 0x1F3FB && r <= 0x1F3FF) || // skin tones
		(r >= 0xE0020 && r <= 0xE007F) // tags of regional flags
}
