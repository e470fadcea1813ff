package telegram

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"github.com/potluck-chat/potluck/core/chat"
)

// Limits of the platform, in UTF-16 units: the server counts code points, which are never more.
const (
	textLimit    = 4096
	captionLimit = 1024
	maxEntities  = 100 // the server drops further ones
)

// rendered is a text as the API takes it.
type rendered struct {
	plain    string
	entities []models.MessageEntity
}

// render makes the house's text text and entities. Only entities that the server takes come out: a single
// bad address would fail the whole message.
func render(t chat.Text) rendered {
	t = legible(t.Normal())
	out := rendered{plain: t.Plain}
	for _, s := range t.Spans {
		e := models.MessageEntity{Offset: s.Start, Length: s.End - s.Start}
		switch s.Style {
		case chat.Bold:
			e.Type = models.MessageEntityTypeBold
		case chat.Italic:
			e.Type = models.MessageEntityTypeItalic
		case chat.Underline:
			e.Type = models.MessageEntityTypeUnderline
		case chat.Strike:
			e.Type = models.MessageEntityTypeStrikethrough
		case chat.Spoiler:
			e.Type = models.MessageEntityTypeSpoiler
		case chat.Quote:
			e.Type = models.MessageEntityTypeBlockquote
		case chat.Code:
			e.Type = models.MessageEntityTypeCode
		case chat.Pre:
			e.Type, e.Language = models.MessageEntityTypePre, language(s.Value)
		case chat.Hyperlink:
			e.Type, e.URL = models.MessageEntityTypeTextLink, s.Value
		case chat.Cite:
			ref, err := chat.ParseRef(s.Value)
			address := linkTo(ref)
			if err != nil || address == "" {
				continue // what is cited has no address: its words stand there
			}
			e.Type, e.URL = models.MessageEntityTypeTextLink, address
		case chat.Mention:
			id, ok := meant(s.Value)
			if !ok {
				continue // nobody here: his name stands there as text
			}
			e.Type, e.User = models.MessageEntityTypeTextMention, &models.User{ID: id, FirstName: "?"}
		default:
			continue
		}
		out.entities = append(out.entities, e)
	}
	out.entities = fewest(out.entities)
	return out
}

// fewest keeps the entities that matter most, as the server does: structure before styles.
func fewest(list []models.MessageEntity) []models.MessageEntity {
	if len(list) <= maxEntities {
		return list
	}
	kept := make([]models.MessageEntity, 0, maxEntities)
	left := maxEntities
	for _, e := range list {
		if isStructure(e) && left > 0 {
			left--
		}
	}
	structures := maxEntities - left
	for _, e := range list {
		switch {
		case isStructure(e) && structures > 0:
			structures--
			kept = append(kept, e)
		case !isStructure(e) && left > 0:
			left--
			kept = append(kept, e)
		}
	}
	return kept
}

// isStructure tells entities that change what a text says from those that change how it looks.
func isStructure(e models.MessageEntity) bool {
	switch e.Type {
	case models.MessageEntityTypeBlockquote, models.MessageEntityTypeCode, models.MessageEntityTypePre,
		models.MessageEntityTypeTextLink, models.MessageEntityTypeTextMention:
		return true
	default:
		return false
	}
}

// legible writes out the addresses of links that the server does not take, behind their words.
func legible(t chat.Text) chat.Text {
	var odd, kept []chat.Span
	for _, s := range t.Spans {
		if s.Style == chat.Hyperlink && !isLinkable(s.Value) {
			odd = append(odd, s)
			continue
		}
		kept = append(kept, s)
	}
	if len(odd) == 0 {
		return t
	}
	out := chat.Text{Plain: t.Plain, Spans: kept}.Normal() // styles that a link had cut in two are whole again
	for i := len(odd) - 1; i >= 0; i-- {
		if words := out.Slice(odd[i].Start, odd[i].End).Plain; words != odd[i].Value {
			out = insert(out, odd[i].End, " ("+odd[i].Value+")")
		}
	}
	return out.Normal()
}

// insert puts plain text at a unit; spans around it grow over it, those that begin there begin behind it.
func insert(t chat.Text, at int, words string) chat.Text {
	n := chat.Units(words)
	out := chat.Text{Plain: t.Slice(0, at).Plain + words + t.Slice(at, t.Len()).Plain, Spans: make([]chat.Span, len(t.Spans))}
	for i, s := range t.Spans {
		if s.Start >= at {
			s.Start += n
		}
		if s.End > at {
			s.End += n
		}
		out.Spans[i] = s
	}
	return out
}

// isLinkable tells whether the server takes an address for a link: http(s) to a host with a dot, or Telegram's
// own tg scheme (td, LinkManager::check_link). Others it refuses or, worse, takes for something else.
func isLinkable(address string) bool {
	if len(address) > 2000 || strings.ContainsAny(address, " \t\r\n\\\"<>") {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "tg":
		return u.Host != "" && !strings.ContainsAny(u.Host, ":@")
	case "http", "https":
	default:
		return false
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.Atoi(port); err != nil || n <= 0 || n > 65535 {
			return false
		}
	}
	return isHost(u.Hostname())
}

// isHost tells whether a name has a dot inside and nothing but what names are made of.
func isHost(name string) bool {
	labels := strings.Split(name, ".")
	if len(labels) < 2 || len(name) > 255 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, r := range label {
			digit, letter := r >= '0' && r <= '9', r|0x20 >= 'a' && r|0x20 <= 'z'
			if !digit && !letter && r != '-' && r != '_' && r < 0x80 {
				return false
			}
		}
	}
	return true
}

// language keeps of a block's language what a language's name may be made of.
func language(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || r == '+' || r == '#' || r == '_' || r == '.' || (r >= '0' && r <= '9') || (r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 32)]
}

// meant returns the Telegram user that a mention's value names.
func meant(value string) (int64, bool) {
	who, err := chat.ParseIdentity(value)
	if err != nil || who.Platform != chat.Telegram {
		return 0, false
	}
	id, err := strconv.ParseInt(who.ID, 10, 64)
	return id, err == nil && id > 0
}

// maxName is the most characters of a name that stand before a text.
const maxName = 64

// byline returns the name that stands before what is posted for somebody.
func byline(p *chat.Person) chat.Text {
	if p == nil {
		return chat.Text{}
	}
	name := tidyName(p.Name)
	if name == "" {
		name = "somebody"
	}
	return chat.Styled(chat.Bold, name, "")
}

// tidyName makes a name that nobody here has checked safe to stand before a text: one line, not turning the
// text behind it around, not calling anybody by an @name.
func tidyName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '@':
			return '＠'
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0xfeff, r == 0xfffd:
			return -1
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxName {
		s = strings.TrimSpace(string(r[:maxName-1])) + "…"
	}
	return s
}

// signed puts the author's name before a text: on a line of its own where the text begins with a block.
func signed(as *chat.Person, t chat.Text) chat.Text {
	if as == nil {
		return t
	}
	if t.Plain == "" {
		return byline(as)
	}
	between := ": "
	for _, s := range t.Spans {
		if s.Start == 0 && (s.Style == chat.Quote || s.Style == chat.Pre) {
			between = ":\n"
		}
	}
	return byline(as).Append(chat.Plain(between), t).Normal()
}
