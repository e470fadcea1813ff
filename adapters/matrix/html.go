package matrix

import (
	"slices"
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"

	"github.com/potluck-chat/potluck/core/chat"
)

const (
	// maxHTML is the most bytes of formatted_body that are read; an event has at most 65,536.
	maxHTML = 128 << 10
	// maxDepth is how deep tags are followed; the specification says 100.
	maxDepth = 100
	// maxLink is the most bytes of a link that we keep.
	maxLink = 2048
	// maxText is the most bytes of text that one message can become: bullets and table bars add to it.
	maxText = 256 << 10
)

// element is a tag that is open.
type element struct {
	tag    string
	style  chat.Style // empty = none
	value  string
	start  int // unit of its first text, -1 = none yet
	number int // next number of an ordered list, 0 = a bullet
	cells  int // cells so far of a table row
}

// parser turns HTML into a text, in one pass and without recursion.
type parser struct {
	out     strings.Builder
	units   int
	spans   []chat.Span
	open    []element
	breaks  int  // line breaks that are due before the next text
	fresh   bool // nothing was written since a block began
	skipped int  // depth inside of what is not shown
	beyond  int  // open tags beyond maxDepth
	whose   func(user string) string
}

// parseHTML returns what org.matrix.custom.html says, as a canonical text. whose turns an account's id
// into the identity that a mention of it means.
func parseHTML(s string, whose func(user string) string) chat.Text {
	if len(s) > maxHTML {
		s = s[:maxHTML]
	}
	p := &parser{whose: whose}
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for p.out.Len() < maxText {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			break
		}
		switch kind {
		case xhtml.TextToken:
			p.text(string(z.Text()))
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			p.enter(z.Token())
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			p.leave(string(name))
		}
	}
	for len(p.open) > 0 {
		p.close(len(p.open) - 1)
	}
	t := chat.Text{Plain: p.out.String(), Spans: p.spans}
	return t.Normal().Trim().Normal()
}

// text writes text of the source, where white space with a line break in it is a space.
func (p *parser) text(s string) {
	if p.skipped > 0 || s == "" {
		return
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if p.inside("pre") {
		p.preformatted(s)
		return
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "\n\r")
		if i < 0 {
			b.WriteString(s)
			break
		}
		head, rest := strings.TrimRight(s[:i], " \t"), strings.TrimLeft(s[i:], " \t\r\n")
		b.WriteString(head)
		if b.Len() > 0 || !p.atLineStart() {
			if rest != "" || head != "" {
				b.WriteByte(' ')
			}
		}
		s = rest
	}
	text := b.String()
	if strings.TrimSpace(text) == "" && (p.atLineStart() || p.inTable()) {
		return
	}
	p.write(text)
}

// preformatted writes text of a block of code; its first and last line breaks are the markup's.
func (p *parser) preformatted(s string) {
	if p.fresh {
		s = strings.TrimPrefix(s, "\n")
	}
	body := strings.TrimRight(s, "\n")
	p.write(body)
	p.breaks += len(s) - len(body)
}

// atLineStart tells whether the next text begins a line.
func (p *parser) atLineStart() bool {
	return p.units == 0 || p.breaks > 0 || p.fresh || strings.HasSuffix(p.out.String(), "\n")
}

func (p *parser) inside(tag string) bool {
	return slices.ContainsFunc(p.open, func(e element) bool { return e.tag == tag })
}

// inTable tells whether the innermost open tag is one of a table that holds no text itself.
func (p *parser) inTable() bool {
	if len(p.open) == 0 {
		return false
	}
	return slices.Contains([]string{"table", "thead", "tbody", "tr", "ul", "ol"}, p.open[len(p.open)-1].tag)
}

// write writes text as it is, after the line breaks that are due.
func (p *parser) write(s string) {
	if s == "" {
		return
	}
	if p.units > 0 {
		p.raw(strings.Repeat("\n", p.breaks))
	}
	p.breaks, p.fresh = 0, false
	for i := range p.open {
		if p.open[i].start < 0 {
			p.open[i].start = p.units
		}
	}
	p.raw(s)
}

func (p *parser) raw(s string) {
	p.out.WriteString(s)
	p.units += chat.Units(s)
}

