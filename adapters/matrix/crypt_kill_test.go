//go:build goolm

package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

var errDead = errors.New("the process is dead")

// dieAfter makes everything fail that is to be kept after so many changes: what is kept by then is what a process
// that was killed there would find again.
func (d *drawer) dieAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.mortal = n, true
}

func (d *drawer) revive() (died bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	died, d.mortal = d.mortal && d.left < 0, false
	return died
}

func (d *drawer) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mortal && d.left < 0
}

// TestKilledAtEveryChangeOfTheKeys kills the adapter before each change of its keys in a conversation, and lets it go
// on with what it had kept: nothing may be lost, said twice, unreadable, or sealed with a key's place used before.
func TestKilledAtEveryChangeOfTheKeys(t *testing.T) {
	n, died := 0, true
	for ; died; n++ {
		t.Run(fmt.Sprintf("change %d", n), func(t *testing.T) { died = killedAt(t, n) })
		if t.Failed() {
			return
		}
	}
	if n < 15 {
		t.Errorf("there were only %d changes", n)
	}
	t.Logf("%d changes", n)
}

func killedAt(t *testing.T, n int) bool {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.listenedBefore()
	r.drawer.dieAfter(n)
	r.begin()
	has := func() bool { return r.server.KeysLeft(r.server.BotID(), "POTLUCK") > 0 }
	r.eventually(func() bool { return r.drawer.isDead() || has() })
	died := r.drawer.isDead()
	if died { // before it had a device: nobody could have written to it
		r.stop()
		r.drawer.revive()
		r.begin()
		r.eventually(has)
	}
	var said []string
	var undone []chat.Dispatch
	for i := range 3 {
		text := fmt.Sprintf("from Ana %d", i)
		r.world.NewKey(ana, room)
		r.say(ana, room, text)
		said = append(said, text)
		d := r.dispatch(chat.Send{To: in(room), As: guest(), Text: chat.Plain(fmt.Sprintf("from Gita %d", i))})
		if _, err := r.adapter.Do(t.Context(), d); err != nil {
			undone = append(undone, d)
		}
		r.eventually(func() bool { return r.drawer.isDead() || slices.Contains(r.told(), text) })
	}
	r.stop()
	died = r.drawer.revive() || died
	r.begin()
	for _, d := range undone {
		if _, err := r.adapter.Do(t.Context(), d); err != nil {
			t.Fatalf("do after the restart: %v", err)
		}
	}
	r.heard("from Ana 2")
	told := r.told()
	if !slices.Equal(told, said) {
		t.Errorf("told %q", told)
	}
	var shown []string
	for _, text := range r.shownByUs(room) {
		shown = append(shown, strings.TrimPrefix(text, "Gita: "))
	}
	slices.Sort(shown)
	if want := []string{"from Gita 0", "from Gita 1", "from Gita 2"}; !slices.Equal(shown, want) {
		t.Errorf("Ana sees %q", shown)
	}
	if twice := r.reused(); len(twice) > 0 {
		t.Errorf("places in keys were used twice: %q", twice)
	}
	r.stop()
	return died
}

// listenedBefore lets an adapter without keys run for a moment, as before the house was built with encryption: what is
// said from then on is the house's to hear.
func (r *sealedRig) listenedBefore() {
	build := r.build
	r.build = func() *matrix.Adapter { return newAdapter(r.t, r.config, noFiles, &r.drawer.cursor) }
	r.start()
	r.stop()
	r.build = build
}

// begin starts an adapter without waiting for it: it may be dead before it listens.
func (r *sealedRig) begin() {
	r.adapter = r.build()
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan error, 1)
	a, ended := r.adapter, r.ended
	go func() { ended <- a.Run(ctx, r.in) }()
}

// restart stops the adapter and starts a fresh one, with what was kept.
func (r *sealedRig) restart() {
	r.t.Helper()
	r.stop()
	r.silent()
	r.start()
}

// silent waits until the server has seen that the adapter is gone.
func (r *sealedRig) silent() {
	r.t.Helper()
	r.eventually(func() bool { return r.server.Syncs(r.server.BotID()) == 0 })
}

func (r *sealedRig) eventually(ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(r.patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("waited in vain")
		}
	}
}

