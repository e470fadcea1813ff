package killtest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	kills  = flag.Int("kills", 20, "how often the program is killed")
	events = flag.Int("events", 2000, "how many things people do meanwhile, at least")
	seed   = flag.Uint64("seed", 0, "of the moments and of what people do; 0 = another each time")
)

// The rooms of the kill test, and the least time between two things that people do.
const (
	killRooms = 4
	breath    = 15 * time.Millisecond
)

// TestKill kills the program at random moments while people on three messengers write, answer, edit, delete
// and react. At the end nothing may be missing anywhere; nothing may be there twice on Matrix, and on
// Telegram and Signal, where a send cannot be repeated safely, once per kill at most.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program for a minute")
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", *seed)
	h := newHall(t, killRooms)
	p := newProgram(t, h.config, h.pages)
	p.start()
	p.ready()
	h.link()

	c := newCrowd(h, *seed)
	k := &killer{hall: h, program: p, crowd: c, chance: rand.New(rand.NewPCG(*seed, 2))}
	began := time.Now()
	k.both(t)
	t.Logf("%d things done and %d kills in %s: %v", c.total(), *kills, time.Since(began).Round(time.Second), c.acts)

	v := h.settled(c.model, 8*time.Second)
	k.judge(t, v)
	checkState(t, p, c.model, h)
	p.stop()
}

// killer kills the program while a crowd acts.
type killer struct {
	hall    *hall
	program *program
	crowd   *crowd
	chance  *rand.Rand
}

// both lets the crowd act until it has done enough and all kills are over.
func (k *killer) both(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var killed atomic.Bool
	var crowd sync.WaitGroup
	var failed error
	crowd.Go(func() {
		tick := time.NewTicker(breath)
		defer tick.Stop()
		for (k.crowd.total() < *events || !killed.Load()) && ctx.Err() == nil {
			if failed = k.crowd.act(); failed != nil {
				return
			}
			<-tick.C
		}
	})
	defer crowd.Wait()
	defer cancel()
	for n := range *kills {
		k.kill(n)
	}
	killed.Store(true)
	crowd.Wait()
	if failed != nil {
		t.Fatalf("the crowd: %v", failed)
	}
}

// kill waits for a random moment, kills the program and starts it again. Before every other kill the people
// on Signal fall silent, so that nothing can be lost by design.
func (k *killer) kill(n int) {
	time.Sleep(time.Duration(k.chance.Int64N(int64(time.Second))))
	if n%2 == 1 {
		k.crowd.silent.Store(true)
		defer k.crowd.silent.Store(false)
		late := time.Now().Add(10 * time.Second)
		for (k.hall.waits() > 0 || k.hall.lines.quiet() < 2*doubtful) && time.Now().Before(late) {
			time.Sleep(doubtful / 4)
		}
	}
	at := k.program.kill()
	k.hall.gates[signal].drained()
	k.hall.lines.killed(at)
	k.program.start()
}

func (c *crowd) total() int {
	n := 0
	for _, done := range c.acts {
		n += done
	}
	return n
}

// settled waits until all chats show what they must, or nothing changes for a time, and returns the verdict.
func (h *hall) settled(m *model, quiet time.Duration) verdict {
	const enough = time.Second
	changed, stop := h.changes()
	defer stop()
	for {
		v := m.check()
		patience := quiet
		if len(v.faults) == 0 {
			patience = enough // to see whether anything comes twice
		}
		late := time.NewTimer(patience)
		select {
		case <-changed:
			late.Stop()
		case <-late.C:
			return v
		}
	}
}

// judge tells what is wrong, apart from what Signal's daemon cannot give back.
func (k *killer) judge(t *testing.T, v verdict) {
	t.Helper()
	byDesign := map[*said]bool{}
	for _, f := range v.faults {
		if k.excused(f) {
			byDesign[f.said] = true
			t.Logf("unacknowledged by design: %s", f)
			continue
		}
		t.Error(f)
	}
	t.Logf("unacknowledged by design: Signal's daemon wrote %d lines within %s before a kill; %d messages are not as they must be for that",
		k.hall.lines.inDoubtCount(), doubtful, len(byDesign))
	t.Logf("duplicates: telegram %d, signal %d, matrix %d in %d kills and %d rooms, at most %d in one chat; of messages that are gone %v",
		v.extra[telegram], v.extra[signal], v.extra[matrix], *kills, killRooms, max(v.most[telegram], v.most[signal]), v.stray)
	if v.extra[matrix] > 0 {
		t.Errorf("%d duplicates on Matrix, want 0", v.extra[matrix])
	}
	for _, p := range []int{telegram, signal} {
		if v.most[p] > *kills { // one send at a time is under way in a chat
			t.Errorf("%d duplicates in one chat on %s, want one per kill at most", v.most[p], platformName(p))
		}
	}
}

// excused tells whether a fault is one that Signal's daemon may be the cause of.
func (k *killer) excused(f fault) bool {
	m := k.crowd.model
	return k.hall.inDoubt(m, f.said, f.vote) || f.said.reply != nil && !f.vote && k.hall.inDoubt(m, f.said.reply, false)
}

// inDoubt tells whether a line about a message may have been lost by design: written just before a kill, or
// into a connection that was gone already.
func (h *hall) inDoubt(m *model, s *said, vote bool) bool {
	passed := 0
	for _, name := range m.names(s, signal) {
		passed += h.lines.passedAbout(name)
		if h.lines.inDoubt(name, vote) {
			return true
		}
	}
	if len(m.names(s, signal)) == 0 {
		passed = h.lines.passedAbout(s.first)
	}
	return passed < s.lines
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
