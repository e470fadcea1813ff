package matrix

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxRendered is the most bytes that body and formatted_body may have together: an edit holds them twice,
// and an event has at most 65,536 bytes with all that servers add.
const maxRendered = 31_000

// rendered is a text as Matrix writes it.
type rendered struct {
	body, html string // html is empty where body says it all
	mentions   []string
}

// render writes a canonical text, behind the name of its author where that is not empty.
func render(t chat.Text, name string) rendered {
	r := renderer{}
	t.Walk(r.enter, r.text, r.leave)
	out := rendered{body: r.plain.String(), html: r.html.String(), mentions: r.mentions}
	if len(t.Spans) == 0 {
		out.html = ""
	}
	if name == "" {
		return out
	}
	if out.html == "" {
		out.html = r.html.String()
	}
	gap, br := " ", " "
	switch {
	case t.Plain == "":
		gap, br = "", ""
	case len(t.Spans) > 0 && t.Spans[0].Start == 0 && isBlock(t.Spans[0].Style):
		gap, br = "\n", ""
	}
	out.body = name + ":" + gap + out.body
	out.html = "<strong data-mx-profile-fallback>" + escape(name) + ":" + br + "</strong>" + out.html
	return out
}

// renderer writes body and formatted_body side by side.
type renderer struct {
	plain, html strings.Builder
	mentions    []string
	pre, quote  bool
	hidden      int
	afterBlock  bool
	links       []int // where in plain the open links begin
}

func isBlock(s chat.Style) bool { return s == chat.Quote || s == chat.Pre }

func (r *renderer) enter(s chat.Span) {
	if isBlock(s.Style) {
		dropBreak(&r.html) // the line break before a block is the block's own
		r.afterBlock = false
	}
	switch s.Style {
	case chat.Quote:
		r.quote = true
		r.plain.WriteString("> ")
	case chat.Pre:
		r.pre = true
	case chat.Spoiler:
		if r.hidden == 0 {
			r.plain.WriteString("[spoiler]")
		}
		r.hidden++
	case chat.Hyperlink:
		r.links = append(r.links, r.plain.Len())
	case chat.Mention:
		if user := mentioned(s.Value); user != "" && !slices.Contains(r.mentions, user) {
			r.mentions = append(r.mentions, user)
		}
	}
	r.html.WriteString(openTag(s))
}

func (r *renderer) text(s string) {
	if r.hidden == 0 {
		if r.quote {
			r.plain.WriteString(strings.ReplaceAll(s, "\n", "\n> "))
		} else {
			r.plain.WriteString(s)
		}
	}
	if r.afterBlock {
		s = strings.TrimPrefix(s, "\n")
		r.afterBlock = false
	}
	s = escape(s)
	if !r.pre {
		s = strings.ReplaceAll(s, "\n", "<br>")
	}
	r.html.WriteString(s)
}

func (r *renderer) leave(s chat.Span) {
	switch s.Style {
	case chat.Quote:
		r.quote = false
	case chat.Pre:
		r.pre = false
	case chat.Spoiler:
		r.hidden--
	case chat.Hyperlink:
		from := r.links[len(r.links)-1]
		r.links = r.links[:len(r.links)-1]
		if shown := r.plain.String()[from:]; r.hidden == 0 && isSafeLink(s.Value) && shown != s.Value {
			r.plain.WriteString(" (" + s.Value + ")")
		}
	}
	r.html.WriteString(closeTag(s))
	r.afterBlock = isBlock(s.Style)
}

func dropBreak(b *strings.Builder) {
	s := b.String()
	if trimmed, ok := strings.CutSuffix(s, "<br>"); ok {
		b.Reset()
		b.WriteString(trimmed)
	}
}

