package chaostest

import (
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// chatLog is what one chat has shown since its beginning: originals and copies by their names, in their order. What is
// deleted later stays in it.
type chatLog struct {
	world world.World
	group string
	next  int
	shown []entry
	names map[*said][]string // of the original, or of its copies
	of    map[string][]*said // several where messages were merged
}

type entry struct {
	id   string
	said *said
}

// tailer is a world that tells what is new in a group without going over the rest again.
type tailer interface {
	Tail(group string, from int) (news []world.Shown, next int)
}

func newChatLog(w world.World, group string) *chatLog {
	return &chatLog{world: w, group: group, names: map[*said][]string{}, of: map[string][]*said{}}
}

// read reads on and tells of each message that was not shown there before.
func (l *chatLog) read(m *model, fresh func(*said)) {
	var news []world.Shown
	if t, ok := l.world.(tailer); ok {
		news, l.next = t.Tail(l.group, l.next)
	} else {
		all := l.world.Messages(l.group)
		news, l.next = all[min(l.next, len(all)):], len(all)
	}
	for _, s := range news {
		for _, n := range numbersIn(s.Text) {
			if n >= len(m.all) {
				continue
			}
			x := m.all[n]
			if len(l.names[x]) == 0 {
				fresh(x)
			}
			l.shown = append(l.shown, entry{s.ID, x})
			l.names[x] = append(l.names[x], s.ID)
			l.of[s.ID] = append(l.of[s.ID], x)
		}
	}
}

// only returns the name of the one message that shows x, and nothing else; empty if there is none or more.
func (l *chatLog) only(x *said) string {
	names := l.names[x]
	if len(names) != 1 || len(l.of[names[0]]) != 1 {
		return ""
	}
	return names[0]
}

// numbersIn returns the numbers of the messages that a text shows, not of those it quotes.
func numbersIn(t chat.Text) []int {
	var out []int
	for part := range strings.SplitSeq(unquoted(t), "[") {
		inner, _, ok := strings.Cut(part, "]")
		if n, err := strconv.Atoi(inner); ok && err == nil {
			out = append(out, n)
		}
	}
	return out
}

// unquoted returns a text without what is quoted in it: spans, and the rest of a line behind a '>'.
func unquoted(t chat.Text) string {
	var kept chat.Text
	at := 0
	for _, s := range t.Spans {
		if s.Style == chat.Quote && s.Start >= at {
			kept, at = kept.Append(t.Slice(at, s.Start)), s.End
		}
	}
	kept = kept.Append(t.Slice(at, t.Len()))
	var out strings.Builder
	for line := range strings.Lines(kept.Plain) {
		line, _, _ = strings.Cut(line, "> ") // behind the author's name, too
		out.WriteString(line)
	}
	return out.String()
}
