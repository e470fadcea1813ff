package recap

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// maxText is the most characters of a bullet; maxShown is the most of a whole recap, in UTF-16 units: Telegram, with the
// least, takes 4096.
const (
	maxText  = 160
	maxShown = 3900
)

// sections are what bullets stand under, in their order.
func sections() []string {
	return []string{"decided", "action", "open", "win", "link", "coming", "talk"}
}

// sectionName returns what a section is called.
func sectionName(v rule.Voice, section string) chat.Text {
	switch section {
	case "decided":
		return v.Say("recap.section.decided")
	case "action":
		return v.Say("recap.section.action")
	case "open":
		return v.Say("recap.section.open")
	case "win":
		return v.Say("recap.section.win")
	case "link":
		return v.Say("recap.section.link")
	case "coming":
		return v.Say("recap.section.coming")
	}
	return v.Say("recap.section.talk")
}

func (r Recap) tag() string { return messageTag + strconv.Itoa(r.N) }

// render writes a recap as people of a platform read it. It never has more than one message can hold: what is too much is
// left out bullet by bullet, from the end.
func (r recaps) render(c chat.Community, v rule.Voice, p chat.Platform, made Recap) chat.Text {
	linked := !slices.Contains(r.unlinked, p)
	for n := len(made.Bullets); ; n-- {
		text := made.head(c, v)
		section := ""
		for i, b := range made.Bullets[:n] {
			if b.Section != section {
				section = b.Section
				text = text.Append(chat.Plain("\n\n"), sectionName(v, section))
			}
			text = text.Append(chat.Plain("\n"), b.line(i+1, linked))
		}
		text = text.Append(chat.Plain("\n\n"), made.foot(v, linked))
		if n == 0 || text.Len() <= maxShown {
			return text.Normal()
		}
	}
}

// head says what it is a recap of, and how much was said.
func (r Recap) head(c chat.Community, v rule.Voice) chat.Text {
	var text chat.Text
	room, ok := c.Room(r.Room)
	switch {
	case r.Kind == notes:
		text = v.Say("recap.head.notes", "room", room.Name, "from", r.From, "until", r.Until)
	case ok:
		text = v.Say("recap.head.room", "room", room.Name, "from", r.From, "until", r.Until)
	default:
		text = v.Say("recap.head.all", "from", r.From, "until", r.Until)
	}
	if r.Late {
		text = text.Append(chat.Plain(" "), v.Say("recap.late"))
	}
	switch {
	case r.Kind == notes:
		text = text.Append(chat.Plain("\n"), v.Say("recap.count.notes", "lines", r.Messages, "people", r.People))
	case r.isQuiet():
		text = text.Append(chat.Plain("\n"), v.Say("recap.quiet", "messages", r.Messages, "people", r.People))
	default:
		text = text.Append(chat.Plain("\n"), v.Say("recap.count", "messages", r.Messages, "people", r.People, "talks", r.Talks))
	}
	return text
}

// line writes one bullet; on platforms with links to messages each arrow leads to one that it is about.
func (b Bullet) line(n int, linked bool) chat.Text {
	text := chat.Plain(strconv.Itoa(n) + ". " + b.Text)
	if !linked {
		return text
	}
	for _, id := range b.Cites {
		text = text.Append(chat.Plain(" "), chat.Styled(chat.Cite, "›", string(id)))
	}
	return text
}

// foot says who has made it, and where there are no links how the original is to be had.
func (r Recap) foot(v rule.Voice, linked bool) chat.Text {
	var text chat.Text
	switch {
	case r.Model != "":
		text = v.Say("recap.foot.model", "model", r.Model)
	case r.Worded:
		text = v.Say("recap.foot.instead")
	default:
		text = v.Say("recap.foot.quoted")
	}
	if !linked {
		text = text.Append(chat.Plain(" "), v.Say("recap.foot.number"))
	}
	return text
}

// clean makes one line of a text, without what cannot be seen, of at most so many characters. It is cut between words, and
// never within a link.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200D' && r != '\u200C':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	words := strings.Fields(s)
	var out strings.Builder
	length := 0
	for i, w := range words {
		n := len([]rune(w))
		room := limit - length
		if i < len(words)-1 {
			room-- // for the sign that something is missing
		}
		if length > 0 {
			n++
		}
		if n > room {
			if length == 0 && !strings.Contains(w, "://") {
				out.WriteString(string([]rune(w)[:limit-1]))
			}
			return strings.TrimRight(out.String(), " ,;:–-→") + "…"
		}
		if length > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(w)
		length += n
	}
	return out.String()
}
