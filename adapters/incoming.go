package adapters

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/core/chat"
)

// What an event may have at most. Platforms allow texts of up to 64 kB and ids of 255 bytes; the bus takes
// messages of 1 MB.
const (
	maxEvent   = 512 << 10 // bytes, encoded
	maxEventID = 512       // bytes
)

// What is left of an event that is too large: together, and with each character escaped, less than maxEvent.
const (
	keptText  = 20_000 // UTF-16 units
	keptSpans = 50
	keptValue = 500 // bytes of a span's value; one with more is dropped
	keptParts = 20
	keptLine  = 300 // characters
)

// errEvent is wrapped when an adapter hands over what is no event: a bug.
var errEvent = errors.New("not an event")

// in is the In that the adapter gets. What is no event is a bug of the adapter: it is logged and passed over,
// for to refuse it would only bring it again, and what comes behind it would wait for ever.
func (p *Pump) in(ctx context.Context, events ...chat.Event) error {
	var last uint64
	for _, e := range events {
		e, err := p.admit(e)
		if err != nil {
			p.log.Error("an adapter's event is not one and is passed over", "event", string(e.ID), "error", err)
			p.counters.dropped()
			continue
		}
		if p.mayRefer(e.Body) {
			p.lanes.await(ctx, e)
		}
		seq, err := p.publisher.Publish(ctx, e)
		if err != nil {
			return fmt.Errorf("publish event: %w", err)
		}
		last = seq
		p.counters.received(time.Now())
	}
	if last == 0 {
		return nil
	}
	if err := p.publisher.Applied(ctx, last); err != nil {
		return fmt.Errorf("await state: %w", err)
	}
	return nil
}

// mayRefer tells whether an event can be about a message of ours. Its receipt must then be on the bus first,
// for people see a copy before the platform has answered us, and nobody would know what they mean.
func (p *Pump) mayRefer(b chat.Body) bool {
	switch b := b.(type) {
	case chat.Reacted, chat.Deleted, chat.Pressed:
		return true
	case chat.Posted:
		return b.Reply != nil
	}
	return false
}

// admit checks what the bus and everybody behind it rely on.
func (p *Pump) admit(e chat.Event) (chat.Event, error) {
	switch {
	case e.ID == "":
		return e, fmt.Errorf("event without an id: %w", errEvent)
	case e.Chat.Platform != p.platform || e.Chat.ID == "":
		return e, fmt.Errorf("event in chat %q: %w", e.Chat, errEvent)
	case e.Body == nil:
		return e, fmt.Errorf("event without a body: %w", errEvent)
	}
	e.ID = plainID(e.ID)
	if len(e.Title)+len(e.By.Name)+len(e.By.Nick) < 4096 && isSmall(e.Body) {
		return e, nil
	}
	b, err := chat.EncodeEvent(e)
	if err != nil {
		return e, err
	}
	if len(b) <= maxEvent {
		return e, nil
	}
	p.log.Warn("event shortened", "event", string(e.ID), "bytes", len(b))
	return shorten(e), nil
}

// isSmall tells at a glance that an event is far from maxEvent, as nearly all are.
func isSmall(b chat.Body) bool {
	posted, ok := b.(chat.Posted)
	return ok && len(posted.Text.Plain) < 4096 && len(posted.Text.Spans) < 50 && len(posted.Parts) == 0 && posted.Reply == nil &&
		len(posted.Forward) < 1024 && !slices.ContainsFunc(posted.Text.Spans, func(s chat.Span) bool { return len(s.Value) > 4096 })
}

// plainID replaces an id that a header of the bus cannot carry by one made from it: parts of an id come
// from strangers, and one of theirs must not stop the platform.
func plainID(id chat.EventID) chat.EventID {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }
	if len(id) <= maxEventID && !strings.ContainsFunc(string(id), odd) {
		return id
	}
	return chat.EventID(fmt.Sprintf("odd:%x", sha256.Sum256([]byte(id))))
}

// shorten cuts what strangers can make long without end.
func shorten(e chat.Event) chat.Event {
	e.Title, e.By = cut(e.Title), cutPerson(e.By)
	switch b := e.Body.(type) {
	case chat.Posted:
		b.Text, b.Parts, b.Forward, b.More = cutText(b.Text), cutParts(b.Parts), cut(b.Forward), nil
		if b.Reply != nil {
			r := *b.Reply
			r.Name, r.Quote = cut(r.Name), cut(r.Quote)
			b.Reply = &r
		}
		e.Body = b
	case chat.Edited:
		b.Text, b.Parts = cutText(b.Text), cutParts(b.Parts)
		e.Body = b
	case chat.Reacted:
		b.Emoji = slices.Clone(b.Emoji[:min(len(b.Emoji), keptParts)])
		for i := range b.Emoji {
			b.Emoji[i] = cut(b.Emoji[i])
		}
		e.Body = b
	case chat.Joined:
		b.Who = cutPerson(b.Who)
		e.Body = b
	case chat.Left:
		b.Who = cutPerson(b.Who)
		e.Body = b
	case chat.Knocked:
		b.Who, b.Note = cutPerson(b.Who), cut(b.Note)
		e.Body = b
	}
	return e
}

func cutPerson(p chat.Person) chat.Person {
	p.Name, p.Nick = cut(p.Name), cut(p.Nick)
	return p
}

func cut(s string) string {
	if r := []rune(s); len(r) > keptLine {
		return string(r[:keptLine]) + "…"
	}
	return s
}

func cutText(t chat.Text) chat.Text {
	spans := slices.DeleteFunc(slices.Clone(t.Spans), func(s chat.Span) bool { return len(s.Value) > keptValue })
	t.Spans = spans[:min(len(spans), keptSpans)]
	if t.Len() > keptText {
		t = t.Slice(0, keptText).Append(chat.Plain("…"))
	}
	return t.Normal()
}

// cutThing cuts what a part without bytes is.
func cutThing(p chat.Part) chat.Part {
	if p.Place != nil {
		place := *p.Place
		place.Name, place.Address = cut(place.Name), cut(place.Address)
		p.Place = &place
	}
	if p.Contact != nil {
		p.Contact = &chat.ContactCard{Name: cut(p.Contact.Name), Phone: cut(p.Contact.Phone)}
	}
	if p.Poll != nil {
		poll := *p.Poll
		poll.Text, poll.Options = cut(poll.Text), slices.Clone(poll.Options[:min(len(poll.Options), keptParts)])
		for i := range poll.Options {
			poll.Options[i] = cut(poll.Options[i])
		}
		p.Poll = &poll
	}
	return p
}

func cutParts(parts []chat.Part) []chat.Part {
	var out []chat.Part
	for _, p := range parts[:min(len(parts), keptParts)] {
		p.Line, p.Media.Name, p.Media.MIME = cut(p.Line), cut(p.Media.Name), cut(p.Media.MIME)
		out = append(out, cutThing(p))
	}
	if n := len(parts) - len(out); n > 0 {
		out = append(out, chat.Part{Kind: chat.Other, Line: fmt.Sprintf("and %d more", n)})
	}
	return out
}
