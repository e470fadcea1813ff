package signal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// posted returns the texts of the messages that begin with the prefix, each event id once.
func posted(events []chat.Event, prefix string) []string {
	seen := map[chat.EventID]bool{}
	var out []string
	for _, e := range events {
		p, ok := e.Body.(chat.Posted)
		if ok && !seen[e.ID] && strings.HasPrefix(p.Text.Plain, prefix) {
			out = append(out, p.Text.Plain)
		}
		seen[e.ID] = true
	}
	return out
}

// isNumbered tells whether the texts are "<prefix>0", "<prefix>1" and so on, n of them in order.
func isNumbered(texts []string, prefix string, n int) bool {
	want := make([]string, n)
	for i := range want {
		want[i] = fmt.Sprint(prefix, i)
	}
	return slices.Equal(texts, want)
}

func TestStoppingInTheMiddleOfATalkLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of messages")
	}
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	const n = 600
	talk := make(chan error, 1)
	go func() {
		for i := range n {
			if _, err := h.Say(h.ana, h.chat.ID, world.Say{Text: chat.Plain(fmt.Sprint("m", i))}); err != nil {
				talk <- err
				return
			}
		}
		talk <- nil
	}()
	for range 8 {
		h.restart()
	}
	if err := <-talk; err != nil {
		t.Fatal(err)
	}
	h.heard.wait(t, func(all []chat.Event) bool { return len(all) >= n && len(posted(all, "m")) >= n })
	if got := posted(h.heard.all(), "m"); !isNumbered(got, "m", n) {
		t.Errorf("heard %d messages, out of order or wrong: %.200v", len(got), got)
	}
}

func TestStoppingBeforeTheSubscriptionIsKnownLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of messages")
	}
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	// The first line may come before the answer to subscribeReceive, and the stop between the two.
	for i := range 40 {
		h.restart()
		h.hears(h.says(h.ana, fmt.Sprint("m", i)))
	}
}

func TestSlowBusLeavesMessagesAtSignal(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of messages")
	}
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	release := h.heard.hold()
	const n = 3500
	for i := range n {
		if _, err := h.Say(h.ana, h.chat.ID, world.Say{Text: chat.Plain(fmt.Sprint("m", i))}); err != nil {
			t.Fatal(err)
		}
	}
	// Calls go on while nothing more is taken.
	h.send("the house goes on")
	if h.Queued() == 0 {
		t.Error("all messages are in our memory, none waits at Signal")
	}
	release()
	h.heard.wait(t, func(all []chat.Event) bool { return len(all) >= n && len(posted(all, "m")) >= n })
	if got := posted(h.heard.all(), "m"); !isNumbered(got, "m", n) {
		t.Error("messages are out of order after a slow time")
	}
}

func TestDeadReceiveThreadIsRevived(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Idle: 50 * time.Millisecond})
	h.listening()
	h.KillReceive()
	h.hears(h.says(h.ana, "does anybody hear me?"))
}

func TestHalfLineCostsOneMessageAtMost(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.HalfLine})
	h.says(h.ana, "torn")
	h.reconnected()
	h.hears(h.says(h.ana, "whole"))
	if got := posted(h.heard.all(), "torn"); len(got) > 0 {
		t.Errorf("half a line is told as %q", got)
	}
}

func TestDaemonThatReceivesByItselfIsUnderstood(t *testing.T) {
	t.Parallel()
	// Its connections are subscribed already, so every message comes twice, once in the plain form.
	h := start(t, signaltest.Options{Mode: signaltest.OnConnection}, signal.Config{})
	h.listening()
	h.hears(h.says(h.ana, "first"))
	h.hears(h.says(h.ana, "last"))
	if f := h.adapter.Check(t.Context()); !slices.ContainsFunc(f, func(f adapters.Finding) bool { return strings.Contains(f.Do, "manual") }) {
		t.Errorf("check does not ask for manual mode: %+v", f)
	}
	ids := map[chat.Ref]chat.EventID{}
	for _, e := range h.heard.all() {
		p, ok := e.Body.(chat.Posted)
		if !ok {
			continue
		}
		if id, twice := ids[p.Ref]; twice && id != e.ID {
			t.Errorf("%v has the ids %s and %s", p.Ref, id, e.ID)
		}
		ids[p.Ref] = e.ID
	}
}

