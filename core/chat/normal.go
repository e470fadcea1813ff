package chat

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf16"
)

// MaxSpans is the most spans that Normal looks at, and the most it returns; further ones are dropped, the
// text stays.
const MaxSpans = 1000

// Normal returns the canonical form: valid UTF-8; spans within the text, not empty, never beginning or
// ending inside a surrogate pair; a tree in which a span lies wholly inside or outside of each other,
// ordered by start, then from the outermost to the innermost (the order of the Style constants); code and
// pre hold no other span and lie in nothing but a quote; hyperlinks and mentions do not overlap each other
// (the first wins) and are cut at the edges of quotes; quotes do not nest; touching spans of one style are one span. It is idempotent, so
// texts that mean the same compare equal after it. The rules are Telegram's (telegram-bot-api's
// fix_entities), the strictest of the platforms', except that a link across the edge of a quote is kept.
func (t Text) Normal() Text {
	t.Plain = strings.ToValidUTF8(t.Plain, "\uFFFD")
	if len(t.Spans) == 0 {
		return Text{Plain: t.Plain}
	}
	spans := clip(t.Plain, t.Spans)
	quotes := union(spans, Quote)
	code := cutAt(firstOf(spans, Pre, Code), edgesOf(quotes))
	links := cutAt(outside(firstOf(spans, Hyperlink, Mention, Cite), code), edgesOf(quotes))

	out := append(slices.Clip(quotes), links...)
	for _, style := range []Style{Bold, Italic, Underline, Strike, Spoiler} {
		edges := edgesOf(out)
		for _, s := range union(spans, style) {
			out = append(out, cutAt(without(s, code), edges)...)
		}
	}
	out = append(out, code...)
	slices.SortStableFunc(out, compareSpans)
	if len(out) == 0 {
		return Text{Plain: t.Plain}
	}
	// A span's edges come from spans that stand before it, so the first ones are canonical alone.
	return Text{Plain: t.Plain, Spans: out[:min(len(out), MaxSpans)]}
}

// depth orders styles from the outermost to the innermost; 0 = unknown style.
func depth(s Style) int {
	return 1 + slices.Index([]Style{Quote, Hyperlink, Mention, Cite, Bold, Italic, Underline, Strike, Spoiler, Code, Pre}, s)
}

func compareSpans(a, b Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(depth(a.Style), depth(b.Style)))
}

// clip returns the spans of known styles, cut to the text and to whole characters, in order.
func clip(plain string, spans []Span) []Span {
	spans = spans[:min(len(spans), MaxSpans)]
	var inside []int // units in the middle of a surrogate pair
	length := 0
	for _, r := range plain {
		if utf16.RuneLen(r) == 2 {
			inside = append(inside, length+1)
		}
		length += utf16.RuneLen(r)
	}
	var out []Span
	for _, s := range spans {
		s.Start, s.End = max(s.Start, 0), min(s.End, length)
		if _, cut := slices.BinarySearch(inside, s.Start); cut {
			s.Start++
		}
		if _, cut := slices.BinarySearch(inside, s.End); cut {
			s.End--
		}
		if s.Start >= s.End || depth(s.Style) == 0 || ((s.Style == Hyperlink || s.Style == Cite) && s.Value == "") {
			continue
		}
		if s.Style != Hyperlink && s.Style != Mention && s.Style != Cite && s.Style != Pre {
			s.Value = ""
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, compareSpans)
	return out
}

// union returns the spans of one style with overlapping and touching ones made one.
func union(spans []Span, style Style) []Span {
	var out []Span
	for _, s := range spans {
		if s.Style != style {
			continue
		}
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// firstOf returns the spans of the styles that do not overlap one before them; of those with the same
// start the earlier style wins. Touching spans with the same style and value are one.
func firstOf(spans []Span, styles ...Style) []Span {
	var of []Span
	for _, s := range spans {
		if slices.Contains(styles, s.Style) {
			of = append(of, s)
		}
	}
	slices.SortStableFunc(of, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(slices.Index(styles, a.Style), slices.Index(styles, b.Style)))
	})
	var out []Span
	for _, s := range of {
		n := len(out)
		if n > 0 && s.Start < out[n-1].End {
			continue
		}
		if n > 0 && s.Start == out[n-1].End && s.Style == out[n-1].Style && s.Value == out[n-1].Value && s.Style != Pre {
			out[n-1].End = s.End
			continue
		}
		out = append(out, s)
	}
	return out
}

// outside returns the spans that touch none of the others.
func outside(spans, others []Span) []Span {
	return slices.DeleteFunc(spans, func(s Span) bool {
		i, _ := slices.BinarySearchFunc(others, s.Start, func(o Span, start int) int { return cmp.Compare(o.End, start+1) })
		return i < len(others) && others[i].Start < s.End
	})
}

// without returns what is left of s outside the holes, which are in order.
func without(s Span, holes []Span) []Span {
	var out []Span
	for _, h := range holes {
		if h.End <= s.Start || h.Start >= s.End {
			continue
		}
		if h.Start > s.Start {
			out = append(out, Span{Start: s.Start, End: h.Start, Style: s.Style})
		}
		s.Start = h.End
	}
	if s.Start < s.End {
		out = append(out, s)
	}
	return out
}

// edgesOf returns where the spans begin and end, in order.
func edgesOf(spans []Span) []int {
	edges := make([]int, 0, 2*len(spans))
	for _, s := range spans {
		edges = append(edges, s.Start, s.End)
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// cutAt splits the spans at the edges of outer ones.
func cutAt(spans []Span, edges []int) []Span {
	if len(edges) == 0 {
		return spans
	}
	var out []Span
	for _, s := range spans {
		i, _ := slices.BinarySearch(edges, s.Start+1)
		for ; i < len(edges) && edges[i] < s.End; i++ {
			out = append(out, Span{Start: s.Start, End: edges[i], Style: s.Style, Value: s.Value})
			s.Start = edges[i]
		}
		out = append(out, s)
	}
	return out
}

// Walk visits a canonical text from left to right: enter and leave for each span in the order of the
// tree, text for the stretches between. Renderers of markup are three small functions over it.
func (t Text) Walk(enter func(Span), text func(string), leave func(Span)) {
	var open []Span
	at, offset := 0, 0
	advance := func(to int) {
		if to <= at {
			return
		}
		end := offset + advanceBytes(t.Plain[offset:], to-at)
		if end > offset {
			text(t.Plain[offset:end])
		}
		at, offset = to, end
	}
	closeUntil := func(pos int) {
		for len(open) > 0 && open[len(open)-1].End <= pos {
			last := open[len(open)-1]
			advance(last.End)
			leave(last)
			open = open[:len(open)-1]
		}
	}
	for _, s := range t.Spans {
		closeUntil(s.Start)
		advance(s.Start)
		enter(s)
		open = append(open, s)
	}
	closeUntil(t.Len())
	advance(t.Len())
}

// advanceBytes returns the bytes that the first units of s take.
func advanceBytes(s string, units int) int {
	for i, r := range s {
		if units <= 0 {
			return i
		}
		units -= utf16.RuneLen(r)
	}
	return len(s)
}
