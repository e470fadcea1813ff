package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestNumbers(t *testing.T) {
	for text, want := range map[string][]int{
		text("bread at six", 17):            {17},
		"Ana: bread [3]\nsoup [4]":          {3, 4},
		"[photo · pot.png (2 kB)] look [5]": {5},
		"[12][13] [] [x] [14":               {12, 13},
		"nothing":                           nil,
	} {
		if diff := cmp.Diff(want, numbers(text)); diff != "" {
			t.Errorf("numbers(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestQuantile(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(100-i)*time.Millisecond)
	}
	for part, want := range map[float64]float64{0.5: 50, 0.99: 99, 1: 100, 0: 1} {
		if got := quantile(times, part); got != want {
			t.Errorf("quantile(%v) = %v, want %v", part, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("quantile of nothing = %v, want 0", got)
	}
}

func TestResultAsJSON(t *testing.T) {
	raw, err := json.Marshal(Result{Sent: 2, Delivered: 1, Lost: 1, P50: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"sent":2,"delivered":1,"lost":1,"duplicated":0,"reordered":0,"per_second":0,"p50_ms":1.5,"p99_ms":0,"rss_mb":0}`
	if string(raw) != want {
		t.Errorf("result as JSON is\n%s, want\n%s", raw, want)
	}
	var b bytes.Buffer
	if err := (Result{}).WriteText(&b); err != nil || b.Len() == 0 {
		t.Errorf("result as text is %q, %v", b.String(), err)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, o := range []Options{
		{}, {Rooms: 1}, {Rooms: 1001, Messages: 1}, {Rooms: 1, Messages: 1, Rate: -1}, {Rooms: 1, Messages: 1, Mix: "loud"},
	} {
		if _, err := o.withDefaults(); err == nil {
			t.Errorf("%+v is taken, want an error", o)
		}
	}
}

// TestCount lets a hand play the program: what it shows wrongly must be counted.
func TestCount(t *testing.T) {
	h, err := hall.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	o, err := Options{Rooms: 1, Messages: 1}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{options: o, hall: h, worlds: h.Worlds(), ledger: newLedger(), stirred: make(chan struct{}, 1)}
	for p, w := range b.worlds {
		b.eyes[p] = newEye(w, b.stirred)
	}
	r := b.seat(0)
	b.rooms = append(b.rooms, r)
	var marks []*mark
	for range 3 {
		m := &mark{room: r, from: signal, who: r.people[signal][0], measured: true}
		if err := b.say(m, "bread"); err != nil {
			t.Fatal(err)
		}
		marks = append(marks, m)
	}
	shown := func(p int, number int) world.Shown {
		return world.Shown{ID: string(rune('a' + p*10 + number)), FromBot: true, Text: chat.Plain(text("Ana: bread", number))}
	}
	var got tally
	wrong, copies := map[*mark]bool{}, map[*mark]int{}
	// Telegram shows the third before the second, and the first twice; Matrix lacks the third.
	b.countChat(r, telegram, []world.Shown{shown(0, 0), shown(0, 2), shown(0, 1), shown(0, 0)}, wrong, copies, &got)
	b.countChat(r, matrix, []world.Shown{shown(2, 0), shown(2, 1)}, wrong, copies, &got)
	if got.reordered != 1 {
		t.Errorf("%d reordered, want 1", got.reordered)
	}
	if diff := cmp.Diff([]int{3, 2, 1}, []int{copies[marks[0]], copies[marks[1]], copies[marks[2]]}); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tally{sent: 3}, b.count(), cmp.AllowUnexported(tally{})); diff != "" {
		t.Errorf("what the chats really show (-want +got):\n%s", diff)
	}
}

// TestRelayOfNothing measures a program that does nothing: that is an error, not a result.
func TestRelayOfNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	started := errors.New("started")
	_, err := Relay(ctx, Options{Rooms: 1, Messages: 1}, func(context.Context, *hall.Hall) (func() error, error) {
		cancel(started)
		return func() error { return nil }, nil
	})
	if err == nil {
		t.Error("relay returns no error for a program that does nothing")
	}
}
