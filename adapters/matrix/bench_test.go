package matrix_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// BenchmarkDo sends as a ghost over the network to our own server.
func BenchmarkDo(b *testing.B) {
	s := newServer(b, matrixtest.Options{AppService: true})
	w := s.World()
	group := w.NewGroup("kitchen", w.NewPerson("Ana"))
	a := newAdapter(b, configFor(s, s.URL()), noFiles, &cursor{})
	n := 0
	for b.Loop() {
		n++
		_, err := a.Do(context.Background(), chat.Dispatch{
			ID: chat.EventID(fmt.Sprint(n)).Effect(1), At: time.Now(),
			Effect: chat.Send{To: in(group), As: guest(), Text: chat.Plain("bread at six")},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRun receives what people say as fast as it comes.
func BenchmarkRun(b *testing.B) {
	s := newServer(b, matrixtest.Options{})
	w := s.World()
	ana := w.NewPerson("Ana")
	group := w.NewGroup("kitchen", ana)
	a := newAdapter(b, configFor(s, s.URL()), noFiles, &cursor{})
	heard := make(chan int, 1024)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- a.Run(ctx, func(_ context.Context, events ...chat.Event) error {
			n := 0
			for _, e := range events {
				if _, ok := e.Body.(chat.Posted); ok {
					n++
				}
			}
			heard <- n
			return nil
		})
	}()
	for s.Syncs(s.BotID()) == 0 {
		time.Sleep(time.Millisecond)
	}
	b.ResetTimer()
	said, got := 0, 0
	for b.Loop() {
		if _, err := w.Say(ana, group, world.Say{Text: chat.Plain("bread at six")}); err != nil {
			b.Fatal(err)
		}
		said++
		for said-got > 500 {
			got += <-heard
		}
	}
	for got < said {
		got += <-heard
	}
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}
