package chaostest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/potluck-chat/potluck/core"
	"github.com/potluck-chat/potluck/core/chat"
	"github.com/potluck-chat/potluck/storage/state"
)

// Program is the program as its operator has it. It must not pace what it sends by the rules of the real messengers.
type Program struct {
	// Start starts it in this process with a config file.
	Start func(config string) (Running, error)
	// Child returns it as a process of its own, not started.
	Child func(config string) *exec.Cmd
}

// Running is the program in this process. Stop ends it without waiting for what is under way, and returns when all of it
// has ended. Ledger is what it has counted.
type Running interface {
	Stop() error
	Ledger() []core.LedgerLine
}

// Options say how long a run is.
type Options struct {
	Events int    // what people do
	Seed   uint64 // of what they do, and when what goes wrong
	Short  bool   // only the first few of what can go wrong
}

// rooms is how many conversations there are: nobody may type more codes in a quarter of an hour.
const rooms = 5

// World lets people do things while everything goes wrong that can, and checks what they see at the end, and the ledger.
func World(t *testing.T, p Program, o Options) {
	before := runtime.NumGoroutine()
	h := newHall(t)
	c := newCrowd(h, o.Seed)
	w := &weather{hall: h, crowd: c, program: p, chance: rand.New(rand.NewPCG(o.Seed, 2)), counts: map[string]int{}}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.endChild()
		if err := w.stop(); err != nil {
			t.Errorf("stop the program: %v", err)
		}
	})
	h.link(rooms)
	c.model.rooms = h.rooms
	began := time.Now()
	if err := w.run(o); err != nil {
		t.Fatalf("after %d events: %v", c.total, err)
	}
	acted := time.Since(began)
	v := w.judge(t)
	if err := c.endPolls(); err != nil {
		t.Fatal(err)
	}
	if !t.Failed() {
		v = w.judge(t)
	}
	w.settleLedger(t)
	if err := w.stop(); err != nil {
		t.Errorf("stop the program: %v", err)
	}
	lines := checkState(t, h.statePath(), w)
	t.Logf("%d events in %s, all calm after %s: %v", c.total, acted.Round(100*time.Millisecond), time.Since(began).Round(100*time.Millisecond), c.acts)
	t.Logf("what went wrong: %v", w.counts)
	t.Logf("copies too many: telegram %d, signal %d, matrix %d; answers that may have been lost: %v; %d merged", v.extra[telegram], v.extra[signal], v.extra[matrix], w.cuts, v.merged)
	for _, l := range lines {
		t.Logf("ledger: %+v", l)
	}
	h.close()
	checkGoroutines(t, before)
}

// run lets people act, and the weather change at moments that the seed chooses.
func (w *weather) run(o Options) error {
	all := gusts()
	w.began = time.Now()
	if o.Short {
		all = all[:few]
	}
	w.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for i, g := range all {
		next := (2*i+1)*o.Events/(2*len(all)) + w.chance.IntN(1+o.Events/(4*len(all)))
		if err := w.live(max(0, next-w.crowd.total)); err != nil {
			return err
		}
		name := g.name
		if g.at < platforms {
			name += " " + nameOf(g.at)
		}
		w.counts[name]++
		w.hall.t.Logf("%s after %d events, %s", name, w.crowd.total, time.Since(w.began).Round(time.Millisecond))
		if err := g.do(w, g.at); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return w.live(max(0, o.Events-w.crowd.total))
}

// judge waits until all is calm and tells what is wrong.
func (w *weather) judge(t *testing.T) verdict {
	t.Helper()
	v := w.settle(15*time.Second, w.hall.rooms...)
	faults, strays := v.split()
	w.strays, w.wrong = append(w.strays, strays...), append(w.wrong, faults...)
	if len(faults) > 0 {
		t.Errorf("%d faults:\n%s", len(faults), report(faults))
	}
	if v.extra[matrix] > 0 {
		t.Errorf("%d copies too many on Matrix, want none", v.extra[matrix])
	}
	for _, p := range []int{telegram, signal} {
		if v.most[p] > w.cuts[p] { // one send at a time is under way in a chat
			t.Errorf("%d copies too many in one chat on %s, want at most one for each of the %d answers that may have been lost", v.most[p], nameOf(p), w.cuts[p])
		}
	}
	return v
}

// settleLedger waits until the program says that nothing is under way.
func (w *weather) settleLedger(t *testing.T) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var open uint64
		for _, l := range w.running.Ledger() {
			open += l.Underway
		}
		if open == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-late.C:
			t.Errorf("%d effects are under way after %s of calm", open, patience)
			return
		}
	}
}

// checkState checks the ledger of a program that has ended, and that nothing is among the dead letters.
func checkState(t *testing.T, path string, w *weather) []core.LedgerLine {
	t.Helper()
	s, err := state.Open(path, state.Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open state: %v", err)
	}
	defer s.Close()
	lines, err := core.CheckLedger(s)
	if err != nil {
		t.Error(err)
	}
	for _, l := range lines {
		if l.Underway > 0 || l.Dead > 0 || l.Refused[chat.Broken] > 0 {
			t.Errorf("the ledger of %q has %d effects under way, %d given up, and %d events that could not be read, want none", l.Platform, l.Underway, l.Refused[chat.Broken], l.Dead)
		}
	}
	err = s.View(func(tx core.Tx) error {
		return tx.Scan("dead", nil, func(_, value []byte) bool {
			var letter struct{ Why, Error, Rule string }
			_ = json.Unmarshal(value, &letter) // one that cannot be read is a dead letter all the same
			t.Errorf("dead letter: %+v", letter)
			return true
		})
	})
	if err != nil {
		t.Errorf("read dead letters: %v", err)
	}
	for _, f := range w.wrong[:min(len(w.wrong), 20)] {
		known(t, s, f.said, func(m chat.Message) {
			t.Logf("message %d in the state: gone %t, copies %+v", f.said.number, m.Gone, m.Copies)
		})
	}
	for _, f := range w.strays {
		known(t, s, f.said, func(m chat.Message) {
			for _, c := range m.Copies {
				if slices.ContainsFunc(c.Refs, func(r chat.Ref) bool { return r.ID == f.stray && r.Chat.ID == f.said.room.chats[f.where] }) {
					t.Error(f)
				}
			}
		})
	}
	return lines
}

// known calls with what the program knows of a message.
func known(t *testing.T, s core.Store, x *said, with func(chat.Message)) {
	t.Helper()
	platform := []chat.Platform{chat.Telegram, chat.Signal, chat.Matrix}[x.from]
	err := s.View(func(tx core.Tx) error {
		return tx.Scan("message", nil, func(_, value []byte) bool {
			var m chat.Message
			if json.Unmarshal(value, &m) == nil && m.Original.Chat.Platform == platform && m.Original.ID == x.first &&
				m.Original.Chat.ID == x.room.chats[x.from] {
				with(m)
			}
			return true
		})
	})
	if err != nil {
		t.Errorf("read messages: %v", err)
	}
}

// checkGoroutines checks that no more goroutines run than before, once those that are ending have ended.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	late := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before && time.Now().Before(late) {
		<-tick.C
	}
	if n := runtime.NumGoroutine(); n > before {
		var all strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&all, 1) // a builder takes everything
		t.Errorf("%d goroutines, %d before:\n%s", n, before, all.String())
	}
}

// report joins faults for an error message, not too many.
func report(faults []fault) string {
	var out []string
	for i, f := range faults {
		if i == 20 {
			out = append(out, fmt.Sprintf("and %d more", len(faults)-i))
			break
		}
		out = append(out, f.String())
	}
	return strings.Join(out, "\n")
}
