package polls

import (
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// ended closes the poll everywhere when its author, a moderator or the platform has ended it in one place, or when its time
// is over.
func ended(c chat.Community, s Poll, e chat.Event) (Poll, []chat.Effect) {
	byHouse := e.By.Identity == chat.House()
	if s.isZero() || s.Closed || !byHouse && !e.By.Identity.IsZero() && !mayClose(c, s, e) {
		return s, nil
	}
	return closed(c, s, e, byHouse)
}

// mayClose tells whether a poll is the asker's to close: it is his own, by whichever account, or he is a moderator.
func mayClose(c chat.Community, s Poll, e chat.Event) bool {
	return e.Level >= chat.Moderator || person(c, s.By) == person(c, e.By.Identity)
}

// closed ends the poll in every chat where it is ours and says what has come out, quietly by changing what stands there
// already. The event's message is the poll.
func closed(c chat.Community, s Poll, e chat.Event, quietly bool) (Poll, []chat.Effect) {
	room, _ := s.room(c)
	count := s.count(c)
	out := []chat.Effect{chat.Cancel{Rule: title, Key: string(s.ID)}}
	var results []chat.Effect // behind all deletions: the first of them takes the tag over
	for _, to := range room.Chats {
		target, stands := place(e.Message, to)
		i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.Chat == to })
		if own, ok := ours(e.Message, to); ok {
			out = append(out, chat.EndPoll{To: to, Target: own})
		}
		text := result(rule.Aloud(c, to.Platform), s.Question, count)
		switch {
		case quietly && i >= 0:
			out = append(out, chat.Edit{To: to, Target: chat.Target{Tag: lineTag(s)}, Text: text})
		case !quietly && stands:
			if i >= 0 { // the end is news: it stands below what was said meanwhile
				out = append(out, chat.Delete{To: to, Target: chat.Target{Tag: lineTag(s)}})
			} else {
				s.Lines = append(s.Lines, Line{Chat: to, First: e.Now, At: e.Now, Count: count})
			}
			results = append(results, chat.Send{
				To: to, Text: text, Tag: lineTag(s), Answer: &chat.Answer{Target: target, Name: e.Message.Name},
			})
		}
	}
	s.Closed, s.Result, s.Votes = true, count, nil
	return s, append(out, results...)
}

// meant returns the poll that a command is about: the one it answers, or the one whose result it answers.
func meant(e chat.Event) (chat.MessageID, bool) {
	b, _ := e.Body.(chat.Asked)
	if _, ok := typed(b.Text); ok || e.ReplyTo == nil {
		return "", false
	}
	for _, prefix := range []string{linePrefix, "poll here:"} {
		if id, ok := strings.CutPrefix(e.ReplyTo.Tag, prefix); ok {
			return chat.MessageID(id), true
		}
	}
	return e.ReplyTo.ID, true
}

// asked makes a poll, closes one or tells how it stands.
func asked(c chat.Community, s Poll, e chat.Event, b chat.Asked) (Poll, []chat.Effect) {
	v := rule.Speak(c, e)
	tell := func(key string) []chat.Effect { return []chat.Effect{rule.Discreetly(e, v.Say(key))} }
	if q, ok := typed(b.Text); ok {
		return s, made(e, b, q)
	}
	closes := len(b.Args) == 1 && strings.EqualFold(b.Args[0], "close")
	switch {
	case b.Reply == nil && e.ReplyTo == nil, len(b.Args) > 0 && !closes:
		return s, tell("polls.how")
	case s.isZero():
		return s, tell("polls.none")
	case !closes:
		if s.Closed {
			return s, []chat.Effect{rule.Discreetly(e, result(v, s.Question, s.Result))}
		}
		return s, []chat.Effect{rule.Discreetly(e, soFar(c, e.Chat, s.Question, s.count(c), Way{}))}
	case s.Closed:
		return s, tell("polls.over")
	case !mayClose(c, s, e):
		return s, tell("polls.yours")
	}
	typedAway := chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}}
	if e.ReplyTo.ID != s.ID { // an answer to the result: the copies come with the poll itself
		return s, []chat.Effect{typedAway, chat.Emit{Body: chat.PollEnded{Ref: s.Ref}}}
	}
	e.Message = e.ReplyTo
	s, out := closed(c, s, e, false)
	return s, append([]chat.Effect{typedAway}, out...)
}

// made lets a poll be posted in the asker's name, as if his messenger had one: what holds for posts holds for it.
func made(e chat.Event, b chat.Asked, q chat.Question) []chat.Effect {
	line := strings.Join(append([]string{q.Text}, q.Options...), " / ")
	return []chat.Effect{
		chat.Delete{To: e.Chat, Target: chat.Target{Refs: []chat.Ref{b.Ref}}},
		chat.Emit{Body: chat.Posted{Parts: []chat.Part{{Kind: chat.Poll, Line: line, Poll: &q}}, Reply: b.Reply}},
	}
}

// typed reads a poll out of a text: the question and the options stand on lines of their own, or with " / " between them.
func typed(t chat.Text) (chat.Question, bool) {
	var q chat.Question
	var pieces []string
	for line := range strings.SplitSeq(t.Plain, "\n") {
		line = " " + strings.Join(strings.Fields(line), "  ") + " " // each word has blanks of its own
		for piece := range strings.SplitSeq(line, " / ") {
			pieces = append(pieces, strings.Join(strings.Fields(piece), " "))
		}
	}
	for i, piece := range pieces {
		switch {
		case i == 0:
			q.Text = piece
		case piece != "" && !slices.Contains(q.Options, piece):
			q.Options = append(q.Options, piece)
		}
	}
	return q, fits(q)
}
