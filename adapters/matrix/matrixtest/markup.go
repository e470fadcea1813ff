package matrixtest

import (
	"encoding/json"
	"html"
	"slices"
	"strings"

	xhtml "golang.org/x/net/html"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// content is what m.room.message and m.sticker say.
type content struct {
	Kind     string `json:"msgtype"`
	Body     string `json:"body"`
	Format   string `json:"format"`
	HTML     string `json:"formatted_body"`
	Filename string `json:"filename"`
	URL      string `json:"url"`
	Geo      string `json:"geo_uri"`
	Place    struct {
		Description string `json:"description"`
	} `json:"org.matrix.msc3488.location"`
	Spoiler bool `json:"page.codeberg.everypizza.msc4193.spoiler"`
	Info    struct {
		MIME     string          `json:"mimetype"`
		Animated bool            `json:"fi.mau.gif"`
		Size     json.RawMessage `json:"size"`
	} `json:"info"`
	Voice   json.RawMessage `json:"org.matrix.msc3245.voice"`
	New     *content        `json:"m.new_content"`
	Relates struct {
		Type     string `json:"rel_type"`
		To       string `json:"event_id"`
		Fallback bool   `json:"is_falling_back"`
		Reply    struct {
			ID string `json:"event_id"`
		} `json:"m.in_reply_to"`
	} `json:"m.relates_to"`
}

// text returns what a client shows as text: of a medium its caption.
func (c *content) text() chat.Text {
	if c.Kind == "m.location" {
		return chat.Text{} // a map alone
	}
	if c.Kind == "m.image" || c.Kind == "m.video" || c.Kind == "m.audio" || c.Kind == "m.file" || c.Kind == "" {
		if c.URL != "" && (c.Filename == "" || c.Filename == c.Body) {
			return chat.Text{}
		}
	}
	if c.Format == "org.matrix.custom.html" && c.HTML != "" {
		return fromHTML(c.HTML)
	}
	return chat.Plain(c.Body).Normal()
}

// files returns the file of a content, if it has one.
func (c *content) files(kind string) []world.Media {
	if c.URL == "" {
		return nil
	}
	return []world.Media{c.media(kind)}
}

func (c *content) media(kind string) world.Media {
	m := world.Media{Kind: chat.File, Name: c.Filename, MIME: c.Info.MIME, Hidden: c.Spoiler}
	if m.Name == "" {
		m.Name = c.Body
	}
	switch {
	case kind == "m.sticker":
		m.Kind = chat.Sticker
	case c.Kind == "m.image" && m.MIME == "image/gif":
		m.Kind = chat.Animation
	case c.Kind == "m.image":
		m.Kind = chat.Photo
	case c.Kind == "m.video" && c.Info.Animated:
		m.Kind = chat.Animation
	case c.Kind == "m.video":
		m.Kind = chat.Video
	case c.Kind == "m.audio" && c.Voice != nil:
		m.Kind = chat.Voice
	case c.Kind == "m.audio":
		m.Kind = chat.Audio
	}
	return m
}

// textContent writes a text as Element does.
func textContent(t chat.Text) map[string]any {
	c := map[string]any{"msgtype": "m.text", "body": t.Plain, "m.mentions": mentions(t)}
	if len(t.Spans) > 0 {
		c["format"], c["formatted_body"] = "org.matrix.custom.html", toHTML(t)
	}
	return c
}

func mentions(t chat.Text) map[string]any {
	var ids []string
	for _, s := range t.Spans {
		if id, ok := strings.CutPrefix(s.Value, "matrix:"); ok && s.Style == chat.Mention && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return map[string]any{}
	}
	return map[string]any{"user_ids": ids}
}

func mediaEvent(m world.Media, uri string, caption chat.Text) map[string]any {
	c := map[string]any{
		"msgtype": "m.file", "body": m.Name, "filename": m.Name, "url": uri,
		"info": map[string]any{"mimetype": m.MIME, "size": len(m.Bytes)}, "m.mentions": mentions(caption),
	}
	switch m.Kind {
	case chat.Photo, chat.Sticker:
		c["msgtype"] = "m.image"
	case chat.Video, chat.VideoNote:
		c["msgtype"] = "m.video"
	case chat.Animation:
		c["msgtype"] = "m.image"
		if strings.HasPrefix(m.MIME, "video/") {
			c["msgtype"], c["info"].(map[string]any)["fi.mau.gif"] = "m.video", true
		}
	case chat.Audio:
		c["msgtype"] = "m.audio"
	case chat.Voice:
		c["msgtype"], c["org.matrix.msc3245.voice"] = "m.audio", map[string]any{}
	}
	if m.Hidden {
		c[spoilerKey] = true
	}
	if !caption.IsEmpty() {
		c["body"] = caption.Plain
		if len(caption.Spans) > 0 {
			c["format"], c["formatted_body"] = "org.matrix.custom.html", toHTML(caption)
		}
	}
	return c
}

// toHTML writes a canonical text; a line break beside a block is the block's own.
func toHTML(t chat.Text) string {
	var b strings.Builder
	pre, atBlock := false, false
	closing := map[chat.Style]string{
		chat.Bold: "</strong>", chat.Italic: "</em>", chat.Underline: "</u>", chat.Strike: "</del>",
		chat.Spoiler: "</span>", chat.Code: "</code>", chat.Hyperlink: "</a>", chat.Mention: "</a>",
		chat.Pre: "</code></pre>", chat.Quote: "</blockquote>",
	}
	t.Walk(func(s chat.Span) {
		if s.Style == chat.Pre || s.Style == chat.Quote {
			trimmed := strings.TrimSuffix(b.String(), "<br>")
			b.Reset()
			b.WriteString(trimmed)
		}
		pre = pre || s.Style == chat.Pre
		b.WriteString(openTag(s))
	}, func(s string) {
		if atBlock {
			s = strings.TrimPrefix(s, "\n")
		}
		atBlock = false
		s = html.EscapeString(s)
		if !pre {
			s = strings.ReplaceAll(s, "\n", "<br>")
		}
		b.WriteString(s)
	}, func(s chat.Span) {
		b.WriteString(closing[s.Style])
		if s.Style == chat.Pre {
			pre = false
		}
		atBlock = s.Style == chat.Pre || s.Style == chat.Quote
	})
	return b.String()
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
	case chat.Hyperlink:
		return `<a href="` + html.EscapeString(s.Value) + `">`
	case chat.Mention:
		return `<a href="https://matrix.to/#/` + html.EscapeString(strings.TrimPrefix(s.Value, "matrix:")) + `">`
	case chat.Pre:
		if s.Value != "" {
			return `<pre><code class="language-` + html.EscapeString(s.Value) + `">`
		}
		return "<pre><code>"
	case chat.Quote:
		return "<blockquote>"
	}
	return ""
}

