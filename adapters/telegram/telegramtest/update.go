package telegramtest

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// What the server imposes on getUpdates (telegram-bot-api, Client.h and Client.cpp).
const (
	maxPoll        = 50 // seconds
	maxBatch       = 100
	maxPending     = 100000
	updateLife     = 24 * time.Hour
	callbackLife   = 150 * time.Second
	firstUpdateID  = 310000001
	keptForRepeats = 100
)

// lane names a queue of updates that the webhook delivers one after another.
type lane struct {
	kind string
	id   int64
}

// queuedUpdate is one update that the bot has not confirmed.
type queuedUpdate struct {
	id      int64
	raw     json.RawMessage
	lane    lane
	expires time.Time
	done    bool // confirmed, or delivered to the webhook
}

// updateQueue holds the bot's updates in order.
type updateQueue struct {
	next     int64
	pending  []*queuedUpdate // from the oldest; done ones are cut off at the head
	recent   []*queuedUpdate // the last confirmed ones
	allowed  []string        // nil = the default
	waiting  *poller         // the poller that waits now
	previous int64           // the offset asked last
	asked    time.Time       // and when
}

// poller is one waiting getUpdates.
type poller struct {
	wake   chan struct{} // gets a value when something arrives
	ousted chan struct{} // closed when another poller came
}

func newUpdateQueue() updateQueue { return updateQueue{next: firstUpdateID, previous: -1} }

// byDefault tells which kinds are not sent unless asked for.
func byDefault(kind string) bool {
	return kind != "chat_member" && kind != "message_reaction" && kind != "message_reaction_count"
}

func (q *updateQueue) wants(kind string) bool {
	if len(q.allowed) == 0 {
		return byDefault(kind)
	}
	return slices.Contains(q.allowed, kind)
}

// emit queues an update if the bot asked for its kind; the lock is held.
func (s *Server) emit(kind string, object any, l lane) {
	if !s.queue.wants(kind) {
		return
	}
	raw, err := json.Marshal(map[string]any{"update_id": s.queue.next, kind: object})
	if err != nil {
		s.violations = append(s.violations, "update: "+err.Error())
		return
	}
	if w, ok := object.(*wireMessage); s.options.Strict && (!ok || !w.Future) {
		if err := s.schema.object("Update", raw); err != nil {
			s.violations = append(s.violations, "update: "+err.Error())
		}
	}
	life := updateLife
	if kind == "callback_query" {
		life = callbackLife
	}
	s.push(&queuedUpdate{id: s.queue.next, raw: raw, lane: l, expires: s.options.Now().Add(life)})
}

// push adds an update and wakes who waits for it.
func (s *Server) push(u *queuedUpdate) {
	q := &s.queue
	q.next = max(q.next, u.id+1)
	q.pending = append(q.pending, u)
	if len(q.pending) > maxPending {
		q.pending = q.pending[1:]
	}
	if s.hook.url != "" {
		s.deliver(u)
		return
	}
	if q.waiting != nil {
		select {
		case q.waiting.wake <- struct{}{}:
		default:
		}
	}
}

// Inject queues a raw update as it is; "update_id" is set when it is missing. Nothing checks it: unknown
// kinds, broken unions and huge ids are what it is for.
func (s *Server) Inject(raw string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &members); err != nil {
		return err
	}
	id := s.queue.next
	if given, ok := members["update_id"]; ok {
		if err := json.Unmarshal(given, &id); err != nil {
			return err
		}
	} else {
		members["update_id"], _ = json.Marshal(id)
		whole, err := json.Marshal(members)
		if err != nil {
			return err
		}
		raw = string(whole)
	}
	s.push(&queuedUpdate{id: id, raw: json.RawMessage(raw), lane: lane{"injected", 0}, expires: s.options.Now().Add(updateLife)})
	return nil
}

