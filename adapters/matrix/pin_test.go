package matrix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func one(room, id string) chat.Target {
	return chat.Target{Refs: []chat.Ref{{Chat: in(room), ID: id}}}
}

func TestPinsOfOthersStay(t *testing.T) {
	for name, o := range kinds() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, o).start()
			ana := r.world.NewPerson("Ana")
			group := r.world.NewGroup("kitchen", ana)
			a, b, c := r.say(ana, group, "a"), r.say(ana, group, "b"), r.say(ana, group, "c")
			pinned := func(want ...string) {
				t.Helper()
				if got := r.world.Pinned(group); !slices.Equal(got, want) {
					t.Errorf("pinned are %v, want %v", got, want)
				}
			}
			pin := func(id string) {
				if err := r.world.SetPinned(ana, group, id, true); err != nil {
					t.Error(err)
				}
			}
			pin(a)
			sent := r.must(chat.Send{To: in(group), Text: chat.Plain(strings.Repeat("a long text. ", 2000))})
			long := chat.Target{Refs: sent.Refs}
			r.must(chat.Pin{To: in(group), Target: long})
			pinned(a, sent.Refs[0].ID)
			r.must(chat.Pin{To: in(group), Target: long})
			pinned(a, sent.Refs[0].ID)
			r.server.Fault(matrixtest.Fault{Method: "GET", Path: "/state/m.room.pinned_events", Meanwhile: func() { pin(b) }})
			r.must(chat.Pin{To: in(group), Target: one(group, c)})
			pinned(a, sent.Refs[0].ID, b, c)
			r.must(chat.Unpin{To: in(group), Target: long})
			r.must(chat.Unpin{To: in(group), Target: long})
			pinned(a, b, c)
			r.must(chat.Delete{To: in(group), Target: one(group, c)})
			r.must(chat.Unpin{To: in(group), Target: one(group, c)})
			pinned(a, b)
			_, err := r.do(chat.Pin{To: in(group), Target: one(group, c)})
			refusedFor(t, err, chat.NotFound)
			_, err = r.do(chat.Pin{To: in(group), Target: one(group, "$nothing")})
			refusedFor(t, err, chat.NotFound)
			r.demote(group, 10)
			_, err = r.do(chat.Pin{To: in(group), Target: long})
			refusedFor(t, err, chat.Forbidden)
			_, err = r.do(chat.Delete{To: in(group), Target: one(group, a)})
			refusedFor(t, err, chat.Forbidden)
		})
	}
}

func TestWhatIsNoPinStays(t *testing.T) {
	r := newRig(t, matrixtest.Options{}).start()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	a := r.say(ana, group, "a")
	r.inject(group, `{"type":"m.room.pinned_events","state_key":"","content":{"pinned":[7,{"a":1},"$x"],"mood":"fine"}}`)
	r.must(chat.Pin{To: in(group), Target: one(group, a)})
	if got, want := string(r.server.State(group, "m.room.pinned_events", "")), `{"mood":"fine","pinned":[7,{"a":1},"$x","`+a+`"]}`; got != want {
		t.Errorf("the pins are %s, want %s", got, want)
	}
}
