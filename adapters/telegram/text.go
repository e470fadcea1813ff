package telegram

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// readText makes a message's text and entities the house's text. What the platform finds in a text by itself
// (addresses, hashtags, commands) stays plain: every other platform finds it again.
func readText(plain string, entities []rawEntity, me rawUser, nick func(string) (int64, bool)) chat.Text {
	plain = strings.ToValidUTF8(plain, "\uFFFD")
	t := chat.Text{Plain: plain}
	length := t.Len()
	for _, e := range entities {
		if e.Offset < 0 || e.Length <= 0 || e.Offset >= length || e.Length > length {
			continue // negative, empty, outside, or so long that adding would overflow
		}
		span := chat.Span{Start: e.Offset, End: e.Offset + e.Length}
		if styleOf(&span, e, t, me, nick) {
			t.Spans = append(t.Spans, span)
		}
	}
	return t.Normal()
}

// styleOf fills in the style and value of a span; false for entities that are no style.
func styleOf(span *chat.Span, e rawEntity, t chat.Text, me rawUser, nick func(string) (int64, bool)) bool {
	switch e.Type {
	case "bold":
		span.Style = chat.Bold
	case "italic":
		span.Style = chat.Italic
	case "underline":
		span.Style = chat.Underline
	case "strikethrough":
		span.Style = chat.Strike
	case "spoiler":
		span.Style = chat.Spoiler
	case "blockquote", "expandable_blockquote":
		span.Style = chat.Quote
	case "code":
		span.Style = chat.Code
	case "pre":
		span.Style, span.Value = chat.Pre, e.Language
	case "text_link":
		span.Style, span.Value = chat.Hyperlink, e.URL
		return e.URL != ""
	case "text_mention":
		if e.User == nil {
			return false
		}
		span.Style, span.Value = chat.Mention, userIdentity(e.User.ID).String()
	case "mention":
		// Of @names we know our own and those of who has written lately; "@everyone" is nobody.
		name := strings.TrimPrefix(t.Slice(span.Start, span.End).Plain, "@")
		if me.Username != "" && strings.EqualFold(name, me.Username) {
			span.Style, span.Value = chat.Mention, userIdentity(me.ID).String()
			return true
		}
		id, known := nick(name)
		span.Style, span.Value = chat.Mention, userIdentity(id).String()
		return known
	default:
		return false
	}
	return true
}

// ownCommand takes the bot's name from a command that is for it: "/help@potluck_bot" becomes "/help". A
// command for another bot is no command of ours: ok is false.
func ownCommand(t chat.Text, me rawUser) (_ chat.Text, ok bool) {
	first, _, _ := strings.Cut(strings.ReplaceAll(t.Plain, "\n", " "), " ")
	command, name, addressed := strings.Cut(first, "@")
	if !strings.HasPrefix(command, "/") || !addressed {
		return t, true
	}
	if me.Username == "" || !strings.EqualFold(name, me.Username) {
		return t, false
	}
	at := chat.Units(command)
	return t.Slice(0, at).Append(t.Slice(at+1+chat.Units(name), t.Len())).Normal(), true
}

// quoted returns the beginning of a text for a Reply's Quote, in one piece of at most 300 characters.
func quoted(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return string(r)
}
