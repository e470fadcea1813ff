package core_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// witness is a rule that notes the events it sees, as they were.
func witness(seen *[]chat.Event) rule.Rule {
	return seat("witness", func(_ chat.Community, e chat.Event) []chat.Effect {
		*seen = append(*seen, e)
		return nil
	})
}

func TestAnEventCountsOnce(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, witness(&seen))
	again := chat.Event{ID: "once", Chat: kitchen, Body: chat.Arrived{}}
	b.fold(again, again)
	b.fold(again)
	b.restart()
	for range 7 {
		b.wait(24 * time.Hour) // the set is pruned every six hours
		b.fold(again)
	}
	if n := len(seen); n != 1 {
		t.Errorf("the event was seen %d times", n)
	}
	if got := b.engine.Stats().Duplicates; got != 7 {
		t.Errorf("%d duplicates since the restart, want 7", got)
	}
}

func TestOldEventIDsAreForgotten(t *testing.T) {
	b := newTable(t)
	for i := range 2500 {
		b.fold(chat.Event{ID: chat.EventID(fmt.Sprint("old", i)), Chat: kitchen, Body: chat.Arrived{}})
	}
	b.wait(20 * 24 * time.Hour)
	for key := range b.store.Dump()["seen"] {
		if strings.Contains(key, "old") {
			t.Fatalf("after 20 days %q is still there", key)
		}
	}
}

func TestWhatCannotBeReadIsADeadLetter(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, witness(&seen))
	b.foldEntries(
		b.entry(chat.Event{ID: "first", Chat: kitchen, Body: chat.Arrived{}}),
		b.raw([]byte(`{"kind":"beamed","id":"new"}`)), b.raw([]byte("{")), b.raw(nil),
		b.raw([]byte(`{"kind":"arrived","body":{}}`)),
		b.raw(encode(t, chat.Event{ID: chat.EventID(strings.Repeat("x", 40_000)), Body: chat.Arrived{}})),
		b.entry(chat.Event{ID: "last", Chat: kitchen, Body: chat.Arrived{}}),
	)
	if len(seen) != 2 || seen[0].ID != "first" || seen[1].ID != "last" {
		t.Errorf("seen %+v", seen)
	}
	letters := b.deadLetters()
	if n := strings.Count(letters, "\n"); n != 5 || !strings.Contains(letters, `event kind "beamed"`) {
		t.Errorf("%d letters:\n%s", n, letters)
	}
}

func TestARuleThatPanicsDoesNotStopTheOthers(t *testing.T) {
	var seen []chat.Event
	var log strings.Builder
	angry := seat("angry", func(chat.Community, chat.Event) []chat.Effect { panic("oh no") })
	calm := seat("calm", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Arrived); ok {
			return []chat.Effect{chat.Send{To: e.Chat, Text: chat.Plain("hi")}}
		}
		return nil
	})
	broken := rule.Of[map[string]int]{
		Title: "broken", KeyOf: func(chat.Community, chat.Event) (string, bool) { return "count", true },
		Fold: func(_ chat.Community, s map[string]int, _ chat.Event) (map[string]int, []chat.Effect) { return s, nil },
	}
	keyless := rule.Of[int]{
		Title: "keyless", KeyOf: func(chat.Community, chat.Event) (string, bool) { panic("no key") },
		Fold: func(_ chat.Community, s int, _ chat.Event) (int, []chat.Effect) { return s, nil },
	}
	long := rule.Of[int]{
		Title: "long", KeyOf: func(chat.Community, chat.Event) (string, bool) { return strings.Repeat("k", 40_000), true },
		Fold: func(chat.Community, int, chat.Event) (int, []chat.Effect) { return 1, nil },
	}
	store := coretest.NewStore()
	if err := store.Update(func(tx core.Tx) error { return tx.Put("rule.broken", []byte("count"), []byte("{not json")) }); err != nil {
		t.Fatal(err)
	}
	b := newTable(t)
	b.store, b.rules = store, []rule.Rule{angry, keyless, broken, long, witness(&seen), calm}
	e, err := core.New(core.Config{Store: store, Rules: b.rules, Log: slog.New(slog.NewTextHandler(&log, nil)), Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	got := one[chat.Send](t, b.fold(chat.Event{Chat: kitchen, Body: chat.Arrived{}}))
	if got.Text.Plain != "hi" || len(seen) != 1 {
		t.Errorf("the calm rule says %q, the witness has seen %d", got.Text.Plain, len(seen))
	}
	letters := b.deadLetters()
	for _, want := range []string{"angry: rule angry panics: oh no", "keyless panics", "broken: decode state", "the key of rule long"} {
		if !strings.Contains(letters, want) {
			t.Errorf("no letter says %q:\n%s", want, letters)
		}
	}
	if strings.Contains(letters, "goroutine") || !strings.Contains(log.String(), "goroutine") {
		t.Errorf("where it panicked belongs into the log and not into the state")
	}
}

func TestAnEmptyKeyIsAKey(t *testing.T) {
	var got []int
	b := newTable(t, rule.Of[int]{
		Title: "plain", KeyOf: func(chat.Community, chat.Event) (string, bool) { return "", true },
		Fold: func(_ chat.Community, s int, _ chat.Event) (int, []chat.Effect) {
			got = append(got, s)
			return s + 1, nil
		},
	})
	b.fold(chat.Event{Body: chat.Arrived{}}, chat.Event{Body: chat.Arrived{}})
	b.restart()
	b.fold(chat.Event{Body: chat.Arrived{}})
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("states were %v", got)
	}
}

