package core_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/members"
	"github.com/potluck-chat/potluck/core/relay"
	"github.com/potluck-chat/potluck/core/rooms"
	"github.com/potluck-chat/potluck/core/rule"
)

var (
	kitchen = chat.Chat{Platform: chat.Telegram, ID: "-100"}
	tea     = chat.Chat{Platform: chat.Signal, ID: "Zm9v"}
	garden  = chat.Chat{Platform: chat.Matrix, ID: "!g:h"}
)

// table is an engine over a state in memory, with a clock of its own.
type table struct {
	t      testing.TB
	store  *coretest.Store
	engine *core.Engine
	rules  []rule.Rule
	keep   time.Duration
	now    time.Time
	seq    uint64
	n      int
}

func newTable(t testing.TB, rules ...rule.Rule) *table {
	t.Helper()
	b := &table{t: t, store: coretest.NewStore(), rules: rules, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	b.restart()
	return b
}

// allRules are the real ones.
func allRules() []rule.Rule {
	return []rule.Rule{
		rooms.NewGuesses(), members.NewEnrolment(), members.NewClaims(), members.NewHint(), rooms.NewHello(), rooms.NewLinks(),
		relay.NewVanishing(), relay.New(), relay.NewFailures(), relay.NewPins(), relay.NewArrivals(), relay.NewGaps(),
	}
}

// restart makes a new engine over the same state.
func (b *table) restart() {
	b.t.Helper()
	e, err := core.New(core.Config{
		Store: b.store, Rules: b.rules, Log: slog.New(slog.DiscardHandler), Secret: [32]byte{1}, Keep: b.keep,
	})
	if err != nil {
		b.t.Fatalf("start engine: %v", err)
	}
	b.engine = e
}

func encode(t testing.TB, e chat.Event) []byte {
	t.Helper()
	raw, err := chat.EncodeEvent(e)
	if err != nil {
		t.Fatalf("encode event: %v", err)
	}
	return raw
}

// entry makes the next entry of the stream, at the table's time.
func (b *table) entry(e chat.Event) core.Entry {
	b.t.Helper()
	if e.ID == "" {
		b.n++
		e.ID = chat.EventID(fmt.Sprintf("e%d", b.n))
	}
	if e.At.IsZero() {
		e.At = b.now
	}
	return b.raw(encode(b.t, e))
}

func (b *table) raw(data []byte) core.Entry {
	b.seq++
	return core.Entry{Seq: b.seq, At: b.now, Data: data}
}

// fold folds the events in one batch and returns the effects.
func (b *table) fold(events ...chat.Event) []chat.Dispatch {
	b.t.Helper()
	var batch []core.Entry
	for _, e := range events {
		batch = append(batch, b.entry(e))
	}
	return b.foldEntries(batch...)
}

func (b *table) foldEntries(batch ...core.Entry) []chat.Dispatch {
	b.t.Helper()
	rows, err := b.engine.Fold(batch)
	if err != nil {
		b.t.Fatalf("fold: %v", err)
	}
	return dispatches(b.t, rows)
}

func dispatches(t testing.TB, rows []core.Row) []chat.Dispatch {
	t.Helper()
	var out []chat.Dispatch
	for _, r := range rows {
		d, err := chat.DecodeDispatch(r.Data)
		if err != nil {
			t.Fatalf("decode effect %d: %v", r.N, err)
		}
		if d.Effect.Where() != r.To {
			t.Fatalf("effect %d is for %s and its row for %s", r.N, d.Effect.Where(), r.To)
		}
		out = append(out, d)
	}
	return out
}

// wait moves the clock and lets the timers come that the alarm would let come.
func (b *table) wait(d time.Duration) []chat.Dispatch {
	b.t.Helper()
	end := b.now.Add(d)
	var out []chat.Dispatch
	for next := b.engine.NextDue(); !next.IsZero() && !next.After(end); next = b.engine.NextDue() {
		if next.After(b.now) {
			b.now = next
		}
		out = append(out, b.fold(chat.Event{Chat: chat.Chat{}, Body: chat.Due{}})...)
	}
	b.now = end
	return out
}

func person(p chat.Platform, name string) chat.Person {
	return chat.Person{Identity: chat.Identity{Platform: p, ID: name}, Name: name, Level: chat.Member}
}

func boss(p chat.Platform, name string) chat.Person {
	out := person(p, name)
	out.Level = chat.Organiser
	return out
}

func ref(c chat.Chat, id string) chat.Ref { return chat.Ref{Chat: c, ID: id} }

// post is somebody's message; id is its ref's.
func post(by chat.Person, in chat.Chat, id, text string) chat.Event {
	return chat.Event{Chat: in, Title: "T" + in.ID, By: by, Body: chat.Posted{Ref: ref(in, id), Text: chat.Plain(text)}}
}

// sent is the receipt of a Send.
func sent(d chat.Dispatch, ids ...string) chat.Event {
	body := chat.Sent{Effect: d.ID}
	for _, id := range ids {
		body.Refs = append(body.Refs, ref(d.Effect.Where(), id))
	}
	return chat.Event{ID: chat.EventID("sent/" + d.ID), Chat: d.Effect.Where(), Body: body}
}

// one returns the only effect, as a T.
func one[T chat.Outgoing](t testing.TB, ds []chat.Dispatch) T {
	t.Helper()
	if len(ds) != 1 {
		t.Fatalf("%d effects, want one: %+v", len(ds), ds)
	}
	x, ok := ds[0].Effect.(T)
	if !ok {
		t.Fatalf("effect is %+v, want a %T", ds[0].Effect, *new(T))
	}
	return x
}

// none checks that there is no effect.
func none(t testing.TB, ds []chat.Dispatch) {
	t.Helper()
	if len(ds) != 0 {
		t.Fatalf("%d effects, want none: %+v", len(ds), ds)
	}
}

// codeIn returns the code that a text shows.
func codeIn(t testing.TB, ds []chat.Dispatch) string {
	t.Helper()
	for _, s := range one[chat.Send](t, ds).Text.Spans {
		if s.Style == chat.Code {
			plain := one[chat.Send](t, ds).Text.Slice(s.Start, s.End).Plain
			return plain[len(plain)-9:]
		}
	}
	t.Fatalf("no code in %+v", ds)
	return ""
}

// link makes one room of the chats, asked for in the first one.
func (b *table) link(chats ...chat.Chat) {
	b.t.Helper()
	for _, c := range chats[1:] {
		code := codeIn(b.t, b.fold(post(boss(chats[0].Platform, "olga"), chats[0], fmt.Sprint("l", b.n), "/link")))
		got := b.fold(post(boss(c.Platform, "sam"), c, fmt.Sprint("l", b.n), "!link "+code))
		if len(got) < 2 {
			b.t.Fatalf("link %s: %+v", c, got)
		}
	}
}

// seat is a rule made of a function, with a state that counts what it has seen.
func seat(name string, decide func(c chat.Community, e chat.Event) []chat.Effect) rule.Rule {
	return rule.Of[int]{
		Title: name,
		KeyOf: func(chat.Community, chat.Event) (string, bool) { return "count", true },
		Fold: func(c chat.Community, s int, e chat.Event) (int, []chat.Effect) {
			return s + 1, decide(c, e)
		},
	}
}

// deadLetters returns what the operator is shown.
func (b *table) deadLetters() string {
	b.t.Helper()
	here := chat.Chat{Platform: chat.Local, ID: "operator"}
	return one[chat.Send](b.t, b.fold(chat.Event{Chat: here, Body: chat.Posted{Text: chat.Plain("dead letters")}})).Text.Plain
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
