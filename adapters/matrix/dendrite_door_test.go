//go:build dendrite

package matrix_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// proxied puts a proxy between a rig's next adapter and the homeserver, which does something once, after a call
// was done and before it is answered.
func (r *rig) proxied(method, path string, meanwhile func()) {
	r.t.Helper()
	to, err := url.Parse(r.config.Homeserver)
	if err != nil {
		r.t.Fatal(err)
	}
	var done atomic.Bool
	p := httputil.NewSingleHostReverseProxy(to)
	p.ErrorLog = log.New(io.Discard, "", 0) // it tells of every call that is cut at the end
	p.ModifyResponse = func(resp *http.Response) error {
		q := resp.Request
		if q.Method == method && strings.Contains(q.URL.Path, path) && done.CompareAndSwap(false, true) {
			meanwhile()
		}
		return nil
	}
	s := httptest.NewServer(p)
	r.t.Cleanup(s.Close)
	home := r.config.Homeserver
	r.stop()
	r.config.Homeserver = s.URL
	r.start()
	r.config.Homeserver = home
	r.t.Cleanup(r.stop) // before the proxy closes
	r.t.Cleanup(func() {
		if !done.Load() {
			r.t.Errorf("%s %s was never called", method, path)
		}
	})
}

func TestDendriteRestrictsAndReleases(t *testing.T) {
	d := startDendrite(t)
	for _, ghosts := range []bool{false, true} {
		r := d.rig(t, ghosts)
		ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
		group := r.world.NewGroup("kitchen", ana, ben, eve)
		r.settled(ana, group)
		r.give(ana, group, ben, 10, r.levels(ana, group))
		was := r.levels(ana, group)
		r.must(chat.Restrict{To: in(group), Who: person(ben)})
		r.must(chat.Restrict{To: in(group), Who: person(eve)})
		r.must(chat.Restrict{To: in(group), Who: person(eve)})
		for _, p := range []string{ben, eve} {
			if now := r.world.Rights(p, group); now.MayWrite || !now.In {
				t.Errorf("restricted, they have %+v", now)
			}
			if err := r.world.React(p, group, r.say(ana, group, "quiet"), "👍", true); err == nil {
				t.Error("restricted, they can react")
			}
		}
		_, err := r.do(chat.Restrict{To: in(group), Who: person(ana)})
		refusedFor(t, err, chat.Forbidden)
		r.stop()
		r.start()
		r.must(chat.Release{To: in(group), Who: person(eve)})
		r.must(chat.Release{To: in(group), Who: person(ben)})
		if diff := cmp.Diff(was, r.levels(ana, group)); diff != "" {
			t.Errorf("power levels (-before +after):\n%s", diff)
		}
	}
}

func TestDendriteLosesNoChangeOfOthers(t *testing.T) {
	d := startDendrite(t)
	for _, method := range []string{"GET", "PUT"} {
		r := d.rig(t, false)
		ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
		group := r.world.NewGroup("kitchen", ana, ben, eve)
		r.settled(ana, group)
		read := r.levels(ana, group)
		r.proxied(method, "/state/m.room.power_levels", func() { r.give(ana, group, eve, 50, read) })
		r.must(chat.Restrict{To: in(group), Who: person(ben)})
		if now := r.world.Rights(ben, group); now.MayWrite {
			t.Errorf("%s: restricted, he has %+v", method, now)
		}
		if got := r.world.Rights(eve, group).Raw; got != "power 50" {
			t.Errorf("%s: what somebody else has given is %q", method, got)
		}
		r.must(chat.Release{To: in(group), Who: person(ben)})
		if got := r.world.Rights(ben, group).Raw; got != "power 0 as everybody" {
			t.Errorf("%s: released, he has %q", method, got)
		}
	}
}

func TestDendriteDoor(t *testing.T) {
	d := startDendrite(t)
	r := d.rig(t, true)
	ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	for _, p := range []string{ben, eve} {
		if err := r.world.Knock(p, group, "please"); err != nil {
			t.Fatal(err)
		}
		_, k := first(r, func(_ chat.Event, k chat.Knocked) bool { return k.Who.Identity == person(p) })
		if k.Note != "please" {
			t.Errorf("the knock says %+v", k)
		}
	}
	r.must(chat.Admit{To: in(group), Who: person(ben)})
	first(r, func(_ chat.Event, j chat.Joined) bool { return j.Who.Identity == person(ben) })
	r.must(chat.Decline{To: in(group), Who: person(eve)})
	r.must(chat.Decline{To: in(group), Who: person(eve)})
	if got := r.world.Members(group); !slices.Equal(got, []string{ana, ben}) || len(r.world.Waiting(group)) != 0 {
		t.Errorf("in are %v, waiting %v", got, r.world.Waiting(group))
	}
	for _, e := range []chat.Outgoing{
		chat.Remove{To: in(group), Who: person(ben)},
		chat.Remove{To: in(group), Who: person(ben)},
		chat.Invite{To: in(group), Who: person(ben)},
		chat.Invite{To: in(group), Who: person(ben)},
		chat.Ban{To: in(group), Who: person(ben)},
		chat.Ban{To: in(group), Who: person(ben)},
		chat.Ban{To: in(group), Who: person(eve)},
	} {
		r.must(e)
	}
	if now := r.world.Rights(ben, group); now.In || !now.Banned {
		t.Errorf("banned, he has %+v", now)
	}
	r.must(chat.Unban{To: in(group), Who: person(ben)})
	r.must(chat.Unban{To: in(group), Who: person(ben)})
	if err := r.world.Join(ben, group); err != nil {
		t.Errorf("unbanned, he cannot come again: %v", err)
	}
	for _, e := range []chat.Outgoing{chat.Remove{To: in(group), Who: person(ana)}, chat.Ban{To: in(group), Who: person(ana)}} {
		_, err := r.do(e)
		refusedFor(t, err, chat.Forbidden)
	}
	_, err := r.do(chat.Ban{To: in(group), Who: person("@nobody:" + d.server)})
	refusedFor(t, err, chat.NotFound)
}

func TestDendritePinsAndChoices(t *testing.T) {
	d := startDendrite(t)
	r := d.rig(t, false)
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.settled(ana, group)
	a := r.say(ana, group, "a")
	if err := r.world.SetPinned(ana, group, a, true); err != nil {
		t.Fatal(err)
	}
	sent := r.must(chat.Send{To: in(group), Text: chat.Plain("1 yes\n2 no"), Choices: choices(2)})
	id, target := sent.Refs[0].ID, chat.Target{Refs: sent.Refs}
	r.must(chat.Pin{To: in(group), Target: target})
	r.must(chat.Pin{To: in(group), Target: target})
	if got := r.world.Pinned(group); !slices.Equal(got, []string{a, id}) {
		t.Errorf("pinned are %v", got)
	}
	r.must(chat.Unpin{To: in(group), Target: target})
	if got := r.world.Pinned(group); !slices.Equal(got, []string{a}) {
		t.Errorf("pinned are %v", got)
	}
	if err := r.world.Press(ben, group, id, 0); err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, b chat.Reacted) bool { return b.Ref.ID == id && e.By.Level == chat.Member })
	if got := r.taps(group, id); got != "1x2 2x1 " {
		t.Errorf("there is %q to tap", got)
	}
	r.must(chat.Edit{To: in(group), Target: target, Text: chat.Plain("1 yes"), Choices: choices(1)})
	r.settled(ana, group)
	if got := r.taps(group, id); got != "1x2 " {
		t.Errorf("with one choice there is %q", got)
	}
}
