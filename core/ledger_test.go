package core_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// balanced checks the ledger, in the state and as the engine shows it, and returns the line of a platform.
func (b *table) balanced(of chat.Platform) core.LedgerLine {
	b.t.Helper()
	lines, err := core.CheckLedger(b.store)
	if err != nil {
		b.t.Error(err)
	}
	if diff := cmp.Diff(lines, b.engine.Ledger()); diff != "" {
		b.t.Errorf("what the engine shows (-state +engine):\n%s", diff)
	}
	for _, l := range lines {
		if l.Platform == of {
			return l
		}
	}
	return core.LedgerLine{}
}

func failedFor(d chat.Dispatch, why chat.Reason) chat.Event {
	return chat.Event{Chat: d.Effect.Where(), Body: chat.Failed{Effect: d.ID, Why: why}}
}

func TestTheLedgerAddsUp(t *testing.T) {
	b := newTable(t, greeter())
	var ds []chat.Dispatch
	for i := range 7 {
		ds = append(ds, b.fold(post(ana(), kitchen, fmt.Sprint(i), "x"))...)
	}
	if l := b.balanced(chat.Telegram); l.Decided != 7 || l.Underway != 7 || l.Folded != 7 {
		t.Errorf("to begin with %+v", l)
	}
	b.restart()
	b.balanced(chat.Telegram)
	degraded := sent(ds[1], "b")
	body := degraded.Body.(chat.Sent)
	body.Notes = []string{"less"}
	degraded.Body = body
	again := sent(ds[0], "a")
	again.ID = "told twice under another name"
	b.fold(sent(ds[0], "a"), degraded, failedFor(ds[2], chat.TooLarge), failedFor(ds[3], chat.TooLarge), failedFor(ds[4], chat.Forbidden), failedFor(ds[5], chat.Expired))
	b.fold(sent(ds[0], "a"), again, failedFor(ds[0], chat.Broken), failedFor(chat.Dispatch{ID: "nobody's#1", Effect: chat.Pin{To: kitchen}}, chat.Broken))
	b.foldEntries(b.raw([]byte("{")), b.raw([]byte(`{"kind":"beamed","id":"b","chat":"telegram:-100"}`)))
	b.restart()
	want := core.LedgerLine{
		Platform: chat.Telegram, Decided: 7, Delivered: 1, Degraded: 1, Refused: map[chat.Reason]uint64{chat.TooLarge: 2, chat.Forbidden: 1},
		Expired: 1, Underway: 1, Received: 18, Folded: 16, Duplicates: 1, Dead: 1,
	}
	if diff := cmp.Diff(want, b.balanced(chat.Telegram)); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	if l := b.balanced(""); l.Received != 1 || l.Dead != 1 {
		t.Errorf("what could not be read at all: %+v", l)
	}
	b.wait(7 * time.Hour)
	if l := b.balanced(chat.Local); l.Received != 1 {
		t.Errorf("the house's own ticks: %+v", l)
	}
}

// A line that is wrong is noticed, whichever number it is.
func TestALedgerThatIsWrongIsNoticed(t *testing.T) {
	for name, change := range map[string]func(tx core.Tx) error{
		"a receipt was not counted": func(tx core.Tx) error {
			var key []byte
			err := tx.Scan("pending", nil, func(k, _ []byte) bool { key = append(key, k...); return false })
			return errors.Join(err, tx.Delete("pending", key))
		},
		"an event was lost": func(tx core.Tx) error {
			return tx.Put("ledger", []byte(":telegram"), []byte(`{"decided":1,"received":2,"folded":1}`))
		},
		"an effect was lost":    func(tx core.Tx) error { return tx.Put("meta", []byte("effect"), []byte{0, 0, 0, 0, 0, 0, 0, 9}) },
		"the ledger is damaged": func(tx core.Tx) error { return tx.Put("ledger", []byte(":telegram"), []byte(`{`)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newTable(t, greeter())
			b.fold(post(ana(), kitchen, "1", "x"))
			b.balanced(chat.Telegram)
			if err := b.store.Update(change); err != nil {
				t.Fatal(err)
			}
			if lines, err := core.CheckLedger(b.store); err == nil {
				t.Errorf("nothing is wrong with %+v", lines)
			}
		})
	}
}

// What an older program has begun was never counted, and its receipts are not, either; but they are understood.
func TestTheLedgerOfAStateOfAnOlderProgram(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	err := b.store.Update(func(tx core.Tx) error { // make it such a state
		id := tx.Get("ref", []byte(ref(kitchen, "1").String()))[1:]
		var keys [][]byte
		err := tx.Scan("pending", nil, func(k, _ []byte) bool { keys = append(keys, append([]byte{}, k...)); return true })
		for _, k := range keys {
			err = errors.Join(err, tx.Delete("pending", k))
		}
		for _, d := range copies {
			err = errors.Join(err, tx.Put("pending", []byte(d.ID), id))
		}
		err = errors.Join(err, tx.Put("told", []byte("old#1"), []byte("c1\x00tag")))
		for _, p := range []string{":telegram", ":signal", ":matrix"} {
			err = errors.Join(err, tx.Delete("ledger", []byte(p)))
		}
		return errors.Join(err, tx.Delete("meta", []byte("since")))
	})
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.fold(sent(copies[0], "s1"), chat.Event{Chat: garden, Body: chat.Sent{Effect: "old#1"}})
	if l := b.balanced(chat.Signal); l.Decided != 0 || l.Delivered != 0 {
		t.Errorf("it counts what was never counted: %+v", l)
	}
	if to := answers(t, b.fold(reply(ana(), kitchen, "2", "1")))[tea]; len(to.Refs) != 1 {
		t.Errorf("the receipt was not understood: %+v", to)
	}
	b.balanced(chat.Signal)
	b.wait(400 * 24 * time.Hour)
	if l := b.balanced(chat.Signal); l.Underway != 0 || l.Expired == 0 {
		t.Errorf("after more than a year: %+v", l)
	}
}

// Others may look at any time.
func TestTheLedgerCanBeReadAtAnyTime(t *testing.T) {
	b := newTable(t, greeter())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			for _, l := range b.engine.Ledger() {
				if err := l.Check(); err != nil {
					t.Error(err)
				}
				if l.Refused != nil {
					l.Refused[chat.Broken] = 7 // what was shown is the reader's own
				}
			}
		}
	}()
	for i := range 300 {
		ds := b.fold(post(ana(), kitchen, fmt.Sprint(i), "x"))
		b.fold(failedFor(ds[0], chat.TooOld))
	}
	<-done
	if l := b.balanced(chat.Telegram); l.Refused[chat.TooOld] != 300 || l.Refused[chat.Broken] != 0 {
		t.Errorf("%+v", l)
	}
}

// However long the day, whatever happens: all is accounted for.
func TestTheLedgerOfManyDays(t *testing.T) {
	for seed := range uint64(6) {
		d := randomDay(t, 100+seed, 400, append(allRules(), clumsy(), amender())...)
		d.balanced("")
	}
}
