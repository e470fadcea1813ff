package demo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/potluck-chat/potluck/core/chat"
)

// The bounds that keep parse linear in what people type: how far a closing mark is looked for, and how
// deep marks nest.
const (
	maxMarked = 2000
	maxNested = 5
)

// mark is one pair of signs and what it does.
type mark struct {
	sign  string
	style chat.Style
}

func marks() []mark {
	return []mark{{"||", chat.Spoiler}, {"*", chat.Bold}, {"_", chat.Italic}, {"~", chat.Strike}, {"`", chat.Code}}
}

// parse reads what a visitor types: *bold*, _italic_, ~strike~, `code` and ||spoiler||. A sign counts only
// at the edge of a word and with its partner in the same line; everything else, and every command, stays as
// typed. The text is canonical.
func parse(s string) chat.Text {
	plain := chat.Plain(s)
	if chat.LooksLikeCommand(plain) {
		return plain
	}
	return parseDepth(plain.Plain, 0).Normal()
}

func parseDepth(s string, depth int) chat.Text {
	var out chat.Text
	from := 0 // everything before is in out
	for i := 0; i < len(s); {
		m, inner, ok := markedAt(s, i)
		if !ok || depth == maxNested {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
			continue
		}
		body := chat.Plain(inner)
		if m.style != chat.Code {
			body = parseDepth(inner, depth+1)
		}
		out = out.Append(chat.Plain(s[from:i]), styled(m.style, body))
		i += 2*len(m.sign) + len(inner)
		from = i
	}
	return out.Append(chat.Plain(s[from:]))
}

// styled puts a style over all of a text.
func styled(style chat.Style, t chat.Text) chat.Text {
	t.Spans = append([]chat.Span{{Start: 0, End: t.Len(), Style: style}}, t.Spans...)
	return t
}

// markedAt returns the mark that opens at s[i:] and what stands between its signs.
func markedAt(s string, i int) (mark, string, bool) {
	for _, m := range marks() {
		if !strings.HasPrefix(s[i:], m.sign) {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(s[:i]); i > 0 && isWord(before) {
			return mark{}, "", false
		}
		start := i + len(m.sign)
		if n := closing(s[start:], m.sign); n > 0 {
			return m, s[start : start+n], true
		}
		return mark{}, "", false
	}
	return mark{}, "", false
}

// closing returns the length of what stands before the sign that closes, or 0.
func closing(s, sign string) int {
	first, _ := utf8.DecodeRuneInString(s)
	if s == "" || unicode.IsSpace(first) {
		return 0
	}
	line, _, _ := strings.Cut(s[:min(len(s), maxMarked)], "\n")
	for from := 0; ; {
		n := strings.Index(line[from:], sign)
		if n < 0 {
			return 0
		}
		at := from + n
		after, _ := utf8.DecodeRuneInString(s[at+len(sign):])
		last, _ := utf8.DecodeLastRuneInString(s[:at])
		if at > 0 && !unicode.IsSpace(last) && (at+len(sign) == len(s) || !isWord(after)) {
			return at
		}
		from = at + len(sign)
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// unparse writes a text with the signs that parse reads, for the transcript. Styles that have no sign are
// written without one.
func unparse(t chat.Text) string {
	var b strings.Builder
	sign := func(s chat.Span) {
		for _, m := range marks() {
			if m.style == s.Style {
				b.WriteString(m.sign)
			}
		}
	}
	t.Normal().Walk(sign, func(s string) { b.WriteString(s) }, sign)
	return b.String()
}
