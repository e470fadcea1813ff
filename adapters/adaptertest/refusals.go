package adaptertest

import (
	"context"
	"errors"
	"time"

	"github.com/potluck-chat/potluck/adapters"
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
	nowhere := chat.Chat{Platform: s.w.Platform(), ID: "no such chat"}
	for _, e := range []chat.Outgoing{
		chat.Send{To: nowhere, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Edit{To: g.chat, Target: bad, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Edit{To: g.chat, As: s.guest(), Text: chat.Plain("hello?")},
		chat.Delete{To: g.chat, Target: bad},
		chat.React{To: g.chat, Target: bad, As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍"},
		chat.Whisper{To: nowhere, Who: chat.Identity{Platform: s.w.Platform(), ID: "nobody at all"}, Text: chat.Plain("hello?")},
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
	target := chat.Target{Refs: s.send(g.chat, "bread from afar")}
	for kind, e := range map[chat.Kind]chat.Outgoing{
		"edit":     chat.Edit{To: g.chat, Target: target, As: s.guest(), Text: chat.Plain("bread")},
		"delete":   chat.Delete{To: g.chat, Target: target},
		"reaction": chat.React{To: g.chat, Target: chat.Target{Refs: []chat.Ref{ref}}, As: *s.guest(), Emoji: "👍", On: true, Count: 1, Lead: "👍"},
	} {
		if s.features.Shows[kind].How == chat.Refused {
			_, err := s.try(s.dispatch(e))
			s.mustBeRefused(err, chat.Unsupported)
		}
	}
}

func doBeforeRun(s *stage) {
	g := s.gather()
	s.stop()
	s.renew()
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("early bread")})
	_, err := s.try(d)
	var retry *adapters.RetryError
	if err != nil && !errors.As(err, &retry) {
		s.t.Fatalf("do before run: %v, want nil or retry", err)
	}
	s.start()
	s.listening(g)
	if err != nil {
		if _, err = s.try(d); err != nil {
			s.t.Fatalf("do once it runs: %v", err)
		}
	}
	s.seeText(g.chat, "early bread")
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
