package signal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func person(aci string) chat.Identity { return chat.Identity{Platform: chat.Signal, ID: aci} }

// lines returns what the messenger itself has said in the group.
func (h *house) lines() (out []string) {
	for _, m := range h.Messages(h.chat.ID) {
		if m.Service {
			out = append(out, m.Text.Plain)
		}
	}
	return out
}

// knocker makes somebody who asks to be let in.
func (h *house) knocker(name string) string {
	h.t.Helper()
	who := h.NewPerson(name)
	if err := h.Knock(who, h.chat.ID, "may I?"); err != nil {
		h.t.Fatal(err)
	}
	return who
}

// TestWhatIsDoneToPeopleIsDoneOnce does everything twice: what is so already is not asked for again.
func TestWhatIsDoneToPeopleIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	carl, dora := h.knocker("Carl"), h.knocker("Dora")
	emil := h.NewPerson("Emil")
	fay := h.AddPerson(signaltest.Person{Name: "Fay", InviteOnly: true})
	for _, step := range []struct {
		do   chat.Outgoing
		who  string
		want world.Rights
	}{
		{chat.Admit{To: h.chat, Who: person(carl)}, carl, world.Rights{In: true, MayWrite: true, Raw: "member"}},
		{chat.Decline{To: h.chat, Who: person(dora)}, dora, world.Rights{Raw: "nobody"}},
		{chat.Invite{To: h.chat, Who: person(emil)}, emil, world.Rights{In: true, MayWrite: true, Raw: "member"}},
		{chat.Invite{To: h.chat, Who: person(fay)}, fay, world.Rights{Raw: "invited"}},
		{chat.Remove{To: h.chat, Who: person(fay)}, fay, world.Rights{Raw: "nobody"}},
		{chat.Remove{To: h.chat, Who: person(h.ana)}, h.ana, world.Rights{Raw: "nobody"}},
		{chat.Ban{To: h.chat, Who: person(carl)}, carl, world.Rights{Banned: true, Raw: "banned"}},
		{chat.Ban{To: h.chat, Who: person(h.ana)}, h.ana, world.Rights{Banned: true, Raw: "banned"}}, // who is not in
		{chat.Unban{To: h.chat, Who: person(carl)}, carl, world.Rights{Raw: "nobody"}},
	} {
		if r := h.do(step.do); r.Link != "" || len(r.Refs) > 0 {
			t.Errorf("%T: receipt %+v", step.do, r)
		}
		if got := h.Rights(step.who, h.chat.ID); got != step.want {
			t.Errorf("%T makes %+v, want %+v", step.do, got, step.want)
		}
		once := h.lines()
		h.do(step.do)
		if twice := h.lines(); len(twice) != len(once) {
			t.Errorf("%T twice: people see %q", step.do, twice[len(once):])
		}
	}
	if err := h.Join(h.ana, h.chat.ID); err == nil {
		t.Error("who is banned comes back")
	}
	if err := h.Knock(h.ana, h.chat.ID, ""); err == nil {
		t.Error("who is banned may ask")
	}
	if err := h.Knock(carl, h.chat.ID, ""); err != nil {
		t.Errorf("who is no longer banned may not ask: %v", err)
	}
}

func TestWhatTheBotDoesToPeopleIsHeard(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	carl := h.NewPerson("Carl")
	h.do(chat.Invite{To: h.chat, Who: person(carl)})
	joined := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Joined); return ok })
	if who := joined.Body.(chat.Joined).Who; who.Identity.ID != carl || who.Name != "Carl" || joined.By.Identity.ID != h.BotACI() {
		t.Errorf("joined %+v by %+v", who, joined.By)
	}
	h.do(chat.Remove{To: h.chat, Who: person(h.ana)})
	left := h.heard.first(t, func(e chat.Event) bool { _, ok := e.Body.(chat.Left); return ok })
	if who := left.Body.(chat.Left).Who; who.Identity.ID != h.ana || left.By.Identity.ID != h.BotACI() {
		t.Errorf("left %+v by %+v", who, left.By)
	}
	h.restart()
	h.listening()
	n := 0
	for _, e := range h.heard.all() {
		switch e.Body.(type) {
		case chat.Joined, chat.Left:
			n++
		}
	}
	if n != 2 {
		t.Errorf("coming and going is told %d times, want 2", n)
	}
}

func TestWhatCannotBeDoneToPeopleIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	carl := h.NewPerson("Carl")
	all := func(to chat.Chat, who chat.Identity) []chat.Outgoing {
		return []chat.Outgoing{
			chat.Remove{To: to, Who: who},
			chat.Ban{To: to, Who: who},
			chat.Unban{To: to, Who: who},
			chat.Invite{To: to, Who: who},
			chat.Admit{To: to, Who: who},
			chat.Decline{To: to, Who: who},
		}
	}
	refused := func(what string, why chat.Reason, effects ...chat.Outgoing) {
		t.Helper()
		for _, e := range effects {
			_, err := h.try(e)
			wantRefused(t, fmt.Sprintf("%T %s", e, what), err, why)
		}
	}
	at := func(id string) chat.Chat { return chat.Chat{Platform: chat.Signal, ID: id} }
	refused("in private", chat.Unsupported, all(at(h.ana), person(h.ana))...)
	refused("nowhere", chat.NotFound, all(at("no such group"), person(h.ana))...)
	refused("in a group that is not there", chat.NotFound, all(at(strings.Repeat("A", 43)+"="), person(h.ana))...)
	refused("to nobody", chat.NotFound, all(h.chat, person("nobody at all"))...)
	refused("to somebody elsewhere", chat.NotFound, all(h.chat, chat.Identity{Platform: chat.Matrix, ID: "@ana:home"})...)
	refused("to the bot", chat.Forbidden, all(h.chat, person(h.BotACI()))...)
	refused("to an admin", chat.Forbidden, chat.Remove{To: h.chat, Who: person(h.olga)}, chat.Ban{To: h.chat, Who: person(h.olga)})
	refused("to somebody whom Signal does not know", chat.NotFound, chat.Invite{To: h.chat, Who: person("99999999-9999-4999-8999-999999999999")})
	refused("without a knock", chat.NotFound, chat.Admit{To: h.chat, Who: person(carl)})
	refused("", chat.Unsupported, chat.Restrict{To: h.chat, Who: person(h.ana)}, chat.Release{To: h.chat, Who: person(h.ana)})
	h.do(chat.Ban{To: h.chat, Who: person(carl)})
	refused("to who is banned", chat.Forbidden, chat.Invite{To: h.chat, Who: person(carl)})

	dora := h.knocker("Dora")
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	refused("without the right", chat.Forbidden,
		chat.Remove{To: h.chat, Who: person(h.ana)}, chat.Ban{To: h.chat, Who: person(h.ana)}, chat.Unban{To: h.chat, Who: person(carl)},
		chat.Admit{To: h.chat, Who: person(dora)}, chat.Decline{To: h.chat, Who: person(dora)}, chat.Invite{To: h.chat, Who: person(dora)})
	emil := h.NewPerson("Emil")
	h.AddByAdmins(h.chat.ID, true)
	refused("where admins alone add", chat.Forbidden, chat.Invite{To: h.chat, Who: person(emil)})
	h.AddByAdmins(h.chat.ID, false)
	h.do(chat.Invite{To: h.chat, Who: person(emil)})
	want := []string{h.olga, h.ana, emil}
	if got := h.Members(h.chat.ID); !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
	h.RemoveMember(h.chat.ID, h.BotACI())
	refused("from outside", chat.Forbidden, all(h.chat, person(h.ana))...)
}

func TestFullGroupTakesNobody(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	carl := h.knocker("Carl")
	for range 998 {
		if err := h.Take(h.NewPerson("Guest"), h.chat.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range []chat.Outgoing{
		chat.Invite{To: h.chat, Who: person(h.NewPerson("Dora"))}, chat.Admit{To: h.chat, Who: person(carl)},
	} {
		_, err := h.try(e)
		wantRefused(t, fmt.Sprintf("%T into a full group", e), err, chat.TooMany)
	}
	h.do(chat.Remove{To: h.chat, Who: person(h.ana)})
	h.do(chat.Admit{To: h.chat, Who: person(carl)})
}

// TestLostAnswerOfAChangeIsNoDoubt breaks the line in the middle of a change: another try is safe, as it looks first.
func TestLostAnswerOfAChangeIsNoDoubt(t *testing.T) {
	t.Parallel()
	for _, fault := range []signaltest.Fault{
		{Kind: signaltest.DropBefore, Method: "updateGroup"},
		{Kind: signaltest.DropAfter, Method: "updateGroup"},
		{Kind: signaltest.DropAfter, Method: "listGroups"},
		{Kind: signaltest.Broken, Method: "listGroups"},
		{Kind: signaltest.Broken, Method: "updateGroup"},
	} {
		h := start(t, signaltest.Options{}, signal.Config{})
		h.listening()
		h.Break(fault)
		_, err := h.try(chat.Ban{To: h.chat, Who: person(h.ana)})
		wantRetry(t, string(fault.Kind)+" of "+fault.Method, err, 0, false)
		h.restart()
		h.listening()
		h.do(chat.Ban{To: h.chat, Who: person(h.ana)})
		n := 0
		for _, l := range h.lines() {
			if strings.Contains(l, "banned Ana") {
				n++
			}
		}
		if n != 1 || !h.Rights(h.ana, h.chat.ID).Banned {
			t.Errorf("%s of %s: people see %q", fault.Kind, fault.Method, h.lines())
		}
	}
}

// TestChangeIsBelievedWhenItIsSeen has a daemon that says one thing and does another.
func TestChangeIsBelievedWhenItIsSeen(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	for _, kind := range []signaltest.FaultKind{signaltest.Ignore, signaltest.Deny} {
		h.Break(signaltest.Fault{Kind: kind})
		_, err := h.try(chat.Remove{To: h.chat, Who: person(h.ana)})
		var retry *adapters.RetryError
		var refused *adapters.RefusedError
		if err == nil || errors.As(err, &retry) || errors.As(err, &refused) {
			t.Errorf("%s: %v, want an error that is tried again a few times", kind, err)
		}
	}
	// Nobody can be told of the change, and the daemon says that it has failed; yet it is made.
	h.Break(signaltest.Fault{Kind: signaltest.RateLimit, Method: "updateGroup", RetryAfter: time.Hour, Times: -1})
	h.do(chat.Remove{To: h.chat, Who: person(h.ana)})
	if h.Rights(h.ana, h.chat.ID).In {
		t.Error("she is still there")
	}
}

func TestDeletingIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	own, hers := h.send("mine"), h.says(h.ana, "hers")
	h.hears(hers)
	for range 2 {
		h.do(chat.Delete{To: h.chat, Target: chat.Target{Refs: own}})
		h.do(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{hers}}})
	}
	if !h.shown(own[0]).Deleted || !h.shown(hers).Deleted {
		t.Error("people still see them")
	}
	_, err := h.try(chat.Delete{To: chat.Chat{Platform: chat.Signal, ID: h.ana}, Target: chat.Target{Refs: []chat.Ref{hers}}})
	wantRefused(t, "delete of what she says in private", err, chat.Forbidden)
}

