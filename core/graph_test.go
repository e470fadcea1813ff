package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
)

// linked returns a table with kitchen, tea and garden in one room, over the real rules.
func linked(t *testing.T) *table {
	t.Helper()
	b := newTable(t, allRules()...)
	b.link(kitchen, tea, garden)
	return b
}

func ana() chat.Person { return person(chat.Telegram, "ana") }
func ben() chat.Person { return person(chat.Signal, "ben") }
func mia() chat.Person { return person(chat.Matrix, "mia") }

// answers returns what the Sends answer, by chat.
func answers(t *testing.T, ds []chat.Dispatch) map[chat.Chat]chat.Target {
	t.Helper()
	out := make(map[chat.Chat]chat.Target)
	for _, d := range ds {
		s, ok := d.Effect.(chat.Send)
		if !ok || s.Answer == nil {
			t.Fatalf("no answer: %+v", d.Effect)
		}
		out[s.To] = s.Answer.Target
	}
	return out
}

func reply(by chat.Person, in chat.Chat, id, to string) chat.Event {
	e := post(by, in, id, "re")
	p := e.Body.(chat.Posted)
	p.Reply = &chat.Reply{Ref: ref(in, to), Name: "N", Quote: "Q"}
	e.Body = p
	return e
}

func TestReceiptsBeforeAndAfter(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	inTea, inGarden := copies[0], copies[1]

	// Before the receipt the target is the effect that makes the copy.
	got := answers(t, b.fold(reply(ana(), kitchen, "2", "1")))
	want := map[chat.Chat]chat.Target{tea: {Effect: inTea.ID}, garden: {Effect: inGarden.ID}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets before (-want +got):\n%s", diff)
	}
	edit := chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("cake")}
	for _, d := range b.fold(chat.Event{Chat: kitchen, By: ana(), Body: edit}) {
		if target := d.Effect.(chat.Edit).Target; target.Effect == "" || len(target.Refs) > 0 {
			t.Errorf("edit before: %+v", target)
		}
	}

	none(t, b.fold(sent(inTea, "s1", "s2"), sent(inGarden, "g1")))
	b.restart()
	got = answers(t, b.fold(reply(ana(), kitchen, "3", "1")))
	want = map[chat.Chat]chat.Target{
		tea:    {Effect: inTea.ID, Refs: []chat.Ref{ref(tea, "s1"), ref(tea, "s2")}},
		garden: {Effect: inGarden.ID, Refs: []chat.Ref{ref(garden, "g1")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets after (-want +got):\n%s", diff)
	}

	// From either piece of a copy the way leads to the original and the other copy.
	for i, piece := range []string{"s1", "s2"} {
		got = answers(t, b.fold(reply(ben(), tea, fmt.Sprint("r", i), piece)))
		want = map[chat.Chat]chat.Target{kitchen: {Refs: []chat.Ref{ref(kitchen, "1")}}, garden: {Effect: inGarden.ID, Refs: []chat.Ref{ref(garden, "g1")}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("targets from %s (-want +got):\n%s", piece, diff)
		}
	}
}

func TestAReceiptCountsOnce(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	b.fold(sent(copies[0], "s1"))
	late := chat.Event{Chat: tea, Body: chat.Failed{Effect: copies[0].ID, Why: chat.Broken}}
	none(t, b.fold(late)) // nobody is told of a failure that was none
	none(t, b.fold(chat.Event{Chat: tea, Body: chat.Sent{Effect: copies[0].ID, Refs: []chat.Ref{ref(tea, "other")}}}))
	if got := answers(t, b.fold(reply(ana(), kitchen, "2", "1")))[tea]; len(got.Refs) != 1 || got.Refs[0] != ref(tea, "s1") {
		t.Errorf("target is %+v", got)
	}
	if n := len(b.store.Dump()["pending"]); n == 0 {
		t.Error("the other copies' receipts are not waited for")
	}
}

func TestAFailedCopyIsNotReferredTo(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	told := one[chat.Whisper](t, b.fold(chat.Event{Chat: tea, Body: chat.Failed{Effect: copies[0].ID, Why: chat.TooLarge}}))
	if told.To != kitchen || told.Who != ana().Identity || !strings.Contains(told.Text.Plain, "Signal") {
		t.Errorf("told: %+v", told)
	}
	if got := answers(t, b.fold(reply(ana(), kitchen, "2", "1")))[tea]; len(got.Refs) != 0 || got.Effect != "" {
		t.Errorf("target of what is not there: %+v", got)
	}
	edit := one[chat.Edit](t, b.fold(chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "1"), Text: chat.Plain("x")}}))
	if edit.To != garden {
		t.Errorf("edit goes to %s", edit.To)
	}
}

