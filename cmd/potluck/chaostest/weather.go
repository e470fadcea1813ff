package chaostest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/adapters/matrix/matrixtest"
	"github.com/potluck-chat/potluck/adapters/signal/signaltest"
	"github.com/potluck-chat/potluck/adapters/telegram/telegramtest"
	"github.com/potluck-chat/potluck/core/chat"
)

// weather is what goes wrong while a crowd acts.
type weather struct {
	hall    *hall
	crowd   *crowd
	program Program
	running Running   // in this process; nil while a child runs
	child   *exec.Cmd // the program as a process; nil while none runs
	chance  *rand.Rand
	counts  map[string]int
	began   time.Time
	wrong   []fault
	strays  []fault        // what is shown and should not be, unless the program does not know of it
	cuts    [platforms]int // how often a call may have counted whose answer was lost
}

// gust is one thing that goes wrong, and where.
type gust struct {
	name string
	at   int // the messenger; platforms = all
	do   func(w *weather, p int) error
}

// gusts are all that can go wrong, those first that a short run has, too.
func gusts() []gust {
	var out []gust
	everywhere := func(name string, do func(w *weather, p int) error) {
		for p := range platforms {
			out = append(out, gust{name, p, do})
		}
	}
	program := func(name string, do func(w *weather) error) {
		out = append(out, gust{name, platforms, func(w *weather, _ int) error { return do(w) }})
	}
	program("restart", (*weather).restart)
	program("kill", (*weather).kill)
	everywhere("refused", func(w *weather, p int) error { return w.outage(p, refused) })
	everywhere("told to wait", (*weather).limit)
	everywhere("answer lost", (*weather).loseAnswers)
	program("migration", (*weather).migrate)
	program("tombstone", (*weather).upgrade)
	program("group changes", (*weather).changeGroups)
	everywhere("5xx", (*weather).breakServers)
	everywhere("half open", func(w *weather, p int) error { return w.outage(p, stalled) })
	everywhere("slow", (*weather).slow)
	program("told twice", (*weather).repeat)
	program("restart", (*weather).restart)
	program("locked out", (*weather).lockOut)
	program("kill", (*weather).kill)
	program("migration", (*weather).migrate)
	program("restart", (*weather).restart)
	program("told twice", (*weather).repeat)
	program("kill", (*weather).kill)
	return out
}

// few is how many of them a short run has.
const few = 10

// breath is the least time between two things that people do while a messenger is away.
const breath = 6 * time.Millisecond

// maxOpen is how many messages may be on their way in calm weather: people wait for each other, too.
const maxOpen = 250

// live lets people do n things.
func (w *weather) live(n int) error {
	for range n {
		if err := w.crowd.act(); err != nil {
			return err
		}
		if err := w.calm(); err != nil {
			return err
		}
	}
	return nil
}

// calm returns when not too much is on its way.
func (w *weather) calm() error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for w.crowd.model.open > maxOpen {
		select {
		case <-w.hall.stir:
			w.crowd.model.read()
		case <-late.C:
			w.crowd.model.read()
			return fmt.Errorf("%d messages are on their way and nothing moves:\n%s", w.crowd.model.open, w.crowd.model.missing())
		}
	}
	return nil
}

// storm lets people do n things however much is on its way, no faster than they breathe.
func (w *weather) storm(n int) error {
	tick := time.NewTicker(breath)
	defer tick.Stop()
	for range n {
		<-tick.C
		if err := w.crowd.act(); err != nil {
			return err
		}
	}
	return nil
}

// hush makes people on Signal fall silent and returns when the program has what they said.
func (w *weather) hush() error {
	w.crowd.silent = true
	began := time.Now()
	for quiet := began; time.Since(quiet) < 300*time.Millisecond; {
		if w.hall.daemon.Queued() > 0 {
			quiet = time.Now()
		}
		if time.Since(began) > patience {
			return fmt.Errorf("signal's daemon still has %d envelopes after %s", w.hall.daemon.Queued(), patience)
		}
		if err := w.storm(2); err != nil {
			return err
		}
	}
	return nil
}

// restart ends the program in this process and starts it again on the same folders. Calls under way are given up.
func (w *weather) restart() error {
	w.cut(telegram, signal)
	if err := w.stop(); err != nil {
		return err
	}
	if err := w.storm(5); err != nil {
		return err
	}
	return w.start()
}

func (w *weather) start() (err error) {
	w.running, err = w.program.Start(w.hall.config)
	return err
}

func (w *weather) stop() error {
	if w.running == nil {
		return nil
	}
	r := w.running
	w.running = nil
	return r.Stop()
}

// kill lets the program go on as a process of its own, and kills that.
func (w *weather) kill() error {
	w.cut(telegram, signal)
	w.cut(telegram, signal) // the change of the process, and the kill
	if err := w.stop(); err != nil {
		return err
	}
	w.child = w.program.Child(w.hall.config)
	w.child.Stderr = os.Stderr
	if err := w.child.Start(); err != nil {
		return fmt.Errorf("start the process: %w", err)
	}
	defer w.endChild()
	if err := w.live(100); err != nil {
		return err
	}
	if err := w.hush(); err != nil {
		return err
	}
	if err := w.storm(5 + w.chance.IntN(20)); err != nil {
		return err
	}
	w.endChild()
	w.noticed(signal)
	return w.start()
}

// endChild kills the process as the kernel does, without a word.
func (w *weather) endChild() {
	if w.child == nil {
		return
	}
	_ = w.child.Process.Kill() // one that has ended by itself is noticed by what people miss
	_ = w.child.Wait()
	w.child = nil
}

