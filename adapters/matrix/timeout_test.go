package matrix_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// kinds are the homeservers that every means against people must work on.
func kinds() map[string]matrixtest.Options {
	return map[string]matrixtest.Options{
		"like Synapse":  {},
		"like Dendrite": {BareKnocks: true, BareState: true, DuplicateReactions: true},
		"with ghosts":   {AppService: true},
	}
}

func person(id string) chat.Identity { return chat.Identity{Platform: chat.Matrix, ID: id} }

// levels reads a room's power levels as somebody in it.
func (r *rig) levels(person, group string) map[string]any {
	r.t.Helper()
	out, err := r.world.Power(person, group)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// give writes a power level into a copy of what a person has read before; nil takes the entry away.
func (r *rig) give(owner, group, user string, level any, read map[string]any) {
	r.t.Helper()
	users := map[string]any{}
	for id, n := range read["users"].(map[string]any) {
		users[id] = n
	}
	users[user] = level
	if level == nil {
		delete(users, user)
	}
	next := map[string]any{}
	for k, v := range read {
		next[k] = v
	}
	next["users"] = users
	if err := r.world.SetPower(owner, group, next); err != nil {
		r.t.Fatal(err)
	}
}

// demote gives the bot another power level, which nobody in the room could.
func (r *rig) demote(group string, power int) {
	r.t.Helper()
	var levels map[string]any
	if err := json.Unmarshal(r.server.State(group, "m.room.power_levels", ""), &levels); err != nil {
		r.t.Fatal(err)
	}
	levels["users"].(map[string]any)[r.server.BotID()] = power
	r.repower(group, levels)
}

// repower puts power levels into a room, whatever they are.
func (r *rig) repower(group string, levels map[string]any) {
	r.t.Helper()
	b, err := json.Marshal(levels)
	if err != nil {
		r.t.Fatal(err)
	}
	r.inject(group, `{"type":"m.room.power_levels","state_key":"","content":`+string(b)+`}`)
}

func (r *rig) must(e chat.Outgoing) adapters.Receipt {
	r.t.Helper()
	receipt, err := r.do(e)
	if err != nil {
		r.t.Fatalf("do %T: %v", e, err)
	}
	return receipt
}

func TestAReleaseGivesBackWhatWasThere(t *testing.T) {
	for name, o := range kinds() {
		for before, level := range map[string]any{"none of his own": nil, "ten": 10, "zero": 0} {
			t.Run(name+" "+before, func(t *testing.T) {
				r := newRig(t, o).start()
				ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
				group := r.world.NewGroup("kitchen", ana, ben)
				r.give(ana, group, ben, level, r.levels(ana, group))
				was := r.levels(ana, group)
				r.must(chat.Restrict{To: in(group), Who: person(ben), Until: time.Now().Add(time.Hour)})
				r.must(chat.Restrict{To: in(group), Who: person(ben)})
				if now := r.world.Rights(ben, group); now.MayWrite || !now.In {
					t.Errorf("restricted, he has %+v", now)
				}
				if err := r.world.React(ben, group, r.say(ana, group, "quiet"), "👍", true); err == nil {
					t.Error("restricted, he can react")
				}
				r.stop()
				r.start()
				r.must(chat.Release{To: in(group), Who: person(ben)})
				if diff := cmp.Diff(was, r.levels(ana, group)); diff != "" {
					t.Errorf("power levels (-before +after):\n%s", diff)
				}
				r.must(chat.Release{To: in(group), Who: person(ben)})
				r.say(ben, group, "thank you")
			})
		}
	}
}

func TestOthersChangesOfPowerLevelsAreNotLost(t *testing.T) {
	for name, o := range kinds() {
		for when, fault := range map[string]matrixtest.Fault{
			"before we write": {Method: "GET", Path: "/state/m.room.power_levels"},
			"behind us":       {Method: "PUT", Path: "/state/m.room.power_levels"},
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				r := newRig(t, o).start()
				ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
				group := r.world.NewGroup("kitchen", ana, ben, eve)
				read := r.levels(ana, group)
				fault.Meanwhile = func() { r.give(ana, group, eve, 50, read) }
				r.server.Fault(fault)
				r.must(chat.Restrict{To: in(group), Who: person(ben)})
				if now := r.world.Rights(ben, group); now.MayWrite {
					t.Errorf("restricted, he has %+v", now)
				}
				if got := r.world.Rights(eve, group).Raw; got != "power 50" {
					t.Errorf("what somebody else has given is %q", got)
				}
				r.must(chat.Release{To: in(group), Who: person(ben)})
				if got := r.world.Rights(ben, group).Raw; got != "power 0 as everybody" {
					t.Errorf("released, he has %q", got)
				}
			})
		}
	}
}

func TestWhoCannotBeRestricted(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, ben)
	was := r.levels(ana, group)
	refused := func(who string, why chat.Reason) {
		t.Helper()
		_, err := r.do(chat.Restrict{To: in(group), Who: person(who)})
		refusedFor(t, err, why)
	}
	refused(ana, chat.Forbidden) // as high as the bot
	refused(eve, chat.NotFound)  // never there
	refused("@nobody:localhost", chat.NotFound)
	refused("nobody", chat.NotFound)
	refused("@potluck_telegram_52100473:localhost", chat.Invalid)
	refused(r.server.BotID(), chat.Invalid)
	if diff := cmp.Diff(was, r.levels(ana, group)); diff != "" {
		t.Errorf("power levels (-before +after):\n%s", diff)
	}
	r.demote(group, 50)
	refused(ben, chat.Forbidden) // the bot may remove people, but not change levels
	if now := r.world.Rights(ben, group); !now.MayWrite {
		t.Errorf("he has %+v", now)
	}
}

