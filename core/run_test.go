package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/core/coretest"
	"github.com/potluck-chat/potluck/core/rule"
)

// process is a running engine. It runs within a synctest bubble, where time passes when all wait.
type process struct {
	t      *testing.T
	store  *coretest.Store
	inbox  *coretest.Inbox
	outbox *coretest.Outbox
	engine *core.Engine
	stop   context.CancelFunc
	ended  chan error
	rules  []rule.Rule
	n      int
}

// greeter answers every message.
func greeter() rule.Rule {
	return seat("greeter", func(_ chat.Community, e chat.Event) []chat.Effect {
		if p, ok := e.Body.(chat.Posted); ok {
			return []chat.Effect{chat.Send{To: e.Chat, Text: chat.Plain("re: " + p.Text.Plain)}}
		}
		return nil
	})
}

func newProcess(t *testing.T, rules ...rule.Rule) *process {
	p := &process{t: t, store: coretest.NewStore(), inbox: coretest.NewInbox(), outbox: coretest.NewOutbox(), rules: rules}
	p.start()
	return p
}

// start runs the engine and lets its first tick come.
func (p *process) start() {
	p.t.Helper()
	e, err := core.New(core.Config{Store: p.store, Inbox: p.inbox, Outbox: p.outbox, Rules: p.rules, Log: discard(), Secret: [32]byte{1}})
	if err != nil {
		p.t.Fatalf("start engine: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.engine, p.stop, p.ended = e, cancel, make(chan error, 1)
	go func() { p.ended <- e.Run(ctx) }()
	time.Sleep(time.Second)
	synctest.Wait()
}

// end stops the engine, which must do so at once and without an error.
func (p *process) end() {
	p.t.Helper()
	p.stop()
	start := time.Now()
	if err := <-p.ended; err != nil {
		p.t.Errorf("run: %v", err)
	}
	if took := time.Since(start); took > 10*time.Millisecond {
		p.t.Errorf("it took %s to stop", took)
	}
}

func (p *process) post(text string) uint64 {
	p.t.Helper()
	p.n++
	e := post(ana(), kitchen, fmt.Sprint("m", p.n), text)
	e.ID, e.At = chat.EventID(fmt.Sprint("e", p.n)), time.Now()
	seq, err := p.engine.Publish(p.t.Context(), e)
	if err != nil {
		p.t.Fatalf("publish: %v", err)
	}
	return seq
}

// receive tells that the effects in the outbox from the n-th on are done, counted from 0.
func (p *process) receive(from int) {
	p.t.Helper()
	for _, d := range dispatches(p.t, p.outbox.Rows())[from:] {
		e := sent(d)
		e.At = time.Now()
		if _, err := p.engine.Publish(p.t.Context(), e); err != nil {
			p.t.Fatalf("publish: %v", err)
		}
	}
	synctest.Wait()
}

// said returns the texts of the effects in the outbox.
func (p *process) said() []string {
	p.t.Helper()
	var out []string
	for i, d := range dispatches(p.t, p.outbox.Rows()) {
		out = append(out, d.Effect.(chat.Send).Text.Plain)
		if n := p.outbox.Rows()[i].N; i > 0 && n != p.outbox.Rows()[i-1].N+1 {
			p.t.Errorf("effect %d is behind %d", n, p.outbox.Rows()[i-1].N)
		}
	}
	return out
}

func TestRunFoldsAndPublishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		seq := p.post("a")
		if err := p.engine.Applied(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.end()
		p.start() // whatever is done is done
		p.post("b")
		synctest.Wait()
		if diff := cmp.Diff([]string{"re: a", "re: b"}, p.said()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		if s := p.engine.Stats(); s.Waiting != 0 || s.Applied < seq {
			t.Errorf("stats %+v", s)
		}
		p.end()
	})
}

func TestCommitsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		defer p.end()
		state := func() (batches, events uint64) { s := p.engine.Stats(); return s.Batches, s.Events }
		batches, events := state()
		expect := func(when string, b, e uint64) {
			t.Helper()
			synctest.Wait()
			if gotB, gotE := state(); gotB != batches+b || gotE != events+e {
				t.Errorf("%s: %d commits of %d events, want %d of %d", when, gotB-batches, gotE-events, b, e)
			}
		}
		p.post("alone")
		expect("a lone event is committed at once", 1, 1)
		p.post("second")
		time.Sleep(time.Millisecond)
		p.post("third")
		expect("what follows waits", 1, 1)
		time.Sleep(core.DefaultPace - time.Millisecond)
		expect("and is committed together", 2, 3)
		time.Sleep(core.DefaultPace)
		p.post("fourth")
		expect("after the pace the next is alone again", 3, 4)
		for range 5000 {
			p.post("crowd")
		}
		time.Sleep(10 * core.DefaultPace)
		expect("a crowd needs few commits", 6, 5004)
	})
}

func TestAppliedWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		defer p.end()
		now := p.engine.Stats().Applied
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- p.engine.Applied(t.Context(), now+2) }()
		}
		p.post("a")
		synctest.Wait()
		if len(done) > 0 {
			t.Error("it did not wait")
		}
		p.post("b")
		time.Sleep(time.Second)
		synctest.Wait()
		if len(done) != 2 || <-done != nil || <-done != nil {
			t.Error("it did not end")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.engine.Applied(ctx, now+99); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheAlarmRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var due []time.Duration
		var start time.Time
		p := newProcess(t, seat("clock", func(_ chat.Community, e chat.Event) []chat.Effect {
			switch e.Body.(type) {
			case chat.Due:
				due = append(due, time.Since(start))
			case chat.Posted:
				return []chat.Effect{
					chat.Wake{Rule: "clock", Key: "late", At: e.Now.Add(time.Hour)}, chat.Wake{Rule: "clock", Key: "soon", At: e.Now.Add(time.Minute)},
				}
			}
			return nil
		}))
		start = time.Now()
		p.post("wake me")
		time.Sleep(30 * time.Minute)
		p.end()
		p.start() // one second
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{time.Minute, time.Hour}, due); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
		p.end()
		before := len(p.inbox.Entries())
		p.start()
		time.Sleep(5 * time.Hour)
		if n := len(p.inbox.Entries()) - before; n > 1 {
			t.Errorf("idle hours cost %d ticks", n)
		}
		p.end()
	})
}

func TestAFaultOfTheBusIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		defer p.end()
		p.outbox.Fail(5)
		for _, text := range []string{"a", "b", "c"} {
			p.post(text)
			time.Sleep(core.DefaultPace)
		}
		synctest.Wait()
		if n := p.engine.Stats().Waiting; n != 3 {
			t.Errorf("%d effects wait, want 3", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"re: a", "re: b", "re: c"}, p.said()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	})
}

// What has long been on the bus is not kept, but for what no platform has answered yet: it may have to be tried again.
func TestTheOutboxIsTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		for i := range 12_000 {
			p.post("x")
			if i%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		p.receive(7)
		for range 10 {
			p.post("x")
			time.Sleep(time.Second)
		}
		rows := p.store.Dump()["outbox"]
		if n := len(rows); n < 5007 || n > 5107 {
			t.Errorf("%d rows are kept, want 5000 and the 7 that are under way", n)
		}
		p.receive(0) // those, too; of the others it is told a second time
		time.Sleep(time.Second)
		p.post("x")
		p.end()
		rows = p.store.Dump()["outbox"]
		if n := len(rows); n < 5000 || n > 5100 {
			t.Errorf("%d rows are kept in the end, want 5000", n)
		}
		if _, err := core.CheckLedger(p.store); err != nil {
			t.Error(err)
		}
	})
}

func TestAnErrorOfTheStateEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &failing{Store: coretest.NewStore()}
		inbox := coretest.NewInbox()
		e, err := core.New(core.Config{Store: s, Inbox: inbox, Outbox: coretest.NewOutbox(), Rules: []rule.Rule{greeter()}, Log: discard(), Secret: [32]byte{1}})
		if err != nil {
			t.Fatal(err)
		}
		s.fail = true
		ended := make(chan error, 1)
		go func() { ended <- e.Run(t.Context()) }()
		if err := <-ended; !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "fold events from 1") {
			t.Errorf("run: %v", err)
		}
	})
}
