package relay

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/potluck-chat/potluck/core/chat"
)

// change puts other words in the place of the units [start, end) of a text, and a span over them if style is set.
type change struct {
	start, end int
	words      string
	style      chat.Style
	value      string
}

// changed returns the text with the changes, which are in order and do not overlap. Spans grow and shrink with the words
// below them; those of a style that a change has put words under go, where they lie within it.
func changed(t chat.Text, changes []change) chat.Text {
	if len(changes) == 0 {
		return t
	}
	var out strings.Builder
	unit, next := 0, 0
	for _, r := range t.Plain {
		for next < len(changes) && changes[next].start == unit {
			out.WriteString(changes[next].words)
			if changes[next].end > unit {
				break
			}
			next++ // it takes nothing away, another may begin here
		}
		if next < len(changes) && unit >= changes[next].start {
			if unit += utf16.RuneLen(r); unit >= changes[next].end {
				next++
			}
			continue
		}
		out.WriteRune(r)
		unit += utf16.RuneLen(r)
	}
	for ; next < len(changes); next++ {
		if changes[next].start >= unit {
			out.WriteString(changes[next].words)
		}
	}
	return chat.Text{Plain: out.String(), Spans: moved(t.Spans, changes)}.Normal()
}

// moved returns the spans where the changes have put them.
func moved(spans []chat.Span, changes []change) []chat.Span {
	var out []chat.Span
	for _, s := range spans {
		if s.Style == chat.Mention && slices.ContainsFunc(changes, func(c change) bool { return c.start <= s.Start && s.End <= c.end }) {
			continue
		}
		s.Start, s.End = place(s.Start, changes, false), place(s.End, changes, true)
		if s.Start < s.End {
			out = append(out, s)
		}
	}
	for i, c := range changes {
		if c.style == "" {
			continue
		}
		start := place(c.start, changes[:i], false)
		out = append(out, chat.Span{Start: start, End: start + chat.Units(c.words), Style: c.style, Value: c.value})
	}
	return out
}

// place returns where a unit is after the changes; one that a change takes away moves to its end, or to its beginning.
func place(unit int, changes []change, end bool) int {
	moved := unit
	for _, c := range changes {
		switch {
		case c.end <= unit:
			moved += chat.Units(c.words) - (c.end - c.start)
		case c.start < unit && end:
			moved += chat.Units(c.words) - (unit - c.start)
		case c.start < unit:
			moved -= unit - c.start
		}
	}
	return moved
}