func TestSecretThatCannotBeToldIsForbidden(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	nobody := "99999999-9999-4999-8999-999999999999"
	for _, who := range []chat.Identity{person(nobody), person("nobody"), {Platform: chat.Matrix, ID: "@ana:home"}} {
		_, err := h.try(chat.Whisper{To: h.chat, Who: who, Text: chat.Plain("your report is heard"), Secret: true})
		wantRefused(t, "secret for "+who.String(), err, chat.Forbidden)
	}
}

func TestAnswerToAWhisperIsKnown(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	r := h.do(chat.Whisper{
		To: h.chat, Who: person(h.ana), Text: chat.Plain("Shall I say who you are?\n\n1  Yes\n2  No"), Secret: true,
		Choices: []chat.Choice{{Label: "Yes", Ask: "say yes"}, {Label: "No", Ask: "say no"}},
	})
	private := chat.Chat{Platform: chat.Signal, ID: h.ana}
	if len(r.Refs) != 1 || r.Refs[0].Chat != private {
		t.Fatalf("receipt %+v", r)
	}
	id, err := h.Say(h.ana, h.ana, world.Say{Text: chat.Plain("2"), ReplyTo: r.Refs[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	e := h.hears(chat.Ref{Chat: private, ID: id})
	p := e.Body.(chat.Posted)
	if !e.Private || p.Reply == nil || p.Reply.Ref != r.Refs[0] || e.By.Level != chat.Member {
		t.Errorf("the answer is %+v, private %v, by %+v", p, e.Private, e.By)
	}
}

func TestWhoChoosesHasHisLevel(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	card := h.send("A report\n\n1  Claim\n2  Close")[0]
	for who, want := range map[string]chat.Level{h.olga: chat.Organiser, h.ana: chat.Member} {
		if err := h.Press(who, h.chat.ID, card.ID, 1); err != nil {
			t.Fatal(err)
		}
		e := h.heard.first(t, func(e chat.Event) bool {
			r, ok := e.Body.(chat.Reacted)
			return ok && e.By.Identity.ID == who && r.Ref == card && slices.Equal(r.Emoji, []string{chat.Keycap(1)})
		})
		if e.By.Level != want || e.By.Unsure {
			t.Errorf("a keycap by %+v, want %v", e.By, want)
		}
		for text, want := range map[string]chat.Level{"2": want, " 2 ": want, chat.Keycap(1): want, "22": chat.Guest, "bread": chat.Guest} {
			id, err := h.Say(who, h.chat.ID, world.Say{Text: chat.Plain(text), ReplyTo: card.ID})
			if err != nil {
				t.Fatal(err)
			}
			e := h.hears(chat.Ref{Chat: h.chat, ID: id})
			if r := e.Body.(chat.Posted).Reply; e.By.Level != want || r == nil || r.Ref != card {
				t.Errorf("answer %q by %+v to %+v, want %v", text, e.By, r, want)
			}
		}
	}
	if e := h.hears(h.says(h.olga, "2")); e.By.Level != chat.Guest {
		t.Errorf("a number that answers nothing has level %v", e.By.Level)
	}
}
