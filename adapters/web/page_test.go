package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/potluck-chat/potluck/core/chat"
)

// FuzzPage shows wild words from both sides: the page has the words, and no element or attribute but ours.
func FuzzPage(f *testing.F) {
	f.Add(`<script>alert(1)</script>"'>&amp;`, []byte{4, 3, 4, 5, 9, 32}, "javascript:alert(1)")
	f.Add("a🍞b\n</textarea>{{.}}", []byte{0, 9, 1}, "https://a.b/?x=\"y")
	f.Add("x", []byte{0, 1, 1}, "data:text/html,x")
	pages := &pages{}
	styles := []chat.Style{chat.Quote, chat.Hyperlink, chat.Mention, chat.Bold, chat.Italic, chat.Underline, chat.Strike, chat.Spoiler, chat.Code, chat.Pre, "x"}
	f.Fuzz(func(t *testing.T, words string, raw []byte, value string) {
		text := chat.Plain(words)
		for ; len(raw) >= 3; raw = raw[3:] {
			start := int(raw[0])
			text.Spans = append(text.Spans, chat.Span{Start: start, End: start + int(raw[1]), Style: styles[int(raw[2])%len(styles)], Value: value})
		}
		rs := []record{
			{Kind: begun},
			{Kind: said, N: 1, Text: chat.Plain(tidy(words))},
			{Kind: answered, N: 2, Text: text, Name: words, Choices: []chat.Choice{{Label: words}}},
		}
		w := httptest.NewRecorder()
		pages.conversation(w, 200, notice{Failed: true, Text: tidy(words)}, page{Link: "https://x/c/y", Path: "/c/y", Version: "1", Items: itemsOf(rs)})
		if w.Code != http.StatusOK {
			t.Fatalf("the page is not shown: %s", w.Body)
		}
		doc, err := html.Parse(strings.NewReader(strings.ReplaceAll(w.Body.String(), "\x00", "\uFFFD")))
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, doc, text.Plain)
	})
}

// checkPage looks for what nobody but us may put on the page.
func checkPage(t *testing.T, doc *html.Node, words string) {
	t.Helper()
	scripts, shown := 0, ""
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				t.Fatalf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" && n.Data == "a" {
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
					t.Fatalf("a link leads to %q", a.Val)
				}
			}
			if a.Key == "class" && a.Val == "text" {
				shown = textOf(n)
			}
		}
		switch n.Data {
		case "script":
			scripts++
		case "iframe", "img", "object", "embed", "svg", "style", "base":
			t.Fatalf("the page has <%s>", n.Data)
		}
	}
	plain := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD")
	if scripts != 1 || shown != plain.Replace(words) {
		t.Fatalf("%d scripts; the words are %q, want %q", scripts, shown, words)
	}
}
