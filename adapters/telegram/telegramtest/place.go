package telegramtest

import (
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/core/chat"
)

// foreverLive is the live_period of a place that moves until somebody stops it
// (core.telegram.org/bots/api#sendlocation).
const foreverLive = 0x7FFFFFFF

func placeOf(c *call) (*wireLocation, error) {
	place := &wireLocation{LivePeriod: int(c.number("live_period"))}
	var bad1, bad2 error
	place.Latitude, bad1 = strconv.ParseFloat(c.values["latitude"], 64)
	place.Longitude, bad2 = strconv.ParseFloat(c.values["longitude"], 64)
	if bad1 != nil || bad2 != nil || max(place.Latitude, -place.Latitude) > 90 || max(place.Longitude, -place.Longitude) > 180 {
		return nil, bad("wrong latitude or longitude")
	}
	if n := place.LivePeriod; n != 0 && n != foreverLive && (n < 60 || n > 86400) {
		return nil, bad("wrong live location period specified")
	}
	return place, nil
}

func sendLocation(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	place, err := placeOf(c)
	if err != nil {
		return nil, err
	}
	d.m.media = &attachment{kind: chat.Location, place: place}
	if place.LivePeriod != 0 {
		d.m.media.kind = chat.LiveLocation
	}
	return s.finish(d)
}

func sendVenue(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	place, err := placeOf(c)
	if err != nil {
		return nil, err
	}
	venue := &wireVenue{Location: *place, Title: strings.TrimSpace(c.values["title"]), Address: strings.TrimSpace(c.values["address"])}
	if venue.Title == "" || venue.Address == "" {
		return nil, bad("venue title and address must be non-empty")
	}
	d.m.media = &attachment{kind: chat.Venue, place: place, venue: venue}
	return s.finish(d)
}

func sendContact(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	person := &wireContact{Phone: c.values["phone_number"], First: strings.TrimSpace(c.values["first_name"]), Last: c.values["last_name"]}
	if !strings.ContainsAny(person.Phone, "0123456789") {
		return nil, bad("phone number is empty")
	}
	if person.First == "" {
		return nil, bad("first name is empty")
	}
	d.m.media = &attachment{kind: chat.Contact, person: person}
	return s.finish(d)
}

func sendDice(s *Server, c *call) (any, error) {
	d, err := s.begin(c)
	if err != nil {
		return nil, err
	}
	s.thrown++
	d.m.media = &attachment{kind: chat.Dice, dice: &wireDice{Emoji: "🎲", Value: 1 + s.thrown%6}}
	return s.finish(d)
}

// live finds the bot's moving place that a call is about.
func (s *Server) live(c *call) (*conversation, *message, error) {
	to, m, err := s.own(c)
	if err != nil {
		return nil, nil, err
	}
	if m.media == nil || m.media.place == nil || m.media.place.LivePeriod == 0 {
		return nil, nil, bad("message can't be edited")
	}
	if n := m.media.place.LivePeriod; n != foreverLive && s.options.Now().Unix() >= m.date+int64(n) {
		return nil, nil, bad("message can't be edited")
	}
	return to, m, nil
}

func editLiveLocation(s *Server, c *call) (any, error) {
	to, m, err := s.live(c)
	if err != nil {
		return nil, err
	}
	place, err := placeOf(c)
	if err != nil {
		return nil, err
	}
	if place.LivePeriod == 0 {
		place.LivePeriod = m.media.place.LivePeriod
	}
	if *place == *m.media.place {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	return s.moved(to, m, place), nil
}

func stopLiveLocation(s *Server, c *call) (any, error) {
	to, m, err := s.live(c)
	if err != nil {
		return nil, err
	}
	return s.moved(to, m, &wireLocation{Latitude: m.media.place.Latitude, Longitude: m.media.place.Longitude}), nil
}

// moved stores where something is now.
func (s *Server) moved(to *conversation, m *message, place *wireLocation) *wireMessage {
	m.media = &attachment{kind: chat.LiveLocation, place: place}
	if place.LivePeriod == 0 {
		m.media.kind = chat.Location
	}
	m.edited = s.options.Now().Unix()
	s.changed()
	return s.wire(to, m, true)
}

// Move moves a person's live location, and stops it if it is the last time.
func (s *Server) Move(group, id string, to chat.Place, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.place(group)
	if err != nil {
		return err
	}
	m, err := c.find(id)
	if err != nil {
		return err
	}
	if m.media == nil || m.media.place == nil || m.media.place.LivePeriod == 0 {
		return bad("message can't be edited")
	}
	place := &wireLocation{Latitude: to.Latitude, Longitude: to.Longitude, LivePeriod: m.media.place.LivePeriod}
	if last {
		place.LivePeriod = 0
	}
	m.media = &attachment{kind: m.media.kind, place: place}
	s.edited(c, m)
	return nil
}