// reader turns HTML into what a client shows.
type reader struct {
	out   strings.Builder
	units int
	spans []chat.Span
	open  []chat.Span
	tags  []string
	drop  int  // depth inside mx-reply
	brk   bool // a line break is due before the next text
}

func fromHTML(s string) chat.Text {
	r := &reader{}
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			for len(r.tags) > 0 {
				r.leave(r.tags[len(r.tags)-1])
			}
			return chat.Text{Plain: r.out.String(), Spans: r.spans}.Normal()
		case xhtml.TextToken:
			r.text(string(z.Text()))
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			r.enter(z.Token())
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			r.leave(string(name))
		}
	}
}

func (r *reader) text(s string) {
	if r.drop > 0 || s == "" {
		return
	}
	if !slices.Contains(r.tags, "pre") {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	r.write(s)
}

func (r *reader) write(s string) {
	if r.brk && r.units > 0 {
		s = "\n" + s
		for i := range r.open {
			if r.open[i].Start == r.units {
				r.open[i].Start++
			}
		}
	}
	r.brk = false
	r.out.WriteString(s)
	r.units += chat.Units(s)
}

func isBlock(tag string) bool {
	return slices.Contains([]string{"blockquote", "pre", "p", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"}, tag)
}

func (r *reader) enter(t xhtml.Token) {
	if t.Data == "br" {
		r.write("\n")
		return
	}
	if t.Data == "img" || t.Data == "hr" || t.Type == xhtml.SelfClosingTagToken {
		return
	}
	if t.Data == "mx-reply" {
		r.drop++
	}
	if isBlock(t.Data) && r.units > 0 {
		r.brk = true
	}
	r.tags = append(r.tags, t.Data)
	r.open = append(r.open, r.spanOf(t))
}

func (r *reader) spanOf(t xhtml.Token) chat.Span {
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	s := chat.Span{Start: r.units}
	styles := map[string]chat.Style{
		"strong": chat.Bold, "b": chat.Bold, "em": chat.Italic, "i": chat.Italic, "u": chat.Underline,
		"del": chat.Strike, "s": chat.Strike, "strike": chat.Strike, "code": chat.Code, "pre": chat.Pre,
		"blockquote": chat.Quote,
	}
	s.Style = styles[t.Data]
	_, spoiler := attr["data-mx-spoiler"]
	switch {
	case t.Data == "span" && spoiler:
		s.Style = chat.Spoiler
	case t.Data == "code" && slices.Contains(r.tags, "pre"):
		s.Style = ""
		if lang, ok := strings.CutPrefix(attr["class"], "language-"); ok {
			r.open[len(r.open)-1].Value = lang
		}
	case t.Data == "a" && strings.HasPrefix(attr["href"], "https://matrix.to/#/@"):
		s.Style, s.Value = chat.Mention, "matrix:"+strings.TrimPrefix(attr["href"], "https://matrix.to/#/")
	case t.Data == "a" && attr["href"] != "":
		s.Style, s.Value = chat.Hyperlink, attr["href"]
	}
	return s
}

func (r *reader) leave(tag string) {
	i := len(r.tags) - 1
	for i >= 0 && r.tags[i] != tag {
		i--
	}
	if i < 0 {
		return
	}
	for j := len(r.tags) - 1; j >= i; j-- {
		s := r.open[j]
		s.End = r.units
		if s.Style != "" && s.End > s.Start {
			r.spans = append(r.spans, s)
		}
		if r.tags[j] == "mx-reply" {
			r.drop--
		}
		if isBlock(r.tags[j]) {
			r.brk = true
		}
	}
	r.tags, r.open = r.tags[:i], r.open[:i]
}
