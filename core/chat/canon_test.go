package chat

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func allStyles() []Style {
	return []Style{Quote, Hyperlink, Mention, Cite, Bold, Italic, Underline, Strike, Spoiler, Code, Pre}
}

// wildText makes a text of fuzzed bytes: three bytes a span, and some bounds that no platform should send.
func wildText(plain string, raw []byte) Text {
	t := Text{Plain: plain}
	styles := append(allStyles(), "blink")
	for ; len(raw) >= 3; raw = raw[3:] {
		s := Span{Start: int(raw[0]) - 4, End: int(raw[0]) - 4 + int(raw[1]%32), Style: styles[int(raw[2]>>2)%len(styles)]}
		s.Value = []string{"", "https://a.b", "https://c.d", "telegram:7"}[raw[2]&3]
		switch raw[1] {
		case 255:
			s.End = 1<<63 - 1
		case 254:
			s.Start, s.End = -1<<63, 1<<63-1
		case 253:
			s.Start = 1 << 62
		}
		t.Spans = append(t.Spans, s)
	}
	return t
}

// randomText makes a text whose spans cross in all ways.
func randomText(r *rand.Rand, length, spans int) Text {
	letters := []string{"a", "b", " ", "\n", "é", "漢", "🍞", "👩‍👩‍👧", "🇩🇪", "e\u0301", "1\uFE0F\u20E3", "\uFFFC", ". ", "\n\n"}
	var b strings.Builder
	for range length {
		b.WriteString(letters[r.IntN(len(letters))])
	}
	raw := make([]byte, 3*spans)
	for i := range raw {
		raw[i] = byte(r.IntN(256))
	}
	return wildText(b.String(), raw)
}

// canonError tells what keeps a text from being canonical.
func canonError(t Text) error {
	if !utf8.ValidString(t.Plain) {
		return fmt.Errorf("invalid UTF-8")
	}
	if t.Spans != nil && len(t.Spans) == 0 || len(t.Spans) > MaxSpans {
		return fmt.Errorf("%d spans, nil: %v", len(t.Spans), t.Spans == nil)
	}
	units := utf16.Encode([]rune(t.Plain))
	halved := func(at int) bool { return at > 0 && at < len(units) && units[at] >= 0xDC00 && units[at] <= 0xDFFF }
	for i, s := range t.Spans {
		if s.Start < 0 || s.Start >= s.End || s.End > len(units) || halved(s.Start) || halved(s.End) {
			return fmt.Errorf("bounds of %+v in %d units", s, len(units))
		}
		if i > 0 && compareSpans(t.Spans[i-1], s) >= 0 {
			return fmt.Errorf("order of %+v, %+v", t.Spans[i-1], s)
		}
		for _, o := range t.Spans[i+1:] {
			if err := pairError(s, o); err != nil {
				return fmt.Errorf("%w: %+v, %+v", err, s, o)
			}
		}
	}
	return nil
}

// pairError tells what is wrong with two spans of which a stands first.
func pairError(a, b Span) error {
	hard := func(s Span) bool { return s.Style == Code || s.Style == Pre }
	link := func(s Span) bool { return s.Style == Hyperlink || s.Style == Mention || s.Style == Cite }
	switch {
	case b.Start >= a.End:
		return nil
	case b.End > a.End:
		return fmt.Errorf("spans cross")
	case depth(b.Style) <= depth(a.Style):
		return fmt.Errorf("an outer style inside an inner one")
	case hard(a), hard(b) && a.Style != Quote:
		return fmt.Errorf("code has company")
	case link(a) && link(b):
		return fmt.Errorf("links overlap")
	}
	return nil
}

// stylesAt returns for each unit the styles, with their values, that lie on it.
func stylesAt(t Text, length int) []map[string]bool {
	out := make([]map[string]bool, length)
	for i := range out {
		out[i] = make(map[string]bool)
	}
	for _, s := range t.Spans {
		for u := max(s.Start, 0); u < min(s.End, length); u++ {
			out[u][string(s.Style)+"="+s.Value] = true
		}
	}
	return out
}

func hasStyle(m map[string]bool, styles ...Style) bool {
	for k := range m {
		name, _, _ := strings.Cut(k, "=")
		if slices.Contains(styles, Style(name)) {
			return true
		}
	}
	return false
}

// keptError compares what Normal made of a text, unit by unit, with what it was: block quotes and simple
// styles stay but for simple ones inside code; of code and links nothing appears that was not there.
func keptError(before, after Text) error {
	n := after.Len()
	was, is := stylesAt(before, n), stylesAt(after, n)
	units := utf16.Encode([]rune(after.Plain))
	for u := range n {
		pair := units[u] >= 0xD800 && units[u] <= 0xDFFF // half a pair may have lost its half a style
		for k := range is[u] {
			name, _, _ := strings.Cut(k, "=")
			if !was[u][k] && !hasStyle(was[u], Style(name)) {
				return fmt.Errorf("unit %d has got %s", u, k)
			}
		}
		for _, style := range []Style{Quote, Bold, Italic, Underline, Strike, Spoiler} {
			if hasStyle(was[u], style) && !hasStyle(is[u], style, Code, Pre) && !pair {
				return fmt.Errorf("unit %d has lost %s", u, style)
			}
		}
		if hasStyle(was[u], Code, Pre) && !hasStyle(is[u], Code, Pre) && !pair && !overlapsCode(before, u) {
			return fmt.Errorf("unit %d has lost its code", u)
		}
	}
	return nil
}

// overlapsCode tells whether a code that covers the unit overlaps another code.
func overlapsCode(t Text, u int) bool {
	for i, a := range t.Spans {
		if a.Style != Code && a.Style != Pre || u < a.Start || u >= a.End {
			continue
		}
		for j, b := range t.Spans {
			if i != j && (b.Style == Code || b.Style == Pre) && a.Start < b.End && b.Start < a.End {
				return true
			}
		}
	}
	return false
}

func checkNormal(t *testing.T, in Text) {
	t.Helper()
	spans := slices.Clone(in.Spans)
	got := in.Normal()
	if !slices.Equal(spans, in.Spans) {
		t.Fatalf("Normal has changed its own text's spans")
	}
	if err := canonError(got); err != nil {
		t.Fatalf("Normal(%+v) = %+v: %v", in, got, err)
	}
	if again := got.Normal(); !reflect.DeepEqual(again, got) {
		t.Fatalf("Normal twice:\n%+v\n%+v", got, again)
	}
	if len(in.Spans) < MaxSpans && len(got.Spans) < MaxSpans {
		if err := keptError(Text{Plain: got.Plain, Spans: in.Spans}, got); err != nil {
			t.Fatalf("Normal(%+v) = %+v: %v", in, got, err)
		}
	}
}
