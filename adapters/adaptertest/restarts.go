package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// restartPromises are about what must not get lost when we stop, or cannot publish.
func restartPromises() []promise {
	return []promise{
		{name: "unconfirmed event comes again with the same id", keep: unconfirmedComesAgain},
		{name: "failed publish is tried again", keep: failedPublish},
		{name: "what is said while we are away arrives", keep: saidWhileAway},
		{name: "confirmed events have the same ids after a restart", keep: sameIDs},
	}
}

// postedOf returns the refs of the messages among the events that are among the refs, in order of arrival.
func postedOf(events []chat.Event, refs []chat.Ref) []chat.Ref {
	var out []chat.Ref
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && slices.Contains(refs, p.Ref) {
			out = append(out, p.Ref)
		}
	}
	return out
}

// errBus is what a bus that does not take an event says.
var errBus = errors.New("the bus is closed")

// unconfirmedComesAgain stops the adapter while it waits for an event to be durable.
func unconfirmedComesAgain(s *stage) {
	g := s.gather()
	asked := make(chan chat.EventID, 16)
	s.heard.setGate(func(ctx context.Context, events []chat.Event) error {
		for _, e := range events {
			if _, ok := e.Body.(chat.Posted); ok {
				asked <- e.ID
				<-ctx.Done()
				return ctx.Err()
			}
		}
		return nil
	})
	ref := s.saying(g.ana, g.chat, "do not lose me")
	var id chat.EventID
	select {
	case id = <-asked:
	case <-time.After(s.patience):
		s.t.Fatal("the event does not come")
	}
	s.stop()
	s.heard.setGate(nil)
	s.renew()
	s.start()
	e, ok := s.heard.wait(s.outageTime(), isPosted(ref))
	if !ok {
		s.t.Fatalf("an event that was never confirmed is lost; heard:\n%s", s.transcript())
	}
	if e.ID != id {
		s.t.Errorf("its id was %q and is %q", id, e.ID)
	}
}

// failedPublish lets In fail once. The adapter may try again or end its Run; then it is restarted.
func failedPublish(s *stage) {
	g := s.gather()
	failed := make(chan struct{})
	once := make(chan struct{}, 1)
	once <- struct{}{}
	s.heard.setGate(func(_ context.Context, events []chat.Event) error {
		for _, e := range events {
			if _, ok := e.Body.(chat.Posted); !ok {
				continue
			}
			select {
			case <-once:
				close(failed)
				return errBus
			default:
			}
		}
		return nil
	})
	refs := []chat.Ref{s.saying(g.ana, g.chat, "do not lose me"), s.saying(g.ana, g.chat, "nor me")}
	select {
	case <-failed:
	case <-time.After(s.patience):
		s.t.Fatal("the event does not come")
	}
	deadline := time.Now().Add(s.outageTime())
	for time.Now().Before(deadline) {
		ok := s.heard.until(200*time.Millisecond, func(events []chat.Event) bool { return len(postedOf(events, refs)) == len(refs) })
		if ok {
			break
		}
		select {
		case <-s.running.done: // it gave up, as it may
			s.renew()
			s.start()
		default:
		}
	}
	events, _ := s.heard.heard()
	if got := postedOf(events, refs); !slices.Equal(got, refs) {
		s.t.Errorf("after a failed publish %v arrived, want %v", got, refs)
	}
}

func saidWhileAway(s *stage) {
	g := s.gather()
	s.hearPosted(s.saying(g.ana, g.chat, "goodbye"))
	s.stop()
	var refs []chat.Ref
	for i := range 5 {
		refs = append(refs, s.saying([]string{g.ana, g.ben}[i%2], g.chat, fmt.Sprintf("said while you are away %d", i)))
	}
	s.renew()
	s.start()
	s.heard.until(s.outageTime(), func(events []chat.Event) bool { return len(postedOf(events, refs)) == len(refs) })
	events, _ := s.heard.heard()
	if got := postedOf(events, refs); !slices.Equal(got, refs) {
		s.t.Errorf("%v arrived, said while we were away were %v", got, refs)
	}
}

// sameIDs restarts in the middle of a talk: what comes twice must be the same to the engine. The recorder
// fails for one message under two ids; here it is seen that the talk goes on.
func sameIDs(s *stage) {
	g := s.gather()
	for i := range 3 {
		s.hearPosted(s.saying(g.ana, g.chat, fmt.Sprintf("before restart %d", i)))
		s.restart()
		s.hearPosted(s.saying(g.ana, g.chat, fmt.Sprintf("after restart %d", i)))
	}
}