func TestWhatPeopleThemselvesHaveSetStays(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Ben"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, ben, eve)
	r.give(ana, group, ben, -3, r.levels(ana, group))
	r.must(chat.Restrict{To: in(group), Who: person(ben)})
	r.must(chat.Release{To: in(group), Who: person(ben)})
	if got := r.world.Rights(ben, group).Raw; got != "power -3" {
		t.Errorf("who was restricted by a person has %q after our release", got)
	}
	r.must(chat.Restrict{To: in(group), Who: person(eve)})
	r.give(ana, group, eve, 25, r.levels(ana, group))
	r.must(chat.Release{To: in(group), Who: person(eve)})
	if got := r.world.Rights(eve, group).Raw; got != "power 25" {
		t.Errorf("who was given a level since has %q after our release", got)
	}
	// What we kept of her is gone with the release: a new restriction begins with what she has now.
	r.must(chat.Restrict{To: in(group), Who: person(eve)})
	r.must(chat.Release{To: in(group), Who: person(eve)})
	if got := r.world.Rights(eve, group).Raw; got != "power 25" {
		t.Errorf("restricted and released again, she has %q", got)
	}
}

func TestARestrictionGoesWithItsRoom(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.give(ana, group, ben, 10, r.levels(ana, group))
	r.settled(ana, group)
	r.must(chat.Restrict{To: in(group), Who: person(ben)})
	if err := r.world.Leave(ben, group); err != nil {
		t.Fatal(err)
	}
	if err := r.world.Join(ben, group); err != nil {
		t.Fatal(err)
	}
	if now := r.world.Rights(ben, group); now.MayWrite || !now.In {
		t.Errorf("after leaving and coming back he has %+v", now)
	}
	next, err := r.world.Upgrade(group)
	if err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Migrated) bool { return e.Chat == in(group) })
	if now := r.world.Rights(ben, next); now.MayWrite {
		t.Errorf("in the room's successor he has %+v", now)
	}
	r.must(chat.Restrict{To: in(next), Who: person(ben)})
	r.must(chat.Release{To: in(next), Who: person(ben)})
	if got := r.world.Rights(ben, next).Raw; got != "power 10" {
		t.Errorf("released in the room's successor he has %q", got)
	}
}

func TestTheLevelIsBelowEverything(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	r.repower(group, map[string]any{
		"users": map[string]any{ana: 100, r.server.BotID(): 100, ben: 7}, "users_default": 5, "events_default": 5,
		"events": map[string]int{"m.reaction": -20, "m.room.power_levels": 100}, "potluck.kept": map[string]string{"a": "b"},
	})
	was := r.levels(ana, group)
	r.must(chat.Restrict{To: in(group), Who: person(ben)})
	if got := r.world.Rights(ben, group).Raw; got != "power -21" {
		t.Errorf("where anybody may react with -20 he has %q", got)
	}
	r.must(chat.Release{To: in(group), Who: person(ben)})
	if diff := cmp.Diff(was, r.levels(ana, group)); diff != "" {
		t.Errorf("power levels (-before +after):\n%s", diff)
	}
}

// TestTroubleWithPeopleIsTold has the server fail in the middle; to ask again mends it.
func TestTroubleWithPeopleIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		fault  matrixtest.Fault
		after  time.Duration
		unsure bool
	}{
		"too many":         {matrixtest.Fault{Method: "PUT", Path: "/state/m.room.power_levels", Status: 429, RetryAfter: 1500 * time.Millisecond}, 1500 * time.Millisecond, false},
		"proxy is down":    {matrixtest.Fault{Method: "PUT", Path: "/state/m.room.power_levels", Status: 502}, 0, true},
		"answer is lost":   {matrixtest.Fault{Method: "PUT", Path: "/state/m.room.power_levels", DropAfter: true}, 0, true},
		"call is lost":     {matrixtest.Fault{Method: "PUT", Path: "/state/m.room.power_levels", DropBefore: true}, 0, true},
		"note is not kept": {matrixtest.Fault{Method: "PUT", Path: "/account_data/chat.potluck.restricted", Status: 502}, 0, true},
		"note is lost":     {matrixtest.Fault{Method: "PUT", Path: "/account_data/chat.potluck.restricted", DropAfter: true}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, matrixtest.Options{}).start()
			ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
			group := r.world.NewGroup("kitchen", ana, ben)
			r.give(ana, group, ben, 10, r.levels(ana, group))
			for _, e := range []chat.Outgoing{chat.Restrict{To: in(group), Who: person(ben)}, chat.Release{To: in(group), Who: person(ben)}} {
				r.server.Fault(c.fault)
				d := r.dispatch(e)
				_, err := r.adapter.Do(context.Background(), d)
				var retry *adapters.RetryError
				if !errors.As(err, &retry) || retry.After != c.after || retry.Unsure != c.unsure {
					t.Fatalf("%T: got %v", e, err)
				}
				r.stop()
				r.start()
				if _, err := r.adapter.Do(context.Background(), d); err != nil {
					t.Fatalf("%T again: %v", e, err)
				}
				if _, restricts := e.(chat.Restrict); restricts == r.world.Rights(ben, group).MayWrite {
					t.Errorf("after %T he has %+v", e, r.world.Rights(ben, group))
				}
			}
			if got := r.world.Rights(ben, group).Raw; got != "power 10" {
				t.Errorf("in the end he has %q", got)
			}
		})
	}
}
