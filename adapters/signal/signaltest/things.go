package signaltest

import (
	"errors"
	"strconv"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// sayThing lets a person send or do something that has no bytes. The lock is held.
func (s *Server) sayThing(p place, thing chat.Part) (string, error) {
	lacks := map[chat.PartKind]bool{chat.Poll: thing.Poll == nil, chat.Contact: thing.Contact == nil, chat.Location: thing.Place == nil}
	if lacks[thing.Kind] {
		return "", errors.New("nothing to send")
	}
	d := &dataMessage{GroupInfo: p.group.info("DELIVER")}
	switch thing.Kind {
	case chat.Poll:
		return s.askAll(p, thing.Poll.Text, thing.Poll.Multiple, thing.Poll.Options)
	case chat.Location:
		return s.sayPlace(p, thing)
	case chat.Contact:
		given, family, _ := strings.Cut(thing.Contact.Name, " ")
		d.Contacts = []sharedContact{{Name: contactName{Given: orNull(given), Family: orNull(family)}}}
		if n := thing.Contact.Phone; n != "" {
			d.Contacts[0].Phone = []contactPhone{{Value: n, Type: "MOBILE"}}
		}
	case chat.Payment:
		if p.group != nil {
			return "", world.ErrNone // people pay each other only
		}
		d.Payment = &payment{Note: thing.Line, Receipt: "AA=="}
	case chat.Call:
		if p.group == nil {
			return s.sayContent(p, content{CallMessage: &callMessage{callOffer{ID: s.rng.Uint64(), Type: "AUDIO_CALL", Opaque: "AA=="}}}), nil
		}
		d.GroupCall = &groupCall{s.uuid()}
	case chat.Story:
		if p.group == nil {
			return "", world.ErrNone // a story for everybody is not in the talk
		}
		return s.sayContent(p, content{StoryMessage: &storyMessage{AllowsReplies: true, GroupID: p.group.id}}), nil
	case chat.Other:
		d.Novelty = &novelty{thing.Line}
	case chat.Timer:
		if p.group != nil {
			return s.sayDetail(p, thing)
		}
		d.ExpiresInSeconds, d.IsExpirationUpdate = 24*60*60, true
	case chat.Title, chat.Picture, chat.Notice:
		return s.sayDetail(p, thing)
	default:
		return "", world.ErrNone
	}
	d.Timestamp = s.stamp(p.who.ACI)
	thing.Place, thing.Poll = nil, nil
	p.talk.add(&message{author: p.who.ACI, sent: d.Timestamp, at: s.opts.Now(), things: []chat.Part{thing}})
	s.send(p, d.Timestamp, content{DataMessage: d}, nil)
	return messageName(p.who.ACI, d.Timestamp), nil
}

// sayPlace sends a place as Signal Android does: a picture of the map with a link below it. The lock is held.
func (s *Server) sayPlace(p place, thing chat.Part) (string, error) {
	degrees := func(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
	link := "https://maps.google.com/maps?q=" + degrees(thing.Place.Latitude) + "%2C" + degrees(thing.Place.Longitude)
	return s.sayWords(p, world.Say{
		Text:  chat.Plain(strings.TrimSpace(thing.Place.Address + "\n" + link)),
		Media: []world.Media{{Kind: chat.Photo, MIME: "image/jpeg", Bytes: []byte("a picture of the map")}},
	})
}

// sayContent sends what is no message of the talk, of which the phones tell in a line. The lock is held.
func (s *Server) sayContent(p place, c content) string {
	at := s.stamp(p.who.ACI)
	p.talk.serve(p.who.Name+" did something that is no message", s.opts.Now())
	s.send(p, at, c, nil)
	return p.talk.messages[len(p.talk.messages)-1].service
}

// sayDetail changes what a group is called or looks like. The lock is held.
func (s *Server) sayDetail(p place, thing chat.Part) (string, error) {
	g := p.group
	switch {
	case g == nil:
		return "", world.ErrNone
	case !g.may(p.who.ACI, g.editDetails):
		return "", errors.New("only admins can edit the group's details")
	}
	what := "title"
	switch thing.Kind {
	case chat.Title:
		g.title = thing.Line
	case chat.Picture:
		what, g.picture = "picture", []byte("a picture of "+thing.Line)
	case chat.Notice:
		what, g.description = "description", thing.Line
	case chat.Timer:
		what, g.expiration = "timer", 24*60*60
	}
	s.change(g, p.who.ACI, p.who.Name+" changed the group's "+what)
	return g.talk.messages[len(g.talk.messages)-1].service, nil
}

// AnswerStory answers somebody's story in a group, by words or, if emoji is set, by a reaction.
func (s *Server) AnswerStory(who, group, author, text, emoji string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, group)
	if err != nil {
		return "", err
	}
	at, of := s.stamp(who), s.people[author]
	d := &dataMessage{
		Timestamp: at, Message: orNull(text), GroupInfo: p.group.info("DELIVER"),
		StoryContext: &storyContext{AuthorNumber: orNull(of.Number), AuthorUUID: author, Sent: at - 1},
	}
	if emoji != "" {
		d.Reaction = &reaction{Emoji: emoji, target: of.target(at - 1)}
	}
	s.send(p, at, content{DataMessage: d}, nil)
	return messageName(who, at), nil
}

// JoinCall tells that a person has come into a call of the group, or has left it.
func (s *Server) JoinCall(who, group, era string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.place(who, group)
	if err != nil {
		return err
	}
	at := s.stamp(who)
	s.send(p, at, content{DataMessage: &dataMessage{
		Timestamp: at, GroupInfo: p.group.info("DELIVER"), GroupCall: &groupCall{era},
	}}, nil)
	return nil
}
