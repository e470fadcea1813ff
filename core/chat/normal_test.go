package chat

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNormalTable(t *testing.T) {
	const link = "https://a.b"
	sp := func(a, b int, s Style, v ...string) Span {
		return Span{Start: a, End: b, Style: s, Value: strings.Join(v, "")}
	}
	tests := map[string]struct {
		plain    string
		in, want []Span
	}{
		"nothing":                     {"abc", nil, nil},
		"empty text":                  {"", []Span{sp(0, 1, Bold)}, nil},
		"zero length":                 {"abc", []Span{sp(1, 1, Bold)}, nil},
		"turned round":                {"abc", []Span{sp(2, 1, Bold)}, nil},
		"before and behind the text":  {"abc", []Span{sp(-5, 99, Bold)}, []Span{sp(0, 3, Bold)}},
		"wholly behind the text":      {"abc", []Span{sp(3, 9, Bold), sp(7, 9, Italic)}, nil},
		"overflowing bounds":          {"abc", []Span{sp(-1<<63, 1<<63-1, Bold)}, []Span{sp(0, 3, Bold)}},
		"unknown style":               {"abc", []Span{sp(0, 3, "blink")}, nil},
		"link to nowhere":             {"abc", []Span{sp(0, 3, Hyperlink)}, nil},
		"value on bold":               {"abc", []Span{sp(0, 3, Bold, "x")}, []Span{sp(0, 3, Bold)}},
		"starts inside a pair":        {"🍞a", []Span{sp(1, 3, Bold)}, []Span{sp(2, 3, Bold)}},
		"ends inside a pair":          {"a🍞", []Span{sp(0, 2, Bold)}, []Span{sp(0, 1, Bold)}},
		"only half a pair":            {"🍞", []Span{sp(1, 2, Bold), sp(0, 1, Bold)}, nil},
		"around an emoji":             {"🍞", []Span{sp(0, 2, Bold)}, []Span{sp(0, 2, Bold)}},
		"touching are one":            {"abcd", []Span{sp(2, 4, Bold), sp(0, 2, Bold)}, []Span{sp(0, 4, Bold)}},
		"identical ranges":            {"ab", []Span{sp(0, 2, Spoiler), sp(0, 2, Bold), sp(0, 2, Quote)}, []Span{sp(0, 2, Quote), sp(0, 2, Bold), sp(0, 2, Spoiler)}},
		"crossing styles are split":   {"abcdef", []Span{sp(2, 6, Bold), sp(0, 4, Italic)}, []Span{sp(0, 2, Italic), sp(2, 6, Bold), sp(2, 4, Italic)}},
		"quotes do not nest":          {"abcd", []Span{sp(0, 4, Quote), sp(1, 3, Quote)}, []Span{sp(0, 4, Quote)}},
		"code holds nothing":          {"abcd", []Span{sp(0, 4, Bold), sp(1, 3, Code)}, []Span{sp(0, 1, Bold), sp(1, 3, Code), sp(3, 4, Bold)}},
		"code in a quote":             {"abcd", []Span{sp(0, 4, Quote), sp(1, 3, Code)}, []Span{sp(0, 4, Quote), sp(1, 3, Code)}},
		"code across a quote's edge":  {"abcd", []Span{sp(2, 4, Quote), sp(1, 3, Code)}, []Span{sp(1, 2, Code), sp(2, 4, Quote), sp(2, 3, Code)}},
		"pre wins over code":          {"abcd", []Span{sp(0, 4, Code), sp(0, 3, Pre, "go")}, []Span{sp(0, 3, Pre, "go")}},
		"pre beside pre":              {"abcd", []Span{sp(0, 2, Pre), sp(2, 4, Pre)}, []Span{sp(0, 2, Pre), sp(2, 4, Pre)}},
		"strange language":            {"ab", []Span{sp(0, 2, Pre, `"><script>`)}, []Span{sp(0, 2, Pre, `"><script>`)}},
		"a link in code is no link":   {"abcd", []Span{sp(0, 4, Code), sp(1, 3, Hyperlink, link)}, []Span{sp(0, 4, Code)}},
		"first link wins":             {"abcd", []Span{sp(2, 4, Mention), sp(0, 3, Hyperlink, link)}, []Span{sp(0, 3, Hyperlink, link)}},
		"link beside the same link":   {"abcd", []Span{sp(0, 2, Hyperlink, link), sp(2, 4, Hyperlink, link)}, []Span{sp(0, 4, Hyperlink, link)}},
		"link beside another":         {"ab", []Span{sp(0, 1, Hyperlink, link), sp(1, 2, Hyperlink, "https://c.d")}, []Span{sp(0, 1, Hyperlink, link), sp(1, 2, Hyperlink, "https://c.d")}},
		"link across a quote's edge":  {"abcd", []Span{sp(2, 4, Quote), sp(1, 3, Hyperlink, link)}, []Span{sp(1, 2, Hyperlink, link), sp(2, 4, Quote), sp(2, 3, Hyperlink, link)}},
		"link around a quote":         {"abc", []Span{sp(1, 2, Quote), sp(0, 3, Hyperlink, link)}, []Span{sp(0, 1, Hyperlink, link), sp(1, 2, Quote), sp(1, 2, Hyperlink, link), sp(2, 3, Hyperlink, link)}},
		"bold around a link":          {"abc", []Span{sp(0, 3, Bold), sp(1, 2, Hyperlink, link)}, []Span{sp(0, 1, Bold), sp(1, 2, Hyperlink, link), sp(1, 2, Bold), sp(2, 3, Bold)}},
		"quote's edges at newlines":   {"a\nb\n", []Span{sp(1, 4, Quote)}, []Span{sp(1, 4, Quote)}},
		"a style over white space":    {" \n ", []Span{sp(0, 3, Bold)}, []Span{sp(0, 3, Bold)}},
		"every style at once, twice":  {"ab", slices.Concat(over2(2), over2(2)), []Span{sp(0, 2, Pre, "v")}},
		"a joiner is not a character": {"👩‍👧", []Span{sp(2, 3, Bold)}, []Span{sp(2, 3, Bold)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := Text{Plain: tt.plain, Spans: tt.in}
			if diff := cmp.Diff(Text{Plain: tt.plain, Spans: tt.want}, in.Normal()); diff != "" {
				t.Errorf("canonical form (-want +got):\n%s", diff)
			}
			if name != "value on bold" && !strings.Contains(name, "twice") {
				checkNormal(t, in)
			}
		})
	}
}