// Repeat delivers the last n confirmed updates once more, under their old ids.
func (s *Server) Repeat(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.queue.recent[max(0, len(s.queue.recent)-n):]
	var back []*queuedUpdate
	for _, u := range again {
		back = append(back, &queuedUpdate{id: u.id, raw: u.raw, lane: u.lane, expires: u.expires})
	}
	s.queue.pending = append(back, s.queue.pending...)
	if s.hook.url != "" {
		for _, u := range back {
			s.deliver(u)
		}
		return
	}
	if w := s.queue.waiting; w != nil {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Pending returns how many updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.tidy(s.options.Now())
	return len(s.queue.pending)
}

// tidy cuts off what is done or expired at the head.
func (q *updateQueue) tidy(now time.Time) {
	n := 0
	for n < len(q.pending) && (q.pending[n].done || now.After(q.pending[n].expires)) {
		n++
	}
	q.pending = q.pending[n:]
}

// confirm forgets what is older than the offset.
func (q *updateQueue) confirm(offset int64, now time.Time) {
	if offset < 0 {
		keep := max(0, len(q.pending)+int(max(offset, -maxPending)))
		q.pending = q.pending[keep:]
		return
	}
	q.tidy(now)
	if len(q.pending) == 0 || offset == 0 {
		return
	}
	head, tail := q.pending[0].id, q.pending[len(q.pending)-1].id
	if offset > tail+10 || offset < head-maxPending {
		return // an offset from another time: reading starts at the head
	}
	n := 0
	for n < len(q.pending) && q.pending[n].id < offset {
		q.recent = append(q.recent, q.pending[n])
		n++
	}
	q.pending = q.pending[n:]
	q.recent = q.recent[max(0, len(q.recent)-keptForRepeats):]
}

func (q *updateQueue) batch(limit int, now time.Time) []json.RawMessage {
	out := []json.RawMessage{}
	for _, u := range q.pending {
		if len(out) == limit {
			break
		}
		if !u.done && !now.After(u.expires) {
			out = append(out, u.raw)
		}
	}
	return out
}

// getUpdates is the long poll; it takes the lock by itself.
func (s *Server) getUpdates(ctx context.Context, c *call) (any, error) {
	limit, timeout := pollLimits(c)
	s.mu.Lock()
	if s.hook.url != "" {
		s.mu.Unlock()
		s.linger(ctx)
		return nil, &apiError{code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	if err := s.allow(c); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	q, offset := &s.queue, c.number("offset")
	now := time.Now()
	if offset == q.previous && timeout < 3 && now.Sub(q.asked) < s.seconds(3) {
		timeout = 3
	}
	if offset == q.previous && now.Sub(q.asked) < s.seconds(0.5) {
		limit = 1
	}
	q.previous, q.asked = offset, now
	if q.waiting != nil {
		close(q.waiting.ousted)
		q.waiting = nil
	}
	q.confirm(offset, s.options.Now())
	me := &poller{wake: make(chan struct{}, 1), ousted: make(chan struct{})}
	batch := q.batch(limit, s.options.Now())
	if len(batch) > 0 || timeout == 0 {
		s.mu.Unlock()
		return batch, nil
	}
	q.waiting = me
	s.mu.Unlock()
	return s.await(ctx, me, limit, s.seconds(float64(timeout)))
}

func pollLimits(c *call) (limit, timeout int) {
	limit, timeout = int(c.number("limit")), int(c.number("timeout"))
	if limit <= 0 || limit > maxBatch {
		limit = maxBatch
	}
	return limit, min(max(timeout, 0), maxPoll)
}

// allow remembers allowed_updates, which stays until it is given again.
func (s *Server) allow(c *call) error {
	if _, given := c.values["allowed_updates"]; !given {
		return nil
	}
	var kinds []string
	if err := c.object("allowed_updates", &kinds); err != nil {
		return err
	}
	s.queue.allowed = kinds
	return nil
}

func (s *Server) await(ctx context.Context, me *poller, limit int, timeout time.Duration) (any, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	var batch []json.RawMessage
	select {
	case <-me.wake:
	case <-timer.C:
	case <-ctx.Done():
	case <-s.stop:
	case <-me.ousted:
		s.linger(ctx)
		return nil, &apiError{code: 409, description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.waiting == me {
		s.queue.waiting = nil
		batch = s.queue.batch(limit, s.options.Now())
	}
	if batch == nil {
		batch = []json.RawMessage{}
	}
	return batch, nil
}

// linger waits the three seconds that the server takes before a 409.
func (s *Server) linger(ctx context.Context) {
	timer := time.NewTimer(s.seconds(3))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.stop:
	}
}

func (s *Server) seconds(n float64) time.Duration {
	return time.Duration(n * float64(s.options.Second))
}
