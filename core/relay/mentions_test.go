package relay

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// told writes a text with its mentions marked: "[@Ben signal:ben]".
func told(t chat.Text) string {
	var out strings.Builder
	at := 0
	for _, s := range t.Spans {
		if s.Style != chat.Mention {
			continue
		}
		out.WriteString(t.Slice(at, s.Start).Plain + "[" + t.Slice(s.Start, s.End).Plain + " " + s.Value + "]")
		at = s.End
	}
	return out.String() + t.Slice(at, t.Len()).Plain
}

func span(start, end int, style chat.Style, value string) chat.Span {
	return chat.Span{Start: start, End: end, Style: style, Value: value}
}

func TestMentions(t *testing.T) {
	text := func(plain string, spans ...chat.Span) chat.Text { return chat.Text{Plain: plain, Spans: spans} }
	for name, tt := range map[string]struct {
		text                chat.Text
		change              func(folk)
		signal, matrix, own string
	}{
		"a typed name":             {text: text("hi @Ben!"), signal: "hi [@Ben signal:ben]!", matrix: "hi @Ben!"},
		"in any case":              {text: text("hi @bEN"), signal: "hi [@Ben signal:ben]", matrix: "hi @bEN"},
		"a handle":                 {text: text("@ben~2: hi"), signal: "[@Ben signal:ben]: hi", matrix: "@ben~2: hi"},
		"at the end of a sentence": {text: text("ask @Ben."), signal: "ask [@Ben signal:ben].", matrix: "ask @Ben."},
		"two":                      {text: text("@Ben @Cleo"), signal: "[@Ben signal:ben] @Cleo", matrix: "@Ben [@Cleo matrix:cleo]"},
		"behind emoji":             {text: text("🍞🍞 @Ben"), signal: "🍞🍞 [@Ben signal:ben]", matrix: "🍞🍞 @Ben"},
		"no name":                  {text: text("me@ben.org, @Benny, @ Ben, @nobody"), signal: "me@ben.org, @Benny, @ Ben, @nobody"},
		"himself":                  {text: text("@Ana"), signal: "@Ana"},
		"in code":                  {text: text("@Ben @Ben", span(0, 4, chat.Code, "")), signal: "@Ben [@Ben signal:ben]", matrix: "@Ben @Ben"},
		"in a quotation": {
			text:   text("@Ben Benny: @Ben", span(0, 10, chat.Quote, ""), span(5, 10, chat.Mention, "signal:ben")),
			signal: "@Ben @Ben: [@Ben signal:ben]", matrix: "@Ben @Ben: @Ben",
		},
		"in a link": {text: text("@Ben", span(0, 4, chat.Hyperlink, "https://a.b")), signal: "@Ben"},
		"who has been called where it was written": {
			text: text("hi Olly", span(3, 7, chat.Mention, "telegram:olga")), signal: "hi @Olga", matrix: "hi @Olga",
		},
		"who has been called there but lives elsewhere": {
			text: text("hi Olly", span(3, 7, chat.Mention, "telegram:olga")), signal: "hi @Olga", matrix: "hi @Olga",
			change: func(f folk) {
				f[4].Home, f[4].Identities = chat.Signal, append(f[4].Identities, account(chat.Signal, "olga2"))
				f[4].In = append(f[4].In, kitchen(chat.Signal))
			},
		},
		"an account of his that is not in the chat calls nobody": {
			text: text("hi Olly", span(3, 7, chat.Mention, "telegram:olga")), signal: "hi [@Olga signal:olga2]", matrix: "hi @Olga",
			change: func(f folk) {
				f[4].Home, f[4].Identities = chat.Signal, append(f[4].Identities, account(chat.Signal, "olga2"))
				f[4].In = []chat.Chat{kitchen(chat.Signal)}
			},
		},
		"by the account that stands for him": {
			text: text("hi Benny", span(3, 8, chat.Mention, "signal:ben")), signal: "hi [@Ben signal:ben]", matrix: "hi @Ben",
		},
		"somebody unknown":     {text: text("hi Zed", span(3, 6, chat.Mention, "telegram:zed")), signal: "hi Zed", matrix: "hi Zed"},
		"nobody in particular": {text: text("hi @ben", span(3, 7, chat.Mention, "")), signal: "hi [@Ben signal:ben]", matrix: "hi @Ben"},
		"under a pause": {
			text: text("@Ben"), signal: "@Ben", change: func(f folk) { f[1].Settings = map[string]string{"paused": "on"} },
		},
		"under a ban": {
			text: text("@Ben"), signal: "@Ben", change: func(f folk) { f[1].Settings = map[string]string{"sanction": "ban"} },
		},
		"under a time-out": {
			text: text("@Ben"), signal: "@Ben", change: func(f folk) { f[1].Settings = map[string]string{"sanction": "timeout 2026-03-02T12:30:00Z"} },
		},
		"after a time-out": {
			text: text("@Ben"), signal: "[@Ben signal:ben]", matrix: "@Ben",
			change: func(f folk) { f[1].Settings = map[string]string{"sanction": "timeout 2026-03-02T11:30:00Z"} },
		},
		"who has left":  {text: text("@Ben"), signal: "@Ben", change: func(f folk) { f[1].In = nil }},
		"two of a name": {text: text("@Ben"), signal: "@Ben", change: func(f folk) { f[2].Name = "ben" }},
		"who has never written": {
			text: text("@Ben"), signal: "[@Ben signal:ben]", matrix: "@Ben", change: func(f folk) { f[1].Home = "" },
		},
		"everybody": {text: text("@all @ROOM, @Todos: @everyone's"), signal: "@\u2060all @\u2060ROOM, @\u2060Todos: @\u2060everyone's"},
		"everybody in code": {
			text: text("see @room", span(4, 9, chat.Code, "")), signal: "see @\u2060room",
		},
		"everybody as a mention": {text: text("hi @all", span(3, 7, chat.Mention, "")), signal: "hi @\u2060all"},
		"a name that is everybody's": {
			text: text("hi Zed", span(3, 6, chat.Mention, "signal:ben")), signal: "hi [@ben~2 signal:ben]", matrix: "hi @ben~2",
			change: func(f folk) { f[1].Name = "All" },
		},
		"a name with everybody in it": {
			text: text("hi Zed", span(3, 6, chat.Mention, "signal:ben")), signal: "hi [@x @\u2060all signal:ben]", matrix: "hi @x @\u2060all",
			change: func(f folk) { f[1].Name = "x @all" },
		},
		"no everybody": {text: text("@allan and mail@all.org and @roommate"), signal: "@allan and mail@all.org and @roommate"},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := table()
			if tt.change != nil {
				tt.change(f)
			}
			if tt.matrix == "" {
				tt.matrix = tt.signal
			}
			e := chat.Event{Chat: kitchen(chat.Telegram), Member: "m1", Now: noon}
			for p, want := range map[chat.Platform]string{chat.Signal: tt.signal, chat.Matrix: tt.matrix} {
				if got := told(newSpeech(c, e).in(kitchen(p), tt.text.Normal())); got != want {
					t.Errorf("on %s: %q, not %q", p, got, want)
				}
			}
		})
	}
}

