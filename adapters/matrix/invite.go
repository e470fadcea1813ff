package matrix

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

const (
	// firstKnock and lastKnock bound the waits between attempts to answer an invitation, mostKnocks their
	// number: the inviting server may be down for a day.
	firstKnock, lastKnock = time.Second, 30 * time.Minute
	mostKnocks            = 60
	// mostInvitations is how many invitations may wait at the same time.
	mostInvitations = 1000
)

// doorman answers invitations beside /sync: to join a room can take as long as another server likes, and
// must not hold up what everybody else says.
type doorman struct {
	mu      sync.Mutex // guards waiting
	waiting map[string]invitation
	rung    chan struct{}
}

// invitation is one that is not answered yet.
type invitation struct {
	room, inviter string
	direct        bool
	tries         int
	due           time.Time
}

func newDoorman() *doorman {
	return &doorman{waiting: map[string]invitation{}, rung: make(chan struct{}, 1)}
}

// ring tells the doorman of an invitation.
func (d *doorman) ring(i invitation) {
	d.mu.Lock()
	if len(d.waiting) < mostInvitations {
		d.waiting[i.room] = i
	}
	d.mu.Unlock()
	select {
	case d.rung <- struct{}{}:
	default: // he is on his way
	}
}

// due returns the invitations to be answered now, and how long until the next one.
func (d *doorman) due(now time.Time) ([]invitation, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []invitation
	wait := lastKnock
	for _, room := range slices.Sorted(maps.Keys(d.waiting)) {
		if i := d.waiting[room]; i.due.After(now) {
			wait = min(wait, i.due.Sub(now))
		} else {
			out = append(out, i)
			delete(d.waiting, room)
		}
	}
	return out, wait
}

// answerInvitations works until ctx ends.
func (a *Adapter) answerInvitations(ctx context.Context) {
	for {
		now, wait := a.doorman.due(time.Now())
		for _, i := range now {
			a.answer(ctx, i)
		}
		if len(now) > 0 {
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-a.doorman.rung:
			t.Stop()
		case <-t.C:
		}
	}
}

// answer accepts an invitation, or declines one by somebody who may not invite; what cannot be done now
// is tried again later.
func (a *Adapter) answer(ctx context.Context, i invitation) {
	s, err := a.connect(ctx)
	if err == nil {
		err = a.joinOrDecline(ctx, s, i)
	}
	switch st := statusOf(err); {
	case err == nil || ctx.Err() != nil:
	case st >= http.StatusBadRequest && st < 500 && st != http.StatusTooManyRequests && st != http.StatusUnauthorized,
		i.tries >= mostKnocks:
		a.log.Warn("invitation could not be answered", "room", i.room, "error", brief(err))
	default:
		pause := max(min(firstKnock<<min(i.tries, 16), lastKnock), retryAfter(err))
		i.tries, i.due = i.tries+1, time.Now().Add(pause)
		a.doorman.ring(i)
	}
}

func (a *Adapter) joinOrDecline(ctx context.Context, s *session, i invitation) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if !a.config.accepts(i.inviter) {
		_, err := s.bot.LeaveRoom(ctx, id.RoomID(i.room))
		a.lost(s, err)
		return err
	}
	if i.direct && isUserID(i.inviter) {
		a.setDirect(ctx, s, i.inviter, i.room)
	}
	_, err := s.bot.JoinRoom(ctx, i.room, &mautrix.ReqJoinRoom{Via: []string{serverOf(i.inviter)}})
	a.lost(s, err)
	return err
}

// takeInvite reads who has invited the bot.
func (a *Adapter) takeInvite(room string, r invitedRoom) {
	i := invitation{room: room}
	for _, raw := range r.State.Events {
		var e rawEvent
		if json.Unmarshal(raw, &e) == nil && e.Type == "m.room.member" && e.Key != nil && *e.Key == a.config.User {
			i.inviter, i.direct = e.Sender, objectOf(e.Content).flag("is_direct")
		}
	}
	a.doorman.ring(i)
}