// block makes the next text begin a line, with n line breaks in between.
func (p *parser) block(n int) {
	if !p.fresh {
		p.breaks = max(p.breaks, n)
	}
}

func (p *parser) enter(t xhtml.Token) {
	if p.skipped > 0 {
		if t.Data == "mx-reply" && t.Type == xhtml.StartTagToken {
			p.skipped++
		}
		return
	}
	attr := attributes(t.Attr)
	switch t.Data {
	case "br":
		p.lineBreak()
		return
	case "hr":
		p.block(1)
		p.write("———")
		p.breaks = 1
		return
	case "img":
		p.image(attr)
		return
	case "mx-reply", "script", "style", "title", "head":
		if t.Type == xhtml.StartTagToken {
			p.skipped++
		}
		return
	}
	if t.Type == xhtml.SelfClosingTagToken {
		return
	}
	if len(p.open) >= maxDepth {
		p.beyond++
		return
	}
	p.begin(t.Data)
	p.open = append(p.open, p.element(t.Data, attr))
	if reason := attr["data-mx-spoiler"]; t.Data == "span" && reason != "" {
		p.open[len(p.open)-1].start = -1
		p.write("(" + oneLine(reason) + ") ")
		p.open[len(p.open)-1].start = -1 // the reason is not hidden
	}
}

// lineBreak writes a line break of the author's own.
func (p *parser) lineBreak() {
	if p.units > 0 {
		p.breaks++
	}
}

func (p *parser) image(attr map[string]string) {
	alt := attr["alt"]
	if alt == "" {
		alt = attr["title"]
	}
	if alt == "" {
		alt = "[image]"
	}
	p.write(oneLine(alt))
}

// begin does what a tag does before its text.
func (p *parser) begin(tag string) {
	switch tag {
	case "p":
		p.block(2)
	case "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "caption", "summary":
		p.block(1)
	case "blockquote", "pre", "table", "details":
		p.block(1)
		p.fresh = true
	case "ul", "ol":
		if !p.inside("li") {
			p.block(1)
		}
	case "li":
		p.item()
	case "td", "th":
		if i := p.last("tr"); i >= 0 {
			if p.open[i].cells > 0 {
				p.breaks, p.fresh = 0, false
				p.write(" | ")
			}
			p.open[i].cells++
		}
		p.fresh = true
	}
}

// item writes the mark of a list's item.
func (p *parser) item() {
	p.fresh = false
	p.block(1)
	depth, mark := 0, "• "
	for i := range p.open {
		if p.open[i].tag != "ul" && p.open[i].tag != "ol" {
			continue
		}
		depth++
		mark = "• "
		if p.open[i].tag == "ol" {
			mark = strconv.Itoa(p.open[i].number) + ". "
		}
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].tag == "ol" || p.open[i].tag == "ul" {
			p.open[i].number++
			break
		}
	}
	p.write(strings.Repeat("  ", max(depth-1, 0)) + mark)
	p.fresh = true
}

func (p *parser) last(tag string) int {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].tag == tag {
			return i
		}
	}
	return -1
}

func (p *parser) leave(tag string) {
	switch tag {
	case "mx-reply", "script", "style", "title", "head":
		p.skipped = max(p.skipped-1, 0)
		return
	}
	if p.skipped > 0 {
		return
	}
	if p.beyond > 0 {
		p.beyond--
		return
	}
	i := p.last(tag)
	if i < 0 {
		return
	}
	for len(p.open) > i {
		p.close(len(p.open) - 1)
	}
}

// close ends the innermost open tag.
func (p *parser) close(i int) {
	e := p.open[i]
	p.open = p.open[:i]
	if e.style != "" && e.start >= 0 && e.start < p.units {
		p.spans = append(p.spans, chat.Span{Start: e.start, End: p.units, Style: e.style, Value: e.value})
	}
	switch e.tag {
	case "p":
		p.breaks = max(p.breaks, 2)
	case "blockquote", "pre", "details", "li", "table", "ul", "ol":
		p.breaks = 1
	case "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "caption":
		p.breaks = max(p.breaks, 1)
	case "summary":
		p.breaks = 1
		if j := p.last("details"); j >= 0 {
			p.open[j].style, p.open[j].start = chat.Quote, -1
		}
	default:
		return
	}
	p.fresh = false
}
