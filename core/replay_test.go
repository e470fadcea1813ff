package core_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/rule"
)

// day makes up what happens on a busy day, from a seed.
type day struct {
	*table
	r     *rand.Rand
	chats []chat.Chat
	refs  []chat.Ref // messages, reactions and copies, some of them made up
	codes []string
	rows  []core.Row
	due   []chat.Event // receipts that have not come yet
	log   []core.Entry
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// someone is a person on the platform of a chat.
func (d *day) someone(c chat.Chat) chat.Person {
	p := person(c.Platform, fmt.Sprintf("p%d", d.r.IntN(12)))
	p.Level = chat.Level(d.r.IntN(4))
	p.Bot, p.Anonymous, p.Unsure = d.r.IntN(15) == 0, d.r.IntN(20) == 0, d.r.IntN(20) == 0
	p.Name = pick(d.r, []string{"Ana", "Ben\nEve: hi", "", "\u202Eanna", "🍞"})
	return p
}

func (d *day) ref() chat.Ref {
	if len(d.refs) == 0 || d.r.IntN(12) == 0 {
		return ref(pick(d.r, d.chats), fmt.Sprint("x", d.r.IntN(50)))
	}
	return d.refs[len(d.refs)-1-min(d.r.IntN(1+d.r.IntN(60)), len(d.refs)-1)]
}

func (d *day) newRef(c chat.Chat) chat.Ref {
	r := ref(c, fmt.Sprint("m", len(d.log)))
	d.refs = append(d.refs, r)
	return r
}

// event makes up one.
func (d *day) event() chat.Event {
	c := pick(d.r, d.chats)
	e := chat.Event{Chat: c, By: d.someone(c), Title: pick(d.r, []string{"", "Kitchen", "Garden"}), At: d.now.Add(-time.Duration(d.r.IntN(5000)) * time.Millisecond)}
	switch n := d.r.IntN(100); {
	case n < 8:
		e.Body = d.picture(c)
		e.By = person(c.Platform, fmt.Sprintf("p%d", d.r.IntN(2)))
	case n < 11:
		r := d.ref()
		e.Chat, e.Body = r.Chat, pick(d.r, []chat.Body{
			chat.Pinned{Ref: r, On: true}, chat.Voted{Ref: r, Options: []int{1}}, chat.PollEnded{Ref: r}, chat.Missed{From: d.now, To: d.now},
		})
	case n < 13:
		e.Chat, e.By = chat.Chat{Platform: chat.Local, ID: "operator"}, chat.Person{}
		e.Body = chat.Posted{Text: chat.Plain(pick(d.r, []string{"dead letters", "dead letter retry all", "dead letter retry 3"}))}
	case n < 30:
		p := chat.Posted{Ref: d.newRef(c), Text: chat.Plain(fmt.Sprintf("words %d", n))}
		if d.r.IntN(3) == 0 {
			p.Reply = &chat.Reply{Ref: d.ref(), Name: "N", Quote: "Q"}
		}
		e.Body = p
	case n < 45:
		e.Body = chat.Posted{Ref: d.newRef(c), Text: chat.Plain(d.command())}
		e.By.Level = pick(d.r, []chat.Level{chat.Member, chat.Organiser, chat.Organiser})
	case n < 50:
		e.Private, e.Chat = true, chat.Chat{Platform: c.Platform, ID: e.By.Identity.ID}
		e.Body = chat.Posted{Ref: ref(e.Chat, fmt.Sprint("m", len(d.log))), Text: chat.Plain(d.command())}
	case n < 60:
		r := d.ref()
		e.Chat, e.Body = r.Chat, chat.Edited{Ref: r, Text: chat.Plain("better words"), Revision: pick(d.r, []chat.Ref{{}, d.newRef(r.Chat)})}
	case n < 66:
		r := d.ref()
		e.Chat, e.Body = r.Chat, chat.Deleted{Ref: r}
	case n < 80:
		r := d.ref()
		e.Chat, e.By = r.Chat, d.someone(r.Chat)
		e.Body = chat.Reacted{
			Ref: r, Emoji: []string{pick(d.r, []string{"👍", "❤", "🍞"})}, Own: pick(d.r, []chat.Ref{{}, d.newRef(r.Chat)}),
			Change: pick(d.r, []chat.ReactionChange{chat.ReactionAdded, chat.ReactionsAre, chat.ReactionRemoved}),
		}
	case n < 84:
		e.Body = pick(d.r, []chat.Body{chat.Joined{Who: e.By}, chat.Left{Who: e.By}, chat.Arrived{}, chat.Parted{}})
	case n < 86:
		e.Body = chat.Migrated{To: pick(d.r, d.chats)}
	case n < 90:
		e.Chat, e.By, e.Body = chat.Chat{}, chat.Person{}, chat.Due{}
	default:
		if len(d.due) == 0 {
			return chat.Event{Chat: c, Body: chat.Sent{Effect: "nobody's#1"}}
		}
		i := d.r.IntN(len(d.due))
		e = d.due[i]
		d.due = append(d.due[:i], d.due[i+1:]...)
	}
	return e
}

// picture is one of an album, or of several.
func (d *day) picture(c chat.Chat) chat.Body {
	return chat.Posted{
		Ref: d.newRef(c), Album: fmt.Sprint("album", len(d.log)/7), Parts: []chat.Part{{Kind: chat.Photo, Media: chat.Media{Key: "k"}}},
		Text: chat.Plain(pick(d.r, []string{"", "a caption", "another"})), Vanish: time.Duration(d.r.IntN(3)) * time.Minute,
	}
}

func (d *day) command() string {
	code := "AAAA-AAAA"
	if len(d.codes) > 0 {
		code = d.codes[len(d.codes)-1]
	}
	if d.r.IntN(30) == 0 {
		return "/unlink"
	}
	return pick(d.r, []string{"/link", "/link", "!link " + code, "!link " + code, "!link " + code, "/claim", "/claim " + code, "/links", "/help", "/set joins off", "!set joins on"})
}

// live folds an entry and remembers what came of it.
func (d *day) live(e core.Entry) {
	d.t.Helper()
	d.log = append(d.log, e)
	rows, err := d.engine.Fold([]core.Entry{e})
	if err != nil {
		d.t.Fatalf("fold entry %d, %s: %v", e.Seq, e.Data, err)
	}
	d.rows = append(d.rows, rows...)
	for _, x := range dispatches(d.t, rows) {
		ids := []string{fmt.Sprint("c", len(d.refs))}
		receipt := sent(x, ids...)
		if d.r.IntN(10) == 0 {
			receipt.Body = chat.Failed{Effect: x.ID, Why: pick(d.r, []chat.Reason{chat.TooLarge, chat.Broken, chat.Expired})}
		} else {
			d.refs = append(d.refs, ref(x.Effect.Where(), ids[0]))
		}
		d.due = append(d.due, receipt)
		send, ok := x.Effect.(chat.Send)
		for _, s := range send.Text.Spans {
			if p := send.Text.Slice(s.Start, s.End).Plain; ok && s.Style == chat.Code && len(p) > 9 && p[len(p)-5] == '-' {
				d.codes = append(d.codes, p[len(p)-9:])
			}
		}
	}
}

// randomDay lives through n events.
func randomDay(t testing.TB, seed uint64, n int, rules ...rule.Rule) *day {
	d := &day{table: newTable(t, rules...), r: rand.New(rand.NewPCG(seed, 7)), chats: []chat.Chat{kitchen, tea, garden}}
	for i := range 1 {
		for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
			d.chats = append(d.chats, chat.Chat{Platform: p, ID: fmt.Sprint("g", i)})
		}
	}
	for len(d.log) < n {
		if len(d.log)%200 == 0 { // whatever has become of the room, it is made again
			for _, c := range []chat.Chat{tea, garden} {
				d.live(d.entry(post(boss(c.Platform, "sam"), c, fmt.Sprint("u", len(d.log)), "!unlink")))
				d.live(d.entry(post(boss(chat.Telegram, "olga"), kitchen, fmt.Sprint("l", len(d.log)), "/link")))
				d.live(d.entry(post(boss(c.Platform, "sam"), c, fmt.Sprint("l", len(d.log)), "!link "+d.codes[len(d.codes)-1])))
			}
		}
		d.now = d.now.Add(time.Duration(d.r.IntN(90_000_000)) * time.Microsecond)
		if d.r.IntN(50) == 0 {
			d.now = d.now.Add(-time.Minute) // clocks go back, too
		}
		switch d.r.IntN(60) {
		case 0:
			d.live(d.raw([]byte(`{"kind":"beamed","id":"b"}`)))
		case 1:
			if len(d.log) > 0 { // the platform gives one again
				d.live(d.raw(pick(d.r, d.log).Data))
			}
		default:
			d.live(d.entry(d.event()))
		}
	}
	return d
}

