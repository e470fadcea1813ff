package signal

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// looksForOneAfar is how many looks for knocks there are for one at Signal's server.
const looksForOneAfar = 10

// lookForKnocks looks again and again, until ctx ends, whether somebody asks to be let in. The daemon takes a
// request over when the phone of the one who asks tells of it, and gives it to nobody, as it is not by a member.
func (a *Adapter) lookForKnocks(ctx context.Context, calls *client) {
	ticks := time.NewTicker(a.cfg.Look)
	defer ticks.Stop()
	for n := 1; ; n++ {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
		r := request{client: calls, look: lookKnocks}
		if n%looksForOneAfar == 0 {
			r.look = lookKnocksAfar
		}
		if err := a.request(ctx, r); err != nil && ctx.Err() == nil {
			a.log.Debug("signal groups not looked at", "error", err)
		}
	}
}

// knocks tells who has begun to ask, in all groups. Whatever else has changed is left to the notification that
// tells of it, which is behind the messages that came before it. afar: of groups that have a link Signal's
// server is asked, which knows of those, too, whose phones have told nobody.
func (a *Adapter) knocks(ctx context.Context, c *client, afar bool) ([]chat.Event, error) {
	var list []listedGroup
	if err := a.ask(ctx, c, "listGroups", a.params(), &list); err != nil {
		return nil, err
	}
	self := a.self()
	var events []chat.Event
	for _, g := range list {
		if afar && g.IsMember && g.Link != "" {
			fresh, err := a.groupNow(ctx, c, g.ID)
			if err != nil {
				return events, err
			}
			g = fresh.listedGroup
		}
		old, known := a.groups.get(g.ID)
		now := old
		now.Asking = rosterOf(g, self).Asking
		if !known || !old.In || !g.IsMember || slices.Equal(now.Asking, old.Asking) {
			continue
		}
		now.N++
		events = append(events, a.knocked(ctx, c, old, now, g.ID, moment{at: a.now()})...)
		a.groups.set(g.ID, now)
	}
	return events, nil
}

// knocked are the events of those who have begun to ask between two rosters.
func (a *Adapter) knocked(ctx context.Context, c *client, old, now roster, id string, m moment) []chat.Event {
	asking := missing(now.Asking, old.Asking)
	a.look(ctx, c, asking...)
	var out []chat.Event
	for _, who := range asking {
		m.by = who // not whose change has shown it
		out = append(out, a.change(id, now, m, "knocked:"+who, chat.Knocked{Who: a.person(who)}))
	}
	return out
}

// stir lets the consumer look at a group that the bot itself has changed.
func (a *Adapter) stir(id string) {
	a.groups.mu.Lock()
	if a.groups.moved == nil {
		a.groups.moved = map[string]bool{}
	}
	a.groups.moved[id] = true
	a.groups.mu.Unlock()
	select {
	case a.stirred <- struct{}{}:
	default:
	}
}

// takeMoved returns the groups that the bot has changed, in order, and forgets that.
func (g *groups) takeMoved() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	ids := slices.Sorted(maps.Keys(g.moved))
	g.moved = nil
	return ids
}
