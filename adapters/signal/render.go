package signal

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/potluck-chat/potluck/core/chat"
)

// placeholder is the letter in whose place the clients show a mention.
const placeholder = "\uFFFC"

// rendered is a text as send's parameters carry it.
type rendered struct {
	body     string
	styles   []string // "start:length:STYLE", UTF-16 units
	mentions []string // "start:length:RECIPIENT"
	plain    string   // the body with the names of the mentioned, where it has mentions
}

// styleName is Signal's name of a style; empty where it has none.
func styleName(s chat.Style) string {
	switch s {
	case chat.Bold:
		return "BOLD"
	case chat.Italic:
		return "ITALIC"
	case chat.Strike:
		return "STRIKETHROUGH"
	case chat.Spoiler:
		return "SPOILER"
	case chat.Code, chat.Pre:
		return "MONOSPACE"
	}
	return ""
}

// renderer writes a text while it walks through it.
type renderer struct {
	b       strings.Builder
	units   int
	quotes  int  // how many quotes are open
	fresh   bool // at the beginning of a line
	after   bool // a quote has just ended: what follows begins a line
	mention int  // how many mentions are open
	starts  []int
	out     rendered
}

// render turns a canonical text into Signal's: styles as ranges, mentions of Signal accounts as
// placeholders, quotes as lines that begin with ">", links with their address behind them. What Signal has
// no style for is plain.
func render(t chat.Text) rendered {
	r := &renderer{fresh: true}
	t.Walk(r.enter, r.text, r.leave)
	r.out.body = r.b.String()
	if len(r.out.mentions) > 0 {
		r.out.plain = render(withoutMentions(t)).body
	}
	return r.out
}

func withoutMentions(t chat.Text) chat.Text {
	t.Spans = slices.DeleteFunc(slices.Clone(t.Spans), func(s chat.Span) bool { return s.Style == chat.Mention })
	return t
}

func (r *renderer) enter(s chat.Span) {
	if s.Style == chat.Quote {
		if !r.fresh {
			r.write("\n")
		}
		r.quotes++
		r.after = false
	}
	r.prepare()
	r.starts = append(r.starts, r.units)
	if _, ok := mentioned(s); ok {
		r.mention++
	}
}

// prepare writes what belongs before the next letter: the end of a quote's line, the mark of a quoted one.
func (r *renderer) prepare() {
	if r.after {
		r.after = false
		if !r.fresh {
			r.write("\n")
		}
	}
	if r.quotes > 0 && r.fresh {
		r.write("> ")
	}
}

func (r *renderer) text(s string) {
	if r.mention > 0 {
		return
	}
	for line := range strings.Lines(s) {
		if r.after && line == "\n" {
			r.after = false // the text has its own end of the quote's line
			r.write(line)
			continue
		}
		r.prepare()
		r.write(line)
	}
}

func (r *renderer) write(s string) {
	r.b.WriteString(s)
	r.units += chat.Units(s)
	r.fresh = strings.HasSuffix(s, "\n")
}

func (r *renderer) leave(s chat.Span) {
	start := r.starts[len(r.starts)-1]
	r.starts = r.starts[:len(r.starts)-1]
	if aci, ok := mentioned(s); ok {
		r.mention--
		r.write(placeholder)
		r.out.mentions = append(r.out.mentions, fmt.Sprintf("%d:1:%s", start, aci))
		return
	}
	switch s.Style {
	case chat.Quote:
		r.quotes--
		r.after = r.quotes == 0
	case chat.Hyperlink:
		if label := unitsFrom(r.b.String(), start); !sameAddress(label, s.Value) {
			r.write(" (" + oneWord(s.Value) + ")")
		}
	}
	if name := styleName(s.Style); name != "" && r.units > start {
		r.out.styles = append(r.out.styles, fmt.Sprintf("%d:%d:%s", start, r.units-start, name))
	}
}

// mentioned returns the account that a span means, if it is one of Signal's.
func mentioned(s chat.Span) (aci string, ok bool) {
	if s.Style != chat.Mention {
		return "", false
	}
	id, err := chat.ParseIdentity(s.Value)
	return id.ID, err == nil && id.Platform == chat.Signal && isACI(id.ID)
}

// unitsFrom returns what stands behind the first units of s.
func unitsFrom(s string, units int) string {
	for i, c := range s {
		if units <= 0 {
			return s[i:]
		}
		units -= utf16.RuneLen(c)
	}
	return ""
}

// sameAddress tells whether a link's words are its address already.
func sameAddress(label, address string) bool {
	bare := func(s string) string {
		for _, scheme := range []string{"https://", "http://", "mailto:"} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(strings.TrimSpace(s), "/")
	}
	return bare(label) == bare(address)
}

// oneWord takes white space and control characters from an address.
func oneWord(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// maxName is how many characters of an author's name are shown.
const maxName = 60

// headerEnd stands between the author's name and his words.
const headerEnd = ": "

// header is the author's name as it stands before his words; empty when the house speaks.
func header(as *chat.Person) chat.Text {
	if as == nil {
		return chat.Text{}
	}
	name := []rune(strings.Join(strings.Fields(strings.Map(visible, chat.Plain(as.Name).Plain)), " "))
	if len(name) > maxName {
		name = append(name[:maxName], '…')
	}
	if len(name) == 0 {
		name = []rune("Somebody")
	}
	return chat.Styled(chat.Bold, string(name), "").Append(chat.Plain(headerEnd))
}

// visible drops what turns the direction of a line or hides in it: a name must not rearrange what follows.
func visible(r rune) rune {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFFFC:
		return -1
	case unicode.IsControl(r):
		return ' '
	}
	return r
}
