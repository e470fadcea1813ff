package adaptertest

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// thingKinds are the kinds of parts without bytes.
func thingKinds() []chat.PartKind {
	return []chat.PartKind{
		chat.Location, chat.LiveLocation, chat.Venue, chat.Contact, chat.Poll, chat.Dice, chat.Checklist, chat.Story,
		chat.Game, chat.Invoice, chat.Gift, chat.Payment, chat.Call, chat.Invitation,
		chat.Title, chat.Picture, chat.Timer, chat.Topic, chat.Notice, chat.Other,
	}
}

// thing returns one of a kind. Its Line has words that nothing else has.
func thing(k chat.PartKind) chat.Part {
	p := chat.Part{Kind: k, Line: "about the " + string(k) + " & <more>"}
	switch k {
	case chat.Location, chat.LiveLocation:
		p.Place = &chat.Place{Latitude: 52.5163, Longitude: 13.3777}
	case chat.Venue:
		p.Place = &chat.Place{Latitude: 52.5163, Longitude: 13.3777, Name: "The Long Table", Address: "Kitchen Lane 7"}
	case chat.Contact:
		p.Contact = &chat.ContactCard{Name: "Dora Dill", Phone: "+15550100042"}
	case chat.Poll:
		p.Poll = &chat.Question{Text: "When do we eat?", Options: []string{"at six", "at seven", "never"}}
	case chat.Dice:
		p.Line = "🎲 4"
	}
	return p
}

// thingPromises are about what stands in a message and has no bytes.
func thingPromises() []promise {
	var out []promise
	for _, k := range thingKinds() {
		out = append(out,
			promise{name: string(k) + " arrives", keep: func(s *stage) { s.thingArrives(k) }},
			promise{name: string(k) + " is shown", keep: func(s *stage) { s.thingIsShown(k) }, proves: []chat.Kind{chat.Kind(k)}},
		)
	}
	return append(out,
		promise{name: "vote arrives", keep: voteArrives},
		promise{name: "vote in a member's poll arrives", keep: voteInMembersPoll},
		promise{name: "vote is shown", keep: voteIsShown, proves: []chat.Kind{"vote"}},
		promise{name: "end of a poll is shown", keep: endOfPollIsShown},
		promise{name: "end of a member's poll arrives", keep: endOfMembersPoll},
		promise{name: "pin by a member arrives", keep: func(s *stage) { s.pinArrives(true) }},
		promise{name: "unpin by a member arrives", keep: func(s *stage) { s.pinArrives(false) }},
		promise{name: "view once comes without bytes", keep: viewOnceArrives},
		promise{name: "vanishing message says when", keep: vanishArrives},
		promise{name: "portrait opens or is not there", keep: portraitOpens},
	)
}

// sayOrSkip posts what not every messenger has.
func (s *stage) sayOrSkip(person string, in chat.Chat, what world.Say) chat.Ref {
	s.t.Helper()
	id, err := s.w.Say(person, in.ID, what)
	if errors.Is(err, world.ErrNone) {
		s.t.Skip("people there have no such thing")
	}
	if err != nil {
		s.t.Fatalf("say %+v: %v", what, err)
	}
	return chat.Ref{Chat: in, ID: id}
}

// hearPart waits for a message with a part of a kind and returns both.
func (s *stage) hearPart(by string, k chat.PartKind) (chat.Event, chat.Posted, chat.Part) {
	s.t.Helper()
	var found chat.Part
	e := s.hear("a "+string(k), func(e chat.Event) bool {
		p, ok := e.Body.(chat.Posted)
		if !ok || e.By.Identity.ID != by {
			return false
		}
		i := slices.IndexFunc(p.Parts, func(p chat.Part) bool { return p.Kind == k })
		if i >= 0 {
			found = p.Parts[i]
		}
		return i >= 0
	})
	return e, e.Body.(chat.Posted), found
}

func (s *stage) thingArrives(k chat.PartKind) {
	g := s.gather()
	want := thing(k)
	s.sayOrSkip(g.owner, g.chat, world.Say{Thing: &want})
	_, _, got := s.hearPart(g.owner, k)
	if strings.TrimSpace(got.Line) == "" && k != chat.Picture {
		s.t.Errorf("a %s arrived without a line that tells it", k)
	}
	if got.Media.Key != "" && k != chat.Picture {
		s.t.Errorf("a %s has bytes: %+v", k, got.Media)
	}
	s.sameThing(got, want)
}