func openTag(s chat.Span) string {
	switch s.Style {
	case chat.Bold:
		return "<strong>"
	case chat.Italic:
		return "<em>"
	case chat.Underline:
		return "<u>"
	case chat.Strike:
		return "<del>"
	case chat.Spoiler:
		return "<span data-mx-spoiler>"
	case chat.Code:
		return "<code>"
	case chat.Pre:
		if isLanguage(s.Value) {
			return `<pre><code class="language-` + s.Value + `">`
		}
		return "<pre><code>"
	case chat.Quote:
		return "<blockquote>"
	case chat.Hyperlink:
		if isSafeLink(s.Value) {
			return `<a href="` + escape(s.Value) + `">`
		}
	case chat.Mention:
		if user := mentioned(s.Value); user != "" {
			return `<a href="https://matrix.to/#/` + escape(url.PathEscape(user)) + `">`
		}
	case chat.Cite:
		if link := linkOf(s.Value); link != "" {
			return `<a href="` + escape(link) + `">`
		}
	}
	return ""
}

// linkOf returns the address that opens a message in any client, empty if it is no message of Matrix.
func linkOf(value string) string {
	r, err := chat.ParseRef(value)
	if err != nil || r.Chat.Platform != chat.Matrix || !isRoomID(r.Chat.ID) || !isEventID(r.ID) {
		return ""
	}
	link := "https://matrix.to/#/" + url.PathEscape(r.Chat.ID) + "/" + url.PathEscape(r.ID)
	if _, server, ok := strings.Cut(r.Chat.ID, ":"); ok { // from room version 12 on there is none
		link += "?via=" + url.QueryEscape(server)
	}
	return link
}

func closeTag(s chat.Span) string {
	switch s.Style {
	case chat.Bold:
		return "</strong>"
	case chat.Italic:
		return "</em>"
	case chat.Underline:
		return "</u>"
	case chat.Strike:
		return "</del>"
	case chat.Spoiler:
		return "</span>"
	case chat.Code:
		return "</code>"
	case chat.Pre:
		return "</code></pre>"
	case chat.Quote:
		return "</blockquote>"
	case chat.Hyperlink, chat.Mention, chat.Cite:
		if openTag(s) != "" {
			return "</a>"
		}
	}
	return ""
}

// mentioned returns the account that a mention means, empty if it is none of Matrix.
func mentioned(value string) string {
	user, ok := strings.CutPrefix(value, string(chat.Matrix)+":")
	if !ok || !isUserID(user) {
		return ""
	}
	return user
}

// isSafeLink tells whether an address may stand in a link: the specification names the schemes.
func isSafeLink(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxLink || !isPrintable(s) {
		return false
	}
	switch u.Scheme {
	case "http", "https", "ftp":
		return u.Host != ""
	case "mailto", "magnet":
		return true
	}
	return false
}

func isLanguage(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#._-") == ""
}

func escape(s string) string { return html.EscapeString(strings.ReplaceAll(s, "\x00", "")) }

// pieces cuts a text into what fits into one event each.
func pieces(t chat.Text, name string) []chat.Text {
	return fitting(t, name, textLimit)
}

func fitting(t chat.Text, name string, limit int) []chat.Text {
	var out []chat.Text
	for _, p := range t.Split(limit, chat.Units) {
		if limit > 200 && sizeOf(render(p, name)) > maxRendered {
			out = append(out, fitting(p, name, limit/2)...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// sizeOf returns the bytes of body and formatted_body in canonical JSON.
func sizeOf(r rendered) int {
	n := 0
	for _, s := range []string{r.body, r.html} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(s) // strings can always be encoded
		n += b.Len()
	}
	return n
}

// put writes the text into a content.
func (r rendered) put(c map[string]any) {
	c["body"] = r.body
	if r.html != "" {
		c["format"], c["formatted_body"] = "org.matrix.custom.html", r.html
	}
	// Always there: without it old servers look for names in the text, and wake everybody called so.
	c["m.mentions"] = map[string]any{}
	if len(r.mentions) > 0 {
		c["m.mentions"] = map[string]any{"user_ids": r.mentions}
	}
}