// cut notes that calls may have counted whose answers nobody hears.
func (w *weather) cut(at ...int) {
	for _, p := range at {
		w.cuts[p]++
	}
}

// outage makes a messenger unreachable for a while, at once or half open first.
func (w *weather) outage(p int, how gateState) error {
	w.cut(p)
	if p == signal {
		if err := w.hush(); err != nil {
			return err
		}
	}
	w.hall.gates[p].set(how)
	if how == refused {
		w.noticed(p)
	}
	err := w.storm(80)
	w.hall.gates[p].set(refused)
	w.noticed(p)
	w.hall.gates[p].set(through)
	return err
}

// noticed returns when Signal's daemon knows that its lines are cut: what it has not taken by then waits.
func (w *weather) noticed(p int) {
	w.hall.t.Helper()
	if p != signal {
		return
	}
	w.hall.until("Signal's daemon knows that nobody is there", func() error {
		if n := w.hall.daemon.Connections(); n > 0 {
			return fmt.Errorf("it has %d connections", n)
		}
		return nil
	})
	w.crowd.silent = false
}

// limit makes a messenger ask to wait a second, a few times.
func (w *weather) limit(p int) error {
	const times = 4
	switch p {
	case telegram:
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.TooMany, Visible: true, Times: times, RetryAfter: 1})
	case signal:
		w.hall.daemon.Break(signaltest.Fault{Kind: signaltest.RateLimit, Method: "send", Times: times, RetryAfter: time.Second})
	case matrix:
		w.hall.home.Fault(matrixtest.Fault{Path: "/send/", Status: 429, RetryAfter: time.Second, Times: times})
	}
	return w.storm(40)
}

// loseAnswers breaks the line after a call has counted, a few times.
func (w *weather) loseAnswers(p int) error {
	const times = 3
	for range times {
		w.cut(p)
	}
	switch p {
	case telegram:
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.DropAfter, Visible: true, Times: times})
	case signal:
		if err := w.hush(); err != nil { // a daemon whose line breaks is asked to write no more, and that may come late
			return err
		}
		w.hall.daemon.Break(signaltest.Fault{Kind: signaltest.DropAfter, Method: "send", Times: times})
	case matrix:
		w.hall.home.Fault(matrixtest.Fault{Path: "/send/", DropAfter: true, Times: times})
	}
	err := w.storm(60)
	w.crowd.silent = false
	return err
}

// breakServers lets a messenger answer everything with errors for a while.
func (w *weather) breakServers(p int) error {
	switch p {
	case telegram:
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.BadGateway, Times: -1})
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "getUpdates", Times: 3})
		defer w.hall.bots.Heal()
	case signal:
		w.hall.daemon.Break(signaltest.Fault{Kind: signaltest.Broken, Method: "send", Times: -1})
		defer w.hall.daemon.Heal()
	case matrix:
		w.hall.home.Fault(matrixtest.Fault{Status: 502, Times: 1 << 20})
		defer w.hall.home.ClearFaults()
	}
	return w.storm(60)
}

// slow lets some calls take long.
func (w *weather) slow(p int) error {
	const times, late = 5, 700 * time.Millisecond
	switch p {
	case telegram:
		w.hall.bots.Fail(telegramtest.Fault{Kind: telegramtest.Slow, Visible: true, Times: times, Delay: late})
	case signal:
		w.hall.daemon.Break(signaltest.Fault{Kind: signaltest.Slow, Method: "send", Times: times, Delay: late})
	case matrix:
		w.hall.home.Fault(matrixtest.Fault{Path: "/send/", Times: times, Delay: late})
	}
	return w.storm(40)
}

// repeat lets Telegram and the homeserver tell again what they have told.
func (w *weather) repeat() error {
	for range 3 {
		w.hall.bots.Repeat(30)
		w.hall.home.Fault(matrixtest.Fault{Path: "/sync", Repeat: 10})
		if err := w.live(20); err != nil {
			return err
		}
	}
	return nil
}

// lockOut removes the bot from a group on Telegram, where nobody can be heard then and nothing be shown, and lets it in again.
func (w *weather) lockOut() error {
	r := w.roomWhere(func(r *room) bool { return !r.basic })
	if err := w.settleRoom(r); err != nil {
		return err
	}
	group := r.chats[telegram]
	if err := w.hall.bots.RemoveBot(group); err != nil {
		return err
	}
	for i := range 6 {
		x := &said{room: r, from: signal + i%2}
		if _, err := w.crowd.post(x, "while the bot is away"); err != nil {
			return err
		}
		x.excused[telegram] = true
		w.crowd.model.seen(x, telegram)
	}
	w.arrive(6)
	return w.hall.bots.AddBot(group)
}

// changeGroups changes who is in Signal's groups, who governs them, and what they are called.
func (w *weather) changeGroups() error {
	who := w.hall.people[signal]
	for i, r := range w.hall.rooms {
		group := r.chats[signal]
		w.hall.daemon.Retitle(who[0].id, group, fmt.Sprintf("Room %d, renamed %d", r.number+1, w.crowd.total))
		w.hall.daemon.SetAdmin(group, who[1].id, i%2 == 0)
		guest := w.hall.daemon.NewPerson(fmt.Sprintf("Visitor %d of %d", i, w.crowd.total))
		if err := w.hall.daemon.Join(guest, group); err != nil {
			return err
		}
		if _, err := w.hall.daemon.Say(guest, group, world.Say{Text: chat.Plain("hello there")}); err != nil {
			return err
		}
		w.hall.daemon.RemoveMember(group, guest)
		if err := w.storm(2); err != nil {
			return err
		}
	}
	return nil
}
