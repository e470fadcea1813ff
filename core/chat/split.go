package chat

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Split cuts a canonical text into pieces of at most limit, as measured by size (Units for Telegram,
// bytes for others; the size of two strings together is the sum of their sizes). Pieces put together give
// the text again. It cuts where a reader would: after a blank line, a line, a sentence or a word, before a
// link, a mention or code rather than inside, inside only where it does not fit a piece, and never inside
// what is seen as one character. A character larger than limit is a piece of its own. Pieces are canonical.
// Its time grows with the length of the text and the number of pieces that a span reaches into.
func (t Text) Split(limit int, size func(string) int) []Text {
	whole := t.wholeSpans()
	var cuts []int
	for at := 0; at < len(t.Plain); {
		for len(whole) > 0 && whole[0].to <= at {
			whole = whole[1:]
		}
		at = nextCut(t.Plain, at, limit, size, whole)
		cuts = append(cuts, at)
	}
	return t.cut(cuts)
}

// stretch is a range of bytes.
type stretch struct{ from, to int }

// nextCut returns where the piece that begins at start ends. whole are the stretches from there on that
// are better not cut, in order.
func nextCut(s string, start, limit int, size func(string) int, whole []stretch) int {
	end, used := start, 0 // the last character boundary within limit
	for end < len(s) {
		next := end + firstCharacter(s[end:])
		n := size(s[end:next])
		if used+n > limit {
			break
		}
		end, used = next, used+n
	}
	switch {
	case end == len(s):
		return end
	case end == start:
		return start + firstCharacter(s[start:])
	}
	least := start + (end-start)/3 // pieces shorter than that look torn
	if at := niceCut(s, start, end, least, whole); at > 0 {
		return at
	}
	in, ok := stretchAround(end, whole)
	if !ok {
		return end
	}
	before := boundaryBefore(s, start, in.from)
	if before > start && (before > least || size(s[in.from:in.to]) <= limit) {
		return before
	}
	if at := niceCut(s, start, end, least, nil); at > 0 {
		return at
	}
	return end
}

// niceCut returns the last offset in (least, end] behind a blank line, else a line, a sentence or a word,
// that is in none of the stretches; 0 if there is none.
func niceCut(s string, start, end, least int, whole []stretch) int {
	for _, mark := range []string{"\n\n", "\n", ". ", " "} {
		for to := end; ; {
			i := strings.LastIndex(s[start:to], mark)
			at := start + i + len(mark)
			if i < 0 || at <= least {
				break
			}
			if _, in := stretchAround(at, whole); !in && isBoundary(s, at) {
				return at
			}
			to = at - 1
		}
	}
	return 0
}

// stretchAround returns the stretch that an offset is truly inside of.
func stretchAround(at int, whole []stretch) (stretch, bool) {
	i, _ := slices.BinarySearchFunc(whole, at+1, func(w stretch, at int) int { return cmp.Compare(w.to, at) })
	if i < len(whole) && whole[i].from < at {
		return whole[i], true
	}
	return stretch{}, false
}

// boundaryBefore returns the last boundary between characters that is at most at.
func boundaryBefore(s string, start, at int) int {
	for start < at {
		next := start + firstCharacter(s[start:])
		if next > at {
			break
		}
		start = next
	}
	return start
}

// isBoundary tells whether no mark or joiner behind a space or a line's end belongs to it.
func isBoundary(s string, at int) bool {
	next, _ := utf8.DecodeRuneInString(s[at:])
	return at == len(s) || next != zeroWidthJoiner && !isExtending(next)
}

// wholeSpans returns the stretches of the spans that are better not cut, in order and without overlaps.
func (t Text) wholeSpans() []stretch {
	var units []stretch
	for _, s := range t.Spans {
		if s.Style == Hyperlink || s.Style == Mention || s.Style == Cite || s.Style == Code || s.Style == Pre {
			units = append(units, stretch{s.Start, s.End})
		}
	}
	if len(units) == 0 {
		return nil
	}
	slices.SortFunc(units, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	var out []stretch
	at, offset := 0, 0 // a unit and its byte
	advance := func(to int) int {
		if to > at {
			offset += advanceBytes(t.Plain[offset:], to-at)
			at = to
		}
		return offset
	}
	for _, u := range units {
		if n := len(out); u.from < at && n > 0 { // overlaps the one before: they are one
			out[n-1].to = advance(u.to)
			continue
		}
		from := advance(u.from)
		out = append(out, stretch{from, advance(u.to)})
	}
	return out
}

// cut returns the pieces that end at the byte offsets, each with the spans that reach into it.
func (t Text) cut(ends []int) []Text {
	var out []Text
	var open []Span // those that reach into the piece
	spans := t.Spans
	from, start := 0, 0
	for _, to := range ends {
		end := start + Units(t.Plain[from:to])
		for len(spans) > 0 && spans[0].Start < end {
			open, spans = append(open, spans[0]), spans[1:]
		}
		piece := Text{Plain: t.Plain[from:to]}
		for _, s := range open {
			if a, b := max(s.Start, start), min(s.End, end); a < b {
				piece.Spans = append(piece.Spans, Span{Start: a - start, End: b - start, Style: s.Style, Value: s.Value})
			}
		}
		out = append(out, piece)
		open = slices.DeleteFunc(open, func(s Span) bool { return s.End <= end })
		from, start = to, end
	}
	return out
}

// maxCharacter bounds how many bytes may count as one character, so that a text of nothing but
// combining marks can still be cut.
const maxCharacter = 128

// firstCharacter returns the number of bytes of what a reader sees as the first character of s: a letter
// with its marks, an emoji with its joiners and skin tones, a flag. It follows the grapheme clusters of
// Unicode UAX #29 as far as chats need them.
func firstCharacter(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r < utf8.RuneSelf && (n == len(s) || s[n] < utf8.RuneSelf) && r != '\r' {
		return n // plain letters are most of what is written
	}
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
		r == 0x200C || r == 0xFF9E || r == 0xFF9F || // non-joiner, halfwidth katakana marks
		(r >= 0x1F3FB && r <= 0x1F3FF) || // skin tones
		(r >= 0xE0020 && r <= 0xE007F) // tags of regional flags
}
