package signal_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func gita() *chat.Person {
	return &chat.Person{Identity: chat.Identity{Platform: chat.Telegram, ID: "52"}, Name: "Gita"}
}

// asks is Gita's poll on its way into a chat.
func asks(to chat.Chat, q chat.Question) chat.Send {
	line := q.Text + " · " + strings.Join(q.Options, " · ")
	return chat.Send{To: to, As: gita(), Parts: []chat.Part{{Kind: chat.Poll, Line: line, Poll: &q}}}
}

// seen are the bot's messages of a receipt, as people see them.
func (h *house) seen(refs []chat.Ref) (out []world.Shown) {
	h.t.Helper()
	for _, r := range refs {
		out = append(out, h.shown(r))
	}
	return out
}

// pollOf returns the poll among the messages, and all words beside it.
func pollOf(all []world.Shown) (q *chat.Question, id, words string) {
	for _, m := range all {
		if len(m.Things) > 0 {
			q, id = m.Things[0].Poll, m.ID
		}
		words += m.Text.Plain + "\n"
	}
	return q, id, words
}

func TestPollIsAPollBehindItsAuthorsName(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	options := []string{"six", "seven"}
	q, _, words := pollOf(h.seen(h.do(asks(h.chat, chat.Question{Text: "When?", Options: options, Multiple: true})).Refs))
	if q == nil || q.Text != "When?" || !slices.Equal(q.Options, options) || !q.Multiple || !strings.Contains(words, "Gita") {
		t.Errorf("people see the poll %+v and %q", q, words)
	}
	long := "When, " + strings.Repeat("oh ", 60) + "when?"
	r := h.do(asks(h.chat, chat.Question{Text: long, Options: options, Quiz: true}))
	q, _, words = pollOf(h.seen(r.Refs))
	if q == nil || q.Multiple || !strings.HasPrefix(q.Text, "When, oh") || !strings.Contains(words, long) || len(r.Notes) != 2 {
		t.Errorf("a long question is seen as %+v and %q, notes %q", q, words, r.Notes)
	}
}

func TestPollThatSignalDoesNotHaveIsALine(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.Private(h.ana)
	for name, tt := range map[string]struct {
		to chat.Chat
		q  chat.Question
	}{
		"one option":         {h.chat, chat.Question{Text: "When?", Options: []string{"six"}}},
		"eleven options":     {h.chat, chat.Question{Text: "When?", Options: strings.Split("1 2 3 4 5 6 7 8 9 10 11", " ")}},
		"an empty option":    {h.chat, chat.Question{Text: "When?", Options: []string{"six", " "}}},
		"a long option":      {h.chat, chat.Question{Text: "When?", Options: []string{"six", strings.Repeat("x", 101)}}},
		"it is over already": {h.chat, chat.Question{Text: "When?", Options: []string{"six", "seven"}, Closed: true}},
		"in private":         {chat.Chat{Platform: chat.Signal, ID: h.ana}, chat.Question{Text: "When?", Options: []string{"six", "seven"}}},
	} {
		r := h.do(asks(tt.to, tt.q))
		q, _, words := pollOf(h.seen(r.Refs))
		if q != nil || !strings.Contains(words, "When?") || !strings.Contains(words, "Gita") || !slices.Equal(r.Notes, []string{"poll told in a line"}) {
			t.Errorf("%s: people see %+v and %q, notes %q", name, q, words, r.Notes)
		}
	}
}

func TestPollIsEndedOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	target := chat.Target{Refs: h.do(asks(h.chat, chat.Question{Text: "When?", Options: []string{"six", "seven"}})).Refs}
	end := chat.EndPoll{To: h.chat, Target: target}
	h.do(end)
	h.restart()
	h.listening()
	h.do(end)
	if q, _, _ := pollOf(h.seen(target.Refs)); q == nil || !q.Closed {
		t.Errorf("the poll is %+v", q)
	}
	if n := h.Ended(h.chat.ID); n != 1 {
		t.Errorf("people are told %d times that it is over", n)
	}
	_, err := h.try(chat.EndPoll{To: h.chat, Target: chat.Target{Refs: h.send("no poll")}})
	wantRefused(t, "end of what is no poll", err, chat.NotFound)
	hers, err := h.Ask(h.ana, h.chat.ID, "Who?", false, "I", "you")
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.try(chat.EndPoll{To: h.chat, Target: chat.Target{Refs: []chat.Ref{{Chat: h.chat, ID: hers}}}})
	wantRefused(t, "end of a member's poll", err, chat.Forbidden)
	_, err = h.try(chat.Vote{To: h.chat, Target: target, As: *gita(), Options: []int{0}})
	wantRefused(t, "vote for somebody", err, chat.Unsupported)
}

// TestWhatIsSaidOfAPollIsSaidOfThePoll reacts to it, pins it, answers it and writes below it; its name stands in a
// message of its own.
func TestWhatIsSaidOfAPollIsSaidOfThePoll(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	send := asks(h.chat, chat.Question{Text: "When?", Options: []string{"six", "seven"}})
	target := chat.Target{Refs: h.do(send).Refs}
	_, poll, _ := pollOf(h.seen(target.Refs))
	h.do(chat.React{To: h.chat, Target: target, As: *gita(), Emoji: "👍", On: true, Count: 1, Lead: "👍"})
	h.do(chat.Pin{To: h.chat, Target: target})
	r := h.do(chat.Send{To: h.chat, As: gita(), Text: chat.Plain("please vote"), Answer: &chat.Answer{Target: target, Quote: "When?"}})
	ref := chat.Ref{Chat: h.chat, ID: poll}
	if got := h.shown(ref).Reactions["👍"]; len(got) != 1 {
		t.Errorf("the poll has the reactions %v", h.shown(ref).Reactions)
	}
	if got := h.Pinned(h.chat.ID); !slices.Equal(got, []string{poll}) {
		t.Errorf("at the top is %v", got)
	}
	if got := h.shown(r.Refs[0]).ReplyTo; got != poll {
		t.Errorf("answered is %q, want %q", got, poll)
	}
	if err := h.Vote(h.ana, h.chat.ID, poll, 1); err != nil {
		t.Fatal(err)
	}
	edit := h.do(chat.Edit{To: h.chat, Target: target, As: gita(), Text: chat.Plain("👍 3"), Parts: send.Parts})
	q, _, words := pollOf(h.seen(target.Refs))
	if q == nil || !strings.Contains(words, "👍 3") || len(edit.Refs) > 0 || len(h.shown(ref).Votes[1]) != 1 {
		t.Errorf("after an edit people see %+v with %v and %q", q, h.shown(ref).Votes, words)
	}
	h.do(chat.Delete{To: h.chat, Target: target})
	for _, m := range h.seen(target.Refs) {
		if !m.Deleted {
			t.Errorf("after the delete people see %+v", m)
		}
	}
}

func TestPollThatAnswersSaysSoInANote(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	hers := h.says(h.ana, "when do we eat?")
	send := asks(h.chat, chat.Question{Text: "When?", Options: []string{"six", "seven"}})
	send.Answer = &chat.Answer{Target: chat.Target{Refs: []chat.Ref{hers}}, Quote: "when do we eat?"}
	if r := h.do(send); h.shown(r.Refs[0]).ReplyTo != hers.ID || len(r.Notes) > 0 {
		t.Errorf("the message with its name answers %q, notes %q", h.shown(r.Refs[0]).ReplyTo, r.Notes)
	}
	send.As = nil // the house has no name to say before it
	if r := h.do(send); len(r.Refs) != 1 || len(r.Notes) != 1 {
		t.Errorf("a poll of the house: %d messages, notes %q", len(r.Refs), r.Notes)
	}
}
