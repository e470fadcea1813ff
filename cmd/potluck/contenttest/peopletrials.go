package contenttest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// peopleTrials are about who is there and who speaks.
func peopleTrials() map[chat.Kind]trial {
	return map[chat.Kind]trial{
		"join":   {do: join, native: guestTold, less: guestTold, apart: true},
		"leave":  {do: leave, native: guestTold, less: guestTold, apart: true},
		"name":   {do: rename, native: named, less: nameInText, apart: true},
		"avatar": {do: portrait, native: face, none: faceless, apart: true},
	}
}

// stranger makes somebody who is in none of the groups.
func (a *act) stranger() string { return a.worlds[a.from].NewPerson("Gus " + a.words) }

func join(_ *testing.T, a *act) error {
	if a.from == elsewhere {
		return world.ErrNone
	}
	a.by = "Gus " + a.words
	return a.worlds[a.from].Join(a.stranger(), a.groups[a.from])
}

// leave lets the member go.
func leave(_ *testing.T, a *act) error {
	if a.from == elsewhere {
		return world.ErrNone
	}
	a.by = a.name(a.from, 1)
	return a.worlds[a.from].Leave(a.people[a.from][1], a.groups[a.from])
}

// guestTold wants a line with the name of who has come or gone.
func guestTold(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if strings.Contains(m.Text.Plain, a.by) {
			return nil
		}
	}
	return fmt.Errorf("nobody is told of %s; new are\n%s", a.by, describe(a.fresh(to)))
}

// rename gives the member another name before he speaks.
func rename(_ *testing.T, a *act) error {
	if a.from == elsewhere {
		return world.ErrNone
	}
	a.worlds[a.from].Rename(a.people[a.from][1], "Gus "+a.words)
	return a.post(world.Say{Text: chat.Plain("call me by it")})
}

// named wants the author's own name above what he says.
func named(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if strings.Contains(m.Text.Plain, "call me by it") && strings.Contains(m.Name, "Gus "+a.words) && !strings.Contains(m.Text.Plain, a.words) {
			return nil
		}
	}
	return fmt.Errorf("the author is not named; new are\n%s", describe(a.fresh(to)))
}

// nameInText wants it in front of what he says.
func nameInText(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if before, _, ok := strings.Cut(m.Text.Plain, "call me by it"); ok && strings.Contains(before, "Gus "+a.words) {
			return nil
		}
	}
	return fmt.Errorf("the author is not named; new are\n%s", describe(a.fresh(to)))
}

// portrait lets somebody with a face come and speak.
func portrait(_ *testing.T, a *act) error {
	if a.from == elsewhere {
		return world.ErrNone
	}
	picture := file("photo", a.count).Bytes
	who := a.stranger()
	a.by = "Gus " + a.words
	if err := a.worlds[a.from].Join(who, a.groups[a.from]); err != nil {
		return err
	}
	var err error
	switch a.from {
	case chat.Telegram:
		err = a.hall.Telegram.SetPicture(who, picture)
	case chat.Signal:
		a.hall.Signal.SetPortrait(who, picture)
	case chat.Matrix:
		err = a.hall.Matrix.World().SetPortrait(who, picture)
	}
	if err != nil {
		return err
	}
	_, err = a.worlds[a.from].Say(who, a.groups[a.from], world.Say{Text: chat.Plain("my face, " + a.words)})
	return err
}

// spoken finds what he says, which is not the line that he has come.
func (a *act) spoken(to chat.Platform) (world.Shown, error) {
	for _, m := range a.fresh(to) {
		if strings.Contains(m.Text.Plain, "my face, "+a.words) {
			return m, nil
		}
	}
	return world.Shown{}, fmt.Errorf("what %s says is not shown; new are\n%s", a.by, describe(a.fresh(to)))
}

// face wants the account that speaks for him to have a picture.
func face(a *act, to chat.Platform) error {
	m, err := a.spoken(to)
	if err == nil && a.hall.Matrix.World().Portrait(m.Author) == "" {
		return fmt.Errorf("%s has no picture", m.Author)
	}
	return err
}

// faceless wants the words and no picture.
func faceless(a *act, to chat.Platform) error {
	m, err := a.spoken(to)
	if err == nil && len(m.Media) > 0 {
		return errors.New("a picture of the author is shown")
	}
	return err
}
