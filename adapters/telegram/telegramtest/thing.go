package telegramtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// wireThing returns a thing without bytes as the API tells it; some are members of the message beside this.
func (a *attachment) wireThing() (m wireMedia) {
	m.Venue, m.Contact, m.Dice = a.venue, a.person, a.dice
	if a.place != nil {
		place := *a.place
		m.Location = &place
	}
	if a.poll != nil {
		m.Poll = a.poll.snapshot()
	}
	return m
}

// thing returns what a person sees of it.
func (a *attachment) thing() chat.Part {
	p := chat.Part{Kind: a.kind}
	switch {
	case a.told != nil:
		p = *a.told
	case a.poll != nil:
		p.Poll = a.poll.question()
	case a.person != nil:
		p.Contact = &chat.ContactCard{Name: strings.TrimSpace(a.person.First + " " + a.person.Last), Phone: a.person.Phone}
	case a.dice != nil:
		p.Line = fmt.Sprintf("%s %d", a.dice.Emoji, a.dice.Value)
	case a.place != nil:
		p.Place = &chat.Place{Latitude: a.place.Latitude, Longitude: a.place.Longitude}
		if a.venue != nil {
			p.Place.Name, p.Place.Address = a.venue.Title, a.venue.Address
		}
	}
	return p
}

// sayThing posts something that is neither text nor a file. What an administrator may forbid to members (the title,
// the picture, the timer) everybody may do here.
func (s *Server) sayThing(c *conversation, m *message, p chat.Part) (string, error) {
	if isService(p.Kind) {
		return s.sayService(c, m, p)
	}
	a, err := s.personsThing(c, m, p)
	if err != nil {
		return "", err
	}
	m.media = a
	posted, err := s.post(c, m)
	return fmt.Sprint(posted.id), err
}

// personsThing makes what a person's client offers under the paper clip.
func (s *Server) personsThing(c *conversation, m *message, p chat.Part) (*attachment, error) {
	a := &attachment{kind: p.Kind}
	switch p.Kind {
	case chat.Location, chat.LiveLocation, chat.Venue:
		place := p.Place
		if place == nil {
			return nil, bad("wrong latitude or longitude")
		}
		a.place = &wireLocation{Latitude: place.Latitude, Longitude: place.Longitude}
		if p.Kind == chat.LiveLocation {
			a.place.LivePeriod = 3600
		}
		if p.Kind == chat.Venue {
			a.venue = &wireVenue{Location: *a.place, Title: place.Name, Address: place.Address}
		}
	case chat.Contact:
		if p.Contact == nil || p.Contact.Name == "" {
			return nil, bad("first name is empty")
		}
		first, last, _ := strings.Cut(p.Contact.Name, " ")
		a.person = &wireContact{Phone: p.Contact.Phone, First: first, Last: last}
	case chat.Dice:
		s.thrown++
		a.dice = &wireDice{Emoji: "🎲", Value: 1 + s.thrown%6}
	case chat.Poll:
		if p.Poll == nil {
			return nil, bad("poll question is empty")
		}
		var err error
		a.poll, err = s.personsPoll(*p.Poll, m.from)
		return a, err
	default:
		a.told, a.extra, a.future = &p, s.extra(c, p), p.Kind == chat.Other
		if a.extra == nil {
			return nil, world.ErrNone
		}
	}
	return a, nil
}

// extra returns the members by which the API tells of a thing; nil where people here have no such thing.
func (s *Server) extra(c *conversation, p chat.Part) map[string]any {
	lines := strings.Split(p.Line, " · ")
	photo := []map[string]any{{"file_id": "game1", "file_unique_id": "g1", "width": 320, "height": 200}}
	switch p.Kind {
	case chat.Checklist:
		tasks := []map[string]any{}
		for i, text := range lines[1:] {
			tasks = append(tasks, map[string]any{"id": i + 1, "text": text})
		}
		return map[string]any{"checklist": map[string]any{"title": lines[0], "tasks": tasks}}
	case chat.Story:
		return map[string]any{"story": map[string]any{"chat": c.wire(), "id": 7}}
	case chat.PaidMedia:
		return map[string]any{"paid_media": map[string]any{"star_count": 5, "paid_media": []any{map[string]any{"type": "preview"}}}}
	case chat.Game:
		return map[string]any{"game": map[string]any{"title": p.Line, "description": "a game", "photo": photo}}
	case chat.Invoice:
		return map[string]any{"invoice": map[string]any{
			"title": p.Line, "description": "to pay", "start_parameter": "x", "currency": "EUR", "total_amount": 1250,
		}}
	case chat.Other:
		return map[string]any{"hologram": map[string]any{"title": p.Line}} // of a Telegram that is still to come
	}
	return nil
}

// isService tells which things are lines of the messenger itself.
func isService(k chat.PartKind) bool {
	switch k {
	case chat.Title, chat.Picture, chat.Timer, chat.Topic, chat.Call, chat.Payment, chat.Gift, chat.Notice:
		return true
	}
	return false
}

// sayService does what the messenger tells of in a line of its own.
func (s *Server) sayService(c *conversation, m *message, p chat.Part) (string, error) {
	u := s.users[m.from]
	if u == nil {
		return "", fmt.Errorf("no person %d", m.from)
	}
	if p.Kind == chat.Timer {
		after, err := time.ParseDuration(p.Line)
		if err != nil {
			after = 24 * time.Hour
		}
		if err := s.setTimer(c, m.from, m.thread, after); err != nil {
			return "", err
		}
		return fmt.Sprint(c.next - 1), nil
	}
	photo := []map[string]any{{"file_id": "chat1", "file_unique_id": "c1", "width": 160, "height": 160}}
	m.service = &wireMessage{}
	switch p.Kind {
	case chat.Title:
		c.title, m.service.NewChatTitle = p.Line, p.Line
	case chat.Picture:
		m.service.Extra = map[string]any{"new_chat_photo": photo}
	case chat.Topic:
		if !c.forum || m.thread == 0 {
			return "", world.ErrNone
		}
		c.topics[m.thread].name = p.Line
		m.service.Extra = map[string]any{"forum_topic_edited": map[string]any{"name": p.Line}}
	case chat.Call:
		m.service.Extra = map[string]any{"video_chat_started": map[string]any{}}
	case chat.Payment:
		m.service.Extra = map[string]any{"successful_payment": map[string]any{
			"currency": "EUR", "total_amount": 1250, "invoice_payload": "x", "telegram_payment_charge_id": "1", "provider_payment_charge_id": "2",
		}}
	case chat.Gift:
		m.service.Extra = map[string]any{"boost_added": map[string]any{"boost_count": 2}}
	case chat.Notice:
		m.service.Extra = map[string]any{"proximity_alert_triggered": map[string]any{
			"traveler": u.wire(), "watcher": s.users[c.owner()].wire(), "distance": 50,
		}}
	}
	posted, err := s.post(c, m)
	return fmt.Sprint(posted.id), err
}

// Tell posts a message with these members, as the API writes them; service ones are lines of the messenger itself. It is
// for the many kinds that the fake does no more with than to tell them.
func (s *Server) Tell(person, group string, service bool, members map[string]any) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(person)
	if err != nil {
		return "", err
	}
	c, thread, err := s.place(group)
	if err != nil {
		return "", err
	}
	m := &message{from: u.id, thread: thread}
	if service {
		m.service = &wireMessage{Extra: members}
	} else {
		m.media = &attachment{kind: chat.Other, told: &chat.Part{Kind: chat.Other}, extra: members}
	}
	posted, err := s.post(c, m)
	return fmt.Sprint(posted.id), err
}
