package telegram

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestOddAddressesKeepTheOtherSpansInPlace(t *testing.T) {
	text := chat.Text{Plain: "a🍞b cd", Spans: []chat.Span{
		{Start: 0, End: 7, Style: chat.Bold},
		{Start: 1, End: 3, Style: chat.Hyperlink, Value: "x:y"},
		{Start: 3, End: 4, Style: chat.Italic},
		{Start: 5, End: 7, Style: chat.Code},
	}}
	got := legible(text.Normal())
	want := chat.Text{Plain: "a🍞 (x:y)b cd", Spans: []chat.Span{{Start: 0, End: 11, Style: chat.Bold}, {Start: 9, End: 10, Style: chat.Italic}, {Start: 11, End: 13, Style: chat.Code}}}
	if d := cmp.Diff(want.Normal(), got); d != "" {
		t.Error(d)
	}
}

func TestReadTextKeepsToItsBounds(t *testing.T) {
	me := rawUser{ID: 1, Username: "potluck_test_bot"}
	const big = int(^uint(0) >> 1)
	for _, c := range []struct {
		text string
		e    rawEntity
		want []chat.Span
	}{
		{"a😀b", rawEntity{Type: "bold", Offset: 1, Length: 2}, []chat.Span{{Start: 1, End: 3, Style: chat.Bold}}},
		{"a😀b", rawEntity{Type: "bold", Offset: 2, Length: 2}, []chat.Span{{Start: 3, End: 4, Style: chat.Bold}}},
		{"abc", rawEntity{Type: "bold", Offset: 1, Length: 100}, nil},
		{"abc", rawEntity{Type: "bold", Offset: 2, Length: big}, nil},
		{"abc", rawEntity{Type: "bold", Offset: big, Length: big}, nil},
		{"abc", rawEntity{Type: "bold", Offset: -1, Length: 2}, nil},
		{"abc", rawEntity{Type: "hologram", Offset: 0, Length: 2}, nil},
		{"abc", rawEntity{Type: "text_mention", Offset: 0, Length: 2}, nil},
		{"@potluck_test_bot @everyone", rawEntity{Type: "mention", Offset: 0, Length: 17}, []chat.Span{{Start: 0, End: 17, Style: chat.Mention, Value: "telegram:1"}}},
		{"@potluck_test_bot @everyone", rawEntity{Type: "mention", Offset: 18, Length: 9}, nil},
		{"hi @ana_almond", rawEntity{Type: "mention", Offset: 3, Length: 11}, []chat.Span{{Start: 3, End: 14, Style: chat.Mention, Value: "telegram:42"}}},
		{"go", rawEntity{Type: "pre", Offset: 0, Length: 2, Language: "go"}, []chat.Span{{Start: 0, End: 2, Style: chat.Pre, Value: "go"}}},
		{"q", rawEntity{Type: "expandable_blockquote", Offset: 0, Length: 1}, []chat.Span{{Start: 0, End: 1, Style: chat.Quote}}},
	} {
		got := readText(c.text, []rawEntity{c.e}, me, func(name string) (int64, bool) { return 42, name == "ana_almond" })
		if d := cmp.Diff(c.want, got.Spans); d != "" {
			t.Errorf("%+v over %q:\n%s", c.e, c.text, d)
		}
	}
}

// spansOf makes spans of fuzzed bytes.
func spansOf(raw []byte) (out []chat.Span) {
	styles := []chat.Style{chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Pre, chat.Quote, chat.Hyperlink, chat.Mention}
	values := []string{"", "https://example.org/", "javascript:x", "telegram:5000000001", "signal:x", "http://[", "go", `"><script>`, "http://localhost"}
	for ; len(raw) >= 4 && len(out) < 300; raw = raw[4:] {
		out = append(out, chat.Span{Start: int(int8(raw[0])), End: int(int8(raw[1])), Style: styles[int(raw[2])%len(styles)], Value: values[int(raw[3])%len(values)]})
	}
	return out
}

// FuzzSend sends texts to a server that refuses what Telegram refuses: nothing but an empty text may be
// refused, and a text without anything that the server tidies up must be shown with just its styles.
func FuzzSend(f *testing.F) {
	f.Add("a😀b cd", []byte{0, 4, 0, 0, 1, 3, 8, 1, 2, 5, 9, 3}, false)
	f.Add("  \u202ex\r\n\t", []byte{0, 2, 7, 0, 0, 2, 6, 6}, true)
	f.Add("👨‍👩‍👧‍👦🏳️‍🌈", []byte{1, 5, 5, 0, 3, 9, 1, 0, 0, 20, 8, 2}, true)
	f.Add(strings.Repeat("x ", 3000), []byte{0, 100, 4, 0}, false)
	s := telegramtest.New(telegramtest.Options{Strict: true})
	f.Cleanup(s.Close)
	person := s.NewPerson("Ana")
	a, err := New(Config{Token: s.Token(), API: s.URL()}, nil, &cursor{}, discard())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, words string, raw []byte, named bool) {
		text := chat.Text{Plain: words, Spans: spansOf(raw)}.Normal()
		send := chat.Send{To: at(s.NewGroup("g", person)), Text: text}
		if named {
			send.As = &chat.Person{Name: words[:min(len(words), 20)]}
		}
		r, err := a.send(t.Context(), "", send)
		if err != nil {
			if e := refusal(err); e != nil && (!e.says("text is empty") || strings.ContainsFunc(words, unicode.IsLetter)) {
				t.Fatalf("%q %v: %v", words, text.Spans, err)
			}
			var refused *adapters.RefusedError
			if !isOutcome(err) && refused == nil {
				t.Fatal(err)
			}
			return
		}
		if v := s.Violations(); len(v) > 0 {
			t.Fatal(v)
		}
		if len(r.Notes) > 0 {
			t.Fatalf("%q %v was shown as less: %q", words, text.Spans, r.Notes)
		}
		a.progress.drop("")
		plain := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.Is(unicode.So, c) }
		if named || len(r.Refs) != 1 || strings.ContainsFunc(words, plain) || len(text.Spans) > 50 {
			return
		}
		shown := s.Messages(send.To.ID)
		if d := cmp.Diff(withoutStrangers(legible(text)), shown[len(shown)-1].Text, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("shown is something else (-sent +shown):\n%s", d)
		}
	})
}

// withoutStrangers drops the mentions that are of nobody on the server, and languages' odd letters.
func withoutStrangers(t chat.Text) chat.Text {
	var out []chat.Span
	for _, s := range t.Spans {
		if s.Style == chat.Mention && s.Value != "telegram:5000000001" {
			continue
		}
		if s.Style == chat.Pre {
			s.Value = language(s.Value)
		}
		out = append(out, s)
	}
	return chat.Text{Plain: t.Plain, Spans: out}.Normal()
}
