package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// texts returns what was posted, in order, each message once.
func texts(events []chat.Event) []string {
	var out []string
	seen := map[chat.EventID]bool{}
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && !seen[e.ID] {
			out = append(out, p.Text.Plain)
			seen[e.ID] = true
		}
	}
	return out
}

func numbers(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("number %d", i))
	}
	return out
}

func TestBurstBeyondTheTimelineIsWhole(t *testing.T) {
	for _, most := range []int{100, 1_000_000} { // as Synapse gives, and as Dendrite
		r := newRig(t, matrixtest.Options{MaxTimeline: most}).start()
		ana := r.world.NewPerson("Ana")
		group := r.world.NewGroup("kitchen", ana)
		r.settled(ana, group)
		r.shut()
		want := numbers(1350)
		for _, text := range want {
			r.say(ana, group, text)
		}
		r.open()
		events := r.settled(ana, group)
		got := texts(events)
		if diff := cmp.Diff(want, got[1:len(got)-1]); diff != "" {
			t.Errorf("burst with a timeline of %d (-said +heard):\n%s", most, diff)
		}
	}
}

func TestBurstWhileAwayIsWhole(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	r.stop()
	want := numbers(250)
	for _, text := range want {
		r.say(ana, group, text)
	}
	r.start()
	got := texts(r.settled(ana, group))
	if diff := cmp.Diff(want, got[1:len(got)-1]); diff != "" {
		t.Errorf("burst (-said +heard):\n%s", diff)
	}
}

func TestRepeatedEventsAreToldOnce(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	r.server.Fault(matrixtest.Fault{Path: "/sync", Repeat: 20, Times: 3})
	want := numbers(10)
	for _, text := range want {
		r.say(ana, group, text)
	}
	events := r.settled(ana, group)
	seen := map[chat.EventID]int{}
	for _, e := range events {
		if seen[e.ID]++; seen[e.ID] > 1 {
			t.Errorf("%s was told twice: %+v", e.ID, e.Body)
		}
	}
	got := texts(events)
	if diff := cmp.Diff(want, got[1:len(got)-1]); diff != "" {
		t.Errorf("(-said +heard):\n%s", diff)
	}
}

func TestANewRoomStartsAtTheJoin(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroupWithout(ana)
	for i := range 5 {
		r.say(ana, group, fmt.Sprintf("before %d", i))
	}
	invite(r, ana, group)
	_, _ = first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(group) })
	events := r.settled(ana, group)
	for _, text := range texts(events) {
		if strings.HasPrefix(text, "before") {
			t.Errorf("history was told: %q", text)
		}
	}
	if err := r.world.KickUser(ana, group, r.server.BotID()); err != nil {
		t.Fatal(err)
	}
	_, _ = first(r, func(e chat.Event, _ chat.Parted) bool { return e.Chat == in(group) })
}

func invite(r *rig, person, group string) {
	r.t.Helper()
	if err := r.world.Invite(person, group, r.server.BotID()); err != nil {
		r.t.Fatal(err)
	}
}

func TestInvitationsByOthersAreDeclined(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	ana, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Eve")
	r.config.Inviters = []string{ana}
	r.start()
	declined, accepted := r.world.NewGroupWithout(eve), r.world.NewGroupWithout(ana)
	invite(r, eve, declined)
	invite(r, ana, accepted)
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(accepted) })
	for _, e := range r.settled(ana, accepted) {
		if e.Chat == in(declined) {
			t.Errorf("the declined room tells %T", e.Body)
		}
	}
	changed, stop := r.world.Changes()
	defer stop()
	for deadline := time.After(r.patience); r.server.Membership(declined, r.server.BotID()) != "leave"; {
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the bot's membership is %q", r.server.Membership(declined, r.server.BotID()))
		}
	}
}

func TestAnInvitationIsAnsweredWhenItCanBe(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	slow, group := r.world.NewGroupWithout(ana), r.world.NewGroup("kitchen", ana)
	r.server.Fault(matrixtest.Fault{Path: "/join/", Status: 502})
	invite(r, ana, slow)
	r.settled(ana, group) // what others say does not wait for it
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(slow) })
	if struck, _ := r.server.Faults(); struck != 1 {
		t.Errorf("%d faults struck", struck)
	}
}

func TestARoomThatCannotBeReadHoldsUpNobody(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group, other := r.world.NewGroup("kitchen", ana), r.world.NewGroup("garden", ana)
	r.settled(ana, group)
	r.server.Fault(matrixtest.Fault{Path: "/messages", Status: 500, ErrCode: "M_UNKNOWN", Times: 10})
	r.shut()
	for i := range 400 {
		r.say(ana, group, fmt.Sprint(i))
	}
	r.open()
	r.settled(ana, other)
	_, m := first(r, func(e chat.Event, _ chat.Missed) bool { return e.Chat == in(group) })
	if m.From.After(m.To) || time.Since(m.From) > time.Hour {
		t.Errorf("missed from %s to %s", m.From, m.To)
	}
}

