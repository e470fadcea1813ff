package bus_test

import (
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
)

// TestWhatIsServedIsForgotten has events and effects of two times, and a platform that is behind.
func TestWhatIsServedIsForgotten(t *testing.T) {
	ctx := t.Context()
	b := openBus(t, bus.Config{Dir: t.TempDir()})
	to := func(n uint64, p chat.Platform) core.Row {
		return core.Row{N: n, To: chat.Chat{Platform: p, ID: "g"}, Data: []byte("words")}
	}
	fill := func(from uint64, rows ...core.Row) {
		for n := range uint64(5) {
			if err := publish(ctx, b, from+n); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Outbox().Append(ctx, rows); err != nil {
			t.Fatal(err)
		}
	}
	fill(1, to(1, chat.Signal), to(2, chat.Telegram), to(3, chat.Signal), to(4, chat.Matrix))
	between := time.Now()
	fill(6, to(5, chat.Signal), to(6, chat.Telegram))

	firsts := func() [2]uint64 {
		t.Helper()
		s, err := b.Stats(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return [2]uint64{s.Events.First, s.Effects.First}
	}
	for i, step := range []struct {
		served bus.Served
		before time.Time
		want   [2]uint64
	}{
		{bus.Served{}, between, [2]uint64{1, 5}}, // nobody reads effects, and no event is applied
		{bus.Served{Applied: 3, Done: map[chat.Platform]uint64{chat.Signal: 4, chat.Telegram: 0}}, time.Now().Add(time.Hour), [2]uint64{3, 5}},
		{bus.Served{Applied: 10, Done: map[chat.Platform]uint64{chat.Signal: 5}}, between, [2]uint64{6, 5}},
		{bus.Served{Applied: 10, Done: map[chat.Platform]uint64{chat.Signal: 5, chat.Telegram: 4}}, time.Now().Add(time.Hour), [2]uint64{10, 6}},
		{bus.Served{Applied: 10, Done: map[chat.Platform]uint64{chat.Signal: 5, chat.Telegram: 6}}, time.Now().Add(time.Hour), [2]uint64{10, 7}},
		{bus.Served{Applied: 10}, time.Now().Add(time.Hour), [2]uint64{10, 7}},
	} {
		if err := b.Forget(ctx, step.served, step.before); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got := firsts(); got != step.want {
			t.Errorf("step %d: the streams begin at %d, want %d", i, got, step.want)
		}
	}
	fill(11, to(7, chat.Signal)) // both go on where they were
}
