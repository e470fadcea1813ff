package matrix

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/core/chat"
)

func own(user string) string { return "matrix:" + user }

func TestHTMLBecomesPlainText(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{"a &lt; b &amp;amp; c", "a < b &amp; c"},
		{"one<br>two<br/>three", "one\ntwo\nthree"},
		{"one\ntwo", "one two"},
		{"<p>one</p>\n<p>two<br />\nthree</p>\n", "one\n\ntwo\nthree"},
		{"<h2>Title</h2><p>text</p>", "Title\n\ntext"},
		{"before<blockquote>said</blockquote>after", "before\nsaid\nafter"},
		{"before<br><blockquote><p>said</p></blockquote><p>after</p>", "before\nsaid\n\nafter"},
		{"<ul>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul></li>\n</ul>end", "• a\n• b\n  • c\nend"},
		{`<ol start="3"><li>c</li><li>d</li></ol>`, "3. c\n4. d"},
		{"<ol><li><p>a</p></li><li><p>b</p></li></ol>", "1. a\n2. b"},
		{"<pre><code class=\"language-go\">a := 1\n\n  b\n</code></pre>after", "a := 1\n\n  b\nafter"},
		{"a<hr>b", "a\n———\nb"},
		{"<table><thead><tr><th>x</th><th>y</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>", "x | y\n1 | 2"},
		{`look <img src="mxc://a/b" alt=":cat:"> here`, "look :cat: here"},
		{"<mx-reply><blockquote>old</blockquote></mx-reply>new", "new"},
		{"<script>alert(1)</script><style>b{}</style>safe", "safe"},
		{"<details><summary>More</summary>hidden words</details>", "More\nhidden words"},
		{`<span data-mx-spoiler="the end">she dies</span>`, "(the end) she dies"},
		{"E=mc<sup>2</sup>", "E=mc2"},
		{"&#xD800;&#0;\x00x", "\uFFFD\uFFFDx"},
		{"<b>open <i>and never closed", "open and never closed"},
		{"</b></div>stray", "stray"},
		{"<font color=red>plain</font> <unknown>too</unknown>", "plain too"},
		{"two  spaces<br>  indented", "two  spaces\n  indented"},
	} {
		if got := parseHTML(c.html, own).Plain; got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.html, got, c.want)
		}
	}
}

func TestHTMLBecomesSpans(t *testing.T) {
	for _, c := range []struct {
		html string
		want chat.Text
	}{
		{"<strong>b</strong><em>i</em><u>u</u><del>s</del><code>c</code>", chat.Text{Plain: "biusc", Spans: []chat.Span{
			{Start: 0, End: 1, Style: chat.Bold},
			{Start: 1, End: 2, Style: chat.Italic},
			{Start: 2, End: 3, Style: chat.Underline},
			{Start: 3, End: 4, Style: chat.Strike},
			{Start: 4, End: 5, Style: chat.Code},
		}}},
		{"𝔟<b>𝔟</b>", chat.Text{Plain: "𝔟𝔟", Spans: []chat.Span{{Start: 2, End: 4, Style: chat.Bold}}}},
		{`<a href="https://matrix.to/#/@ana:example.org">Ana</a>`, chat.Styled(chat.Mention, "Ana", "matrix:@ana:example.org")},
		{`<a href="https://matrix.to/#/%40ana%3Aexample.org?via=x">Ana</a>`, chat.Styled(chat.Mention, "Ana", "matrix:@ana:example.org")},
		{`<a href="matrix:u/ana:example.org">Ana</a>`, chat.Styled(chat.Mention, "Ana", "matrix:@ana:example.org")},
		{`<a href="https://matrix.to/#/#room:example.org">room</a>`, chat.Styled(chat.Hyperlink, "room", "https://matrix.to/#/#room:example.org")},
		{`<a href="javascript:alert(1)">x</a>`, chat.Plain("x")},
		{`<a href="https://x.org/?a=1&amp;b=2">x</a>`, chat.Styled(chat.Hyperlink, "x", "https://x.org/?a=1&b=2")},
		{`<pre><code class="language-go">x</code></pre>`, chat.Styled(chat.Pre, "x", "go")},
		{`a<blockquote>q</blockquote>b`, chat.Text{Plain: "a\nq\nb", Spans: []chat.Span{{Start: 2, End: 3, Style: chat.Quote}}}},
		{`<span data-mx-spoiler="end">x</span>`, chat.Text{Plain: "(end) x", Spans: []chat.Span{{Start: 6, End: 7, Style: chat.Spoiler}}}},
	} {
		if diff := cmp.Diff(c.want, parseHTML(c.html, own), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.html, diff)
		}
	}
}

func TestHTMLThatIsAnAttackIsReadInTime(t *testing.T) {
	for name, html := range map[string]string{
		"deep":        strings.Repeat("<div>", 100_000) + "x" + strings.Repeat("</div>", 100_000),
		"deep quotes": strings.Repeat("<blockquote><p>", 100_000) + "x",
		"lists":       strings.Repeat("<ol><li>", 50_000) + "x",
		"unclosed":    strings.Repeat("<b", 100_000),
		"attributes":  "<a " + strings.Repeat("x=y ", 50_000) + "href=https://x.org>x</a>",
		"closings":    strings.Repeat("<b>", 100) + strings.Repeat("</i>", 100_000) + "x",
		"breaks":      "x" + strings.Repeat("<br>", 100_000) + "x",
		"entities":    strings.Repeat("&#xD800;&lt", 50_000),
		"spans":       strings.Repeat("<b>x</b><i>y</i>", 50_000),
		"table":       "<table><tr>" + strings.Repeat("<td>x", 50_000),
	} {
		begun := time.Now()
		got := parseHTML(html, own)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		if !utf8.ValidString(got.Plain) || len(got.Plain) > 2*maxText {
			t.Errorf("%s became %d bytes", name, len(got.Plain))
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<b>x</b>", "<ul><li>a<ol start=9><li>b", "<table><tr><td>a<td>b", "<pre><code class=language-go>\nx\n</code></pre>",
		"<details><summary>a</summary>b", "&#xD800;<span data-mx-spoiler=why>x", "<a href=https://matrix.to/#/@a:b>x</a>",
		"<mx-reply>x</mx-reply>y", "a\r\n\t b<br> c", "<p>𝔟<b>𝔟</p>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := parseHTML(s, own)
		if diff := cmp.Diff(got, got.Normal(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("not canonical:\n%s", diff)
		}
		for _, sp := range got.Spans {
			if sp.Style == chat.Mention && mentioned(sp.Value) == "" {
				t.Fatalf("mention of %q", sp.Value)
			}
		}
	})
}
