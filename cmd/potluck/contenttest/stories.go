package contenttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// Stories proves what happens to messages after they were sent, on all three messengers at once.
func Stories(t *testing.T, start Start) {
	b := lay(t, start)
	r := b.open(t, "Kitchen", nil)
	t.Run("reactions are counted in a line", r.tally(t)) // begins now, and is looked at when all else is done
	for _, from := range platforms() {
		t.Run("album from "+string(from), func(t *testing.T) { r.albumLives(t, from) })
		t.Run("poll from "+string(from), func(t *testing.T) { r.pollOfAll(t, from) })
		t.Run("moderator deletes what is from "+string(from), func(t *testing.T) { r.deletedByModerator(t, from) })
		t.Run("pin from "+string(from), func(t *testing.T) { r.pinnedAndNot(t, from) })
		t.Run("delete overtakes from "+string(from), func(t *testing.T) { r.deletedAtOnce(t, from) })
	}
	t.Run("edited to a dot", r.dot)
	t.Run("topics", b.topics)
}

// each looks at every messenger but one until all are as they should be.
func (r *room) each(t *testing.T, but chat.Platform, what string, look func(p chat.Platform) error) {
	t.Helper()
	for _, p := range platforms() {
		if p == but {
			continue
		}
		if err := r.until(func() error { return look(p) }); err != nil {
			t.Errorf("%s, on %s: %v", what, p, err)
		}
	}
}

// isGone wants a message not to be seen any more.
func (r *room) isGone(p chat.Platform, id string) error {
	if m, err := r.byID(p, id); err == nil && !m.Deleted {
		return fmt.Errorf("%q is still there", m.Text.Plain)
	}
	return nil
}

// albumLives sends an album, edits its words and takes it away.
func (r *room) albumLives(t *testing.T, from chat.Platform) {
	a := r.act("album", from)
	if err := album(t, a); err != nil {
		t.Fatal(err)
	}
	r.each(t, from, "three photos in order, the words once", func(p chat.Platform) error { return inOrder(a, p) })
	a.words = r.word()
	if err := a.change(chat.Plain(a.words)); err != nil {
		t.Fatal(err)
	}
	r.each(t, from, "the same photos with other words", func(p chat.Platform) error { return inOrder(a, p) })
	if from == chat.Telegram { // its bot learns of no deletion
		if _, err := r.say(from, 1, world.Say{Text: chat.Plain("/del"), ReplyTo: a.id}); err != nil {
			t.Fatal(err)
		}
	} else if err := a.deleteAll(); err != nil {
		t.Fatal(err)
	}
	r.each(t, from, "no photo", func(p chat.Platform) error { return a.noPhotos(p) })
}

