package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/potluck-chat/potluck/adapters"
	"github.com/potluck-chat/potluck/adapters/adaptertest/world"
	"github.com/potluck-chat/potluck/core/chat"
)

// outagePromises are about a platform that does not do now what it is asked.
func outagePromises() []promise {
	return []promise{
		{name: "rate limit asks to wait as the platform does", keep: rateLimit},
		{name: "unreachable platform asks to try again", keep: unreachableOutwards},
		{name: "nothing said during an outage is lost", keep: unreachableInwards},
		{name: "run survives a platform that is down from the start", keep: downFromTheStart},
		{name: "check tells what it finds", keep: checkTells},
	}
}

func rateLimit(s *stage) {
	if s.fx.Limit == nil {
		s.t.Skip("the fixture cannot limit")
	}
	g := s.gather()
	const wait = 3 * time.Second
	s.fx.Limit(1, wait)
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("bread from afar")})
	_, err := s.try(d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) {
		s.t.Fatalf("do under a rate limit: %v, want retry", err)
	}
	if retry.After < wait*9/10 || retry.After > wait*11/10 {
		s.t.Errorf("retry after %s, the platform said %s", retry.After, wait)
	}
	if retry.Unsure {
		s.t.Error("a refused call is told as unsure")
	}
	if _, err := s.try(d); err != nil {
		s.t.Fatalf("do after the limit: %v", err)
	}
	s.seeText(g.chat, "bread from afar")
}

func (s *stage) outage(down bool) {
	s.t.Helper()
	if s.fx.Outage == nil {
		s.t.Skip("the fixture cannot make an outage")
	}
	s.fx.Outage(down)
}

// outageTime is how long an adapter may take to notice that an outage is over.
func (s *stage) outageTime() time.Duration { return 3 * s.patience }

func unreachableOutwards(s *stage) {
	g := s.gather()
	s.outage(true)
	d := s.dispatch(chat.Send{To: g.chat, As: s.guest(), Text: chat.Plain("bread from afar")})
	_, err := s.try(d)
	var retry *adapters.RetryError
	if !errors.As(err, &retry) {
		s.t.Fatalf("do in an outage: %v, want retry", err)
	}
	s.outage(false)
	unsure, deadline := retry.Unsure, time.Now().Add(s.outageTime())
	for err != nil {
		if time.Now().After(deadline) {
			s.t.Fatalf("do fails after the outage: %v", err)
		}
		if _, err = s.try(d); errors.As(err, &retry) {
			unsure = unsure || retry.Unsure
		} else if err != nil {
			s.t.Fatalf("do after the outage: %v", err)
		}
		s.breathe()
	}
	if !unsure || s.features.Idempotent {
		s.seeText(g.chat, "bread from afar")
		return
	}
	s.see(g.chat, "the message at least once", func(all []world.Shown) bool {
		for _, m := range all {
			if m.FromBot && has("bread from afar")(m) {
				return true
			}
		}
		return false
	})
}

// breathe waits for a moment between two tries: the pump waits in between, too.
func (s *stage) breathe() {
	select {
	case <-time.After(20 * time.Millisecond):
	case <-s.t.Context().Done():
	}
}

func unreachableInwards(s *stage) {
	g := s.gather()
	s.outage(true)
	var refs []chat.Ref
	for i := range 3 {
		refs = append(refs, s.saying(g.ana, g.chat, fmt.Sprintf("said in the dark %d", i)))
	}
	s.outage(false)
	refs = append(refs, s.saying(g.ana, g.chat, "said in the light"))
	ok := s.heard.until(s.outageTime(), func(events []chat.Event) bool { return len(postedOf(events, refs)) == len(refs) })
	events, _ := s.heard.heard()
	got := postedOf(events, refs)
	if !ok {
		s.t.Fatalf("of %v only %v arrived after the outage", refs, got)
	}
	for i := range refs {
		if got[i] != refs[i] {
			s.t.Fatalf("they arrived as %v, said as %v", got, refs)
		}
	}
}

func downFromTheStart(s *stage) {
	g := s.gather()
	s.stop()
	s.renew()
	s.outage(true)
	s.start()
	ref := s.saying(g.ana, g.chat, "is it dark?")
	select {
	case err := <-s.running.done:
		s.running = nil
		s.t.Fatalf("run ended in an outage: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	s.stop()
	s.renew()
	s.start()
	s.outage(false)
	if _, ok := s.heard.wait(s.outageTime(), isPosted(ref)); !ok {
		s.t.Errorf("what was said in the outage is lost; heard:\n%s", s.transcript())
	}
}

func checkTells(s *stage) {
	s.gather()
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	look := func() (bad int) {
		s.t.Helper()
		findings := s.adapter.Check(ctx)
		if len(findings) == 0 {
			s.t.Error("check finds nothing")
		}
		for _, f := range findings {
			if f.What == "" || f.OK != (f.Do == "") {
				s.t.Errorf("finding does not say what it is or what to do: %+v", f)
			}
			if !f.OK {
				bad++
			}
		}
		return bad
	}
	if bad := look(); bad > 0 {
		s.t.Errorf("check complains of a world as our README asks for: %+v", s.adapter.Check(ctx))
	}
	if s.fx.Outage == nil {
		return
	}
	s.outage(true)
	if bad := look(); bad == 0 {
		s.t.Error("check does not complain of a platform that is down")
	}
	s.outage(false)
}