func TestEmitsAreBounded(t *testing.T) {
	n := 0
	b := newTable(t, seat("echo", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Posted); ok {
			return nil
		}
		n++
		return []chat.Effect{chat.Emit{Body: chat.Arrived{}}, chat.Emit{Body: chat.Parted{}}}
	}))
	b.fold(chat.Event{Chat: kitchen, Body: chat.Arrived{}})
	if n < 50 || n > 200 {
		t.Errorf("one event has led to %d", n)
	}
	if letters := b.deadLetters(); !strings.Contains(letters, "it leads to more than 100 events") {
		t.Errorf("letters: %s", letters)
	}
}

func TestEmittedEvents(t *testing.T) {
	var seen []chat.Event
	ids := make(map[chat.EventID]bool)
	b := newTable(t, seat("maker", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Arrived); !ok {
			return nil
		}
		return []chat.Effect{
			chat.Emit{Body: chat.Posted{Ref: ref(e.Chat, "a"), Text: chat.Plain("a")}},
			chat.Emit{Body: chat.Posted{Ref: ref(e.Chat, "b"), Text: chat.Plain("b")}},
		}
	}), witness(&seen))
	b.fold(chat.Event{ID: "x", Chat: kitchen, By: person(chat.Telegram, "ana"), Body: chat.Arrived{}})
	if len(seen) != 3 {
		t.Fatalf("%d events", len(seen))
	}
	messages := make(map[chat.MessageID]bool)
	for _, e := range seen {
		ids[e.ID] = true
		if e.Message != nil {
			messages[e.Message.ID] = true
		}
		if e.Chat != kitchen || e.By.Name != "ana" || e.Community == "" || !e.Now.Equal(b.now) {
			t.Errorf("event %+v", e)
		}
	}
	if len(ids) != 3 || len(messages) != 2 {
		t.Errorf("%d ids and %d messages of 3 events with 2", len(ids), len(messages))
	}
}

func TestDropEndsTheEvent(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, seat("gate", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, parted := e.Body.(chat.Parted); parted {
			return nil
		}
		return []chat.Effect{chat.Drop{}, chat.Emit{Body: chat.Parted{}}, chat.Send{To: e.Chat, Text: chat.Plain("no")}}
	}), witness(&seen))
	if got := b.fold(chat.Event{Chat: kitchen, Body: chat.Arrived{}}); len(got) != 1 {
		t.Errorf("a gate may still say something: %+v", got)
	}
	if len(seen) != 1 || seen[0].Body != (chat.Parted{}) {
		t.Errorf("behind the gate: %+v", seen)
	}
}

