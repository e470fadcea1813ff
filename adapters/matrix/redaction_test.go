package matrix_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func TestARedactedEditGivesBackWhatWasSaidBefore(t *testing.T) {
	redactEdits(newRig(t, matrixtest.Options{}).start())
}

func redactEdits(r *rig) {
	t := r.t
	t.Helper()
	ana := r.world.NewPerson("Ana")
	group := r.world.NewGroup("kitchen", ana)
	id := r.say(ana, group, "bread at six")
	var edits []string
	for _, text := range []string{"bread at seven", "bread at eight"} {
		if err := r.world.Edit(ana, group, id, chat.Plain(text)); err != nil {
			t.Fatal(err)
		}
		e, _ := first(r, func(_ chat.Event, b chat.Edited) bool { return b.Text.Plain == text })
		edits = append(edits, string(e.ID)[len("matrix:"):])
	}
	for _, edit := range []string{edits[1], edits[0]} {
		if err := r.world.Delete(ana, group, edit); err != nil {
			t.Fatal(err)
		}
		r.settled(ana, group)
	}
	if err := r.world.Delete(ana, group, id); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.settled(ana, group) {
		switch b := e.Body.(type) {
		case chat.Edited:
			got = append(got, b.Text.Plain)
		case chat.Deleted:
			got = append(got, "deleted "+b.Ref.ID)
		}
	}
	want := []string{"bread at seven", "bread at eight", "bread at seven", "bread at six", "deleted " + id}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
