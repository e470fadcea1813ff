//go:build goolm

package matrix_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// drawer is a cursor that keeps keys, too: what it holds is what a disk would.
type drawer struct {
	cursor
	mu     sync.Mutex // guards what follows
	all    map[string][]byte
	mortal bool // it dies after so many changes more
	left   int
	stuck  bool // the place in /sync cannot be saved
	tries  int  // to save it while stuck
}

var errStuck = errors.New("the place cannot be saved")

// Save fails while the drawer is stuck.
func (d *drawer) Save(place string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stuck {
		d.tries++
		return errStuck
	}
	return d.cursor.Save(place)
}

// stick makes saving the place fail, or not any more.
func (d *drawer) stick(stuck bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stuck = stuck
}

// triedToSave returns how often the place was not saved.
func (d *drawer) triedToSave() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tries
}

var (
	_ adapters.Vaulted = (*drawer)(nil)
	_ adapters.Vault   = (*drawer)(nil)
)

func newDrawer() *drawer { return &drawer{all: map[string][]byte{}} }

func (d *drawer) Vault() adapters.Vault { return d }

func (d *drawer) Get(key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.all[key]), nil
}

func (d *drawer) Scan(prefix string, fn func(string, []byte) bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(d.all)) {
		if strings.HasPrefix(k, prefix) && !fn(k, d.all[k]) {
			return nil
		}
	}
	return nil
}

func (d *drawer) Put(changes map[string][]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mortal {
		if d.left--; d.left < 0 {
			return errDead
		}
	}
	for k, v := range changes {
		if v == nil {
			delete(d.all, k)
			continue
		}
		d.all[k] = slices.Clone(v)
	}
	return nil
}

// sealedRig is a rig whose people talk in encrypted rooms.
type sealedRig struct {
	*rig
	drawer *drawer
	dir    string
	wait   time.Duration // for keys
	open   adapters.Opener
}

func newSealedRig(t *testing.T, o matrixtest.Options) *sealedRig {
	t.Helper()
	return sealRig(t, newRig(t, o))
}

// sealRig gives a rig's adapter a place for keys, and encrypts what its people say.
func sealRig(t *testing.T, on *rig) *sealedRig {
	t.Helper()
	r := &sealedRig{rig: on, drawer: newDrawer(), dir: t.TempDir(), open: noFiles}
	r.world.Encrypt()
	r.build = func() *matrix.Adapter {
		a, err := matrix.New(r.config, matrix.Options{
			Open: r.open, Cursor: r.drawer, Log: logger(), Dir: r.dir, KeyWait: r.wait,
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	return r
}

// heard waits for a message with a text and returns its event.
func (r *sealedRig) heard(text string) chat.Event {
	r.t.Helper()
	e, _ := first(r.rig, func(_ chat.Event, p chat.Posted) bool { return p.Text.Plain == text })
	return e
}

func TestEncryptedTalkBothWays(t *testing.T) {
	for name, o := range map[string]matrixtest.Options{
		"as one bot": {}, "with an application service": {AppService: true},
		"with a service that makes its devices": {AppService: true, ServiceDevices: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSealedRig(t, o)
			ana := r.world.NewPerson("Ana")
			room := r.world.NewGroup("Kitchen", ana)
			r.start()
			r.say(ana, room, "bread at six")
			r.heard("bread at six")

			got, err := r.do(chat.Send{To: in(room), As: guest(), Text: chat.Plain("and soup")})
			if err != nil {
				t.Fatal(err)
			}
			if shown := r.shownByUs(room); len(shown) != 1 || !strings.HasSuffix(shown[0], "and soup") {
				t.Errorf("Ana sees %q", shown)
			}
			if kind := r.server.Kind(got.Refs[0].ID); kind != "m.room.encrypted" {
				t.Errorf("the server has seen a %s", kind)
			}
			_, err = r.world.Say(ana, room, world.Say{Text: chat.Plain("good"), ReplyTo: got.Refs[0].ID})
			if err != nil {
				t.Fatal(err)
			}
			_, p := first(r.rig, func(_ chat.Event, p chat.Posted) bool { return p.Text.Plain == "good" })
			if p.Reply == nil || p.Reply.Ref != got.Refs[0] {
				t.Errorf("the answer is to %+v", p.Reply)
			}
		})
	}
}

func TestBotIsSignedByItsAccount(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	r.start()
	if !r.server.CrossSigned(r.server.BotID(), "POTLUCK") {
		t.Error("the bot's device is not signed")
	}
	if n := r.server.KeysLeft(r.server.BotID(), "POTLUCK"); n < 50 {
		t.Errorf("only %d one-time keys are on the server", n)
	}
}

// count returns how many keys of a kind are kept.
func (d *drawer) count(kind string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k := range d.all {
		if strings.HasPrefix(k, "keys\x00"+kind+"\x00") {
			n++
		}
	}
	return n
}

// What is said at a small table beside an encrypted room no server reads either.
func TestARoomBesideAnEncryptedOneIsEncrypted(t *testing.T) {
	r := newSealedRig(t, matrixtest.Options{})
	ana := r.world.NewPerson("Ana")
	room := r.world.NewGroup("Kitchen", ana)
	r.start()
	got, err := r.do(chat.Open{Beside: in(room), Title: "Small", Who: []chat.Identity{{Platform: chat.Matrix, ID: ana}}, Mark: "m"})
	if err != nil {
		t.Fatal(err)
	}
	if state := string(r.server.State(got.Made.ID, "m.room.encryption", "")); !strings.Contains(state, "megolm") {
		t.Errorf("the new room's encryption is %q", state)
	}
	sent, err := r.do(chat.Send{To: got.Made, Text: chat.Plain("welcome")})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.world.Join(ana, got.Made.ID); err != nil {
		t.Fatal(err)
	}
	if !r.world.CanOpen(ana, got.Made.ID, sent.Refs[0].ID) {
		t.Error("who was asked in cannot read what was said before she came")
	}
}
