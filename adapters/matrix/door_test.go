package matrix_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestKnocks(t *testing.T) {
	for name, o := range kinds() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, o).start()
			ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
			group := r.world.NewGroup("kitchen", ana)
			knock := func(who, note string) chat.Knocked {
				t.Helper()
				if err := r.world.Knock(who, group, note); err != nil {
					t.Fatal(err)
				}
				e, k := first(r, func(_ chat.Event, k chat.Knocked) bool { return k.Who.Identity == person(who) })
				if e.Chat != in(group) || e.By.Identity != person(who) || e.Private {
					t.Errorf("knock is %+v", e)
				}
				return k
			}
			if k := knock(ben, " I bake \n bread "); k.Note != "I bake bread" || k.Who.Name != "Ben" {
				t.Errorf("it says %+v", k)
			}
			if k := knock(eve, strings.Repeat("é", 600)); len([]rune(k.Note)) != 500 {
				t.Errorf("the note has %d characters", len([]rune(k.Note)))
			}
			if got := r.world.Waiting(group); !slices.Equal(got, []string{ben, eve}) {
				t.Errorf("waiting are %v", got)
			}
			r.must(chat.Admit{To: in(group), Who: person(ben)})
			first(r, func(_ chat.Event, j chat.Joined) bool { return j.Who.Identity == person(ben) })
			r.must(chat.Admit{To: in(group), Who: person(ben)})
			r.must(chat.Decline{To: in(group), Who: person(eve)})
			r.must(chat.Decline{To: in(group), Who: person(eve)})
			if got := r.world.Waiting(group); len(got) != 0 {
				t.Errorf("still waiting are %v", got)
			}
			if got := r.world.Members(group); !slices.Equal(got, []string{ana, ben}) {
				t.Errorf("in the room are %v", got)
			}
			_, err := r.do(chat.Admit{To: in(group), Who: person(eve)})
			refusedFor(t, err, chat.NotFound)                     // she does not knock any more, and nobody is dragged in
			r.must(chat.Decline{To: in(group), Who: person(ben)}) // too late: he is in and stays
			if got := r.server.Membership(group, ben); got != "join" {
				t.Errorf("after a decline that came too late he is %q", got)
			}
			for _, e := range r.settled(ana, group) {
				if l, ok := e.Body.(chat.Left); ok {
					t.Errorf("somebody who was never in is told to have left: %+v", l)
				}
			}
		})
	}
}

func TestRemoveBanAndInvite(t *testing.T) {
	for name, o := range kinds() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, o).start()
			ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
			group := r.world.NewGroup("kitchen", ana, ben)
			to, who := in(group), person(ben)
			r.must(chat.Remove{To: to, Who: who})
			r.must(chat.Remove{To: to, Who: who})
			if now := r.world.Rights(ben, group); now.In || now.Banned {
				t.Errorf("removed, he has %+v", now)
			}
			if receipt := r.must(chat.Invite{To: to, Who: who}); receipt.Link != "" {
				t.Errorf("the invitation has a link, %q", receipt.Link)
			}
			r.must(chat.Invite{To: to, Who: who})
			if got := r.server.Membership(group, ben); got != "invite" {
				t.Fatalf("invited, he is %q", got)
			}
			if err := r.world.Join(ben, group); err != nil {
				t.Fatal(err)
			}
			r.must(chat.Invite{To: to, Who: who})
			r.must(chat.Ban{To: to, Who: who})
			r.must(chat.Ban{To: to, Who: who})
			if now := r.world.Rights(ben, group); now.In || !now.Banned {
				t.Errorf("banned, he has %+v", now)
			}
			for _, e := range []chat.Outgoing{chat.Invite{To: to, Who: who}, chat.Admit{To: to, Who: who}} {
				_, err := r.do(e)
				refusedFor(t, err, chat.Forbidden)
			}
			if err := r.world.Knock(ben, group, "please"); err == nil {
				t.Error("who is banned can knock")
			}
			r.must(chat.Remove{To: to, Who: who}) // a removal is no pardon
			if got := r.server.Membership(group, ben); got != "ban" {
				t.Errorf("banned and removed, he is %q", got)
			}
			r.must(chat.Unban{To: to, Who: who})
			r.must(chat.Unban{To: to, Who: who})
			if got := r.server.Membership(group, ben); got != "leave" {
				t.Errorf("unbanned, he is %q", got)
			}
			r.must(chat.Ban{To: to, Who: person(eve)}) // before she ever comes
			if err := r.world.Join(eve, group); err == nil {
				t.Error("who is banned can join")
			}
		})
	}
}

