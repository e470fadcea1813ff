package telegram

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// BenchmarkSend sends through the adapter to the fake over loopback, in eight chats at a time.
func BenchmarkSend(b *testing.B) {
	s := telegramtest.New(telegramtest.Options{})
	b.Cleanup(s.Close)
	ana := s.NewPerson("Ana")
	a, err := New(Config{Token: s.Token(), API: s.URL()}, nil, &cursor{}, discard())
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		group := s.NewGroup("g", ana)
		for pb.Next() {
			id := chat.EventID(fmt.Sprint("bench:", n.Add(1))).Effect(1)
			if _, err := a.Do(context.Background(), chat.Dispatch{ID: id, Effect: chat.Send{To: at(group), As: gita(), Text: chat.Plain("bread at six")}}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkReceive polls what people say.
func BenchmarkReceive(b *testing.B) {
	s := telegramtest.New(telegramtest.Options{})
	b.Cleanup(s.Close)
	ana := s.NewPerson("Ana")
	group := s.NewGroup("g", ana)
	a, err := New(Config{Token: s.Token(), API: s.URL()}, nil, &cursor{}, discard())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	all := make(chan struct{})
	done := make(chan error, 1)
	heard := 0
	go func() {
		done <- a.Run(ctx, func(_ context.Context, events ...chat.Event) error {
			for _, e := range events {
				if _, ok := e.Body.(chat.Posted); ok {
					heard++
				}
			}
			if heard >= b.N {
				select {
				case <-all:
				default:
					close(all)
				}
			}
			return nil
		})
	}()
	for range b.N {
		if _, err := s.Say(ana, group, world.Say{Text: chat.Plain("bread at six")}); err != nil {
			b.Fatal(err)
		}
	}
	<-all
	cancel()
	if err := <-done; err != nil {
		b.Error(err)
	}
}