func TestAReplacedRoomMigrates(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, eve := r.world.NewPerson("Ana"), r.world.NewPerson("Eve")
	group := r.world.NewGroup("kitchen", ana, eve)
	r.settled(ana, group)
	// Anybody can make a room that claims to continue another; only the other's tombstone makes it true.
	false1 := r.world.NewSuccessor(eve, group)
	invite(r, eve, false1)
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(false1) })
	next, err := r.world.Upgrade(group)
	if err != nil {
		t.Fatal(err)
	}
	_, m := first(r, func(e chat.Event, _ chat.Migrated) bool { return e.Chat == in(group) })
	if m.To != in(next) {
		t.Errorf("it goes on as %v, want %s", m.To, next)
	}
	r.settled(ana, next)
}

func TestALostAnswerMakesNoSecondMessage(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		r := newRig(t, matrixtest.Options{AppService: true}).start()
		ana := r.world.NewPerson("Ana")
		group := r.world.NewGroup("kitchen", ana)
		r.settled(ana, group)
		long := strings.Repeat("a long text. ", 2000)
		for i, text := range []string{"once", long} {
			d := r.dispatch(chat.Send{To: in(group), As: guest(), Text: chat.Plain(text)})
			r.server.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/", DropAfter: true})
			_, err := r.adapter.Do(context.Background(), d)
			var retry *adapters.RetryError
			if !errors.As(err, &retry) || !retry.Unsure {
				t.Fatalf("do %d with a lost answer: %v, want unsure", i, err)
			}
			if forgets { // as Dendrite and Synapse do for ghosts when they restart, while we restart, too
				r.server.ForgetTransactions()
				r.stop()
				r.start()
			}
			receipt, err := r.adapter.Do(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.shownByUs(group)[i:], ""); strings.TrimSpace(got) != strings.TrimSpace(text) {
				t.Errorf("forgets=%v: %d bytes are shown, want %d", forgets, len(got), len(text))
			}
			if n := len(r.shownByUs(group)) - i; n != len(receipt.Refs) {
				t.Errorf("%d messages are shown, the receipt names %d", n, len(receipt.Refs))
			}
		}
	}
}

func TestALostAnswerToADeleteIsNoFailure(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	sent, err := r.do(chat.Send{To: in(group), As: guest(), Text: chat.Plain("oops")})
	if err != nil {
		t.Fatal(err)
	}
	d := r.dispatch(chat.Delete{To: in(group), Target: chat.Target{Refs: sent.Refs}})
	r.server.Fault(matrixtest.Fault{Path: "/redact/", DropAfter: true})
	_, err = r.adapter.Do(context.Background(), d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) {
		t.Fatalf("got %v, want retry", err)
	}
	if _, err := r.adapter.Do(context.Background(), d); err != nil {
		t.Errorf("again: %v", err)
	}
	if got := r.shownByUs(group); len(got) != 0 {
		t.Errorf("people see %q", got)
	}
}

func TestFailuresAreTold(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroupWithout(ana)
	invite(r, ana, group)
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(group) })
	for _, c := range []struct {
		fault  matrixtest.Fault
		after  time.Duration
		unsure bool
	}{
		{matrixtest.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond}, 1500 * time.Millisecond, false},
		{matrixtest.Fault{Status: 502}, 0, true},
		{matrixtest.Fault{Status: 500, ErrCode: "M_UNKNOWN"}, 0, true},
		{matrixtest.Fault{DropBefore: true}, 0, true},
	} {
		c.fault.Path = "/send/"
		r.server.Fault(c.fault)
		d := r.dispatch(chat.Send{To: in(group), Text: chat.Plain("x")})
		_, err := r.adapter.Do(context.Background(), d)
		var retry *adapters.RetryError
		if !errors.As(err, &retry) || retry.After != c.after || retry.Unsure != c.unsure {
			t.Errorf("%+v: got %v", c.fault, err)
		}
		if err != nil && strings.Contains(err.Error(), "<html>") {
			t.Errorf("the error has a proxy's page in it: %v", err)
		}
	}
	if err := r.world.Ban(ana, group, r.server.BotID()); err != nil {
		t.Fatal(err)
	}
	_, err := r.do(chat.Send{To: in(group), Text: chat.Plain("x")})
	refusedFor(t, err, chat.Forbidden)
}

func TestSyncSurvivesFaults(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	for _, f := range []matrixtest.Fault{
		{Status: 502}, {Status: 500, ErrCode: "M_UNKNOWN"}, {DropBefore: true}, {DropAfter: true}, {Status: 429, RetryAfter: 50 * time.Millisecond},
	} {
		f.Path = "/sync"
		r.server.Fault(f)
		r.settled(ana, group)
	}
	want := len(slices.Compact(texts(r.settled(ana, group))))
	if got := len(texts(r.settled(ana, group))); got != want+1 {
		t.Errorf("%d messages were told, want %d", got, want+1)
	}
}

func TestASignedOutBotSignsInAgain(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	r.server.Deauthorise(r.server.BotID())
	r.settled(ana, group)
	if _, err := r.do(chat.Send{To: in(group), Text: chat.Plain("back")}); err != nil {
		t.Error(err)
	}
}

func TestATokenThatEndsEndsRun(t *testing.T) {
	r := newRig(t, matrixtest.Options{})
	r.config.Token, r.config.Password = r.server.Token(r.server.BotID()), ""
	r.start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	r.settled(ana, group)
	r.server.Deauthorise(r.server.BotID())
	r.say(ana, group, "is anybody there?")
	select {
	case err := <-r.ended:
		if err == nil || !strings.Contains(err.Error(), "token") {
			t.Errorf("run ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("run goes on with a dead token")
	}
	r.cancel = nil
}