// amender is a rule that now and then says again what a message says, with a line below it.
func amender() rule.Rule {
	return seat("amender", func(_ chat.Community, e chat.Event) []chat.Effect {
		if _, ok := e.Body.(chat.Reacted); !ok || e.Message == nil || e.Seed[0]%3 > 0 {
			return nil
		}
		var out []chat.Effect
		for _, c := range e.Message.Copies {
			if target, ok := e.Message.In(c.Chat); ok {
				out = append(out, chat.Edit{To: c.Chat, Target: target, Again: true, Tail: chat.Plain("!")}, chat.Pin{To: c.Chat, Target: target})
			}
		}
		return out
	})
}

// clumsy is a rule that now and then panics, emits or sets timers.
func clumsy() rule.Rule {
	return seat("clumsy", func(_ chat.Community, e chat.Event) []chat.Effect {
		switch e.Seed[0] % 16 {
		case 0:
			panic(map[string]int{"seed": int(e.Seed[1])})
		case 1:
			return []chat.Effect{chat.Wake{Rule: "clumsy", Key: string(e.Seed[1:3]), At: e.Now.Add(time.Duration(e.Seed[3]) * time.Minute)}}
		case 2:
			return []chat.Effect{chat.Emit{Body: chat.Joined{Who: e.By}}, chat.Record{Log: "clumsy", Line: string(e.ID)}}
		case 3:
			return []chat.Effect{chat.Wake{Rule: "clumsy", Key: "k", At: e.Now}, chat.Cancel{Rule: "clumsy", Key: string(e.Seed[1:3])}}
		}
		return nil
	})
}

