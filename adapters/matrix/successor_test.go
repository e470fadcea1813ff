package matrix_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// What was decided before the house heard that a room goes on as another is said in the other: by a ghost, which may not
// write in the old one any more, and by a bot, which may.
func TestAMessageFollowsAReplacedRoom(t *testing.T) {
	for name, ghosts := range map[string]bool{"a ghost": true, "the bot": false} {
		t.Run(name, func(t *testing.T) { followRoom(t, ghosts) })
	}
}

func followRoom(t *testing.T, ghosts bool) {
	r := newRig(t, matrixtest.Options{AppService: ghosts}).start()
	ana := r.world.NewPerson("Ana")
	old := r.world.NewGroup("kitchen", ana)
	r.settled(ana, old)
	sent, err := r.do(chat.Send{To: in(old), As: guest(), Text: chat.Plain("I come")})
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.world.Upgrade(old)
	if err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(next) })
	receipt, err := r.do(chat.Send{To: in(old), As: guest(), Text: chat.Plain("with bread")})
	if err != nil {
		t.Fatal(err)
	}
	if len(receipt.Refs) != 1 || receipt.Refs[0].Chat != in(next) {
		t.Errorf("it stands at %v, want one message in %s", receipt.Refs, next)
	}
	var refused *adapters.RefusedError
	_, err = r.do(chat.Edit{To: in(old), As: guest(), Target: chat.Target{Refs: sent.Refs}, Text: chat.Plain("I come late")})
	if ghosts != errors.As(err, &refused) {
		t.Errorf("an edit in the old room: %v, want that it is refused: %v", err, ghosts)
	}
}

// What was said in the old room before it was replaced is not said again in the new one, though nobody has told us that
// it was; and what was said in part in the new one goes on there.
func TestAMessageThatFollowsIsSaidOnce(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	old := r.world.NewGroup("kitchen", ana)
	if _, err := r.do(chat.Send{To: in(old), As: guest(), Text: chat.Plain("I come")}); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, old)
	d := r.dispatch(chat.Send{To: in(old), As: guest(), Text: chat.Plain("with bread")})
	r.server.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/", DropAfter: true})
	var retry *adapters.RetryError
	if _, err := r.adapter.Do(t.Context(), d); !errors.As(err, &retry) {
		t.Fatalf("an answer that is lost: %v", err)
	}
	next, err := r.world.Upgrade(old)
	if err != nil {
		t.Fatal(err)
	}
	first(r, func(e chat.Event, _ chat.Arrived) bool { return e.Chat == in(next) })
	receipt, err := r.adapter.Do(t.Context(), d)
	if err != nil || len(receipt.Refs) != 1 || receipt.Refs[0].Chat != in(old) {
		t.Errorf("it stands at %v, %v, want where it was said", receipt.Refs, err)
	}
	if n := len(r.shownByUs(next)); n != 0 {
		t.Errorf("the new room shows %d messages of ours", n)
	}

	long := r.dispatch(chat.Send{To: in(old), As: guest(), Text: chat.Plain(strings.Repeat("bread and soup ", 4000))})
	r.server.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/", Meanwhile: func() {}}) // the first part
	r.server.Fault(matrixtest.Fault{Method: "PUT", Path: "/send/", Status: 502})
	if _, err := r.adapter.Do(t.Context(), long); !errors.As(err, &retry) {
		t.Fatalf("a second part that fails: %v", err)
	}
	receipt, err = r.adapter.Do(t.Context(), long)
	if err != nil || len(receipt.Refs) < 2 || receipt.Refs[0].Chat != in(next) || receipt.Refs[1].Chat != in(next) {
		t.Errorf("its parts stand at %v, %v, want all in the new room", receipt.Refs, err)
	}
}

// Until the bot is let into the new room, a message waits for it, but not for ever.
func TestAMessageWaitsForTheNewRoom(t *testing.T) {
	r := newRig(t, matrixtest.Options{AppService: true}).start()
	ana := r.world.NewPerson("Ana")
	old := r.world.NewGroup("kitchen", ana)
	r.settled(ana, old)
	if _, err := r.do(chat.Send{To: in(old), As: guest(), Text: chat.Plain("I come")}); err != nil {
		t.Fatal(err)
	}
	r.settled(ana, old) // the adapter has heard that the ghost is in
	r.server.Fault(matrixtest.Fault{Method: "POST", Path: "/join", Times: 1000, Status: 403, ErrCode: "M_FORBIDDEN"})
	if _, err := r.world.Upgrade(old); err != nil {
		t.Fatal(err)
	}
	d := r.dispatch(chat.Send{To: in(old), As: guest(), Text: chat.Plain("with bread")})
	d.At = time.Now()
	var retry *adapters.RetryError
	if receipt, err := r.adapter.Do(context.Background(), d); !errors.As(err, &retry) {
		t.Errorf("a message of now: %+v, %v, want to wait; the old room is %s", receipt, err, old)
	}
	d = r.dispatch(chat.Send{To: in(old), As: guest(), Text: chat.Plain("with soup")})
	d.At = time.Now().Add(-time.Hour)
	var refused *adapters.RefusedError
	if _, err := r.adapter.Do(context.Background(), d); !errors.As(err, &refused) || refused.Why != chat.Forbidden {
		t.Errorf("a message of an hour ago: %v, want forbidden", err)
	}
}
