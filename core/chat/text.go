package chat

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Style is what a span does to the text under it.
type Style string

// The styles, from the outermost to the innermost of the canonical tree.
const (
	Quote     Style = "quote"   // a block quotation
	Hyperlink Style = "link"    // Value = absolute URL
	Mention   Style = "mention" // Value = Identity.String of the one meant, empty = unknown
	// Cite leads to a message. A rule gives the MessageID as Value; the engine makes it the Ref.String of the message
	// where the reader can see it, and plain text where he cannot.
	Cite      Style = "cite"
	Bold      Style = "bold"
	Italic    Style = "italic"
	Underline Style = "underline"
	Strike    Style = "strike"
	Spoiler   Style = "spoiler"
	Code      Style = "code"
	Pre       Style = "pre" // a block of code; Value = its language, may be empty
)

// Span gives the text units [Start, End) a style. Units are UTF-16 code units, as Telegram and Signal
// count them.
type Span struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Style Style  `json:"style"`
	Value string `json:"value,omitempty"`
}

// Text is what a message says: plain text and the spans that style it. Adapters make it canonical with
// Normal when they receive; everything behind them may rely on that.
type Text struct {
	Plain string `json:"plain,omitempty"`
	Spans []Span `json:"spans,omitempty"`
}

// Plain returns s as a text without spans.
func Plain(s string) Text { return Text{Plain: strings.ToValidUTF8(s, "\uFFFD")} }

// Styled returns s with one style over all of it.
func Styled(style Style, s, value string) Text {
	t := Plain(s)
	if n := t.Len(); n > 0 {
		t.Spans = []Span{{Start: 0, End: n, Style: style, Value: value}}
	}
	return t
}

// IsEmpty tells whether the text has nothing but white space.
func (t Text) IsEmpty() bool { return strings.TrimSpace(t.Plain) == "" }

// Len returns the length in UTF-16 code units.
func (t Text) Len() int { return Units(t.Plain) }

// Units returns the length of s in UTF-16 code units; an invalid byte counts as the U+FFFD it becomes.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// Append returns the texts one after another.
func (t Text) Append(more ...Text) Text {
	var b strings.Builder
	b.WriteString(t.Plain)
	spans := append([]Span(nil), t.Spans...)
	at := t.Len()
	for _, m := range more {
		b.WriteString(m.Plain)
		for _, s := range m.Spans {
			spans = append(spans, Span{Start: s.Start + at, End: s.End + at, Style: s.Style, Value: s.Value})
		}
		at += m.Len()
	}
	return Text{Plain: b.String(), Spans: spans}
}

// Slice returns the units [start, end) with the spans that reach into it, cut to it. Bounds outside the
// text or within a surrogate pair move inwards.
func (t Text) Slice(start, end int) Text {
	from, start := t.byteAt(start, true)
	to, end := t.byteAt(end, false)
	if to <= from {
		return Text{}
	}
	out := Text{Plain: t.Plain[from:to]}
	for _, s := range t.Spans {
		a, b := max(s.Start, start), min(s.End, end)
		if a < b {
			out.Spans = append(out.Spans, Span{Start: a - start, End: b - start, Style: s.Style, Value: s.Value})
		}
	}
	return out
}

// Trim returns the text without white space at both ends.
func (t Text) Trim() Text {
	left := strings.TrimLeftFunc(t.Plain, unicode.IsSpace)
	body := strings.TrimRightFunc(left, unicode.IsSpace)
	start := Units(t.Plain[:len(t.Plain)-len(left)])
	return t.Slice(start, start+Units(body))
}

// byteAt returns the byte offset of a unit and the unit it really stands at; up tells where to go from
// the middle of a surrogate pair.
func (t Text) byteAt(unit int, up bool) (offset, at int) {
	for offset < len(t.Plain) && at < unit {
		r, size := utf8.DecodeRuneInString(t.Plain[offset:])
		n := utf16.RuneLen(r)
		if at+n > unit && !up {
			break
		}
		offset, at = offset+size, at+n
	}
	return offset, at
}
