package matrixtest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest/worldtest"
	"github.com/potluck-chat/potluck/core/chat"
)

func say(s string) world.Say { return world.Say{Text: chat.Plain(s)} }

func TestWorldShowsWhatPeopleDo(t *testing.T) {
	s := start(t, matrixtest.Options{})
	worldtest.Run(t, s.World())
	worldtest.Door(t, s.World())
	worldtest.Door(t, start(t, matrixtest.Options{BareKnocks: true}).World())
}

func TestMarkupGoesThereAndBack(t *testing.T) {
	s := start(t, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	for _, text := range []chat.Text{
		chat.Plain("a < b & c > d &lt; \"quoted\" 👩‍👩‍👧"),
		chat.Plain("two\nlines\n\nand more"),
		chat.Styled(chat.Bold, "all bold", ""),
		chat.Plain("see ").Append(chat.Styled(chat.Hyperlink, "this", "https://example.org/?a=1&b=2"), chat.Plain(" now")),
		chat.Plain("hey ").Append(chat.Styled(chat.Mention, "Ana", "matrix:"+ana), chat.Plain("!")),
		chat.Plain("he said\n").Append(chat.Styled(chat.Quote, "one\ntwo", ""), chat.Plain("\nand left")),
		chat.Plain("run\n").Append(chat.Styled(chat.Pre, "a := <-b\n\n  c", "go"), chat.Plain("\nthen")),
		{Plain: "mixed 👍 styles", Spans: []chat.Span{{Start: 0, End: 8, Style: chat.Bold}, {Start: 6, End: 15, Style: chat.Spoiler}}},
	} {
		id, err := w.Say(ana, group, world.Say{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range w.Messages(group) {
			if m.ID != id {
				continue
			}
			if diff := cmp.Diff(text.Normal(), m.Text, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%q (-said +shown):\n%s", text.Plain, diff)
			}
		}
	}
}
