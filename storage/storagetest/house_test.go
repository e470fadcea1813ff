package storagetest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/storagetest"
)

// house is the smallest engine there is: a source counts up, the fold adds up, and every third number makes an
// effect. It keeps published rows for a while, as an engine must whose stream may lose its tail.
type house struct {
	*place
	fold fold
	say  func(string, ...any)
}

// fold is the state, all of it.
type fold struct{ Applied, Cursor, Effects, Sum uint64 }

const keptRows = 5000

func (f fold) next(number uint64) fold {
	f.Cursor, f.Sum = number, (f.Sum^number)*1099511628211
	if number%3 == 0 {
		f.Effects++
	}
	return f
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func row(n uint64) core.Row {
	return core.Row{N: n, To: chat.Chat{Platform: chat.Signal, ID: fmt.Sprint("g", n%3)}, Data: fmt.Append(nil, 3*n)}
}

// openHouse opens everything and makes the state and the streams agree again.
func openHouse(ctx context.Context, dir string, log *slog.Logger) (*house, error) {
	p, err := openPlace(ctx, dir, log)
	if err != nil {
		return nil, err
	}
	h := &house{place: p, say: func(string, ...any) {}}
	if err := h.boot(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return h, nil
}

func (h *house) boot(ctx context.Context) error {
	err := h.state.View(func(tx core.Tx) error {
		if b := tx.Get("fold", []byte("fold")); b != nil {
			_, err := binary.Decode(b, binary.BigEndian, &h.fold)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, last, err := h.bus.Inbox().Bounds(ctx)
	if err == nil && last < h.fold.Applied {
		err = h.bus.Inbox().SkipTo(ctx, h.fold.Applied)
	}
	if err != nil {
		return err
	}
	there, err := h.bus.Outbox().Last(ctx)
	if err != nil {
		return err
	}
	var rows []core.Row
	err = h.state.View(func(tx core.Tx) error {
		return tx.Scan("out", key(there+1), func(k, _ []byte) bool {
			rows = append(rows, row(binary.BigEndian.Uint64(k)))
			return true
		})
	})
	return errors.Join(err, h.bus.Outbox().Append(ctx, rows))
}

// run lets the source count and the fold follow until the fold has reached target (0 = for ever).
func (h *house) run(ctx context.Context, target uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	entries := make(chan core.Entry, 1000)
	ended := make(chan error, 2)
	go func() { ended <- h.count(ctx, h.fold.Cursor+1, target) }()
	go func() {
		ended <- h.bus.Inbox().Read(ctx, h.fold.Applied+1, func(e core.Entry) error {
			select {
			case entries <- e:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var err error
	running := 2
	for err == nil && (target == 0 || h.fold.Cursor < target) {
		select {
		case e := <-entries:
			err = h.commit(ctx, gather(e, entries))
		case err = <-ended:
			running--
		}
	}
	cancel()
	for range running {
		if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// count is the platform: it begins behind what the house has confirmed.
func (h *house) count(ctx context.Context, from, target uint64) error {
	for n := from; target == 0 || n <= target; n++ {
		if _, err := h.bus.Inbox().Publish(ctx, chat.EventID(fmt.Sprint("n", n)), chat.Telegram, fmt.Append(nil, n)); err != nil {
			return err
		}
	}
	return nil
}

func gather(first core.Entry, more <-chan core.Entry) []core.Entry {
	all := []core.Entry{first}
	for {
		select {
		case e := <-more:
			all = append(all, e)
		default:
			return all
		}
	}
}

// commit folds entries in one transaction and then publishes what they led to.
func (h *house) commit(ctx context.Context, entries []core.Entry) error {
	f := h.fold
	var rows []core.Row
	err := h.state.Update(func(tx core.Tx) error {
		for _, e := range entries {
			n, err := strconv.ParseUint(string(e.Data), 10, 64)
			if err != nil || n > f.Cursor+1 {
				return fmt.Errorf("event %q comes after %d: something was lost: %w", e.Data, f.Cursor, err)
			}
			f.Applied = e.Seq
			if n <= f.Cursor {
				continue // a second delivery
			}
			before := f.Effects
			if f = f.next(n); f.Effects > before {
				rows = append(rows, row(f.Effects))
			}
		}
		return saveFold(tx, f, rows)
	})
	if err != nil {
		return err
	}
	h.fold = f
	h.say("%d", f.Cursor)
	return h.bus.Outbox().Append(ctx, rows)
}

func saveFold(tx core.Tx, f fold, rows []core.Row) error {
	for _, r := range rows {
		if err := tx.Put("out", key(r.N), r.Data); err != nil {
			return err
		}
		if r.N > keptRows {
			if err := tx.Delete("out", key(r.N-keptRows)); err != nil {
				return err
			}
		}
	}
	b, err := binary.Append(nil, binary.BigEndian, f)
	if err != nil {
		return err
	}
	return tx.Put("fold", []byte("fold"), b)
}

func houseChild(ctx context.Context, dir string, say func(string, ...any)) error {
	h, err := openHouse(ctx, dir, quiet())
	if err != nil {
		return err
	}
	h.say = say
	return h.run(ctx, 0)
}

func TestAKilledHouseCountsEverythingOnce(t *testing.T) {
	r, dir := newRand(t), t.TempDir()
	for range kills(t) {
		storagetest.Kill(t, "house", dir, moment(r))
	}
	checkHouse(t, dir)
}

func TestAHouseAfterPowerCutsCountsEverythingOnce(t *testing.T) {
	r, dir := newRand(t), t.TempDir()
	for range kills(t) {
		if r.IntN(2) == 0 {
			storagetest.Kill(t, "house", dir, moment(r))
		} else {
			checkHouse(t, dir) // and stopped in order
		}
		tear(t, r, dir, "EV_0")
		tear(t, r, dir, "FX_0")
	}
	checkHouse(t, dir)
}

// tear cuts the end off the newest block of a stream, as a power cut does that came before the flush: what
// else was written may be older or younger. The mark of a running server then has another boot's id.
func tear(t *testing.T, r *rand.Rand, dir, stream string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "bus", "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no blocks of %s (%v)", stream, err)
	}
	slices.SortFunc(blocks, func(a, b string) int { return blockNumber(a) - blockNumber(b) })
	newest := blocks[len(blocks)-1]
	info, err := os.Stat(newest)
	if err != nil {
		t.Fatal(err)
	}
	cut := int64(r.IntN(60_000))
	if cut > info.Size() {
		cut = r.Int64N(info.Size() + 1)
	}
	t.Logf("cutting %d of %d bytes off %s/%s", cut, info.Size(), stream, filepath.Base(newest))
	err = errors.Join(os.Truncate(newest, info.Size()-cut),
		os.WriteFile(filepath.Join(dir, "bus", "running"), []byte("another boot"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
}

func blockNumber(path string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".blk"))
	return n
}

// checkHouse lets the house go on for a while, compares it with a fresh calculation, and stops it.
func checkHouse(t *testing.T, dir string) {
	t.Helper()
	h, err := openHouse(t.Context(), dir, loud(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.run(t.Context(), h.fold.Cursor+50); err != nil {
		t.Fatal(err)
	}
	var want fold
	for want.Cursor < h.fold.Cursor {
		want = want.next(want.Cursor + 1)
	}
	want.Applied = h.fold.Applied
	if h.fold != want {
		t.Errorf("the house counted %+v, want %+v", h.fold, want)
	}
	if last, err := h.bus.Outbox().Last(t.Context()); err != nil || last != want.Effects {
		t.Errorf("the last effect is %d (%v), want %d", last, err, want.Effects)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	n := uint64(0)
	err = h.bus.Feed().Follow(ctx, chat.Signal, 0, func(e adapters.Numbered) {
		n++
		if w := row(n); e.N != w.N || e.Chat != w.To || string(e.Data) != string(w.Data) {
			t.Errorf("effect %d is %d %q for %s, want %q for %s", n, e.N, e.Data, e.Chat, w.Data, w.To)
		}
		if n == want.Effects {
			cancel()
		}
	})
	if err := errors.Join(err, h.close()); err != nil || n != want.Effects {
		t.Errorf("%d of %d effects are there: %v", n, want.Effects, err)
	}
	t.Logf("%d events and %d effects, each once", want.Cursor, want.Effects)
}
