package adaptertest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// refusalPromises are about what the platform never does.
func refusalPromises() []promise {
	return []promise{
		{name: "edit of a message that is gone is refused", keep: editOfGone},
		{name: "reaction to a message that is gone is refused", keep: reactionToGone},
		{name: "names that are none are refused", keep: nonsenseIsRefused},
		{name: "what the table refuses is refused", keep: tableRefuses},
		{name: "do before run works or asks to wait", keep: doBeforeRun},
		{name: "do ends with its context", keep: doIsCancelled},
	}
}

// gone makes a message and deletes it.
func (s *stage) gone(g table) chat.Target {
	s.t.Helper()
	target := chat.Target{Refs: s.send(g.chat, "oops")}
	s.do(chat.Delete{To: g.chat, Target: target})
	return target
}

func editOfGone(s *stage) {
	g := s.gather()
	_, err := s.try(s.dispatch(chat.Edit{To: g.chat, Target: s.gone(g), As: s.guest(), Text: chat.Plain("too late")}))
	s.mustBeRefused(err, chat.NotFound)
}

func reactionToGone(s *stage) {
	g := s.gather()
	_, err := s.try(s.dispatch(chat.React{
		To: g.chat, Target: s.gone(g), As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍",
	}))
	s.mustBeRefused(err, chat.NotFound, chat.Unsupported)
}