func TestAnEffectThatTheBusCannotTakeIsADeadLetter(t *testing.T) {
	b := newTable(t, seat("wild", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Arrived); !ok {
			return nil
		}
		return []chat.Effect{
			chat.Send{Text: chat.Plain("to nobody")},
			chat.Send{To: chat.Chat{Platform: "Tele Gram", ID: "1"}},
			chat.Delete{To: chat.Chat{Platform: chat.Signal}},
			chat.Send{To: e.Chat, Text: chat.Plain(strings.Repeat("x", 1_000_000))},
			chat.Send{To: e.Chat, Text: chat.Plain("fine")},
		}
	}))
	if got := one[chat.Send](t, b.fold(chat.Event{Chat: kitchen, Body: chat.Arrived{}})); got.Text.Plain != "fine" {
		t.Errorf("got %+v", got)
	}
	if letters := b.deadLetters(); strings.Count(letters, "\n") != 4 {
		t.Errorf("letters:\n%.2000s", letters)
	}
}

// failing is a store whose Updates fail at the end.
type failing struct {
	core.Store
	fail bool
}

var errDisk = errors.New("disk full")

func (s *failing) Update(fn func(core.Tx) error) error {
	return s.Store.Update(func(tx core.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if s.fail {
			return errDisk
		}
		return nil
	})
}

func TestAfterAFailedCommitTheEngineStaysStopped(t *testing.T) {
	b := newTable(t, allRules()...)
	before := b.store.Dump()
	s := &failing{Store: b.store}
	e, err := core.New(core.Config{Store: s, Rules: allRules(), Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	entry := b.entry(post(person(chat.Telegram, "ana"), kitchen, "1", "hello"))
	s.fail = true
	if _, err := e.Fold([]core.Entry{entry}); !errors.Is(err, errDisk) {
		t.Fatalf("fold: %v", err)
	}
	if diff := cmp.Diff(before, b.store.Dump()); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
	s.fail = false
	if _, err := e.Fold([]core.Entry{entry}); !errors.Is(err, errDisk) {
		t.Errorf("it goes on with a house that is not the state's: %v", err)
	}
	b.restart()
	b.foldEntries(entry)
}

func TestFoldOfNothing(t *testing.T) {
	b := newTable(t)
	if rows, err := b.engine.Fold(nil); err != nil || rows != nil {
		t.Errorf("got %v, %v", rows, err)
	}
}

func TestTheClockNeverGoesBack(t *testing.T) {
	var seen []chat.Event
	b := newTable(t, witness(&seen))
	start := b.now
	b.fold(chat.Event{Body: chat.Arrived{}})
	b.now = start.Add(-time.Hour)
	b.fold(chat.Event{Body: chat.Arrived{}})
	b.restart()
	b.fold(chat.Event{Body: chat.Arrived{}})
	b.now = start.Add(1500 * time.Microsecond)
	b.fold(chat.Event{Body: chat.Arrived{}})
	b.now = start.Add(1100 * time.Microsecond)
	b.fold(chat.Event{Body: chat.Arrived{}})
	for i, want := range []time.Time{start, start, start, start.Add(time.Millisecond), start.Add(time.Millisecond)} {
		if got := seen[i].Now; !got.Equal(want) {
			t.Errorf("event %d is at %s, want %s", i, got, want)
		}
	}
}

func TestSeedsAreSecretAndStable(t *testing.T) {
	seeds := func(secret byte) (out [][16]byte) {
		var seen []chat.Event
		e, err := core.New(core.Config{
			Store: coretest.NewStore(), Rules: []rule.Rule{witness(&seen)}, Log: slog.New(slog.DiscardHandler), Secret: [32]byte{secret},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range []chat.EventID{"a", "b"} {
			if _, err := e.Fold([]core.Entry{{Seq: uint64(i + 1), At: time.Unix(1, 0), Data: encode(t, chat.Event{ID: id, Body: chat.Arrived{}})}}); err != nil {
				t.Fatal(err)
			}
		}
		return append(out, seen[0].Seed, seen[1].Seed)
	}
	one, again, other := seeds(1), seeds(1), seeds(2)
	if !slices.Equal(one, again) || one[0] == one[1] || one[0] == other[0] {
		t.Errorf("seeds: %x %x %x", one, again, other)
	}
}