func TestWhatIsSaidWhileTheBotIsAwayIsRead(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	first, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("soup")})
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	for i := range 5 {
		if i == 2 {
			r.world.NewKey(ana, room)
		}
		r.say(ana, room, fmt.Sprintf("away %d", i))
	}
	r.silent()
	r.start()
	r.heard("away 4")
	if got := r.told(); len(got) != 6 {
		t.Errorf("told %q", got)
	}
	_, err = r.do(chat.Edit{To: in(room), As: guest(), Target: chat.Target{Refs: first.Refs}, Text: chat.Plain("stew")})
	if err != nil {
		t.Fatal(err)
	}
	if shown := r.shownByUs(room); len(shown) != 1 || !strings.HasSuffix(shown[0], "stew") {
		t.Errorf("Ana sees %q", shown)
	}
	if err := errOf(r.do(chat.Delete{To: in(room), Target: chat.Target{Refs: first.Refs}})); err != nil {
		t.Fatal(err)
	}
	if shown := r.shownByUs(room); len(shown) != 0 {
		t.Errorf("Ana still sees %q", shown)
	}
	if twice := r.reused(); len(twice) > 0 {
		t.Errorf("places in keys were used twice: %q", twice)
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestFileOfAnEncryptedRoomIsEditedAfterARestart(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	garden := r.world.NewGroup("Garden", ana)
	r.start()
	if _, err := r.world.Say(ana, garden, world.Say{Media: []world.Media{{Kind: chat.File, Name: "list.txt", MIME: "text/plain", Bytes: []byte("eggs")}}}); err != nil {
		t.Fatal(err)
	}
	_, p := first(r.rig, func(_ chat.Event, p chat.Posted) bool { return len(p.Parts) == 1 && p.Parts[0].Media.Key != "" })
	r.open = func(ctx context.Context, m chat.Media, limit int64) (io.ReadCloser, error) {
		return r.adapter.Open(ctx, m, limit)
	}
	r.restart()
	got, err := r.do(chat.Send{To: in(room), As: guest(), Parts: p.Parts, Text: chat.Plain("shopping")})
	if err != nil {
		t.Fatal(err)
	}
	r.restart()
	_, err = r.do(chat.Edit{To: in(room), As: guest(), Target: chat.Target{Refs: got.Refs}, Parts: p.Parts, Text: chat.Plain("for the party")})
	if err != nil {
		t.Fatal(err)
	}
	m := r.world.Messages(room)
	last := m[len(m)-1]
	if len(last.Media) != 1 || string(last.Media[0].Bytes) != "eggs" || !strings.Contains(last.Text.Plain, "for the party") {
		t.Errorf("Ana sees %+v", last)
	}
}

func TestDeviceThatWasSignedOutIsReplaced(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	r.server.DropDevice(r.server.BotID(), "POTLUCK")
	r.eventually(func() bool {
		return len(r.server.Devices(r.server.BotID())) > 1 && r.server.Syncs(r.server.BotID()) > 0
	})
	r.say(ana, room, "who are you?")
	r.heard("who are you?")
	if _, err := r.do(chat.Send{To: in(room), Text: chat.Plain("the same")}); err != nil {
		t.Fatal(err)
	}
	if shown := r.shownByUs(room); len(shown) != 1 || shown[0] != "the same" {
		t.Errorf("Ana sees %q", shown)
	}
}

func TestLostKeysAreBegunAnewInTheNameOfTheSameAccount(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	r.say(ana, room, "hello")
	r.heard("hello")
	master := r.server.Master(r.server.BotID())
	file := filepath.Join(r.dir, "matrix-recovery-key.txt")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the recovery key's file is %v, %v", info, err)
	}
	r.stop()
	r.silent()
	place := r.drawer.place
	r.drawer = newDrawer()
	r.drawer.place = place
	r.start()
	r.say(ana, room, "do I know you?")
	r.heard("do I know you?")
	if r.server.Master(r.server.BotID()) != master {
		t.Error("the account has other keys now")
	}
	var ours []string
	for _, d := range r.server.Devices(r.server.BotID()) {
		if strings.HasPrefix(d, "POTLUCK") {
			ours = append(ours, d)
		}
	}
	if len(ours) != 1 || ours[0] == "POTLUCK" {
		t.Fatalf("the bot has the devices %q", ours)
	}
	if !r.server.CrossSigned(r.server.BotID(), ours[0]) {
		t.Error("the new device is not signed")
	}
}
