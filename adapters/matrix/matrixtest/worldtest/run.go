// Package worldtest checks that a World shows what its people do: on our own server and on a real one
// alike, which is what makes the first an honest stand-in for the second. It knows no adapter.
package worldtest

import (
	"slices"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Run fails unless the World shows all that its people do.
func Run(t *testing.T, w world.World) {
	ana, ben, eve := w.NewPerson("Ana"), w.NewPerson("Ben"), w.NewPerson("Eve")
	group := w.NewGroup("kitchen", ana, ben)
	changed, stop := w.Changes()
	defer stop()

	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	post := func(who string, s world.Say) string {
		t.Helper()
		id, err := w.Say(who, group, s)
		must("say", err)
		return id
	}
	first := post(ana, world.Say{Text: chat.Plain("bread at six")})
	answer := post(ben, world.Say{Text: chat.Styled(chat.Bold, "yes", ""), ReplyTo: first})
	picture := post(ana, world.Say{Text: chat.Plain("look"), Media: []world.Media{
		{Kind: chat.Photo, Name: "bread.jpg", MIME: "image/jpeg", Bytes: []byte("crumbs")},
	}})
	gone := post(ben, world.Say{Text: chat.Plain("oops")})
	must("edit", w.Edit(ana, group, first, chat.Plain("bread at seven")))
	must("react", w.React(ben, group, first, "👍", true))
	must("react", w.React(ben, group, first, "🎉", true))
	must("take back", w.React(ben, group, first, "🎉", false))
	must("delete", w.Delete(ben, group, gone))
	w.Rename(ben, "Benno")
	if err := w.Delete(ben, group, answer+"x"); err == nil {
		t.Error("something that does not exist was deleted")
	}
	if _, err := w.Say(eve, group, world.Say{Text: chat.Plain("let me in")}); err == nil {
		t.Error("a stranger could post")
	}
	must("join", w.Join(eve, group))
	must("leave", w.Leave(ben, group))

	eventually(t, changed, func() bool {
		return slices.Equal(w.Members(group), []string{ana, eve}) && find(w.Messages(group), gone).Deleted
	})
	shown := w.Messages(group)
	m := find(shown, first)
	if m.Text.Plain != "bread at seven" || !m.Edited || m.Name != "Ana" || m.Author != ana || m.FromBot {
		t.Errorf("edited message: %+v", m)
	}
	if len(m.Reactions) != 1 || !slices.Equal(m.Reactions["👍"], []string{"Benno"}) {
		t.Errorf("reactions: %v", m.Reactions)
	}
	if m := find(shown, answer); m.ReplyTo != first || m.Name != "Benno" || len(m.Text.Spans) != 1 {
		t.Errorf("answer: %+v", m)
	}
	if m := find(shown, picture); m.Text.Plain != "look" || len(m.Media) != 1 || string(m.Media[0].Bytes) != "crumbs" {
		t.Errorf("picture: %+v", m)
	}
	private := w.Private(ana)
	if private == "" || private == group || w.Private(ana) != private {
		t.Error("the private room is not one room")
	}
	garden := w.NewGroup("garden", ben, eve)
	eventually(t, changed, func() bool {
		var ids, titles []string
		for _, g := range w.Groups() {
			if g.ID == group || g.ID == garden || g.ID == private || len(g.Invited) > 0 {
				ids, titles = append(ids, g.ID), append(titles, g.Title)
			}
		}
		return slices.Equal(ids, []string{group, garden}) && slices.Equal(titles, []string{"kitchen", "garden"})
	})
}

// Door fails unless the World shows who knocks, what stands on top of a room, who may write, and what was chosen.
func Door(t *testing.T, w world.World) {
	ana, ben, eve := w.NewPerson("Ana"), w.NewPerson("Ben"), w.NewPerson("Eve")
	group := w.NewGroup("kitchen", ana, ben)
	changed, stop := w.Changes()
	defer stop()
	if err := w.Knock(eve, group, "I bring bread"); err != nil {
		t.Fatalf("knock: %v", err)
	}
	eventually(t, changed, func() bool { return slices.Equal(w.Waiting(group), []string{eve}) })
	if err := w.Knock(ben, group, ""); err == nil {
		t.Error("who is in can knock")
	}
	if r := w.Rights(eve, group); r.In || r.MayWrite || r.Banned {
		t.Errorf("who knocks has %+v", r)
	}
	if r := w.Rights(ben, group); !r.In || !r.MayWrite || r.Banned || r.Raw == "" {
		t.Errorf("who is in has %+v", r)
	}
	if a, b := w.Rights(ana, group).Raw, w.Rights(ben, group).Raw; a == b {
		t.Errorf("owner and guest both have %q", a)
	}
	if err := w.Leave(eve, group); err != nil {
		t.Fatalf("go away from the door: %v", err)
	}
	eventually(t, changed, func() bool { return len(w.Waiting(group)) == 0 })
	id, err := w.Say(ana, group, world.Say{Text: chat.Plain("1 yes 2 no")})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second tap is as good as the first
		if err := w.Press(ben, group, id, 1); err != nil {
			t.Fatalf("press: %v", err)
		}
	}
	eventually(t, changed, func() bool {
		got := find(w.Messages(group), id).Reactions
		return len(got) == 1 && slices.Equal(got[chat.Keycap(1)], []string{"Ben"})
	})
	if got := w.Pinned(group); len(got) != 0 {
		t.Errorf("on top of a new room stand %v", got)
	}
}

func find(all []world.Shown, id string) world.Shown {
	for _, m := range all {
		if m.ID == id {
			return m
		}
	}
	return world.Shown{}
}

// eventually waits for changes until ok.
func eventually(t *testing.T, changed <-chan struct{}, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-changed:
		case <-deadline:
			t.Fatal("it did not come to pass in time")
		}
	}
}
