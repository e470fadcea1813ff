package core_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// again lets a rule say again, with a line below it, what the message says that is reacted to.
func again(b *table, id string) []chat.Dispatch {
	b.t.Helper()
	return b.fold(reacts(person(chat.Telegram, "ben"), id, "🍞", chat.ReactionAdded))
}

// againTable has the real rules but for the reactions of the relay, and one that says again.
func againTable(t *testing.T) *table {
	t.Helper()
	b := newTable(t, append([]rule.Rule{seat("again", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Reacted); !ok || e.Message == nil {
			return nil
		}
		out := []chat.Effect{chat.Drop{}}
		for _, c := range e.Message.Copies {
			if target, ok := e.Message.In(c.Chat); ok {
				out = append(out, chat.Edit{To: c.Chat, Target: target, As: &chat.Person{Name: "Ana"}, Again: true, Tail: chat.Plain("🍞 1")})
			}
		}
		return out
	})}, allRules()...)...)
	b.link(kitchen, tea)
	b.fold(post(ana(), kitchen, "q", "what is for dinner?"))
	return b
}

func TestAnEditSaysAgainWhatTheMessageSays(t *testing.T) {
	bold := chat.Text{Plain: "bread", Spans: []chat.Span{{Start: 0, End: 5, Style: chat.Bold}}}
	photo := []chat.Part{{Kind: chat.Photo, Media: chat.Media{Platform: chat.Telegram, Key: "k"}}}
	answering := &chat.Reply{Ref: ref(kitchen, "q"), Name: "Ana", Quote: "dinner", Partial: true}
	b := againTable(t)
	e := post(ana(), kitchen, "1", "")
	e.Body = chat.Posted{Ref: ref(kitchen, "1"), Text: bold, Parts: photo, Reply: answering}
	copies := b.fold(e)
	b.restart()
	got := one[chat.Edit](t, again(b, "1"))
	want := &chat.Answer{Name: "ana", Quote: "dinner", Partial: true}
	got.Answer.Target = chat.Target{}
	if diff := cmp.Diff(chat.Edit{
		To: tea, Target: chat.Target{Effect: copies[0].ID}, As: &chat.Person{Name: "Ana"}, Text: bold, Parts: photo, Answer: want, Tail: chat.Plain("🍞 1"),
	}, got); diff != "" {
		t.Errorf("edit (-want +got):\n%s", diff)
	}
	b.fold(sent(copies[0], "s1"))
	b.fold(edits(ana(), "1", "rolls"))
	if got = one[chat.Edit](t, again(b, "1")); got.Text.Plain != "rolls" || len(got.Parts) != 0 || got.Target.Refs[0] != ref(tea, "s1") || got.Answer == nil {
		t.Errorf("after an edit: %+v", got)
	}
}

