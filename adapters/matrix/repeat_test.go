package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// TestWhatWasNotMadeDurableIsToldAgain refuses every batch once: the second time it must say the same.
func TestWhatWasNotMadeDurableIsToldAgain(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	poll := r.asks(ana, group, mealPoll(false))
	r.settled(ana, group)
	r.stop()

	beacon := r.asks(ana, group, chat.Part{Kind: chat.LiveLocation, Place: &chat.Place{Latitude: 1, Longitude: 2}})
	said := r.say(ana, group, "bread at six")
	for _, err := range []error{
		r.world.CastVote(ben, group, poll, 1), r.world.SetPinned(ana, group, said, true), r.world.Edit(ana, group, said, chat.Plain("bread at seven")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.world.Say(ben, group, world.Say{Text: chat.Plain("fine"), Thread: said}); err != nil {
		t.Fatal(err)
	}
	for i, content := range []string{`{"application":"m.call"}`, `{}`} {
		r.inject(group, fmt.Sprintf(`{"type":"m.rtc.member","state_key":"_%s_X","sender":%q,"origin_server_ts":%d,"content":%s}`, ana, ana, time.Now().UnixMilli()+int64(i), content))
	}
	r.say(ana, group, "that is all")

	a := newAdapter(t, r.config, noFiles, r.cursor)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var calls atomic.Int64
	var told [2][]string
	ended := make(chan error, 1)
	go func() {
		ended <- a.Run(ctx, func(_ context.Context, events ...chat.Event) error {
			n := calls.Add(1) - 1
			if n < 2 {
				for _, e := range events {
					told[n] = append(told[n], fmt.Sprintf("%s %T", e.ID, e.Body))
				}
			}
			if n == 0 {
				return errors.New("the disk is full")
			}
			cancel()
			return nil
		})
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(told[0], told[1]); diff != "" {
		t.Errorf("the second time (-first +second):\n%s", diff)
	}
	kinds := map[string]bool{}
	for _, line := range told[1] {
		kinds[line] = true
	}
	if len(told[1]) != 9 || !kinds["matrix:"+beacon+" chat.Posted"] {
		t.Errorf("told was %d: %v", len(told[1]), told[1])
	}
}
