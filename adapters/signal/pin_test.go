package signal_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func (h *house) pin(ref chat.Ref) {
	h.t.Helper()
	h.do(chat.Pin{To: ref.Chat, Target: chat.Target{Refs: []chat.Ref{ref}}})
}

func (h *house) unpin(ref chat.Ref) {
	h.t.Helper()
	h.do(chat.Unpin{To: ref.Chat, Target: chat.Target{Refs: []chat.Ref{ref}}})
}

// wantPinned compares the top of the group, the newest last, and how often something was put there.
func (h *house) wantPinned(what string, pinnings int, refs ...chat.Ref) {
	h.t.Helper()
	var want []string
	for _, r := range refs {
		want = append(want, r.ID)
	}
	if got := h.Pinned(h.chat.ID); !slices.Equal(got, want) {
		h.t.Errorf("%s: at the top is %v, want %v", what, got, want)
	}
	if got := h.Pinnings(h.chat.ID); got != pinnings {
		h.t.Errorf("%s: people are told of %d pins, want %d", what, got, pinnings)
	}
}

func TestPinIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	first, hers := h.send("our purpose")[0], h.says(h.ana, "bread at six")
	h.hears(hers)
	h.pin(first)
	h.pin(hers)
	h.pin(first)
	h.wantPinned("twice", 2, first, hers)
	h.do(chat.Edit{To: h.chat, Target: chat.Target{Refs: []chat.Ref{first}}, Text: chat.Plain("our new purpose")})
	h.restart()
	h.listening()
	h.pin(first)
	h.wantPinned("after an edit and a restart", 2, first, hers)
	h.unpin(first)
	h.unpin(first)
	h.wantPinned("unpinned", 2, hers)
	h.pin(first)
	h.wantPinned("pinned again", 3, hers, first)
	h.do(chat.Delete{To: h.chat, Target: chat.Target{Refs: []chat.Ref{first}}})
	_, err := h.try(chat.Pin{To: h.chat, Target: chat.Target{Refs: []chat.Ref{first}}})
	wantRefused(t, "pin of what is deleted", err, chat.NotFound)
}

func TestPinsOfPeopleCount(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	purpose := h.send("our purpose")[0]
	h.pin(purpose)
	by := func(who string, ref chat.Ref, seconds int, on bool) {
		t.Helper()
		if err := h.Pin(who, h.chat.ID, ref.ID, seconds, on); err != nil {
			t.Fatal(err)
		}
		h.listening()
	}
	by(h.ana, purpose, -1, false)
	h.pin(purpose)
	h.wantPinned("taken down and put up again", 2, purpose)
	var others []chat.Ref
	for i := range 3 {
		others = append(others, h.says(h.ana, fmt.Sprint("and me ", i)))
		h.hears(others[i])
		by(h.ana, others[i], 86400, true)
	}
	h.wantPinned("pushed out", 5, others...)
	h.pin(purpose)
	h.wantPinned("put up again", 6, others[1], others[2], purpose)
	h.pin(others[2])
	h.wantPinned("what stays a day stays for ever", 7, others[1], purpose, others[2])
	h.pin(others[2])
	h.wantPinned("and once", 7, others[1], purpose, others[2])
}

func TestDeletedPinMakesRoom(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	var refs []chat.Ref
	for i := range 4 {
		refs = append(refs, h.send(fmt.Sprint("notice ", i))...)
	}
	for _, r := range refs[:3] {
		h.pin(r)
	}
	h.do(chat.Delete{To: h.chat, Target: chat.Target{Refs: refs[1:2]}})
	h.pin(refs[3])
	h.pin(refs[0])
	h.wantPinned("one of three deleted", 4, refs[0], refs[2], refs[3])
}

func TestPinsNeedTheRightToThem(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	ref := h.send("our purpose")[0]
	h.EditByAdmins(h.chat.ID, true)
	h.pin(ref)
	h.SetAdmin(h.chat.ID, h.BotACI(), false)
	for _, e := range []chat.Outgoing{
		chat.Pin{To: h.chat, Target: chat.Target{Refs: []chat.Ref{ref}}}, chat.Unpin{To: h.chat, Target: chat.Target{Refs: []chat.Ref{ref}}},
	} {
		_, err := h.try(e)
		wantRefused(t, fmt.Sprintf("%T without the right", e), err, chat.Forbidden)
	}
	if err := h.Pin(h.ana, h.chat.ID, ref.ID, -1, false); err == nil {
		t.Error("the phones take a pin down for anybody")
	}
	h.EditByAdmins(h.chat.ID, false)
	h.unpin(ref)
	h.wantPinned("with the right", 1)
	for _, e := range []chat.Outgoing{
		chat.Pin{To: h.chat},
		chat.Pin{To: h.chat, Target: chat.Target{Refs: []chat.Ref{{Chat: h.chat, ID: "nonsense"}}}},
		chat.Unpin{To: chat.Chat{Platform: chat.Signal, ID: "nowhere"}, Target: chat.Target{Refs: []chat.Ref{ref}}},
	} {
		_, err := h.try(e)
		if err == nil {
			t.Errorf("%+v is done", e)
		}
	}
}

func TestPinInPrivate(t *testing.T) {
	t.Parallel()
	h := start(t, signaltest.Options{}, signal.Config{})
	h.listening()
	ref := h.do(chat.Whisper{To: h.chat, Who: person(h.ana), Text: chat.Plain("welcome"), Secret: true}).Refs[0]
	h.pin(ref)
	h.pin(ref)
	if got := h.Pinned(h.ana); !slices.Equal(got, []string{ref.ID}) || h.Pinnings(h.ana) != 1 {
		t.Errorf("at the top is %v, pinned %d times", got, h.Pinnings(h.ana))
	}
	h.unpin(ref)
	if got := h.Pinned(h.ana); len(got) > 0 {
		t.Errorf("at the top is still %v", got)
	}
}
