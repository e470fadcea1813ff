package storagetest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
	"github.com/potluck-chat/potluck/storage/state"
	"github.com/potluck-chat/potluck/storage/storagetest"
)

// busChild publishes events and chains effects, and says what the bus has taken.
func busChild(ctx context.Context, dir string, say func(string, ...any)) error {
	b, err := bus.Open(ctx, bus.Config{Dir: dir}, quiet())
	if err != nil {
		return err
	}
	n, err := b.Outbox().Last(ctx)
	if err != nil {
		return err
	}
	_, last, err := b.Inbox().Bounds(ctx)
	if err != nil {
		return err
	}
	for i := last + 1; ; i++ {
		seq, err := b.Inbox().Publish(ctx, chat.EventID(fmt.Sprint("event", i)), chat.Telegram, fmt.Appendf(nil, "event%d", i))
		if err != nil {
			return err
		}
		say("event %d %d", i, seq)
		var rows []core.Row
		for range i % 8 {
			n++
			rows = append(rows, core.Row{N: n, To: chat.Chat{Platform: chat.Signal, ID: "g"}, Data: fmt.Appendf(nil, "effect%d", n)})
		}
		if err := b.Outbox().Append(ctx, rows); err != nil {
			return err
		}
		say("effects %d", n)
	}
}

func TestAKilledBusKeepsWhatItTook(t *testing.T) {
	r, dir := newRand(t), t.TempDir()
	var events, effects uint64 // as the last check found them: a child may be killed before it says anything
	for range kills(t) {
		for _, line := range storagetest.Kill(t, "bus", dir, moment(r)) {
			if _, err := fmt.Sscanf(line, "effects %d", &effects); err == nil {
				continue
			}
			var id uint64
			if _, err := fmt.Sscanf(line, "event %d %d", &id, &events); err != nil || id != events {
				t.Fatalf("the child said %q", line)
			}
		}
		events, effects = checkBus(t, dir, events, effects)
	}
}

