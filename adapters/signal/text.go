package signal

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxBody is the most UTF-16 units of a message that are read. The clients stop at 64 KiB.
const maxBody = 70_000

// styleOf is the style that Signal's name means; empty for NONE and for what is not known.
func styleOf(name string) chat.Style {
	switch name {
	case "BOLD":
		return chat.Bold
	case "ITALIC":
		return chat.Italic
	case "STRIKETHROUGH":
		return chat.Strike
	case "SPOILER":
		return chat.Spoiler
	case "MONOSPACE":
		return chat.Code
	}
	return ""
}

// readText makes a canonical text of a body with its ranges: mentions become "@" and what called says.
// Ranges that make no sense are ignored.
func readText(body string, mentions []mention, styles []textStyle, called func(aci string) string) chat.Text {
	units := utf16.Encode([]rune(strings.ToValidUTF8(body, "\uFFFD")))
	units = units[:min(len(units), maxBody)]
	mentions = slices.DeleteFunc(slices.Clone(mentions), func(m mention) bool {
		return !isACI(m.UUID) || m.Start < 0 || m.Length <= 0 || m.Length > len(units) || m.Start > len(units)-m.Length
	})
	slices.SortStableFunc(mentions, func(a, b mention) int { return a.Start - b.Start })

	var out []uint16
	var spans []chat.Span
	var moves []move
	from := 0
	for _, m := range mentions[:min(len(mentions), chat.MaxSpans)] {
		if m.Start < from {
			continue // lies in the one before
		}
		out = append(out, units[from:m.Start]...)
		word := utf16.Encode([]rune("@" + called(m.UUID)))
		spans = append(spans, chat.Span{
			Start: len(out), End: len(out) + len(word), Style: chat.Mention, Value: identity(m.UUID).String(),
		})
		out = append(out, word...)
		from = m.Start + m.Length
		moves = append(moves, move{m.Start, from, len(word)})
	}
	out = append(out, units[from:]...)
	for _, s := range styles[:min(len(styles), chat.MaxSpans)] {
		style := styleOf(s.Style)
		if style == "" || s.Start < 0 || s.Length <= 0 || s.Start >= len(units) {
			continue
		}
		end := s.Start + min(s.Length, len(units)-s.Start)
		spans = append(spans, chat.Span{Start: moved(moves, s.Start, false), End: moved(moves, end, true), Style: style})
	}
	return chat.Text{Plain: string(utf16.Decode(out)), Spans: spans}.Normal()
}

// move is a range of units that became so many others.
type move struct{ start, end, length int }

// moved returns where a position has gone; one inside a moved range goes to its beginning or its end.
func moved(moves []move, at int, toEnd bool) int {
	shift := 0
	for _, m := range moves {
		switch {
		case at >= m.end:
			shift += m.length - (m.end - m.start)
		case at > m.start && toEnd:
			return m.start + shift + m.length
		case at > m.start:
			return m.start + shift
		}
	}
	return at + shift
}

// shorten cuts a quote to what a chat.Reply may have.
func shorten(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit-1]) + "…"
}

// shortenUnits cuts a text to so many UTF-16 units, never within a character.
func shortenUnits(s string, limit int) string {
	if chat.Units(s) <= limit {
		return s
	}
	head := s[:min(len(s), 8*limit)] // more than the piece can have, whatever it is written in
	return chat.Plain(head).Split(limit-1, chat.Units)[0].Plain + "…"
}

// oneLine folds white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