// nonsenseIsRefused names things in ways that the platform never does.
func nonsenseIsRefused(s *stage) {
	g := s.gather()
	bad := chat.Target{Refs: []chat.Ref{{Chat: g.chat, ID: "no such/message"}}}
	nobody := chat.Identity{Platform: s.w.Platform(), ID: "nobody at all"}
	nowhere := chat.Chat{Platform: s.w.Platform(), ID: "no such chat"}
	for _, e := range []chat.Outgoing{
		chat.Send{To: nowhere, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Edit{To: g.chat, Target: bad, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Edit{To: g.chat, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Delete{To: g.chat, Target: bad},
		chat.React{To: g.chat, Target: bad, As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍"},
		chat.Whisper{To: nowhere, Who: nobody, Text: chat.Plain("hello?")},
		chat.Pin{To: g.chat, Target: bad},
		chat.Pin{To: g.chat},
		chat.Restrict{To: g.chat, Who: nobody},
		chat.Ban{To: nowhere, Who: s.identity(g.ana)},
		chat.Remove{To: nowhere, Who: s.identity(g.ana)},
		chat.Admit{To: g.chat, Who: nobody},
		chat.Invite{To: nowhere, Who: s.identity(g.ana)},
		chat.Restrict{To: g.chat, Who: s.guest().Identity}, // of another platform
		chat.Ban{To: g.chat, Who: s.guest().Identity},
	} {
		_, err := s.try(s.dispatch(e))
		if err == nil {
			s.t.Errorf("%T of what is not there was done", e)
			continue
		}
		s.mustBeRefused(err, chat.NotFound, chat.Invalid, chat.Forbidden, chat.Unsupported)
	}
	s.send(g.chat, "still here")
	s.seeText(g.chat, "still here")
}

// tableRefuses checks that whole effects that the table refuses are refused as unsupported.
func tableRefuses(s *stage) {
	g := s.gather()
	ref := s.saying(g.ana, g.chat, "bread at six")
	s.hearPosted(ref)
	target, others := chat.Target{Refs: s.send(g.chat, "bread from afar")}, chat.Target{Refs: []chat.Ref{ref}}
	ben := s.identity(g.ben)
	for _, test := range []struct {
		kind chat.Kind
		e    chat.Outgoing
	}{
		{"edit", chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain("bread")}},
		{"delete", chat.Delete{To: g.chat, Target: target}},
		{"reaction", chat.React{To: g.chat, Target: others, As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍"}},
		{"delete of others", chat.Delete{To: g.chat, Target: others}},
		{"pin", chat.Pin{To: g.chat, Target: target}},
		{"pin", chat.Unpin{To: g.chat, Target: target}},
		{"private", chat.Whisper{To: g.chat, Who: ben, Text: chat.Plain("psst"), Secret: true}},
		{"restrict", chat.Restrict{To: g.chat, Who: ben}},
		{"restrict", chat.Release{To: g.chat, Who: ben}},
		{"remove", chat.Remove{To: g.chat, Who: ben}},
		{"ban", chat.Ban{To: g.chat, Who: ben}},
		{"ban", chat.Unban{To: g.chat, Who: ben}},
		{"knock", chat.Admit{To: g.chat, Who: ben}},
		{"knock", chat.Decline{To: g.chat, Who: ben}},
		{"invite", chat.Invite{To: g.chat, Who: ben}},
	} {
		if s.features.Shows[test.kind].How != chat.Refused {
			continue
		}
		_, err := s.try(s.dispatch(test.e))
		if test.kind == "private" {
			s.mustBeRefused(err, chat.Forbidden, chat.Unsupported)
			continue
		}
		s.mustBeRefused(err, chat.Unsupported)
	}
	if !s.isIn(g, g.ben) {
		s.t.Error("what the table refuses was done")
	}
}

// doBeforeRun asks an adapter that has not connected yet: a refusal would be final, for a thing that it will be
// able to do in a moment.
func doBeforeRun(s *stage) {
	g := s.gather()
	target := chat.Target{Refs: s.send(g.chat, "old bread")}
	doomed := chat.Target{Refs: s.send(g.chat, "stale bread")}
	s.stop()
	s.renew()
	var later []chat.Dispatch
	for _, e := range []chat.Outgoing{
		chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("early bread")},
		chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain("new bread")},
		chat.Pin{To: g.chat, Target: target},
		chat.Restrict{To: g.chat, Who: s.identity(g.ana)},
		chat.Ban{To: g.chat, Who: s.identity(g.ben)},
		chat.Delete{To: g.chat, Target: doomed},
	} {
		d := s.dispatch(e)
		_, err := s.try(d)
		var retry *adapters.RetryError
		switch {
		case errors.As(err, &retry):
			later = append(later, d)
		case isRefusal(err) && s.refuses(e):
		case err != nil:
			s.t.Errorf("%T before run: %v, want nil or retry", e, err)
		}
	}
	s.start()
	s.listening(g)
	for _, d := range later {
		if _, err := s.try(d); err != nil && !s.refuses(d.Effect) {
			s.t.Errorf("%T once it runs: %v", d.Effect, err)
		}
	}
	s.seeText(g.chat, "early bread")
	s.seeText(g.chat, "new bread")
	s.see(g.chat, "that the stale bread is gone", func(all []world.Shown) bool { return !slices.ContainsFunc(all, has("stale bread")) })
}

// refuses tells whether the table says that the platform has no such means.
func (s *stage) refuses(e chat.Outgoing) bool {
	var kind chat.Kind
	switch e.(type) {
	case chat.Pin:
		kind = "pin"
	case chat.Restrict:
		kind = "restrict"
	case chat.Ban:
		kind = "ban"
	}
	return s.features.Shows[kind].How == chat.Refused
}

// doIsCancelled ends the context while the adapter waits for bytes of another platform.
func doIsCancelled(s *stage) {
	g := s.gather()
	waiting := make(chan struct{}, 1)
	s.shelf.setGate(func(ctx context.Context) error {
		waiting <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Parts: []chat.Part{s.part(sample(chat.Photo, 15))}})
	go func() {
		_, err := s.adapter.Do(ctx, d)
		done <- err
	}()
	select {
	case <-waiting:
	case err := <-done:
		s.t.Fatalf("do of a photo ended without asking for its bytes: %v", err)
	case <-time.After(s.patience):
		s.t.Fatal("the adapter does not ask for the bytes of a photo")
	}
	cancel()
	select {
	case err := <-done:
		var refused *adapters.RefusedError
		if err == nil || errors.As(err, &refused) {
			s.t.Errorf("do ended with %v after cancel: that would be final", err)
		}
	case <-time.After(time.Second):
		s.t.Error("do does not end within a second of cancel")
	}
}