func TestAMessageCallsAtMostTwenty(t *testing.T) {
	c, f := table()
	var words []string
	for i := range 50 {
		f = append(f, member(100+i, "N"+strings.Repeat("x", i), chat.Signal))
		words = append(words, "@"+f[len(f)-1].Handle)
	}
	c.Members = f
	speech := newSpeech(c, chat.Event{Chat: kitchen(chat.Telegram), Now: noon})
	text := chat.Plain("@Cleo " + strings.Join(words, " "))
	if n := len(speech.in(kitchen(chat.Signal), text).Spans) + len(speech.in(kitchen(chat.Matrix), text).Spans); n != maxCalled {
		t.Errorf("%d are called", n)
	}
}

func TestSpansMoveWithTheWords(t *testing.T) {
	c, f := table()
	f[1].Name = "Benjamin"
	in := chat.Text{Plain: "so @ben~2 & @all: yes", Spans: []chat.Span{span(0, 21, chat.Underline, ""), span(3, 9, chat.Bold, ""), span(18, 21, chat.Italic, "")}}
	got := newSpeech(c, chat.Event{Chat: kitchen(chat.Telegram), Now: noon}).in(kitchen(chat.Signal), in.Normal())
	want := chat.Text{Plain: "so @Benjamin & @\u2060all: yes", Spans: []chat.Span{
		span(0, 3, chat.Underline, ""), span(3, 12, chat.Mention, "signal:ben"), span(3, 12, chat.Bold, ""),
		span(3, 12, chat.Underline, ""), span(12, 22, chat.Underline, ""),
		span(22, 25, chat.Italic, ""), span(22, 25, chat.Underline, ""),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzSpoken: whatever is written, a copy calls nobody who is not a member at home there, never a whole room, stays
// canonical, and without an '@' or a mention stays as it is.
func FuzzSpoken(f *testing.F) {
	f.Add("hi @Ben and @all", []byte{0, 3, 1, 3, 7, 2})
	f.Add("🍞@room@room @@here ＠all", []byte{})
	f.Add("@ben~2/@cleo~3,@ana~1", []byte{1, 9, 3})
	f.Add("@All", []byte{0, 2, 0x32})
	f.Fuzz(func(t *testing.T, plain string, raw []byte) {
		if len(plain) > 2000 || len(raw) > 90 {
			t.Skip()
		}
		text := chat.Text{Plain: plain}
		styles := []chat.Style{chat.Mention, chat.Bold, chat.Code, chat.Hyperlink, chat.Quote}
		for ; len(raw) >= 3; raw = raw[3:] {
			value := []string{"", "telegram:olga", "signal:ben", "matrix:nobody"}[int(raw[2]>>4)%4]
			text.Spans = append(text.Spans, span(int(raw[0]), int(raw[0])+int(raw[1]), styles[int(raw[2])%len(styles)], value))
		}
		text = text.Normal()
		c, _ := table()
		e := chat.Event{Chat: kitchen(chat.Telegram), Now: noon}
		got := newSpeech(c, e).in(kitchen(chat.Signal), text)
		if !utf8.ValidString(got.Plain) || !cmp.Equal(got, got.Normal()) {
			t.Fatalf("not canonical: %+v", got)
		}
		if len(calls(got)) > 0 {
			t.Fatalf("calls everybody: %q", got.Plain)
		}
		for _, s := range got.Spans {
			if s.Style == chat.Mention && s.Value != "signal:ben" {
				t.Fatalf("calls %q in %+v of %+v", s.Value, got, text)
			}
		}
		if again := newSpeech(c, e).in(kitchen(chat.Matrix), text); len(calls(again)) > 0 {
			t.Fatalf("calls everybody on Matrix: %q", again.Plain)
		}
	})
}