// deleteAll deletes each message of the album, as its author has to where every photo is one.
func (a *act) deleteAll() error {
	w, group := a.worlds[a.from], a.groups[a.from]
	for _, m := range w.Messages(group) {
		mine := slices.ContainsFunc(m.Media, func(f world.Media) bool { return bytes.Equal(f.Bytes, a.files[0].Bytes) })
		if later := m.Author == a.people[a.from][1] && len(m.Media) == 1 && !a.before[a.from][m.ID]; mine || later {
			if err := w.Delete(a.people[a.from][1], group, m.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// noPhotos wants none of the files to be seen.
func (a *act) noPhotos(p chat.Platform) error {
	for _, m := range a.fresh(p) {
		for _, f := range m.Media {
			if slices.ContainsFunc(a.files, func(g world.Media) bool { return bytes.Equal(f.Bytes, g.Bytes) }) {
				return fmt.Errorf("%q still shows a photo; new are\n%s", m.ID, describe(a.fresh(p)))
			}
		}
	}
	return nil
}

// pollOfAll lets somebody on each messenger vote in one poll. On Telegram it is the bot's copy that is voted in.
func (r *room) pollOfAll(t *testing.T, from chat.Platform) {
	a := r.act("poll", from)
	id, err := a.say(from, 0, world.Say{Thing: thing("poll", a.words)})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range platforms() {
		in := id
		if p != from || p == chat.Telegram {
			err := a.until(func() error {
				m, _, err := a.shownThing(p, chat.Poll)
				in = m.ID
				return err
			})
			if err != nil {
				t.Fatalf("on %s: %v", p, err)
			}
		}
		a.copies[p] = in
		if err := a.worlds[p].CastVote(a.people[p][1], a.groups[p], in, min(i, 1)); err != nil {
			t.Fatalf("vote on %s: %v", p, err)
		}
	}
	names := []string{a.name(chat.Telegram, 1), a.name(chat.Signal, 1), a.name(chat.Matrix, 1)}
	if err := a.until(func() error { return a.votes(chat.Matrix, names[:1], names[1:]) }); err != nil {
		t.Errorf("on matrix: %v", err)
	}
	if from == chat.Telegram {
		_, err = a.say(from, 0, world.Say{Text: chat.Plain("/poll close"), ReplyTo: a.copies[from]})
	} else {
		err = a.worlds[from].EndPoll(a.people[from][0], a.groups[from], id)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.each(t, "", "the result of all", func(p chat.Platform) error {
		for _, m := range a.fresh(p) {
			if strings.Contains(m.Text.Plain, " 1 · at six\n") && strings.Contains(m.Text.Plain, " 2 · at seven\n") && strings.Contains(m.Text.Plain, "over") {
				return a.closed(p)
			}
		}
		return fmt.Errorf("new are\n%s", describe(a.fresh(p)))
	})
}

// votes wants these people to have chosen the first and the second option.
func (a *act) votes(p chat.Platform, choices ...[]string) error {
	m, err := a.copied(p)
	if err != nil {
		return err
	}
	for option, want := range choices {
		if len(m.Votes[option]) != len(want) {
			return fmt.Errorf("the votes are %v", m.Votes)
		}
		for _, name := range want {
			if !slices.ContainsFunc(m.Votes[option], func(n string) bool { return strings.Contains(n, name) }) {
				return fmt.Errorf("the votes are %v, without that of %s", m.Votes, name)
			}
		}
	}
	return nil
}

// closed wants the poll not to take votes any more.
func (a *act) closed(p chat.Platform) error {
	m, err := a.copied(p)
	if err != nil {
		return err
	}
	for _, part := range m.Things {
		if part.Poll != nil && !part.Poll.Closed {
			return errors.New("the poll is still open")
		}
	}
	return nil
}

// deletedByModerator lets a moderator of another messenger answer the copy with /del: the original goes, too.
func (r *room) deletedByModerator(t *testing.T, from chat.Platform) {
	a := r.act("delete", from)
	if _, err := first(t, a); err != nil {
		t.Fatal(err)
	}
	by := chat.Signal
	if from == by {
		by = chat.Matrix
	}
	if _, err := r.say(by, 0, world.Say{Text: chat.Plain("!del"), ReplyTo: a.copies[by]}); err != nil {
		t.Fatal(err)
	}
	a.copies[from] = a.id
	r.each(t, "", "gone", func(p chat.Platform) error { return r.isGone(p, a.copies[p]) })
}

// pinnedAndNot pins a message and takes it down again.
func (r *room) pinnedAndNot(t *testing.T, from chat.Platform) {
	a := r.act("pin", from)
	if _, err := first(t, a); err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{true, false} {
		if !on && from == chat.Telegram {
			return // its bot does not learn what is unpinned
		}
		if err := a.worlds[from].SetPinned(a.people[from][0], a.groups[from], a.id, on); err != nil {
			t.Fatal(err)
		}
		r.each(t, from, fmt.Sprintf("pinned: %v", on), func(p chat.Platform) error {
			if pins := a.worlds[p].Pinned(a.groups[p]); slices.Contains(pins, a.copies[p]) != on {
				return fmt.Errorf("pinned are %v, the message is %s", pins, a.copies[p])
			}
			return nil
		})
	}
}

// deletedAtOnce deletes a message as soon as it is there, and says another behind which none of it may be seen.
func (r *room) deletedAtOnce(t *testing.T, from chat.Platform) {
	if from == chat.Telegram {
		t.Skip("a bot there learns of no deletion")
	}
	a := r.act("delete", from)
	if err := a.post(world.Say{Text: chat.Plain(a.words)}); err != nil {
		t.Fatal(err)
	}
	if err := a.worlds[from].Delete(a.people[from][1], a.groups[from], a.id); err != nil {
		t.Fatal(err)
	}
	r.hear(t, from, 1)
	r.each(t, from, "gone", func(p chat.Platform) error {
		if m, err := r.look(p, a.words); err == nil {
			return fmt.Errorf("%q is still there", m.Text.Plain)
		}
		return nil
	})
}

// dot lets an author on Telegram delete by an edit, as he is told to: the dot goes, too.
func (r *room) dot(t *testing.T) {
	a := r.act("delete", chat.Telegram)
	if _, err := first(t, a); err != nil {
		t.Fatal(err)
	}
	if err := a.change(chat.Plain(".")); err != nil {
		t.Fatal(err)
	}
	a.copies[chat.Telegram] = a.id
	r.each(t, "", "gone", func(p chat.Platform) error { return r.isGone(p, a.copies[p]) })
}

// tally lets two people react, and looks at the end whether the others are told how many.
func (r *room) tally(t *testing.T) func(t *testing.T) {
	a := r.act("reaction", chat.Telegram)
	if _, err := first(t, a); err != nil {
		t.Fatal(err)
	}
	a.copies[chat.Telegram] = a.id
	for _, p := range []chat.Platform{chat.Signal, chat.Matrix} {
		if err := a.worlds[p].React(a.people[p][1], a.groups[p], a.copies[p], "👍", true); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.worlds[chat.Telegram].React(a.people[chat.Telegram][1], a.groups[chat.Telegram], a.id, "👍", true); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) {
		t.Parallel() // after all others
		if err := r.until(func() error {
			m, err := a.copied(chat.Signal)
			if err == nil && !strings.Contains(m.Text.Plain, "👍 2") {
				return fmt.Errorf("the copy is %q", m.Text.Plain)
			}
			return err
		}); err != nil {
			t.Errorf("on signal: %v", err)
		}
		m, err := a.copied(chat.Matrix)
		if err != nil || len(m.Reactions["👍"]) != 3 || strings.Contains(m.Text.Plain, "👍") {
			t.Errorf("on matrix: %v, %q, %v", m.Reactions, m.Text.Plain, err)
		}
	}
}

// topics links two topics of one group with groups of their own: what is said in one is not heard in the other.
func (b *table) topics(t *testing.T) {
	forum := ""
	made := func(w world.World, title, owner, other string) string {
		if w.Platform() != chat.Telegram {
			return w.NewGroup(title, owner, other)
		}
		if forum == "" {
			forum = b.hall.Telegram.NewForum("Forum", owner, other)
		} else {
			for _, p := range []string{owner, other} {
				if err := b.hall.Telegram.Join(p, forum); err != nil {
					t.Fatal(err)
				}
			}
		}
		by := b.hall.Telegram.Members(forum)[0]
		topic, err := b.hall.Telegram.NewTopic(by, forum, title)
		if err != nil {
			t.Fatal(err)
		}
		return topic
	}
	soup, bread := b.gather("Soup", made), (*room)(nil)
	soup.link(t)
	bread = b.gather("Bread", made)
	if err := b.hall.Telegram.Promote(bread.people[chat.Telegram][0], forum); err != nil {
		t.Fatal(err)
	}
	bread.link(t)
	word := b.word()
	if _, err := bread.say(chat.Telegram, 1, world.Say{Text: chat.Plain(word)}); err != nil {
		t.Fatal(err)
	}
	bread.each(t, chat.Telegram, "said in its topic", func(p chat.Platform) error { _, err := bread.look(p, word); return err })
	back := b.word()
	if _, err := soup.say(chat.Matrix, 1, world.Say{Text: chat.Plain(back)}); err != nil {
		t.Fatal(err)
	}
	soup.each(t, chat.Matrix, "said in the room of the other", func(p chat.Platform) error { _, err := soup.look(p, back); return err })
	for _, p := range platforms() {
		if _, err := soup.look(p, word); err == nil {
			t.Errorf("what is said in one topic is heard in the other's room on %s", p)
		}
		if _, err := bread.look(p, back); err == nil {
			t.Errorf("what is said for one topic is heard in the other on %s", p)
		}
	}
}
