//go:build dendrite

package matrix_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// rig returns an adapter at work on the real homeserver.
func (d *dendrite) rig(t *testing.T, ghosts bool) *rig {
	t.Helper()
	h := d.home(t, ghosts)
	w := matrixtest.NewWorld(h)
	t.Cleanup(w.Close)
	r := &rig{t: t, world: w, cursor: &cursor{}, more: make(chan struct{}), patience: 60 * time.Second}
	r.config = matrix.Config{Homeserver: d.url, User: h.BotID, Password: h.BotPassword}
	if ghosts {
		r.config.Registration = d.regFile
	}
	t.Cleanup(r.stop)
	return r.start()
}

// TestDendriteBurst has eight people write at once while the adapter cannot publish: the timeline is cut
// short, and Dendrite gives events that were sent at the same time the same depth.
func TestDendriteBurst(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand messages take Dendrite half a minute")
	}
	d := startDendrite(t)
	r := d.rig(t, false)
	const each = 140 // more than one /sync brings, for eight people
	people := []string{}
	for i := range 8 {
		people = append(people, r.world.NewPerson(fmt.Sprintf("Person %d", i)))
	}
	group := r.world.NewGroup("kitchen", people[0], people[1:]...)
	r.settled(people[0], group)
	for round, away := range []bool{false, true} {
		if away {
			r.stop()
		} else {
			r.shut()
		}
		want := map[string]bool{}
		var mu sync.Mutex
		var work sync.WaitGroup
		for i, p := range people {
			work.Go(func() {
				for n := range each {
					text := fmt.Sprintf("%d: %d of %d", round, n, i)
					r.say(p, group, text)
					mu.Lock()
					want[text] = true
					mu.Unlock()
				}
			})
		}
		work.Wait()
		if away {
			r.start()
		} else {
			r.open()
		}
		got := texts(r.settled(people[0], group))
		lost, swapped := 0, 0
		for text := range want {
			if !slices.Contains(got, text) {
				lost++
			}
		}
		for i := range people {
			last := -1
			for n := range each {
				at := slices.Index(got, fmt.Sprintf("%d: %d of %d", round, n, i))
				if at >= 0 && at < last {
					swapped++
				}
				last = max(at, last)
			}
		}
		if lost+swapped > 0 {
			t.Errorf("away=%v: of %d messages %d are lost and %d out of order", away, len(want), lost, swapped)
		}
	}
}

func TestDendriteMigrates(t *testing.T) {
	d := startDendrite(t)
	r := d.rig(t, true)
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	next, err := r.world.Upgrade(group)
	if err != nil {
		t.Fatal(err)
	}
	_, m := first(r, func(e chat.Event, _ chat.Migrated) bool { return e.Chat == in(group) })
	if m.To != in(next) {
		t.Errorf("it goes on as %v, want %s", m.To, next)
	}
	r.settled(ana, next)
	if _, err := r.do(chat.Send{To: in(next), As: guest(), Text: chat.Plain("here I am")}); err != nil {
		t.Error(err)
	}
}

func TestDendriteModeratesGhosts(t *testing.T) {
	d := startDendrite(t)
	r := d.rig(t, true)
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	sent, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("one")})
	if err != nil {
		t.Fatal(err)
	}
	target := chat.Target{Refs: sent.Refs}
	if _, err := r.do(chat.Edit{To: in(group), Target: target, As: guest(), Text: chat.Plain("two")}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.do(chat.Delete{To: in(group), Target: target}); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	if got := r.shownByUs(group); len(got) != 0 {
		t.Errorf("people can still read %q", got)
	}
	if err := r.world.Ban(ana, group, "@potluck_telegram_52100473:"+d.server); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, group)
	_, err = r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("three")})
	refusedFor(t, err, chat.Forbidden)
}
