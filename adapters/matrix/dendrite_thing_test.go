//go:build dendrite

package matrix_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// TestDendriteThings plays on the real homeserver what our own was made for.
func TestDendriteThings(t *testing.T) {
	for _, c := range []struct {
		name   string
		ghosts bool
		play   func(*rig)
	}{
		{"votes are redacted", false, redactVotes},
		{"polls are edited", true, editPolls},
		{"edits are redacted", false, redactEdits},
		{"threads", true, answerInThreads},
		{"a room is replaced", false, replaceRoom},
		{"ghosts have pictures", true, paintGhosts},
		{"pins and names change", false, changeRoom},
	} {
		t.Run(c.name, func(t *testing.T) { c.play(startDendrite(t).rig(t, c.ghosts)) })
	}
}

// changeRoom changes what stands above a room.
func changeRoom(r *rig) {
	ana, ben := r.world.NewPerson("Ana"), r.world.NewPerson("Ben")
	group := r.world.NewGroup("kitchen", ana, ben)
	one, two := r.say(ana, group, "one"), r.say(ana, group, "two")
	r.settled(ana, group)
	for _, p := range []struct {
		id string
		on bool
	}{{one, true}, {two, true}, {one, false}} {
		if err := r.world.SetPinned(ana, group, p.id, p.on); err != nil {
			r.t.Fatal(err)
		}
	}
	r.asks(ana, group, chat.Part{Kind: chat.Title, Line: "the big kitchen"})
	r.asks(ana, group, chat.Part{Kind: chat.Title, Line: "the big kitchen"})
	events := r.settled(ana, group)
	var got []chat.Pinned
	for _, e := range events {
		if p, ok := e.Body.(chat.Pinned); ok {
			got = append(got, p)
		}
	}
	ref := func(id string) chat.Ref { return chat.Ref{Chat: in(group), ID: id} }
	if diff := cmp.Diff([]chat.Pinned{{Ref: ref(one), On: true}, {Ref: ref(two), On: true}, {Ref: ref(one)}}, got); diff != "" {
		r.t.Errorf("pins (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Ana [title · the big kitchen]"}, parts(events, group)); diff != "" {
		r.t.Errorf("changes (-want +got):\n%s", diff)
	}
}
