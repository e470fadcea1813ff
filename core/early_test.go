package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func edits(by chat.Person, id, text string) chat.Event {
	return chat.Event{Chat: kitchen, By: by, Body: chat.Edited{Ref: ref(kitchen, id), Text: chat.Plain(text)}}
}

func deletes(by chat.Person, id string) chat.Event {
	return chat.Event{Chat: kitchen, By: by, Body: chat.Deleted{Ref: ref(kitchen, id)}}
}

func reacts(by chat.Person, id, emoji string, change chat.ReactionChange) chat.Event {
	return chat.Event{Chat: kitchen, By: by, Body: chat.Reacted{Ref: ref(kitchen, id), Emoji: []string{emoji}, Change: change}}
}

// What overtakes its message counts when the message comes.
func TestWhatOvertakesItsMessage(t *testing.T) {
	ben := person(chat.Telegram, "ben")
	for name, tt := range map[string]struct {
		first []chat.Event
		wait  time.Duration
		want  []string
	}{
		"a deletion":                 {first: []chat.Event{deletes(ana(), "1")}},
		"a moderator's deletion":     {first: []chat.Event{deletes(ben, "1")}},
		"a deletion, a day before":   {first: []chat.Event{deletes(ana(), "1")}, wait: 31 * time.Hour, want: []string{`signal "bread" `}},
		"an edit":                    {first: []chat.Event{edits(ana(), "1", "rolls")}, want: []string{`signal "rolls" `}},
		"two edits":                  {first: []chat.Event{edits(ana(), "1", "rolls"), edits(ana(), "1", "buns")}, want: []string{`signal "buns" `}},
		"another's edit":             {first: []chat.Event{edits(ben, "1", "rolls")}, want: []string{`signal "bread" `}},
		"an edit and a deletion":     {first: []chat.Event{edits(ana(), "1", "rolls"), deletes(ana(), "1")}},
		"a reaction":                 {first: []chat.Event{reacts(ben, "1", "👍", chat.ReactionAdded)}, want: []string{`signal "bread" `, "chat.React"}},
		"a reaction that went":       {first: []chat.Event{reacts(ben, "1", "👍", chat.ReactionAdded), reacts(ben, "1", "👍", chat.ReactionRemoved)}, want: []string{`signal "bread" `, "chat.React", "chat.React"}},
		"too large an edit":          {first: []chat.Event{edits(ana(), "1", strings.Repeat("x", 20_000))}, want: []string{`signal "bread" `}},
		"what happened to another's": {first: []chat.Event{deletes(ana(), "2")}, want: []string{`signal "bread" `}},
	} {
		t.Run(name, func(t *testing.T) {
			b, seen := albumTable(t)
			for _, e := range tt.first {
				none(t, b.fold(e))
			}
			if b.where("rolls") != nil {
				t.Errorf("the words lie open in %v", b.where("rolls"))
			}
			b.wait(tt.wait)
			b.restart()
			got := b.fold(post(ana(), kitchen, "1", "bread"))
			if diff := cmp.Diff(tt.want, said(got)); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
			if len(tt.want) == 0 {
				none(t, b.fold(post(ana(), kitchen, "1", "bread"))) // by another way
				none(t, b.fold(deletes(ana(), "1"), edits(ana(), "1", "x")))
				if len(*seen) != 0 || len(answersOf(b.fold(reply(ben, kitchen, "re", "1")))) != 0 {
					t.Errorf("rules have seen %+v", *seen)
				}
			}
			if !strings.Contains(b.deadLetters(), "Nothing lies here") {
				t.Errorf("dead letters: %s", b.deadLetters())
			}
		})
	}
}

// answersOf returns the messages that are answered.
func answersOf(ds []chat.Dispatch) (out []chat.Target) {
	for _, d := range ds {
		if s, ok := d.Effect.(chat.Send); ok && s.Answer != nil && len(s.Answer.Target.Refs) > 0 {
			out = append(out, s.Answer.Target)
		}
	}
	return out
}

