package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// receiptsOf is a rule that notes what receipts are about.
func receiptsOf(seen *[]chat.Event) rule.Rule {
	return seat("receipts", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch e.Body.(type) {
		case chat.Sent, chat.Failed:
			*seen = append(*seen, e)
		}
		return nil
	})
}

func ofReceipt(e chat.Event) string {
	switch b := e.Body.(type) {
	case chat.Sent:
		return b.Of
	case chat.Failed:
		return b.Of
	}
	return "?"
}

func TestReceiptsKnowTheirMessage(t *testing.T) {
	target := func(e chat.Event) chat.Target { t, _ := e.Message.In(tea); return t }
	for want, make := range map[string]func(e chat.Event) chat.Outgoing{
		"edit":   func(e chat.Event) chat.Outgoing { return chat.Edit{To: tea, Target: target(e), Text: chat.Plain("x")} },
		"delete": func(e chat.Event) chat.Outgoing { return chat.Delete{To: tea, Target: target(e)} },
		"react": func(e chat.Event) chat.Outgoing {
			return chat.React{To: tea, Target: target(e), As: e.By, Emoji: "👍"}
		},
		"pin":      func(e chat.Event) chat.Outgoing { return chat.Pin{To: tea, Target: target(e)} },
		"unpin":    func(e chat.Event) chat.Outgoing { return chat.Unpin{To: tea, Target: target(e), Tag: "mine"} },
		"vote":     func(e chat.Event) chat.Outgoing { return chat.Vote{To: tea, Target: target(e), As: e.By} },
		"end poll": func(e chat.Event) chat.Outgoing { return chat.EndPoll{To: tea, Target: target(e)} },
	} {
		t.Run(want, func(t *testing.T) {
			var seen []chat.Event
			b := newTable(t, append([]rule.Rule{seat("actor", func(_ chat.Community, e chat.Event) []chat.Effect {
				if _, ok := e.Body.(chat.Pinned); !ok {
					return nil
				}
				return []chat.Effect{chat.Drop{}, make(e)}
			}), receiptsOf(&seen)}, allRules()...)...)
			b.link(kitchen, tea)
			b.fold(sent(b.fold(post(ana(), kitchen, "1", "bread"))[0], "s1"))
			act := func() chat.Dispatch {
				return b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Pinned{Ref: ref(kitchen, "1"), On: true}})[0]
			}
			seen = nil
			b.restart()
			first := act()
			b.fold(sent(first, "another")) // of no effect but an edit are these its names
			b.fold(chat.Event{Chat: tea, Body: chat.Failed{Effect: act().ID, Why: chat.TooOld}})
			b.fold(chat.Event{Chat: tea, Body: chat.Failed{Effect: first.ID, Why: chat.TooOld}}) // told already
			if len(seen) != 3 {
				t.Fatalf("%d receipts", len(seen))
			}
			for _, e := range seen[:2] {
				if of := ofReceipt(e); of != want || e.Message == nil || e.Message.Original != ref(kitchen, "1") {
					t.Errorf("receipt %+v is of %q, about %+v", e.Body, of, e.Message)
				}
				if wantTag := map[bool]string{true: "mine"}[want == "unpin"]; e.Tag != wantTag {
					t.Errorf("its tag is %q", e.Tag)
				}
			}
			if seen[2].Message != nil || ofReceipt(seen[2]) != "" {
				t.Errorf("a second receipt is about %+v", seen[2].Message)
			}
			refs := seen[0].Message.Copies[0].Refs
			if grown := len(refs) > 1; grown != (want == "edit") || seen[0].Message.Copies[0].Failed != "" {
				t.Errorf("the copy is %+v now", seen[0].Message.Copies[0])
			}
		})
	}
}

// An edit of another message than the one that has led to it is about that other.
func TestAnEditIsAboutTheMessageItChanges(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, append(allRules(), receiptsOf(&seen), seat("actor", func(_ chat.Community, e chat.Event) []chat.Effect {
		if p, ok := e.Body.(chat.Posted); !ok || p.Text.Plain != "now" {
			return nil
		}
		return []chat.Effect{chat.Edit{To: tea, Target: chat.Target{Refs: []chat.Ref{ref(tea, "s1")}}, Text: chat.Plain("x")}}
	}))...)
	b.link(kitchen, tea)
	b.fold(sent(b.fold(post(ana(), kitchen, "1", "bread"))[0], "s1"))
	ds := b.fold(post(ana(), kitchen, "2", "now"))
	b.fold(sent(ds[len(ds)-1], "s1b"))
	if last := seen[len(seen)-1]; last.Message.Original != ref(kitchen, "1") || len(last.Message.Copies[0].Refs) != 2 {
		t.Errorf("it is about %+v", last.Message)
	}
}

