package state_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/state"
)

// BenchmarkUpdate changes 1, 10 or 100 of 20,000 values of 200 bytes in a transaction.
func BenchmarkUpdate(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		for _, items := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("nosync=%t/items=%d", noSync, items), func(b *testing.B) {
				s := openStore(b, b.TempDir(), state.Options{NoSync: noSync})
				defer s.Close()
				value := make([]byte, 200)
				fill(b, s, 20_000, value)
				r := rand.New(rand.NewPCG(1, 2))
				for b.Loop() {
					err := s.Update(func(tx core.Tx) error {
						for range items {
							if err := tx.Put("messages", messageKey(r.IntN(20_000)), value); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(items)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
			})
		}
	}
}

// messageKey is like a ref's: 40 bytes, scattered.
func messageKey(i int) []byte {
	x := uint64(i) * 0x9e3779b97f4a7c15
	return fmt.Appendf(nil, "telegram:-100%016x %010d", x, i)
}

func fill(b testing.TB, s core.Store, n int, value []byte) {
	b.Helper()
	for from := 0; from < n; from += 20_000 {
		err := s.Update(func(tx core.Tx) error {
			for i := from; i < min(from+20_000, n); i++ {
				if err := tx.Put("messages", messageKey(i), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLookup reads one of a million, as the relay does for an edit or a reply.
func BenchmarkLookup(b *testing.B) {
	if testing.Short() {
		b.Skip("builds a million keys")
	}
	const n = 1_000_000
	s := openStore(b, b.TempDir(), state.Options{NoSync: true})
	defer s.Close()
	fill(b, s, n, make([]byte, 100))
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []string{"view", "update"} {
		run := s.View
		if kind == "update" {
			run = s.Update
		}
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				err := run(func(tx core.Tx) error {
					if tx.Get("messages", messageKey(r.IntN(n))) == nil {
						return os.ErrNotExist
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	size, err := s.Size()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(size)/(1<<20), "MiB")
}

// BenchmarkRecord notes outcomes from 32 lanes at once.
func BenchmarkRecord(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		for _, lanes := range []int{1, 32} {
			b.Run(fmt.Sprintf("nosync=%t/lanes=%d", noSync, lanes), func(b *testing.B) {
				j := openJournal(b, b.TempDir(), state.JournalOptions{NoSync: noSync})
				defer j.Close()
				recordFrom(b, j, lanes)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

func recordFrom(b *testing.B, j adapters.Journal, lanes int) {
	b.Helper()
	var next atomic.Uint64
	var wait sync.WaitGroup
	receipt := make([]byte, 300)
	b.ResetTimer()
	for lane := range lanes {
		c := chat.Chat{Platform: chat.Signal, ID: fmt.Sprint("group", lane)}
		wait.Go(func() {
			for n := next.Add(1); n <= uint64(b.N); n = next.Add(1) {
				id := binary.BigEndian.AppendUint64(nil, n*0x9e3779b97f4a7c15)
				err := j.Record(adapters.Done{
					N: n, Effect: chat.EffectID(fmt.Sprintf("%x#1", id)), Chat: c, Receipt: receipt,
					Refs: []chat.Ref{{Chat: c, ID: fmt.Sprint(n)}},
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	b.StopTimer()
}

// BenchmarkOpen opens a state of 200,000 values.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := openStore(b, dir, state.Options{NoSync: true})
	fill(b, s, 200_000, make([]byte, 200))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := state.Open(filepath.Join(dir, "state.db"), state.Options{}, testLog(b))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
