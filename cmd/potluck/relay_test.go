package main

import (
	"context"
	"log/slog"
	"testing"

	"github.com/potluck-chat/potluck/cmd/potluck/bench"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// BenchmarkRelay relays messages between three pretended messengers through the whole program; b.N is the
// number of messages.
func BenchmarkRelay(b *testing.B) {
	result, err := bench.Relay(b.Context(), bench.Options{Rooms: 32, Messages: max(b.N, 100)}, func(ctx context.Context, h *hall.Hall) (func() error, error) {
		return startIn(ctx, h, slog.New(slog.DiscardHandler))
	})
	if err != nil {
		b.Fatal(err)
	}
	if !result.OK() {
		b.Errorf("%d lost, %d duplicated", result.Lost, result.Duplicated)
	}
	b.ReportMetric(result.PerSecond, "messages/s")
	b.ReportMetric(result.P99, "p99-ms")
}
