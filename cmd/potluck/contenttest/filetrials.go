package contenttest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// fileTrials are about what has bytes.
func fileTrials() map[chat.Kind]trial {
	out := map[chat.Kind]trial{
		"caption":      {do: caption, native: captioned, less: captionNear},
		"album":        {do: album, native: inOrder, less: inOrder},
		"view once":    {do: viewOnce, less: toldOnce},
		"hidden media": {do: sendFile, from: []chat.Platform{chat.Telegram, chat.Matrix}, native: hidden, less: plainFile},
		"paid media":   {do: doThing, from: []chat.Platform{chat.Telegram}, less: inALine},
	}
	telegram := []chat.Platform{chat.Telegram}
	for k, from := range map[chat.Kind][]chat.Platform{
		"photo": nil, "video": nil, "audio": nil, "voice": nil, "file": nil, "sticker": nil,
		"video note": telegram, "animation": telegram, "animated sticker": telegram, "video sticker": telegram,
	} {
		out[k] = trial{do: sendFile, from: from, native: shownAs(chat.PartKind(k)), less: shownAs("")}
	}
	for k, as := range map[chat.Kind]chat.PartKind{"video note": chat.Video, "video sticker": ""} {
		one := out[k]
		one.less = shownAs(as)
		out[k] = one
	}
	for _, k := range []chat.Kind{"animated sticker", "video sticker"} {
		one := out[k]
		one.native = shownAs(chat.Sticker)
		out[k] = one
	}
	one := out["animated sticker"]
	one.less = func(a *act, to chat.Platform) error { return lineOf(a, to, "[sticker") }
	out["animated sticker"] = one
	return out
}

func sendFile(_ *testing.T, a *act) error {
	return a.post(world.Say{Media: []world.Media{a.file}})
}

// shownFile finds the file that was sent, by its bytes.
func (a *act) shownFile(to chat.Platform) (world.Shown, world.Media, error) {
	for _, m := range a.fresh(to) {
		for _, f := range m.Media {
			if bytes.Equal(f.Bytes, a.file.Bytes) {
				return m, f, nil
			}
		}
	}
	return world.Shown{}, world.Media{}, fmt.Errorf("the %s is not shown; new are\n%s", a.kind, describe(a.fresh(to)))
}

// shownAs wants the file, byte by byte, as one of a kind; any if that is empty.
func shownAs(k chat.PartKind) look {
	return func(a *act, to chat.Platform) error {
		_, f, err := a.shownFile(to)
		if err == nil && k != "" && f.Kind != k {
			return fmt.Errorf("the %s is shown as %s", a.kind, f.Kind)
		}
		return err
	}
}

func hidden(a *act, to chat.Platform) error {
	_, f, err := a.shownFile(to)
	if err == nil && !f.Hidden {
		return fmt.Errorf("a %s is shown to everybody", f.Kind)
	}
	return err
}

// plainFile wants what is covered not to be seen before somebody opens it.
func plainFile(a *act, to chat.Platform) error {
	_, f, err := a.shownFile(to)
	if err == nil && f.Kind != chat.File {
		return fmt.Errorf("it is shown as %s", f.Kind)
	}
	return err
}

func caption(_ *testing.T, a *act) error {
	a.file = file("photo", a.count)
	return a.post(world.Say{Text: chat.Plain(a.words), Media: []world.Media{a.file}})
}

func captioned(a *act, to chat.Platform) error {
	m, _, err := a.shownFile(to)
	if err == nil && !strings.Contains(m.Text.Plain, a.words) {
		return fmt.Errorf("the photo stands above %q", m.Text.Plain)
	}
	return err
}

func captionNear(a *act, to chat.Platform) error {
	if _, _, err := a.shownFile(to); err != nil {
		return err
	}
	_, err := a.said(to)
	return err
}

// album sends three photos; what is said behind them makes the album whole.
func album(_ *testing.T, a *act) error {
	for range 3 {
		a.word()
		a.files = append(a.files, file("photo", a.count))
	}
	if err := a.post(world.Say{Text: chat.Plain(a.words), Media: a.files}); err != nil {
		return err
	}
	_, err := a.say(a.from, 0, world.Say{Text: chat.Plain("these are good")})
	return err
}

// inOrder wants all photos, in order, each once, and the words once.
func inOrder(a *act, to chat.Platform) error {
	n, said := 0, 0
	for _, m := range a.fresh(to) {
		said += strings.Count(m.Text.Plain, a.words)
		for _, f := range m.Media {
			if n >= len(a.files) || !bytes.Equal(f.Bytes, a.files[n].Bytes) {
				return fmt.Errorf("photo %d is another; new are\n%s", n+1, describe(a.fresh(to)))
			}
			n++
		}
	}
	if n != len(a.files) || said != 1 {
		return fmt.Errorf("%d photos, words said %d times; new are\n%s", n, said, describe(a.fresh(to)))
	}
	return nil
}

func viewOnce(_ *testing.T, a *act) error {
	return a.post(world.Say{Media: []world.Media{file("photo", a.count)}, Once: true})
}

// toldOnce wants a line and no picture.
func toldOnce(a *act, to chat.Platform) error {
	for _, m := range a.fresh(to) {
		if len(m.Media) > 0 {
			return fmt.Errorf("what is to be seen once is shown")
		}
	}
	return lineOf(a, to, "[view once · photo")
}

// lineOf wants a line that tells of something, and whose it is.
func lineOf(a *act, to chat.Platform, begins string) error {
	all := a.fresh(to)
	for _, m := range all {
		if !strings.Contains(m.Text.Plain, begins) {
			continue
		}
		if !strings.Contains(m.Name+m.Text.Plain, a.name(a.from, 1)) && !strings.Contains(m.Name+m.Text.Plain, a.name(a.from, 0)) {
			return fmt.Errorf("nobody can see whose %q is (by %s)", m.Text.Plain, m.Name)
		}
		return nil
	}
	return fmt.Errorf("there is no line with %q; new are\n%s", begins, describe(all))
}
