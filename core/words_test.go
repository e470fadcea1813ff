package core_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// words returns how many messages' words lie in the state.
func (b *table) words() int {
	b.t.Helper()
	return len(b.store.Dump()["words"])
}

// keep lets an organiser say for how many days words are kept.
func (b *table) keepDays(days int) {
	b.t.Helper()
	b.fold(post(boss(chat.Telegram, "olga"), kitchen, b.fresh(), fmt.Sprint("/set keep ", days)))
}

func (b *table) saidBy(h *host, who chat.Person) []string {
	b.t.Helper()
	var id chat.MemberID
	h.do = func(c chat.Community, _ chat.Event) []chat.Effect {
		card, _ := c.Members.Of(who.Identity)
		id = card.ID
		return nil
	}
	b.fold(chat.Event{Chat: kitchen, By: who, Body: chat.Left{Who: person(chat.Telegram, "nobody")}})
	return texts(b.looks(h, chat.Look{View: chat.Said, Arg: string(id)}))
}

func TestWordsAreKeptNoLongerThanTheCommunitySays(t *testing.T) {
	ben := person(chat.Telegram, "ben")
	day := 24 * time.Hour
	for name, tt := range map[string]struct {
		live func(b *table)
		want []string // of the words of two messages, a day apart
	}{
		"as usual":             {func(b *table) { b.wait(28 * day) }, []string{"two", "one"}},
		"a month":              {func(b *table) { b.wait(29*day + time.Hour) }, []string{"two", ""}},
		"longer":               {func(b *table) { b.wait(31 * day) }, []string{"", ""}},
		"none any more":        {func(b *table) { b.keepDays(0) }, []string{"", ""}},
		"less than before":     {func(b *table) { b.keepDays(1); b.wait(time.Hour) }, []string{"two", ""}},
		"more than before":     {func(b *table) { b.keepDays(90); b.wait(31 * day) }, []string{"", ""}},
		"none, but then again": {func(b *table) { b.keepDays(0); b.wait(7 * time.Hour); b.keepDays(30) }, []string{"", ""}},
		"an edit is no reason": {func(b *table) {
			b.wait(20 * day)
			b.fold(chat.Event{Chat: kitchen, By: ben, Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("one, better")}})
			b.wait(9*day + time.Hour)
		}, []string{"two", ""}},
		"but shown until then": {func(b *table) {
			b.fold(chat.Event{Chat: kitchen, By: ben, Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("one, better")}})
		}, []string{"two", "one, better"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, h := hosted(t)
			b.fold(post(ben, kitchen, "1", "one"))
			b.wait(day)
			b.fold(post(ben, kitchen, "2", "two"))
			tt.live(b)
			if diff := cmp.Diff(tt.want, b.saidBy(h, ben)); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
		})
	}
}

// What may not be kept is not only not shown: it is not there any more. A caption that came late does not keep its picture
// for longer.
func TestWordsThatAreOverAreTakenOutOfTheState(t *testing.T) {
	b, _ := hosted(t)
	ben := person(chat.Telegram, "ben")
	b.fold(chat.Event{Chat: kitchen, By: ben, Body: chat.Posted{Ref: ref(kitchen, "p"), Parts: []chat.Part{{Kind: chat.Photo}}}})
	for i := range 1200 {
		b.fold(post(ben, kitchen, fmt.Sprint(i), "words"))
	}
	b.wait(29 * 24 * time.Hour)
	b.fold(chat.Event{Chat: kitchen, By: ben, Body: chat.Edited{Ref: ref(kitchen, "p"), Text: chat.Plain("caption")}})
	b.fold(post(ben, kitchen, "last", "young"))
	if n := b.words(); n != 1202 {
		t.Fatalf("words of %d messages to begin with", n)
	}
	b.wait(24*time.Hour + 7*time.Hour)
	if n := b.words(); n != 1 {
		t.Errorf("words of %d messages are left, want those of the young one", n)
	}
	b.keepDays(0)
	b.wait(7 * time.Hour)
	if n := b.words(); n != 0 {
		t.Errorf("words of %d messages are left when none may be kept", n)
	}
}

// One community's words do not lie on another's that are to be kept for longer.
func TestEveryCommunityHasItsOwnTime(t *testing.T) {
	b, _ := hosted(t)
	attic := chat.Chat{Platform: chat.Telegram, ID: "-200"}
	ben := person(chat.Telegram, "ben")
	b.fold(post(boss(chat.Telegram, "olga"), attic, "k", "/set keep 90"))
	b.keepDays(1)
	for i := range 1100 {
		b.fold(post(ben, attic, fmt.Sprint(i), "to be kept"))
	}
	b.fold(post(ben, kitchen, "1", "to be forgotten"))
	had := b.words()
	b.wait(3 * 24 * time.Hour)
	if n := b.words(); n != had-1 {
		t.Errorf("words of %d messages are left, want those of %d", n, had-1)
	}
}

// Effects that are on the bus have words in them, too.
func TestEffectsOnTheBusAreForgottenAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		rows := func() (n int) {
			err := p.store.View(func(tx core.Tx) error {
				return tx.Scan("outbox", nil, func(_, _ []byte) bool { n++; return true })
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		p.post("a")
		time.Sleep(20 * time.Hour)
		p.post("b")
		synctest.Wait()
		if n := rows(); n != 2 {
			t.Errorf("%d effects lie there after 20 hours, want 2", n)
		}
		p.receive(0)
		time.Sleep(11 * time.Hour)
		synctest.Wait()
		if n := rows(); n != 1 {
			t.Errorf("%d effects lie there after 31 hours, want 1", n)
		}
		p.outbox.Fail(1 << 20) // the bus is away
		p.post("c")
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if n := rows(); n != 1 {
			t.Errorf("%d effects lie there while one is not on the bus, want that one", n)
		}
		p.end()
		p.start()
		p.outbox.Fail(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"re: a", "re: b", "re: c"}, p.said()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		time.Sleep(5 * 24 * time.Hour)
		synctest.Wait()
		if n := rows(); n != 1 {
			t.Errorf("%d effects lie there while one is under way, want that one", n)
		}
		time.Sleep(6 * 24 * time.Hour)
		synctest.Wait()
		if n := rows(); n != 0 {
			t.Errorf("%d effects lie there that nobody will try again", n)
		}
		p.end()
	})
}
