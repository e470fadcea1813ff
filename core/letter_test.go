package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// operator types something on the machine and returns the answer and the other effects.
func (b *table) operator(line string) (string, []chat.Dispatch) {
	b.t.Helper()
	here := chat.Chat{Platform: chat.Local, ID: "operator"}
	answer := ""
	var rest []chat.Dispatch
	for _, d := range b.fold(chat.Event{Chat: here, Body: chat.Posted{Text: chat.Plain(line)}}) {
		if s, ok := d.Effect.(chat.Send); ok && s.To == here {
			answer = s.Text.Plain
			continue
		}
		rest = append(rest, d)
	}
	return answer, rest
}

// sulky is a rule that fails while it sulks, behind one that works.
func sulky(sulks *bool) []rule.Rule {
	counted := func(name string, fail func() bool) rule.Rule {
		return rule.Of[int]{
			Title: name, KeyOf: func(_ chat.Community, e chat.Event) (string, bool) { _, ok := e.Body.(chat.Posted); return "n", ok },
			Fold: func(_ chat.Community, n int, e chat.Event) (int, []chat.Effect) {
				if fail() {
					panic("no")
				}
				if e.Message == nil {
					return n, nil
				}
				return n + 1, []chat.Effect{chat.Send{To: e.Chat, Text: chat.Plain(fmt.Sprintf("%s %d %s", name, n+1, e.Message.Original.ID))}}
			},
		}
	}
	return []rule.Rule{counted("calm", func() bool { return false }), counted("sulky", func() bool { return *sulks })}
}

func TestARuleThatHasFailedIsTriedAgain(t *testing.T) {
	sulks := true
	b := newTable(t, sulky(&sulks)...)
	b.fold(post(ana(), kitchen, "1", "saffron"), post(ana(), kitchen, "2", "b"))
	if got := b.where("saffron"); got != nil {
		t.Errorf("the words of a dead letter lie open in %v", got)
	}
	list, _ := b.operator("dead letters")
	if !strings.HasPrefix(list, "1. ") || !strings.Contains(list, "\n2. ") || !strings.Contains(list, "e1 sulky: rule sulky panics") || strings.Contains(list, "saffron") {
		t.Errorf("list:\n%s", list)
	}
	b.now = b.now.Add(time.Hour)
	if got, rest := b.operator("dead letter retry 1"); !strings.Contains(got, "Failed again: 1") || len(rest) != 0 {
		t.Errorf("while it sulks: %s, %+v", got, rest)
	}
	if list, _ := b.operator("dead letters"); strings.Count(list, "sulky:") != 2 || !strings.Contains(list, "1. 2026-03-02 13:00") {
		t.Errorf("list:\n%s", list)
	}
	sulks = false
	b.restart()
	got, rest := b.operator("dead letter retry 1")
	if !strings.Contains(got, "Handled now: 1.") || len(rest) != 1 || rest[0].Effect.(chat.Send).Text.Plain != "sulky 1 1" {
		t.Fatalf("%s %+v", got, rest)
	}
	b.fold(sent(rest[0], "x"))
	if got, rest := b.operator("dead letter retry 1"); !strings.Contains(got, "no such letter") || len(rest) != 0 {
		t.Errorf("a second time: %s %+v", got, rest)
	}
	if got, rest = b.operator("dead letter retry all"); !strings.Contains(got, "Handled now: 1.") || len(rest) != 1 || rest[0].Effect.(chat.Send).Text.Plain != "sulky 2 2" {
		t.Errorf("the rest: %s %+v", got, rest)
	}
	if list, _ := b.operator("dead letters"); !strings.Contains(list, "Nothing lies here") {
		t.Errorf("list:\n%s", list)
	}
	b.balanced(chat.Telegram)
}

// What a newer program can read is folded once, under its own id.
func TestAnEntryThatCouldNotBeReadIsTriedAgain(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, witness(&seen))
	b.foldEntries(b.raw([]byte(`{"kind":"beamed","id":"n"}`)))
	// The program that comes knows what it means: put the same letter there with a kind that is known now.
	b2 := newTable(t, witness(&seen))
	b2.foldEntries(b2.raw([]byte(`{"kind":"posted","id":"","chat":"telegram:-100","body":{"ref":"telegram:-100 7","text":{"plain":"hi"}}}`)))
	if got, _ := b2.operator("dead letter retry 1"); !strings.Contains(got, "Failed again: 1") {
		t.Errorf("without an id: %s", got)
	}
	if got, _ := b.operator("dead letter retry 1"); !strings.Contains(got, "Failed again: 1") {
		t.Errorf("a kind that is still unknown: %s", got)
	}
	seen = nil
	core.ReplaceEntryForTest(b.engine, b.store, []byte(`{"kind":"arrived","id":"n","chat":"telegram:-100","body":{}}`))
	if got, _ := b.operator("dead letter retry all"); !strings.Contains(got, "Handled now: 1") || len(seen) != 1 || seen[0].ID != "n" {
		t.Fatalf("%s; seen %+v", got, seen)
	}
	b.fold(chat.Event{ID: "n", Chat: kitchen, Body: chat.Arrived{}})
	if len(seen) != 1 {
		t.Error("it counts a second time")
	}
}