func TestThoseWhoCannotBeTouched(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, ben)
	if err := r.world.Knock(eve, group, ""); err != nil {
		t.Fatal(err)
	}
	all := func(who chat.Identity) []chat.Outgoing {
		to := in(group)
		return []chat.Outgoing{
			chat.Restrict{To: to, Who: who},
			chat.Release{To: to, Who: who},
			chat.Remove{To: to, Who: who},
			chat.Ban{To: to, Who: who},
			chat.Unban{To: to, Who: who},
			chat.Admit{To: to, Who: who},
			chat.Decline{To: to, Who: who},
			chat.Invite{To: to, Who: who},
		}
	}
	refused := func(e chat.Outgoing, why chat.Reason) {
		t.Helper()
		_, err := r.do(e)
		refusedFor(t, err, why)
	}
	for _, e := range all(chat.Identity{Platform: chat.Telegram, ID: "7"}) {
		refused(e, chat.NotFound)
	}
	for _, e := range all(person("@potluck_telegram_7:localhost")) {
		refused(e, chat.Invalid)
	}
	refused(chat.Remove{To: in(group), Who: person(ana)}, chat.Forbidden)
	refused(chat.Ban{To: in(group), Who: person(ana)}, chat.Forbidden)
	refused(chat.Invite{To: in(group), Who: person("@nobody:localhost")}, chat.NotFound)
	levels := r.levels(ana, group)
	levels["invite"] = 50
	r.repower(group, levels)
	r.demote(group, 10)
	for _, e := range []chat.Outgoing{
		chat.Remove{To: in(group), Who: person(ben)},
		chat.Ban{To: in(group), Who: person(ben)},
		chat.Admit{To: in(group), Who: person(eve)},
		chat.Decline{To: in(group), Who: person(eve)},
	} {
		refused(e, chat.Forbidden)
	}
	if got := r.world.Members(group); !slices.Equal(got, []string{ana, ben}) {
		t.Errorf("in the room are %v", got)
	}
}

// TestSomebodyElseIsFaster has a person do what we are about to do, and the server fail.
func TestSomebodyElseIsFaster(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.server.Fault(matrixtest.Fault{Method: "GET", Path: "/state/m.room.member/" + ben, Meanwhile: func() {
		if err := r.world.KickUser(ana, group, ben); err != nil {
			t.Error(err)
		}
	}})
	r.must(chat.Remove{To: in(group), Who: person(ben)})

	r.server.Fault(matrixtest.Fault{Path: "/ban", Status: 429, RetryAfter: time.Second})
	d := r.dispatch(chat.Ban{To: in(group), Who: person(ben)})
	_, err := r.adapter.Do(context.Background(), d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) || retry.After != time.Second || retry.Unsure {
		t.Errorf("got %v, want to wait a second", err)
	}
	r.server.Fault(matrixtest.Fault{Path: "/ban", DropAfter: true})
	if _, err = r.adapter.Do(context.Background(), d); !errors.As(err, &retry) || !retry.Unsure {
		t.Errorf("got %v, want unsure", err)
	}
	if _, err = r.adapter.Do(context.Background(), d); err != nil {
		t.Error(err)
	}
	r.server.Fault(matrixtest.Fault{Path: "/unban", Status: 403, ErrCode: "M_FORBIDDEN"})
	_, err = r.do(chat.Unban{To: in(group), Who: person(ben)})
	refusedFor(t, err, chat.Forbidden)
}
