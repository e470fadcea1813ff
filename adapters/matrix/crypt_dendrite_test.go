//go:build dendrite && goolm

package matrix_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestDendriteContractInEncryptedRooms(t *testing.T) {
	d := startDendrite(t)
	adaptertest.Run(t, adaptertest.Subject{Name: "dendrite, encrypted", Patience: 15 * time.Second, New: func(t *testing.T) adaptertest.Fixture {
		h := d.home(t, false)
		g := newGate(t, d.url)
		c := matrix.Config{Homeserver: g.URL(), User: h.BotID, Password: h.BotPassword}
		w := matrixtest.NewWorld(h)
		w.Encrypt()
		t.Cleanup(w.Close)
		keys := newDrawer()
		return adaptertest.Fixture{
			World: w,
			Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
				return published(t, newAdapter(t, c, open, kept{cursor, keys}))
			},
			Outage: g.Down,
		}
	}})
}

// sealed returns an adapter at work on the real homeserver, in encrypted rooms.
func (d *dendrite) sealed(t *testing.T, ghosts bool) *sealedRig {
	t.Helper()
	h := d.home(t, ghosts)
	w := matrixtest.NewWorld(h)
	t.Cleanup(w.Close)
	r := &rig{t: t, world: w, more: make(chan struct{}), patience: 15 * time.Second}
	r.config = matrix.Config{Homeserver: d.url, User: h.BotID, Password: h.BotPassword}
	if ghosts {
		r.config.Registration = d.regFile
	}
	t.Cleanup(r.stop)
	return sealRig(t, r)
}

func TestDendriteEncryptedOverKills(t *testing.T) {
	d := startDendrite(t)
	for name, ghosts := range map[string]bool{"as one bot": false, "with an application service": true} {
		t.Run(name, func(t *testing.T) {
			r := d.sealed(t, ghosts)
			ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
			room := r.world.NewGroup("Kitchen", ana, ben)
			r.start()
			send := func(text string) string {
				t.Helper()
				for deadline := time.Now().Add(r.patience); ; time.Sleep(50 * time.Millisecond) {
					got, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain(text)})
					if err == nil {
						return got.Refs[0].ID
					}
					if time.Now().After(deadline) {
						t.Fatal(err)
					}
				}
			}
			first := send("from Gita")
			var want []string
			for i, changes := range []int{1, 3, 6} {
				text := fmt.Sprintf("from Ana %d", i)
				r.say(ana, room, text)
				r.heard(text)
				r.drawer.dieAfter(changes)
				away := fmt.Sprintf("while away %d", i)
				r.world.NewKey(ana, room)
				r.say(ana, room, away)
				_, _ = r.do(chat.Send{To: in(room), Text: chat.Plain("lost or not")}) // it may die before
				r.stop()
				r.drawer.revive()
				r.start()
				r.heard(away)
				send(fmt.Sprintf("from Gita %d", i))
				want = append(want, text, away)
			}
			if got := r.told(); !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
			if err := r.world.KickUser(ana, room, ben); err != nil {
				t.Fatal(err)
			}
			r.settled(ana, room)
			after := send("not for Ben")
			if r.world.CanOpen(ben, room, after) || !r.world.CanOpen(ana, room, after) || !r.world.CanOpen(ben, room, first) {
				t.Error("who reads is not who is there")
			}
			if len(r.world.Ghosts(room)) != 0 {
				t.Error("a ghost came into an encrypted room")
			}
		})
	}
}