func TestNotesOfACopy(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, append(allRules(), receiptsOf(&seen))...)
	b.link(kitchen, tea)
	d := b.fold(post(ana(), kitchen, "1", "bread"))[0]
	b.now = b.now.Add(3 * time.Second)
	e := sent(d, "s1")
	body := e.Body.(chat.Sent)
	body.Notes = []string{"no spoilers", strings.Repeat("ü", 300), "3", "4", "5", "6"}
	e.Body = body
	b.fold(e)
	c := seen[len(seen)-1].Message.Copies[0]
	if diff := cmp.Diff([]string{"no spoilers", strings.Repeat("ü", 99) + "…", "3", "4", "5"}, c.Notes); diff != "" || !c.Told.Equal(b.now) {
		t.Errorf("told at %s, notes (-want +got):\n%s", c.Told, diff)
	}
	edit := b.fold(edits(ana(), "1", "rolls"))[0]
	b.now = b.now.Add(time.Hour)
	b.fold(sent(edit))
	if last := seen[len(seen)-1].Message.Copies[0]; len(last.Notes) != 0 || !last.Told.Equal(c.Told) {
		t.Errorf("after an edit that shows all: %+v", last)
	}
	d = b.fold(post(ana(), kitchen, "2", "soup"))[0]
	b.fold(chat.Event{Chat: tea, Body: chat.Failed{Effect: d.ID, Why: chat.TooLarge}})
	if last := seen[len(seen)-1].Message.Copies[0]; last.Failed != chat.TooLarge || !last.Told.Equal(b.now) {
		t.Errorf("a refused copy: %+v", last)
	}
}

func TestHomeIsWhereAMemberHasWrittenLast(t *testing.T) {
	b, o := watched(t)
	b.link(kitchen, tea, garden)
	ben, mia := person(chat.Signal, "ben"), person(chat.Matrix, "mia")
	home := func() chat.Platform { card, _ := o.member(ben); return card.Home }
	b.fold(post(ben, tea, "1", "hi"), post(mia, garden, "1", "hi"))
	if home() != chat.Signal {
		t.Errorf("at first %q", home())
	}
	b.proves(ben, mia)
	b.fold(post(mia, garden, "2", "hi"))
	if home() != chat.Matrix {
		t.Errorf("then %q", home())
	}
	b.fold(post(ben, chat.Chat(ben.Identity), "3", "in private"))
	b.fold(chat.Event{Chat: tea, By: ben, Body: chat.Reacted{Ref: ref(tea, "1"), Emoji: []string{"👍"}, Change: chat.ReactionAdded}})
	if b.restart(); home() != chat.Matrix {
		t.Errorf("by a reaction %q", home())
	}
	s := &counting{Store: b.store, puts: map[core.Bucket]int{}}
	e, err := core.New(core.Config{Store: s, Rules: b.rules, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	b.fold(post(mia, garden, "4", "hi"), post(mia, garden, "5", "hi"))
	if n := s.puts["member"]; n != 0 {
		t.Errorf("the card is written %d times when nothing changes", n)
	}
	b.fold(post(ben, tea, "6", "hi"))
	if n := s.puts["member"]; n != 1 || home() != chat.Signal {
		t.Errorf("the card is written %d times, home is %q", n, home())
	}
}

// What is done to an unknown message is nothing for the rules, and nothing of it founds a community.
func TestWhatIsDoneToAMessage(t *testing.T) {
	unknown := chat.Chat{Platform: chat.Telegram, ID: "-999"}
	for _, tt := range []struct {
		body    chat.Body
		missing bool
	}{
		{chat.Pinned{Ref: ref(kitchen, "1"), On: true}, false},
		{chat.Voted{Ref: ref(kitchen, "1"), Options: []int{0}}, false},
		{chat.PollEnded{Ref: ref(kitchen, "1")}, false},
		{chat.Pinned{Ref: ref(kitchen, "x")}, true},
		{chat.Voted{Ref: ref(kitchen, "x")}, true},
		{chat.PollEnded{Ref: ref(kitchen, "x")}, true},
	} {
		var seen []chat.Event
		b := newTable(t, append(allRules(), witness(&seen))...)
		b.fold(post(ana(), kitchen, "1", "which?"))
		communities := len(b.store.Dump()["community"])
		seen = nil
		b.fold(chat.Event{Chat: kitchen, By: ana(), Body: tt.body}, chat.Event{Chat: unknown, By: ana(), Body: tt.body})
		found := slices.ContainsFunc(seen, func(e chat.Event) bool { return e.Message != nil && e.Chat == kitchen })
		if found == tt.missing {
			t.Errorf("%T of %+v: seen %+v", tt.body, tt.body, seen)
		}
		if n := len(b.store.Dump()["community"]); n != communities {
			t.Errorf("%T has founded %d communities", tt.body, n-communities)
		}
	}
	var seen []chat.Event
	b := newTable(t, append(allRules(), witness(&seen))...)
	b.fold(post(ana(), kitchen, "1", "hi"))
	seen = nil
	b.fold(chat.Event{Chat: kitchen, Body: chat.Missed{From: b.now.Add(-25 * time.Hour), To: b.now}})
	if len(seen) != 1 || seen[0].Room == "" {
		t.Errorf("what was missed: %+v", seen)
	}
}
