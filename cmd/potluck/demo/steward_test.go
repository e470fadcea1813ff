package demo

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// steward is the smallest house that can serve the demo's table: he links by code and carries what is said
// to the other halls. spoil makes him fail at one thing, so that a test can see it noticed: what he forgets
// (say, edit, delete, react, unreact, joined, left, reply, style, media) or does wrong (split: cuts long
// texts off, twice: posts all twice, later: posts the last line twice). What he can do for the community is in the
// office's file.
type steward struct {
	halls  []*hall
	spoil  string
	codes  map[string]string // code → group
	news   map[string]bool   // codes for a room of its own
	rooms  map[string]string // group → room
	names  map[string]map[string]string
	office office
}

// newTable returns a table in three halls with a steward, who works until the test ends.
func newTable(t testing.TB, spoil string) *Table {
	t.Helper()
	q := newQueue()
	s := &steward{
		spoil: spoil, codes: map[string]string{}, news: map[string]bool{}, rooms: map[string]string{}, names: map[string]map[string]string{},
	}
	var worlds []world.World
	for _, p := range []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix} {
		h := newHall(p, q)
		s.halls = append(s.halls, h)
		worlds = append(worlds, h)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.work(ctx, q) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	table := New(worlds, slog.New(slog.DiscardHandler))
	t.Cleanup(table.Close)
	return table
}

func (s *steward) work(ctx context.Context, q *queue) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.some:
		}
		for _, h := range q.take() {
			s.serve(h)
		}
	}
}

func (s *steward) serve(h happening) {
	if h.what == "joined" || h.what == "left" {
		for _, other := range s.halls {
			for group := range other.groupIDs() {
				if other != h.hall && s.spoil != h.what && s.rooms[h.group] != "" && s.rooms[group] == s.rooms[h.group] {
					other.botSays(group, "", world.Say{Text: chat.Plain(h.name + " has " + h.what + ".")})
				}
			}
		}
		return
	}
	if h.what == "say" && chat.LooksLikeCommand(h.text) {
		s.command(h)
		return
	}
	if h.what == "press" {
		s.take(h)
		return
	}
	if s.rooms[h.group] == "" || h.what == s.spoil {
		return
	}
	for _, other := range s.halls {
		for group := range other.groupIDs() {
			if other != h.hall && s.rooms[group] == s.rooms[h.group] {
				s.carry(h, other, group)
			}
		}
	}
}

func (s *steward) command(h happening) {
	answer := func(words string) {
		h.hall.botSays(h.group, "", world.Say{Text: chat.Plain(words), ReplyTo: h.message})
	}
	w := words(h.text)
	switch {
	case w[0] != "link":
		s.serveOffice(h, w, answer)
	case h.private:
		answer("Type /link in a group.")
	case !h.owner:
		answer("Only organisers link.")
	case len(w) == 1 || w[1] == "new":
		code := fmt.Sprintf("K7QM-%04d", len(s.codes))
		s.codes[code], s.news[code] = h.group, len(w) > 1
		if s.rooms[h.group] == "" {
			s.rooms[h.group] = h.group
		}
		answer("Type /link " + code + " in the other group.")
	case s.codes[w[1]] == "":
		answer("I do not know that code.")
	default:
		from := s.codes[w[1]]
		s.codes[w[1]] = "" // good once
		s.rooms[h.group] = s.rooms[from]
		if s.news[w[1]] {
			s.rooms[h.group] = h.group
		}
		s.announce(s.rooms[h.group], "Connected!")
	}
}

// announce tells all groups of a room something.
func (s *steward) announce(room, what string) {
	for _, h := range s.halls {
		for group := range h.groupIDs() {
			if s.rooms[group] == room {
				h.botSays(group, "", world.Say{Text: chat.Plain(what)})
			}
		}
	}
}

func (s *steward) carry(h happening, to *hall, group string) {
	name := s.nameIn(h.message, group)
	switch h.what {
	case "say":
		say := world.Say{Text: h.text, Media: h.media, ReplyTo: s.nameIn(h.replyTo, group)}
		switch s.spoil {
		case "reply":
			say.ReplyTo = ""
		case "style":
			say.Text = chat.Plain(say.Text.Plain)
		case "media":
			say.Media = nil
		case "split":
			say.Text = say.Text.Slice(0, min(2000, say.Text.Len()))
		case "twice":
			to.botSays(group, h.name, say)
		case "later":
			if strings.Contains(say.Text.Plain, "dinner is here") {
				to.botSays(group, h.name, say)
			}
		}
		s.remember(h.message, h.group, to.botSays(group, h.name, say), group)
	case "edit":
		_, text := to.as(h.name, h.text)
		_ = to.Edit("bot", group, name, text)
	case "delete":
		_ = to.Delete("bot", group, name)
	case "react", "unreact":
		to.botReacts(group, name, h.emoji, h.name, h.what == "react")
	}
}

// remember notes that two names are of one message; nameIn finds the one in a group.
func (s *steward) remember(message, from, copied, in string) {
	if s.names[message] == nil {
		s.names[message] = map[string]string{from: message}
	}
	s.names[message][in] = copied
	s.names[copied] = s.names[message]
}

func (s *steward) nameIn(message, group string) string { return s.names[message][group] }

func (h *hall) groupIDs() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]bool{}
	for id, g := range h.groups {
		if g.private == "" {
			out[id] = true
		}
	}
	return out
}

func TestLinkTypesWhatOrganisersType(t *testing.T) {
	table := newTable(t, "")
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	if err := table.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range table.all() {
		var seen []string
		for _, m := range s.world.Messages(s.group(kitchen)) {
			seen = append(seen, m.Text.Plain)
		}
		all := strings.Join(seen, "\n")
		for _, want := range []string{"Who brings what?", "still warm", "big pot", s.command("link")} {
			if !strings.Contains(all, want) {
				t.Errorf("%s shows %q, want %q in it", s.platform, all, want)
			}
		}
		if n := len(s.world.Messages(s.group(garden))); n > 1 {
			t.Errorf("%s's garden has %d messages, want only the line that made it", s.platform, n)
		}
	}
}
