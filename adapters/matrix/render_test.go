package matrix

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/core/chat"
)

func TestRenderWritesOnlyWhatMatrixAllows(t *testing.T) {
	for _, c := range []struct {
		text       chat.Text
		name       string
		body, html string
	}{
		{chat.Plain("a < b"), "", "a < b", ""},
		{chat.Styled(chat.Bold, "a < b\n\"c\"", ""), "", "a < b\n\"c\"", "<strong>a &lt; b<br>&#34;c&#34;</strong>"},
		{chat.Styled(chat.Spoiler, "she dies", ""), "", "[spoiler]", "<span data-mx-spoiler>she dies</span>"},
		{
			chat.Styled(chat.Hyperlink, "here", "https://x.org/?a=1&b=\"2\""), "", "here (https://x.org/?a=1&b=\"2\")",
			"<a href=\"https://x.org/?a=1&amp;b=&#34;2&#34;\">here</a>",
		},
		{chat.Styled(chat.Hyperlink, "here", "javascript:alert(1)"), "", "here", "here"},
		{chat.Styled(chat.Pre, "x", "go\"><script>"), "", "x", "<pre><code>x</code></pre>"},
		{
			chat.Plain("see\n").Append(chat.Styled(chat.Quote, "a\nb", ""), chat.Plain("\nend")), "",
			"see\n> a\n> b\nend", "see<blockquote>a<br>b</blockquote>end",
		},
		{chat.Styled(chat.Mention, "Ana", "matrix:@ana:example.org"), "", "Ana", `<a href="https://matrix.to/#/@ana:example.org">Ana</a>`},
		{chat.Styled(chat.Mention, "Tom", "telegram:12"), "", "Tom", "Tom"},
		{
			chat.Styled(chat.Cite, "there", "matrix:!a:example.org $b/c"), "", "there",
			`<a href="https://matrix.to/#/%21a:example.org/$b%2Fc?via=example.org">there</a>`,
		},
		{chat.Styled(chat.Cite, "there", "matrix:!v12 $b"), "", "there", `<a href="https://matrix.to/#/%21v12/$b">there</a>`},
		{chat.Styled(chat.Cite, "there", "signal:group 1:2"), "", "there", "there"},
		{chat.Plain("hi"), "A <b>", "A <b>: hi", "<strong data-mx-profile-fallback>A &lt;b&gt;: </strong>hi"},
		{chat.Styled(chat.Quote, "q", ""), "Ana", "Ana:\n> q", "<strong data-mx-profile-fallback>Ana:</strong><blockquote>q</blockquote>"},
		{chat.Text{}, "Ana", "Ana:", "<strong data-mx-profile-fallback>Ana:</strong>"},
	} {
		got := render(c.text, c.name)
		if got.body != c.body || got.html != c.html {
			t.Errorf("%+v\n got %q\n     %q\nwant %q\n     %q", c.text, got.body, got.html, c.body, c.html)
		}
	}
}

func TestMentionsAreAlwaysSaid(t *testing.T) {
	c := map[string]any{}
	render(chat.Plain("@room and @ana:example.org"), "").put(c)
	if diff := cmp.Diff(map[string]any{}, c["m.mentions"]); diff != "" {
		t.Errorf("plain text mentions somebody: %s", diff)
	}
	render(chat.Styled(chat.Mention, "Ana", "matrix:@ana:example.org"), "").put(c)
	if diff := cmp.Diff(map[string]any{"user_ids": []string{"@ana:example.org"}}, c["m.mentions"]); diff != "" {
		t.Errorf("mention is not said: %s", diff)
	}
}

func TestPiecesFitIntoAnEvent(t *testing.T) {
	for name, plain := range map[string]string{
		"letters": strings.Repeat("x", 30_000), "cjk": strings.Repeat("字", 15_000),
		"emoji": strings.Repeat("👩‍👩‍👧", 3_000), "markup": strings.Repeat("\"<", 12_000),
	} {
		text := chat.Styled(chat.Bold, plain, "")
		var all strings.Builder
		for _, p := range pieces(text, "Ana") {
			if n := sizeOf(render(p, "Ana")); n > maxRendered {
				t.Errorf("%s: a piece has %d bytes", name, n)
			}
			all.WriteString(p.Plain)
		}
		if all.String() != plain {
			t.Errorf("%s: the pieces are not the whole", name)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("a <b> & \"c\"\nd", 0, 3, 2, 5, uint8(0), uint8(3), "x", "Name")
	f.Add("𝔟𝔟 quote\npre", 1, 4, 2, 9, uint8(1), uint8(9), "go", "")
	f.Add("Ana", 0, 3, 0, 3, uint8(2), uint8(4), "matrix:@ana:example.org", "Eve <script>")
	styles := []chat.Style{
		chat.Quote, chat.Hyperlink, chat.Mention, chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Pre,
		chat.Cite,
	}
	f.Fuzz(func(t *testing.T, plain string, a, b, c, d int, s1, s2 uint8, value, name string) {
		text := chat.Text{Plain: plain, Spans: []chat.Span{
			{Start: a, End: b, Style: styles[int(s1)%len(styles)], Value: value},
			{Start: c, End: d, Style: styles[int(s2)%len(styles)], Value: value},
		}}.Normal()
		r := render(text, cleanName(name))
		if !utf8.ValidString(r.body) || !utf8.ValidString(r.html) {
			t.Fatal("not UTF-8")
		}
		back := parseHTML(r.html, own)
		for _, sp := range back.Spans {
			meant := sp.Style == chat.Mention
			if meant && !containsMention(text, sp.Value) {
				t.Fatalf("mention of %q grew", sp.Value)
			}
		}
		if r.html == "" || name != "" || strings.ContainsAny(plain, "\x00\r\n\t") || len(plain) > 10_000 {
			return
		}
		want := text.Trim().Normal()
		if diff := cmp.Diff(want.Plain, back.Plain, cmpopts.EquateEmpty()); diff != "" && !hasBlock(text) {
			t.Fatalf("text changed on the way there and back:\n%s\n%s", diff, r.html)
		}
	})
}

func hasBlock(t chat.Text) bool {
	for _, s := range t.Spans {
		if isBlock(s.Style) {
			return true
		}
	}
	return false
}

func containsMention(t chat.Text, value string) bool {
	for _, s := range t.Spans {
		if s.Style == chat.Mention && s.Value == value {
			return true
		}
		if s.Style == chat.Hyperlink && "matrix:"+userOfLink(s.Value) == value {
			return true
		}
	}
	return false
}
