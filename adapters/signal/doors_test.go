package signal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

// knocked returns the knocks heard of somebody.
func (h *house) knocked(who string) (out []chat.Event) {
	for _, e := range h.heard.all() {
		if k, ok := e.Body.(chat.Knocked); ok && k.Who.Identity.ID == who {
			out = append(out, e)
		}
	}
	return out
}

func (h *house) hearsKnock(who string, times int) chat.Event {
	h.t.Helper()
	h.heard.wait(h.t, func([]chat.Event) bool { return len(h.knocked(who)) >= times })
	return h.knocked(who)[times-1]
}

// TestKnocksAreHeard has the daemon tell nobody of them, also where the phone of the one who asks tells nobody.
func TestKnocksAreHeard(t *testing.T) {
	t.Parallel()
	for _, unheard := range []bool{false, true} {
		h := start(t, signaltest.Options{UnheardKnocks: unheard}, signal.Config{Look: 5 * time.Millisecond})
		h.listening()
		carl := h.knocker("Carl")
		e := h.hearsKnock(carl, 1)
		if who := e.Body.(chat.Knocked).Who; who.Name != "Carl" || e.By.Identity.ID != carl || e.Chat != h.chat || e.Title != "Table" {
			t.Errorf("knocked: %+v", e)
		}
		h.do(chat.Decline{To: h.chat, Who: person(carl)})
		h.listening()
		if err := h.Knock(carl, h.chat.ID, "really?"); err != nil {
			t.Fatal(err)
		}
		h.hearsKnock(carl, 2)
		h.hearsKnock(h.knocker("Dora"), 1) // in a later look, which finds him still asking
		h.Withdraw(carl, h.chat.ID)
		h.listening()
		h.restart()
		h.listening()
		if n := len(h.knocked(carl)); n != 2 {
			t.Errorf("he is heard %d times, want 2", n)
		}
	}
}

func TestKnocksWhileAwayAreToldOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Look: 5 * time.Millisecond})
	h.listening()
	h.stop()
	carl := h.knocker("Carl")
	h.run()
	h.hearsKnock(carl, 1)
	h.listening()
	h.restart()
	h.listening()
	if n := len(h.knocked(carl)); n != 1 {
		t.Errorf("he is heard %d times", n)
	}
	h.Admit(h.chat.ID, carl)
	h.heard.first(t, func(e chat.Event) bool {
		j, ok := e.Body.(chat.Joined)
		return ok && j.Who.Identity.ID == carl
	})
	h.do(chat.Admit{To: h.chat, Who: person(carl)})
	h.do(chat.Decline{To: h.chat, Who: person(carl)})
	if !h.Rights(carl, h.chat.ID).In {
		t.Error("a late answer has thrown him out")
	}
}

func TestWhoAsksWhenTheBotComesIsHeard(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.RemoveMember(h.chat.ID, h.BotACI())
	h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Parted); return ok })
	carl := h.knocker("Carl")
	if err := h.Take(h.BotACI(), h.chat.ID); err != nil {
		t.Fatal(err)
	}
	h.hearsKnock(carl, 1)
	arrived := -1
	for i, e := range h.heard.all() {
		switch e.Body.(type) {
		case chat.Arrived:
			arrived = i
		case chat.Joined:
			t.Errorf("somebody has joined who was there: %+v", e)
		}
	}
	if arrived < 0 {
		t.Error("the bot has not arrived")
	}
}

// TestWhoeverSpeaksFirstHasNotMadeTheChange looks at a group late, when somebody speaks who has nothing to do with
// what has changed.
func TestWhoeverSpeaksFirstHasNotMadeTheChange(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Broken, Method: "listGroups", Times: -1})
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	h.RemoveMember(h.chat.ID, h.ana)
	hers := h.says(h.olga, "now then")
	h.hears(hers)
	_, err := h.try(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{hers}}})
	wantRetry(t, "delete while nobody knows the bot's rights", err, 0, false)
	h.Heal()
	h.listening()
	left := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Left); return ok })
	if !left.By.Identity.IsZero() {
		t.Errorf("she is said to be removed by %+v", left.By)
	}
	_, err = h.try(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{hers}}})
	wantRefused(t, "delete without the right", err, chat.Forbidden)
}

// TestTalkGoesOnBesideTheLooks lets every look fail.
func TestTalkGoesOnBesideTheLooks(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{Look: time.Millisecond})
	h.listening()
	h.Break(signaltest.Fault{Kind: signaltest.Broken, Method: "listGroups", Times: -1})
	for i := range 20 {
		h.hears(h.says(h.ana, fmt.Sprint("bread ", i)))
	}
	h.send("and soup")
	h.Heal()
	h.hearsKnock(h.knocker("Carl"), 1)
}
