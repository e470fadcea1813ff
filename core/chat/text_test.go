package chat

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWalkIsWellNested(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		checkWalk(t, randomText(r, r.IntN(60), r.IntN(20)).Normal())
	}
}

func checkWalk(t *testing.T, in Text) {
	t.Helper()
	var open, seen []Span
	var b strings.Builder
	in.Walk(
		func(s Span) {
			if at := Units(b.String()); at != s.Start {
				t.Fatalf("%+v is entered at %d in %+v", s, at, in)
			}
			open, seen = append(open, s), append(seen, s)
		},
		func(s string) {
			if s == "" {
				t.Fatalf("empty text in %+v", in)
			}
			b.WriteString(s)
		},
		func(s Span) {
			if n := len(open); n == 0 || open[n-1] != s || Units(b.String()) != s.End {
				t.Fatalf("%+v is left at %d while %+v are open in %+v", s, Units(b.String()), open, in)
			}
			open = open[:len(open)-1]
		})
	if len(open) > 0 || b.String() != in.Plain {
		t.Fatalf("at the end %+v are open and the text is %q in %+v", open, b.String(), in)
	}
	if diff := cmp.Diff(in.Spans, seen); diff != "" {
		t.Fatalf("spans (-text +visited):\n%s", diff)
	}
}

func FuzzWalk(f *testing.F) {
	f.Add("a🍞b", []byte{4, 3, 4, 5, 9, 32})
	f.Fuzz(func(t *testing.T, plain string, raw []byte) {
		if len(plain) > 2000 || len(raw) > 300 {
			t.Skip()
		}
		checkWalk(t, wildText(plain, raw).Normal())
	})
}

func TestWalkShowsTheTree(t *testing.T) {
	in := Text{Plain: "a🍞 b code", Spans: []Span{{0, 6, Quote, ""}, {1, 3, Hyperlink, "u"}, {1, 3, Bold, ""}, {6, 10, Code, ""}}}
	var b strings.Builder
	in.Walk(func(s Span) { fmt.Fprintf(&b, "<%s>", s.Style) }, func(s string) { b.WriteString(s) }, func(s Span) { fmt.Fprintf(&b, "</%s>", s.Style) })
	const want = "<quote>a<link><bold>🍞</bold></link> b </quote><code>code</code>"
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

func TestSlice(t *testing.T) {
	in := Text{Plain: "a🍞bc", Spans: []Span{{0, 5, Quote, ""}, {1, 4, Hyperlink, "u"}}}
	tests := map[string]struct {
		from, to int
		want     Text
	}{
		"all":                   {0, 5, in},
		"beyond both ends":      {-7, 99, in},
		"nothing":               {2, 2, Text{}},
		"turned round":          {4, 1, Text{}},
		"behind the text":       {9, 12, Text{}},
		"from inside a pair":    {2, 5, Text{Plain: "bc", Spans: []Span{{0, 2, Quote, ""}, {0, 1, Hyperlink, "u"}}}},
		"to inside a pair":      {0, 2, Text{Plain: "a", Spans: []Span{{0, 1, Quote, ""}}}},
		"within a pair":         {2, 2, Text{}},
		"a pair":                {1, 3, Text{Plain: "🍞", Spans: []Span{{0, 2, Quote, ""}, {0, 2, Hyperlink, "u"}}}},
		"a span that only abut": {4, 5, Text{Plain: "c", Spans: []Span{{0, 1, Quote, ""}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := in.Slice(tt.from, tt.to)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("slice (-want +got):\n%s", diff)
			}
			if err := canonError(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSlicesPutTogetherAreTheText(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		in := randomText(r, 1+r.IntN(40), r.IntN(15)).Normal()
		at := in.Slice(0, r.IntN(in.Len()+1)).Len() // never inside a pair
		got := in.Slice(0, at).Append(in.Slice(at, in.Len()))
		if got.Plain != in.Plain {
			t.Fatalf("plain is %q, want %q", got.Plain, in.Plain)
		}
		want, is := stylesAt(in, in.Len()), stylesAt(got, in.Len())
		if diff := cmp.Diff(want, is); diff != "" {
			t.Fatalf("styles of %+v cut at %d (-want +got):\n%s", in, at, diff)
		}
	}
}

func TestAppendLeavesItsTextsAlone(t *testing.T) {
	base := Text{Plain: "a", Spans: append(make([]Span, 0, 8), Span{0, 1, Bold, ""})}
	one := base.Append(Styled(Code, "1", ""))
	two := base.Append(Styled(Italic, "🍞", ""), Plain(" "), Styled(Strike, "2", ""))
	want := []Text{
		{Plain: "a", Spans: []Span{{0, 1, Bold, ""}}},
		{Plain: "a1", Spans: []Span{{0, 1, Bold, ""}, {1, 2, Code, ""}}},
		{Plain: "a🍞 2", Spans: []Span{{0, 1, Bold, ""}, {1, 3, Italic, ""}, {4, 5, Strike, ""}}},
	}
	if diff := cmp.Diff(want, []Text{base, one, two}); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestTrim(t *testing.T) {
	tests := map[string]struct{ in, want Text }{
		"nothing to do":     {Plain("a b"), Plain("a b")},
		"only white space":  {Styled(Bold, " \r\n\t\u2003\u00a0", ""), Text{}},
		"spans move":        {Text{Plain: " \n🍞 a ", Spans: []Span{{0, 4, Bold, ""}, {5, 7, Italic, ""}}}, Text{Plain: "🍞 a", Spans: []Span{{0, 2, Bold, ""}, {3, 4, Italic, ""}}}},
		"a span of blanks":  {Text{Plain: "a  ", Spans: []Span{{1, 3, Bold, ""}}}, Plain("a")},
		"wide white spaces": {Plain("\u3000a\u2028"), Plain("a")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.in.Trim()); diff != "" {
				t.Errorf("trimmed (-want +got):\n%s", diff)
			}
			if tt.in.IsEmpty() != (tt.in.Trim().Plain == "") {
				t.Error("IsEmpty and Trim disagree")
			}
		})
	}
}

func TestPlainAndStyled(t *testing.T) {
	if got := Plain("a\xff"); got.Plain != "a\uFFFD" {
		t.Errorf("plain text with a broken byte is %q", got.Plain)
	}
	if got := Styled(Bold, "", ""); got.Spans != nil {
		t.Errorf("an empty text has spans %v", got.Spans)
	}
	if got := Units("a🍞\xff漢"); got != 5 {
		t.Errorf("units are %d, want 5", got)
	}
}

func TestLooksLikeCommand(t *testing.T) {
	for text, want := range map[string]bool{
		"/help": true, "!Link X": true, "/H": true, "": false, "/": false, "!": false, "//": false, "/1": false,
		" /help": false, "help": false, "!!": false, "/é": false, "/_": false, "\\/help": false, "/@bot": false, "/[": false, "/{": false,
	} {
		if got := LooksLikeCommand(Plain(text)); got != want {
			t.Errorf("LooksLikeCommand(%q) = %v", text, got)
		}
	}
}
