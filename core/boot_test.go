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
)

// bootError starts the engine over what the process has left and returns why it does not run.
func (p *process) bootError() error {
	p.t.Helper()
	e, err := core.New(core.Config{Store: p.store, Inbox: p.inbox, Outbox: p.outbox, Rules: p.rules, Log: discard()})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Second)
	defer cancel()
	return e.Run(ctx)
}

func TestBootAfterTheStreamHasLostItsTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		for _, text := range []string{"a", "b", "c"} {
			p.post(text)
		}
		time.Sleep(time.Second)
		p.end()
		applied := p.engine.Stats().Applied
		p.inbox.Lose(applied - 1)
		p.start()
		if seq := p.post("d"); seq <= applied {
			t.Errorf("sequence %d is used again, the state has come to %d", seq, applied)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"re: a", "re: b", "re: c", "re: d"}, p.said()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		p.end()
	})
}

func TestBootAfterTheOutboxHasLostItsTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		for _, text := range []string{"a", "b", "c"} {
			p.post(text)
		}
		time.Sleep(time.Second)
		p.end()
		want := p.outbox.Rows()
		p.outbox.Lose(2)
		p.start()
		if diff := cmp.Diff(want, p.outbox.Rows()); diff != "" {
			t.Errorf("effects (-before +after):\n%s", diff)
		}
		p.end()
	})
}

func TestBootRefusesWhatWouldLoseSomething(t *testing.T) {
	tests := map[string]struct {
		spoil func(p *process, old *coretest.Store)
		want  string
	}{
		"the stream begins behind the state": {func(p *process, old *coretest.Store) {
			p.store = old
			p.inbox.Forget(p.engine.Stats().Applied - 1)
		}, "restore a newer backup"},
		"the stream has forgotten all": {func(p *process, old *coretest.Store) {
			p.store = old
			p.inbox.Forget(p.engine.Stats().Applied)
		}, "restore a newer backup"},
		"the state is older than the effects": {func(p *process, old *coretest.Store) {
			p.store = old
			p.inbox.Lose(3)
		}, "move the bus folder away"},
		"the outbox cannot fill the stream": {func(p *process, _ *coretest.Store) {
			if err := p.store.Update(func(tx core.Tx) error { return tx.Delete("outbox", []byte{0, 0, 0, 0, 0, 0, 0, 2}) }); err != nil {
				p.t.Fatal(err)
			}
			p.outbox.Lose(2)
		}, "cannot fill it"},
		"another stream": {func(p *process, _ *coretest.Store) {
			applied := p.engine.Stats().Applied
			p.inbox.Lose(2)
			for len(p.inbox.Entries()) < int(applied)+2 {
				p.inbox.Put(time.Now(), encode(p.t, chat.Event{ID: chat.EventID(fmt.Sprint("other", len(p.inbox.Entries()))), Body: chat.Arrived{}}))
			}
		}, "do not belong together"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProcess(t, greeter())
				p.post("a")
				time.Sleep(time.Second)
				old := p.store.Clone()
				for _, text := range []string{"b", "c", "d"} {
					p.post(text)
				}
				time.Sleep(time.Second)
				p.end()
				before := p.outbox.Rows()
				tt.spoil(p, old)
				err := p.bootError()
				if !errors.Is(err, core.ErrGap) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("run: %v, want a gap and %q", err, tt.want)
				}
				if n := len(p.outbox.Rows()); n > len(before) {
					t.Errorf("it has published all the same: %d effects", n)
				}
			})
		})
	}
}

func TestBootOfARestoredBackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(t, greeter())
		p.post("a")
		time.Sleep(time.Second)
		p.post("a2")
		time.Sleep(time.Second)
		old := p.store.Clone()
		for _, text := range []string{"b", "c"} {
			p.post(text)
		}
		time.Sleep(time.Second)
		p.end()
		want, state := p.outbox.Rows(), p.store.Dump()

		p.store = old.Clone() // the streams are still there: what followed is folded again
		p.start()
		if diff := cmp.Diff(want, p.outbox.Rows()); diff != "" {
			t.Errorf("effects (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(state["rule.greeter"], p.store.Dump()["rule.greeter"]); diff != "" {
			t.Errorf("state (-before +after):\n%s", diff)
		}
		p.end()

		p.store, p.inbox, p.outbox = old, coretest.NewInbox(), coretest.NewOutbox() // a new machine: only the backup
		p.start()
		p.post("e")
		time.Sleep(time.Second)
		synctest.Wait()
		// Of the last effect the backup did not know yet that it was out; its platform knows.
		if diff := cmp.Diff([]string{"re: a2", "re: e"}, p.said()); diff != "" || p.outbox.Rows()[0].N != 2 {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		p.end()
	})
}
