package storagetest_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/storage/bus"
	"github.com/potluck-chat/potluck/storage/state"
	"github.com/potluck-chat/potluck/storage/storagetest"
)

func TestMain(m *testing.M) {
	storagetest.Main(m, map[string]storagetest.Child{
		"bus":               busChild,
		"skip":              skipChild,
		"store":             storeChild(state.Options{}),
		"unflushed store":   storeChild(state.Options{NoSync: true}),
		"journal":           journalChild(state.JournalOptions{}),
		"unflushed journal": journalChild(state.JournalOptions{NoSync: true}),
		"house":             houseChild,
	})
}

// kills is how often each child is killed; STORAGETEST_KILLS sets it for long runs.
func kills(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("STORAGETEST_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 1
	}
	return 4
}

func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("STORAGETEST_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("seed: STORAGETEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// moment is when a child is killed: often early, sometimes late.
func moment(r *rand.Rand) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(80*time.Millisecond))
}

// place is where a test or child keeps its bus and state.
type place struct {
	bus   *bus.Bus
	state *state.Store
}

func openPlace(ctx context.Context, dir string, log *slog.Logger) (*place, error) {
	b, err := bus.Open(ctx, bus.Config{Dir: filepath.Join(dir, "bus")}, log)
	if err != nil {
		return nil, err
	}
	s, err := state.Open(filepath.Join(dir, "state.db"), state.Options{}, log)
	if err != nil {
		b.Close()
		return nil, err
	}
	return &place{bus: b, state: s}, nil
}

func (p *place) close() error {
	p.bus.Close()
	return p.state.Close()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func loud(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
}

var errEnough = errors.New("enough")
