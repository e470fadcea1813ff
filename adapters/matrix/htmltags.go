package matrix

import (
	"net/url"
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"

	"github.com/potluck-chat/potluck/core/chat"
)

// element returns the open tag with the style that it means.
func (p *parser) element(tag string, attr map[string]string) element {
	e := element{tag: tag, start: -1}
	switch tag {
	case "b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th", "caption":
		e.style = chat.Bold
	case "i", "em":
		e.style = chat.Italic
	case "u":
		e.style = chat.Underline
	case "s", "strike", "del":
		e.style = chat.Strike
	case "blockquote":
		e.style = chat.Quote
	case "pre":
		e.style = chat.Pre
	case "code":
		e.style = p.code(attr["class"])
	case "span":
		if _, spoiler := attr["data-mx-spoiler"]; spoiler {
			e.style = chat.Spoiler
		}
	case "a":
		e.style, e.value = p.link(attr["href"])
	case "ol":
		e.number = 1
		if n, err := strconv.Atoi(attr["start"]); err == nil && n >= 0 && n < 1_000_000 {
			e.number = n
		}
	}
	return e
}

// code returns the style of a code tag; the one in a block of code names its language.
func (p *parser) code(class string) chat.Style {
	i := p.last("pre")
	if i < 0 {
		return chat.Code
	}
	for _, c := range strings.Fields(class) {
		if lang, ok := strings.CutPrefix(c, "language-"); ok && len(lang) <= 64 {
			p.open[i].value = lang
		}
	}
	return ""
}

// link returns what an address means: a person, or a link that other platforms can follow.
func (p *parser) link(href string) (chat.Style, string) {
	href = strings.TrimSpace(href)
	if user := userOfLink(href); user != "" {
		return chat.Mention, p.whose(user)
	}
	u, err := url.Parse(href)
	if err != nil || len(href) > maxLink || !isPrintable(href) {
		return "", ""
	}
	switch u.Scheme {
	case "http", "https", "ftp":
		if u.Host != "" {
			return chat.Hyperlink, href
		}
	case "mailto", "matrix", "tel":
		if u.Opaque != "" {
			return chat.Hyperlink, href
		}
	}
	return "", ""
}

// userOfLink returns the account that a matrix.to or matrix: address names, empty if it names none.
func userOfLink(href string) string {
	rest, ok := strings.CutPrefix(href, "https://matrix.to/#/")
	if !ok {
		local, isURI := strings.CutPrefix(href, "matrix:u/")
		if !isURI {
			return ""
		}
		rest = "@" + local
	}
	rest, _, _ = strings.Cut(rest, "?")
	user, err := url.PathUnescape(rest)
	if err != nil || !isUserID(user) {
		return ""
	}
	return user
}

func attributes(list []xhtml.Attribute) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, min(len(list), 16))
	for _, a := range list[:min(len(list), 16)] {
		m[a.Key] = a.Val
	}
	return m
}

// oneLine folds white space, and cuts what is longer than a line should be.
func oneLine(s string) string { return lineOfUpTo(s, 200) }

// lineOfUpTo folds white space and cuts after so many characters.
func lineOfUpTo(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