// sameThing compares what two parts are, as far as platforms carry it.
func (s *stage) sameThing(got, want chat.Part) {
	s.t.Helper()
	if want.Place != nil {
		if got.Place == nil || math.Abs(got.Place.Latitude-want.Place.Latitude) > 0.001 || math.Abs(got.Place.Longitude-want.Place.Longitude) > 0.001 {
			s.t.Errorf("place is %+v, want %+v", got.Place, want.Place)
		}
	}
	if want.Contact != nil && (got.Contact == nil || got.Contact.Name != want.Contact.Name || got.Contact.Phone != want.Contact.Phone) {
		s.t.Errorf("contact is %+v, want %+v", got.Contact, want.Contact)
	}
	if want.Poll != nil && (got.Poll == nil || got.Poll.Text != want.Poll.Text || !slices.Equal(got.Poll.Options, want.Poll.Options)) {
		s.t.Errorf("poll is %+v, want %+v", got.Poll, want.Poll)
	}
}

func (s *stage) thingIsShown(k chat.PartKind) {
	g := s.gather()
	want := thing(k)
	degraded, _ := chat.Degrade(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{want}}, s.features)
	r := s.do(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{want}})
	kept := degraded.(chat.Send).Parts
	if len(kept) == 0 {
		m := s.seeText(g.chat, want.Line)
		if !strings.Contains(m.Name+m.Text.Plain, s.guest().Name) {
			s.t.Errorf("nobody can see that %q sent it", s.guest().Name)
		}
		return
	}
	got := s.shownThing(g.chat, r.Refs, kept[0].Kind)
	s.sameThing(got, kept[0])
	s.see(g.chat, "who sent it", func(all []world.Shown) bool {
		return strings.Contains(describe(all), s.guest().Name)
	})
}

// shownThing waits until one of the messages shows a thing of a kind.
func (s *stage) shownThing(in chat.Chat, refs []chat.Ref, k chat.PartKind) (found chat.Part) {
	s.t.Helper()
	s.see(in, "a "+string(k), func(all []world.Shown) bool {
		for _, m := range all {
			if !slices.ContainsFunc(refs, func(r chat.Ref) bool { return r.ID == m.ID }) {
				continue
			}
			i := slices.IndexFunc(m.Things, func(p chat.Part) bool { return p.Kind == k })
			if i >= 0 && !m.Deleted {
				found = m.Things[i]
				return true
			}
		}
		return false
	})
	return found
}

// poll sends a poll by the bot and returns the message to vote in; it skips where polls are only told.
func (s *stage) poll(g table) chat.Ref {
	s.t.Helper()
	if s.features.Shows["poll"].How != chat.Native {
		s.t.Skip("polls are only told there")
	}
	refs := s.do(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{thing(chat.Poll)}}).Refs
	s.shownThing(g.chat, refs, chat.Poll)
	for _, m := range s.w.Messages(g.chat.ID) {
		if len(m.Things) > 0 && slices.ContainsFunc(refs, func(r chat.Ref) bool { return r.ID == m.ID }) {
			return chat.Ref{Chat: g.chat, ID: m.ID}
		}
	}
	s.t.Fatal("the receipt does not name the poll")
	return chat.Ref{}
}

// voted waits until somebody's choice is told.
func (s *stage) voted(by string, in chat.Ref, options ...int) {
	s.t.Helper()
	s.hear("a vote", func(e chat.Event) bool {
		v, ok := e.Body.(chat.Voted)
		return ok && e.By.Identity.ID == by && v.Ref == in && slices.Equal(v.Options, options)
	})
}

func (s *stage) castVote(person string, in chat.Ref, options ...int) {
	s.t.Helper()
	if err := s.w.CastVote(person, in.Chat.ID, in.ID, options...); err != nil {
		s.t.Fatalf("vote: %v", err)
	}
}

func voteArrives(s *stage) {
	g := s.gather()
	poll := s.poll(g)
	s.castVote(g.ana, poll, 1)
	s.voted(g.ana, poll, 1)
	s.castVote(g.ben, poll, 2)
	s.voted(g.ben, poll, 2)
	s.castVote(g.ana, poll, 0)
	s.voted(g.ana, poll, 0)
	s.restart()
	s.listening(g)
	s.castVote(g.ana, poll, 2)
	s.voted(g.ana, poll, 2)
}

func voteInMembersPoll(s *stage) {
	g := s.gather()
	want := thing(chat.Poll)
	poll := s.sayOrSkip(g.ana, g.chat, world.Say{Thing: &want})
	s.hearPart(g.ana, chat.Poll)
	s.castVote(g.ben, poll, 1)
	s.voted(g.ben, poll, 1)
}

