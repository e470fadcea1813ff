package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"

	"github.com/potluck-chat/potluck/adapters"
)

const (
	// pollTime is how long a /sync may wait for something to happen.
	pollTime = 30 * time.Second
	// maxTimeline is how many events of one room a /sync may bring: many, because a gap costs more calls.
	// Synapse gives no more than 100. firstTimeline is for the very first sync, where nearly all is old,
	// and leastTimeline for answers that would be too large.
	maxTimeline, firstTimeline, leastTimeline = 1000, 50, 10
	// firstWait and lastWait bound the back-off between failed attempts.
	firstWait, lastWait = 200 * time.Millisecond, 30 * time.Second
)

// syncFilter leaves out what we never look at.
func syncFilter(timeline int) string {
	return fmt.Sprintf(`{"presence":{"not_types":["*"]},"account_data":{"not_types":["*"]},`+
		`"room":{"ephemeral":{"not_types":["*"]},"account_data":{"not_types":["*"]},`+
		`"timeline":{"limit":%d,"lazy_load_members":true},"state":{"lazy_load_members":true}}}`, timeline)
}

// answer is what /sync says, its events not read yet.
type answer struct {
	news
	Next  string `json:"next_batch"`
	Rooms struct {
		Join   map[string]joinedRoom  `json:"join"`
		Invite map[string]invitedRoom `json:"invite"`
		Leave  map[string]joinedRoom  `json:"leave"`
	} `json:"rooms"`
}

type joinedRoom struct {
	Timeline struct {
		Events  []json.RawMessage `json:"events"`
		Limited bool              `json:"limited"`
	} `json:"timeline"`
	State eventList `json:"state"`
}

type invitedRoom struct {
	State eventList `json:"invite_state"`
}

type eventList struct {
	Events []json.RawMessage `json:"events"`
}

// place is how far we have read: the server's token, and the newest time of an event before it, which
// tells where to stop when a gap is filled.
type place struct {
	token  string
	newest int64
}

func parsePlace(s string) place {
	ms, token, ok := strings.Cut(s, " ")
	n, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil {
		return place{token: s}
	}
	return place{token: token, newest: n}
}

func (p place) String() string { return strconv.FormatInt(p.newest, 10) + " " + p.token }

// Run receives until ctx ends.
func (a *Adapter) Run(ctx context.Context, in adapters.In) error {
	defer a.http.CloseIdleConnections()
	ctx, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	helpers.Go(func() { a.answerInvitations(ctx) })
	helpers.Go(func() { a.paint(ctx) })
	defer helpers.Wait()
	defer cancel()
	for wait := firstWait; ; {
		done, err := a.follow(ctx, in)
		if ctx.Err() != nil {
			return nil
		}
		if final(err) {
			return fmt.Errorf("run matrix: %w", err)
		}
		if done > 0 {
			wait = firstWait
		}
		pause := max(wait, retryAfter(err))
		a.log.Warn("matrix sync failed, trying again", "error", brief(err), "after", pause)
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
		wait = min(2*wait, lastWait)
	}
}

// follow receives batch after batch until something fails; done says how many there were.
func (a *Adapter) follow(ctx context.Context, in adapters.In) (done int, err error) {
	s, err := a.connect(ctx)
	if err != nil {
		return 0, err
	}
	saved, err := a.cursor.Load()
	if err != nil {
		return 0, fmt.Errorf("load cursor: %w", err)
	}
	p := parsePlace(saved)
	if p.token == "" {
		p.newest = a.began
	}
	for limit, most := maxTimeline, maxGap; ; done++ {
		got, err := a.sync(ctx, s, p.token, limit, done > 0)
		if isTooLong(err) && limit > leastTimeline {
			most, limit = limit-1, max(limit/10, leastTimeline)
			continue
		}
		if err != nil {
			a.lost(s, err)
			return done, err
		}
		if more := min(10*limit, maxGap); more <= most && a.wantsMore(got, p, limit) {
			limit = more
			continue
		}
		next, err := a.take(ctx, s, got, p, in)
		limit, most = maxTimeline, maxGap
		if err != nil {
			a.lost(s, err)
			return done, err
		}
		if next == p {
			continue
		}
		if err := a.cursor.Save(next.String()); err != nil {
			return done, fmt.Errorf("save cursor: %w", err)
		}
		p = next
	}
}

// wantsMore tells whether the same question with a higher limit would be answered without a gap: the
// server has cut a timeline short exactly where we asked it to. That is better than to fill the gap from
// /messages, in which Dendrite loses and swaps what was sent at the same time.
func (a *Adapter) wantsMore(got *answer, p place, limit int) bool {
	if p.token == "" || limit >= maxGap || limit < maxTimeline {
		return false
	}
	for _, r := range got.Rooms.Join {
		if !r.Timeline.Limited || len(r.Timeline.Events) < limit {
			continue
		}
		if _, fresh := a.ownJoin(decodeEvents(r.Timeline.Events)); !fresh {
			return true
		}
	}
	return false
}

