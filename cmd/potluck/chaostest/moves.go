package chaostest

import (
	"fmt"
	"time"
)

// roomWhere returns some room that fits.
func (w *weather) roomWhere(fits func(*room) bool) *room {
	var all []*room
	for _, r := range w.hall.rooms {
		if fits(r) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return w.hall.rooms[len(w.hall.rooms)-1]
	}
	return all[w.chance.IntN(len(all))]
}

// settleRoom lets the people of a room wait until everybody in it sees what he must, so that it can be checked for the last
// time before its chat is another.
func (w *weather) settleRoom(r *room) error {
	v := w.settle(10*time.Second, r)
	faults, strays := v.split()
	w.strays = append(w.strays, strays...)
	if len(faults) > 0 {
		return fmt.Errorf("room %d does not come to rest:\n%s", r.number, report(faults))
	}
	return nil
}

// migrate makes a basic group on Telegram a supergroup: it goes on under another name, and its messages' numbers begin anew.
func (w *weather) migrate() error {
	for _, r := range w.hall.rooms {
		if !r.basic {
			continue
		}
		r.basic = false
		return w.move(r, telegram, func() (string, error) { return w.hall.bots.Migrate(r.chats[telegram]) })
	}
	return nil
}

// upgrade replaces a room on Matrix by another.
func (w *weather) upgrade() error {
	r := w.roomWhere(func(r *room) bool { return !r.basic })
	return w.move(r, matrix, func() (string, error) { return w.hall.home.World().Upgrade(r.chats[matrix]) })
}

// pass lets people write while a room moves on a messenger. What is written elsewhere must be in the new chat; there people
// wait until the bot has come, which is told nothing of what was said before.
func (w *weather) pass(r *room, p int) error {
	for i := range 6 {
		x := &said{room: r, from: (p + 1 + i%2) % platforms, passing: true}
		if _, err := w.crowd.post(x, "while the room moves"); err != nil {
			return err
		}
	}
	if p == matrix {
		w.hall.until("the bot is in the new room", func() error {
			if at := w.hall.home.Membership(r.chats[matrix], w.hall.home.BotID()); at != "join" {
				return fmt.Errorf("it is %q", at)
			}
			return nil
		})
	}
	if _, err := w.crowd.post(&said{room: r, from: p, passing: true}, "here we are"); err != nil {
		return err
	}
	w.arrive(7)
	return nil
}

// arrive waits until everybody sees the last n messages.
func (w *weather) arrive(n int) {
	w.hall.t.Helper()
	m := w.crowd.model
	w.hall.until("everybody sees the last messages", func() error {
		m.read()
		for _, x := range m.all[len(m.all)-n:] {
			if len(x.unseen) > 0 {
				return fmt.Errorf("message %d is not shown on %v", x.number, x.unseen)
			}
		}
		return nil
	})
}

// move gives a room another chat on one messenger.
func (w *weather) move(r *room, p int, to func() (string, error)) error {
	if err := w.settleRoom(r); err != nil {
		return err
	}
	m := w.crowd.model
	before := m.moved
	for q := range platforms {
		var v verdict
		g := m.look(r, q)
		g.check(&v)
		before.extra[q] += v.extra[q]
		before.most[q] = max(before.most[q], v.extra[q])
		before.merged += v.merged
	}
	m.moved = before
	for _, x := range m.all {
		x.old = x.old || x.room == r
	}
	now, err := to()
	if err != nil {
		return fmt.Errorf("move room %d on %s: %w", r.number, nameOf(p), err)
	}
	r.chats[p] = now
	r.logs[p] = newChatLog(w.hall.worlds[p], now)
	return w.pass(r, p)
}

// settle waits until the chats of some rooms show what they must, or nothing changes for a time, and returns the verdict.
func (w *weather) settle(quiet time.Duration, rooms ...*room) verdict {
	moved := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		v := w.crowd.model.check(rooms...)
		if len(v.faults) == 0 || time.Since(moved) > quiet {
			return v
		}
		<-tick.C
		select {
		case <-w.hall.stir:
			moved = time.Now()
		default:
		}
	}
}
