package coretest

import (
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// body makes what the words say.
func (s *stage) body(e *chat.Event, words []string, text string) chat.Body {
	verb, rest := "", []string(nil)
	if len(words) > 0 {
		verb, rest = words[0], words[1:]
	}
	arg := func(i int) string {
		if i < len(rest) {
			return rest[i]
		}
		return ""
	}
	switch verb {
	case "replies":
		return chat.Posted{Ref: s.name(e.Chat, ""), Text: chat.Plain(text), Reply: &chat.Reply{
			Ref: s.refIn(e.Chat, arg(0)), Name: "Zoe", Quote: "what she wrote",
		}}
	case "forwards":
		return chat.Posted{Ref: s.name(e.Chat, ""), Text: chat.Plain(text), Forward: arg(0)}
	case "edits":
		return chat.Edited{Ref: s.refIn(e.Chat, arg(0)), Text: chat.Plain(text)}
	case "deletes":
		return chat.Deleted{Ref: s.refIn(e.Chat, arg(0))}
	case "reacts":
		return chat.Reacted{Ref: s.refIn(e.Chat, arg(0)), Emoji: rest[1:], Change: chat.ReactionAdded}
	case "unreacts":
		return chat.Reacted{Ref: s.refIn(e.Chat, arg(0)), Emoji: rest[1:], Change: chat.ReactionRemoved}
	case "gives":
		return chat.Reacted{Ref: s.refIn(e.Chat, arg(0)), Emoji: rest[1:], Change: chat.ReactionsAre}
	case "sends":
		part := chat.Part{Kind: chat.PartKind(strings.ReplaceAll(arg(0), "-", " ")), Media: chat.Media{Platform: e.Chat.Platform, Key: "k", Name: arg(1)}}
		return chat.Posted{Ref: s.name(e.Chat, ""), Text: chat.Plain(text), Parts: []chat.Part{part}, Album: arg(2)}
	case "joins":
		return chat.Joined{Who: e.By}
	case "knocks":
		return chat.Knocked{Who: e.By, Note: text}
	case "presses":
		n, err := strconv.Atoi(arg(0))
		if err != nil {
			return nil
		}
		if arg(1) == "before" {
			return chat.Pressed{Ref: s.older[e.Chat], N: n - 1}
		}
		return chat.Pressed{Ref: s.offers[e.Chat], N: n - 1}
	case "as":
		e.By.Name = strings.Join(rest, " ")
		return chat.Posted{Ref: s.name(e.Chat, ""), Text: chat.Plain(text)}
	case "quotes":
		return chat.Posted{Ref: s.name(e.Chat, ""), Text: chat.Styled(chat.Quote, text, "")}
	case "leaves":
		return chat.Left{Who: e.By}
	case "arrives":
		return chat.Arrived{}
	case "parts":
		return chat.Parted{}
	}
	return chat.Posted{Ref: s.name(e.Chat, verb), Text: chat.Plain(text)}
}
