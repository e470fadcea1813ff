package chaostest

import (
	"fmt"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
)

// The storm of waits: how long each messenger asks to wait, how often in a row, and how many messages are written meanwhile.
const (
	askedWait  = 3 * time.Second
	askedTimes = 5
	stormPosts = 30
)

// Limits lets each messenger ask to wait, in every room at once, and checks that what is to be shown there comes no sooner
// than asked, and all of it once and in order. How much later than asked it comes is logged: at most 5 %, and what the
// machine takes.
func Limits(t *testing.T, p Program) {
	h := newHall(t)
	c := newCrowd(h, 1)
	w := &weather{hall: h, crowd: c, program: p, counts: map[string]int{}}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("stop the program: %v", err)
		}
	})
	h.link(askedTimes)
	c.model.rooms = h.rooms
	for p := range platforms {
		t.Run(nameOf(p), func(t *testing.T) {
			w.askToWait(p)
			began := time.Now()
			for i := range stormPosts {
				if _, err := c.post(&said{room: h.rooms[i%len(h.rooms)], from: (p + 1 + i%2) % platforms}, "bread at six"); err != nil {
					t.Fatal(err)
				}
			}
			first := w.firstSeen(p, len(c.model.all)-stormPosts)
			if waited := first.Sub(began); waited < askedWait {
				t.Errorf("the first message is shown after %s, asked to wait were %s", waited, askedWait)
			} else {
				t.Logf("asked to wait %s, the first message is shown after %s", askedWait, waited.Round(time.Millisecond))
			}
			if v := w.judge(t); v.extra != [platforms]int{} {
				t.Errorf("copies too many: %v, want none", v.extra)
			}
		})
	}
	w.settleLedger(t)
	if err := w.stop(); err != nil {
		t.Errorf("stop the program: %v", err)
	}
	checkState(t, h.statePath(), w)
}

// askToWait makes a messenger refuse the first message in each of the rooms.
func (w *weather) askToWait(p int) {
	switch p {
	case telegram:
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Visible: true, Times: askedTimes, RetryAfter: int(askedWait / time.Second)})
	case signal:
		w.hall.daemon.Break(signaltest.Fault{Kind: signaltest.RateLimit, Method: "send", Times: askedTimes, RetryAfter: askedWait})
	case matrix:
		w.hall.home.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/", Status: 429, RetryAfter: askedWait, Times: askedTimes})
	}
}

// firstSeen waits until a messenger shows one of the messages from a number on, and returns when it does.
func (w *weather) firstSeen(p, from int) time.Time {
	w.hall.t.Helper()
	m := w.crowd.model
	w.hall.until("something is shown", func() error {
		m.read()
		for _, x := range m.all[from:] {
			if !x.unseen[p] {
				return nil
			}
		}
		return fmt.Errorf("%s shows nothing yet", nameOf(p))
	})
	return time.Now()
}
