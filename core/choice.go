package core

import (
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// choose turns what chooses under a message of the house's into what is said in private or in a room by the one who
// chooses: the command of the choice. A button, the keycap as a reaction and the number as an answer are the same;
// in private the bare number is one, for the last message there that offers something.
func (f *fold) choose(e *chat.Event) error {
	switch b := e.Body.(type) {
	case chat.Pressed:
		return f.ask(e, e.Message, b.Ref, b.N)
	case chat.Reacted:
		if e.Message == nil || b.Change == chat.ReactionRemoved || len(e.Message.Choices) == 0 || len(b.Emoji) == 0 {
			return nil
		}
		return f.ask(e, e.Message, b.Ref, keycap(b.Emoji[len(b.Emoji)-1]))
	case chat.Posted:
		if e.Private && e.ReplyTo != nil { // an answer is for the community that has spoken
			if err := f.meanIn(e, e.ReplyTo.Community); err != nil {
				return err
			}
		}
		n, isNumber := choiceOf(b)
		if !isNumber {
			return nil
		}
		m := e.ReplyTo
		if m == nil && b.Reply == nil && e.Private {
			var err error
			if m, err = f.offered(e.Chat); err != nil {
				return err
			}
		}
		if m == nil || len(m.Choices) == 0 {
			return nil
		}
		return f.ask(e, m, b.Ref, n)
	}
	return nil
}

// ask makes the event the command of a choice; what is no choice (any more) stays what it is.
func (f *fold) ask(e *chat.Event, m *chat.Message, ref chat.Ref, n int) error {
	if m == nil || n < 0 || n >= len(m.Choices) || e.By.Bot {
		return nil
	}
	line := m.Choices[n].Ask
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	rest := strings.TrimSpace(strings.TrimPrefix(line, words[0]))
	e.ReplyTo = m
	e.Body = chat.Asked{
		Ref: ref, Command: words[0], Alias: words[0], Chosen: true, Args: words[1:], Text: chat.Plain(rest),
	}
	return f.meanIn(e, m.Community)
}

// meanIn lets what somebody does in private be meant for the community that has spoken to him there.
func (f *fold) meanIn(e *chat.Event, in chat.CommunityID) error {
	if in = f.still(in); !e.Private || in == "" || in == e.Community {
		return nil
	}
	e.Community, e.Member = in, ""
	return f.who(e)
}

// choiceOf reads a message that is nothing but the number of a choice; -1 counted from 0 is none.
func choiceOf(p chat.Posted) (n int, ok bool) {
	if len(p.Parts) > 0 || p.Forward != "" || len(p.Text.Plain) > 16 {
		return 0, false
	}
	word := strings.TrimSpace(p.Text.Plain)
	if n := keycap(word); n >= 0 {
		return n, true
	}
	if len(word) != 1 || word[0] < '1' || word[0] > '9' {
		return 0, false
	}
	return int(word[0] - '1'), true
}

// keycap returns which choice an emoji is the keycap of, counted from 0; -1 = none. Some clients leave the variation
// selector out.
func keycap(emoji string) int {
	bare := strings.ReplaceAll(emoji, "\uFE0F", "")
	for n := range chat.MaxChoices {
		if bare == strconv.Itoa(n+1)+"\u20E3" {
			return n
		}
	}
	return -1
}

// offered returns the last message in a private chat that offers choices, nil if there is none.
func (f *fold) offered(in chat.Chat) (*chat.Message, error) {
	raw := f.tx.Get(bucketChoice, []byte(in.String()))
	if len(raw) != messageKeySize {
		return nil, nil
	}
	return f.graph.message(messageKeyOf(raw).id())
}

// offer remembers, for the chats where a message has arrived in private, that it is the last one that offers choices.
func (f *fold) offer(m *chat.Message, refs []chat.Ref) error {
	if m == nil || len(m.Choices) == 0 {
		return nil
	}
	key, ok := messageKeyOfID(m.ID)
	if !ok {
		return nil
	}
	h := f.engine.house
	for _, r := range refs {
		if _, group := h.chats[r.Chat]; group {
			continue
		}
		if err := f.tx.Put(bucketChoice, []byte(r.Chat.String()), key.bytes()); err != nil {
			return err
		}
	}
	return nil
}
