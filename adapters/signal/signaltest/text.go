package signaltest

import (
	"sort"
	"unicode/utf16"

	"github.com/potluck-chat/potluck/core/chat"
)

// placeholder stands in a body where a mention is.
const placeholder = "\uFFFC"

// styleOf is what a text style looks like; NONE looks like nothing.
func styleOf(name string) (style chat.Style, known bool) {
	switch name {
	case "NONE":
		return "", true
	case "BOLD":
		return chat.Bold, true
	case "ITALIC":
		return chat.Italic, true
	case "SPOILER":
		return chat.Spoiler, true
	case "STRIKETHROUGH":
		return chat.Strike, true
	case "MONOSPACE":
		return chat.Code, true
	}
	return "", false
}

// styleName is the reverse of styleOf; empty for what nobody can type in Signal.
func styleName(style chat.Style) string {
	switch style {
	case chat.Bold:
		return "BOLD"
	case chat.Italic:
		return "ITALIC"
	case chat.Spoiler:
		return "SPOILER"
	case chat.Strike:
		return "STRIKETHROUGH"
	case chat.Code, chat.Pre:
		return "MONOSPACE"
	}
	return ""
}

// cut is a range of UTF-16 units and what comes in its place.
type cut struct {
	start, end int
	with       []uint16
}

// splice replaces the cuts, which neither overlap nor leave the text, and returns how positions move: one
// within a cut goes to its beginning or, if atEnd, behind it.
func splice(text string, cuts []cut) (string, func(at int, atEnd bool) int) {
	sort.Slice(cuts, func(i, j int) bool { return cuts[i].start < cuts[j].start })
	units := utf16.Encode([]rune(text))
	var out []uint16
	from := 0
	for _, c := range cuts {
		out = append(append(out, units[from:c.start]...), c.with...)
		from = c.end
	}
	out = append(out, units[from:]...)
	return string(utf16.Decode(out)), func(at int, atEnd bool) int {
		moved := at
		for _, c := range cuts {
			switch {
			case at >= c.end:
				moved += len(c.with) - (c.end - c.start)
			case at > c.start && atEnd:
				return moved - (at - c.start) + len(c.with)
			case at > c.start:
				return moved - (at - c.start)
			}
		}
		return moved
	}
}

// shownText is what the phones make of a body: mentions get names, ranges that make no sense are ignored.
// The lock is held.
func (s *Server) shownText(body string, mentions []mention, styles []textStyle) chat.Text {
	size := chat.Units(body)
	var cuts []cut
	var spans []chat.Span
	taken := make([]bool, size)
	for _, m := range mentions {
		p := s.people[m.UUID]
		if p == nil || m.Length <= 0 || m.Start < 0 || m.Start+m.Length > size || taken[m.Start] || taken[m.Start+m.Length-1] {
			continue
		}
		for i := m.Start; i < m.Start+m.Length; i++ {
			taken[i] = true
		}
		cuts = append(cuts, cut{m.Start, m.Start + m.Length, utf16.Encode([]rune("@" + p.Name))})
		spans = append(spans, chat.Span{
			Start: m.Start, End: m.Start + m.Length, Style: chat.Mention,
			Value: chat.Identity{Platform: chat.Signal, ID: p.ACI}.String(),
		})
	}
	for _, t := range styles {
		style, _ := styleOf(t.Style)
		end := min(t.Start+t.Length, size)
		if style == "" || t.Start < 0 || end <= t.Start {
			continue
		}
		spans = append(spans, chat.Span{Start: t.Start, End: end, Style: style})
	}
	plain, moved := splice(body, cuts)
	for i := range spans {
		spans[i].Start, spans[i].End = moved(spans[i].Start, false), moved(spans[i].End, true)
	}
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].Start < spans[j].Start })
	return chat.Text{Plain: plain, Spans: spans}
}

// typed is what a person's client sends for a text: what Signal has no style for is sent without. The
// lock is held.
func (s *Server) typed(t chat.Text) (body string, mentions []mention, styles []textStyle) {
	size := t.Len()
	var cuts []cut
	var who []*person
	end := 0
	spans := append([]chat.Span(nil), t.Spans...)
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].Start < spans[j].Start })
	for _, sp := range spans {
		id, err := chat.ParseIdentity(sp.Value)
		if sp.Style != chat.Mention || err != nil || sp.Start < end || sp.End <= sp.Start || sp.End > size {
			continue
		}
		p := s.people[id.ID]
		if p == nil {
			continue
		}
		end = sp.End
		cuts = append(cuts, cut{sp.Start, sp.End, utf16.Encode([]rune(placeholder))})
		who = append(who, p)
	}
	body, moved := splice(t.Plain, cuts)
	for i, p := range who {
		mentions = append(mentions, p.mention(moved(cuts[i].start, false), 1))
	}
	for _, sp := range spans {
		name := styleName(sp.Style)
		if name == "" || sp.Start < 0 || sp.End > size || sp.End <= sp.Start {
			continue
		}
		start := moved(sp.Start, false)
		styles = append(styles, textStyle{Style: name, Start: start, Length: moved(sp.End, true) - start})
	}
	return body, mentions, styles
}
