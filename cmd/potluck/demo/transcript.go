package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// The transcript's measure: characters of one line and lines of one phone per step.
const (
	maxLine  = 120
	maxLines = 10
)

// transcript writes what the phones show. After the first error of its writer it writes no more.
type transcript struct {
	to  io.Writer
	err error
}

func (t *transcript) line(format string, args ...any) {
	if t.err != nil {
		return
	}
	if _, err := fmt.Fprintf(t.to, format+"\n", args...); err != nil {
		t.err = fmt.Errorf("write the transcript: %w", err)
	}
}

// glance is what the phones show at one moment: chat → message → line.
type glance map[chat.Chat]map[string]string

// look takes a glance at all chats.
func (p *play) look() glance {
	g := glance{}
	for _, s := range p.table.all() {
		for _, c := range s.views() {
			all := s.world.Messages(c.id)
			lines := make(map[string]string, len(all))
			for _, m := range all {
				lines[m.ID] = spoken(m, all)
			}
			g[chat.Chat{Platform: s.platform, ID: c.id}] = lines
		}
	}
	return g
}

// view is a chat as the transcript tells it from the others of a phone.
type view struct{ id, label string }

func (s seat) views() []view {
	var out []view
	for _, g := range s.groups {
		v := view{id: g.id}
		if g.title != kitchen {
			v.label = "(" + g.title + ") "
		}
		out = append(out, v)
	}
	for _, who := range s.people {
		if who.private != "" {
			out = append(out, view{id: who.private, label: "(" + who.name + " and the bot) "})
		}
	}
	return out
}

// step writes a step's title and, for each phone, what is new or different there.
func (t *transcript) step(n int, title string, took time.Duration, seats []seat, before, after glance) {
	t.line("\n%2d. %s  (%s)", n, title, took.Round(time.Millisecond))
	for _, s := range seats {
		var lines []string
		for _, v := range s.views() {
			id := chat.Chat{Platform: s.platform, ID: v.id}
			for _, m := range s.world.Messages(v.id) {
				now, known := after[id][m.ID]
				if known && now != "" && before[id][m.ID] != now {
					lines = append(lines, v.label+now)
				}
			}
		}
		hidden := 0
		if len(lines) > maxLines {
			hidden = len(lines) - maxLines + 1
			lines = append(lines[:maxLines-1], fmt.Sprintf("… and %d more", hidden))
		}
		name := nameOf(s.platform)
		for _, l := range lines {
			t.line("    %-9s %s", name, l)
			name = ""
		}
	}
}

// spoken writes a message as one line; a line of the messenger's own that has no words is none.
func spoken(m world.Shown, all []world.Shown) string {
	if m.Service && m.Text.IsEmpty() {
		return ""
	}
	if m.Service {
		return "· " + oneLine(m.Text.Plain, maxLine)
	}
	if m.Deleted {
		return m.Name + ": (deleted)"
	}
	words := []string{m.Name + ":"}
	if i := slices.IndexFunc(all, func(o world.Shown) bool { return o.ID == m.ReplyTo }); m.ReplyTo != "" && i >= 0 {
		words = append(words, "↩ “"+oneLine(all[i].Text.Plain, 24)+"”")
	}
	for _, f := range m.Media {
		words = append(words, fmt.Sprintf("[%s, %s]", f.Kind, chat.SizeText(int64(len(f.Bytes)))))
	}
	if m.Text.Plain != "" {
		words = append(words, oneLine(unparse(m.Text), maxLine))
	}
	for _, label := range m.Choices {
		words = append(words, "["+label+"]")
	}
	if m.Edited {
		words = append(words, "(edited)")
	}
	for _, emoji := range slices.Sorted(maps.Keys(m.Reactions)) {
		if names := m.Reactions[emoji]; len(names) > 0 {
			words = append(words, emoji+" "+strings.Join(names, ", "))
		}
	}
	return strings.Join(words, " ")
}

// oneLine folds a text to one line without control characters and cuts it.
func oneLine(s string, limit int) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", " ⏎ ")
	r := []rune(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, s))
	if len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return string(r)
}