func voteIsShown(s *stage) {
	g := s.gather()
	if s.features.Shows["vote"].How != chat.Native {
		_, err := s.try(s.dispatch(chat.Vote{To: g.chat, Target: chat.Target{Refs: s.send(g.chat, "no poll")}, As: *s.guest(), Options: []int{1}}))
		s.mustBeRefused(err, chat.Unsupported, chat.Invalid)
		return
	}
	want := thing(chat.Poll)
	poll := s.sayOrSkip(g.ana, g.chat, world.Say{Thing: &want})
	s.hearPart(g.ana, chat.Poll)
	for _, options := range [][]int{{1}, {2}} {
		s.do(chat.Vote{To: g.chat, Target: chat.Target{Refs: []chat.Ref{poll}}, As: *s.guest(), Options: options})
		s.see(g.chat, "the guest's vote", func(all []world.Shown) bool {
			for _, m := range all {
				if m.ID == poll.ID {
					return slices.Contains(m.Votes[options[0]], s.guest().Name) && len(m.Votes[3-options[0]]) == 0
				}
			}
			return false
		})
	}
}

func endOfPollIsShown(s *stage) {
	g := s.gather()
	poll := s.poll(g)
	end := chat.EndPoll{To: g.chat, Target: chat.Target{Refs: []chat.Ref{poll}}}
	s.do(end)
	s.see(g.chat, "that the poll is over", func(all []world.Shown) bool {
		return slices.ContainsFunc(all, func(m world.Shown) bool {
			return m.ID == poll.ID && len(m.Things) == 1 && m.Things[0].Poll != nil && m.Things[0].Poll.Closed
		})
	})
	if err := s.w.CastVote(g.ana, g.chat.ID, poll.ID, 1); err == nil {
		s.t.Error("people can vote in a poll that is over")
	}
	_, err := s.try(s.dispatch(end)) // what is so already is done
	if err != nil {
		s.mustBeRefused(err, chat.NotFound, chat.Invalid)
	}
}

func endOfMembersPoll(s *stage) {
	g := s.gather()
	want := thing(chat.Poll)
	poll := s.sayOrSkip(g.ana, g.chat, world.Say{Thing: &want})
	s.hearPart(g.ana, chat.Poll)
	if err := s.w.EndPoll(g.ana, g.chat.ID, poll.ID); err != nil {
		s.t.Fatalf("end of a poll: %v", err)
	}
	s.hear("the end of the poll", func(e chat.Event) bool {
		b, ok := e.Body.(chat.PollEnded)
		return ok && b.Ref == poll
	})
}

// pinArrives pins and unpins as the owner; of the two it waits for one.
func (s *stage) pinArrives(wanted bool) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	for _, on := range []bool{true, false} {
		err := s.w.SetPinned(g.owner, g.chat.ID, ref.ID, on)
		if errors.Is(err, world.ErrNone) {
			s.t.Skip("people there have no pins")
		}
		if err != nil {
			s.t.Fatalf("pin (%v): %v", on, err)
		}
		if on == wanted {
			s.hear("the pin", func(e chat.Event) bool {
				p, ok := e.Body.(chat.Pinned)
				return ok && p.Ref == ref && p.On == on && e.By.Identity.ID == g.owner
			})
		}
	}
	s.do(chat.Pin{To: g.chat, Target: chat.Target{Refs: []chat.Ref{ref}}}) // our own is no news
	s.listening(g)
	events, _ := s.heard.heard()
	pins := 0
	for _, e := range events {
		if _, ok := e.Body.(chat.Pinned); ok {
			pins++
		}
	}
	if pins > 2 {
		s.t.Errorf("our own pin came back: %d events", pins)
	}
}

func viewOnceArrives(s *stage) {
	g := s.gather()
	s.sayOrSkip(g.ana, g.chat, world.Say{Media: []world.Media{sample(chat.Photo, 21)}, Once: true})
	_, p, part := s.hearPart(g.ana, chat.ViewOnce)
	if len(p.Parts) != 1 || part.Media.Key != "" || part.Line == "" {
		s.t.Errorf("what is to be seen once arrived as %+v", p.Parts)
	}
}

func vanishArrives(s *stage) {
	g := s.gather()
	const hour = 3600 * 1e9
	ref := s.sayOrSkip(g.ana, g.chat, world.Say{Text: chat.Plain("eat me quickly"), Vanish: hour})
	if _, p := s.hearPosted(ref); p.Vanish != hour {
		s.t.Errorf("it vanishes after %s, want an hour", p.Vanish)
	}
}

func portraitOpens(s *stage) {
	g := s.gather()
	b, err := s.fetch(chat.Portrait(chat.Identity{Platform: s.w.Platform(), ID: g.ana}), 1<<20)
	if err != nil {
		s.mustBeRefused(err, chat.NotFound)
	} else if len(b) == 0 {
		s.t.Error("a portrait of no bytes")
	}
	_, err = s.fetch(chat.Portrait(chat.Identity{Platform: s.w.Platform(), ID: "no such person"}), 1<<20)
	s.mustBeRefused(err, chat.NotFound, chat.Invalid)
}