func TestAnEffectThatWasGivenUpIsTriedAgain(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "saffron"))
	b.fold(failedFor(copies[0], chat.Broken), sent(copies[1], "g1"), edits(ana(), "1", "safran"))
	list, _ := b.operator("dead letters")
	if !strings.Contains(list, "send → signal") || strings.Contains(list, "saffron") || b.where("saffron") != nil {
		t.Errorf("list, and words in %v:\n%s", b.where("saffron"), list)
	}
	b.restart()
	got, rest := b.operator("dead letter retry 1")
	if !strings.Contains(got, "On the way again: 1") || len(rest) != 1 {
		t.Fatalf("%s %+v", got, rest)
	}
	again := rest[0]
	if s := again.Effect.(chat.Send); s.To != tea || s.Text.Plain != "safran" || again.ID == copies[0].ID {
		t.Errorf("again %s %+v", again.ID, s)
	}
	if got, rest := b.operator("dead letter retry all"); len(rest) != 0 {
		t.Errorf("while it is on its way: %s %+v", got, rest)
	}
	b.fold(failedFor(again, chat.Broken))
	if list, _ := b.operator("dead letters"); strings.Count(list, "send → signal") != 1 || !strings.Contains(list, "tried again: broken") {
		t.Errorf("list:\n%s", list)
	}
	_, rest = b.operator("dead letter retry 1")
	b.fold(sent(rest[0], "s1"))
	if list, _ := b.operator("dead letters"); !strings.Contains(list, "Nothing lies here") {
		t.Errorf("list:\n%s", list)
	}
	if to := answers(t, b.fold(reply(ana(), kitchen, "2", "1")))[tea]; len(to.Refs) != 1 || to.Refs[0] != ref(tea, "s1") {
		t.Errorf("the copy is not known: %+v", to)
	}
	if l := b.balanced(chat.Signal); l.Refused[chat.Broken] != 2 {
		t.Errorf("%+v", l)
	}
}

func TestWhatIsNotTriedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		live func(b *table)
		want string
	}{
		"after a week":          {func(b *table) { b.wait(7*24*time.Hour + 7*time.Hour) }, "Cannot be tried again: 1"},
		"when the message went": {func(b *table) { b.fold(deletes(ana(), "1")) }, "Handled now: 1"},
		"another letter":        {nil, "no such letter"},
		"nonsense":              {nil, "To try again"},
	} {
		t.Run(name, func(t *testing.T) {
			b := linked(t)
			copies := b.fold(post(ana(), kitchen, "1", "saffron"))
			b.fold(failedFor(copies[0], chat.Broken))
			which := map[string]string{"another letter": "9", "nonsense": "soon"}[name]
			if tt.live != nil {
				tt.live(b)
				which = "1"
			}
			if got, rest := b.operator("dead letter retry " + which); !strings.Contains(got, tt.want) || len(rest) != 0 {
				t.Errorf("%s %+v", got, rest)
			}
			b.balanced(chat.Signal)
		})
	}
}

func TestOnlyWhatWasGivenUpIsALetter(t *testing.T) {
	b := linked(t)
	for i, why := range []chat.Reason{chat.TooLarge, chat.Forbidden, chat.Expired, chat.NotFound} {
		b.fold(failedFor(b.fold(post(ana(), kitchen, fmt.Sprint(i), "x"))[0], why))
	}
	if list, _ := b.operator("dead letters"); !strings.Contains(list, "Nothing lies here") {
		t.Errorf("list:\n%s", list)
	}
}

func TestManyLettersAreTriedInParts(t *testing.T) {
	sulks := true
	b := newTable(t, sulky(&sulks)...)
	for i := range 50 {
		b.fold(post(ana(), kitchen, fmt.Sprint(i), "x"))
	}
	sulks = false
	if list, _ := b.operator("dead letters"); !strings.Contains(list, "… and 30 older ones") {
		t.Errorf("list:\n%s", list)
	}
	n := 0
	for i, want := range []string{"30 more wait", "10 more wait", "Handled now: 10.", "no such letter"} {
		got, rest := b.operator("dead letter retry all")
		if n += len(rest); !strings.Contains(got, want) {
			t.Errorf("time %d: %s", i, got)
		}
	}
	if n != 50 {
		t.Errorf("%d effects, want 50", n)
	}
}

// Letters that fail again and again do not keep others from their turn, nor does what cannot be tried again.
func TestEveryLetterHasItsTurn(t *testing.T) {
	b := newTable(t, seat("picky", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch p, ok := e.Body.(chat.Posted); {
		case ok && strings.HasPrefix(p.Text.Plain, "bad"):
			panic("no")
		case ok && e.Now.Sub(e.At) < time.Minute:
			panic("not yet")
		case ok:
			return []chat.Effect{chat.Send{To: e.Chat, Text: p.Text}}
		}
		return nil
	}))
	for i := range 25 {
		b.fold(post(ana(), kitchen, fmt.Sprint("bad", i), "bad"))
	}
	b.fold(post(ana(), kitchen, "good", "good"))
	b.now = b.now.Add(time.Hour)
	if _, rest := b.operator("dead letter retry all"); len(rest) != 0 {
		t.Fatalf("the first ones are those that fail: %+v", rest)
	}
	b.now = b.now.Add(time.Second)
	if _, rest := b.operator("dead letter retry all"); len(rest) != 1 {
		t.Errorf("%d effects when the last has its turn", len(rest))
	}
}

func TestOnlySoManyLettersKeepWhatIsInThem(t *testing.T) {
	sulks := true
	b := newTable(t, sulky(&sulks)...)
	for i := range 2100 {
		b.fold(post(ana(), kitchen, fmt.Sprint(i), "x"))
	}
	b.wait(7 * time.Hour)
	n := 0
	for _, raw := range b.store.Dump()["dead"] {
		if strings.Contains(string(raw), `"sealed"`) {
			n++
		}
	}
	if n != 2000 {
		t.Errorf("%d of 2100 can be tried again", n)
	}
	b.wait(8 * 24 * time.Hour)
	for _, raw := range b.store.Dump()["dead"] {
		if strings.Contains(string(raw), `"sealed"`) {
			t.Fatal("after a week one can still be tried again")
		}
	}
}