func TestRunEndsForWhatOnlyTheOperatorCanMend(t *testing.T) {
	t.Parallel()
	fails := func(t *testing.T, s *signaltest.Server, account string) error {
		t.Helper()
		a, err := signal.New(signal.Config{Socket: s.Address(), Account: account, Dir: t.TempDir()}, nil, &cursor{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err = a.Run(ctx, newEar().in)
		if ctx.Err() != nil {
			t.Fatal("run does not end")
		}
		return err
	}
	old := signaltest.New(signaltest.Options{Version: "0.14.4"})
	t.Cleanup(old.Close)
	if err := fails(t, old, ""); err == nil || !strings.Contains(err.Error(), "0.14.5") {
		t.Errorf("an old signal-cli: %v", err)
	}
	other := signaltest.New(signaltest.Options{})
	t.Cleanup(other.Close)
	if err := fails(t, other, "+15550109999"); err == nil || strings.Contains(err.Error(), "+1555") {
		t.Errorf("a missing account: %v", err)
	}
	two := signaltest.New(signaltest.Options{Others: []signaltest.Account{{Number: "+15550100003", ACI: "33333333-3333-4333-8333-333333333333", Name: "Other"}}})
	t.Cleanup(two.Close)
	if err := fails(t, two, ""); err == nil {
		t.Error("two accounts and none named")
	}
}

func TestRunEndsWhenTheAccountIsTakenAway(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.Deauthorise()
	if _, err := h.try(chat.Send{To: h.chat, Text: chat.Plain("hello?")}); err == nil {
		t.Error("send without an account works")
	}
	select {
	case err := <-h.done:
		if err == nil {
			t.Error("run ended without a word")
		}
		h.done <- nil
	case <-time.After(patience):
		t.Fatal("run goes on without its account")
	}
}

func TestSingleAccountDaemonIsUnderstood(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{Single: true}, signal.Config{Account: "+15550100001"})
	h.listening()
	h.send("one account, one daemon")
}

func TestInvitationIsAcceptedAndRemovalIsTold(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	g := chat.Chat{Platform: chat.Signal, ID: h.Invite("Another table", h.olga)}
	is := func(body chat.Body) func(chat.Event) bool {
		return func(e chat.Event) bool { return e.Chat == g && e.Body == body }
	}
	if e := h.heard.first(t, is(chat.Arrived{})); e.Title != "Another table" {
		t.Errorf("arrived in %q", e.Title)
	}
	h.do(chat.Send{To: g, Text: chat.Plain("thank you for having me")})
	h.RemoveMember(g.ID, h.BotACI())
	h.heard.first(t, is(chat.Parted{}))
}

func TestInvitationWaitsWhereTheOperatorWantsIt(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{IgnoreInvites: true})
	h.listening()
	g := h.Invite("Another table", h.olga)
	h.listening()
	for _, e := range h.heard.all() {
		if e.Chat.ID == g {
			t.Errorf("heard %T of a group that nobody joined", e.Body)
		}
	}
}

func TestChangesOfAGroupWhileAwayAreTold(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.stop()
	carl := h.NewPerson("Carl")
	if err := errors.Join(h.Join(carl, h.chat.ID), h.Leave(h.ana, h.chat.ID)); err != nil {
		t.Fatal(err)
	}
	h.run()
	joined := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Joined); return ok })
	left := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Left); return ok })
	if who := joined.Body.(chat.Joined).Who; who.Identity.ID != carl || who.Name != "Carl" {
		t.Errorf("joined has %+v", who)
	}
	if who := left.Body.(chat.Left).Who; who.Identity.ID != h.ana || who.Name != "Ana" {
		t.Errorf("left has %+v", who)
	}
	h.restart()
	h.listening()
	n := 0
	for _, e := range h.heard.all() {
		if _, ok := e.Body.(chat.Joined); ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the joining is told %d times", n)
	}
}

func TestWhoRemovedSomebodyIsTold(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.RemoveMember(h.chat.ID, h.ana)
	left := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Left); return ok })
	if left.By.Identity.ID != h.olga || left.Body.(chat.Left).Who.Identity.ID != h.ana {
		t.Errorf("left: %+v", left)
	}
}

func TestOperatorsPhoneIsNotAMember(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	if _, err := h.SayFromPhone(h.chat.ID, "/ban everybody"); err != nil {
		t.Fatal(err)
	}
	h.listening()
	if got := posted(h.heard.all(), "/ban"); len(got) > 0 {
		t.Errorf("the bot's own phone is heard: %q", got)
	}
}

func TestGroupThatCannotBeLookedAtIsLookedAtLater(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Idle: 50 * time.Millisecond})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Broken, Method: "listGroups", Times: 2})
	carl := h.NewPerson("Carl")
	if err := h.Join(carl, h.chat.ID); err != nil {
		t.Fatal(err)
	}
	h.heard.first(t, func(e chat.Event) bool {
		j, ok := e.Body.(chat.Joined)
		return ok && j.Who.Identity.ID == carl
	})
}

func TestDaemonThatAnswersLateIsNotGivenUp(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Idle: 20 * time.Millisecond, Timeout: 50 * time.Millisecond})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Slow, Method: "listAccounts", Delay: 200 * time.Millisecond})
	h.hears(h.says(h.ana, "take your time"))
	h.send("we do")
}
