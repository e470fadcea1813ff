package chat

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func plains(texts []Text) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t.Plain)
	}
	return out
}

func bytesOf(s string) int { return len(s) }

func TestSplitTable(t *testing.T) {
	tests := map[string]struct {
		plain string
		spans []Span
		limit int
		want  []string
	}{
		"empty":                        {"", nil, 5, nil},
		"at the limit":                 {"abcde", nil, 5, []string{"abcde"}},
		"one over":                     {"abcdef", nil, 5, []string{"abcde", "f"}},
		"a word":                       {"ab cd ef", nil, 6, []string{"ab cd ", "ef"}},
		"a sentence before a word":     {"ab. cd ef gh", nil, 8, []string{"ab. ", "cd ef gh"}},
		"a line before a sentence":     {"abc\nd. ef gh", nil, 8, []string{"abc\n", "d. ef gh"}},
		"a blank line before a line":   {"abcd\n\nef\ngh ij", nil, 10, []string{"abcd\n\n", "ef\ngh ij"}},
		"no torn little piece":         {"a bcdefghijklm", nil, 9, []string{"a bcdefgh", "ijklm"}},
		"carriage return and newline":  {"abcd\r\nef", nil, 5, []string{"abcd", "\r\nef"}},
		"a pair":                       {"aaa🍞", nil, 4, []string{"aaa", "🍞"}},
		"a family stays together":      {"aa👩‍👩‍👧b", nil, 9, []string{"aa", "👩‍👩‍👧b"}},
		"a flag":                       {"🇩🇪🇫🇷", nil, 6, []string{"🇩🇪", "🇫🇷"}},
		"a keycap":                     {"aa1\uFE0F\u20E3", nil, 4, []string{"aa", "1\uFE0F\u20E3"}},
		"a skin tone":                  {"aa👍🏽", nil, 4, []string{"aa", "👍🏽"}},
		"a letter with marks":          {"aae\u0301\u0302", nil, 4, []string{"aa", "e\u0301\u0302"}},
		"a space with a mark":          {"aaaa \u0301b", nil, 6, []string{"aaaa \u0301", "b"}},
		"a flag of tags":               {"a🏴\U000E0067\U000E0062\U000E007Fb", nil, 9, []string{"a🏴\U000E0067\U000E0062\U000E007F", "b"}},
		"a character over the limit":   {"a👩‍👩‍👧b", nil, 3, []string{"a", "👩‍👩‍👧", "b"}},
		"no limit at all":              {"a🍞", nil, 0, []string{"a", "🍞"}},
		"before a link":                {"ab cd efgh", []Span{{3, 10, Hyperlink, "https://a.b"}}, 8, []string{"ab ", "cd efgh"}},
		"before a link without space":  {"abcdefgh", []Span{{1, 8, Hyperlink, "https://a.b"}}, 7, []string{"a", "bcdefgh"}},
		"a link over the limit":        {"abcdefgh", []Span{{0, 8, Hyperlink, "https://a.b"}}, 5, []string{"abcde", "fgh"}},
		"code over the limit, by line": {"ab\ncd\nefgh", []Span{{0, 10, Pre, ""}}, 7, []string{"ab\ncd\n", "efgh"}},
		"mention":                      {"abc @ana x", []Span{{4, 8, Mention, ""}}, 6, []string{"abc ", "@ana x"}},
		"bold may be cut":              {"abcdefgh", []Span{{0, 8, Bold, ""}}, 5, []string{"abcde", "fgh"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := Text{Plain: tt.plain, Spans: tt.spans}
			if diff := cmp.Diff(tt.want, plains(in.Split(tt.limit, Units))); diff != "" {
				t.Errorf("pieces (-want +got):\n%s", diff)
			}
			checkSplit(t, in, tt.limit, Units)
		})
	}
}

func TestSplitCutsSpansWithTheText(t *testing.T) {
	in := Text{Plain: "🍞 bread and soup", Spans: []Span{{0, 17, Quote, ""}, {3, 12, Bold, ""}, {13, 17, Hyperlink, "https://a.b"}, {13, 17, Italic, ""}}}
	want := []Text{
		{Plain: "🍞 bread ", Spans: []Span{{0, 9, Quote, ""}, {3, 9, Bold, ""}}},
		{Plain: "and soup", Spans: []Span{{0, 8, Quote, ""}, {0, 3, Bold, ""}, {4, 8, Hyperlink, "https://a.b"}, {4, 8, Italic, ""}}},
	}
	if diff := cmp.Diff(want, in.Split(10, Units)); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
}

func TestSplitAtTelegramsLimit(t *testing.T) {
	for _, n := range []int{4095, 4096, 4097, 8192, 8193} {
		for _, letter := range []string{"a", "🍞", "👩‍👩‍👧"} {
			in := Plain(strings.Repeat(letter, n/Units(letter)))
			in = in.Append(Plain(strings.Repeat("x", n-in.Len())))
			checkSplit(t, in, 4096, Units)
			if got, atLeast := len(in.Split(4096, Units)), (n+4095)/4096; letter != "👩‍👩‍👧" && got != atLeast {
				t.Errorf("%d units of %q become %d pieces, want %d", n, letter, got, atLeast)
			}
		}
	}
}