func TestWhatOvertakesAnAlbum(t *testing.T) {
	b, _ := albumTable(t)
	b.fold(deletes(ana(), "2"), edits(ana(), "3", "three"), reacts(ana(), "1", "👍", chat.ReactionAdded))
	for i := range 3 {
		none(t, b.fold(picture(ana(), kitchen, "a", fmt.Sprint(i+1), "")))
	}
	got := said(b.wait(time.Second))
	if want := []string{`signal "three" 1`, "chat.React"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

// A reaction that can be deleted like a message is taken back before it comes.
func TestAReactionThatWasTakenBackBeforeItCame(t *testing.T) {
	b := linked(t)
	b.fold(post(ana(), kitchen, "1", "bread"))
	b.fold(chat.Event{Chat: garden, By: mia(), Body: chat.Deleted{Ref: ref(garden, "own")}})
	e := reacts(mia(), "1", "👍", chat.ReactionAdded)
	body := e.Body.(chat.Reacted)
	body.Own, e.Chat = ref(garden, "own"), garden
	e.Body = body
	none(t, b.fold(e))
}

// What happens to a copy before its receipt has come counts then.
func TestWhatOvertakesAReceipt(t *testing.T) {
	b, _ := albumTable(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	none(t, b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Reacted{Ref: ref(tea, "s1"), Emoji: []string{"👍"}, Change: chat.ReactionAdded}}))
	got := said(b.fold(sent(copies[0], "s1")))
	if want := []string{"chat.React"}; !slices.Equal(got, want) {
		t.Errorf("a reaction: %q", got)
	}
	copies = b.fold(post(ana(), kitchen, "2", "soup"))
	none(t, b.fold(chat.Event{Chat: tea, By: boss(chat.Signal, "sam"), Body: chat.Deleted{Ref: ref(tea, "s2")}}))
	if got := said(b.fold(sent(copies[0], "s2"))); !slices.Equal(got, []string{"telegram delete 1"}) {
		t.Errorf("a deletion: %q", got)
	}
}

// However much is told of messages that never come, what is kept of it is bounded, the newest stays, and all is forgotten
// after a day.
func TestWhatNeverComesIsForgotten(t *testing.T) {
	b, _ := albumTable(t)
	for i := range 10_100 {
		b.fold(deletes(ana(), fmt.Sprint("x", i)))
	}
	rows := b.store.Dump()
	if n := len(rows["early"]); n != 10_000 || len(rows["earlytime"]) != n {
		t.Errorf("%d and %d are kept", n, len(rows["earlytime"]))
	}
	if got := b.fold(post(ana(), kitchen, "x0", "old"), post(ana(), kitchen, "x10099", "new")); !slices.Equal(said(got), []string{`signal "old" `}) {
		t.Errorf("said %q", said(got))
	}
	b.restart()
	b.wait(9 * 24 * time.Hour)
	if rows = b.store.Dump(); len(rows["early"])+len(rows["earlytime"]) != 0 {
		t.Errorf("%d and %d are kept after nine days", len(rows["early"]), len(rows["earlytime"]))
	}
}

func TestWhatSomebodyHasDoneTooEarlyIsErasedWithThem(t *testing.T) {
	b, h, o := erasable(t)
	b.fold(post(ana(), kitchen, "1", "hi"), post(person(chat.Telegram, "ben"), kitchen, "2", "hi"))
	b.fold(edits(ana(), "3", "x"), edits(person(chat.Telegram, "ben"), "4", "y"))
	card, _ := o.member(ana())
	b.forgets(h, card.ID, person(chat.Telegram, "ben"), kitchen, time.Minute)
	if rows := b.store.Dump()["early"]; len(rows) != 1 || rows["telegram:-100 4"] == nil {
		t.Errorf("%d are kept", len(rows))
	}
}

// A vote can be faster than the receipt of the poll that it is for.
func TestAVoteOvertakesItsPoll(t *testing.T) {
	var votes []chat.Voted
	b := newTable(t, append(allRules(), seat("eye", func(_ chat.Community, e chat.Event) []chat.Effect {
		if v, ok := e.Body.(chat.Voted); ok && e.Message != nil {
			votes = append(votes, v)
		}
		return nil
	}))...)
	b.link(kitchen, tea)
	copied := b.fold(post(ana(), kitchen, "1", "when?"))
	none(t, b.fold(chat.Event{Chat: tea, By: person(chat.Signal, "cleo"), Body: chat.Voted{Ref: ref(tea, "s1"), Options: []int{1}}}))
	if len(votes) > 0 {
		t.Fatalf("rules have seen %+v", votes)
	}
	b.restart()
	b.fold(sent(copied[0], "s1"))
	if want := []chat.Voted{{Ref: ref(tea, "s1"), Options: []int{1}}}; !cmp.Equal(want, votes) {
		t.Errorf("rules have seen %+v", votes)
	}
}
