package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

// maxEventID is the most bytes of an event's id: it becomes a header on the bus.
const maxEventID = 512

// recorder is an In that keeps what it hears.
type recorder struct {
	platform chat.Platform

	mu       sync.Mutex // guards what follows
	events   []chat.Event
	byID     map[chat.EventID]chat.Event
	byRef    map[chat.Ref]chat.EventID
	problems []string
	changed  chan struct{}
	// gate is asked before events are taken; its error is In's.
	gate func(context.Context, []chat.Event) error
}

func newRecorder(p chat.Platform) *recorder {
	return &recorder{
		platform: p, byID: map[chat.EventID]chat.Event{}, byRef: map[chat.Ref]chat.EventID{}, changed: make(chan struct{}),
	}
}

// in takes events as the pump does.
func (r *recorder) in(ctx context.Context, events ...chat.Event) error {
	r.mu.Lock()
	gate := r.gate
	r.mu.Unlock()
	if gate != nil {
		if err := gate(ctx, events); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.look(e)
		r.events = append(r.events, e)
	}
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// setGate changes the gate; nil lets everything through.
func (r *recorder) setGate(gate func(context.Context, []chat.Event) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = gate
}

// heard returns the events so far, each id once, and a channel that closes when there are more.
func (r *recorder) heard() ([]chat.Event, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []chat.Event
	seen := map[chat.EventID]bool{}
	for _, e := range r.events {
		if !seen[e.ID] {
			out = append(out, e)
		}
		seen[e.ID] = true
	}
	return out, r.changed
}

// wait returns the first event that matches; false if there is none within the time.
func (r *recorder) wait(patience time.Duration, match func(chat.Event) bool) (chat.Event, bool) {
	var found chat.Event
	ok := r.until(patience, func(events []chat.Event) bool {
		i := slices.IndexFunc(events, match)
		if i >= 0 {
			found = events[i]
		}
		return i >= 0
	})
	return found, ok
}

// until waits until the events so far are as wanted; false if they are not within the time.
func (r *recorder) until(patience time.Duration, wanted func([]chat.Event) bool) bool {
	deadline := time.After(patience)
	for {
		events, changed := r.heard()
		if wanted(events) {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}

func (r *recorder) problem(e chat.Event, format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf("event %q (%T): ", e.ID, e.Body)+fmt.Sprintf(format, args...))
}

// look notes what every event must have, whatever it tells.
func (r *recorder) look(e chat.Event) {
	if e.ID == "" || len(e.ID) > maxEventID {
		r.problem(e, "its id has %d bytes", len(e.ID))
	}
	if e.At.IsZero() {
		r.problem(e, "it has no time")
	}
	if e.Chat.Platform != r.platform || e.Chat.ID == "" {
		r.problem(e, "its chat is %v", e.Chat)
	}
	if e.By.Identity.IsZero() && needsAuthor(e.Body) {
		r.problem(e, "nobody did it")
	}
	r.lookAtBody(e)
	before, again := r.byID[e.ID]
	if again && !cmp.Equal(before.Body, e.Body) {
		r.problem(e, "the same id tells another thing (-first +again):\n%s", cmp.Diff(before.Body, e.Body))
	}
	r.byID[e.ID] = e
	b, err := chat.EncodeEvent(e)
	if err != nil {
		r.problem(e, "it cannot be encoded: %v", err)
		return
	}
	back, err := chat.DecodeEvent(b)
	if err != nil || !cmp.Equal(back.Body, e.Body) {
		r.problem(e, "it is not the same after the bus: %v\n%s", err, cmp.Diff(e.Body, back.Body))
	}
}

func needsAuthor(b chat.Body) bool {
	switch b.(type) {
	case chat.Posted, chat.Edited, chat.Reacted, chat.Pressed:
		return true
	}
	return false
}

func (r *recorder) lookAtBody(e chat.Event) {
	switch b := e.Body.(type) {
	case chat.Posted:
		if b.Ref.Chat != e.Chat || b.Ref.ID == "" {
			r.problem(e, "its ref is %v", b.Ref)
		}
		if id, ok := r.byRef[b.Ref]; ok && id != e.ID {
			r.problem(e, "the message was posted by event %q already", id)
		}
		r.byRef[b.Ref] = e.ID
		if b.Text.Plain == "" && len(b.Parts) == 0 {
			r.problem(e, "it has neither text nor parts")
		}
		r.lookAtText(e, b.Text)
	case chat.Edited:
		r.lookAtText(e, b.Text)
	case chat.Joined:
		if b.Who.Identity.IsZero() {
			r.problem(e, "nobody joined")
		}
	case chat.Left:
		if b.Who.Identity.IsZero() {
			r.problem(e, "nobody left")
		}
	case chat.Knocked:
		if b.Who.Identity.IsZero() {
			r.problem(e, "nobody knocked")
		}
		if n := utf8.RuneCountInString(b.Note); n > 500 {
			r.problem(e, "its note has %d characters", n)
		}
	case chat.Pressed:
		if b.Ref.Chat != e.Chat || b.Ref.ID == "" || b.N < 0 || b.N >= chat.MaxChoices {
			r.problem(e, "its choice is %d of %v", b.N, b.Ref)
		}
	case nil:
		r.problem(e, "it tells nothing")
	}
}

func (r *recorder) lookAtText(e chat.Event, t chat.Text) {
	n := t.Normal()
	if t.Plain != n.Plain || !slices.Equal(t.Spans, n.Spans) {
		r.problem(e, "its text is not canonical (-normal +got):\n%s", cmp.Diff(n, t))
	}
}