func TestTheHousesOwnMessages(t *testing.T) {
	b := newTable(t, allRules()...)
	b.link(kitchen, tea)
	hello := b.fold(chat.Event{Chat: garden, Body: chat.Arrived{}})
	b.fold(sent(hello[0], "h"))
	var seen []chat.Event
	b.rules = append(b.rules, witness(&seen))
	b.restart()
	b.fold(reply(mia(), garden, "1", "h"))
	if m := seen[0].ReplyTo; m == nil || !m.By.IsZero() || m.Room == "" || m.Original != (chat.Ref{}) || m.Copies[0].Effect != hello[0].ID {
		t.Errorf("the reply is to %+v", m)
	}
	b.fold(chat.Event{Chat: garden, By: mia(), Body: chat.Reacted{Ref: ref(garden, "h"), Emoji: []string{"👍"}, Change: chat.ReactionAdded}})
	if seen[1].Message == nil || seen[1].Message.ID != seen[0].ReplyTo.ID {
		t.Errorf("the reaction is to %+v", seen[1].Message)
	}
}

func TestEditsAndTheirRevisions(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ben(), tea, "100", "bread"))
	b.fold(sent(copies[0], "k1"), sent(copies[1], "g1"))
	edit := func(of, revision string) []chat.Dispatch {
		body := chat.Edited{Ref: ref(tea, of), Text: chat.Plain("cake")}
		if revision != "" {
			body.Revision = ref(tea, revision)
		}
		return b.fold(chat.Event{Chat: tea, By: ben(), Body: body})
	}
	for _, step := range [][2]string{{"100", "200"}, {"200", "300"}, {"100", "300"}, {"300", "100"}, {"100", ""}} {
		if n := len(edit(step[0], step[1])); n != 2 {
			t.Fatalf("edit of %s to %s: %d effects", step[0], step[1], n)
		}
	}
	// Any name finds it, the newest is what others point to, and each is kept once.
	for i, name := range []string{"100", "200", "300"} {
		if got := answers(t, b.fold(reply(ben(), tea, fmt.Sprint("r", i), name)))[kitchen]; len(got.Refs) != 1 || got.Refs[0] != ref(kitchen, "k1") {
			t.Errorf("a reply to revision %s finds %+v", name, got)
		}
	}
	if got := answers(t, b.fold(reply(mia(), garden, "r", "g1")))[tea]; len(got.Refs) != 1 || got.Refs[0] != ref(tea, "300") {
		t.Errorf("a reply in the garden points to %+v", got)
	}
	for _, raw := range b.store.Dump()["message"] {
		if strings.Count(string(raw), `"signal:Zm9v 200"`) > 1 {
			t.Errorf("revisions are kept twice: %s", raw)
		}
	}
	// Nobody edits another's words, and nobody what is gone.
	none(t, b.fold(chat.Event{Chat: tea, By: person(chat.Signal, "eve"), Body: chat.Edited{Ref: ref(tea, "100"), Text: chat.Plain("x")}}))
	b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Deleted{Ref: ref(tea, "200")}})
	none(t, edit("100", "400"))
	none(t, b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Edited{Ref: ref(tea, "unknown"), Text: chat.Plain("x")}}))
}