// over2 returns a span of every style over n units.
func over2(n int) []Span {
	var out []Span
	for _, s := range allStyles() {
		if s != Quote {
			out = append(out, Span{End: n, Style: s, Value: "v"})
		}
	}
	return out
}

func TestNormalRepairsUTF8(t *testing.T) {
	got := Text{Plain: "a\xffb", Spans: []Span{{Start: 1, End: 3, Style: Bold}}}.Normal()
	want := Text{Plain: "a\uFFFDb", Spans: []Span{{Start: 1, End: 3, Style: Bold}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNormalOfRandomTexts(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		checkNormal(t, randomText(r, 1+r.IntN(60), r.IntN(30)))
	}
}

func TestNormalBoundsItsWork(t *testing.T) {
	for name, spans := range map[string]int{"none": 0, "101": 101, "at the limit": MaxSpans, "over the limit": 10 * MaxSpans} {
		t.Run(name, func(t *testing.T) {
			in := Text{Plain: strings.Repeat("🍞a", 50_000)}
			styles := allStyles()
			for i := range spans {
				in.Spans = append(in.Spans, Span{Start: 3 * i, End: 3*i + 1000, Style: styles[i%len(styles)], Value: "https://a.b"})
			}
			start := time.Now()
			got := in.Normal()
			if took := time.Since(start); took > time.Second {
				t.Errorf("%d spans took %s", spans, took)
			}
			if err := canonError(got); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(got, got.Normal()); diff != "" {
				t.Errorf("not idempotent (-first +second):\n%.2000s", diff)
			}
		})
	}
}

func TestSpansThatBecomeTooMany(t *testing.T) {
	in := Text{Plain: strings.Repeat("abc", MaxSpans+2)}
	for i := range MaxSpans { // every one crosses the next, so that they become more when they are cut
		in.Spans = append(in.Spans, Span{Start: 3 * i, End: 3*i + 5, Style: []Style{Bold, Italic}[i%2]})
	}
	got := in.Normal()
	if err := canonError(got); err != nil || len(got.Spans) != MaxSpans {
		t.Errorf("%d spans: %v", len(got.Spans), err)
	}
	if diff := cmp.Diff(got, got.Normal()); diff != "" {
		t.Errorf("not idempotent (-first +second):\n%.2000s", diff)
	}
}

func FuzzNormal(f *testing.F) {
	f.Add("a🍞b 👩‍👩‍👧 \r\n\t\x00\u2028\uFFFC", []byte{4, 3, 0, 5, 9, 255, 6, 254, 12, 1, 2, 33, 44, 20, 10})
	f.Add("abcdef", []byte{4, 4, 12, 6, 4, 16, 5, 2, 32, 4, 6, 5})
	f.Add("\xff\xfe", []byte{4, 255, 13})
	f.Fuzz(func(t *testing.T, plain string, raw []byte) {
		if len(plain) > 2000 || len(raw) > 300 {
			t.Skip()
		}
		checkNormal(t, wildText(plain, raw))
	})
}
