package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/cmd/potluck/bench"
	"github.com/potluck-chat/potluck/cmd/potluck/hall"
)

// BenchmarkRelay relays messages between three pretended messengers through the whole program; b.N is the
// number of messages.
func BenchmarkRelay(b *testing.B) {
	result, err := bench.Relay(b.Context(), bench.Options{Rooms: 32, Messages: max(b.N, 100)}, func(ctx context.Context, h *hall.Hall) (func() error, error) {
		return startIn(ctx, h, "", slog.New(slog.DiscardHandler))
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

// BenchmarkOutage measures what people on Signal and Matrix notice while Telegram is away for 20 seconds and 5000 messages
// are written, and how long Telegram then takes to have them all.
func BenchmarkOutage(b *testing.B) {
	for range b.N {
		o := bench.OutageOptions{Rooms: 32, Away: 20 * time.Second, Calm: 2500, Messages: 5000}
		result, err := bench.Outage(b.Context(), o, func(ctx context.Context, h *hall.Hall) (func() error, error) {
			return startIn(ctx, h, "", slog.New(slog.DiscardHandler))
		})
		if err != nil {
			b.Fatal(err)
		}
		if !result.OK() {
			b.Errorf("%d lost, %d duplicated, %d out of order", result.Lost, result.Duplicated, result.Reordered)
		}
		b.ReportMetric(result.Ratio(), "p99-ratio")
		b.ReportMetric(result.Before, "p99-before-ms")
		b.ReportMetric(result.During, "p99-during-ms")
		b.ReportMetric(result.Catch, "catch-up-s")
		b.ReportMetric(result.HeapDuring, "heap-MB")
	}
}