// checkBus reads both streams, which must have at least these, and returns what they have.
func checkBus(t *testing.T, dir string, events, effects uint64) (lastEvent, lastEffect uint64) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Config{Dir: dir}, loud(t))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	first, last, err := b.Inbox().Bounds(t.Context())
	if err != nil || first != 1 || last < events || last > events+1 {
		t.Fatalf("bounds are %d to %d (%v), the child was told %d", first, last, err, events)
	}
	err = b.Inbox().Read(t.Context(), 1, func(e core.Entry) error {
		if want := fmt.Sprint("event", e.Seq); string(e.Data) != want {
			return fmt.Errorf("event %d is %q", e.Seq, e.Data)
		}
		if e.Seq == last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("read: %v", err)
	}
	n, err := b.Outbox().Last(t.Context())
	if err != nil || n < effects || n > effects+8 {
		t.Fatalf("last effect is %d (%v), the child was told %d", n, err, effects)
	}
	if n == 0 {
		return last, n // killed between its first event and what follows from it
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next := uint64(1)
	err = b.Feed().Follow(ctx, chat.Signal, 0, func(e adapters.Numbered) {
		if e.N != next || string(e.Data) != fmt.Sprint("effect", next) {
			t.Errorf("effect %d is %d %q", next, e.N, e.Data)
		}
		if next++; next > n {
			cancel()
		}
	})
	if err != nil {
		t.Errorf("follow: %v", err)
	}
	return last, n
}

func skipChild(ctx context.Context, dir string, say func(string, ...any)) error {
	b, err := bus.Open(ctx, bus.Config{Dir: dir}, quiet())
	if err != nil {
		return err
	}
	_, last, err := b.Inbox().Bounds(ctx)
	if err != nil {
		return err
	}
	if err := b.Inbox().SkipTo(ctx, last+1000); err != nil {
		return err
	}
	say("skipped %d", last+1000)
	<-ctx.Done()
	return nil
}

func TestAKilledBusRemembersThatItSkipped(t *testing.T) {
	dir := t.TempDir()
	for round := range kills(t) + 1 {
		var want uint64
		lines := storagetest.Kill(t, "skip", dir, 0)
		if round%2 == 1 { // and the machine with it
			if err := os.WriteFile(filepath.Join(dir, "running"), []byte("another boot"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := fmt.Sscanf(lines[0], "skipped %d", &want); err != nil {
			t.Fatal(err)
		}
		b, err := bus.Open(t.Context(), bus.Config{Dir: dir}, loud(t))
		if err != nil {
			t.Fatal(err)
		}
		if first, last, err := b.Inbox().Bounds(t.Context()); first != want+1 || last != want || err != nil {
			t.Errorf("bounds are %d to %d (%v), want %d to %d", first, last, err, want+1, want)
		}
		seq, err := b.Inbox().Publish(t.Context(), chat.EventID(fmt.Sprint(want)), chat.Matrix, []byte("x"))
		if err != nil || seq != want+1 {
			t.Errorf("the next event is %d (%v), want %d", seq, err, want+1)
		}
		b.Close()
	}
}

// storeChild writes the same number into three buckets, again and again.
func storeChild(o state.Options) storagetest.Child {
	return func(_ context.Context, dir string, say func(string, ...any)) error {
		s, err := state.Open(filepath.Join(dir, "state.db"), o, quiet())
		if err != nil {
			return err
		}
		for i := lastWritten(s) + 1; ; i++ {
			err := s.Update(func(tx core.Tx) error {
				var err error
				for b := range 3 {
					err = errors.Join(err, tx.Put(core.Bucket(fmt.Sprint("b", b)), fmt.Append(nil, i%500), fmt.Appendf(nil, "%0*d", 20+i%700, i)))
				}
				return errors.Join(err, tx.Put("last", []byte("last"), fmt.Append(nil, i)))
			})
			if err != nil {
				return err
			}
			say("%d", i)
		}
	}
}

func lastWritten(s core.Store) (n int) {
	_ = s.View(func(tx core.Tx) error {
		_, err := fmt.Sscan(string(tx.Get("last", []byte("last"))), &n)
		return err
	})
	return n
}

func TestAKilledStoreKeepsWhatWasCommitted(t *testing.T) {
	for _, child := range []string{"store", "unflushed store"} {
		t.Run(child, func(t *testing.T) {
			r, dir := newRand(t), t.TempDir()
			for range kills(t) {
				var said int
				lines := storagetest.Kill(t, child, dir, moment(r))
				if _, err := fmt.Sscan(lines[len(lines)-1], &said); err != nil {
					t.Fatal(err)
				}
				checkStore(t, dir, strings.HasPrefix(child, "unflushed"), said)
			}
		})
	}
}

func checkStore(t *testing.T, dir string, noSync bool, said int) {
	t.Helper()
	s, err := state.Open(filepath.Join(dir, "state.db"), state.Options{NoSync: noSync}, loud(t))
	if err != nil {
		t.Fatal(err)
	}
	last := lastWritten(s)
	if last < said || last > said+1 {
		t.Errorf("%d is the last update, the child was told %d", last, said)
	}
	err = s.View(func(tx core.Tx) error {
		for i := max(1, last-499); i <= last; i++ {
			want := fmt.Sprintf("%0*d", 20+i%700, i)
			for b := range 3 {
				if got := tx.Get(core.Bucket(fmt.Sprint("b", b)), fmt.Append(nil, i%500)); string(got) != want {
					t.Errorf("b%d has %.30q for update %d", b, got, i)
				}
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// journalChild records from many lanes and now and then forgets.
func journalChild(o state.JournalOptions) storagetest.Child {
	return func(_ context.Context, dir string, say func(string, ...any)) error {
		j, err := state.OpenJournal(filepath.Join(dir, "journal.db"), o, quiet())
		if err != nil {
			return err
		}
		start, err := j.Start()
		if err != nil {
			return err
		}
		next := new(atomic.Uint64)
		next.Store(start)
		if err := j.SetStart(start + 1_000_000); err != nil {
			return err
		}
		failed := make(chan error)
		var wait sync.WaitGroup
		for lane := range 16 {
			c := chat.Chat{Platform: chat.Matrix, ID: fmt.Sprint("!", lane)}
			wait.Go(func() {
				for {
					n := next.Add(1)
					err := j.Record(adapters.Done{N: n, Effect: effectOf(n), Chat: c, Refs: []chat.Ref{{Chat: c, ID: fmt.Sprint(n)}}, Receipt: []byte("r")})
					if err != nil {
						failed <- err
						return
					}
					say("%d", n)
				}
			})
		}
		return <-failed
	}
}

func effectOf(n uint64) chat.EffectID { return chat.EffectID(fmt.Sprintf("event%d#1", n)) }

func TestAKilledJournalKnowsWhatWasDone(t *testing.T) {
	for _, child := range []string{"journal", "unflushed journal"} {
		t.Run(child, func(t *testing.T) {
			r, dir := newRand(t), t.TempDir()
			for range kills(t) {
				lines := storagetest.Kill(t, child, dir, moment(r))
				j, err := state.OpenJournal(filepath.Join(dir, "journal.db"), state.JournalOptions{NoSync: child != "journal"}, loud(t))
				if err != nil {
					t.Fatal(err)
				}
				checkJournal(t, j, lines)
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func checkJournal(t *testing.T, j *state.Journal, lines []string) {
	t.Helper()
	unpublished, err := j.Unpublished()
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(map[uint64]bool)
	for _, d := range unpublished {
		waiting[d.N] = true
	}
	for _, line := range lines {
		var n uint64
		if _, err := fmt.Sscan(line, &n); err != nil {
			t.Fatal(err)
		}
		refs, ok, err := j.Refs(effectOf(n))
		if err != nil || !ok || len(refs) != 1 || refs[0].ID != fmt.Sprint(n) || !waiting[n] {
			t.Errorf("the child was told that %d is recorded: refs %v (%t, %v), receipt %t", n, refs, ok, err, waiting[n])
		}
	}
}