func TestAReactionIsTakenBackByItsOwnRef(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	b.fold(sent(copies[0], "s1"), sent(copies[1], "g1"))
	on := b.fold(chat.Event{Chat: garden, By: mia(), Body: chat.Reacted{
		Ref: ref(garden, "g1"), Emoji: []string{"👍"}, Change: chat.ReactionAdded, Own: ref(garden, "re1"),
	}})
	if len(on) != 2 || !on[0].Effect.(chat.React).On {
		t.Fatalf("reaction: %+v", on)
	}
	// A moderator redacts it: it was mia's all the same.
	gone := chat.Event{Chat: garden, By: boss(chat.Matrix, "mod"), Body: chat.Deleted{Ref: ref(garden, "re1")}}
	off := b.fold(gone)
	if len(off) != 2 {
		t.Fatalf("taken back: %+v", off)
	}
	r := off[0].Effect.(chat.React)
	if r.On || r.Emoji != "👍" || r.As.Identity != mia().Identity || r.As.Name != "mia" || r.Count != 0 {
		t.Errorf("taken back: %+v", r)
	}
	if _, there := b.store.Dump()["ref"][ref(garden, "re1").String()]; there {
		t.Error("the reaction's name is remembered")
	}
	gone.ID = "again"
	none(t, b.fold(gone))
	if n := len(b.store.Dump()["reaction"]); n != 0 {
		t.Errorf("%d reactions are remembered", n)
	}
}

func TestTheSameMessageUnderAnotherEventID(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	none(t, b.fold(post(ana(), kitchen, "1", "bread")))
	b.fold(sent(copies[0], "s1"))
	none(t, b.fold(post(person(chat.Signal, "the bot"), tea, "s1", "Ana: bread"))) // our own copy comes back
}

func TestForgettingOldMessages(t *testing.T) {
	b := newTable(t, allRules()...)
	b.keep = 30 * 24 * time.Hour
	b.restart()
	b.link(kitchen, tea, garden)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	b.fold(sent(copies[0], "s1")) // the garden's receipt never comes
	b.fold(chat.Event{Chat: tea, By: ben(), Body: chat.Reacted{Ref: ref(tea, "s1"), Emoji: []string{"👍"}, Change: chat.ReactionAdded, Own: ref(tea, "own")}})
	// Someone's clock is wrong by a thousand years, which must not keep others from being forgotten.
	future := post(ben(), tea, "f", "from the future")
	future.At = b.now.AddDate(1000, 0, 0)
	b.fold(future)

	b.wait(29 * 24 * time.Hour)
	if got := answers(t, b.fold(reply(ben(), tea, "r1", "s1")))[kitchen]; len(got.Refs) != 1 {
		t.Errorf("after 29 days: %+v", got)
	}
	b.wait(24*time.Hour + 7*time.Hour)
	got := b.fold(reply(ben(), tea, "r2", "s1"))
	if a := answers(t, got)[kitchen]; len(a.Refs) != 0 {
		t.Errorf("after 30 days: %+v", a)
	}
	if a := got[0].Effect.(chat.Send).Answer; a.Name != "N" || a.Quote != "Q" {
		t.Errorf("what the platform showed of it is lost: %+v", a)
	}
	b.wait(40 * 24 * time.Hour)
	none(t, b.fold(sent(copies[1], "late")))
	for _, bucket := range []core.Bucket{"message", "ref", "reaction", "pending", "dead"} {
		if rows := b.store.Dump()[bucket]; len(rows) != 0 {
			t.Errorf("%d rows are left in %s: %v", len(rows), bucket, rows)
		}
	}
}

// counting is a store that counts the writes to a bucket.
type counting struct {
	core.Store
	puts map[core.Bucket]int
}

type countingTx struct {
	core.Tx
	puts map[core.Bucket]int
}

func (s *counting) Update(fn func(core.Tx) error) error {
	return s.Store.Update(func(tx core.Tx) error { return fn(&countingTx{tx, s.puts}) })
}

func (t *countingTx) Put(b core.Bucket, key, value []byte) error {
	t.puts[b]++
	return t.Tx.Put(b, key, value)
}

func TestABatchWritesAMessageOnce(t *testing.T) {
	b := linked(t)
	copies := b.fold(post(ana(), kitchen, "1", "bread"))
	s := &counting{Store: b.store, puts: make(map[core.Bucket]int)}
	e, err := core.New(core.Config{Store: s, Rules: allRules(), Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	b.engine = e
	clear(s.puts)
	b.fold(sent(copies[0], "s1"), sent(copies[1], "g1"),
		chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "1"), Revision: ref(kitchen, "2")}},
		chat.Event{Chat: kitchen, By: ana(), Body: chat.Edited{Ref: ref(kitchen, "2"), Revision: ref(kitchen, "3")}},
		chat.Event{Chat: garden, By: mia(), Body: chat.Deleted{Ref: ref(garden, "g1")}})
	if n := s.puts["message"]; n != 1 {
		t.Errorf("the message was written %d times", n)
	}
}