func TestWhatIsNotKeptIsNotSaidAgain(t *testing.T) {
	for name, live := range map[string]func(b *table){
		"after a month":           func(b *table) { b.wait(31 * 24 * time.Hour) },
		"nothing may be kept":     func(b *table) { b.keepDays(0) },
		"it was too long":         func(b *table) { b.fold(edits(ana(), "1", strings.Repeat("x", 20_001))) },
		"it is gone":              func(b *table) { b.fold(deletes(ana(), "1")) },
		"an older program's":      func(b *table) { b.putWords("1", []byte("bread")) },
		"that looks like a later": func(b *table) { b.putWords("1", []byte(`{"text":{"plain":"bread"}}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := againTable(t)
			b.fold(sent(b.fold(post(ana(), kitchen, "1", "bread"))[0], "s1"))
			one[chat.Edit](t, again(b, "1"))
			live(b)
			none(t, again(b, "1"))
		})
	}
	t.Run("but what is long is", func(t *testing.T) {
		b := againTable(t)
		b.fold(post(ana(), kitchen, "1", strings.Repeat("x", 20_000)))
		if got := one[chat.Edit](t, again(b, "1")); got.Text.Len() != 20_000 {
			t.Errorf("%d units", got.Text.Len())
		}
	})
}

// putWords puts what an older program has kept in the place of what is kept of a message.
func (b *table) putWords(id string, words []byte) {
	b.t.Helper()
	err := b.store.Update(func(tx core.Tx) error {
		key := tx.Get("ref", []byte(ref(kitchen, id).String()))[1:]
		kept := tx.Get("words", key)
		i := 16 + bytes.IndexByte(kept[16:], 0) + 1
		return tx.Put("words", key, append(bytes.Clone(kept[:i]), core.SealForTest(b.engine, key, words)...))
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.restart()
}

// What an older program has kept is still told to moderators.
func TestTheWordsOfAnOlderProgramAreTold(t *testing.T) {
	b, h := hosted(t)
	ben := person(chat.Telegram, "ben")
	b.fold(post(ben, kitchen, "1", "x"))
	b.putWords("1", []byte("old words"))
	if diff := cmp.Diff([]string{"old words"}, b.saidBy(h, ben)); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

// A chat that shows a message in its own words is told those again, not the author's.
func TestAnEditSaysAgainWhatTheChatShows(t *testing.T) {
	b := newTable(t, seat("polite", func(_ chat.Community, e chat.Event) []chat.Effect {
		as := &chat.Person{Identity: ana().Identity, Name: "ana"}
		switch x := e.Body.(type) {
		case chat.Posted:
			if e.Message == nil {
				return nil
			}
			return []chat.Effect{
				chat.Send{To: tea, As: as, Text: chat.Plain("please: " + x.Text.Plain), Message: e.Message.ID},
				chat.Send{To: garden, As: as, Text: x.Text, Message: e.Message.ID},
			}
		case chat.Edited:
			target, _ := e.Message.In(tea)
			return []chat.Effect{chat.Edit{To: tea, Target: target, As: as, Text: chat.Plain("kindly: " + x.Text.Plain)}}
		case chat.Pinned:
			var out []chat.Effect
			for _, to := range []chat.Chat{tea, garden} {
				target, _ := e.Message.In(to)
				out = append(out, chat.Edit{To: to, Target: target, Again: true})
			}
			return out
		}
		return nil
	}))
	b.fold(post(ana(), kitchen, "1", "salt"))
	texts := func() (out []string) {
		b.restart()
		for _, d := range b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Pinned{Ref: ref(kitchen, "1"), On: true}}) {
			out = append(out, d.Effect.(chat.Edit).Text.Plain)
		}
		return out
	}
	if got := texts(); !slices.Equal(got, []string{"please: salt", "salt"}) {
		t.Errorf("said again: %q", got)
	}
	b.fold(edits(ana(), "1", "pepper"))
	if got := texts(); !slices.Equal(got, []string{"kindly: pepper", "pepper"}) {
		t.Errorf("said again after an edit: %q", got)
	}
}

// What the house posts for a member, from his queue or in another room, can be said again, too.
func TestWhatIsPostedForAMemberCanBeSaidAgain(t *testing.T) {
	var posted chat.EffectID
	b := newTable(t, append(allRules(), seat("clerk", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch e.Body.(type) {
		case chat.Posted:
			as := e.By
			return []chat.Effect{chat.Send{To: kitchen, As: &as, Text: chat.Plain("from the queue"), Parts: []chat.Part{{Kind: chat.Dice, Line: "6"}}}}
		case chat.Joined:
			return []chat.Effect{chat.Edit{To: kitchen, Target: chat.Target{Effect: posted}, Again: true}}
		}
		return nil
	}))...)
	ds := b.fold(post(ana(), kitchen, "1", "x"))
	posted = ds[0].ID
	got := b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Joined{Who: ana()}})
	if x := one[chat.Edit](t, got); x.Text.Plain != "from the queue" || len(x.Parts) != 1 {
		t.Errorf("said again: %+v", x)
	}
}

// The words of a message that vanishes are forgotten when its time is over.
func TestWordsVanish(t *testing.T) {
	b, h := hosted(t)
	ben := person(chat.Telegram, "ben")
	e := post(ben, kitchen, "1", "gone soon")
	e.Body = chat.Posted{Ref: ref(kitchen, "1"), Text: chat.Plain("gone soon"), Vanish: time.Hour}
	b.fold(e)
	b.fold(edits(ben, "1", "gone soon!"))
	if diff := cmp.Diff([]string{"gone soon!"}, b.saidBy(h, ben)); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	n := b.words()
	b.wait(time.Hour)
	if got := b.words(); got != n-1 {
		t.Errorf("words of %d messages are left of %d", got, n)
	}
	if diff := cmp.Diff([]string{""}, b.saidBy(h, ben)); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

// Long words are told cut.
func TestLongWordsAreToldCut(t *testing.T) {
	b, h := hosted(t)
	ben := person(chat.Telegram, "ben")
	b.fold(post(ben, kitchen, "1", strings.Repeat("ä", 5000)))
	if got := b.saidBy(h, ben); len(got) != 1 || got[0] != strings.Repeat("ä", 4096) {
		t.Errorf("%d lines", len(got))
	}
}

func TestEveryTextThatIsKeptIsSaidAgainAsItWas(t *testing.T) {
	b := againTable(t)
	for i, plain := range []string{"\x01{}", `{"text":{}}`, "👩‍👩‍👧 é", "a\u2028b", "\U0010FFFF", "<&>"} {
		id := fmt.Sprint("t", i)
		b.fold(post(ana(), kitchen, id, plain))
		if got := one[chat.Edit](t, again(b, id)); got.Text.Plain != plain {
			t.Errorf("%q is said again as %q", plain, got.Text.Plain)
		}
	}
}
