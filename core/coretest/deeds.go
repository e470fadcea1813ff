package coretest

import (
	"strconv"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// body makes what the words say; nil if they say nothing that a member can do.
func (s *stage) body(e *chat.Event, words []string, text string) chat.Body {
	verb, rest := "", []string(nil)
	words, s.called = calledIn(words)
	if len(words) > 0 {
		verb, rest = words[0], words[1:]
	}
	for _, kind := range []func(*chat.Event, string, []string, string) chat.Body{s.posted, s.changed, s.voted, s.moved} {
		if b := kind(e, verb, rest, text); b != nil {
			return b
		}
	}
	if len(rest) > 0 {
		return nil
	}
	if s.called == "" {
		s.called = verb
	}
	return chat.Posted{Ref: s.fresh(e.Chat), Text: mentioning(text)}
}

// calledIn takes the word that calls the new message something, "=a", out of the others.
func calledIn(words []string) (rest []string, called string) {
	for _, w := range words {
		if name, ok := strings.CutPrefix(w, "="); ok && name != "" {
			called = name
			continue
		}
		rest = append(rest, w)
	}
	return rest, called
}

// fresh makes the ref of the message that is being written.
func (s *stage) fresh(c chat.Chat) chat.Ref { return s.name(c, s.called) }

func arg(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return ""
}

// from returns the words behind the first i, as one.
func from(words []string, i int) string { return strings.Join(words[min(i, len(words)):], " ") }

// posted is a new message of some kind.
func (s *stage) posted(e *chat.Event, verb string, rest []string, text string) chat.Body {
	p := chat.Posted{Text: mentioning(text)}
	switch verb {
	case "replies":
		p.Reply = &chat.Reply{Ref: s.refIn(e.Chat, arg(rest, 0)), Name: "Zoe", Quote: "what she wrote"}
	case "quotes-part":
		p.Reply = &chat.Reply{Ref: s.refIn(e.Chat, arg(rest, 0)), Name: "Zoe", Quote: from(rest, 1), Partial: true}
	case "threads":
		p.Reply = &chat.Reply{Ref: s.refIn(e.Chat, arg(rest, 0)), Name: "Zoe", Quote: "what she wrote", Thread: true}
	case "forwards":
		p.Forward = arg(rest, 0)
	case "sends":
		p.Parts, p.Album = []chat.Part{part(e.Chat.Platform, arg(rest, 0), arg(rest, 1))}, arg(rest, 2)
	case "sends-poll":
		if s.called == "" {
			s.called = arg(rest, 0)
			rest = rest[min(1, len(rest)):]
		}
		p.Text, p.Parts = chat.Text{}, []chat.Part{poll(text, rest)}
	case "vanishes":
		d, err := time.ParseDuration(arg(rest, 0))
		if err != nil {
			return nil
		}
		p.Vanish = d
		if s.called == "" {
			s.called = arg(rest, 1)
		}
	case "as":
		e.By.Name = strings.Join(rest, " ")
	case "quotes":
		p.Text = chat.Styled(chat.Quote, text, "")
	default:
		return nil
	}
	p.Ref = s.fresh(e.Chat)
	return p
}

// changed is what happens to a message that is there.
func (s *stage) changed(e *chat.Event, verb string, rest []string, text string) chat.Body {
	if len(rest) == 0 {
		return nil
	}
	r := s.refIn(e.Chat, rest[0])
	switch verb {
	case "edits":
		return chat.Edited{Ref: r, Text: mentioning(text), Parts: s.parts[r.String()]}
	case "deletes":
		return chat.Deleted{Ref: r}
	case "reacts":
		return chat.Reacted{Ref: r, Emoji: rest[1:], Change: chat.ReactionAdded}
	case "unreacts":
		return chat.Reacted{Ref: r, Emoji: rest[1:], Change: chat.ReactionRemoved}
	case "gives":
		return chat.Reacted{Ref: r, Emoji: rest[1:], Change: chat.ReactionsAre}
	case "pins":
		return chat.Pinned{Ref: r, On: true}
	case "unpins":
		return chat.Pinned{Ref: r}
	}
	return nil
}

// voted is what happens in a poll, or under a card.
func (s *stage) voted(e *chat.Event, verb string, rest []string, _ string) chat.Body {
	if len(rest) == 0 {
		return nil
	}
	switch verb {
	case "votes":
		v := chat.Voted{Ref: s.refIn(e.Chat, rest[0])}
		for _, w := range rest[1:] {
			n, err := strconv.Atoi(w)
			if err != nil {
				return nil
			}
			v.Options = append(v.Options, n-1)
		}
		return v
	case "ends-poll":
		return chat.PollEnded{Ref: s.refIn(e.Chat, rest[0])}
	case "presses":
		n, err := strconv.Atoi(rest[0])
		if err != nil {
			return nil
		}
		if arg(rest, 1) == "before" {
			return chat.Pressed{Ref: s.older[e.Chat], N: n - 1}
		}
		return chat.Pressed{Ref: s.offers[e.Chat], N: n - 1}
	}
	return nil
}

// moved is who comes and goes, and what the bot has missed.
func (s *stage) moved(e *chat.Event, verb string, rest []string, text string) chat.Body {
	switch verb {
	case "joins":
		return chat.Joined{Who: e.By}
	case "knocks":
		return chat.Knocked{Who: e.By, Note: text}
	case "leaves":
		return chat.Left{Who: e.By}
	case "arrives":
		return chat.Arrived{}
	case "parts":
		return chat.Parted{}
	case "misses":
		d, err := time.ParseDuration(arg(rest, 0))
		if err != nil {
			return nil
		}
		e.By = chat.Person{}
		return chat.Missed{From: s.now.Add(-d), To: s.now}
	}
	return nil
}
