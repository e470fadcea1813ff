package demo

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// openFakes serves a table in the platforms' fakes, without a house: nothing is carried.
func openFakes(t *testing.T) *site {
	t.Helper()
	telegram := telegramtest.New(telegramtest.Options{})
	t.Cleanup(telegram.Close)
	signal := signaltest.New(signaltest.Options{})
	t.Cleanup(signal.Close)
	matrix, err := matrixtest.New(matrixtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(matrix.Close)
	table := New([]world.World{telegram, signal, matrix.World()}, slog.New(slog.DiscardHandler))
	if err := table.Seat(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(table.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(table.Close)
	return &site{t: t, table: table, url: server.URL}
}

func TestPageWorksOnEveryPlatform(t *testing.T) {
	s := openFakes(t)
	for platform, names := range map[chat.Platform][2]string{
		chat.Telegram: {"Ben", "Chioma"}, chat.Signal: {"Elif", "Farid"}, chat.Matrix: {"Hugo", "Inés"},
	} {
		t.Run(string(platform), func(t *testing.T) {
			said := s.talk(t, platform, names)
			s.show(t, platform, names[1], said)
			in := s.from(platform, names[0])
			in.Message = said.ID
			s.do(t, "delete", in)
			s.await(func(p pageState) error {
				for _, m := range kitchenOf(p, platform).Messages {
					if m.ID == said.ID && !m.Deleted {
						return errors.New("the message is still there")
					}
				}
				return nil
			})
			seat, _ := s.table.seatOf(platform)
			who, _ := seat.byID(in.Person)
			s.do(t, "say", request{Platform: platform, Person: who.id, Chat: who.private, Text: "hello bot"})
		})
	}
}

// do carries out what the platform must not refuse.
func (s *site) do(t *testing.T, action string, in request) {
	t.Helper()
	if status, answer := s.post(action, in, nil); status != http.StatusOK {
		t.Fatalf("%s: %d %s", action, status, answer)
	}
}

// talk lets the first say and edit something and the second react, and returns the message.
func (s *site) talk(t *testing.T, platform chat.Platform, names [2]string) messageState {
	t.Helper()
	first, second := s.from(platform, names[0]), s.from(platform, names[1])
	first.Text = "*hot* soup, ||secretly||"
	s.do(t, "say", first)
	said := newest(kitchenOf(s.state(), platform))
	if said.Text.Plain != "hot soup, secretly" || len(said.Text.Spans) != 2 || said.Name != names[0] || said.Author != first.Person || said.Bot {
		t.Fatalf("the phone shows %+v", said)
	}
	first.Message, first.Text = said.ID, "cold soup"
	s.do(t, "edit", first)
	second.Message, second.Emoji, second.On = said.ID, "👍", true
	s.do(t, "react", second)
	s.await(func(p pageState) error {
		m := newest(kitchenOf(p, platform))
		if m.Text.Plain != "cold soup" || !m.Edited || len(m.Reactions) != 1 || m.Reactions[0].Names[0] != names[1] {
			return errors.New("the edit and the reaction do not show")
		}
		return nil
	})
	second.On = false
	s.do(t, "react", second)
	return said
}

// show lets somebody answer with a picture, and send a sound.
func (s *site) show(t *testing.T, platform chat.Platform, name string, of messageState) {
	t.Helper()
	in := s.from(platform, name)
	in.ReplyTo, in.Sample, in.Text = of.ID, "picture", "look"
	s.do(t, "say", in)
	m := newest(kitchenOf(s.state(), platform))
	if m.ReplyTo != of.ID || len(m.Media) != 1 || m.Media[0].Show != "image" || m.Text.Plain != "look" {
		t.Fatalf("the phone shows %+v", m)
	}
	if r, b := s.get(m.Media[0].URL); r.StatusCode != http.StatusOK || len(b) == 0 {
		t.Errorf("the picture answers %d with %d bytes", r.StatusCode, len(b))
	}
	in = s.from(platform, name)
	in.Sample = "voice"
	s.do(t, "say", in)
}
