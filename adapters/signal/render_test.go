package signal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	alice = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	bob   = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	bot   = "11111111-1111-4111-8111-111111111111"
	group = "cG90bHVjay1lbXVsYXRvci10ZXN0LWdyb3VwLTAwMDE="
)

func TestRenderSaysInSignalsWayWhatATextSays(t *testing.T) {
	plain, styled := chat.Plain, chat.Styled
	for name, tt := range map[string]struct {
		text chat.Text
		want rendered
	}{
		"plain": {plain("a < b & *c*"), rendered{body: "a < b & *c*"}},
		"styles on UTF-16 units": {
			plain("🍲 ").Append(styled(chat.Bold, "so 𝔟𝔦𝔤", ""), plain("!")),
			rendered{body: "🍲 so 𝔟𝔦𝔤!", styles: []string{"3:9:BOLD"}},
		},
		"no underline": {styled(chat.Underline, "x", ""), rendered{body: "x"}},
		"code and pre": {
			styled(chat.Code, "a", "").Append(plain(" "), styled(chat.Pre, "b", "go")),
			rendered{body: "a b", styles: []string{"0:1:MONOSPACE", "2:1:MONOSPACE"}},
		},
		"link": {styled(chat.Hyperlink, "here", "https://x.org/a"), rendered{body: "here (https://x.org/a)"}},
		"link that says itself": {
			styled(chat.Hyperlink, "x.org", "https://x.org/"), rendered{body: "x.org"},
		},
		"link in bold": {
			chat.Text{Plain: "go", Spans: []chat.Span{
				{Start: 0, End: 2, Style: chat.Hyperlink, Value: "https://x.org"}, {Start: 0, End: 2, Style: chat.Bold},
			}}.Normal(),
			rendered{body: "go (https://x.org)", styles: []string{"0:2:BOLD"}},
		},
		"quote": {
			plain("he said\n").Append(styled(chat.Quote, "one\ntwo", ""), plain("\nand left")),
			rendered{body: "he said\n> one\n> two\nand left"},
		},
		"quote in a line": {
			plain("he: ").Append(styled(chat.Quote, "one", ""), plain(" and left")),
			rendered{body: "he: \n> one\n and left"},
		},
		"mention": {
			plain("🍲 for ").Append(styled(chat.Mention, "Alice", "signal:"+alice), plain(" at six")),
			rendered{body: "🍲 for \uFFFC at six", mentions: []string{"7:1:" + alice}, plain: "🍲 for Alice at six"},
		},
		"mention from elsewhere": {
			styled(chat.Mention, "Gita", "telegram:12"), rendered{body: "Gita"},
		},
		"bold mention": {
			chat.Text{Plain: "x Alice", Spans: []chat.Span{
				{Start: 0, End: 7, Style: chat.Bold}, {Start: 2, End: 7, Style: chat.Mention, Value: "signal:" + alice},
			}}.Normal(),
			rendered{body: "x \uFFFC", mentions: []string{"2:1:" + alice}, styles: []string{"0:2:BOLD", "2:1:BOLD"}, plain: "x Alice"},
		},
	} {
		got := render(tt.text)
		slices.Sort(got.styles)
		if name == "bold mention" {
			// The canonical form splits bold around the mention, or not; both look the same.
			got.styles, tt.want.styles = nil, nil
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(rendered{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestHeaderCannotPretend(t *testing.T) {
	for give, want := range map[string]string{
		"Ana":                   "Ana: ",
		"":                      "Somebody: ",
		" \n\t ":                "Somebody: ",
		"Ana\nBen: I am the":    "Ana Ben: I am the: ",
		"\u202Eevil\u202C":      "evil: ",
		"\uFFFC":                "Somebody: ",
		strings.Repeat("x", 90): strings.Repeat("x", 60) + "…: ",
	} {
		if got := header(&chat.Person{Name: give}); got.Plain != want || len(got.Spans) != 1 {
			t.Errorf("header of %q is %q %v, want %q in bold", give, got.Plain, got.Spans, want)
		}
	}
	if got := header(nil); got.Plain != "" {
		t.Errorf("the house has the header %q", got.Plain)
	}
}

func TestReadTextIgnoresRangesWithoutSense(t *testing.T) {
	called := func(aci string) string { return map[string]string{alice: "Alice", bob: "Bob"}[aci] }
	mentions := []mention{
		{UUID: alice, Start: 3, Length: 1},
		{UUID: bob, Start: 3, Length: 1},
		{UUID: bob, Start: -1, Length: 1},
		{UUID: bob, Start: 99, Length: 1},
		{UUID: bob, Start: 1 << 62, Length: 1 << 62},
		{UUID: "nobody", Start: 0, Length: 1},
	}
	styles := []textStyle{
		{Style: "BOLD", Start: 5, Length: 3},
		{Style: "BOLD", Start: 5, Length: 1 << 62},
		{Style: "NONE", Start: 0, Length: 2},
		{Style: "WAVY", Start: 0, Length: 2},
		{Style: "ITALIC", Start: -5, Length: 20},
		{Style: "SPOILER", Start: 0, Length: 0},
	}
	got := readText("Hi \uFFFC, see", mentions, styles[:1], called)
	want := chat.Text{Plain: "Hi @Alice, see", Spans: []chat.Span{
		{Start: 3, End: 9, Style: chat.Mention, Value: "signal:" + alice}, {Start: 10, End: 13, Style: chat.Bold},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = readText("Hi \uFFFC, see", mentions, styles, called)
	if got.Plain != want.Plain || len(got.Spans) != 2 || got.Spans[1].End != 14 {
		t.Errorf("with senseless ranges: %+v", got)
	}
}

// rangesOf reads "start:length:rest" and fails unless it lies within n units.
func rangesOf(t *testing.T, list []string, n int) (starts []int) {
	t.Helper()
	for _, raw := range list {
		var start, length int
		if _, err := fmt.Sscanf(raw, "%d:%d:", &start, &length); err != nil {
			t.Fatalf("range %q: %v", raw, err)
		}
		if start < 0 || length <= 0 || start+length > n {
			t.Errorf("range %q of %d units", raw, n)
		}
		starts = append(starts, start)
	}
	return starts
}

func FuzzRender(f *testing.F) {
	f.Add("🍲 for Alice at six", 3, 8, "mention", "signal:"+alice, 0, 19, "bold")
	f.Add("a\nb\n\nc", 0, 5, "quote", "", 1, 3, "link")
	f.Add("\uFFFC x", 0, 1, "spoiler", "", 0, 3, "mention")
	f.Fuzz(func(t *testing.T, plain string, s1, e1 int, style1, value string, s2, e2 int, style2 string) {
		text := chat.Text{Plain: plain, Spans: []chat.Span{
			{Start: s1, End: e1, Style: chat.Style(style1), Value: value}, {Start: s2, End: e2, Style: chat.Style(style2), Value: value},
		}}.Normal()
		meant := 0
		for _, s := range text.Spans {
			if _, ok := mentioned(s); ok {
				meant++
			}
		}
		r := render(text)
		n := chat.Units(r.body)
		rangesOf(t, r.styles, n)
		units := utf16.Encode([]rune(r.body))
		starts := rangesOf(t, r.mentions, n)
		if len(starts) != meant {
			t.Errorf("%d mentions of %d: %q", len(starts), meant, r.body)
		}
		for _, at := range starts {
			if units[at] != 0xFFFC {
				t.Errorf("mention at %d of %q", at, r.body)
			}
		}
	})
}

func FuzzReadText(f *testing.F) {
	f.Add("Hi \uFFFC, see", alice, 3, 1, "BOLD", 5, 3)
	f.Add("🍲", bob, 1, 1, "ITALIC", 1, 9)
	f.Add("0000\uFFFC\uFFFC", alice, 4, 1, "BOLD", 5, 1)
	f.Fuzz(func(t *testing.T, body, who string, start, length int, style string, from, size int) {
		text := readText(body, []mention{{UUID: who, Start: start, Length: length}, {UUID: alice, Start: from, Length: size}},
			[]textStyle{{Style: style, Start: from, Length: size}, {Style: "SPOILER", Start: start, Length: length}},
			func(string) string { return "Ana" })
		if diff := cmp.Diff(text.Normal(), text); diff != "" {
			t.Errorf("not canonical:\n%s", diff)
		}
		mentions := 0
		for _, s := range text.Spans {
			if s.Style == chat.Mention {
				mentions++
			}
		}
		if mentions > 2 {
			t.Errorf("%d mentions grew from two", mentions)
		}
		// What was read can be rendered, and read again means the same people. (Two mentions of one person
		// without a letter between them are one.)
		r := render(text)
		again := readText(r.body, mentionsOf(t, r.mentions), nil, func(string) string { return "Ana" })
		if len(text.Plain) < 1000 && !cmp.Equal(meant(again), meant(text)) {
			t.Errorf("%q became %q", text.Plain, again.Plain)
		}
	})
}

// meant returns whom a text mentions.
func meant(text chat.Text) map[string]bool {
	who := map[string]bool{}
	for _, s := range text.Spans {
		if s.Style == chat.Mention {
			who[s.Value] = true
		}
	}
	return who
}

func mentionsOf(t *testing.T, list []string) (out []mention) {
	t.Helper()
	for i, start := range rangesOf(t, list, 1<<30) {
		out = append(out, mention{UUID: list[i][strings.LastIndexByte(list[i], ':')+1:], Start: start, Length: 1})
	}
	return out
}

func FuzzParseName(f *testing.F) {
	f.Add(alice + "/1790000000001")
	f.Add("no such/message")
	f.Fuzz(func(t *testing.T, id string) {
		n, err := parseName(id)
		if err != nil {
			return
		}
		again, err := parseName(n.String())
		if err != nil || again != n {
			t.Errorf("%q: %v, again %v, %v", id, n, again, err)
		}
	})
}

func TestDecodeReadsAroundOddFields(t *testing.T) {
	var d dataMessage
	raw := `{"timestamp":1790000000001,"message":"hi","attachments":"none","mentions":[{"start":"x","uuid":"` + alice + `"}],"viewOnce":1}`
	if err := decode(json.RawMessage(raw), &d); err != nil || d.Message != "hi" || d.Timestamp != 1790000000001 {
		t.Errorf("decode: %v, %+v", err, d)
	}
	if err := decode(json.RawMessage(`{"message":`), &d); err == nil {
		t.Error("broken JSON is read")
	}
}