// checkSplit checks everything that Split promises.
func checkSplit(t *testing.T, in Text, limit int, size func(string) int) {
	t.Helper()
	pieces := in.Split(limit, size)
	var joined strings.Builder
	at := 0
	for i, p := range pieces {
		if n := size(p.Plain); n > limit && firstCharacter(p.Plain) != len(p.Plain) {
			t.Fatalf("piece %d of %+v has %d, over %d: %q", i, in, n, limit, p.Plain)
		}
		if !utf8.ValidString(p.Plain) || p.Plain == "" {
			t.Fatalf("piece %d of %q is %q", i, in.Plain, p.Plain)
		}
		if err := canonError(p); err != nil {
			t.Fatalf("piece %d of %+v, %+v: %v", i, in, p, err)
		}
		if diff := cmp.Diff(in.Slice(at, at+p.Len()), p); diff != "" {
			t.Fatalf("piece %d of %+v (-slice +piece):\n%s", i, in, diff)
		}
		at += p.Len()
		joined.WriteString(p.Plain)
		if i+1 < len(pieces) {
			checkCut(t, in, at, joined.Len(), limit, size)
		}
	}
	if joined.String() != in.Plain {
		t.Fatalf("pieces of %q put together: %q", in.Plain, joined.String())
	}
}

// checkCut checks that a cut breaks no character, and no whole span that would have fitted.
func checkCut(t *testing.T, in Text, unit, offset, limit int, size func(string) int) {
	t.Helper()
	for _, whole := range []string{"👩‍👩‍👧", "🇩🇪", "e\u0301", "1\uFE0F\u20E3", "🍞", "\r\n"} {
		if strings.Count(in.Plain[:offset], whole)+strings.Count(in.Plain[offset:], whole) < strings.Count(in.Plain, whole) &&
			!strings.Contains(whole, "🇩🇪") { // of flags in a row only the first ones are told apart
			t.Fatalf("%q is cut in %q at %d", whole, in.Plain, offset)
		}
	}
	for _, s := range in.Spans {
		if s.Style != Hyperlink && s.Style != Mention && s.Style != Code && s.Style != Pre {
			continue
		}
		from, to := len(in.Slice(0, s.Start).Plain), len(in.Slice(0, s.End).Plain)
		if boundaryBefore(in.Plain, 0, from) != from || boundaryBefore(in.Plain, 0, to) != to {
			continue // it begins or ends inside a character, and there it may be cut
		}
		if s.Start < unit && unit < s.End && size(in.Slice(s.Start, s.End).Plain) <= limit {
			t.Fatalf("%+v fits into %d but is cut at %d in %q", s, limit, unit, in.Plain)
		}
	}
}

func TestSplitOfRandomTexts(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		in := randomText(r, 1+r.IntN(80), r.IntN(12)).Normal()
		checkSplit(t, in, 1+r.IntN(40), Units)
		checkSplit(t, in, 1+r.IntN(60), bytesOf)
	}
}

func TestSplitStaysLinear(t *testing.T) {
	many := func(n, length int, style Style) []Span {
		var out []Span
		for i := range n {
			out = append(out, Span{Start: i * length / n, End: i*length/n + length/n - 1, Style: style, Value: "https://a.b"})
		}
		return out
	}
	const mega = 1_000_000
	tests := map[string]Text{
		"letters":          Plain(strings.Repeat("a", mega)),
		"spaces":           Plain(strings.Repeat(" ", mega)),
		"lines":            Plain(strings.Repeat("\n", mega)),
		"marks":            Plain("a" + strings.Repeat("\u0301", mega/2)),
		"joiners":          Plain(strings.Repeat("\u200D", mega/3)),
		"flags":            Plain(strings.Repeat("🇩🇪", mega/8)),
		"one code":         {Plain: strings.Repeat("a ", mega/2), Spans: many(1, mega, Pre)},
		"code without end": {Plain: strings.Repeat("a", mega), Spans: []Span{{1, mega, Pre, ""}}},
		"10,000 links":     {Plain: strings.Repeat("a b\n", mega/4), Spans: many(10_000, mega, Hyperlink)},
		"10,000 bold":      {Plain: strings.Repeat("🍞a b\n", mega/8), Spans: many(10_000, mega/8*6, Bold)},
		"overlapping":      {Plain: strings.Repeat("a ", mega/2), Spans: slices.Repeat([]Span{{0, mega, Hyperlink, "https://a.b"}}, 1000)},
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			for _, limit := range []int{4096, 60} {
				start := time.Now()
				pieces := in.Split(limit, Units)
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("%d bytes and %d spans in %d pieces took %s", len(in.Plain), len(in.Spans), len(pieces), took)
				}
				if strings.Join(plains(pieces), "") != in.Plain {
					t.Error("the pieces are not the text")
				}
				if name == "overlapping" {
					break // every piece has all spans
				}
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("a🍞b 👩‍👩‍👧 c\n\nd. e\r\n", []byte{4, 3, 4, 5, 9, 32, 9, 20, 4}, 7)
	f.Add(" \u0301 \u0301\n\u0301", []byte{}, 2)
	f.Fuzz(func(t *testing.T, plain string, raw []byte, limit int) {
		if len(plain) > 2000 || len(raw) > 100 {
			t.Skip()
		}
		in := wildText(plain, raw).Normal()
		checkSplit(t, in, limit%200, Units)
		checkSplit(t, in, limit%200, bytesOf)
	})
}
