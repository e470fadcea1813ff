package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/storage/bus"
)

func TestADirectoryIsOpenOnce(t *testing.T) {
	c := bus.Config{Dir: t.TempDir()}
	b := openBus(t, c)
	if _, err := bus.Open(t.Context(), c, testLog(t)); !errors.Is(err, bus.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	b.Close()
	openBus(t, c).Close()
}

func TestOpenTellsWhatToMend(t *testing.T) {
	for want, c := range map[string]bus.Config{
		"set one":              {},
		"partition -1":         {Dir: "x", Partition: -1},
		"replicas 9":           {URL: "x", Replicas: 9},
		"has one replica":      {Dir: "x", Replicas: 3},
		"a time is negative":   {Dir: "x", KeepEvents: -1},
		"a size is negative":   {Dir: "x", MaxEffects: -1},
		"connect to the bus's": {URL: "nats://127.0.0.1:1"},
		"make bus directory":   {Dir: "/dev/null/x"},
	} {
		b, err := bus.Open(t.Context(), c, testLog(t))
		if err == nil {
			b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want it to say %q", c, err, want)
		}
	}
}

func TestPartitionsStayApart(t *testing.T) {
	s := startServer(t, t.TempDir(), -1)
	a, b := openBus(t, bus.Config{URL: s.ClientURL()}), openBus(t, bus.Config{URL: s.ClientURL(), Partition: 15})
	if err := publish(t.Context(), a, 1); err != nil {
		t.Fatal(err)
	}
	if err := a.Outbox().Append(t.Context(), []core.Row{row(1), row(2)}); err != nil {
		t.Fatal(err)
	}
	if err := b.Outbox().Append(t.Context(), []core.Row{row(1)}); err != nil {
		t.Fatal(err)
	}
	got, err := b.Stats(t.Context())
	if err != nil || got.Events.Last != 0 || got.Effects.Last != 1 || got.Embedded {
		t.Errorf("the other partition has %+v (%v)", got, err)
	}
	got, err = a.Stats(t.Context())
	if err != nil || got.Events.Messages != 1 || got.Effects.Last != 2 || got.Effects.Bytes == 0 || got.Effects.MaxBytes == 0 {
		t.Errorf("the partition has %+v (%v)", got, err)
	}
}

func TestACloseLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := openBus(t, bus.Config{Dir: t.TempDir()})
	done := make(chan error, 1)
	read := make(chan struct{})
	go func() {
		done <- b.Inbox().Read(ctx, 1, func(core.Entry) error { close(read); return nil })
	}()
	if err := errors.Join(publish(ctx, b, 1), b.Outbox().Append(ctx, []core.Row{row(1)})); err != nil {
		t.Fatal(err)
	}
	<-read
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.Close()
}
