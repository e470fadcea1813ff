package contenttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// address is where all links of a long text lead.
const address = "https://potluck.example/soup"

// longTexts are said on Matrix, where they are one message, and stand on Telegram in pieces.
func (r *room) longTexts(t *testing.T) {
	word := r.word()
	text := chat.Plain(word + ". ")
	for i := 0; text.Len() < 5000; i++ {
		text = text.Append(chat.Plain("The 👩‍👩‍👧‍👦 bring e\u0301clairs 🇪🇺🇩🇪, as in "), chat.Styled(chat.Hyperlink, fmt.Sprintf("recipe no. %d", i), address),
			chat.Styled(chat.Bold, strings.Repeat(" and more", i%7), ""), chat.Plain(".\n"))
	}
	id, err := r.say(chat.Matrix, 1, world.Say{Text: text.Append(chat.Plain("the end"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal} {
		if err := r.until(func() error { return r.whole(p, word, text.Plain+"the end") }); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	ids := r.pieces(chat.Telegram, word)
	for _, e := range []struct {
		name  string
		text  chat.Text
		least int // how many pieces are as they were, from the first on
	}{
		{"a word in the last piece", text.Append(chat.Plain("the finish")), len(ids) - 1},
		{"more than before", text.Append(text.Slice(0, 2500), chat.Plain("now it ends")), 1},
		{"less than before", chat.Plain(word + ". In short: soup"), 0},
	} {
		before := r.pieces(chat.Telegram, word)
		if err := r.worlds[chat.Matrix].Edit(r.people[chat.Matrix][1], r.groups[chat.Matrix], id, e.text); err != nil {
			t.Fatal(err)
		}
		for _, p := range []chat.Platform{chat.Telegram, chat.Signal} {
			if err := r.until(func() error { return r.whole(p, word, e.text.Plain) }); err != nil {
				t.Errorf("%s on %s: %v", e.name, p, err)
			}
		}
		for i, m := range r.pieces(chat.Telegram, word) {
			if i < e.least && (m.ID != before[i].ID || m.Edited) {
				t.Errorf("%s: piece %d has been changed, too (%s, edited: %v)", e.name, i+1, m.ID, m.Edited)
			}
		}
	}
}

// pieces returns the messages that a text is shown in: from the one with the word on, until somebody else speaks.
func (r *room) pieces(p chat.Platform, word string) (out []world.Shown) {
	for _, m := range r.worlds[p].Messages(r.groups[p]) {
		if !m.FromBot || m.Deleted {
			continue
		}
		if strings.Contains(m.Text.Plain, word) || len(out) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// whole wants the pieces to be the text, nothing torn.
func (r *room) whole(p chat.Platform, word, want string) error {
	all := r.pieces(p, word)
	got, characters := "", 0
	for i, m := range all {
		text := m.Text
		if i == 0 {
			text = unnamed(text, r.name(chat.Matrix, 1))
		}
		addresses := chat.Units(" ("+address+")") * strings.Count(m.Text.Plain, " ("+address+")") // Signal puts them there
		if limit := r.Features[p].TextLimit; m.Text.Len()-addresses > limit {
			return fmt.Errorf("piece %d has %d units of %d", i+1, m.Text.Len(), limit)
		}
		words, values := under(text, chat.Hyperlink)
		for n, w := range words {
			if !strings.HasPrefix(w, "recipe no. ") || values[n] != address {
				return fmt.Errorf("piece %d has the link %q to %q", i+1, w, values[n])
			}
		}
		for c := graphemes.FromString(text.Plain); c.Next(); {
			characters++
		}
		got += text.Plain
	}
	// White space at the edges of pieces and the addresses that follow links on Signal are no loss.
	plain := func(s string) string {
		return strings.Join(strings.Fields(strings.ReplaceAll(s, " ("+address+")", "")), "")
	}
	if plain(got) != plain(want) {
		return fmt.Errorf("%d pieces with %d units are not the text with %d; they end with %.60q", len(all), chat.Units(got), chat.Units(want), got[max(0, len(got)-60):])
	}
	n := 0
	for c := graphemes.FromString(got); c.Next(); {
		n++
	}
	if n != characters {
		return fmt.Errorf("%d characters are %d when the pieces are put together: one is torn", characters, n)
	}
	return nil
}
