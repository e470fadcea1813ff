package adaptertest

import (
	"slices"

	"github.com/potluck-chat/potluck/core/chat"
)

// doorPromises are about who is let in.
func doorPromises() []promise {
	return []promise{
		{name: "knock arrives and is admitted", keep: knockIsAdmitted, proves: []chat.Kind{"knock"}},
		{name: "knock is declined", keep: knockIsDeclined},
		{name: "nobody is admitted who has not knocked", keep: admitOfNobody},
		{name: "invite lets one person in", keep: inviteLetsIn, proves: []chat.Kind{"invite"}},
	}
}

// note is what somebody writes who knocks.
const note = "I bring salad, and Ana knows me"

// knock has somebody ask to be let in, and waits for the event.
func (s *stage) knock(g table, name string) string {
	s.t.Helper()
	person := s.w.NewPerson(name)
	if err := s.w.Knock(person, g.chat.ID, note); err != nil {
		s.t.Fatalf("knock: %v", err)
	}
	e := s.hear("knocked by "+person, func(e chat.Event) bool {
		b, ok := e.Body.(chat.Knocked)
		return ok && b.Who.Identity == s.identity(person)
	})
	b := e.Body.(chat.Knocked)
	if e.Chat != g.chat || e.Private {
		s.t.Errorf("he knocks at %v (private %v), want %v", e.Chat, e.Private, g.chat)
	}
	if b.Note != note && (b.Note != "" || s.features.Shows["knock"].How == chat.Native) {
		s.t.Errorf("he wrote %q and it arrived as %q", note, b.Note)
	}
	if b.Who.Name != name && b.Who.Name != "" {
		s.t.Errorf("%q knocks as %q", name, b.Who.Name)
	}
	if !slices.Contains(s.w.Waiting(g.chat.ID), person) {
		s.t.Error("who has knocked does not wait")
	}
	return person
}

func knockIsAdmitted(s *stage) {
	g := s.gather()
	s.unless("knock")
	carl := s.knock(g, "Carl Curry")
	s.twice(chat.Admit{To: g.chat, Who: s.identity(carl)})
	s.letIn(g, carl)
	if slices.Contains(s.w.Waiting(g.chat.ID), carl) {
		s.t.Error("who is in still waits")
	}
	s.hear("joined", func(e chat.Event) bool {
		b, ok := e.Body.(chat.Joined)
		return ok && b.Who.Identity == s.identity(carl) && e.Chat == g.chat
	})
	s.do(chat.Decline{To: g.chat, Who: s.identity(carl)}) // too late: he is in and stays
	s.hearPosted(s.saying(carl, g.chat, "good evening"))
	if !s.isIn(g, carl) {
		s.t.Error("a decline that came too late took him out")
	}
}

// letIn waits until a person is in; where he is asked, he says yes.
func (s *stage) letIn(g table, person string) {
	s.t.Helper()
	if !s.isIn(g, person) {
		if err := s.w.Join(person, g.chat.ID); err != nil {
			s.t.Fatalf("he cannot come in: %v", err)
		}
	}
	s.become("he is in", func() bool { return s.isIn(g, person) })
}

func knockIsDeclined(s *stage) {
	g := s.gather()
	s.unless("knock")
	dora := s.knock(g, "Dora Dill")
	s.twice(chat.Decline{To: g.chat, Who: s.identity(dora)})
	s.become("who was declined waits no longer", func() bool { return !slices.Contains(s.w.Waiting(g.chat.ID), dora) })
	if s.isIn(g, dora) {
		s.t.Error("who was declined is in")
	}
	// A yes after the no lets nobody in: he has to knock again.
	_, err := s.try(s.dispatch(chat.Admit{To: g.chat, Who: s.identity(dora)}))
	s.mustNotBeBug(err)
	if s.isIn(g, dora) {
		s.t.Error("who was declined was admitted after all")
	}
}

func admitOfNobody(s *stage) {
	g := s.gather()
	s.unless("knock")
	fay := s.w.NewPerson("Fay Fennel")
	for _, e := range []chat.Outgoing{
		chat.Admit{To: g.chat, Who: s.identity(fay)},
		chat.Decline{To: g.chat, Who: s.identity(fay)},
	} {
		if _, err := s.try(s.dispatch(e)); err != nil && !isRefusal(err) {
			s.t.Errorf("%T of somebody who has not knocked: %v", e, err)
		}
		if s.isIn(g, fay) {
			s.t.Errorf("%T let somebody in who has not knocked", e)
		}
	}
}

func inviteLetsIn(s *stage) {
	g := s.gather()
	s.unless("invite")
	carl := s.w.NewPerson("Carl Curry")
	r := s.do(chat.Invite{To: g.chat, Who: s.identity(carl)})
	switch {
	case r.Link == "":
		s.letIn(g, carl)
	case s.isIn(g, carl):
		s.t.Errorf("the link %q is for somebody who is in already", r.Link)
	}
	s.twice(chat.Invite{To: g.chat, Who: s.identity(g.ana)}) // who is in already
	s.hearPosted(s.saying(g.ana, g.chat, "I am still here"))
	if !s.isIn(g, g.ana) {
		s.t.Error("an invite of somebody who is in took her out")
	}
}
