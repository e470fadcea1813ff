package signal_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest"
	"github.com/potluck-chat/potluck/adapters/signal"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
)

func TestSignalKeepsTheContract(t *testing.T) {
	adaptertest.Run(t, adaptertest.Subject{Name: "signal", New: func(t *testing.T) adaptertest.Fixture {
		s := signaltest.New(signaltest.Options{Receipts: true, Seed: uint64(len(t.Name()))})
		return newFixture(t, s, s.AttachmentsDir())
	}})
}

// The same over TCP, with a daemon on another machine whose folder nobody can read and whose answers overtake
// each other.
func TestSignalKeepsTheContractFromAfar(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole contract again")
	}
	adaptertest.Run(t, adaptertest.Subject{Name: "signal from afar", New: func(t *testing.T) adaptertest.Fixture {
		o := signaltest.Options{Network: "tcp", Jitter: 2 * time.Millisecond, Seed: uint64(len(t.Name()))}
		return newFixture(t, signaltest.New(o), "")
	}})
}

func newFixture(t *testing.T, s *signaltest.Server, attachments string) adaptertest.Fixture {
	t.Cleanup(s.Close)
	dir := t.TempDir()
	return adaptertest.Fixture{
		World: s,
		Adapter: func(t *testing.T, open adapters.Opener, cursor adapters.Cursor) adapters.Adapter {
			a, err := signal.New(signal.Config{
				Socket: s.Address(), Account: s.Account(), Dir: dir, Attachments: attachments, Look: 20 * time.Millisecond,
			}, open, cursor, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})))
			if err != nil {
				t.Fatalf("new adapter: %v", err)
			}
			return a
		},
		Outage: func(down bool) {
			if down {
				s.Stop(true)
				return
			}
			if err := s.Start(); err != nil {
				t.Errorf("start daemon: %v", err)
			}
		},
		Limit: func(n int, after time.Duration) {
			s.Break(signaltest.Fault{Kind: signaltest.RateLimit, Times: n, RetryAfter: after})
		},
	}
}
