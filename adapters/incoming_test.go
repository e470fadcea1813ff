package adapters

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/potluck-chat/potluck/core/chat"
)

func posted(id, text string) chat.Event {
	return chat.Event{
		ID: chat.EventID(id), At: time.Unix(1000, 0), Chat: at("a"),
		Body: chat.Posted{Ref: chat.Ref{Chat: at("a"), ID: id}, Text: chat.Plain(text)},
	}
}

func TestEventsArePublishedInOrderAndApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var events []chat.Event
		for i := range 100 {
			events = append(events, posted(fmt.Sprintf("p%d", i), "bread"))
		}
		h.paper.run = func(ctx context.Context, in In) error {
			if err := in(ctx, events...); err != nil {
				return err
			}
			if h.bus.applied != 100 {
				t.Errorf("in returned when %d events were applied, want 100", h.bus.applied)
			}
			if err := in(ctx); err != nil {
				t.Errorf("in of nothing: %v", err)
			}
			<-ctx.Done()
			return nil
		}
		p, stop := h.pump()
		synctest.Wait()
		if diff := cmp.Diff(events, h.bus.heard()); diff != "" {
			t.Errorf("published (-want +got):\n%s", diff)
		}
		if s := p.Stats(); s.Received != 100 || !s.LastReceived.Equal(time.Now()) {
			t.Errorf("stats are %+v", s)
		}
		stop()
	})
}

func TestInEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.bus.closed = make(chan struct{})
		var got error
		h.paper.run = func(ctx context.Context, in In) error {
			got = in(ctx, posted("p1", "bread"))
			return nil
		}
		p, stop := h.pump()
		pass(time.Second)
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("run ended with %v after %s", err, took)
		}
		if !errors.Is(got, context.Canceled) {
			t.Errorf("in returned %v", got)
		}
		if s := p.Stats(); s.Received != 0 {
			t.Errorf("stats are %+v", s)
		}
	})
}

func TestWhatIsNoEventIsPassedOver(t *testing.T) {
	bus := &memoryBus{}
	p := NewPump(newPaper(), newFeed(), bus, newJournal(), quiet())
	for name, e := range map[string]chat.Event{
		"without id":       posted("", "bread"),
		"without body":     {ID: "p1", Chat: at("a")},
		"without chat":     {ID: "p1", Body: chat.Arrived{}},
		"of another house": {ID: "p1", Chat: chat.Chat{Platform: "stone", ID: "a"}, Body: chat.Arrived{}},
	} {
		if _, err := p.admit(e); !errors.Is(err, errEvent) {
			t.Errorf("event %s: %v, want errEvent", name, err)
		}
		if err := p.in(t.Context(), e, posted("behind "+name, "bread")); err != nil {
			t.Errorf("event %s stops what comes behind it: %v", name, err)
		}
	}
	if s := p.Stats(); s.Received != 4 || s.Dropped != 4 || len(bus.heard()) != 4 {
		t.Errorf("stats are %+v, the bus has %d events", s, len(bus.heard()))
	}
}

func TestOddIDsAreReplaced(t *testing.T) {
	p := NewPump(newPaper(), newFeed(), &memoryBus{}, newJournal(), quiet())
	seen := map[chat.EventID]bool{}
	for _, id := range []string{"a\r\nNats-Msg-Id: b", "a\x00", strings.Repeat("a", maxEventID+1), "\xff"} {
		e, err := p.admit(posted(id, "bread"))
		if err != nil || !strings.HasPrefix(string(e.ID), "odd:") || len(e.ID) > 100 || seen[e.ID] {
			t.Errorf("id %.20q became %q, %v", id, e.ID, err)
		}
		seen[e.ID] = true
	}
	if e, err := p.admit(posted("telegram:12 é", "bread")); err != nil || e.ID != "telegram:12 é" {
		t.Errorf("a plain id became %q, %v", e.ID, err)
	}
}

// FuzzAdmit shows that nothing a stranger writes makes an event too large for the bus.
func FuzzAdmit(f *testing.F) {
	f.Add("<", "p1", 100_000, 50, 30, uint8(0))
	f.Add("\x01", "p\n1", 20_000, 60, 50, uint8(1))
	f.Add("🍲", "p1", 1, 1, 1, uint8(2))
	f.Add("&", "p1", 100_000, 1, 3, uint8(3))
	f.Add("&", "p1", 200_000, 1, 3, uint8(4))
	f.Fuzz(func(t *testing.T, piece, id string, length, spans, parts int, kind uint8) {
		if length < 0 || length > 200_000 || spans < 0 || spans > 100 || parts < 0 || parts > 100 || len(piece) > 100 || id == "" {
			return
		}
		long := strings.Repeat(piece, length/max(1, len(piece)))
		text := chat.Text{Plain: long}
		for i := range spans {
			text.Spans = append(text.Spans, chat.Span{Start: 2 * i, End: 2*i + 1, Style: chat.Hyperlink, Value: long[:min(len(long), 10_000)]})
		}
		text = text.Normal()
		part := chat.Part{Kind: chat.File, Line: long[:min(len(long), 2000)], Media: chat.Media{Name: long[:min(len(long), 2000)], Key: "k"}}
		all := make([]chat.Part, parts)
		for i := range all {
			all[i] = part
		}
		who := chat.Person{Identity: chat.Identity{Platform: onPaper, ID: "1"}, Name: long, Nick: long}
		e := chat.Event{ID: chat.EventID(id), Chat: at("a"), Title: long, By: who}
		ref := chat.Ref{Chat: at("a"), ID: "1"}
		switch kind % 5 {
		case 0:
			e.Body = chat.Posted{Ref: ref, Text: text, Parts: all, Forward: long, Reply: &chat.Reply{Ref: ref, Name: long, Quote: long}}
		case 1:
			e.Body = chat.Edited{Ref: ref, Text: text, Parts: all}
		case 2:
			e.Body = chat.Reacted{Ref: ref, Emoji: []string{long, long}}
		case 3:
			e.Body = chat.Joined{Who: who}
		case 4:
			e.Body = chat.Knocked{Who: who, Note: long}
		}
		p := NewPump(newPaper(), newFeed(), &memoryBus{}, newJournal(), quiet())
		got, err := p.admit(e)
		if err != nil {
			t.Fatalf("admit: %v", err)
		}
		b, err := chat.EncodeEvent(got)
		if err != nil || len(b) > maxEvent {
			t.Fatalf("event of %d bytes, %v", len(b), err)
		}
		if len(got.ID) > maxEventID || strings.ContainsAny(string(got.ID), "\r\n") {
			t.Fatalf("id is %q", got.ID)
		}
	})
}
