//go:build goolm

package matrix_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestTokenOfItsOwnReadsEncryptedRooms(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.config.Password, r.config.Token = "", r.server.Token(r.server.BotID())
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	r.restart()
	r.say(ana, room, "and again")
	r.heard("and again")
}

func TestTokenOfAnotherProgramsDeviceIsLeftAlone(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	token := r.server.Token(r.server.BotID())
	if err := r.world.PublishKeys(token); err != nil {
		t.Fatal(err)
	}
	r.config.Password, r.config.Token = "", token
	r.start()
	r.say(ana, room, "hello")
	r.say(ana, room, "anybody there?")
	_, p := first(r.rig, func(_ chat.Event, p chat.Posted) bool { return len(p.Parts) == 1 })
	if !strings.Contains(p.Parts[0].Line, "has no keys of its own") {
		t.Errorf("told %q", p.Parts[0].Line)
	}
	_, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("soup")})
	refusedFor(t, err, chat.Unsupported)
	if open := r.server.InTheOpen(); len(open) > 0 {
		t.Errorf("the server could read %q", open)
	}
}

// TestFullDiskHoldsTheConversationBack: what cannot be kept is neither confirmed nor sent, and all goes on when there
// is room again.
func TestFullDiskHoldsTheConversationBack(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	if _, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("one")}); err != nil {
		t.Fatal(err)
	}
	r.drawer.dieAfter(0)
	d := r.dispatch(chat.Send{To: in(room), As: guest(), Text: chat.Plain("two")})
	_, err := r.adapter.Do(t.Context(), d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) {
		t.Errorf("got %v, want to be asked again", err)
	}
	r.world.NewKey(ana, room)
	r.say(ana, room, "is there room?")
	r.drawer.revive()
	r.heard("is there room?")
	if _, err := r.adapter.Do(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if shown := r.shownByUs(room); len(shown) != 2 {
		t.Errorf("Ana sees %q", shown)
	}
	if twice := r.reused(); len(twice) > 0 {
		t.Errorf("places in keys were used twice: %q", twice)
	}
}
