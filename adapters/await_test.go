package adapters

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// kindsHeard returns on the bus, in order, "sent" for a receipt and "event" for all else.
func (h *house) kindsHeard() []string {
	var out []string
	for _, e := range h.bus.heard() {
		if _, ok := e.Body.(chat.Sent); ok {
			out = append(out, "sent")
			continue
		}
		out = append(out, "event")
	}
	return out
}

// TestAnswersComeBehindTheReceipt has people who see a message of ours, and answer, before the platform has told us
// what it is called.
func TestAnswersComeBehindTheReceipt(t *testing.T) {
	alone := at("alone with u")
	ref := func(c chat.Chat) chat.Ref { return chat.Ref{Chat: c, ID: "m"} }
	who := chat.Person{Identity: somebody()}
	say := chat.Send{To: at("a"), Text: chat.Plain("claim it?")}
	whisper := chat.Whisper{To: at("a"), Who: somebody(), Text: chat.Plain("claim it?")}
	for name, test := range map[string]struct {
		effect chat.Outgoing
		event  chat.Event
		waits  bool
	}{
		"a button":        {say, chat.Event{Chat: at("a"), Body: chat.Pressed{Ref: ref(at("a"))}}, true},
		"a reaction":      {say, chat.Event{Chat: at("a"), Body: chat.Reacted{Ref: ref(at("a"))}}, true},
		"a reply":         {say, chat.Event{Chat: at("a"), Body: chat.Posted{Reply: &chat.Reply{Ref: ref(at("a"))}}}, true},
		"a talk":          {say, chat.Event{Chat: at("a"), Body: chat.Posted{}}, false},
		"another chat":    {say, chat.Event{Chat: at("b"), Body: chat.Pressed{Ref: ref(at("b"))}}, false},
		"a private reply": {whisper, chat.Event{Chat: alone, Private: true, Body: chat.Posted{Reply: &chat.Reply{Ref: ref(alone)}}}, true},
		"a private press": {whisper, chat.Event{Chat: alone, Private: true, Body: chat.Pressed{Ref: ref(alone)}}, true},
	} {
		for _, stage := range []string{"while the platform has not answered", "while the bus has no receipt"} {
			t.Run(name+" "+stage, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newHouse()
					gate := make(chan struct{})
					answered := stage != "while the platform has not answered"
					if answered {
						h.bus.closed = gate
						h.bus.only = func(e chat.Event) bool { _, ok := e.Body.(chat.Sent); return ok }
					}
					h.paper.do = func(context.Context, chat.Dispatch) (Receipt, error) {
						if !answered {
							<-gate
						}
						in := test.event.Chat
						if in == at("b") {
							in = at("a")
						}
						return Receipt{Refs: []chat.Ref{ref(in)}}, nil
					}
					h.paper.run = func(ctx context.Context, in In) error {
						time.Sleep(time.Second)
						e := test.event
						e.ID, e.At, e.By = "x", time.Now(), who
						if err := in(ctx, e); err != nil {
							t.Errorf("in: %v", err)
						}
						<-ctx.Done()
						return nil
					}
					h.feed.put(t, test.effect)
					_, stop := h.pump()
					pass(2 * time.Second)
					if n := len(h.bus.heard()); test.waits == (n > 0) {
						t.Errorf("%d events are on the bus before the receipt", n)
					}
					close(gate)
					pass(time.Second)
					got := h.kindsHeard()
					if len(got) != 2 || (test.waits && got[0] != "sent") {
						t.Errorf("on the bus are %v", got)
					}
					stop()
				})
			})
		}
	}
}

func TestAnswersDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.paper.do = func(ctx context.Context, _ chat.Dispatch) (Receipt, error) { <-ctx.Done(); return Receipt{}, ctx.Err() }
		h.paper.run = func(ctx context.Context, in In) error {
			time.Sleep(time.Second)
			begun := time.Now()
			e := chat.Event{ID: "x", At: time.Now(), Chat: at("a"), Body: chat.Deleted{Ref: chat.Ref{Chat: at("a"), ID: "m"}}}
			if err := in(ctx, e); err != nil || time.Since(begun) > 4*time.Second {
				t.Errorf("in ended with %v after %s", err, time.Since(begun))
			}
			<-ctx.Done()
			return nil
		}
		h.feed.put(t, says(at("a"), 1)...)
		_, stop := h.pump()
		pass(time.Minute)
		if got := h.kindsHeard(); len(got) != 1 {
			t.Errorf("on the bus are %v", got)
		}
		stop()
	})
}
