package matrix_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// album is another platform's pictures of people.
type album struct {
	mu       sync.Mutex // guards all below
	pictures map[chat.Identity][]byte
	err      error
	opened   int
}

func (a *album) open(_ context.Context, m chat.Media, _ int64) (io.ReadCloser, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opened++
	who, ok := chat.PortraitOf(m)
	b, has := a.pictures[who]
	switch {
	case a.err != nil:
		return nil, a.err
	case !ok || !has:
		return nil, adapters.Refused(chat.NotFound, errors.New("no picture"))
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (a *album) set(who chat.Identity, b []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pictures[who], a.err = b, err
	if b == nil {
		delete(a.pictures, who)
	}
}

func (a *album) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.opened
}

// speaks sends something for a person and waits until his ghost's picture is as wanted.
func (r *rig) speaks(group string, as chat.Person, ghost string, wanted func(uri string) bool) string {
	r.t.Helper()
	if _, err := r.do(chat.Send{To: in(group), As: &as, Text: chat.Plain("hello")}); err != nil {
		r.t.Fatal(err)
	}
	changed, stop := r.world.Changes()
	defer stop()
	for deadline := time.After(r.patience); ; {
		if uri := r.world.Portrait(ghost); wanted(uri) {
			return uri
		}
		select {
		case <-changed:
		case <-deadline:
			r.t.Fatalf("the ghost's picture is %q", r.world.Portrait(ghost))
		}
	}
}

func TestGhostsHaveThePicturesOfTheirPeople(t *testing.T) {
	paintGhosts(newRig(t, matrixtest.Options{AppService: true}).start())
}

func paintGhosts(r *rig) {
	t := r.t
	t.Helper()
	const png = "\x89PNG\r\n\x1a\n"
	pictures := &album{pictures: map[chat.Identity][]byte{}}
	gita, dora := *guest(), chat.Person{Identity: chat.Identity{Platform: chat.Signal, ID: "d0"}, Name: "Dora"}
	pictures.set(gita.Identity, []byte(png+"one"), nil)
	pictures.set(dora.Identity, []byte(png+"one"), nil)
	r.stop()
	r.withFiles(pictures.open)
	r.start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	gitas, doras := "@potluck_telegram_52100473:localhost", "@potluck_signal_d0:localhost"
	isSome := func(uri string) bool { return uri != "" }
	one := r.speaks(group, gita, gitas, isSome)
	if got := r.speaks(group, dora, doras, isSome); got != one {
		t.Errorf("the same picture lies at %q and %q", one, got)
	}
	before := pictures.count()
	r.stop()
	r.start() // what a ghost has is known to the server
	r.speaks(group, gita, gitas, func(uri string) bool { return uri == one })
	pictures.set(gita.Identity, []byte(png+"two"), nil)
	gita.Name = "Gita G."
	two := r.speaks(group, gita, gitas, func(uri string) bool { return uri != one && uri != "" })
	if n := pictures.count() - before; n != 1 {
		t.Errorf("her pictures were opened %d times, want once: for her new name", n)
	}
	pictures.set(gita.Identity, nil, adapters.Retry(0, errors.New("not now")))
	gita.Name = "Gita H."
	r.speaks(group, gita, gitas, func(uri string) bool { return uri == two })
	pictures.set(gita.Identity, nil, nil)
	gita.Name = "Gita I."
	r.speaks(group, gita, gitas, func(uri string) bool { return uri == "" })
	pictures.set(gita.Identity, []byte("<html>no picture</html>"), nil)
	gita.Name = "Gita J."
	r.speaks(group, gita, gitas, func(uri string) bool { return uri == "" })
}

func TestPortraitsOfPeopleOfMatrixOpen(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	want := []byte("\x89PNG\r\n\x1a\nana")
	if err := r.world.SetPortrait(ana, want); err != nil {
		t.Fatal(err)
	}
	open := func(id string) ([]byte, error) {
		f, err := r.adapter.Open(context.Background(), chat.Portrait(chat.Identity{Platform: chat.Matrix, ID: id}), 1<<20)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(f)
		return b, errors.Join(err, f.Close())
	}
	if got, err := open(ana); err != nil || !bytes.Equal(got, want) {
		t.Errorf("open: %q, %v", got, err)
	}
	for _, who := range []string{ben, r.server.BotID(), "@nobody:localhost", "nobody"} {
		_, err := open(who)
		refusedFor(t, err, chat.NotFound)
	}
}
