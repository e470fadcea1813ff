package coretest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// teller is a rule that tells every event in the garden, and does to what is written what its first word says.
func teller() rule.Rule {
	garden := chat.Chat{Platform: chat.Matrix, ID: "garden"}
	return rule.Of[int]{
		Title: "teller", KeyOf: func(chat.Community, chat.Event) (string, bool) { return "", true },
		Fold: func(_ chat.Community, n int, e chat.Event) (int, []chat.Effect) {
			var target chat.Target
			if e.Message != nil {
				target, _ = e.Message.In(garden)
			}
			switch b := e.Body.(type) {
			case chat.Posted:
				return n, []chat.Effect{chat.Send{To: garden, As: &e.By, Text: b.Text, Parts: b.Parts, Message: e.Message.ID, Answer: answering(b.Reply)}}
			case chat.Edited:
				return n, []chat.Effect{chat.Edit{To: garden, Target: target, As: &e.By, Text: b.Text, Parts: b.Parts, Tail: chat.Plain("edited")}}
			case chat.Deleted:
				return n, []chat.Effect{chat.Delete{To: garden, Target: target}}
			case chat.Voted:
				return n, []chat.Effect{chat.Vote{To: garden, Target: target, As: e.By, Options: b.Options}}
			case chat.PollEnded:
				return n, []chat.Effect{chat.EndPoll{To: garden, Target: target}}
			case chat.Pinned:
				if b.On {
					return n, []chat.Effect{chat.Pin{To: garden, Target: target}}
				}
				return n, []chat.Effect{chat.Unpin{To: garden, Target: target}}
			case chat.Missed:
				return n, []chat.Effect{chat.Send{To: garden, Text: chat.Plain("missed " + b.To.Sub(b.From).String())}}
			case chat.Sent:
				if len(b.Notes) > 0 {
					return n, []chat.Effect{chat.Send{To: garden, Text: chat.Plain("less: " + strings.Join(b.Notes, ", "))}}
				}
			case chat.Failed:
				return n, []chat.Effect{chat.Send{To: garden, Text: chat.Plain(b.Of + " failed: " + string(b.Why))}}
			}
			return n, nil
		},
	}
}

func answering(r *chat.Reply) *chat.Answer {
	if r == nil {
		return nil
	}
	return &chat.Answer{Name: r.Name, Quote: r.Quote, Partial: r.Partial, Thread: r.Thread}
}

// TestVerbs plays what people can do in a script.
func TestVerbs(t *testing.T) {
	RunScripts(t, "testdata", func() []rule.Rule { return []rule.Rule{teller()} })
}

func FuzzMentions(f *testing.F) {
	f.Add("hi @[ben@signal], and @[ana@telegram]@[x@y] @[ @[a@]")
	f.Fuzz(func(t *testing.T, line string) {
		got := mentioning(line)
		if again := mentioned(got); again != chat.Plain(line).Plain && strings.ToValidUTF8(line, "") == line {
			t.Errorf("%q is told as %q", line, again)
		}
	})
}

func TestMentions(t *testing.T) {
	want := chat.Text{Plain: "🍞 @Ben!", Spans: []chat.Span{{Start: 3, End: 7, Style: chat.Mention, Value: "signal:ben"}}}
	if diff := cmp.Diff(want, mentioning("🍞 @[ben@signal]!")); diff != "" {
		t.Error(diff)
	}
}
