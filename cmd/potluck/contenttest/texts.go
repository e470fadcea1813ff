package contenttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// textTrials are about words.
func textTrials() map[chat.Kind]trial {
	all := []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix}
	rich := []chat.Platform{chat.Telegram, chat.Matrix}
	out := map[chat.Kind]trial{
		"text": {native: func(a *act, to chat.Platform) error { _, err := a.said(to); return err }, do: func(_ *testing.T, a *act) error {
			return a.post(world.Say{Text: chat.Plain("bring " + a.words)})
		}},
		"mention":        {do: mention, native: mentions, from: all},
		"mention of all": {do: mentionAll, less: callsNobody, from: all},
		"custom emoji":   {do: customEmoji, less: sees("🍲")},
		"preview":        {do: link, native: sees("https://potluck.example/soup"), less: sees("https://potluck.example/soup"), from: rich},
	}
	for style, from := range map[chat.Style][]chat.Platform{
		chat.Bold: all, chat.Italic: all, chat.Strike: all, chat.Spoiler: all, chat.Code: all,
		chat.Underline: rich, chat.Pre: rich, chat.Quote: rich, chat.Hyperlink: rich,
	} {
		out[chat.Kind(style)] = trial{from: from, native: spanned(style), less: plainer(style), none: unstyled(style), do: func(_ *testing.T, a *act) error {
			text := chat.Plain("bring ").Append(chat.Styled(style, a.words, valueOf(style)), chat.Plain(" at six"))
			if style == chat.Quote || style == chat.Pre { // blocks stand on lines of their own
				text = chat.Plain("bring\n").Append(chat.Styled(style, a.words, valueOf(style)), chat.Plain("\nat six"))
			}
			return a.post(world.Say{Text: text})
		}}
	}
	return out
}

func valueOf(s chat.Style) string {
	switch s {
	case chat.Hyperlink:
		return "https://potluck.example/soup"
	case chat.Pre:
		return "go"
	}
	return ""
}

// under returns the words under a style and the values it has there.
func under(t chat.Text, style chat.Style) (words, values []string) {
	for _, s := range t.Spans {
		if s.Style == style {
			words, values = append(words, t.Slice(s.Start, s.End).Plain), append(values, s.Value)
		}
	}
	return words, values
}

// spanned wants the words, and them alone, under a style.
func spanned(style chat.Style) look {
	return func(a *act, to chat.Platform) error {
		m, err := a.said(to)
		if err != nil {
			return err
		}
		words, values := under(m.Text, style)
		i := slices.IndexFunc(words, func(w string) bool { return strings.TrimSpace(w) == a.words })
		if i < 0 || strings.TrimSuffix(values[i], "/") != valueOf(style) {
			return fmt.Errorf("%s is over %q with %q, in %q", style, words, values, m.Text.Plain)
		}
		return nil
	}
}

// plainer wants what takes a style's place where it is shown as less.
func plainer(style chat.Style) look {
	switch style {
	case chat.Pre:
		return func(a *act, to chat.Platform) error {
			m, err := a.said(to)
			if words, _ := under(m.Text, chat.Code); err == nil && !slices.ContainsFunc(words, func(w string) bool { return strings.TrimSpace(w) == a.words }) {
				return fmt.Errorf("letters of fixed width are over %q in %q", words, m.Text.Plain)
			}
			return err
		}
	case chat.Quote:
		return func(a *act, to chat.Platform) error { return inText(a, to, "\n> "+a.words) }
	case chat.Hyperlink:
		return func(a *act, to chat.Platform) error { return inText(a, to, a.words+" (https://potluck.example/soup") }
	}
	return nil
}

// inText wants some words in the message.
func inText(a *act, to chat.Platform, words string) error {
	m, err := a.said(to)
	if err == nil && !strings.Contains(m.Text.Plain, words) {
		return fmt.Errorf("%q does not have %q", m.Text.Plain, words)
	}
	return err
}

// unstyled wants the words without the style.
func unstyled(style chat.Style) look {
	return func(a *act, to chat.Platform) error {
		m, err := a.said(to)
		if words, _ := under(m.Text, style); len(words) > 0 {
			return fmt.Errorf("%s is over %q", style, words)
		}
		return err
	}
}

// sees wants some words in the message, or a link to them.
func sees(words string) look {
	return func(a *act, to chat.Platform) error {
		m, err := a.said(to)
		if err != nil {
			return err
		}
		_, links := under(m.Text, chat.Hyperlink)
		if !strings.Contains(m.Text.Plain, words) && !slices.Contains(links, words) {
			return fmt.Errorf("%q does not have %q", m.Text.Plain, words)
		}
		return nil
	}
}

// mention calls a member of each messenger by his name.
func mention(_ *testing.T, a *act) error {
	var called []string
	for _, p := range platforms() {
		if p != a.from {
			called = append(called, "@"+a.name(p, 1))
		}
	}
	return a.post(world.Say{Text: chat.Plain(a.words + " for " + strings.Join(called, " and "))})
}

// mentions wants the one who lives there called once, by his account, and nobody else.
func mentions(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err != nil {
		return err
	}
	_, called := under(m.Text, chat.Mention)
	if want := []string{a.who(to).String()}; !slices.Equal(called, want) {
		return fmt.Errorf("%q calls %q, want %q", m.Text.Plain, called, want)
	}
	return nil
}

func mentionAll(_ *testing.T, a *act) error {
	return a.post(world.Say{Text: chat.Plain("@room @all " + a.words)})
}

// callsNobody wants the words with something between '@' and the word that calls everybody.
func callsNobody(a *act, to chat.Platform) error {
	m, err := a.said(to)
	if err != nil {
		return err
	}
	if words, _ := under(m.Text, chat.Mention); len(words) > 0 || strings.Contains(m.Text.Plain, "@room") || strings.Contains(m.Text.Plain, "@all") {
		return fmt.Errorf("%q calls everybody, by %q", m.Text.Plain, words)
	}
	return nil
}

// customEmoji sends one as each messenger's own people do.
func customEmoji(_ *testing.T, a *act) error {
	switch a.from {
	case chat.Matrix:
		raw, err := json.Marshal(map[string]any{"type": "m.room.message", "sender": a.people[a.from][1], "content": map[string]any{
			"msgtype": "m.text", "body": a.words + " 🍲", "format": "org.matrix.custom.html",
			"formatted_body": a.words + ` <img data-mx-emoticon src="mxc://localhost/soup" alt="🍲" title="🍲" height="32">`,
		}})
		if err != nil {
			return err
		}
		id, err := a.hall.Matrix.Inject(a.groups[a.from], raw)
		a.id = id
		return err
	case chat.Telegram:
		id, err := a.hall.Telegram.Tell(a.people[a.from][1], a.groups[a.from], false, map[string]any{
			"text":     a.words + " 🍲",
			"entities": []map[string]any{{"type": "custom_emoji", "offset": len(a.words) + 1, "length": 2, "custom_emoji_id": "5368324170671202286"}},
		})
		a.id = id
		return err
	case chat.Signal:
		return world.ErrNone
	}
	return a.post(world.Say{Text: chat.Plain(a.words + " 🍲")})
}

func link(_ *testing.T, a *act) error {
	return a.post(world.Say{Text: chat.Plain(a.words + " as in https://potluck.example/soup")})
}