// replay folds the entries on a fresh state, in batches whose sizes size gives, and compares the state and
// every byte of the effects with the day as it was.
func replay(t *testing.T, d *day, size func() int, restarts bool) {
	t.Helper()
	b := newTable(t, d.rules...)
	var rows []core.Row
	for log := d.log; len(log) > 0; {
		n := min(size(), len(log))
		got, err := b.engine.Fold(log[:n])
		if err != nil {
			t.Fatalf("fold: %v", err)
		}
		rows, log = append(rows, got...), log[n:]
		if restarts {
			b.restart()
		}
	}
	for i := range min(len(rows), len(d.rows)) {
		if rows[i].N != d.rows[i].N || rows[i].To != d.rows[i].To || !bytes.Equal(rows[i].Data, d.rows[i].Data) {
			t.Fatalf("effect %d is\n%s\nand was\n%s", rows[i].N, rows[i].Data, d.rows[i].Data)
		}
	}
	if len(rows) != len(d.rows) {
		t.Errorf("%d effects, and there were %d", len(rows), len(d.rows))
	}
	then, now := d.store.Dump(), b.store.Dump()
	if !reflect.DeepEqual(then, now) {
		t.Errorf("state (-then +now):\n%.4000s", cmp.Diff(then, now))
	}
}

func TestReplayIsTheSame(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	d := randomDay(t, seed, 2000, append(allRules(), clumsy(), amender())...)
	sum := fmt.Sprintf("%d effects, %+v", len(d.rows), d.engine.Stats())
	lines, err := core.CheckLedger(d.store)
	if err != nil {
		t.Error(err)
	}
	if s := d.engine.Stats(); len(d.rows) < 300 || s.Dead == 0 || s.Duplicates == 0 || len(lines) != 5 {
		t.Fatalf("a dull day: %s, %+v", sum, lines)
	}
	t.Log(sum)
	r := rand.New(rand.NewPCG(seed, 8))
	t.Run("entry by entry", func(t *testing.T) { replay(t, d, func() int { return 1 }, false) })
	t.Run("in one batch", func(t *testing.T) { replay(t, d, func() int { return len(d.log) }, false) })
	t.Run("restarted after every batch", func(t *testing.T) { replay(t, d, func() int { return 1 + r.IntN(20) }, true) })
}

// A day must not stop the engine, whatever its seed.
func TestManyDays(t *testing.T) {
	for seed := range uint64(20) {
		d := randomDay(t, seed, 250, append(allRules(), clumsy(), amender())...)
		replay(t, d, func() int { return 50 }, true)
	}
}
