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
			first, second := s.from(platform, names[0]), s.from(platform, names[1])
			do := func(action string, in request) {
				t.Helper()
				if status, answer := s.post(action, in, nil); status != http.StatusOK {
					t.Fatalf("%s: %d %s", action, status, answer)
				}
			}
			last := func() messageState { return newest(kitchenOf(s.state(), platform)) }
			first.Text = "*hot* soup, ||secretly||"
			do("say", first)
			said := last()
			if said.Text.Plain != "hot soup, secretly" || len(said.Text.Spans) != 2 || said.Name != names[0] || said.Author != first.Person || said.Bot {
				t.Fatalf("the phone shows %+v", said)
			}
			first.Message, first.Text = said.ID, "cold soup"
			do("edit", first)
			second.Message, second.Emoji, second.On = said.ID, "👍", true
			do("react", second)
			s.await(func(pageState) error {
				if m := last(); m.Text.Plain != "cold soup" || !m.Edited || len(m.Reactions) != 1 {
					return errors.New("the edit and the reaction do not show")
				}
				return nil
			})
			if m := last(); m.Reactions[0].Names[0] != names[1] {
				t.Errorf("the reaction is of %v", m.Reactions[0].Names)
			}
			second.On = false
			do("react", second)
			second.ReplyTo, second.Sample, second.Text = said.ID, "picture", "look"
			do("say", second)
			m := last()
			if m.ReplyTo != said.ID || len(m.Media) != 1 || m.Media[0].Show != "image" || m.Text.Plain != "look" {
				t.Fatalf("the phone shows %+v", m)
			}
			if r, b := s.get(m.Media[0].URL); r.StatusCode != http.StatusOK || len(b) == 0 {
				t.Errorf("the picture answers %d with %d bytes", r.StatusCode, len(b))
			}
			do("say", request{Platform: platform, Person: second.Person, Chat: second.Chat, Sample: "voice"})
			do("delete", first)
			s.await(func(p pageState) error {
				for _, m := range kitchenOf(p, platform).Messages {
					if m.ID == said.ID && !m.Deleted {
						return errors.New("the message is still there")
					}
				}
				return nil
			})
			private := request{Platform: platform, Person: first.Person, Text: "hello bot"}
			seat, _ := s.table.seatOf(platform)
			who, _ := seat.byID(first.Person)
			private.Chat = who.private
			do("say", private)
		})
	}
}
