package adaptertest

import (
	"errors"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// governingPromises are about what moderators do to people and to others' messages.
func governingPromises() []promise {
	return []promise{
		{name: "restrict and release", keep: restrictAndRelease, proves: []chat.Kind{"restrict"}},
		{name: "release after a restart gives the old rights", keep: releaseAfterRestart},
		{name: "restrict until a time", keep: restrictUntil},
		{name: "removed person may come back", keep: removedMayReturn, proves: []chat.Kind{"remove"}},
		{name: "banned person stays out until unban", keep: bannedStaysOut, proves: []chat.Kind{"ban"}},
		{name: "nothing is done to those with the highest rights", keep: highestRights},
		{name: "delete of another's message is shown", keep: deleteOfOthers, proves: []chat.Kind{"delete of others"}},
		{name: "pin is shown once and taken back", keep: pinIsShown, proves: []chat.Kind{"pin"}},
		{name: "pin of a message that is gone is refused", keep: pinOfGone},
	}
}

// identity returns a person of the world as effects name him.
func (s *stage) identity(person string) chat.Identity {
	return chat.Identity{Platform: s.w.Platform(), ID: person}
}

// unless skips a test of a means that the platform does not have, as its table says.
func (s *stage) unless(kinds ...chat.Kind) {
	s.t.Helper()
	for _, k := range kinds {
		if s.features.Shows[k].How == chat.Refused {
			s.t.Skipf("the platform has no %q, says the table", k)
		}
	}
}

// become waits until something is so.
func (s *stage) become(what string, isSo func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(s.patience); !isSo(); s.breathe() {
		if time.Now().After(deadline) {
			s.t.Fatalf("it does not come to be that %s", what)
		}
	}
}

// twice carries out an effect, the same again, as after a kill, and the same decided again: what is so already
// is done.
func (s *stage) twice(e chat.Outgoing) {
	s.t.Helper()
	d := s.dispatch(e)
	for _, d := range []chat.Dispatch{d, d, s.dispatch(e)} {
		if _, err := s.try(d); err != nil {
			s.t.Fatalf("do %T: %v", e, err)
		}
	}
}

func (s *stage) isIn(g table, person string) bool {
	return slices.Contains(s.w.Members(g.chat.ID), person) && s.w.Rights(person, g.chat.ID).In
}

// mustWrite fails unless a person can, or cannot, write in a group.
func (s *stage) mustWrite(g table, person string, can bool) {
	s.t.Helper()
	s.become("who is restricted cannot write, and else can", func() bool { return s.w.Rights(person, g.chat.ID).MayWrite == can })
	_, err := s.w.Say(person, g.chat.ID, world.Say{Text: chat.Plain("may I?")})
	if (err == nil) != can {
		s.t.Errorf("writing ends with %v, want that it succeeds: %v", err, can)
	}
	if !s.isIn(g, person) {
		s.t.Error("who is restricted is no longer in the group")
	}
}

func restrictAndRelease(s *stage) {
	g := s.gather()
	s.unless("restrict")
	before := s.w.Rights(g.ben, g.chat.ID)
	s.mustWrite(g, g.ben, true)
	s.twice(chat.Restrict{To: g.chat, Who: s.identity(g.ben)})
	s.mustWrite(g, g.ben, false)
	s.mustWrite(g, g.ana, true)
	s.twice(chat.Release{To: g.chat, Who: s.identity(g.ben)})
	s.mustWrite(g, g.ben, true)
	if after := s.w.Rights(g.ben, g.chat.ID); after != before {
		s.t.Errorf("rights were %+v and are %+v after the release", before, after)
	}
	ana := s.w.Rights(g.ana, g.chat.ID)
	s.do(chat.Release{To: g.chat, Who: s.identity(g.ana)}) // who is not restricted keeps what he has
	if after := s.w.Rights(g.ana, g.chat.ID); after != ana {
		s.t.Errorf("a release of nobody restricted made %+v of %+v", after, ana)
	}
}

func releaseAfterRestart(s *stage) {
	g := s.gather()
	s.unless("restrict")
	before := s.w.Rights(g.ben, g.chat.ID)
	s.do(chat.Restrict{To: g.chat, Who: s.identity(g.ben)})
	s.restart()
	s.listening(g)
	s.do(chat.Restrict{To: g.chat, Who: s.identity(g.ben)}) // must not take what is there now for what was there before
	s.mustWrite(g, g.ben, false)
	s.restart()
	s.listening(g)
	s.do(chat.Release{To: g.chat, Who: s.identity(g.ben)})
	s.mustWrite(g, g.ben, true)
	if after := s.w.Rights(g.ben, g.chat.ID); after != before {
		s.t.Errorf("rights were %+v and are %+v after a release by an adapter that has been restarted", before, after)
	}
}

// restrictUntil has times that platforms take for others: in an hour, in a moment, and in ten years.
func restrictUntil(s *stage) {
	g := s.gather()
	s.unless("restrict")
	before := s.w.Rights(g.ben, g.chat.ID)
	for _, d := range []time.Duration{time.Hour, 20 * time.Second, 10 * 365 * 24 * time.Hour} {
		s.do(chat.Restrict{To: g.chat, Who: s.identity(g.ben), Until: time.Now().Add(d)})
		s.mustWrite(g, g.ben, false)
		s.do(chat.Release{To: g.chat, Who: s.identity(g.ben)})
		s.mustWrite(g, g.ben, true)
		if after := s.w.Rights(g.ben, g.chat.ID); after != before {
			s.t.Errorf("rights were %+v and are %+v after a restrict of %s and a release", before, after, d)
		}
	}
}

func removedMayReturn(s *stage) {
	g := s.gather()
	s.unless("remove")
	s.twice(chat.Remove{To: g.chat, Who: s.identity(g.ben)})
	s.become("the removed is out", func() bool { return !s.isIn(g, g.ben) })
	if r := s.w.Rights(g.ben, g.chat.ID); r.In || r.Banned {
		s.t.Errorf("the rights of the removed are %+v", r)
	}
	if _, err := s.w.Say(g.ben, g.chat.ID, world.Say{Text: chat.Plain("hello?")}); err == nil {
		s.t.Error("the removed can write")
	}
	if err := s.w.Join(g.ben, g.chat.ID); err != nil {
		s.t.Fatalf("the removed cannot come back: %v", err)
	}
	s.become("he is in again", func() bool { return s.isIn(g, g.ben) })
	s.hearPosted(s.saying(g.ben, g.chat, "here I am again"))
}

func bannedStaysOut(s *stage) {
	g := s.gather()
	s.unless("ban")
	carl := s.w.NewPerson("Carl Curry") // who has never been in the group
	for _, person := range []string{g.ben, carl} {
		s.twice(chat.Ban{To: g.chat, Who: s.identity(person)})
		s.become("the banned is out", func() bool { return !s.isIn(g, person) && s.w.Rights(person, g.chat.ID).Banned })
		if err := s.w.Join(person, g.chat.ID); err == nil || s.isIn(g, person) {
			s.t.Errorf("the banned can come back (%v)", err)
		}
		s.twice(chat.Unban{To: g.chat, Who: s.identity(person)})
		s.become("he is banned no longer", func() bool { return !s.w.Rights(person, g.chat.ID).Banned })
		if s.isIn(g, person) {
			s.t.Error("an unban put him into the group")
		}
		if err := s.w.Join(person, g.chat.ID); err != nil {
			s.t.Errorf("after the unban he cannot come: %v", err)
		}
	}
	// An unban of somebody who is in, and was never banned, leaves him in.
	s.do(chat.Unban{To: g.chat, Who: s.identity(g.ana)})
	s.hearPosted(s.saying(g.ana, g.chat, "I am still here"))
	if !s.isIn(g, g.ana) {
		s.t.Error("an unban took somebody out")
	}
}

// highestRights does everything to the owner.
func highestRights(s *stage) {
	g := s.gather()
	before := s.w.Rights(g.owner, g.chat.ID)
	for _, test := range []struct {
		kind chat.Kind
		e    chat.Outgoing
	}{
		{"restrict", chat.Restrict{To: g.chat, Who: s.identity(g.owner)}},
		{"remove", chat.Remove{To: g.chat, Who: s.identity(g.owner)}},
		{"ban", chat.Ban{To: g.chat, Who: s.identity(g.owner)}},
	} {
		_, err := s.try(s.dispatch(test.e))
		want := chat.Forbidden
		if s.features.Shows[test.kind].How == chat.Refused {
			want = chat.Unsupported
		}
		s.mustBeRefused(err, want)
	}
	if after := s.w.Rights(g.owner, g.chat.ID); after != before {
		s.t.Errorf("the owner's rights were %+v and are %+v", before, after)
	}
	if e, _ := s.hearPosted(s.saying(g.owner, g.chat, "/help")); e.By.Level != chat.Organiser {
		s.t.Errorf("the owner's level is %v", e.By.Level)
	}
}

func deleteOfOthers(s *stage) {
	g := s.gather()
	s.unless("delete of others")
	bad, good := s.saying(g.ben, g.chat, "buy my bread"), s.saying(g.ben, g.chat, "good evening")
	s.hearPosted(good)
	d := chat.Delete{To: g.chat, Target: chat.Target{Refs: []chat.Ref{bad}}}
	s.do(d)
	s.see(g.chat, "that another's message is gone", func(all []world.Shown) bool {
		return !slices.ContainsFunc(all, has("buy my bread")) && slices.ContainsFunc(all, has("good evening"))
	})
	if _, err := s.try(s.dispatch(d)); err != nil {
		s.mustBeRefused(err, chat.NotFound)
	}
}

// pinned waits until exactly these messages stand at the top of a group, in any order.
func (s *stage) pinned(g table, want ...chat.Ref) {
	s.t.Helper()
	var ids []string
	for _, r := range want {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	s.become("the pinned are as they should", func() bool {
		return slices.Equal(slices.Sorted(slices.Values(s.w.Pinned(g.chat.ID))), ids)
	})
}

func pinIsShown(s *stage) {
	g := s.gather()
	s.unless("pin")
	others := s.saying(g.ana, g.chat, "the kitchen opens at five")
	s.hearPosted(others)
	ours := s.send(g.chat, "One purpose: we eat together.")
	pin := func(refs ...chat.Ref) chat.Target { return chat.Target{Refs: refs} }
	s.twice(chat.Pin{To: g.chat, Target: pin(ours...)})
	s.pinned(g, ours[0])
	s.twice(chat.Pin{To: g.chat, Target: pin(others)})
	s.pinned(g, ours[0], others)
	s.twice(chat.Unpin{To: g.chat, Target: pin(ours...)})
	s.pinned(g, others)
	s.restart()
	s.listening(g)
	s.do(chat.Unpin{To: g.chat, Target: pin(others)})
	s.pinned(g)
	events, _ := s.heard.heard()
	for _, e := range events {
		if p, ok := e.Body.(chat.Posted); ok && !slices.Contains([]string{g.owner, g.ana, g.ben}, e.By.Identity.ID) {
			s.t.Errorf("a pin of the bot's own came back as a message: %+v", p)
		}
	}
}

func pinOfGone(s *stage) {
	g := s.gather()
	s.unless("pin")
	_, err := s.try(s.dispatch(chat.Pin{To: g.chat, Target: s.gone(g)}))
	s.mustBeRefused(err, chat.NotFound)
	s.pinned(g)
	_, err = s.try(s.dispatch(chat.Unpin{To: g.chat, Target: s.gone(g)})) // it stands there no longer
	if err != nil {
		s.mustBeRefused(err, chat.NotFound)
	}
}

// isRefusal tells whether an error is final.
func isRefusal(err error) bool {
	var refused *adapters.RefusedError
	return errors.As(err, &refused)
}
