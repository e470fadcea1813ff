package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/bus"
)

var errEnough = errors.New("enough")

func BenchmarkPublish(b *testing.B) {
	for _, always := range []bool{false, true} {
		b.Run(fmt.Sprintf("always=%t", always), func(b *testing.B) {
			x := openBus(b, bus.Config{Dir: b.TempDir(), SyncAlways: always})
			data := make([]byte, 300)
			for i := 0; b.Loop(); i++ {
				if _, err := x.Inbox().Publish(b.Context(), chat.EventID(fmt.Sprint("telegram:", i)), chat.Telegram, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	x := openBus(b, bus.Config{Dir: b.TempDir()})
	const n = 20_000
	rows := make([]core.Row, n)
	for i := range rows {
		rows[i] = core.Row{N: uint64(i + 1), To: chat.Chat{Platform: chat.Signal, ID: "g"}, Data: make([]byte, 300)}
		if _, err := x.Inbox().Publish(b.Context(), chat.EventID(fmt.Sprint(i)), chat.Telegram, rows[i].Data); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		err := x.Inbox().Read(b.Context(), 1, func(e core.Entry) error {
			if e.Seq == n {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkAppend chains effects, as many at a time as an idle and a busy engine have.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 10, 1000} {
		b.Run(fmt.Sprintf("rows=%d", size), func(b *testing.B) {
			x := openBus(b, bus.Config{Dir: b.TempDir()})
			rows, n := make([]core.Row, size), uint64(0)
			data := make([]byte, 300)
			for b.Loop() {
				for i := range rows {
					n++
					rows[i] = core.Row{N: n, To: chat.Chat{Platform: chat.Signal, ID: "group"}, Data: data}
				}
				if err := x.Outbox().Append(b.Context(), rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "effects/s")
		})
	}
}

// BenchmarkNext finds a chat's next effect among 10,000 of 100 chats.
func BenchmarkNext(b *testing.B) {
	x := openBus(b, bus.Config{Dir: b.TempDir()})
	var rows []core.Row
	for n := uint64(1); n <= 10_000; n++ {
		rows = append(rows, core.Row{N: n, To: chat.Chat{Platform: chat.Signal, ID: fmt.Sprint("g", n%100)}, Data: make([]byte, 300)})
	}
	if err := x.Outbox().Append(b.Context(), rows); err != nil {
		b.Fatal(err)
	}
	c := chat.Chat{Platform: chat.Signal, ID: "g7"}
	for i := uint64(0); b.Loop(); i++ {
		if _, ok, err := x.Feed().Next(b.Context(), c, i%9000); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkOpen starts the server on 20,000 events.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	x := openBus(b, bus.Config{Dir: dir})
	for i := range 20_000 {
		if _, err := x.Inbox().Publish(b.Context(), chat.EventID(fmt.Sprint(i)), chat.Telegram, make([]byte, 300)); err != nil {
			b.Fatal(err)
		}
	}
	x.Close()
	for b.Loop() {
		x, err := bus.Open(context.Background(), bus.Config{Dir: dir}, testLog(b))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		x.Close()
		b.StartTimer()
	}
}