// sync asks for what is new since a token. The first one does not wait for it, so that it is soon known whether the
// server is there.
func (a *Adapter) sync(ctx context.Context, s *session, since string, limit int, waits bool) (*answer, error) {
	timeout, q := time.Duration(0), map[string]string{}
	if waits {
		timeout = s.patience(pollTime)
	}
	if since == "" {
		timeout, limit = 0, min(limit, firstTimeline)
	} else {
		q["since"] = since
	}
	q["filter"] = syncFilter(limit)
	q["timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	ctx, cancel := context.WithTimeout(ctx, timeout+callTime)
	defer cancel()
	var out answer
	url := s.ears().BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, q)
	if _, err := s.ears().MakeRequest(ctx, http.MethodGet, url, nil, &out); err != nil {
		return nil, err
	}
	if out.Next == "" || !isPrintable(out.Next) {
		return nil, fmt.Errorf("the answer of /sync has no next_batch: is %s a homeserver?", a.config.Homeserver)
	}
	a.pulse.Store(time.Now().UnixNano())
	return &out, nil
}

// Pulse tells when the homeserver has answered a /sync last: one in which nothing happens is answered, too.
func (a *Adapter) Pulse() (at time.Time, every time.Duration) {
	if n := a.pulse.Load(); n != 0 {
		at = time.Unix(0, n)
	}
	return at, pollTime
}

// take makes the events of an answer durable and returns the place behind it. Of the very first sync only
// what happened since the adapter was made is told: what was said before is not ours to repeat.
func (a *Adapter) take(ctx context.Context, s *session, got *answer, p place, in adapters.In) (place, error) {
	next := place{token: got.Next, newest: p.newest}
	for _, room := range sortedKeys(got.Rooms.Invite) {
		a.takeInvite(room, got.Rooms.Invite[room])
	}
	b := &batch{}
	if err := a.absorb(ctx, s, got.news, p, b); err != nil {
		return p, err
	}
	for _, room := range sortedKeys(got.Rooms.Join) {
		if err := a.takeRoom(ctx, s, room, got.Rooms.Join[room], p, &next, b); err != nil {
			return p, err
		}
	}
	for _, room := range sortedKeys(got.Rooms.Leave) {
		if p.token == "" {
			continue
		}
		if err := a.takeRoom(ctx, s, room, got.Rooms.Leave[room], p, &next, b); err != nil {
			return p, err
		}
	}
	if err := s.settled(); err != nil {
		return p, err
	}
	if len(b.events) > 0 {
		if err := in(ctx, b.events...); err != nil {
			return p, err
		}
	}
	for _, f := range b.notes {
		f()
	}
	return next, nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m)), func(id string) bool { return !isRoomID(id) })
}

// takeRoom turns what is new in one room into events.
func (a *Adapter) takeRoom(ctx context.Context, s *session, room string, r joinedRoom, p place, next *place, b *batch) error {
	for _, raw := range r.State.Events {
		if e, ok := decodeEvent(raw); ok && e.Key != nil && !a.isKnown(e.ID) {
			a.rooms.set(room, e.Type, *e.Key, e.Content)
		}
	}
	events := decodeEvents(r.Timeline.Events)
	from, fresh := a.ownJoin(events)
	if p.token == "" {
		from = max(from, slices.IndexFunc(append(events, rawEvent{At: math.MaxInt64}), func(e rawEvent) bool { return e.At >= p.newest }))
	} else if !fresh && r.Timeline.Limited {
		var err error
		if events, err = a.fill(ctx, s, room, events, p, b); err != nil {
			return err
		}
		from, _ = a.ownJoin(events)
	}
	for i, e := range events {
		if a.isKnown(e.ID) {
			continue
		}
		if i < from { // what was there before the bot came: known, not told
			if e.Key != nil {
				a.rooms.set(room, e.Type, *e.Key, e.Content)
			}
			continue
		}
		if err := a.receive(ctx, s, room, e, b); err != nil {
			return err
		}
		// A clock that is ahead must not make all that follows look old.
		next.newest = max(next.newest, min(e.At, time.Now().UnixMilli()))
		b.later(func() { a.remember(e) })
	}
	return nil
}

// remember notes an event that was handed on, so that its repetition is known.
func (a *Adapter) remember(e rawEvent) {
	if _, known := a.recent.get(e.ID); !known {
		a.recent.add(e.ID, note{sender: e.Sender})
	}
}

func (a *Adapter) isKnown(id string) bool {
	_, known := a.recent.get(id)
	return known
}

func decodeEvents(raw []json.RawMessage) []rawEvent {
	out := make([]rawEvent, 0, len(raw))
	for _, r := range raw {
		if e, ok := decodeEvent(r); ok {
			out = append(out, e)
		}
	}
	return out
}

// ownJoin returns the index of the last event by which the bot came into the room; false if there is none.
func (a *Adapter) ownJoin(events []rawEvent) (int, bool) {
	for i, e := range slices.Backward(events) {
		if e.Type == "m.room.member" && e.Key != nil && *e.Key == a.config.User &&
			textField(e.Content, "membership") == "join" && textField(e.Unsigned.Prev, "membership") != "join" {
			return i, true
		}
	}
	return 0, false
}
