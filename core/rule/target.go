package rule

import (
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// Target finds the member that a command is about: the author of the message it answers, else the person that is
// mentioned in it, else the one whom its first word names ("@ana~7", "@ana", "Ana", a Matrix id or a matrix.to
// link). rest are the command's words without the one that named him. If nobody is found, key is the sentence
// that says why and what to do, with the placeholders "word" and "choices".
func Target(c chat.Community, e chat.Event) (card chat.Card, rest []string, key string) {
	asked, ok := e.Body.(chat.Asked)
	if !ok {
		return chat.Card{}, nil, "target.none"
	}
	if named, rest, found := namedIn(c, asked); found {
		return named, rest, ""
	}
	if e.ReplyTo != nil {
		if card, ok := c.Members.ByID(e.ReplyTo.Author); ok {
			return card, asked.Args, ""
		}
		if card, ok := c.Members.Of(e.ReplyTo.By); ok {
			return card, asked.Args, ""
		}
		return chat.Card{}, asked.Args, "target.reply"
	}
	if asked.Reply != nil {
		return chat.Card{}, asked.Args, "target.reply"
	}
	if len(asked.Args) == 0 {
		return chat.Card{}, nil, "target.none"
	}
	switch found := c.Members.Named(identityIn(asked.Args[0])); len(found) {
	case 0:
		return chat.Card{}, asked.Args[1:], "target.unknown"
	case 1:
		return found[0], asked.Args[1:], ""
	}
	return chat.Card{}, asked.Args[1:], "target.several"
}

// namedIn finds a member who is named beyond doubt: mentioned by his messenger, or by '@' and a name that only one
// has. That goes before the message that is answered, so that a moderator can answer one and mean another.
func namedIn(c chat.Community, asked chat.Asked) (card chat.Card, rest []string, found bool) {
	for _, s := range asked.Text.Spans {
		if s.Style != chat.Mention || s.Start != 0 {
			continue
		}
		id, err := chat.ParseIdentity(s.Value)
		if err != nil {
			continue
		}
		if card, ok := c.Members.Of(id); ok {
			return card, strings.Fields(asked.Text.Slice(s.End, asked.Text.Len()).Plain), true
		}
	}
	if len(asked.Args) == 0 {
		return chat.Card{}, nil, false
	}
	word := identityIn(asked.Args[0])
	if !strings.HasPrefix(word, "@") {
		return chat.Card{}, nil, false
	}
	if cards := c.Members.Named(word); len(cards) == 1 {
		return cards[0], asked.Args[1:], true
	}
	return chat.Card{}, nil, false
}

// identityIn returns the Matrix id in a matrix.to link, or the word as it is.
func identityIn(word string) string {
	for _, site := range []string{"https://matrix.to/#/", "matrix:u/"} {
		rest, ok := strings.CutPrefix(word, site)
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "?")
		id := strings.NewReplacer("%40", "@", "%3A", ":", "%3a", ":").Replace(rest)
		return "@" + strings.TrimPrefix(id, "@")
	}
	return strings.TrimRight(word, ",:;")
}

// Names lists some members so that one can be picked: "Ana (@ana~7)".
func Names(cards []chat.Card) string {
	var out []string
	for _, card := range cards {
		out = append(out, card.Name+" (@"+card.Handle+")")
	}
	return strings.Join(out, ", ")
}

// Meant returns the placeholders of Target's sentences for a command.
func Meant(c chat.Community, asked chat.Asked) []any {
	word := ""
	if len(asked.Args) > 0 {
		word = identityIn(asked.Args[0])
	}
	return []any{"word", word, "choices", Names(c.Members.Named(word))}
}
