package contenttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// changeTrials are about how messages stand to each other, and what happens to them later.
func changeTrials() map[chat.Kind]trial {
	deaf := []chat.Platform{chat.Signal, chat.Matrix} // where the bot learns of it when people delete
	return map[chat.Kind]trial{
		"reply":         {do: reply, native: answers, less: answers},
		"partial quote": {do: partialQuote, native: quotesPart, less: quotesAbove},
		"thread":        {do: thread, native: inThread, less: answers},
		"edit":          {do: edit, native: edited},
		"edit of media": {do: editOfMedia, native: otherFile, less: otherCaption},
		"delete":        {do: deletion, native: gone, from: deaf},
		"vanish":        {do: vanish, less: vanishes, from: deaf},
		"reaction":      {do: reaction, native: reactedByName, less: reacted},
		"forward":       {do: forward, less: sees("Forwarded from Aunt Polly:")},
		"pin":           {do: pin, native: pinned},
	}
}

// first lets somebody say what is answered, changed or taken away, and waits for its copies.
func first(t *testing.T, a *act) (words string, err error) {
	t.Helper()
	words = "about " + a.word() + " and more"
	return words, a.posted(t, world.Say{Text: chat.Plain(words)})
}

func reply(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	return a.post(world.Say{Text: chat.Plain(a.words), ReplyTo: a.id})
}

// answers wants the answer to point to the copy of what is answered.
func answers(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err == nil && m.ReplyTo != a.copies[to] {
		return fmt.Errorf("%q answers %q, not %q", m.Text.Plain, m.ReplyTo, a.copies[to])
	}
	return err
}

func partialQuote(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	return a.post(world.Say{Text: chat.Plain(a.words), ReplyTo: a.id, Quote: "and more"})
}

func quotesPart(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err == nil && m.Quote != "and more" {
		return fmt.Errorf("%q quotes %q", m.Text.Plain, m.Quote)
	}
	return errors.Join(err, answers(a, to))
}

func quotesAbove(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err == nil && !strings.Contains(m.Text.Plain, "and more\n"+a.words) {
		return fmt.Errorf("%q does not quote the part above the answer", m.Text.Plain)
	}
	return errors.Join(err, answers(a, to))
}

func thread(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	return a.post(world.Say{Text: chat.Plain(a.words), Thread: a.id})
}

func inThread(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err == nil && m.Thread != a.copies[to] {
		return fmt.Errorf("%q stands in the thread of %q, not %q", m.Text.Plain, m.Thread, a.copies[to])
	}
	return err
}

func edit(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	return a.change(chat.Plain(a.words))
}

// change edits what was posted.
func (a *act) change(text chat.Text, files ...world.Media) error {
	if a.from == elsewhere {
		return a.beside.Edit(a.people[a.from][1], a.groups[a.from], a.id, text, files...)
	}
	return a.worlds[a.from].Edit(a.people[a.from][1], a.groups[a.from], a.id, text)
}

// edited wants the very copy to have the new words and no other message.
func edited(a *act, to chat.Platform) error {
	m, err := a.copied(to)
	others := slices.ContainsFunc(a.fresh(to), func(n world.Shown) bool { return n.ID != m.ID && strings.Contains(n.Text.Plain, a.words) })
	if err == nil && (!strings.Contains(m.Text.Plain, a.words) || !m.Edited || others) {
		return fmt.Errorf("the copy is %q, edited: %v; new are\n%s", m.Text.Plain, m.Edited, describe(a.fresh(to)))
	}
	return err
}

// editOfMedia gives a photo other words where people can do no more, and puts another photo in its place elsewhere.
func editOfMedia(t *testing.T, a *act) error {
	if a.from != elsewhere {
		return world.ErrNone // the files of a message cannot be changed by people of these
	}
	before := file("photo", a.count*1000)
	words := "our " + a.word()
	if err := a.posted(t, world.Say{Text: chat.Plain(words), Media: []world.Media{before}}); err != nil {
		return err
	}
	a.file = file("photo", a.count)
	return a.change(chat.Plain(a.words), a.file)
}

func otherFile(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if strings.Contains(m.Text.Plain, a.words) && len(m.Media) == 1 && bytes.Equal(m.Media[0].Bytes, a.file.Bytes) {
			return nil
		}
	}
	return fmt.Errorf("the new photo is not shown with its words; new are\n%s", describe(a.fresh(to)))
}

func otherCaption(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if strings.Contains(m.Text.Plain, a.words) {
			return nil
		}
	}
	return fmt.Errorf("the new words are not shown; new are\n%s", describe(a.fresh(to)))
}

func deletion(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	if a.from == elsewhere {
		return a.beside.Delete(a.people[a.from][1], a.groups[a.from], a.id)
	}
	return a.worlds[a.from].Delete(a.people[a.from][1], a.groups[a.from], a.id)
}

func gone(a *act, to chat.Platform) error {
	if m, err := a.copied(to); err == nil && !m.Deleted {
		return fmt.Errorf("%q is still there", m.Text.Plain)
	}
	return nil
}

func vanish(t *testing.T, a *act) error {
	return a.posted(t, world.Say{Text: chat.Plain("for a moment: " + a.words), Vanish: 3 * time.Second})
}

// vanishes wants the copy, which was there, to be gone.
func vanishes(a *act, to chat.Platform) error { return gone(a, to) }

func reaction(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	if a.from == elsewhere {
		return world.ErrNone
	}
	return a.worlds[a.from].React(a.people[a.from][0], a.groups[a.from], a.id, "👍", true)
}

// reacted wants one thumb, whoever stands for it.
func reacted(a *act, to chat.Platform) error {
	m, err := a.copied(to)
	if err == nil && len(m.Reactions["👍"]) != 1 {
		return fmt.Errorf("reactions are %v", m.Reactions)
	}
	return err
}

func reactedByName(a *act, to chat.Platform) error {
	m, err := a.copied(to)
	if err == nil && (len(m.Reactions["👍"]) != 1 || !strings.Contains(m.Reactions["👍"][0], a.name(a.from, 0))) {
		return fmt.Errorf("reactions are %v", m.Reactions)
	}
	return err
}

func forward(_ *testing.T, a *act) error {
	return a.post(world.Say{Text: chat.Plain(a.words), Forward: "Aunt Polly"})
}

func pin(t *testing.T, a *act) error {
	if _, err := first(t, a); err != nil {
		return err
	}
	if a.from == elsewhere {
		return world.ErrNone
	}
	return a.worlds[a.from].SetPinned(a.people[a.from][0], a.groups[a.from], a.id, true)
}

func pinned(a *act, to chat.Platform) error {
	if pins := a.worlds[to].Pinned(a.groups[to]); !slices.Contains(pins, a.copies[to]) {
		return fmt.Errorf("pinned are %v, not %s", pins, a.copies[to])
	}
	return nil
}
