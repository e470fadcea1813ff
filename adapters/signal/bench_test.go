package signal_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/core/chat"
)

func BenchmarkSend(b *testing.B) {
	h := start(b, signaltest.Options{}, signal.Config{})
	ana := chat.Person{Identity: chat.Identity{Platform: chat.Matrix, ID: "@ana:x.org"}, Name: "Ana"}
	h.listening()
	for i := 0; b.Loop(); i++ {
		d := chat.Dispatch{ID: chat.EffectID(fmt.Sprint("e#", i)), Effect: chat.Send{To: h.chat, As: &ana, Text: chat.Plain("bread at six")}}
		if _, err := h.adapter.Do(context.Background(), d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	h := start(b, signaltest.Options{}, signal.Config{})
	h.listening()
	before := len(h.heard.all())
	b.ResetTimer()
	for range b.N {
		if _, err := h.Say(h.ana, h.chat.ID, world.Say{Text: chat.Plain("bread at six")}); err != nil {
			b.Fatal(err)
		}
	}
	h.heard.wait(b, func(all []chat.Event) bool { return len(all) >= before+b.N })
}
